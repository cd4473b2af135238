//! Reading a history from files: dated dumps of the Hub, and records of one row a model and week.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use arrow_array::RecordBatch;
use atlas_snapshot::history::HistoryMeasure;
use atlas_snapshot::{Collection, Ids};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::record::Record;
use crate::input_file::{self, InputFile};
use crate::reject_lines::RejectLines;
use atlas_import::count_cells::{Count, Counts};
use atlas_import::date_cells::{Moment, Moments};
use atlas_import::hub_columns::{HubBatch, HubColumn};
use atlas_import::hub_id::is_hub_id;
use atlas_import::moment::{self, DAY};
use atlas_import::reject::{Reason, Reject};
use atlas_import::text_cells::{ColumnTypeError, Texts};

/// Columns of a record of one row a model and week, as open_model_evolution_data has them; the last may be missing.
const RECORD_COLUMNS: [&str; 4] = ["model", "time", "downloadsAllTime", "created"];

/// The Hub knows no publication before this day: older models carry it as well, so it tells nothing. 2022-03-02.
const FIRST_PUBLISHED: u16 = 19_053;

/// The first day that is believed: 2016-01-01.
const EARLIEST: i64 = 16_801;

/// What a file of a history held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Its name.
    pub name: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows left out.
    pub rejected: u64,
}

/// Counts of some rows of a file.
#[derive(Default)]
struct Block {
    rows: u64,
    ids: Ids,
    days: Vec<u16>,
    /// Downloads in 30 days, all-time downloads.
    counts: Vec<[Option<u64>; 2]>,
    published: Vec<Option<u16>>,
    rejects: Vec<Reject>,
}

/// Reads files and folders into a record. Days after `taken_on`, counted from 1970, are not believed.
///
/// # Errors
/// When a file cannot be read, is of neither form, or of a later day; or the rejects cannot be written.
pub fn read(paths: &[PathBuf], taken_on: i64, rejects: &mut RejectLines<'_>) -> Result<(Record, Vec<FileRead>)> {
    let mut record = Record::default();
    let mut files = Vec::new();
    for path in input_file::expand(paths)? {
        let shown = || path.display().to_string();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (sha256, bytes) = input_file::checksum(&path)?;
        let mut file = FileRead {
            name: name.clone(),
            sha256,
            bytes,
            rows: 0,
            rejected: 0,
        };
        let mut take = |block: Block| -> Result<()> {
            file.rows += block.rows;
            file.rejected += block.rejects.len() as u64;
            rejects.write(&name, &block.rejects)?;
            add(&block, &mut record)
        };
        match record_reader(&path)? {
            Some(batches) => read_record(batches, taken_on, &mut take).with_context(shown)?,
            None => read_dump(&path, taken_on, &mut take)?,
        }
        files.push(file);
    }
    record.settle();
    Ok((record, files))
}

fn add(block: &Block, record: &mut Record) -> Result<()> {
    for (row, day) in block.days.iter().enumerate() {
        let id = block.ids.get(row).unwrap_or_default();
        let [thirty_days, all_time] = block.counts.get(row).copied().unwrap_or_default();
        let counts = [
            thirty_days.map(|count| (HistoryMeasure::Downloads30d, count)),
            all_time.map(|count| (HistoryMeasure::DownloadsAllTime, count)),
        ];
        let published = block.published.get(row).copied().flatten();
        record.add(id, *day, counts.into_iter().flatten(), published)?;
    }
    Ok(())
}

/// Reads a dump of one day, Parquet or JSON, whose name holds the day.
fn read_dump(path: &Path, taken_on: i64, take: &mut impl FnMut(Block) -> Result<()>) -> Result<()> {
    let shown = path.display();
    let Some(day) = input_file::day_in_name(path) else {
        bail!(
            "--history {shown} says of no day: neither does its name hold a date (models-2026-08-22.parquet), nor has it the \
             columns {}",
            RECORD_COLUMNS.join(", ")
        );
    };
    let file = InputFile::open(Collection::Models, path, &day)?;
    let day_number = file.day_start() / DAY;
    if day_number > taken_on {
        bail!("--history {shown} is of a day after --taken-on. Give the day of the newest file.");
    }
    let day_number =
        day_of(day_number, taken_on).ok_or_else(|| anyhow!("--history {shown} is of a day before 2016"))?;
    let wanted = [
        HubColumn::Id,
        HubColumn::Downloads,
        HubColumn::DownloadsAllTime,
        HubColumn::CreatedAt,
    ];
    let columns = file.present(false).only(&wanted);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let add = |batch: &RecordBatch, first_row: u64, block: &mut Block| -> Result<(), ColumnTypeError> {
        let cells = HubBatch::of(&columns, batch)?;
        for row in 0..batch.num_rows() {
            let at = Place {
                row: first_row + row as u64,
                id: cells.ids.get(row).unwrap_or_default(),
                id_column: "id",
            };
            let counts = [
                (HubColumn::Downloads.name(), cells.downloads.get(row)),
                (HubColumn::DownloadsAllTime.name(), cells.downloads_all_time.get(row)),
            ];
            block.push(&at, Ok(day_number), counts, published(&cells.created_at.get(row)));
        }
        block.rows += batch.num_rows() as u64;
        Ok(())
    };
    file.read(&columns, threads, &|_| {}, add, take)
}

