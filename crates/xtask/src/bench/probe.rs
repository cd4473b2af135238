//! The engine as the benchmark calls it: `bench/probe`, compiled as the page's worker is.

use crate::command;
use crate::project::Project;
use crate::setup::{self, WebCompiler};
use crate::wasm_sections;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "atlas-probe";

/// Compiles the probe, makes its JavaScript side in the folder `out`, and returns that folder.
///
/// # Errors
/// When it does not compile.
pub fn build(project: &Project, out: &Path) -> anyhow::Result<PathBuf> {
    println!("The probe: compiling the engine for the benchmark. The first time takes several minutes.");
    let compiler = WebCompiler::find(project).context("the compiler for wasm32 vanished after set-up")?;
    let target = "wasm32-unknown-unknown";
    let mut cargo = Command::new("cargo");
    cargo.current_dir(project.root()).args([
        "build",
        "--quiet",
        "--profile",
        "web",
        "--target",
        target,
        "--lib",
        "--package",
        PACKAGE,
    ]);
    compiler.apply(project, &mut cargo);
    command::run(&mut cargo)?;
    let module = project.web_target().join(target).join("web/atlas_probe.wasm");
    let wasm_bindgen = setup::wasm_bindgen(project)?.context("wasm-bindgen vanished after set-up")?;
    command::run(
        Command::new(wasm_bindgen)
            .args(["--target", "web", "--no-typescript", "--out-name", "probe", "--out-dir"])
            .arg(out)
            .arg(module),
    )?;
    wasm_sections::remove_custom(&out.join("probe_bg.wasm"))?;
    Ok(out.to_owned())
}
