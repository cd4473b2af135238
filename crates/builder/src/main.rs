//! `hub-atlas`: Hub files to snapshots.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use atlas_import::assemble::{HEAD_ROWS, PART_ROWS};
use atlas_import::hub_api::patience::Patience;
use atlas_snapshot::Collection;
use atlas_snapshot::manifest::{Scope, Source};
use clap::{Args, Parser, Subcommand};
use hub_atlas::fetch::endpoint::{Endpoint, PUBLIC_HUB};
use hub_atlas::fetch::{self, FetchRequest, PAGE_SIZE};
use hub_atlas::import::{ImportRequest, import, overrides_file, registry_file};
use hub_atlas::inspect::inspect;
use hub_atlas::progress::Bar;
use hub_atlas::sample::calibration::table;
use hub_atlas::sample::{SampleRequest, sample, sample_datasets};
use hub_atlas::snapshot_folder::SnapshotFolder;

/// Builds snapshots for Hub Atlas from metadata of the Hugging Face Hub.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a snapshot of dumps of the Hub, such as `models.parquet` of hub-stats.
    Import(Box<ImportArguments>),
    /// Fetches the Hub's own list of models into a file of the shape of hub-stats, for `import`.
    Fetch(FetchArguments),
    /// Invents a Hub of made-up models, or datasets, and makes a snapshot of it, by the same path as any dump.
    Sample(SampleArguments),
    /// Says what a snapshot holds, and checks every checksum and total.
    Inspect {
        /// The snapshot folder.
        folder: PathBuf,
    },
}