/// The batches of a file that is a record of one row a model and week.
fn record_reader(path: &Path) -> Result<Option<ParquetRecordBatchReader>> {
    if !input_file::is_parquet(path)? {
        return Ok(None);
    }
    let file = File::open(path).with_context(|| path.display().to_string())?;
    // A file that cannot be opened as Parquet is said so by the way of dumps.
    let Ok(builder) = ParquetRecordBatchReaderBuilder::try_new(file) else {
        return Ok(None);
    };
    let roots: Vec<String> = builder
        .parquet_schema()
        .root_schema()
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    let required = RECORD_COLUMNS.iter().take(3);
    if !required.clone().all(|name| roots.iter().any(|root| root == name)) {
        return Ok(None);
    }
    let wanted: Vec<usize> = (0..roots.len())
        .filter(|root| {
            roots
                .get(*root)
                .is_some_and(|root| RECORD_COLUMNS.contains(&root.as_str()))
        })
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(atlas_import::dump::BATCH_ROWS)
        .build();
    batches.map(Some).with_context(|| path.display().to_string())
}

fn read_record(
    batches: ParquetRecordBatchReader,
    taken_on: i64,
    take: &mut impl FnMut(Block) -> Result<()>,
) -> Result<()> {
    let mut first_row = 0;
    for batch in batches {
        let batch =
            batch.with_context(|| format!("it cannot be decoded after row {first_row}. Download the file again"))?;
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| anyhow!("the column “{name}” is missing"))
        };
        let models = Texts::of("model", column("model")?)?;
        let times = Moments::of("time", column("time")?)?;
        let counts = Counts::of("downloadsAllTime", column("downloadsAllTime")?)?;
        let created = match batch.column_by_name("created") {
            Some(created) => Moments::of("created", created)?,
            None => Moments::Absent,
        };
        let mut block = Block::default();
        for row in 0..batch.num_rows() {
            let at = Place {
                row: first_row + row as u64,
                id: models.get(row).unwrap_or_default(),
                id_column: "model",
            };
            let day = match times.get(row) {
                Moment::Known(seconds) => day_of(seconds.div_euclid(DAY), taken_on)
                    .ok_or_else(|| (Reason::DateOutOfRange, moment::format(seconds))),
                Moment::Missing => Err((Reason::DateUnreadable, String::new())),
                Moment::Unreadable(text) => Err((Reason::DateUnreadable, text)),
            };
            let count = [("downloadsAllTime", counts.get(row))];
            block.push(&at, day, count, published(&created.get(row)));
        }
        block.rows = batch.num_rows() as u64;
        first_row += block.rows;
        take(block)?;
    }
    Ok(())
}

/// A row of a file.
struct Place<'a> {
    row: u64,
    id: &'a str,
    id_column: &'static str,
}

impl Block {
    /// Adds a row, or what is wrong with it. Of two counts one may be missing; where only one is given it must be there.
    fn push<const N: usize>(
        &mut self,
        at: &Place<'_>,
        day: Result<u16, (Reason, String)>,
        counts: [(&'static str, Count); N],
        published: Option<u16>,
    ) {
        if let Err(reject) = self.try_push(at, day, counts, published) {
            self.rejects.push(reject);
        }
    }

    fn try_push<const N: usize>(
        &mut self,
        at: &Place<'_>,
        day: Result<u16, (Reason, String)>,
        counts: [(&'static str, Count); N],
        published: Option<u16>,
    ) -> Result<(), Reject> {
        let reject = |reason, column, value: &str| Reject::new(at.row, reason, column, at.id, value);
        if at.id.is_empty() {
            return Err(reject(Reason::IdMissing, at.id_column, ""));
        }
        if !is_hub_id(at.id) {
            return Err(reject(Reason::IdNotOfTheHub, at.id_column, at.id));
        }
        let day = day.map_err(|(reason, value)| reject(reason, "time", &value))?;
        let mut known = [None; 2];
        for (column, count) in counts {
            let slot = usize::from(column == HubColumn::DownloadsAllTime.name());
            match (count, known.get_mut(slot)) {
                (Count::Known(count), Some(known)) => *known = Some(count),
                (Count::Absurd(value), _) => {
                    let is_negative = value.trim_start().starts_with('-');
                    let reason = if is_negative {
                        Reason::CountNegative
                    } else {
                        Reason::CountAbsurd
                    };
                    return Err(reject(reason, column, &value));
                }
                (Count::Missing | Count::Known(_), _) => {}
            }
        }
        if known == [None; 2] {
            let column = if N == 1 {
                HubColumn::DownloadsAllTime.name()
            } else {
                HubColumn::Downloads.name()
            };
            return Err(reject(Reason::DownloadsMissing, column, ""));
        }
        self.ids.push(at.id);
        self.days.push(day);
        self.counts.push(known);
        self.published.push(published);
        Ok(())
    }
}

/// A day counted from 1970, if it is believed.
fn day_of(day: i64, latest: i64) -> Option<u16> {
    let believed = (EARLIEST..=latest).contains(&day);
    u16::try_from(day).ok().filter(|_| believed)
}

fn published(created: &Moment) -> Option<u16> {
    match created {
        Moment::Known(seconds) => u16::try_from(seconds.div_euclid(DAY))
            .ok()
            .filter(|day| *day > FIRST_PUBLISHED),
        Moment::Missing | Moment::Unreadable(_) => None,
    }
}
