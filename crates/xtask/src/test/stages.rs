//! The stages of `cargo xtask test`, in the order they run: what fails fastest first.

use super::Outcome;
use super::budgets;
use super::counts::{Counts, Runner};
use crate::build::{self, BuildOptions};
use crate::command;
use crate::project::Project;
use crate::sample::{self, Compiled};
use crate::setup::{self, Tool, WebCompiler};
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::Command;

/// One step of the test run.
pub struct Stage {
    /// The word for `--only`.
    pub name: &'static str,
    /// What it checks, for a reader.
    pub what: &'static str,
    /// Runs it. An error says what broke where the output above does not.
    pub run: fn(&Project) -> anyhow::Result<Outcome>,
}

/// All stages.
pub static STAGES: [Stage; 11] = [
    Stage {
        name: "format",
        what: "every file as rustfmt writes it",
        run: format,
    },
    Stage {
        name: "lock",
        what: "Cargo.lock fits the manifests",
        run: lock,
    },
    Stage {
        name: "clippy",
        what: "lints of all crates on this machine",
        run: clippy,
    },
    Stage {
        name: "clippy-web",
        what: "lints of the page and its workers in the browser",
        run: clippy_web,
    },
    Stage {
        name: "native",
        what: "tests of all crates on this machine",
        run: native,
    },
    Stage {
        name: "bench",
        what: "the benchmark's questions and sums, without measuring",
        run: bench,
    },
    Stage {
        name: "deny",
        what: "licences and sources of all dependencies",
        run: deny,
    },
    Stage {
        name: "build",
        what: "the page and its workers as published, and their sizes",
        run: build_page,
    },
    Stage {
        name: "oracle",
        what: "the builder's snapshots against DuckDB",
        run: oracle,
    },
    Stage {
        name: "wasm",
        what: "the engine's tests as WebAssembly, with and without simd128",
        run: wasm,
    },
    Stage {
        name: "e2e",
        what: "the published page in Chromium",
        run: e2e,
    },
];

/// The only crate whose tests also run as WebAssembly, and which of them.
const WASM_TESTS: (&str, &str) = ("atlas-engine", "row_by_row");

/// What `.cargo/config.toml` asks of the compiler, without `simd128`: the engine as a browser without it would run it.
const WITHOUT_SIMD: &str = "-Ctarget-feature=+bulk-memory,+nontrapping-fptoint,+sign-ext";

fn cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(project.root())
        .args(arguments)
        .env("CARGO_TARGET_DIR", project.native_target());
    command
}

fn holds(command: &mut Command) -> anyhow::Result<Outcome> {
    command::run(command).map(|()| Outcome::Held)
}

/// Runs a test runner. It fails where it says so by its exit code, even when no test of its output failed.
fn runs(runner: Runner, command: &mut Command) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let status = command::run_reading(command, |line| counts.read(runner, line))?;
    if counts.failed == 0 {
        command::require_success(command, status)?;
    }
    Ok(counts)
}

fn format(project: &Project) -> anyhow::Result<Outcome> {
    holds(&mut cargo(project, &["fmt", "--all", "--check"]))
}

fn lock(project: &Project) -> anyhow::Result<Outcome> {
    command::capture(&mut cargo(project, &["metadata", "--locked", "--format-version", "1"]))
        .context("Cargo.lock does not fit the manifests: run any cargo command and commit the file")?;
    Ok(Outcome::Held)
}

