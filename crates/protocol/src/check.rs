//! Slices counted beside the question in force, to be held against a claim.

use serde::{Deserialize, Serialize};

use crate::answer::{Statistics, Sums};
use crate::query::Query;

/// A slice to be counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which slice, and its measure.
    pub query: Query,
    /// Whether its statistics are asked for as well.
    pub with_statistics: bool,
}

/// What a slice was found to hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Every measure added up.
    pub sums: Sums,
    /// Its statistics, where they were asked for.
    pub statistics: Option<Statistics>,
}
