//! Importing a dump of the Hub: from a Parquet file to a snapshot folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use atlas_snapshot::manifest::{MANIFEST_FILE, Part, Source};
use atlas_snapshot::{Manifest, sha256_hex};

use crate::assemble::{About, Assembly, PartPlan};
use crate::collect::Collector;
use crate::dump_file::DumpFile;
use crate::moment;
use crate::progress::Progress;
use crate::registry::{self, Registry};
use crate::reject::{Note, Reason, Reject};
use crate::report::{Report, unknown_shares};
use crate::row_block::{RowBlock, RowReader};
use crate::size_overrides::{self, SizeOverrides};
use crate::snapshot_folder::{REJECTS_FILE, SnapshotFolder};

/// Accounts that the report lists as missing from the registry.
const UNLISTED_ACCOUNTS: usize = 25;

/// Rows of the first part unless told otherwise.
pub const HEAD_ROWS: usize = 32_768;

/// Rows of every other part unless told otherwise.
pub const PART_ROWS: usize = 1_048_576;

/// What to import and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The Parquet file.
    pub models: PathBuf,
    /// Day the metadata were taken from the Hub, `YYYY-MM-DD`.
    pub taken_on: String,
    /// Rows of the first part.
    pub head_rows: usize,
    /// Rows of every other part.
    pub part_rows: usize,
    /// The source as the manifest names it; checksum, bytes and rows are filled in.
    pub source: Source,
    /// Whether the models are made up.
    pub synthetic: bool,
    /// The registry, and whether its unverified rows count.
    pub registry: CuratedFile,
    /// The size overrides, and whether unverified ones count.
    pub overrides: CuratedFile,
}

/// A file of curated facts.
#[derive(Clone, Debug)]
pub struct CuratedFile {
    /// Its name, for errors and for the manifest.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Whether rows marked `verified=false` count.
    pub use_unverified: bool,
}

impl CuratedFile {
    /// The registry compiled in, or another file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn registry(path: Option<&Path>, use_unverified: bool) -> Result<CuratedFile> {
        CuratedFile::read(path, registry::BUILT_IN_FILE, registry::BUILT_IN_CSV, use_unverified)
    }

    /// The size overrides compiled in, or another file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn overrides(path: Option<&Path>, use_unverified: bool) -> Result<CuratedFile> {
        CuratedFile::read(
            path,
            size_overrides::BUILT_IN_FILE,
            size_overrides::BUILT_IN_CSV,
            use_unverified,
        )
    }

    fn read(path: Option<&Path>, name: &str, built_in: &str, use_unverified: bool) -> Result<CuratedFile> {
        let (name, text) = match path {
            None => (name.to_owned(), built_in.to_owned()),
            Some(path) => {
                let shown = path.display();
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("{shown} cannot be read as UTF-8 text"))?;
                (
                    path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    text,
                )
            }
        };
        Ok(CuratedFile {
            name,
            text,
            use_unverified,
        })
    }

    fn source(&self, name: &str, rows: usize, attribution: Option<&str>) -> Source {
        let unverified = if self.use_unverified {
            ", unverified rows included"
        } else {
            ""
        };
        Source {
            name: format!("{name} ({}{unverified})", self.name),
            url: None,
            licence: None,
            attribution: attribution.map(str::to_owned),
            sha256: Some(sha256_hex(self.text.as_bytes())),
            bytes: Some(self.text.len() as u64),
            rows: Some(rows as u64),
        }
    }
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
    let curated = |file: &CuratedFile| Registry::parse(&file.name, &file.text, file.use_unverified);
    let registry = curated(&request.registry)?;
    let overrides = SizeOverrides::parse(
        &request.overrides.name,
        &request.overrides.text,
        request.overrides.use_unverified,
    )?;
    let dump = DumpFile::open(&request.models)?;
    let reader = RowReader::new(&registry, &overrides, dump.present().clone(), taken_on);

    let mut rejects = RejectLines::new(&folder);
    let (mut collector, (sha256, bytes)) = collect(&dump, &reader, &mut rejects, progress)?;
    let (dropped, duplicates) = collector.duplicates();
    rejects.write(&duplicates)?;
    progress.stage("sorting", 0);
    let assembly = Assembly::new(&collector, &dropped, &registry, dump.present()).with_context(|| {
        let reasons = Reason::ALL
            .iter()
            .zip(collector.rejected_by_reason())
            .filter(|(_, count)| **count > 0);
        let reasons: Vec<String> = reasons
            .map(|(reason, count)| format!("{count} because {}", reason.sentence()))
            .collect();
        match reasons.is_empty() {
            true => request.models.display().to_string(),
            false => format!("{} (rows left out: {})", request.models.display(), reasons.join("; ")),
        }
    })?;
    rejects.finish()?;
    observe(collector.rows(), assembly.order(), &registry);

    let parts = write_parts(&assembly, request, &folder, progress)?;
    let about = About {
        taken_on: request.taken_on.clone(),
        synthetic: request.synthetic,
        sources: sources(
            request,
            dump.scope(),
            (sha256, bytes, collector.rows_read()),
            &registry,
            &overrides,
        ),
    };
    let manifest = assembly.manifest(about, parts);
    folder.write(MANIFEST_FILE, &manifest.to_json()?)?;
    let report = report(
        request,
        &dump,
        &collector,
        &assembly,
        &manifest,
        (&registry, &overrides),
        started,
    );
    folder.commit(scratch)?;
    progress.done();
    Ok(report)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Reads all rows while another thread computes the file's checksum.
