//! Importing dumps of the Hub: from files to a snapshot folder.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use arrow_array::RecordBatch;
use atlas_import::assemble::{About, Assembly, PartPlan};
use atlas_import::collect::Collector;
use atlas_import::curated_file::{CuratedFile, Facts};
use atlas_import::hub_api::api_query::scope_of_words;
use atlas_import::hub_columns::ColumnsPresent;
use atlas_import::moment::{self, DAY};
use atlas_import::registry::Registry;
use atlas_import::reject::{Note, Reason};
use atlas_import::row_block::{RowBlock, RowReader};
use atlas_snapshot::history::History;
use atlas_snapshot::manifest::{MANIFEST_FILE, Part, Scope, Source};
use atlas_snapshot::write::Packing;
use atlas_snapshot::{Collection, Manifest};

use crate::history;
use crate::history::files::FileRead;
use crate::history::report::HistoryReport;
use crate::input_file::{self, InputFile};
use crate::progress::Progress;
use crate::reject_lines::RejectLines;
use crate::report::{FileReport, Report, unknown_shares};
use crate::snapshot_folder::SnapshotFolder;

/// Accounts that the report lists as missing from the registry.
const UNLISTED_ACCOUNTS: usize = 25;

/// What to import and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// What the files hold.
    pub collection: Collection,
    /// The files, Parquet or JSON, and folders of such files. Where several are given, the newest reading of a model stays.
    pub files: Vec<PathBuf>,
    /// Files and folders with readings of other days, from which downloads by month are made.
    pub history: Vec<PathBuf>,
    /// Day the metadata were taken from the Hub, `YYYY-MM-DD`; of several files, of those whose name holds no date.
    pub taken_on: String,
    /// Rows of the first part.
    pub head_rows: usize,
    /// Rows of every other part.
    pub part_rows: usize,
    /// Which models of the Hub they are, where the one who imports them knows; else what the only file says of itself.
    pub scope: Option<Scope>,
    /// The source as the manifest names it; without a name the file's stands. Checksum, bytes and rows are filled in.
    pub source: Source,
    /// Whether the models are made up.
    pub synthetic: bool,
    /// The registry, and whether its unverified rows count.
    pub registry: CuratedFile,
    /// The size overrides, and whether unverified ones count.
    pub overrides: CuratedFile,
}

/// The registry compiled in, or the one in a file; with `use_unverified` rows that nobody has verified count.
///
/// # Errors
/// When the file cannot be read.
pub fn registry_file(path: Option<&Path>, use_unverified: bool) -> Result<CuratedFile> {
    curated_file(CuratedFile::built_in_registry(), path, use_unverified)
}

/// The size overrides compiled in, or those in a file; with `use_unverified` rows that nobody has verified count.
///
/// # Errors
/// When the file cannot be read.
pub fn overrides_file(path: Option<&Path>, use_unverified: bool) -> Result<CuratedFile> {
    curated_file(CuratedFile::built_in_overrides(), path, use_unverified)
}

fn curated_file(built_in: CuratedFile, path: Option<&Path>, use_unverified: bool) -> Result<CuratedFile> {
    let (name, text) = match path {
        None => (built_in.name, built_in.text),
        Some(path) => {
            let shown = path.display();
            let text =
                std::fs::read_to_string(path).with_context(|| format!("{shown} cannot be read as UTF-8 text"))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, text)
        }
    };
    Ok(CuratedFile {
        name,
        text,
        use_unverified,
    })
}

/// Imports a dump into a folder that has been begun, and puts it in place. `scratch` names files in it to remove first.
///
/// # Errors
/// When anything prevents a whole snapshot; the folder is then as it was before.
pub fn import(
    request: &ImportRequest,
    folder: SnapshotFolder,
    scratch: &[&str],
    progress: &dyn Progress,
) -> Result<Report> {
    import_observed(request, folder, scratch, progress, |_, _, _| {})
}

