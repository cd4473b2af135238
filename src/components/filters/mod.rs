//! The filters: small charts that can be pressed.

pub mod histogram;
pub mod regions;
pub mod values;
