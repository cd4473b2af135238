//! `hub-atlas import --history`: readings of other days to downloads by model and calendar month.

pub mod files;
pub mod months;
pub mod record;
pub mod report;

use anyhow::Result;
use atlas_snapshot::history::{
    History, HistoryColumns, HistoryMonth, HistoryPart, HistoryReading, OUTSIDE, history_path,
};
use atlas_snapshot::sha256_hex;
use atlas_snapshot::write_history::write_history;

use crate::snapshot_folder::SnapshotFolder;
use atlas_import::moment::{self, DAY, Month};
use months::{MonthDownloads, downloads_by_month};
use record::Record;

/// Where each model of a record stands in a snapshot, or [`OUTSIDE`]: `ids` are those of the snapshot, in order.
pub fn rows_in_snapshot<'a>(record: &Record, ids: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut rows = vec![OUTSIDE; record.models().ids().len()];
    for (row, id) in ids.enumerate() {
        let place = record.models().find(id).and_then(|model| rows.get_mut(model as usize));
        if let Some(place) = place {
            *place = row as u32;
        }
    }
    rows
}

/// Turns a record into downloads by month and writes them in parts of at most `part_rows` rows. `rows` says where each model
/// stands in the snapshot. `None` when the record says nothing of any month.
///
/// # Errors
/// When the disk is full or refuses.
pub fn write(record: &Record, rows: &[u32], part_rows: usize, folder: &SnapshotFolder) -> Result<Option<History>> {
    let (accounts, account_count) = record.accounts()?;
    let seen = record.seen(&accounts, account_count);
    let readings = seen.into_iter().map(|seen| HistoryReading {
        day: day_key(i64::from(seen.day)),
        measure: seen.measure,
        models: seen.models,
        accounts: seen.accounts,
        downloads: seen.downloads,
    });
    let mut sums = MonthSums::default();
    record.each_model(|model, evidence| {
        let account = accounts.get(model as usize).copied().unwrap_or(0);
        let is_inside = row_of(rows, model) != OUTSIDE;
        for month in downloads_by_month(evidence) {
            sums.add(month, (account, account_count), is_inside);
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let Some(first) = sums.first else { return Ok(None) };
    let mut history = History {
        months: sums.months(),
        readings: readings.collect(),
        parts: Vec::new(),
    };
    let mut writer = PartWriter {
        columns: HistoryColumns::default(),
        history: &mut history,
        part_rows: part_rows.max(1),
        folder,
    };
    let mut inside: Vec<u32> = (0..rows.len() as u32)
        .filter(|model| row_of(rows, *model) != OUTSIDE)
        .collect();
    inside.sort_unstable_by_key(|model| row_of(rows, *model));
    record.models_in_order(inside.into_iter(), |model, evidence| {
        for MonthDownloads { month, downloads } in downloads_by_month(evidence) {
            writer.push(row_of(rows, model), month.0 - first, downloads)?;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let outside: Vec<(u16, u64)> = (0..)
        .zip(&writer.history.months)
        .filter(|(_, month)| month.models_outside > 0)
        .map(|(at, month)| (at, month.downloads_outside))
        .collect();
    for (month, downloads) in outside {
        writer.push(OUTSIDE, month, downloads)?;
    }
    writer.flush()?;
    Ok(Some(history))
}

fn row_of(rows: &[u32], model: u32) -> u32 {
    rows.get(model as usize).copied().unwrap_or(OUTSIDE)
}

/// `YYYY-MM-DD` of a day counted from 1970.
pub fn day_key(day: i64) -> String {
    moment::format(day * DAY).chars().take(10).collect()
}

/// What all models together say of each month.
#[derive(Default)]
struct MonthSums {
    /// The first month, as [`Month`] counts.
    first: Option<u16>,
    months: Vec<MonthSum>,
}

#[derive(Clone, Default)]
struct MonthSum {
    downloads: u64,
    models: u64,
    accounts: u64,
    models_outside: u64,
    downloads_outside: u64,
    /// A bit for each account that is counted.
    counted: Vec<u64>,
}

impl MonthSums {
    fn add(&mut self, stated: MonthDownloads, (account, account_count): (u32, usize), is_inside: bool) {
        let Some(sum) = self.sum_of(stated.month.0) else { return };
        sum.downloads = sum.downloads.saturating_add(stated.downloads);
        sum.models += 1;
        if !is_inside {
            sum.models_outside += 1;
            sum.downloads_outside = sum.downloads_outside.saturating_add(stated.downloads);
        }
        sum.counted.resize(account_count.div_ceil(64), 0);
        let bit = 1 << (account % 64);
        if let Some(word) = sum
            .counted
            .get_mut(account as usize / 64)
            .filter(|word| **word & bit == 0)
        {
            *word |= bit;
            sum.accounts += 1;
        }
    }

    fn sum_of(&mut self, month: u16) -> Option<&mut MonthSum> {
        let first = *self.first.get_or_insert(month);
        if month < first {
            let earlier = usize::from(first - month);
            self.months
                .splice(0..0, std::iter::repeat_n(MonthSum::default(), earlier));
            self.first = Some(month);
        }
        let at = usize::from(month - self.first.unwrap_or(month));
        if self.months.len() <= at {
            self.months.resize(at + 1, MonthSum::default());
        }
        self.months.get_mut(at)
    }

    fn months(self) -> Vec<HistoryMonth> {
        let first = self.first.unwrap_or(0);
        let months = (first..).zip(self.months);
        months
            .map(|(month, sum)| HistoryMonth {
                month: Month(month).key(),
                downloads: sum.downloads,
                models: sum.models,
                accounts: sum.accounts,
                models_outside: sum.models_outside,
                downloads_outside: sum.downloads_outside,
            })
            .collect()
    }
}

/// Gathers rows and writes them part by part.
struct PartWriter<'a> {
    columns: HistoryColumns,
    history: &'a mut History,
    part_rows: usize,
    folder: &'a SnapshotFolder,
}

impl PartWriter<'_> {
    fn push(&mut self, row: u32, month: u16, downloads: u64) -> Result<()> {
        self.columns.rows.push(row);
        self.columns.months.push(month);
        self.columns.downloads.push(downloads);
        if self.columns.rows.len() < self.part_rows {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn flush(&mut self) -> Result<()> {
        let columns = std::mem::take(&mut self.columns);
        if columns.rows.is_empty() {
            return Ok(());
        }
        let bytes = write_history(&columns, self.history)?;
        let sha256 = sha256_hex(&bytes);
        let part = HistoryPart {
            path: history_path(&sha256),
            first_row: self.history.parts.iter().map(|part| part.rows).sum(),
            rows: columns.rows.len() as u64,
            bytes: bytes.len() as u64,
            sha256,
            downloads: columns.downloads.iter().sum(),
        };
        self.folder.write(&part.path, &bytes)?;
        self.history.parts.push(part);
        Ok(())
    }
}
