//! Bringing other data, taking the data away, and where they come from.

pub mod about;
pub mod download;
pub mod sources;
