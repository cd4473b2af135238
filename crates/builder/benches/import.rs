//! How long an import takes: `cargo bench -p hub-atlas`.
//!
//! The hub file is the synthetic one. `HUB_ATLAS_BENCH_MODELS` sets its number of models (300,000).

#![expect(clippy::expect_used, reason = "a bench has nobody to hand an error to")]

use std::fs;
use std::path::{Path, PathBuf};

use atlas_import::assemble::{HEAD_ROWS, PART_ROWS};
use atlas_snapshot::manifest::Source;
use divan::Bencher;
use divan::counter::ItemsCount;
use hub_atlas::import::{ImportRequest, import, overrides_file, registry_file};
use hub_atlas::progress::Silent;
use hub_atlas::sample::{SampleRequest, sample};
use hub_atlas::snapshot_folder::SnapshotFolder;

fn main() {
    divan::main();
}

fn models() -> u64 {
    std::env::var("HUB_ATLAS_BENCH_MODELS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(300_000)
}

/// From a Parquet file of the Hub to a snapshot folder, files and all.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn hub_file_to_snapshot(bencher: Bencher) {
    let folder = std::env::temp_dir().join(format!("hub-atlas-bench-{}", std::process::id()));
    let file = invent(&folder);
    let request = ImportRequest {
        collection: atlas_snapshot::Collection::Models,
        files: vec![file],
        history: Vec::new(),
        taken_on: "2026-08-22".to_owned(),
        head_rows: HEAD_ROWS,
        part_rows: PART_ROWS,
        source: Source {
            name: "Invented".to_owned(),
            url: None,
            licence: None,
            attribution: None,
            sha256: None,
            bytes: None,
            rows: None,
        },
        synthetic: true,
        scope: None,
        registry: registry_file(None, false).expect("the registry is compiled in"),
        overrides: overrides_file(None, false).expect("the overrides are compiled in"),
    };
    bencher.counter(ItemsCount::new(models())).bench_local(|| {
        let out = SnapshotFolder::begin(&folder.join("snapshot"), true).expect("the folder can be written");
        import(&request, out, &[], &Silent).expect("the file can be imported")
    });
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

/// Writes a hub file of invented models into the folder.
fn invent(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).expect("the folder can be made");
    let file = folder.join("hub.parquet");
    let request = SampleRequest {
        models: models(),
        seed: 1,
        head_rows: HEAD_ROWS,
        part_rows: PART_ROWS,
        keep_hub_file: Some(file.clone()),
    };
    let out = SnapshotFolder::begin(&folder.join("sample"), false).expect("the folder can be written");
    sample(&request, out, &Silent).expect("the sample can be made");
    file
}
