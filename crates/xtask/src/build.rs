//! Builds `dist/`: the page, its worker and a snapshot, ready for any static host.

use crate::command;
use crate::content_hash::ContentHash;
use crate::folder;
use crate::import_hashes;
use crate::project::Project;
use crate::sample;
use crate::setup::{self, Tool, WebCompiler};
use crate::wasm_sections;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Everything the compiled page depends on; the snapshot is apart.
const PAGE_SOURCES: [&str; 17] = [
    "src",
    "style",
    "public",
    "data",
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "crates/protocol",
    "crates/snapshot",
    "crates/engine",
    "crates/worker",
    "crates/import",
    "crates/importer",
    "crates/xtask/src/build.rs",
    "crates/xtask/src/import_hashes.rs",
];

/// A worker of the page.
struct Worker {
    /// What starts it, as it stands in the repository.
    loader_source: &'static str,
    /// Its files beside those that trunk writes: what starts it, its script, its program.
    files: [&'static str; 3],
    /// How the name of the folder begins that it is moved to.
    folder: &'static str,
}

const WORKERS: [Worker; 2] = [
    Worker {
        loader_source: "crates/worker/loader.js",
        files: ["atlas-worker_loader.js", "atlas-worker.js", "atlas-worker_bg.wasm"],
        folder: "worker",
    },
    Worker {
        loader_source: "crates/importer/loader.js",
        files: [
            "atlas-importer_loader.js",
            "atlas-importer.js",
            "atlas-importer_bg.wasm",
        ],
        folder: "importer",
    },
];

/// How much the compiler optimises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// Small and fast to run, slow to build.
    #[default]
    Release,
    /// Fast to build, for work on the page.
    Dev,
}

/// What to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// A snapshot folder; where none is given, the synthetic sample.
    pub snapshot: Option<PathBuf>,
    /// The folder of a snapshot of datasets beside it; where neither is given, the synthetic sample's.
    pub datasets: Option<PathBuf>,
    /// The prefix of every address in `index.html`, with a slash at its end.
    pub public_url: String,
    /// How much the compiler optimises.
    pub profile: Profile,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            snapshot: None,
            datasets: None,
            public_url: "./".to_owned(),
            profile: Profile::default(),
        }
    }
}

/// Sets up what is missing, builds the page and its snapshot, and puts both into `dist/`, which it returns.
/// Nothing is compiled again whose sources did not change; a build that fails leaves the former `dist/`.
///
/// # Errors
/// When set-up, the snapshot or the compilation fails, or a folder cannot be written.
pub fn page(project: &Project, options: &BuildOptions) -> anyhow::Result<PathBuf> {
    let given = options.snapshot.as_deref().map(given_snapshot).transpose()?;
    let datasets = options.datasets.as_deref().map(given_snapshot).transpose()?;
    setup::ensure(project, &Tool::BUILD)?;
    let page = compiled_page(project, options)?;
    // After the page: what the sample's builder consists of, the tests compile meanwhile.
    let datasets = match (datasets, &given) {
        (None, None) => Some(sample::prepare_datasets(project)?),
        (datasets, _) => datasets,
    };
    let snapshot = given.map_or_else(|| sample::prepare(project), Ok)?;
    let dist = project.dist();
    let next = project.path("dist.next");
    folder::remove(&next)?;
    folder::copy(&page, &next)?;
    folder::copy(&snapshot, &next.join("snapshot"))?;
    if let Some(datasets) = datasets {
        folder::copy(&datasets, &next.join(DATASETS))?;
        offer_collections(&next)?;
    }
    folder::replace(&dist, &next)?;
    Ok(dist)
}

/// Where the snapshot of datasets lies beside the page.
const DATASETS: &str = "snapshot-datasets";

/// Shows the links from one collection to the other, which index.html hides.
fn offer_collections(page: &Path) -> anyhow::Result<()> {
    let index = page.join("index.html");
    let text = std::fs::read_to_string(&index).context("index.html cannot be read")?;
    let links = "aria-label=\"Collections\" hidden";
    if !text.contains(links) || !text.contains(DATASETS) {
        bail!("index.html has no hidden links from one collection to the other, with {DATASETS} among them");
    }
    let shown = text.replace(links, links.trim_end_matches(" hidden"));
    std::fs::write(&index, shown).context("index.html cannot be written")
}

