//! An import in one thread: dumps in, the parts of a snapshot out, one after the other.
//!
//! What it makes holds the same rows, codes and totals as what the command line makes of the same files; only the parts are
//! packed for reading at once instead of for sending.

use std::sync::Arc;

use arrow_array::RecordBatch;
use atlas_snapshot::manifest::{Part, Scope, Source};
use atlas_snapshot::write::Packing;
use atlas_snapshot::{Collection, Manifest};

use crate::assemble::{About, AssembleError, Assembly, HEAD_ROWS, PART_ROWS};
use crate::collect::Collector;
use crate::curated::CuratedError;
use crate::curated_file::{CuratedFile, Facts};
use crate::dump::{Dump, DumpError};
use crate::hub_columns::{ColumnsPresent, HubColumn};
use crate::joined_rows::TooManyIdsError;
use crate::moment;
use crate::reject::Reason;
use crate::row_block::{RowBlock, RowReader};
use crate::source::ByteSource;

/// Most files of one import.
pub const MOST_FILES: usize = u16::MAX as usize;

/// A file to import.
pub struct InputFile {
    /// Its name, for errors and for the manifest.
    pub name: String,
    /// The day of its readings, `YYYY-MM-DD`.
    pub day: String,
    /// Its bytes.
    pub source: Arc<dyn ByteSource>,
}

/// What is known of the files beside what is in them.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What each source says beside the name and size of its file.
    pub source: Source,
    /// Which models of the Hub they are; else what the files themselves say.
    pub scope: Option<Scope>,
    /// Whether the models are made up.
    pub synthetic: bool,
}

