//! A slice that the engine exports comes back as it went: the same rows, values and totals.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::Arc;

use atlas_engine::{Engine, ExportHeader, IdLookup};
use atlas_import::one_by_one::{ImportError, Imported, InputFile, Origin, Stage, import};
use atlas_import::slice;
use atlas_protocol::{Clause, Facet, Query};
use atlas_snapshot::manifest::{PartKind, Scope};
use atlas_snapshot::read::{read_ids, read_models};
use atlas_snapshot::{Ids, Manifest, Part};
use bytes::Bytes;
use serde_json::Value;

/// Models of listed and unlisted accounts, with and without size, date, task, licence and base model.
fn lines() -> String {
    let accounts = ["Qwen", "google", "nobody-at-all", "meta-llama", "BAAI"];
    let row = |at: usize| {
        let licence = ["license:mit", "license:apache-2.0", "other"][at % 3];
        let mut model = serde_json::json!({
            "id": format!("{}/model-{at}", accounts[at % 5]),
            "downloads": 100_000 / (at + 1),
            "downloadsAllTime": if at.is_multiple_of(4) { Value::Null } else { (at * 1_000).into() },
            "likes": at % 9,
            "tags": [licence],
        });
        let fields = model.as_object_mut().unwrap();
        if at.is_multiple_of(2) {
            fields.insert(
                "createdAt".to_owned(),
                format!("202{}-0{}-11T00:00:00Z", 3 + at % 3, 1 + at % 9).into(),
            );
        }
        if at.is_multiple_of(3) {
            fields.insert(
                "safetensors".to_owned(),
                serde_json::json!({ "total": (at as u64 + 1) * 123_456_789 }),
            );
            fields.insert("pipeline_tag".to_owned(), "text \"generation\" ü".into());
        }
        if at.is_multiple_of(7) {
            let base = serde_json::json!({ "relation": "finetune", "models": [{ "id": "Qwen/base" }] });
            fields.insert("baseModels".to_owned(), base);
        }
        format!("{model}\n")
    };
    (0..500).map(row).collect()
}

struct Snapshot {
    manifest: Manifest,
    parts: HashMap<String, Bytes>,
}

fn snapshot(
    import: impl FnOnce(&mut dyn FnMut(&Part, Vec<u8>) -> Result<(), String>) -> Result<Imported, ImportError>,
) -> Result<Snapshot, ImportError> {
    let mut parts = HashMap::new();
    let imported = import(&mut |part, bytes| {
        parts.insert(part.path.clone(), Bytes::from(bytes));
        Ok(())
    })?;
    Ok(Snapshot {
        manifest: imported.manifest,
        parts,
    })
}

fn whole(scope: Option<Scope>) -> Snapshot {
    let file = InputFile {
        name: "models.ndjson".to_owned(),
        day: "2026-08-22".to_owned(),
        source: Arc::new(Bytes::from(lines())),
    };
    let mut origin = Origin::unknown();
    origin.scope = scope;
    origin.source.licence = Some("MIT".to_owned());
    snapshot(|take| import(&[file], &origin, &|_: Stage| {}, take)).unwrap()
}

struct AllIds(Vec<(u64, Ids)>);

impl IdLookup for AllIds {
    fn id(&self, row: u64) -> Option<&str> {
        let (first, ids) = self.0.iter().rev().find(|(first, _)| *first <= row)?;
        ids.get((row - first) as usize)
    }
}

/// The whole export of a slice.
fn exported(snapshot: &Snapshot, query: &Query) -> Vec<u8> {
    let mut engine = Engine::open(&snapshot.manifest, "checksum".to_owned());
    let bytes = |part: &Part| snapshot.parts[&part.path].clone();
    for part in snapshot.manifest.row_parts() {
        engine
            .append(read_models(bytes(part), part, &snapshot.manifest).unwrap())
            .unwrap();
    }
    let ids = snapshot.manifest.parts_of(PartKind::Ids);
    let ids = AllIds(
        ids.map(|part| (part.first_row, read_ids(bytes(part), part).unwrap()))
            .collect(),
    );
    let header = ExportHeader {
        link: "https://example.org/?region=china".to_owned(),
        search: String::new(),
    };
    let mut export = engine.export(query, None, &header).unwrap();
    let mut file = Vec::new();
    while !export.is_finished() {
        file.extend(export.next_piece(&engine, &ids, u64::MAX, 1 << 12).unwrap());
    }
    file
}