fn given_snapshot(folder: &Path) -> anyhow::Result<PathBuf> {
    if !folder.join("manifest.json").is_file() {
        bail!(
            "{} holds no manifest.json, so it is no snapshot; \
             `cargo run --release -p hub-atlas -- import --help` says how to make one from a Hub file",
            folder.display()
        );
    }
    Ok(folder.to_owned())
}

/// The folder of the compiled page without a snapshot, compiled now unless the same sources already were.
fn compiled_page(project: &Project, options: &BuildOptions) -> anyhow::Result<PathBuf> {
    let compiler = WebCompiler::find(project).context("the compiler for wasm32 vanished after set-up")?;
    let key = ContentHash::new(project.root())
        .word(&options.public_url)
        .word(&format!("{:?}", options.profile))
        .word(&compiler.version()?)
        .paths(&PAGE_SOURCES)?
        .finish();
    let page = project.cache().join(match options.profile {
        Profile::Release => "page-release",
        Profile::Dev => "page-dev",
    });
    let stamp = page.with_extension("key");
    if page.is_dir() && std::fs::read_to_string(&stamp).is_ok_and(|built| built == key) {
        println!("The page: unchanged since it was last built.");
        return Ok(page);
    }
    println!("The page: building it. The first time takes several minutes, later ones less.");
    let started = Instant::now();
    let _ = std::fs::remove_file(&stamp);
    run_trunk(project, &compiler, options, &page)?;
    if options.profile == Profile::Release {
        remove_names(&page)?;
        number_imports(&page)?;
    }
    for worker in &WORKERS {
        let [loader, ..] = worker.files;
        std::fs::copy(project.path(worker.loader_source), page.join(loader))
            .with_context(|| format!("{} cannot be copied", worker.loader_source))?;
        name_by_content(&page, worker)?;
    }
    std::fs::write(&stamp, key).with_context(|| format!("{} cannot be written", stamp.display()))?;
    println!("The page: built in {} s.", started.elapsed().as_secs());
    Ok(page)
}

fn run_trunk(project: &Project, compiler: &WebCompiler, options: &BuildOptions, page: &Path) -> anyhow::Result<()> {
    fetch_dependencies(project)?;
    folder::remove(page)?;
    let trunk = setup::trunk(project).context("trunk vanished after set-up")?;
    let wasm_bindgen = setup::wasm_bindgen(project)?.context("wasm-bindgen vanished after set-up")?;
    let mut command = Command::new(trunk);
    command
        .current_dir(project.root())
        .args(["build", "--offline", "--public-url", &options.public_url, "--dist"])
        .arg(page);
    if options.profile == Profile::Release {
        command.arg("--release");
    }
    // Trunk takes the first wasm-bindgen on the path, prints a trace of its own frames with every error where
    // RUST_BACKTRACE is set, and refuses NO_COLOR=1, which wants a word there.
    command
        .env("PATH", path_with_first(&wasm_bindgen)?)
        .env("RUST_BACKTRACE", "0")
        .env_remove("NO_COLOR");
    compiler.apply(project, &mut command);
    command::run(&mut command)
}

/// Downloads what trunk's offline builds will read, for the browser and for this machine's build scripts.
fn fetch_dependencies(project: &Project) -> anyhow::Result<()> {
    command::run(Command::new("cargo").current_dir(project.root()).args([
        "fetch",
        "--quiet",
        "--target",
        "wasm32-unknown-unknown",
        "--target",
        &setup::host_triple()?,
    ]))
}

fn path_with_first(program: &Path) -> anyhow::Result<std::ffi::OsString> {
    let folder = program.parent().context("a program has no folder")?;
    let rest = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(
        std::iter::once(folder.to_owned()).chain(std::env::split_paths(&rest)),
    )?)
}

/// Takes the functions' names out of every module: a reader downloads them for nothing.
fn remove_names(page: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(page).with_context(|| format!("{} cannot be listed", page.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            wasm_sections::remove_custom(&path)?;
        }
    }
    Ok(())
}