#[derive(Args)]
struct FetchArguments {
    /// Fetch the N models with the most downloads in 30 days.
    #[arg(long, value_name = "N", conflicts_with = "all")]
    top: Option<u64>,
    /// Fetch every model; millions take about an hour, for the Hub's limit.
    #[arg(long)]
    all: bool,
    /// Parquet file to write. Pages read so far are kept beside it, in FILE.journal, until it is whole.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file, once the new one is whole.
    #[arg(long)]
    replace: bool,
    /// Forget the pages of a fetch that broke off.
    #[arg(long)]
    restart: bool,
    /// Whom to ask: the Hub or a mirror, https only (or http on 127.0.0.1). No token is ever sent.
    #[arg(long, value_name = "URL", env = "HF_ENDPOINT", default_value = PUBLIC_HUB)]
    endpoint: String,
    /// Models asked for at a time.
    #[arg(long, value_name = "N", default_value_t = PAGE_SIZE, value_parser = clap::value_parser!(u32).range(1..=i64::from(PAGE_SIZE)))]
    page_size: u32,
    /// Write the closing report as JSON as well.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Args)]
struct SampleArguments {
    /// Number of models to invent.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    models: u64,
    /// Invent so many datasets, and no models.
    #[arg(long, value_name = "N", conflicts_with = "models")]
    datasets: Option<u64>,
    /// Seed: the same number and seed give the same bytes.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Folder to write; absent or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace the snapshot in the folder, once the new one is whole.
    #[arg(long)]
    replace: bool,
    /// Rows of the first part, which a reader gets first.
    #[arg(long, value_name = "N", default_value_t = HEAD_ROWS)]
    head_rows: usize,
    /// Rows of every other part.
    #[arg(long, value_name = "N", default_value_t = PART_ROWS)]
    part_rows: usize,
    /// Keep the invented Hub file, in the shape of hub-stats, as this file.
    #[arg(long, value_name = "FILE")]
    keep_hub_file: Option<PathBuf>,
    /// Write the closing report as JSON as well.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Args)]
struct ImportArguments {
    /// Files with the columns `id` and `downloads`: hub-stats `models.parquet`, Parquet that `fetch` wrote, JSON as the Hub's
    /// API gives it; or folders of such files. Of several, the newest reading of each model stays.
    #[arg(long, value_name = "FILE|DIR", num_args = 1.., required_unless_present = "datasets")]
    models: Vec<PathBuf>,
    /// The same of datasets, for a snapshot of datasets: hub-stats `datasets.parquet`, or JSON of /api/datasets.
    #[arg(long, value_name = "FILE|DIR", num_args = 1.., conflicts_with_all = ["models", "history"])]
    datasets: Vec<PathBuf>,
    /// Files and folders with readings of other days: dated dumps (models-2026-08-22.parquet), or one row a model and week
    /// with the columns model, time, downloadsAllTime. Downloads by month are made from them.
    #[arg(long, value_name = "FILE|DIR", num_args = 1..)]
    history: Vec<PathBuf>,
    /// Day the metadata were taken from the Hub; of several files, of those without a date in their name.
    #[arg(long, value_name = "YYYY-MM-DD")]
    taken_on: String,
    /// Folder to write; absent or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace the snapshot in the folder, once the new one is whole.
    #[arg(long)]
    replace: bool,
    /// Rows of the first part, which a reader gets first.
    #[arg(long, value_name = "N", default_value_t = HEAD_ROWS)]
    head_rows: usize,
    /// Rows of every other part.
    #[arg(long, value_name = "N", default_value_t = PART_ROWS)]
    part_rows: usize,
    /// Name of the source that readers see; else the file's name. With several files each has its own name as well.
    #[arg(long, value_name = "TEXT")]
    source_name: Option<String>,
    /// Address of the source.
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
    /// Licence of the source.
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
    /// Whom to credit, and how.
    #[arg(long, value_name = "TEXT")]
    attribution: Option<String>,
    /// Which models of the Hub these are, such as “the 1,000 most downloaded models”; else what a file of `fetch` says of itself.
    #[arg(long, value_name = "TEXT")]
    scope: Option<String>,
    /// These are all models there were: the page then does not say that they are a part.
    #[arg(long, requires = "scope")]
    complete: bool,
    /// Registry of organisations to use in place of the one compiled in.
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
    /// Let registry rows marked verified=false resolve accounts too.
    #[arg(long)]
    unverified_organisations: bool,
    /// Size overrides to use in place of those compiled in.
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
    /// Let size overrides marked verified=false count too.
    #[arg(long)]
    unverified_sizes: bool,
    /// Write the closing report as JSON as well.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Import(arguments) => run_import(*arguments),
        Command::Fetch(arguments) => run_fetch(&arguments),
        Command::Sample(arguments) => run_sample(arguments),
        Command::Inspect { folder } => inspect(&folder).and_then(|inspection| say(&inspection.text())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hub-atlas: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_import(arguments: ImportArguments) -> Result<()> {
    let (collection, files) = match arguments.datasets.is_empty() {
        true => (Collection::Models, arguments.models),
        false => (Collection::Datasets, arguments.datasets),
    };
    let request = ImportRequest {
        source: Source {
            name: arguments.source_name.clone().unwrap_or_default(),
            url: arguments.source_url.clone(),
            licence: arguments.licence.clone(),
            attribution: arguments.attribution.clone(),
            sha256: None,
            bytes: None,
            rows: None,
        },
        registry: registry_file(arguments.registry.as_deref(), arguments.unverified_organisations)?,
        overrides: overrides_file(arguments.overrides.as_deref(), arguments.unverified_sizes)?,
        collection,
        files,
        history: arguments.history,
        taken_on: arguments.taken_on,
        head_rows: arguments.head_rows,
        part_rows: arguments.part_rows,
        scope: arguments.scope.map(|models| Scope {
            models,
            complete: arguments.complete,
        }),
        synthetic: false,
    };
    let folder = SnapshotFolder::begin(&arguments.out, arguments.replace)?;
    let report = import(&request, folder, &[], &Bar::default())?;
    say(&format!("{}Snapshot: {}\n", report.text(), arguments.out.display()))?;
    write_json(arguments.report.as_deref(), &report)
}

fn run_fetch(arguments: &FetchArguments) -> Result<()> {
    let request = FetchRequest {
        endpoint: Endpoint::parse(&arguments.endpoint)?,
        scope: fetch::scope(arguments.top, arguments.all)?,
        page_size: arguments.page_size,
        out: arguments.out.clone(),
        replace: arguments.replace,
        restart: arguments.restart,
        patience: Patience::default(),
    };
    let report = fetch::fetch(&request, &Bar::default())?;
    say(&report.text())?;
    write_json(arguments.report.as_deref(), &report)
}

fn run_sample(arguments: SampleArguments) -> Result<()> {
    let request = SampleRequest {
        models: arguments.datasets.unwrap_or(arguments.models),
        seed: arguments.seed,
        head_rows: arguments.head_rows,
        part_rows: arguments.part_rows,
        keep_hub_file: arguments.keep_hub_file,
    };
    let folder = SnapshotFolder::begin(&arguments.out, arguments.replace)?;
    if arguments.datasets.is_some() {
        let report = sample_datasets(&request, folder, &Bar::default())?;
        say(&format!("{}Snapshot: {}\n", report.text(), arguments.out.display()))?;
        return write_json(arguments.report.as_deref(), &report);
    }
    let report = sample(&request, folder, &Bar::default())?;
    let (import, calibration) = (report.import.text(), table(&report.calibration));
    let (seconds, out) = (report.seconds_inventing, arguments.out.display());
    say(&format!(
        "Invented in {seconds:.1} s.\n{import}{calibration}Snapshot: {out}\n"
    ))?;
    write_json(arguments.report.as_deref(), &report)
}

/// Prints to standard output; a reader that has gone away, such as `head`, is no failure.
fn say(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

fn write_json(path: Option<&Path>, value: &impl serde::Serialize) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    std::fs::write(path, json).with_context(|| format!("{} cannot be written", path.display()))
}
