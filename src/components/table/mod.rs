//! The models themselves.

pub mod find;
pub mod rows;
