//! What an import did, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use atlas_snapshot::{Collection, Manifest};
use serde::Serialize;

use crate::history::report::HistoryReport;
use atlas_import::collect::UnlistedAccount;
use atlas_import::digits::grouped;
use atlas_import::reject::{Note, Reason};

/// What became of the rows of one file.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// Its name.
    pub file: String,
    /// Day its metadata were taken.
    pub day: String,
    /// Rows in the file.
    pub rows_read: u64,
    /// Rows of it that stand in the snapshot.
    pub rows_kept: u64,
    /// Rows left out as unusable or double.
    pub rows_rejected: u64,
    /// Rows that a newer reading of the same model in another file replaces.
    pub rows_superseded: u64,
    /// Columns of hub-stats that it lacks.
    pub columns_missing: Vec<&'static str>,
}

/// What an import did.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The file read; of several the first, and how many more.
    pub file: String,
    /// Every file read.
    pub files: Vec<FileReport>,
    /// What became of the history, where there is one.
    pub history: Option<HistoryReport>,
    /// What the rows are.
    pub collection: Collection,
    /// Day the metadata were taken.
    pub taken_on: String,
    /// Whether the models are made up.
    pub synthetic: bool,
    /// Rows in the files.
    pub rows_read: u64,
    /// Rows in the snapshot.
    pub rows_kept: u64,
    /// Rows left out.
    pub rows_rejected: u64,
    /// Rows that a newer reading of the same model in another file replaces.
    pub rows_superseded: u64,
    /// Rows left out, by reason.
    pub rejected: BTreeMap<Reason, u64>,
    /// Facts of kept rows that could not be used, by kind.
    pub notes: BTreeMap<Note, u64>,
    /// Columns of hub-stats that every file lacks.
    pub columns_missing: Vec<&'static str>,
    /// Downloads in 30 days of all rows kept.
    pub downloads_30d: u64,
    /// Share of those downloads, 0 to 1, whose value is unknown, by column.
    pub unknown_share_of_downloads: BTreeMap<String, f64>,
    /// Share of the models, 0 to 1, whose value is unknown, by column.
    pub unknown_share_of_models: BTreeMap<String, f64>,
    /// Accounts that the registry resolves.
    pub registry_accounts: usize,
    /// Rows of the registry set aside because they are not verified.
    pub registry_rows_not_verified: usize,
    /// Size overrides set aside because they are not verified.
    pub size_overrides_not_verified: usize,
    /// The most downloaded accounts that the registry lacks.
    pub accounts_not_in_registry: Vec<UnlistedAccount>,
    /// Size of all parts, in bytes.
    pub bytes_written: u64,
    /// How long it took.
    pub seconds: f64,
}

/// Unknown shares of downloads and of models, by column.
pub fn unknown_shares(manifest: &Manifest) -> (BTreeMap<String, f64>, BTreeMap<String, f64>) {
    let share = |known: u64, all: u64| if all == 0 { 0.0 } else { 1.0 - known as f64 / all as f64 };
    let totals = manifest.totals;
    let columns = || manifest.coverage.iter();
    (
        columns()
            .map(|it| (it.column.clone(), share(it.downloads_30d_known, totals.downloads_30d)))
            .collect(),
        columns()
            .map(|it| (it.column.clone(), share(it.rows_known, totals.rows)))
            .collect(),
    )
}

impl Report {
    /// The report as text for a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let per_second = self.rows_read as f64 / self.seconds.max(0.001);
        writeln!(
            text,
            "{}{} rows read from {} in {:.1} s ({} a second)",
            if self.synthetic { "SYNTHETIC: " } else { "" },
            grouped(self.rows_read),
            self.file,
            self.seconds,
            grouped(per_second as u64)
        )?;
        writeln!(
            text,
            "{:>12} rows kept, with {} downloads in 30 days",
            grouped(self.rows_kept),
            grouped(self.downloads_30d)
        )?;
        writeln!(
            text,
            "{:>12} rows left out{}",
            grouped(self.rows_rejected),
            match self.rows_rejected {
                0 => "",
                _ => " (each is a line of rejects.jsonl):",
            }
        )?;
        self.write_reasons(text)?;
        if self.files.len() > 1 {
            self.write_files(text)?;
        }
        if !self.columns_missing.is_empty() {
            writeln!(text, "Columns the file lacks: {}", self.columns_missing.join(", "))?;
        }
        self.write_unknown(text)?;
        if let Some(history) = &self.history {
            history.write(text)?;
        }
        let set_aside = (self.registry_rows_not_verified, self.size_overrides_not_verified);
        if set_aside != (0, 0) {
            let (accounts, sizes) = set_aside;
            writeln!(
                text,
                "Set aside because nobody has verified them: {accounts} rows of the registry, {sizes} sizes \
                 (--unverified-organisations and --unverified-sizes use them)"
            )?;
        }
        writeln!(text, "{} bytes written", grouped(self.bytes_written))
    }

    fn write_reasons(&self, text: &mut String) -> std::fmt::Result {
        for (reason, count) in &self.rejected {
            writeln!(text, "{:>16}  {}", grouped(*count), reason.sentence())?;
        }
        for (note, count) in &self.notes {
            writeln!(text, "{:>12} rows kept where {}", grouped(*count), note.sentence())?;
        }
        Ok(())
    }

    fn write_files(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "{:>12} rows have a newer reading of the same {} in another file. The newest stays: of the later day, else of \
             the later lastModified, else in the file named later",
            grouped(self.rows_superseded),
            self.collection.noun(1)
        )?;
        for file in &self.files {
            writeln!(
                text,
                "    {}  {:>12} read {:>12} kept {:>12} superseded {:>8} left out  {}",
                file.day,
                grouped(file.rows_read),
                grouped(file.rows_kept),
                grouped(file.rows_superseded),
                grouped(file.rows_rejected),
                file.file
            )?;
        }
        Ok(())
    }

    fn write_unknown(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "Unknown, as a share of downloads (of {}):",
            self.collection.noun(2)
        )?;
        for (column, share) in &self.unknown_share_of_downloads {
            let models = self.unknown_share_of_models.get(column).copied().unwrap_or(0.0);
            writeln!(
                text,
                "    {column:<18} {:>6.1} %  ({:.1} %)",
                share * 100.0,
                models * 100.0
            )?;
        }
        if !self.accounts_not_in_registry.is_empty() {
            writeln!(text, "Most downloaded accounts that the registry lacks:")?;
            for account in &self.accounts_not_in_registry {
                let (downloads, models) = (grouped(account.downloads_30d), grouped(account.models));
                let unverified = if account.listed_unverified {
                    "; listed, not verified"
                } else {
                    ""
                };
                writeln!(
                    text,
                    "{downloads:>16}  {} ({models} {}{unverified})",
                    account.account,
                    self.collection.noun(account.models)
                )?;
            }
        }
        Ok(())
    }
}
