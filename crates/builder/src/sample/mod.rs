//! A synthetic Hub: invented models of invented makers, written in the shape of hub-stats and imported like any dump.

pub mod allocation;
pub mod calibration;
pub mod cohorts;
pub mod datasets;
pub mod description;
pub mod downloads_curve;
pub mod history;
pub mod hub_file;
pub mod invented_names;
pub mod models;
pub mod naming;
pub mod randomness;
pub mod vocabulary;
pub mod world;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, anyhow};
use atlas_import::curated_file::CuratedFile;
use atlas_snapshot::Collection;
use atlas_snapshot::manifest::Source;
use serde::Serialize;

use crate::import::{ImportRequest, import_observed};
use crate::progress::Progress;
use crate::report::Report;
use crate::snapshot_folder::SnapshotFolder;

use calibration::Figure;
use cohorts::TAKEN_ON;
use datasets::SyntheticDatasets;
use models::SyntheticHub;
use world::World;

/// Name of the record of a history inside the folder being written.
const HISTORY_FILE: &str = "synthetic-history.parquet";

/// Name of the hub file inside the folder being written, when nobody asked to keep it.
const HUB_FILE: &str = "hub.parquet";

/// What to invent.
#[derive(Clone, Debug)]
pub struct SampleRequest {
    /// Number of models, or of datasets.
    pub models: u64,
    /// Seed; the same one gives the same bytes.
    pub seed: u64,
    /// Rows of the first part.
    pub head_rows: usize,
    /// Rows of every other part.
    pub part_rows: usize,
    /// Where to keep the hub file, if anywhere.
    pub keep_hub_file: Option<PathBuf>,
}

/// What a sample came out as.
#[derive(Clone, Debug, Serialize)]
pub struct SampleReport {
    /// The import of the hub file.
    pub import: Report,
    /// Published figures and generated ones.
    pub calibration: Vec<Figure>,
    /// Seconds that writing the hub file took.
    pub seconds_inventing: f64,
}

/// Invents a Hub, writes it as a hub-stats file, and imports that file.
///
/// # Errors
/// When the disk is full or refuses, or no model is asked for.
pub fn sample(request: &SampleRequest, folder: SnapshotFolder, progress: &dyn Progress) -> Result<SampleReport> {
    let started = Instant::now();
    if request.models == 0 {
        return Err(anyhow!("--models 0 leaves nothing to invent; give at least 1"));
    }
    progress.stage("inventing", 0);
    let hub = SyntheticHub::new(request.models, request.seed);
    let path = request
        .keep_hub_file
        .clone()
        .unwrap_or_else(|| folder.scratch(HUB_FILE));
    hub_file::write_hub_file(&hub, &path, progress)?;
    let mut import_request = import_request(request, Collection::Models, hub.world(), &path);
    if hub.len() >= history::FEWEST_MODELS {
        let record = folder.scratch(HISTORY_FILE);
        history::write_history_file(&hub, &record)?;
        import_request.history.push(record);
    }
    drop(hub);
    let seconds_inventing = started.elapsed().as_secs_f64();
    let mut figures = Vec::new();
    let import = import_observed(
        &import_request,
        folder,
        &[HUB_FILE, HISTORY_FILE],
        progress,
        |rows, order, registry| {
            figures = calibration::measure(rows, order, registry, TAKEN_ON);
        },
    )?;
    Ok(SampleReport {
        import,
        calibration: figures,
        seconds_inventing,
    })
}

/// Invents datasets, writes them as a hub-stats file, and imports that file. Of the request `models` is their number.
///
/// # Errors
/// When the disk is full or refuses, or no dataset is asked for.
pub fn sample_datasets(request: &SampleRequest, folder: SnapshotFolder, progress: &dyn Progress) -> Result<Report> {
    if request.models == 0 {
        return Err(anyhow!("--datasets 0 leaves nothing to invent; give at least 1"));
    }
    progress.stage("inventing", 0);
    let datasets = SyntheticDatasets::new(request.models, request.seed);
    let kept = request.keep_hub_file.clone();
    let path = kept.unwrap_or_else(|| folder.scratch(HUB_FILE));
    datasets::write_hub_file(&datasets, &path, progress)?;
    let import_request = import_request(request, Collection::Datasets, datasets.world(), &path);
    import_observed(&import_request, folder, &[HUB_FILE], progress, |_, _, _| {})
}

fn import_request(request: &SampleRequest, collection: Collection, world: &World, path: &Path) -> ImportRequest {
    let curated = |name: &str, text: String| CuratedFile {
        name: name.to_owned(),
        text,
        use_unverified: false,
    };
    ImportRequest {
        collection,
        files: vec![path.to_owned()],
        history: Vec::new(),
        taken_on: TAKEN_ON.to_owned(),
        head_rows: request.head_rows,
        part_rows: request.part_rows,
        source: Source {
            name: format!(
                "Synthetic sample of Hub Atlas: {} invented {}, seed {}",
                request.models,
                collection.noun(request.models),
                request.seed
            ),
            url: None,
            licence: Some("MIT OR Apache-2.0".to_owned()),
            attribution: None,
            sha256: None,
            bytes: None,
            rows: None,
        },
        scope: None,
        synthetic: true,
        registry: curated("invented organisations", world.registry_csv()),
        overrides: curated("no overrides", "id,parameters,source,verified,note\n".to_owned()),
    }
}
