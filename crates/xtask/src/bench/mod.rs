//! `cargo xtask bench`: our engine beside others that run in a browser, on the same rows and the same questions.
//!
//! This part makes the snapshots, builds the page and the probe (`bench/probe`, the engine without page and worker), and
//! hands over to `bench/run.mjs`, which measures in Chromium and prints the tables.

mod options;
mod probe;

pub use options::BenchOptions;

use crate::build::{self, BuildOptions};
use crate::command;
use crate::project::Project;
use crate::sample::{self, Compiled, Request};
use crate::setup::{self, Tool};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What the benchmark needs besides what a build of the page does.
const TOOLS: [Tool; 3] = [Tool::Node, Tool::BenchPackages, Tool::Chromium];

/// Sets up what is missing, builds everything and measures.
///
/// # Errors
/// When set-up or a build fails, contestants disagree, or ours cannot run.
pub fn run(project: &Project, options: &BenchOptions) -> anyhow::Result<()> {
    setup::ensure(project, &Tool::BUILD)?;
    setup::ensure(project, &TOOLS)?;
    let folder = project.native_target().join("bench");
    let snapshots = options
        .sizes()
        .into_iter()
        .map(|models| {
            let request = Request {
                collection: "models",
                rows: models,
                compiled: Compiled::Optimised,
                with_hub_file: !options.scale,
            };
            let sample = sample::made(project, request, &folder.join("samples"))?;
            Ok(json!({ "models": models, "folder": sample.snapshot, "hub_file": sample.hub_file }))
        })
        .collect::<anyhow::Result<Vec<Value>>>()?;
    let config = json!({
        "snapshots": snapshots,
        "probe": probe::build(project, &folder.join("probe"))?,
        "dist": build::page(project, &BuildOptions::default())?,
        "chromium": setup::chromium().context("Chromium vanished after set-up")?,
        "cache": folder.join("browser"),
        "quick": options.quick,
        "scale": options.scale,
        "only": options.only,
        "json": absolute(options.json.as_deref())?,
        "markdown": absolute(options.markdown.as_deref())?,
    });
    let file = folder.join("config.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&config)?)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    command::run(setup::node(project).arg("bench/run.mjs").arg(&file))
}

/// A path as seen from where the command was typed.
fn absolute(path: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    path.map(std::path::absolute)
        .transpose()
        .context("the working folder cannot be read")
}
