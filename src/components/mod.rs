//! What a reader sees and touches. Each component fills one place that index.html keeps for it.

pub mod buttons;
pub mod charts;
pub mod chips;
pub mod claims;
pub mod compare;
pub mod data;
pub mod figures;
pub mod filters;
pub mod header;
pub mod loading;
pub mod markup;
pub mod number;
pub mod place;
pub mod sentence;
pub mod table;