fn read_back(file: Vec<u8>) -> Result<Snapshot, ImportError> {
    assert!(slice::is_slice(&file[..256]));
    snapshot(|take| slice::import("slice.json", Arc::new(Bytes::from(file)), &|_: Stage| {}, take))
}

fn json(file: &[u8]) -> Value {
    serde_json::from_slice(file).unwrap()
}

fn china() -> Query {
    let mut query = Query::default();
    query
        .clauses
        .insert(Facet::Region, Clause::SomeOf(["china".to_owned()].into()));
    query
        .clauses
        .insert(Facet::Licence, Clause::NoneOf(["mit".to_owned()].into()));
    query
}

#[test]
fn an_export_of_everything_is_the_same_snapshot_again() {
    let scope = Scope {
        models: "the 500 most downloaded models".to_owned(),
        complete: false,
    };
    let first = whole(Some(scope.clone()));
    let again = read_back(exported(&first, &Query::default())).unwrap();
    assert_eq!(again.manifest.totals, first.manifest.totals);
    assert_eq!(again.manifest.coverage, first.manifest.coverage);
    assert_eq!(again.manifest.dictionaries, first.manifest.dictionaries);
    assert_eq!(again.manifest.taken_on, "2026-08-22");
    assert_eq!(again.manifest.scope, Some(scope));
    let rows = |snapshot: &Snapshot| json(&exported(snapshot, &china()))["rows"].clone();
    assert_eq!(rows(&again), rows(&first));
    assert!(!rows(&again).as_array().unwrap().is_empty());
}

#[test]
fn an_export_of_a_slice_says_which_slice_of_what_and_keeps_its_rows() {
    let first = whole(None);
    let file = exported(&first, &china());
    let (rows, totals) = (json(&file)["rows"].clone(), json(&file)["totals"].clone());
    let again = read_back(file).unwrap();
    let manifest = &again.manifest;
    let scope = manifest.scope.clone().unwrap();
    let count = rows.as_array().unwrap().len();
    assert_eq!(
        scope.models,
        format!("a slice of {count} of 500 models (licence without mit; region china)")
    );
    assert!(!scope.complete);
    assert_eq!(manifest.totals.rows, totals["models"]);
    assert_eq!(manifest.totals.downloads_30d, totals["downloads_30d"]);
    let names: Vec<&str> = manifest.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(
        names[..2],
        [
            "slice.json, a slice exported by Hub Atlas from models.ndjson",
            "models.ndjson"
        ]
    );
    assert_eq!(
        manifest.sources[0].url.as_deref(),
        Some("https://example.org/?region=china")
    );
    assert_eq!(manifest.sources[1].licence.as_deref(), Some("MIT"));
    assert_eq!(json(&exported(&again, &Query::default()))["rows"], rows);
}

#[test]
fn a_slice_that_was_changed_or_cut_is_refused_in_words() {
    let file = exported(&whole(None), &Query::default());
    let text = String::from_utf8(file.clone()).unwrap();
    for (spoilt, words) in [
        (text[..text.len() / 2].to_owned(), "ends in the middle"),
        (text.replace("hub-atlas-slice-1", "hub-atlas-slice-2"), "newer page"),
        (
            text.replacen("\"downloads_30d\":100000,", "\"downloads_30d\":100001,", 1),
            "its head tells of 500",
        ),
        (
            text.replacen("\"region\":\"us\"", "\"region\":\"atlantis\"", 1),
            "atlantis",
        ),
        (
            text.replacen("\"id\":\"Qwen/model-0\"", "\"id\":\"<script>\"", 1),
            "<script>",
        ),
        (
            text.replacen("\"month\":\"2023-01\"", "\"month\":\"2023-13\"", 1),
            "2023-13",
        ),
    ] {
        assert_ne!(spoilt, text, "{words}");
        let message = read_back(spoilt.into_bytes()).err().unwrap().to_string();
        assert!(message.contains("slice.json") && message.contains(words), "{message}");
    }
}