/// Numbers the functions that the page's module and its script share; the worker is far within its budget.
fn number_imports(page: &Path) -> anyhow::Result<()> {
    const MODULE: &str = "_bg.wasm";
    for entry in std::fs::read_dir(page).with_context(|| format!("{} cannot be listed", page.display()))? {
        let module = entry?.path();
        let name = module.file_name().unwrap_or_default().to_string_lossy();
        if let Some(stem) = name
            .strip_suffix(MODULE)
            .filter(|stem| stem.starts_with("hub-atlas-page-"))
        {
            import_hashes::number(&page.join(format!("{stem}.js")), &module)?;
        }
    }
    Ok(())
}

/// Moves a worker's files, to which trunk gives no hash, into a folder named by their content, so that a host
/// may keep them for ever, and tells `index.html`.
fn name_by_content(page: &Path, worker: &Worker) -> anyhow::Result<()> {
    let [loader, script, _] = worker.files;
    let script = std::fs::read_to_string(page.join(script)).with_context(|| format!("trunk wrote no {script}"))?;
    let mut moved = worker.files.to_vec();
    if script.contains("./snippets/") {
        moved.push("snippets");
    }
    let folder_name = format!("{}-{}", worker.folder, ContentHash::new(page).paths(&moved)?.finish());
    let folder = page.join(&folder_name);
    std::fs::create_dir(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for name in worker.files {
        std::fs::rename(page.join(name), folder.join(name)).with_context(|| format!("{name} cannot be moved"))?;
    }
    if moved.contains(&"snippets") {
        folder::copy(&page.join("snippets"), &folder.join("snippets"))?;
    }
    let index = page.join("index.html");
    let text = std::fs::read_to_string(&index).context("trunk wrote no index.html")?;
    let renamed = text.replace(loader, &format!("{folder_name}/{loader}"));
    if renamed == text {
        bail!("index.html does not name {loader}: a <meta> tells the page where each of its workers is");
    }
    std::fs::write(&index, renamed).context("index.html cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    fn page_with_worker(scratch: &Scratch, script: &str) {
        let page = scratch.path();
        std::fs::write(page.join("atlas-worker.js"), script).unwrap();
        std::fs::write(page.join("atlas-worker_bg.wasm"), "wasm").unwrap();
        std::fs::write(page.join("atlas-worker_loader.js"), "import './atlas-worker.js'").unwrap();
        std::fs::write(
            page.join("index.html"),
            "<meta name=\"atlas-worker\" content=\"./atlas-worker_loader.js\">",
        )
        .unwrap();
    }

    fn worker_address(scratch: &Scratch) -> String {
        let text = std::fs::read_to_string(scratch.path().join("index.html")).unwrap();
        text.split("content=\"./")
            .nth(1)
            .unwrap()
            .trim_end_matches("\">")
            .to_owned()
    }

    #[test]
    fn the_worker_lies_where_the_page_is_told_and_moves_when_it_changes() {
        let scratch = Scratch::new("worker").unwrap();
        page_with_worker(&scratch, "one");
        name_by_content(scratch.path(), &WORKERS[0]).unwrap();
        let first = worker_address(&scratch);
        assert!(
            first.starts_with("worker-") && scratch.path().join(&first).is_file(),
            "{first}"
        );
        assert!(!scratch.path().join("atlas-worker.js").exists());
        page_with_worker(&scratch, "two");
        name_by_content(scratch.path(), &WORKERS[0]).unwrap();
        assert_ne!(worker_address(&scratch), first);
    }

    #[test]
    fn a_worker_takes_the_snippets_it_imports_along() {
        let scratch = Scratch::new("worker-snippets").unwrap();
        page_with_worker(&scratch, "import { now } from './snippets/clock/inline0.js';");
        std::fs::create_dir_all(scratch.path().join("snippets/clock")).unwrap();
        std::fs::write(scratch.path().join("snippets/clock/inline0.js"), "").unwrap();
        name_by_content(scratch.path(), &WORKERS[0]).unwrap();
        let loader = scratch.path().join(worker_address(&scratch));
        assert!(loader.with_file_name("snippets").join("clock/inline0.js").is_file());
        assert!(scratch.path().join("snippets/clock/inline0.js").is_file());
    }

    #[test]
    fn an_index_that_names_no_worker_is_refused() {
        let scratch = Scratch::new("worker-unnamed").unwrap();
        page_with_worker(&scratch, "one");
        std::fs::write(scratch.path().join("index.html"), "<p>").unwrap();
        assert!(name_by_content(scratch.path(), &WORKERS[0]).is_err());
    }
}
