//! The models themselves.

pub mod rows;
