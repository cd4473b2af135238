//! Whether a manifest agrees with itself.

use std::collections::BTreeSet;

use atlas_protocol::collection::{set_keys, set_text};
use atlas_protocol::facet::UNKNOWN;

use crate::SnapshotError;
use crate::history::History;
use crate::manifest::{
    Coverage, DictionaryValue, LARGEST_PART, Manifest, Part, PartKind, dictionary_columns, is_date, part_path,
};

/// Most rows of a snapshot: row numbers have 32 bits.
const MOST_ROWS: u64 = u32::MAX as u64;

impl Manifest {
    pub(super) fn check(&self) -> Result<(), SnapshotError> {
        if !is_date(&self.taken_on) {
            return Err(wrong(format!(
                "taken_on is “{}”, not a date like 2026-08-22",
                self.taken_on
            )));
        }
        if self.totals.rows > MOST_ROWS {
            return Err(wrong(format!(
                "it has {} rows, more than the {MOST_ROWS} that are read",
                self.totals.rows
            )));
        }
        for column in dictionary_columns(self.collection) {
            check_dictionary(column, self.dictionary(column)?)?;
        }
        for facet in self.collection.description().sets {
            check_sets(facet.key(), self.dictionary(facet.key())?)?;
        }
        self.check_countries()?;
        self.check_parts()?;
        self.history.as_ref().map_or(Ok(()), History::check)?;
        self.coverage
            .iter()
            .try_for_each(|coverage| self.check_coverage(coverage))
    }

    fn dictionary(&self, column: &str) -> Result<&[DictionaryValue], SnapshotError> {
        match self.dictionaries.get(column) {
            Some(values) => Ok(values),
            None => Err(wrong(format!("the dictionary of the column {column} is missing"))),
        }
    }

    fn check_countries(&self) -> Result<(), SnapshotError> {
        let regions: BTreeSet<&str> = self
            .dictionary("region")?
            .iter()
            .map(|value| value.key.as_str())
            .collect();
        for country in self.dictionary("country")? {
            if let Some(region) = &country.parent
                && !regions.contains(region.as_str())
            {
                return Err(wrong(format!(
                    "the country “{}” lies in the region “{region}”, which the dictionary of the column region lacks",
                    country.key
                )));
            }
        }
        Ok(())
    }

    fn check_parts(&self) -> Result<(), SnapshotError> {
        let kinds = [PartKind::rows_of(self.collection), PartKind::Ids];
        if let Some(part) = self.parts.iter().find(|part| !kinds.contains(&part.kind)) {
            return Err(wrong(format!(
                "the part {:?} is not of its collection, {}",
                part.path,
                self.collection.key()
            )));
        }
        for kind in kinds {
            let mut next = 0u64;
            for part in self.parts_of(kind) {
                part.check(next)?;
                next = next.saturating_add(part.rows);
            }
            if next != self.totals.rows {
                return Err(wrong(format!(
                    "its {} parts hold {next} rows, its totals {}",
                    kind.prefix(),
                    self.totals.rows
                )));
            }
        }
        let downloads = self
            .row_parts()
            .map(|part| u128::from(part.downloads_30d.unwrap_or(0)))
            .sum::<u128>();
        if downloads != u128::from(self.totals.downloads_30d) {
            return Err(wrong(format!(
                "its parts add up to {downloads} downloads, its totals to {}",
                self.totals.downloads_30d
            )));
        }
        Ok(())
    }

    fn check_coverage(&self, coverage: &Coverage) -> Result<(), SnapshotError> {
        if coverage.rows_known > self.totals.rows || coverage.downloads_30d_known > self.totals.downloads_30d {
            return Err(wrong(format!(
                "more of the column {} is known than there is",
                coverage.column
            )));
        }
        Ok(())
    }
}

impl Part {
    fn check(&self, first_row: u64) -> Result<(), SnapshotError> {
        let wrong = |what: &str| Err(wrong(format!("the part {:?} {what}", self.path)));
        let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if self.sha256.len() != 64 || !hex(&self.sha256) {
            return wrong("has no SHA-256 of 64 lower-case hex digits");
        }
        if self.path != part_path(self.kind, &self.sha256) {
            return wrong("is not named by its kind and hash");
        }
        if self.first_row != first_row {
            return wrong("does not begin where the part before it ends");
        }
        if self.rows == 0 || self.rows > MOST_ROWS {
            return wrong("has no rows, or more than a part can hold");
        }
        if self.bytes == 0 || self.bytes > LARGEST_PART {
            return wrong("has no bytes, or more than the 1 GiB that are read");
        }
        match (self.kind, self.downloads_30d) {
            (PartKind::Ids, None) => Ok(()),
            (PartKind::Ids, Some(_)) => wrong("holds ids and says how many downloads they have"),
            (kind, None) => wrong(&format!(
                "holds {} and does not say how many downloads they have",
                kind.prefix()
            )),
            _ => Ok(()),
        }
    }
}

fn check_dictionary(column: &str, values: &[DictionaryValue]) -> Result<(), SnapshotError> {
    let wrong = |what: String| Err(wrong(format!("the dictionary of the column {column} {what}")));
    let mut seen = BTreeSet::new();
    for value in values {
        if value.key.is_empty() {
            return wrong("holds an empty value".to_owned());
        }
        if !seen.insert(value.key.as_str()) {
            return wrong(format!("holds “{}” twice", value.key));
        }
        if column == "month" && value.key != UNKNOWN && !is_date(&format!("{}-01", value.key)) {
            return wrong(format!("holds “{}”, not a month like 2026-08", value.key));
        }
    }
    match values.last() {
        Some(value) if value.key == UNKNOWN => Ok(()),
        _ => wrong("does not end with “unknown”".to_owned()),
    }
}

/// Every value of a column of sets must be the one text of its set.
fn check_sets(column: &str, values: &[DictionaryValue]) -> Result<(), SnapshotError> {
    let is_set = |value: &&DictionaryValue| {
        let keys = || set_keys(&value.key);
        set_text(keys()) == value.key && (value.key == UNKNOWN || keys().all(|key| key != UNKNOWN))
    };
    match values.iter().find(|value| !is_set(value)) {
        None => Ok(()),
        Some(value) => Err(wrong(format!(
            "the dictionary of the column {column} holds “{}”, not keys in ascending order joined by commas",
            value.key
        ))),
    }
}

fn wrong(what: String) -> SnapshotError {
    SnapshotError::Manifest(what)
}
