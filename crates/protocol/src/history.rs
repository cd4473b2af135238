//! What a snapshot says of the history of its models: how much was looked at when.

use serde::{Deserialize, Serialize};

/// What the history states by month, and what its readings saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryNote {
    /// Every month from the first to the last of which something is stated, ascending.
    pub months: Vec<MonthCoverage>,
    /// The readings that the months were made of, by day.
    pub readings: Vec<Reading>,
}

/// How much is stated of one month, filters aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCoverage {
    /// `YYYY-MM`.
    pub month: String,
    /// Downloads made in it, of all models of which a number is stated.
    pub downloads: u64,
    /// Number of these models.
    pub models: u64,
    /// Number of the accounts they are of.
    pub accounts: u64,
    /// How many of these models the snapshot does not have: no facet is known of them, and no question counts them.
    pub models_outside: u64,
    /// Downloads of those.
    pub downloads_outside: u64,
}

/// One reading: a crawl, or a week of a longer record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Whether downloads since publication were read; else those in 30 days.
    pub all_time: bool,
    /// Number of models.
    pub models: u64,
    /// Number of the accounts they are of.
    pub accounts: u64,
}