/// Like [`import`], and shows the resolved rows, their order in the snapshot and the registry before they are written.
///
/// # Errors
/// As [`import`].
pub fn import_observed(
    request: &ImportRequest,
    folder: SnapshotFolder,
    scratch: &[&str],
    progress: &dyn Progress,
    observe: impl FnOnce(&RowBlock, &[u32], &Registry),
) -> Result<Report> {
    let started = Instant::now();
    let taken_on = moment::day_start(&request.taken_on)
        .ok_or_else(|| anyhow!("--taken-on “{}” is not a date like 2026-08-22", request.taken_on))?;
    let facts = Facts::parse(&request.registry, &request.overrides)?;
    let registry = &facts.registry;
    let inputs = open_inputs(request, taken_on)?;
    let present = ColumnsPresent::united(&inputs.iter().map(|input| input.present(false)).collect::<Vec<_>>());

    let mut rejects = RejectLines::new(&folder, inputs.len() > 1 || !request.history.is_empty());
    let mut collector = Collector::of(request.collection);
    let checksums = collect(&mut collector, &inputs, (&facts, taken_on), &mut rejects, progress)?;
    progress.stage("sorting", 0);
    let assembly = Assembly::new(&collector, registry, &present).with_context(|| {
        let reasons = Reason::ALL
            .iter()
            .zip(collector.rejected_by_reason())
            .filter(|(_, count)| **count > 0);
        let reasons: Vec<String> = reasons
            .map(|(reason, count)| format!("{count} because {}", reason.sentence()))
            .collect();
        let files = file_names(&inputs);
        match reasons.is_empty() {
            true => files,
            false => format!("{files} (rows left out: {})", reasons.join("; ")),
        }
    })?;
    let history = write_history(request, &assembly, taken_on, (&mut rejects, &folder), progress)?;
    rejects.finish()?;
    observe(collector.rows(), assembly.order(), registry);

    let parts = write_parts(&assembly, request, &folder, progress)?;
    let about = About {
        taken_on: request.taken_on.clone(),
        synthetic: request.synthetic,
        scope: request.scope.clone().or_else(|| scope_of(&inputs)),
        sources: sources(
            request,
            (&inputs, &collector, checksums),
            history.as_ref().map_or(&[], |(_, files)| files),
            &facts,
        ),
        history: history.as_ref().map(|(history, _)| history.clone()),
    };
    let manifest = assembly.manifest(about, parts);
    folder.write(MANIFEST_FILE, &manifest.to_json()?)?;
    let mut report = report(
        request,
        (&inputs, &present),
        &collector,
        &assembly,
        &manifest,
        &facts,
        started,
    );
    report.history = history.map(|(history, files)| HistoryReport::new(history, &files));
    folder.commit(scratch)?;
    progress.done();
    Ok(report)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Opens the files in the order in which they are given. Of several, those with a date in their name are of that day.
fn open_inputs(request: &ImportRequest, taken_on: i64) -> Result<Vec<InputFile>> {
    let paths = input_file::expand(&request.files)?;
    if paths.len() > usize::from(u16::MAX) {
        bail!(
            "{} files are more than the {} that one import takes",
            paths.len(),
            u16::MAX
        );
    }
    let several = paths.len() > 1;
    let mut inputs = Vec::new();
    for path in paths {
        let day = input_file::day_in_name(&path).filter(|_| several);
        let input = InputFile::open(request.collection, &path, day.as_deref().unwrap_or(&request.taken_on))?;
        if input.day_start() > taken_on {
            bail!(
                "{} is of {}, after --taken-on {}. Give the day of the newest file.",
                path.display(),
                input.day(),
                request.taken_on
            );
        }
        inputs.push(input);
    }
    Ok(inputs)
}

/// Reads all rows of all files, one file after the other, while another thread computes the file's checksum.
fn collect(
    collector: &mut Collector,
    inputs: &[InputFile],
    (facts, taken_on): (&Facts, i64),
    rejects: &mut RejectLines<'_>,
    progress: &dyn Progress,
) -> Result<Vec<(String, u64)>> {
    let several = inputs.len() > 1;
    let united = ColumnsPresent::united(&inputs.iter().map(|input| input.present(several)).collect::<Vec<_>>());
    let mut checksums = Vec::new();
    progress.stage("reading rows", inputs.iter().map(InputFile::rows).sum());
    for (at, input) in inputs.iter().enumerate() {
        let columns = input.present(several);
        let mut reader =
            RowReader::new(&facts.registry, &facts.overrides, columns.clone(), taken_on).of(collector.collection());
        if several {
            reader = reader.among(at as u16, &united);
        }
        collector.begin_file(input.day_start(), input.rows(), several);
        let name = input.name();
        let checksum = std::thread::scope(|scope| {
            let checksum = scope.spawn(|| input.checksum());
            let advance = |rows| progress.advance(rows);
            let add = |batch: &RecordBatch, row, block: &mut RowBlock| reader.read(batch, row, block);
            input.read(&columns, threads(), &advance, add, |block| {
                let left_out = collector.append(block)?;
                rejects.write(&name, &left_out)
            })?;
            let checksum = checksum.join();
            checksum.map_err(|_| anyhow!("the checksum of {name} could not be computed"))?
        })?;
        rejects.write(&name, &collector.end_file())?;
        checksums.push(checksum);
    }
    Ok(checksums)
}

/// Reads the history, where there is one, and writes its parts.
fn write_history(
    request: &ImportRequest,
    assembly: &Assembly<'_>,
    taken_on: i64,
    (rejects, folder): (&mut RejectLines<'_>, &SnapshotFolder),
    progress: &dyn Progress,
) -> Result<Option<(History, Vec<FileRead>)>> {
    if request.history.is_empty() {
        return Ok(None);
    }
    progress.stage("reading history", 0);
    let (record, files) = history::files::read(&request.history, taken_on / DAY, rejects)?;
    progress.stage("downloads by month", 0);
    let rows = history::rows_in_snapshot(&record, assembly.ids());
    match history::write(&record, &rows, request.part_rows, folder)? {
        Some(history) => Ok(Some((history, files))),
        None => bail!(
            "--history says of no month how many downloads it had: at least two thirds of a month must lie in the 30 days before \
             readings, or between two readings of a cumulative count. Give readings of more days; docs/HISTORY.md tells the rule."
        ),
    }
}

/// Encodes the parts on every core and writes each as it is done.
fn write_parts(
    assembly: &Assembly<'_>,
    request: &ImportRequest,
    folder: &SnapshotFolder,
    progress: &dyn Progress,
) -> Result<Vec<Part>> {
    let plans = assembly.plan(request.head_rows, request.part_rows);
    progress.stage("writing rows", plans.iter().map(|plan| plan.rows as u64).sum());
    // Ids take longest to encode, so they go first.
    let mut queue: Vec<(usize, PartPlan)> = plans.iter().copied().enumerate().collect();
    queue.sort_by_key(|(at, plan)| {
        (
            plan.kind != atlas_snapshot::PartKind::Ids,
            std::cmp::Reverse(plan.rows),
            *at,
        )
    });
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Part>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads().min(queue.len()) {
            scope.spawn(|| {
                while let Some((at, plan)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let part = assembly
                        .encode(*plan, Packing::Published)
                        .map_err(anyhow::Error::from)
                        .and_then(|(part, bytes)| {
                            folder.write(&part.path, &bytes)?;
                            progress.advance(plan.rows as u64);
                            Ok(part)
                        });
                    let failed = part.is_err();
                    if let Ok(mut done) = done.lock() {
                        done.push((*at, part));
                    }
                    if failed {
                        next.store(queue.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| anyhow!("a part could not be written"))?;
    done.sort_by_key(|(at, _)| *at);
    let parts = done.into_iter().map(|(_, part)| part).collect::<Result<Vec<Part>>>()?;
    if parts.len() != plans.len() {
        bail!("a part could not be written");
    }
    Ok(parts)
}

fn sources(
    request: &ImportRequest,
    (inputs, collector, checksums): (&[InputFile], &Collector, Vec<(String, u64)>),
    history: &[FileRead],
    facts: &Facts,
) -> Vec<Source> {
    let read = inputs.iter().zip(collector.files()).zip(checksums);
    let dumps = read.map(|((input, rows), (sha256, bytes))| Source {
        name: source_name(&request.source.name, input, inputs.len() > 1),
        sha256: Some(sha256),
        bytes: Some(bytes),
        rows: Some(rows.read),
        ..request.source.clone()
    });
    let mut sources: Vec<Source> = dumps.collect();
    sources.extend(history.iter().map(|file| Source {
        name: format!("History: {}", file.name),
        url: None,
        licence: None,
        attribution: None,
        sha256: Some(file.sha256.clone()),
        bytes: Some(file.bytes),
        rows: Some(file.rows),
    }));
    sources.extend(facts.sources(&request.registry, &request.overrides));
    sources
}

/// What the only file says of itself. Of several files together nobody knows which models of the Hub they are.
fn scope_of(inputs: &[InputFile]) -> Option<Scope> {
    match inputs {
        [only] => only.scope().map(scope_of_words),
        _ => None,
    }
}

/// What a source is called: as it was told, or as the file is called; of several files with the file and its day; and with
/// what the file says of its scope.
fn source_name(given: &str, input: &InputFile, several: bool) -> String {
    let name = match (given.is_empty(), several) {
        (true, false) => input.name(),
        (true, true) => format!("{} of {}", input.name(), input.day()),
        (false, false) => given.to_owned(),
        (false, true) => format!("{given}: {} of {}", input.name(), input.day()),
    };
    input.scope().map_or(name.clone(), |scope| format!("{name} ({scope})"))
}

/// The name of the only file, or how many there are beside the first.
fn file_names(inputs: &[InputFile]) -> String {
    match inputs {
        [] => String::new(),
        [only] => only.name(),
        [first, others @ ..] => format!("{} and {} more", first.name(), others.len()),
    }
}

fn report(
    request: &ImportRequest,
    (inputs, present): (&[InputFile], &ColumnsPresent),
    collector: &Collector,
    assembly: &Assembly<'_>,
    manifest: &Manifest,
    facts: &Facts,
    started: Instant,
) -> Report {
    let (of_downloads, of_models) = unknown_shares(manifest);
    let rejected = Reason::ALL.into_iter().zip(*collector.rejected_by_reason());
    let notes = Note::ALL.into_iter().zip(*collector.notes());
    let rows_kept = manifest.totals.rows;
    let files: Vec<FileReport> = inputs
        .iter()
        .zip(collector.files())
        .map(|(input, rows)| FileReport {
            file: input.name(),
            day: input.day().to_owned(),
            rows_read: rows.read,
            rows_kept: rows.kept,
            rows_rejected: rows.rejected,
            rows_superseded: rows.read - rows.rejected - rows.kept,
            columns_missing: input.present(false).missing(request.collection),
        })
        .collect();
    Report {
        file: file_names(inputs),
        collection: request.collection,
        taken_on: request.taken_on.clone(),
        synthetic: request.synthetic,
        rows_read: collector.rows_read(),
        rows_kept,
        rows_rejected: files.iter().map(|file| file.rows_rejected).sum(),
        rows_superseded: files.iter().map(|file| file.rows_superseded).sum(),
        files,
        history: None,
        rejected: rejected.filter(|(_, count)| *count > 0).collect(),
        notes: notes.filter(|(_, count)| *count > 0).collect(),
        columns_missing: present.missing(request.collection),
        downloads_30d: manifest.totals.downloads_30d,
        unknown_share_of_downloads: of_downloads,
        unknown_share_of_models: of_models,
        registry_accounts: facts.registry.accounts(),
        registry_rows_not_verified: facts.registry.set_aside(),
        size_overrides_not_verified: facts.overrides.set_aside(),
        accounts_not_in_registry: collector.unlisted_accounts(
            assembly.order().iter().copied(),
            &facts.registry,
            UNLISTED_ACCOUNTS,
        ),
        bytes_written: manifest.parts.iter().map(|part| part.bytes).sum(),
        seconds: started.elapsed().as_secs_f64(),
    }
}
