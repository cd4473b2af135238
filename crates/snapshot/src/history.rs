//! The history of a snapshot: downloads by model and calendar month, in parts of its own that the manifest names apart, so
//! that a reader who knows nothing of history passes them over.

use std::collections::BTreeSet;

use atlas_protocol::{HistoryNote, MonthCoverage, Reading};
use serde::{Deserialize, Serialize};

use crate::SnapshotError;
use crate::manifest::{LARGEST_PART, is_date};

/// First word of the file name of a history part.
pub const HISTORY_PREFIX: &str = "history";

/// Marks, among the rows of [`HistoryColumns`], models that the snapshot does not have.
pub const OUTSIDE: u32 = u32::MAX;

/// What a manifest says of the history of its models. `docs/HISTORY.md` describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Every month from the first to the last of which something is stated.
    pub months: Vec<HistoryMonth>,
    /// The readings that the months were made of, by day.
    pub readings: Vec<HistoryReading>,
    /// The files, in order.
    pub parts: Vec<HistoryPart>,
}

/// What is stated of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryMonth {
    /// `YYYY-MM`.
    pub month: String,
    /// Downloads made in it, of all models of which a number is stated.
    pub downloads: u64,
    /// Number of these models.
    pub models: u64,
    /// Number of the accounts they are of.
    pub accounts: u64,
    /// How many of these models the snapshot does not have.
    pub models_outside: u64,
    /// How many of these downloads are of models that the snapshot does not have.
    pub downloads_outside: u64,
}

/// What one reading saw: a crawl, or a week of a longer record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryReading {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// What was read.
    pub measure: HistoryMeasure,
    /// Number of models.
    pub models: u64,
    /// Number of the accounts they are of.
    pub accounts: u64,
    /// Sum of their counts.
    pub downloads: u64,
}

/// What a reading counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryMeasure {
    /// Downloads in the 30 days before.
    #[serde(rename = "downloads_30d")]
    Downloads30d,
    /// Downloads since publication.
    DownloadsAllTime,
}

/// One file of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPart {
    /// File name inside the snapshot folder: `history-`, the first 16 hex digits of the SHA-256, `.parquet`.
    pub path: String,
    /// Number of history rows in the parts before it.
    pub first_row: u64,
    /// Number of its rows.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Sum of the downloads of its rows.
    pub downloads: u64,
}

/// Some rows of the history: by model, then by month; at most one row for a model and month. Models outside the snapshot
/// have one row a month together, after all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryColumns {
    /// Row of the model in the snapshot, or [`OUTSIDE`].
    pub rows: Vec<u32>,
    /// Position of the month in [`History::months`].
    pub months: Vec<u16>,
    /// Downloads made in that month.
    pub downloads: Vec<u64>,
}

impl HistoryColumns {
    /// The first row that does not stand after the row before it.
    pub(crate) fn first_out_of_order(&self) -> Option<usize> {
        let place = |row: usize| (self.rows.get(row), self.months.get(row));
        (1..self.rows.len()).find(|row| place(row - 1) >= place(*row))
    }
}

/// The file name of a history part with this SHA-256 (lower-case hex).
pub fn history_path(sha256: &str) -> String {
    format!("{HISTORY_PREFIX}-{}.parquet", sha256.get(..16).unwrap_or(sha256))
}

impl History {
    /// The history as the page shows it.
    pub fn note(&self) -> HistoryNote {
        let month = |month: &HistoryMonth| MonthCoverage {
            month: month.month.clone(),
            downloads: month.downloads,
            models: month.models,
            accounts: month.accounts,
            models_outside: month.models_outside,
            downloads_outside: month.downloads_outside,
        };
        let reading = |reading: &HistoryReading| Reading {
            day: reading.day.clone(),
            all_time: reading.measure == HistoryMeasure::DownloadsAllTime,
            models: reading.models,
            accounts: reading.accounts,
        };
        HistoryNote {
            months: self.months.iter().map(month).collect(),
            readings: self.readings.iter().map(reading).collect(),
        }
    }

    /// Checks that the history agrees with itself.
    pub(crate) fn check(&self) -> Result<(), SnapshotError> {
        self.check_months()?;
        if let Some(reading) = self.readings.iter().find(|reading| !is_date(&reading.day)) {
            return wrong(format!(
                "has a reading of “{}”, not a date like 2026-08-22",
                reading.day
            ));
        }
        let mut next = 0u64;
        for part in &self.parts {
            part.check(next)?;
            next = next.saturating_add(part.rows);
        }
        let sum = |downloads: &mut dyn Iterator<Item = u64>| downloads.map(u128::from).sum::<u128>();
        let in_months = sum(&mut self.months.iter().map(|month| month.downloads));
        let in_parts = sum(&mut self.parts.iter().map(|part| part.downloads));
        if in_months != in_parts {
            return wrong(format!(
                "states {in_months} downloads by month, and its parts {in_parts}"
            ));
        }
        Ok(())
    }

    fn check_months(&self) -> Result<(), SnapshotError> {
        if self.months.is_empty() || self.months.len() > usize::from(u16::MAX) {
            return wrong("has no months, or more than can be told apart".to_owned());
        }
        let mut seen = BTreeSet::new();
        let mut before: Option<&str> = None;
        for month in &self.months {
            if !is_date(&format!("{}-01", month.month)) || !seen.insert(&month.month) {
                return wrong(format!("has “{}” twice, or it is no month like 2026-08", month.month));
            }
            if before.is_some_and(|before| before >= month.month.as_str()) {
                return wrong(format!("has “{}” out of order", month.month));
            }
            if month.models_outside > month.models || month.downloads_outside > month.downloads {
                return wrong(format!(
                    "has more outside the snapshot than there is in “{}”",
                    month.month
                ));
            }
            before = Some(&month.month);
        }
        Ok(())
    }
}

impl HistoryPart {
    fn check(&self, first_row: u64) -> Result<(), SnapshotError> {
        let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let what = if self.sha256.len() != 64 || !hex(&self.sha256) {
            "has no SHA-256 of 64 lower-case hex digits"
        } else if self.path != history_path(&self.sha256) {
            "is not named by its kind and hash"
        } else if self.first_row != first_row {
            "does not begin where the part before it ends"
        } else if self.rows == 0 || self.rows > u64::from(u32::MAX) {
            "has no rows, or more than a part can hold"
        } else if self.bytes == 0 || self.bytes > LARGEST_PART {
            "has no bytes, or more than the 1 GiB that are read"
        } else {
            return Ok(());
        };
        wrong(format!("names the part {:?}, which {what}", self.path))
    }
}

fn wrong(what: String) -> Result<(), SnapshotError> {
    Err(SnapshotError::Manifest(format!("its history {what}")))
}
