//! What an import made of a history, for people and as JSON.

use std::fmt::Write;

use atlas_snapshot::history::{History, HistoryMeasure, HistoryMonth, HistoryReading};
use serde::Serialize;

use super::files::FileRead;
use atlas_import::digits::grouped;

/// What became of the readings of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryReport {
    /// Files read.
    pub files: Vec<HistoryFileReport>,
    /// What each reading saw, by day.
    pub readings: Vec<HistoryReading>,
    /// What is stated of each month.
    pub months: Vec<HistoryMonth>,
    /// Rows of the history in the snapshot.
    pub rows: u64,
    /// Size of its parts, in bytes.
    pub bytes_written: u64,
}

/// What became of the rows of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryFileReport {
    /// Its name.
    pub file: String,
    /// Rows read.
    pub rows_read: u64,
    /// Rows left out.
    pub rows_rejected: u64,
}

impl HistoryReport {
    /// The report on a history made from these files.
    pub fn new(history: History, files: &[FileRead]) -> HistoryReport {
        let of_file = |file: &FileRead| HistoryFileReport {
            file: file.name.clone(),
            rows_read: file.rows,
            rows_rejected: file.rejected,
        };
        HistoryReport {
            files: files.iter().map(of_file).collect(),
            rows: history.parts.iter().map(|part| part.rows).sum(),
            bytes_written: history.parts.iter().map(|part| part.bytes).sum(),
            readings: history.readings,
            months: history.months,
        }
    }

    /// Adds the report as text for a terminal.
    pub(crate) fn write(&self, text: &mut String) -> std::fmt::Result {
        let sum = |count: fn(&HistoryFileReport) -> u64| grouped(self.files.iter().map(count).sum());
        writeln!(
            text,
            "History: {} rows read from {} files, {} left out; {} rows and {} bytes written",
            sum(|file| file.rows_read),
            self.files.len(),
            sum(|file| file.rows_rejected),
            grouped(self.rows),
            grouped(self.bytes_written)
        )?;
        writeln!(text, "What each reading saw:")?;
        for reading in &self.readings {
            let measure = match reading.measure {
                HistoryMeasure::Downloads30d => "in 30 days",
                HistoryMeasure::DownloadsAllTime => "of all time",
            };
            writeln!(
                text,
                "    {} {:>10} models of {:>8} accounts {:>16} downloads {measure}",
                reading.day,
                grouped(reading.models),
                grouped(reading.accounts),
                grouped(reading.downloads)
            )?;
        }
        writeln!(
            text,
            "Downloads made in each month, of the models of which they are known:"
        )?;
        for month in &self.months {
            writeln!(
                text,
                "    {}    {:>10} models of {:>8} accounts {:>16} downloads  ({} of models that are not in the snapshot)",
                month.month,
                grouped(month.models),
                grouped(month.accounts),
                grouped(month.downloads),
                grouped(month.downloads_outside)
            )?;
        }
        Ok(())
    }
}
