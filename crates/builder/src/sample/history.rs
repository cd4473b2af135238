//! A record of counts of the largest synthetic models, so that the sample has downloads by month as well.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use parquet::arrow::ArrowWriter;

use crate::parquet_errors::writing_error;
use crate::snapshot_folder::disk_error;
use atlas_import::moment::{self, DAY, Month};

use super::cohorts::TAKEN_ON;
use super::description::Model;
use super::models::SyntheticHub;
use super::randomness::Randomness;

/// Fewest models of a Hub that has a history: of fewer, no month may be known.
pub const FEWEST_MODELS: u64 = 1_000;

/// How many of the largest models are in the record.
const RECORDED: u64 = 3_000;

/// Readings, one on the first day of each month up to the one in which the snapshot was taken.
const READINGS: i64 = 19;

/// Share of the accounts that the first reading sees; the last one sees all, as real panels grow.
const SEEN_AT_FIRST: f64 = 0.35;

/// One count of one model.
struct Reading {
    model: String,
    time: i64,
    /// Only of models that appear while the record is kept: of older ones it says nothing of the months before.
    created: Option<i64>,
    count: i64,
}

/// Writes the record of a Hub, in the shape of open_model_evolution_data. The same Hub gives the same bytes.
///
/// # Errors
/// When the disk is full or refuses.
pub fn write_history_file(hub: &SyntheticHub, path: &Path) -> Result<()> {
    let readings: Vec<Reading> = (1..=RECORDED.min(hub.len()))
        .flat_map(|rank| counts(&hub.model_of_rank(rank), hub.seed(), rank))
        .collect();
    let texts = |text: &dyn Fn(&Reading) -> String| {
        Arc::new(StringArray::from_iter_values(readings.iter().map(text))) as ArrayRef
    };
    let moments = |moment: &dyn Fn(&Reading) -> Option<i64>| {
        let moments = readings.iter().map(|reading| Some(moment(reading)? * 1000));
        Arc::new(TimestampMillisecondArray::from_iter(moments).with_timezone("UTC")) as ArrayRef
    };
    let counts = Int64Array::from_iter_values(readings.iter().map(|reading| reading.count));
    let batch = RecordBatch::try_from_iter([
        ("model", texts(&|reading| reading.model.clone())),
        ("time", moments(&|reading| Some(reading.time))),
        ("created", moments(&|reading| reading.created)),
        ("downloadsAllTime", Arc::new(counts) as ArrayRef),
    ])?;
    let file = File::create(path).map_err(|error| disk_error(path, &error))?;
    let failed = |error| writing_error(path, error);
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.close().map_err(failed)?;
    Ok(())
}

/// The counts of a model on the days of the readings that see its account.
///
/// The count grows as a power of the model's age, which ends at its all-time downloads with the speed of its last 30 days.
fn counts(model: &Model, seed: u64, rank: u64) -> Vec<Reading> {
    let taken_on = moment::day_start(TAKEN_ON).unwrap_or(0);
    let account = model.id.split('/').next().unwrap_or_default();
    let stream = account
        .bytes()
        .fold(7, |stream: u64, byte| stream.wrapping_mul(257) + u64::from(byte));
    let first_seen = (Randomness::new(seed, stream).unit() - SEEN_AT_FIRST).max(0.0) / (1.0 - SEEN_AT_FIRST);
    let first_seen = (first_seen * READINGS as f64) as i64;
    let mut randomness = Randomness::new(seed, rank + (1 << 41));
    let age = (taken_on - model.created).max(DAY) as f64 / DAY as f64;
    let speed = model.downloads_30d as f64 / 30.0 * age / model.downloads_all_time.max(1) as f64;
    let count_at = |time: i64| {
        let grown = (time - model.created).max(0) as f64 / DAY as f64 / age;
        model.downloads_all_time as f64 * grown.powf(speed.clamp(0.2, 4.0))
    };
    let begins = reading_days(taken_on).next().unwrap_or(taken_on);
    let (mut readings, mut before, mut count) = (Vec::new(), None, 0.0);
    for (at, time) in (0..).zip(reading_days(taken_on)) {
        if time < model.created {
            continue;
        }
        let here = count_at(time);
        // Months differ a little more than a curve does.
        count += (here - before.unwrap_or(here)) * (0.8 + 0.4 * randomness.unit());
        if before.is_none() {
            count = here;
        }
        before = Some(here);
        if at >= first_seen {
            readings.push(Reading {
                model: model.id.clone(),
                time,
                created: Some(model.created).filter(|created| *created >= begins),
                count: count as i64,
            });
        }
    }
    readings
}

/// The first days of months up to a moment, in seconds since 1970, ascending.
fn reading_days(until: i64) -> impl Iterator<Item = i64> {
    let newest = Month::of(until).map_or(Month::FIRST.0, |month| month.0);
    (newest.saturating_sub(READINGS as u16 - 1)..=newest).map(|month| Month(month).first_day() * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_never_fall_and_end_near_what_the_snapshot_says() {
        let hub = SyntheticHub::new(5_000, 3);
        let taken_on = moment::day_start(TAKEN_ON).unwrap();
        let mut seen = 0;
        for rank in 1..=300 {
            let model = hub.model_of_rank(rank);
            let readings = counts(&model, 3, rank);
            assert!(
                readings.is_sorted_by_key(|reading| (reading.time, reading.count)),
                "{}",
                model.id
            );
            assert!(
                readings
                    .iter()
                    .all(|reading| reading.time >= model.created && reading.time < taken_on)
            );
            if let Some(last) = readings.last() {
                let most = model.downloads_all_time as f64 * 1.2;
                assert!((last.count as f64) <= most, "{}: {} of {most}", model.id, last.count);
                seen += 1;
            }
        }
        assert!(seen > 200, "{seen}");
    }

    #[test]
    fn a_reading_is_taken_on_the_first_of_each_month() {
        let days: Vec<String> = reading_days(moment::day_start("2026-08-22").unwrap())
            .map(moment::format)
            .collect();
        assert_eq!(days.len(), READINGS as usize);
        assert!(
            days[0].starts_with("2025-02-01") && days[18].starts_with("2026-08-01"),
            "{days:?}"
        );
    }
}
