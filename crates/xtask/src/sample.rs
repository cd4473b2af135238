//! The default snapshot: a synthetic Hub that the builder makes, kept until the builder changes.

use crate::command;
use crate::content_hash::ContentHash;
use crate::folder;
use crate::project::Project;
use anyhow::Context;
use std::path::PathBuf;
use std::process::Command;

/// Enough models for every facet and chart to have something to show, few enough to be made in seconds.
const MODELS: u32 = 200_000;
const SEED: u32 = 2026;

/// What the sample's bytes depend on.
const BUILDER_SOURCES: [&str; 6] = [
    "crates/builder",
    "crates/snapshot",
    "crates/protocol",
    "data",
    "Cargo.lock",
    "crates/xtask/src/sample.rs",
];

/// The folder of the sample, made now unless this builder already made it.
///
/// # Errors
/// When the builder does not compile or fails.
pub fn prepare(project: &Project) -> anyhow::Result<PathBuf> {
    let hash = ContentHash::new(project.root()).paths(&BUILDER_SOURCES)?.finish();
    let samples = project.cache().join("samples");
    let sample = samples.join(&hash);
    if sample.join("manifest.json").is_file() {
        println!("The snapshot: the synthetic sample made earlier, {MODELS} models.");
        return Ok(sample);
    }
    println!("The snapshot: making a synthetic sample of {MODELS} models.");
    let builder = builder(project)?;
    folder::remove(&samples)?;
    std::fs::create_dir_all(&samples).with_context(|| format!("{} cannot be made", samples.display()))?;
    let next = samples.join("next");
    command::run(
        Command::new(builder)
            .current_dir(project.root())
            .args([
                "sample",
                "--models",
                &MODELS.to_string(),
                "--seed",
                &SEED.to_string(),
                "--out",
            ])
            .arg(&next),
    )?;
    folder::replace(&sample, &next)?;
    Ok(sample)
}

/// Compiles the builder, optimised, and returns the program.
///
/// # Errors
/// When it does not compile.
pub fn builder(project: &Project) -> anyhow::Result<PathBuf> {
    println!("The builder: compiling it. The first time takes a few minutes.");
    command::run(
        Command::new("cargo")
            .current_dir(project.root())
            .args(["build", "--quiet", "--release", "--package", "hub-atlas"])
            .env("CARGO_TARGET_DIR", project.native_target()),
    )?;
    Ok(project
        .native_target()
        .join("release")
        .join(format!("hub-atlas{}", std::env::consts::EXE_SUFFIX)))
}
