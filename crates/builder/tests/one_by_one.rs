//! The import of the browser, one thread and one part after the other, makes what the command line makes.

#![allow(clippy::unwrap_used)]

mod dumps;

use std::fs;
use std::path::{Path, PathBuf};

use atlas_import::one_by_one::{InputFile, Origin, Stage, import};
use atlas_snapshot::Manifest;
use dumps::{folder, hub_atlas, manifest, numbers, rows, succeeded, texts, write};
use hub_atlas::disk_file::DiskFile;

/// Writes what the browser would make of some files into a folder.
fn one_by_one(files: &[(&Path, &str)], out: &Path) -> Manifest {
    let file = |(path, day): &(&Path, &str)| InputFile {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        day: (*day).to_owned(),
        source: DiskFile::open(path).unwrap(),
    };
    let files: Vec<InputFile> = files.iter().map(file).collect();
    fs::create_dir_all(out).unwrap();
    let take = |part: &atlas_snapshot::Part, bytes: Vec<u8>| {
        fs::write(out.join(&part.path), bytes).map_err(|error| error.to_string())
    };
    let imported = import(&files, &Origin::unknown(), &|_: Stage| {}, take).unwrap();
    fs::write(out.join("manifest.json"), imported.manifest.to_json().unwrap()).unwrap();
    imported.manifest
}

fn command_line(files: &[&Path], out: &Path) -> Manifest {
    let mut arguments = vec![
        "import",
        "--taken-on",
        "2026-08-22",
        "--out",
        out.to_str().unwrap(),
        "--models",
    ];
    arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
    succeeded(&hub_atlas(&arguments));
    manifest(out)
}

/// A dump of many rows with doubles and rows that cannot be used, and a later one of the API's JSON.
fn two_files(home: &Path) -> (PathBuf, PathBuf) {
    let accounts = ["Qwen", "google", "openai-community", "nobody", "meta-llama"];
    let ids: Vec<String> = (0..9_000)
        .map(|row| format!("{}/m-{}", accounts[row % 5], row % 8_500))
        .collect();
    let downloads: Vec<i64> = (0..9_000).map(|row| (row * 7_919) % 100_003 - 50).collect();
    let tasks: Vec<&str> = (0..9_000)
        .map(|row| ["text-generation", "", "fill-mask"][row % 3])
        .collect();
    let dates: Vec<&str> = (0..9_000)
        .map(|row| ["2024-05-06", "2021-01-01", "sometime", "2026-08-01"][row % 4])
        .collect();
    let dump = home.join("models.parquet");
    let columns = vec![
        ("id", texts(&ids.iter().map(String::as_str).collect::<Vec<_>>())),
        ("downloads", numbers(&downloads)),
        ("pipeline_tag", texts(&tasks)),
        ("createdAt", texts(&dates)),
    ];
    write(&dump, columns, 2_000);
    let later = home.join("models-2026-08-21.ndjson");
    let line = |row: usize| {
        format!(
            "{{\"id\":\"Qwen/m-{}\",\"downloads\":{row},\"likes\":{},\"tags\":[\"license:mit\",\"base_model:finetune:google/x\"]}}\n",
            row * 5,
            row % 7
        )
    };
    fs::write(&later, (0..400).map(line).collect::<String>()).unwrap();
    (dump, later)
}

/// What must be the same: everything but how the parts are packed and what is said of the files.
fn facts(manifest: &Manifest) -> Manifest {
    let mut facts = manifest.clone();
    facts.sources.iter_mut().for_each(|source| source.sha256 = None);
    for part in &mut facts.parts {
        (part.bytes, part.sha256, part.path) = (0, String::new(), String::new());
    }
    facts
}

#[test]
fn one_file_gives_the_same_rows_and_manifest_as_on_the_command_line() {
    let home = folder("one-by-one");
    let (dump, _) = two_files(&home);
    let (ours, theirs) = (home.join("ours"), home.join("theirs"));
    let made = one_by_one(&[(&dump, "2026-08-22")], &ours);
    let expected = command_line(&[&dump], &theirs);
    assert_eq!(facts(&made), facts(&expected));
    assert_eq!(rows(&ours), rows(&theirs));
    succeeded(&hub_atlas(&["inspect", ours.to_str().unwrap()]));
}

#[test]
fn several_files_are_united_as_on_the_command_line() {
    let home = folder("one-by-one-several");
    let (dump, later) = two_files(&home);
    let (ours, theirs) = (home.join("ours"), home.join("theirs"));
    let made = one_by_one(&[(&later, "2026-08-21"), (&dump, "2026-08-22")], &ours);
    let expected = command_line(&[&later, &dump], &theirs);
    assert_eq!(facts(&made), facts(&expected));
    assert_eq!(rows(&ours), rows(&theirs));
}