fn collect(
    dump: &DumpFile,
    reader: &RowReader<'_>,
    rejects: &mut RejectLines<'_>,
    progress: &dyn Progress,
) -> Result<(Collector, (String, u64))> {
    let mut collector = Collector::default();
    progress.stage("reading rows", dump.rows());
    std::thread::scope(|scope| {
        let checksum = scope.spawn(|| dump.checksum());
        dump.read(reader, threads(), &|rows| progress.advance(rows), |block| {
            let left_out = collector.append(block)?;
            rejects.write(&left_out)
        })?;
        let checksum = checksum
            .join()
            .map_err(|_| anyhow!("the file’s checksum could not be computed"))??;
        Ok((collector, checksum))
    })
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
                        .encode(*plan)
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
    scope: Option<&str>,
    (sha256, bytes, rows): (String, u64, u64),
    registry: &Registry,
    overrides: &SizeOverrides,
) -> Vec<Source> {
    let name = &request.source.name;
    let dump = Source {
        name: scope.map_or_else(|| name.clone(), |scope| format!("{name} ({scope})")),
        sha256: Some(sha256),
        bytes: Some(bytes),
        rows: Some(rows),
        ..request.source.clone()
    };
    let is_built_in = request.registry.name == registry::BUILT_IN_FILE;
    let attribution = is_built_in
        .then_some("Compiled from the ATOM Project (Apache-2.0), OSIR-LMTS (MIT) and published rankings; each row names its source.");
    let mut sources = vec![
        dump,
        request
            .registry
            .source("Registry of organisations", registry.accounts(), attribution),
    ];
    if !overrides.is_empty() {
        sources.push(
            request
                .overrides
                .source("Corrected parameter counts", overrides.len(), None),
        );
    }
    sources
}

fn report(
    request: &ImportRequest,
    dump: &DumpFile,
    collector: &Collector,
    assembly: &Assembly<'_>,
    manifest: &Manifest,
    (registry, overrides): (&Registry, &SizeOverrides),
    started: Instant,
) -> Report {
    let (of_downloads, of_models) = unknown_shares(manifest);
    let rejected = Reason::ALL.into_iter().zip(*collector.rejected_by_reason());
    let notes = Note::ALL.into_iter().zip(*collector.notes());
    let rows_kept = manifest.totals.rows;
    Report {
        file: request
            .models
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        taken_on: request.taken_on.clone(),
        synthetic: request.synthetic,
        rows_read: collector.rows_read(),
        rows_kept,
        rows_rejected: collector.rows_read() - rows_kept,
        rejected: rejected.filter(|(_, count)| *count > 0).collect(),
        notes: notes.filter(|(_, count)| *count > 0).collect(),
        columns_missing: dump.present().missing(),
        downloads_30d: manifest.totals.downloads_30d,
        unknown_share_of_downloads: of_downloads,
        unknown_share_of_models: of_models,
        registry_accounts: registry.accounts(),
        registry_rows_not_verified: registry.set_aside(),
        size_overrides_not_verified: overrides.set_aside(),
        accounts_not_in_registry: collector.unlisted_accounts(
            assembly.order().iter().copied(),
            registry,
            UNLISTED_ACCOUNTS,
        ),
        bytes_written: manifest.parts.iter().map(|part| part.bytes).sum(),
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// `rejects.jsonl`, made when the first row is left out.
struct RejectLines<'a> {
    folder: &'a SnapshotFolder,
    file: Option<std::io::BufWriter<std::fs::File>>,
}

impl<'a> RejectLines<'a> {
    fn new(folder: &'a SnapshotFolder) -> RejectLines<'a> {
        RejectLines { folder, file: None }
    }

    fn write(&mut self, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(self.folder.create(REJECTS_FILE)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        for reject in rejects {
            let mut line = serde_json::to_vec(reject)?;
            line.push(b'\n');
            file.write_all(&line)
                .map_err(|error| self.folder.failed(REJECTS_FILE, &error))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        match self.file.take() {
            None => Ok(()),
            Some(mut file) => {
                let written = file.flush().and_then(|()| file.get_ref().sync_all());
                written.map_err(|error| self.folder.failed(REJECTS_FILE, &error))
            }
        }
    }
}
