//! Snapshots of a synthetic Hub that the builder makes, kept until the builder changes: the page's default one, and those
//! of other sizes.

use crate::command;
use crate::content_hash::ContentHash;
use crate::folder;
use crate::project::Project;
use anyhow::Context;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Enough models for every facet and chart to have something to show, few enough to be made in seconds.
const MODELS: u32 = 200_000;
const SEED: u32 = 2026;

/// Enough datasets for every task to have some in every year.
const DATASETS: u32 = 50_000;

/// How the builder is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compiled {
    /// As the tests are, and from the same dependencies: there in half the time, and makes the default sample in half a minute.
    Checked,
    /// For millions of models.
    Optimised,
}

/// What the sample's bytes depend on.
const BUILDER_SOURCES: [&str; 7] = [
    "crates/builder",
    "crates/import",
    "crates/snapshot",
    "crates/protocol",
    "data",
    "Cargo.lock",
    "crates/xtask/src/sample.rs",
];

/// The folder of the default sample, made now unless this builder already made it.
///
/// # Errors
/// When the builder does not compile or fails.
pub fn prepare(project: &Project) -> anyhow::Result<PathBuf> {
    prepare_of(project, "models", MODELS)
}

/// The folder of the default sample of datasets, made now unless this builder already made it.
///
/// # Errors
/// When the builder does not compile or fails.
pub fn prepare_datasets(project: &Project) -> anyhow::Result<PathBuf> {
    prepare_of(project, "datasets", DATASETS)
}

fn prepare_of(project: &Project, collection: &'static str, rows: u32) -> anyhow::Result<PathBuf> {
    let request = Request {
        collection,
        rows,
        compiled: Compiled::Checked,
        with_hub_file: false,
    };
    Ok(made(project, request, &project.cache().join("samples"))?.snapshot)
}

/// What sample to make.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// What it holds: `models` or `datasets`.
    pub collection: &'static str,
    /// How many of them.
    pub rows: u32,
    /// By which builder; the bytes are the same.
    pub compiled: Compiled,
    /// Whether to keep the Hub file that the snapshot was made of.
    pub with_hub_file: bool,
}

/// A sample that was made.
#[derive(Debug)]
pub struct Sample {
    /// Folder of the snapshot.
    pub snapshot: PathBuf,
    /// The Hub file that the snapshot was made of, where it was asked for.
    pub hub_file: Option<PathBuf>,
}

/// A sample below the folder `samples`, made now unless this builder already made it. Samples of other builders are
/// removed from there.
///
/// # Errors
/// When the builder does not compile or fails.
pub fn made(project: &Project, request: Request, samples: &Path) -> anyhow::Result<Sample> {
    let Request { collection, rows, .. } = request;
    let name = match collection {
        "models" => rows.to_string(),
        collection => format!("{collection}-{rows}"),
    };
    let hash = ContentHash::new(project.root()).paths(&BUILDER_SOURCES)?.finish();
    let of_builder = samples.join(&hash);
    let sample = Sample {
        snapshot: of_builder.join(&name),
        hub_file: request
            .with_hub_file
            .then(|| of_builder.join(format!("{name}.parquet"))),
    };
    if sample.snapshot.join("manifest.json").is_file() && sample.hub_file.as_ref().is_none_or(|file| file.is_file()) {
        println!("The snapshot: the synthetic sample made earlier, {rows} {collection}.");
        return Ok(sample);
    }
    println!("The snapshot: making a synthetic sample of {rows} {collection}.");
    let builder = builder(project, request.compiled)?;
    if !of_builder.is_dir() {
        folder::remove(samples)?;
        std::fs::create_dir_all(&of_builder).with_context(|| format!("{} cannot be made", of_builder.display()))?;
    }
    let next = of_builder.join("next");
    folder::remove(&next)?;
    command::run(
        Command::new(builder)
            .current_dir(project.root())
            .args([
                "sample",
                &format!("--{collection}"),
                &rows.to_string(),
                "--seed",
                &SEED.to_string(),
                "--out",
            ])
            .arg(&next)
            .args(
                sample
                    .hub_file
                    .iter()
                    .flat_map(|file| [OsStr::new("--keep-hub-file"), file.as_os_str()]),
            ),
    )?;
    folder::replace(&sample.snapshot, &next)?;
    Ok(sample)
}

/// Compiles the builder and returns the program.
///
/// # Errors
/// When it does not compile.
pub fn builder(project: &Project, compiled: Compiled) -> anyhow::Result<PathBuf> {
    println!("The builder: compiling it. The first time takes a few minutes.");
    let (option, folder) = match compiled {
        Compiled::Checked => (None, "debug"),
        Compiled::Optimised => (Some("--release"), "release"),
    };
    command::run(
        Command::new("cargo")
            .current_dir(project.root())
            .args(["build", "--quiet", "--package", "hub-atlas"])
            .args(option)
            .env("CARGO_TARGET_DIR", project.native_target()),
    )?;
    Ok(project
        .native_target()
        .join(folder)
        .join(format!("hub-atlas{}", std::env::consts::EXE_SUFFIX)))
}
