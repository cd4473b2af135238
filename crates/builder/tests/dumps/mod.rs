//! Small dumps written for tests, and what imports of them give.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{PartKind, dictionary_columns};
use atlas_snapshot::{Manifest, read};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

/// A folder of this test's own, empty.
pub fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

pub fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

pub fn numbers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

/// Writes columns as a Parquet file with row groups of so many rows.
pub fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, group_rows: usize) {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|(_, array)| array).collect()).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group_rows))
        .build();
    let mut writer = ArrowWriter::try_new(fs::File::create(path).unwrap(), schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Runs the command line.
pub fn hub_atlas(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hub-atlas"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Imports a file into `out` beside it, with more arguments.
pub fn import(models: &Path, more: &[&str]) -> (PathBuf, Output) {
    let out = models.with_extension("snapshot");
    let mut arguments = vec![
        "import",
        "--models",
        models.to_str().unwrap(),
        "--taken-on",
        "2026-08-22",
    ];
    arguments.extend(["--out", out.to_str().unwrap()]);
    arguments.extend(more);
    let output = hub_atlas(&arguments);
    (out, output)
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
}

pub fn manifest(snapshot: &Path) -> Manifest {
    Manifest::from_json(&fs::read(snapshot.join("manifest.json")).unwrap()).unwrap()
}

/// Every row of a snapshot as one line of `id` and `column=value` pairs, in order; numbers that are not known are left out.
pub fn rows(snapshot: &Path) -> Vec<String> {
    let manifest = manifest(snapshot);
    let open = |name: &str| fs::read(snapshot.join(name)).unwrap().into();
    let mut lines = Vec::new();
    for (models, ids) in manifest.row_parts().zip(manifest.parts_of(PartKind::Ids)) {
        let columns = read::read_models(open(&models.path), models, &manifest).unwrap();
        let ids = read::read_ids(open(&ids.path), ids).unwrap();
        for row in 0..columns.rows() {
            let mut line = ids.get(row).unwrap().to_owned();
            let mut number = |name: &str, value: Option<u64>| {
                if let Some(value) = value.filter(|value| *value != UNKNOWN_NUMBER) {
                    line.push_str(&format!(" {name}={value}"));
                }
            };
            number("downloads_30d", columns.downloads_30d.get(row));
            number(
                "downloads_all_time",
                columns.downloads_all_time.as_ref().and_then(|values| values.get(row)),
            );
            number("likes", columns.likes.as_ref().and_then(|values| values.get(row)));
            number("parameters", columns.parameters.get(row));
            for (name, codes) in dictionary_columns(manifest.collection).iter().zip(&columns.codes) {
                let value = &manifest.dictionaries[*name][codes.get(row).unwrap() as usize];
                line.push_str(&format!(" {name}={}", value.key));
            }
            lines.push(line);
        }
    }
    lines
}

/// The lines of `rejects.jsonl` as `row reason column`.
pub fn rejects(snapshot: &Path) -> Vec<String> {
    let text = fs::read_to_string(snapshot.join("rejects.jsonl")).unwrap_or_default();
    let line = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        format!(
            "{} {} {}",
            value["row"],
            value["reason"].as_str().unwrap(),
            value["column"].as_str().unwrap()
        )
    };
    text.lines().map(line).collect()
}

/// Names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
