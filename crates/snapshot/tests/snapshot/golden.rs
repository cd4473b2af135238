//! `tests/golden/format-1`: a snapshot of 400 invented models that every version has to read as it reads today.
//!
//! The files came from `examples/invent_golden.rs` and are never written again. When an upgrade of the parquet or brotli crate makes the writer give other bytes,
//! [`READ`] must still hold, because snapshots that were published stay as they are; then, and only then, put the new
//! hashes into [`WRITTEN`]. That bytes are the same for the same columns is promised for one build, not across builds.
//! A change of the format itself is format 2, with a folder of its own beside this one.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{fs, io};

use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, MANIFEST_FILE, Totals};
use atlas_snapshot::{Manifest, sha256_hex};
use bytes::Bytes;

use crate::folder::Folder;
use crate::invented::InventedHub;

/// Models of the golden snapshot, and where its second part begins.
const ROWS: usize = 400;
const CUT: usize = 40;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/format-1")
}

fn load() -> io::Result<Folder> {
    let manifest = fs::read(folder().join(MANIFEST_FILE))?;
    let manifest = Manifest::from_json(&manifest).map_err(io::Error::other)?;
    let paths = manifest.parts.iter().map(|part| part.path.clone());
    let files = paths.map(|path| Ok((path.clone(), Bytes::from(fs::read(folder().join(path))?))));
    Ok(Folder {
        files: files.collect::<io::Result<_>>()?,
        manifest,
    })
}

/// One row as a line of text.
fn line(hub: &InventedHub, row: usize) -> String {
    let number = |number: Option<u64>| match number {
        None | Some(UNKNOWN_NUMBER) => "-".to_owned(),
        Some(number) => number.to_string(),
    };
    let columns = &hub.columns;
    let mut line = hub.ids.get(row).unwrap().to_owned();
    for value in [
        columns.downloads_30d.get(row),
        columns.downloads_all_time.as_ref().and_then(|values| values.get(row)),
        columns.likes.as_ref().and_then(|values| values.get(row)),
        columns.parameters.get(row),
    ] {
        write!(line, " {}", number(value)).unwrap();
    }
    for (column, codes) in DICTIONARY_COLUMNS.iter().zip(&columns.codes) {
        let code = codes.get(row).unwrap() as usize;
        write!(line, " {}", hub.dictionaries[*column][code].key).unwrap();
    }
    line
}

#[test]
fn the_golden_snapshot_reads_as_ever() {
    let folder = load().unwrap();
    let hub = folder.read().unwrap();
    assert!(folder.manifest.synthetic);
    assert_eq!(folder.manifest.totals, TOTALS);
    let all: String = (0..ROWS).map(|row| line(&hub, row) + "\n").collect();
    for (row, expected) in ROWS_READ {
        assert_eq!(line(&hub, row), expected);
    }
    assert_eq!(sha256_hex(all.as_bytes()), READ);
}

#[test]
fn the_golden_columns_are_written_as_in_this_build() {
    let folder = load().unwrap();
    let again = Folder::write(&folder.read().unwrap(), &[CUT]);
    let hashes: Vec<&str> = again
        .manifest
        .parts
        .iter()
        .map(|part| part.sha256.get(..16).unwrap())
        .collect();
    assert_eq!(hashes, WRITTEN);
    let mut manifest = folder.manifest.clone();
    manifest.parts = again.manifest.parts;
    assert_eq!(manifest.totals, again.manifest.totals);
    assert_eq!(
        sha256_hex(&manifest.to_json().unwrap()).get(..16),
        Some(WRITTEN_MANIFEST)
    );
}

const TOTALS: Totals = Totals {
    rows: 400,
    downloads_30d: 21072,
    downloads_all_time: Some(127411),
    likes: Some(130),
};

const ROWS_READ: [(usize, &str); 5] = [
    (
        0,
        "vershiorc/faver-47 6825 40358 35 406003840 name 2023-06 unknown unknown unknown unknown unknown peft apache-2.0 base own",
    ),
    (
        39,
        "nimka2/faka-dc 51 136 0 - unknown 2025-01 europe FR individual invented-mika-2 unknown unknown unknown base own",
    ),
    (
        40,
        "quolo31/zutanpelquo-gguf-f4 49 348 0 - unknown 2026-01 unknown unknown unknown unknown text-to-image gguf mit quantized invented-kaka-0",
    ),
    (
        200,
        "shivernimyo1d/bramika-lora-b0 2 15 0 306730021341 name 2026-04 unknown unknown unknown unknown token-classification peft unknown adapter unknown",
    ),
    (
        399,
        "zuverf/zutanpelquo-sft-15d 0 5 0 7241732096 safetensors 2025-12 unknown unknown unknown unknown text-to-image diffusers unknown finetune invented-kaka-0",
    ),
];

/// SHA-256 of all rows as [`line`] writes them, with a newline after each.
const READ: &str = "4320677fbca733e7e176075dd0b6b7c3cc9fd39f7f1f17d75eaee29095147cb0";

/// First 16 hex digits of the SHA-256 of each part and of the manifest, as this build writes them.
const WRITTEN: [&str; 4] = [
    "5cd2e123697aefde",
    "6191e534faab3ade",
    "34eeac4cdb894b3b",
    "4e6afd40e8ef4716",
];
const WRITTEN_MANIFEST: &str = "8b55447330ca42e6";
