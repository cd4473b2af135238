//! What the commands need: how to find it, how to install it, what to say where neither works.
//!
//! A [`Tool`] looks afresh each time it is asked, so installing twice does nothing the second time, and a tool
//! that vanished is installed again. Programs built here go to `.tools/`, never to the user's own folders.

mod browser;
mod debian;
mod node;
mod trunk;
mod wasm_bindgen;
mod web_compiler;
mod web_lints;

pub use browser::chromium;
pub use node::node;
pub use trunk::trunk;
pub use wasm_bindgen::{test_runner, wasm_bindgen};
pub use web_compiler::{WebCompiler, host_triple};
pub use web_lints::clippy as web_clippy;

use crate::project::Project;
use anyhow::bail;
use node::Packages;
use std::path::PathBuf;

/// Something a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A Rust compiler with the standard library for `wasm32-unknown-unknown`.
    WebCompiler,
    /// Clippy for that compiler.
    WebLints,
    /// The wasm-bindgen command line of the version in `Cargo.lock`, with its test runner.
    WasmBindgen,
    /// The trunk bundler.
    Trunk,
    /// Node.js with npm.
    Node,
    /// The packages of `tests/package-lock.json`.
    NodePackages,
    /// The packages of `bench/package-lock.json`.
    BenchPackages,
    /// A Chromium to test in.
    Chromium,
}

/// What a look at a [`Tool`] found.
#[derive(Debug)]
pub enum State {
    /// It is there: what and where.
    Ready(String),
    /// It is not, and set-up can install it.
    Installable {
        /// What set-up would do, as an infinitive: "compile trunk 0.21.14 into .tools/".
        does: String,
        /// How long that takes on two cores, as a reader would say it: "about 3 minutes".
        takes: &'static str,
    },
    /// It is not, and a person has to act: one sentence.
    ByHand(String),
}

impl Tool {
    /// What building the page needs.
    pub const BUILD: [Self; 3] = [Self::WebCompiler, Self::WasmBindgen, Self::Trunk];
    /// Everything but what only the benchmark needs, in the order set-up goes.
    pub const ALL: [Self; 7] = [
        Self::WebCompiler,
        Self::WebLints,
        Self::WasmBindgen,
        Self::Trunk,
        Self::Node,
        Self::NodePackages,
        Self::Chromium,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebCompiler => "Rust for wasm32",
            Self::WebLints => "Clippy for wasm32",
            Self::WasmBindgen => "wasm-bindgen",
            Self::Trunk => "trunk",
            Self::Node => "Node.js",
            Self::NodePackages => "test packages",
            Self::BenchPackages => "bench packages",
            Self::Chromium => "Chromium",
        }
    }

    /// Looks whether it is there.
    ///
    /// # Errors
    /// When the look itself fails, for instance because `Cargo.lock` cannot be read.
    pub fn check(self, project: &Project) -> anyhow::Result<State> {
        match self {
            Self::WebCompiler => Ok(web_compiler::check(project)),
            Self::WebLints => Ok(web_lints::check(project)),
            Self::WasmBindgen => wasm_bindgen::check(project),
            Self::Trunk => Ok(trunk::check(project)),
            Self::Node => Ok(node::check()),
            Self::NodePackages => node::check_packages(project, Packages::Tests),
            Self::BenchPackages => node::check_packages(project, Packages::Bench),
            Self::Chromium => Ok(browser::check()),
        }
    }

    fn install(self, project: &Project) -> anyhow::Result<()> {
        match self {
            Self::WebCompiler => web_compiler::install(project),
            Self::WebLints => web_lints::install(),
            Self::WasmBindgen => wasm_bindgen::install(project),
            Self::Trunk => trunk::install(project),
            Self::Node => node::install(),
            Self::NodePackages => node::install_packages(project, Packages::Tests),
            Self::BenchPackages => node::install_packages(project, Packages::Bench),
            Self::Chromium => browser::install(),
        }
    }
}

/// Installs what is missing of `tools`, saying what it does and how long it may take.
///
/// # Errors
/// When something cannot be installed; the message is the sentence to act on.
pub fn ensure(project: &Project, tools: &[Tool]) -> anyhow::Result<()> {
    for &tool in tools {
        let State::Installable { does, takes } = tool.check(project)? else {
            continue;
        };
        println!(
            "Set-up: {} is missing. This will {does}; it takes {takes}.",
            tool.name()
        );
        tool.install(project)?;
    }
    let mut missing = Vec::new();
    for &tool in tools {
        match tool.check(project)? {
            State::Ready(_) => {}
            State::ByHand(sentence) => missing.push(sentence),
            State::Installable { .. } => missing.push(format!(
                "{} was installed and is still not found; `cargo xtask doctor` says what was looked for.",
                tool.name()
            )),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("set-up cannot go on by itself:\n  - {}", missing.join("\n  - "))
}

/// A program of this project's own, or else one on the search path, that answers `--version` with `version`.
fn find_program(project: &Project, program: &str, version: &str) -> Option<PathBuf> {
    let own = project
        .tools()
        .join("bin")
        .join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    [Some(own), crate::command::find(program)]
        .into_iter()
        .flatten()
        .find(|candidate| {
            candidate.is_file()
                && crate::command::capture(std::process::Command::new(candidate).arg("--version"))
                    .is_ok_and(|said| said.split_whitespace().any(|word| word == version))
        })
}

/// `cargo install` into `.tools/`, with the user's own compiler and in a target folder that a broken-off run can resume.
fn cargo_install(project: &Project, package: &str, version: &str) -> std::process::Command {
    let mut command = std::process::Command::new("cargo");
    command
        .current_dir(project.root())
        .args(["install", package, "--version", version, "--quiet", "--root"])
        .arg(project.tools())
        .env("CARGO_TARGET_DIR", project.cache().join("tools"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command
}