fn clippy(project: &Project) -> anyhow::Result<Outcome> {
    holds(&mut cargo(
        project,
        &[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ))
}

fn clippy_web(project: &Project) -> anyhow::Result<Outcome> {
    setup::ensure(project, &[Tool::WebCompiler, Tool::WebLints])?;
    let mut clippy = setup::web_clippy(project, &web_compiler(project)?);
    // This folder's clippy.toml also refuses what a browser cannot do.
    clippy.env("CLIPPY_CONF_DIR", project.path("crates/xtask/clippy-web"));
    holds(clippy.args([
        "--quiet",
        "--package",
        "hub-atlas-page",
        "--package",
        "atlas-worker",
        "--package",
        "atlas-importer",
        "--",
        "-D",
        "warnings",
    ]))
}

fn native(project: &Project) -> anyhow::Result<Outcome> {
    let mut counts = if command::exists("cargo-nextest") {
        let quiet = ["--no-fail-fast", "--status-level", "fail", "--cargo-quiet"];
        runs(
            Runner::Nextest,
            cargo(project, &["nextest", "run", "--workspace"]).args(quiet),
        )?
    } else {
        let targets = ["--lib", "--bins", "--tests", "--no-fail-fast", "--quiet"];
        runs(Runner::Libtest, cargo(project, &["test", "--workspace"]).args(targets))?
    };
    if counts.is_empty() {
        bail!("the runner ran no test");
    }
    let examples = ["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"];
    counts += runs(Runner::Libtest, &mut cargo(project, &examples))?;
    Ok(Outcome::Ran(counts))
}

fn deny(project: &Project) -> anyhow::Result<Outcome> {
    if command::capture(&mut cargo(project, &["deny", "--version"])).is_err() {
        return Ok(Outcome::LeftOut(
            "cargo-deny is not installed; `cargo install cargo-deny` brings it".to_owned(),
        ));
    }
    holds(&mut cargo(
        project,
        &["deny", "--offline", "check", "licenses", "bans", "sources"],
    ))
}

fn build_page(project: &Project) -> anyhow::Result<Outcome> {
    let dist = build::page(project, &BuildOptions::default())?;
    budgets::check(&dist).map(Outcome::Ran)
}

fn wasm(project: &Project) -> anyhow::Result<Outcome> {
    setup::ensure(project, &[Tool::WebCompiler, Tool::WasmBindgen, Tool::Node])?;
    // The profile of the published worker: the same code, and its dependencies are compiled already.
    let mut counts = runs(Runner::Libtest, &mut wasm_tests(project, "web")?)?;
    // Flags in this variable take the place of those in `.cargo/config.toml`. Apart, because cargo would otherwise
    // compile everything anew each time the flags change.
    let mut plain = wasm_tests(project, "web-plain")?;
    plain
        .env("RUSTFLAGS", WITHOUT_SIMD)
        .env("CARGO_TARGET_DIR", project.web_target().join("without-simd"));
    counts += runs(Runner::Libtest, &mut plain)?;
    Ok(Outcome::Ran(counts))
}

/// The command that runs the engine's tests as WebAssembly in Node.
fn wasm_tests(project: &Project, profile: &str) -> anyhow::Result<Command> {
    let (package, test) = WASM_TESTS;
    // Without `--quiet`: cargo would hand it on to the runner, which does not know it.
    let mut tests = cargo(project, &["test", "--profile", profile]);
    tests.args([
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        package,
        "--test",
        test,
    ]);
    web_compiler(project)?.apply(project, &mut tests);
    tests.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        setup::test_runner(project)?,
    );
    Ok(tests)
}

fn bench(project: &Project) -> anyhow::Result<Outcome> {
    setup::ensure(project, &[Tool::Node])?;
    runs(
        Runner::Node,
        &mut test_files(project, "bench/tests", Together::AsManyAsCores)?,
    )
    .map(Outcome::Ran)
}

fn oracle(project: &Project) -> anyhow::Result<Outcome> {
    setup::ensure(project, &[Tool::Node, Tool::NodePackages])?;
    let mut tests = node_tests(project, "tests/oracle", Together::AsManyAsCores)?;
    runs(Runner::Node, tests.env("ATLAS_ASK", asker(project)?)).map(Outcome::Ran)
}

/// Compiles the program that asks the engine, as the native tests compiled all it consists of, and returns it.
fn asker(project: &Project) -> anyhow::Result<PathBuf> {
    command::run(&mut cargo(project, &["build", "--quiet", "--package", "atlas-ask"]))?;
    let name = format!("atlas-ask{}", std::env::consts::EXE_SUFFIX);
    Ok(project.native_target().join("debug").join(name))
}

fn e2e(project: &Project) -> anyhow::Result<Outcome> {
    setup::ensure(project, &[Tool::Node, Tool::NodePackages, Tool::Chromium])?;
    let dist = build::page(project, &BuildOptions::default())?;
    let chromium = setup::chromium().context("Chromium vanished after set-up")?;
    runs(
        Runner::Node,
        node_tests(project, "tests/e2e", Together::OneByOne)?
            .env("ATLAS_DIST", dist)
            .env("CHROME", chromium),
    )
    .map(Outcome::Ran)
}

fn web_compiler(project: &Project) -> anyhow::Result<WebCompiler> {
    WebCompiler::find(project).context("the compiler for wasm32 vanished after set-up")
}

/// [`test_files`] that find the builder and the sample it made in variables.
fn node_tests(project: &Project, folder: &str, together: Together) -> anyhow::Result<Command> {
    let mut node = test_files(project, folder, together)?;
    node.env("ATLAS_BUILDER", sample::builder(project, Compiled::Checked)?)
        .env("ATLAS_SAMPLE", sample::prepare(project)?);
    Ok(node)
}

/// How many files of tests run at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    /// For tests in a browser: each has processes of its own that keep every core busy.
    OneByOne,
    AsManyAsCores,
}

/// Node's test runner on every `*.test.mjs` of a folder.
fn test_files(project: &Project, folder: &str, together: Together) -> anyhow::Result<Command> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(project.path(folder)).with_context(|| format!("{folder} cannot be listed"))? {
        let path: PathBuf = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("{folder} holds no *.test.mjs");
    }
    files.sort();
    let mut node = setup::node(project);
    let at_a_time = match together {
        Together::OneByOne => 1,
        Together::AsManyAsCores => std::thread::available_parallelism().map_or(1, usize::from),
    };
    node.arg("--test")
        .arg(format!("--test-concurrency={at_a_time}"))
        .arg("--test-reporter=spec")
        .args(files);
    Ok(node)
}