impl Origin {
    /// Of files about which nothing is known.
    pub fn unknown() -> Origin {
        Origin {
            source: Source {
                name: String::new(),
                url: None,
                licence: None,
                attribution: None,
                sha256: None,
                bytes: None,
                rows: None,
            },
            scope: None,
            synthetic: false,
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many rows have been read of so many.
    Reading(u64, u64),
    /// The rows are put in order.
    Sorting,
    /// So many rows have been written of so many.
    Writing(u64, u64),
}

/// Why files make no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is none.
    #[error("no file was given")]
    Nothing,
    /// There are too many.
    #[error("{0} files are more than the {MOST_FILES} that one import takes")]
    TooManyFiles(usize),
    /// A day is none.
    #[error("“{0}” is not a date like 2026-08-22")]
    Day(String),
    /// A file cannot be used.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A slice is not what it should be.
    #[error("{file} is no slice that can be read back: {what}.")]
    Slice {
        /// Its name.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// The facts compiled in are malformed.
    #[error(transparent)]
    Curated(#[from] CuratedError),
    /// The rows are too many.
    #[error(transparent)]
    TooManyIds(#[from] TooManyIdsError),
    /// The rows make no snapshot.
    #[error("{error}{}", why(.rejected))]
    Assemble {
        /// Why.
        error: AssembleError,
        /// How many rows were left out for each reason.
        rejected: Vec<(Reason, u64)>,
    },
    /// Whoever takes the parts cannot.
    #[error("{0}")]
    Taker(String),
}

fn why(rejected: &[(Reason, u64)]) -> String {
    let reasons: Vec<String> = rejected
        .iter()
        .map(|(reason, count)| format!("{count} because {}", reason.sentence()))
        .collect();
    match reasons.is_empty() {
        true => String::new(),
        false => format!(" Rows left out: {}.", reasons.join("; ")),
    }
}

/// What an import made.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The manifest; its parts have been handed on.
    pub manifest: Manifest,
    /// Rows read, kept or not.
    pub rows_read: u64,
    /// How many rows were left out for each reason.
    pub rejected: Vec<(Reason, u64)>,
}

/// Imports files and hands each part on as it is done. Of several files the newest reading of each model stays. Whether they
/// hold models or datasets, the first one tells.
///
/// # Errors
/// When a file cannot be read, no row is left, or `take` fails; parts that were handed on are then of no use.
pub fn import(
    files: &[InputFile],
    origin: &Origin,
    progress: &dyn Fn(Stage),
    take: impl FnMut(&Part, Vec<u8>) -> Result<(), String>,
) -> Result<Imported, ImportError> {
    let (registry, overrides) = (CuratedFile::built_in_registry(), CuratedFile::built_in_overrides());
    let facts = Facts::parse(&registry, &overrides)?;
    let (collection, dumps) = open(files)?;
    let collector = collect(collection, files, &dumps, &facts, progress)?;
    progress(Stage::Sorting);
    let rejected = rejected(&collector);
    let failed = |error| ImportError::Assemble {
        error,
        rejected: rejected.clone(),
    };
    let united = ColumnsPresent::united(&columns(&dumps, false));
    let assembly = Assembly::new(&collector, &facts.registry, &united).map_err(failed)?;
    let about = About {
        taken_on: files.iter().map(|file| file.day.clone()).max().unwrap_or_default(),
        synthetic: origin.synthetic,
        scope: origin.scope.clone().or_else(|| scope_of(&dumps)),
        sources: sources(files, &dumps, origin)
            .into_iter()
            .chain(facts.sources(&registry, &overrides))
            .collect(),
        history: None,
    };
    let parts = write_parts(&assembly, progress, take, failed)?;
    Ok(Imported {
        manifest: assembly.manifest(about, parts),
        rows_read: collector.rows_read(),
        rejected,
    })
}

/// Encodes the parts of an assembly and hands each on.
pub(crate) fn write_parts(
    assembly: &Assembly<'_>,
    progress: &dyn Fn(Stage),
    mut take: impl FnMut(&Part, Vec<u8>) -> Result<(), String>,
    failed: impl Fn(AssembleError) -> ImportError,
) -> Result<Vec<Part>, ImportError> {
    let plans = assembly.plan(HEAD_ROWS, PART_ROWS);
    let all = plans.iter().map(|plan| plan.rows as u64).sum();
    let mut written = 0;
    let mut parts = Vec::new();
    for plan in plans {
        progress(Stage::Writing(written, all));
        let (part, bytes) = assembly.encode(plan, Packing::AtHand).map_err(&failed)?;
        take(&part, bytes).map_err(ImportError::Taker)?;
        written += plan.rows as u64;
        parts.push(part);
    }
    Ok(parts)
}

fn open(files: &[InputFile]) -> Result<(Collection, Vec<Dump>), ImportError> {
    match files.len() {
        0 => return Err(ImportError::Nothing),
        many if many > MOST_FILES => return Err(ImportError::TooManyFiles(many)),
        _ => {}
    }
    let open = |file: &InputFile| Dump::open(&file.name, file.source.clone());
    let dumps: Vec<Dump> = files.iter().map(open).collect::<Result<_, DumpError>>()?;
    let collection = dumps.first().map_or(Ok(Collection::Models), Dump::collection)?;
    for (dump, file) in dumps.iter().zip(files) {
        dump.check_is_of(collection, &file.name)?;
    }
    Ok((collection, dumps))
}

/// The columns of each dump. When a model was last changed is only read when there are `several` files to compare.
fn columns(dumps: &[Dump], several: bool) -> Vec<ColumnsPresent> {
    let columns = |dump: &Dump| match several {
        true => dump.present().clone(),
        false => dump.present().clone().without(HubColumn::LastModified),
    };
    dumps.iter().map(columns).collect()
}

fn collect(
    collection: Collection,
    files: &[InputFile],
    dumps: &[Dump],
    facts: &Facts,
    progress: &dyn Fn(Stage),
) -> Result<Collector, ImportError> {
    let several = dumps.len() > 1;
    let columns = columns(dumps, several);
    let united = ColumnsPresent::united(&columns);
    let days = files.iter().map(|file| moment::day_start(&file.day).ok_or(&file.day));
    let days = days
        .collect::<Result<Vec<i64>, _>>()
        .map_err(|day| ImportError::Day(day.clone()))?;
    let newest = days.iter().copied().max().unwrap_or_default();
    let all: u64 = dumps.iter().map(Dump::rows).sum();
    let read = std::cell::Cell::new(0);
    let mut collector = Collector::of(collection);
    for (at, ((dump, columns), day)) in dumps.iter().zip(columns).zip(days).enumerate() {
        let columns = columns.of(collection);
        let mut reader = RowReader::new(&facts.registry, &facts.overrides, columns.clone(), newest).of(collection);
        if several {
            reader = reader.among(at as u16, &united);
        }
        collector.begin_file(day, dump.rows(), several);
        let advance = |rows| {
            read.set(read.get() + rows);
            progress(Stage::Reading(read.get(), all));
        };
        let add = |batch: &RecordBatch, row, block: &mut RowBlock| reader.read(batch, row, block);
        dump.read(&columns, &advance, add, |block| -> Result<(), ImportError> {
            collector.append(block)?;
            Ok(())
        })?;
        collector.end_file();
    }
    Ok(collector)
}

fn rejected(collector: &Collector) -> Vec<(Reason, u64)> {
    let reasons = Reason::ALL.into_iter().zip(*collector.rejected_by_reason());
    reasons.filter(|(_, count)| *count > 0).collect()
}

/// What the only file says of itself. Of several files together nobody knows which models of the Hub they are.
fn scope_of(dumps: &[Dump]) -> Option<Scope> {
    match dumps {
        [only] => only.scope().map(crate::hub_api::api_query::scope_of_words),
        _ => None,
    }
}

fn sources(files: &[InputFile], dumps: &[Dump], origin: &Origin) -> Vec<Source> {
    let given = &origin.source.name;
    let source = |(file, dump): (&InputFile, &Dump)| Source {
        name: match (given.is_empty(), files.len() > 1) {
            (true, false) => file.name.clone(),
            (true, true) => format!("{} of {}", file.name, file.day),
            (false, false) => given.clone(),
            (false, true) => format!("{given}: {} of {}", file.name, file.day),
        },
        bytes: Some(file.source.size()),
        rows: Some(dump.rows()),
        ..origin.source.clone()
    };
    files.iter().zip(dumps).map(source).collect()
}
