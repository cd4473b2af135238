//! Taking the data away, and where they come from.

pub mod about;
pub mod download;
