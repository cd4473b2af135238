//! A Rust compiler that builds for `wasm32-unknown-unknown`.
//!
//! Usually rustup's own, once its standard library for that target has been added. A machine that reaches
//! package registries only cannot add it; on Debian the packages `rustc-web` and `rust-web-src` are a compiler
//! with the source of its standard library, from which that library is compiled here once.

use super::{State, debian};
use crate::command;
use crate::project::Project;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
/// The compiler, its library's source and its Clippy; cargo-web is what the others recommend beside them.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// The compiler that browser builds use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebCompiler {
    /// The one on the search path, as everything else uses it.
    Ordinary,
    /// Debian's, with a linker that lies elsewhere.
    Debian {
        /// `rust-lld` of rustup's toolchain, or Debian's `wasm-ld`.
        linker: PathBuf,
    },
}

impl WebCompiler {
    /// Finds a compiler that does compile for the target now.
    pub fn find(project: &Project) -> Option<Self> {
        if compiles_for_web(project, &ordinary_rustc()) {
            return Some(Self::Ordinary);
        }
        if !compiles_for_web(project, Path::new(DEBIAN_RUSTC)) {
            return None;
        }
        find_linker().map(|linker| Self::Debian { linker })
    }

    /// Makes `command`, and all it starts, build with this compiler into the folder for browser builds.
    pub fn apply(&self, project: &Project, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", project.web_target());
        if let Self::Debian { linker } = self {
            command
                .env("RUSTC", DEBIAN_RUSTC)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }

    /// What it calls itself: name, version, commit.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn version(&self) -> anyhow::Result<String> {
        let rustc = match self {
            Self::Ordinary => ordinary_rustc(),
            Self::Debian { .. } => PathBuf::from(DEBIAN_RUSTC),
        };
        command::capture(Command::new(rustc).arg("--version"))
    }
}

/// The triple of the machine this runs on, as cargo calls it.
///
/// # Errors
/// When the compiler does not say.
pub fn host_triple() -> anyhow::Result<String> {
    let said = command::capture(Command::new(ordinary_rustc()).arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

pub(super) fn check(project: &Project) -> State {
    match WebCompiler::find(project) {
        Some(compiler @ WebCompiler::Ordinary) => ready(&compiler, "on the search path"),
        Some(compiler @ WebCompiler::Debian { .. }) => ready(&compiler, "Debian's"),
        None if compiles_for_web(project, Path::new(DEBIAN_RUSTC)) => State::ByHand(
            "Debian's compiler for wasm32 has no linker: install rustup (which brings rust-lld) or Debian's package lld."
                .to_owned(),
        ),
        None if command::exists("rustup") => State::Installable {
            does: format!(
                "ask rustup for the target {TARGET}{}",
                if debian::can_install() {
                    ", or, where rustup cannot download, install Debian's compiler for it and compile its standard library"
                } else {
                    ""
                }
            ),
            takes: "seconds with rustup, about 2 minutes without",
        },
        None if debian::can_install() => State::Installable {
            does: format!("install Debian's {} and compile the standard library for {TARGET}", DEBIAN_PACKAGES.join(", ")),
            takes: "about 2 minutes",
        },
        None => State::ByHand(format!(
            "No compiler for {TARGET} was found: install rustup and run `rustup target add {TARGET}`, \
             or add the standard library of that target to your compiler."
        )),
    }
}

fn ready(compiler: &WebCompiler, whose: &str) -> State {
    State::Ready(format!("{} ({whose})", compiler.version().unwrap_or_default()))
}

pub(super) fn install(project: &Project) -> anyhow::Result<()> {
    if command::exists("rustup") {
        match command::run(Command::new("rustup").args(["target", "add", TARGET])) {
            Ok(()) if compiles_for_web(project, &ordinary_rustc()) => return Ok(()),
            Ok(()) => println!("rustup has the target, but the compiler on the search path is not rustup's."),
            Err(error) => println!("rustup could not add it: {error}."),
        }
    }
    if !debian::can_install() {
        bail!(
            "run `rustup target add {TARGET}` on a network that reaches rustup's downloads, \
             or run this command as root on Debian, whose packages can stand in"
        );
    }
    debian::install(&DEBIAN_PACKAGES)?;
    if !compiles_for_web(project, Path::new(DEBIAN_RUSTC)) {
        install_standard_library(project, &sysroot(Path::new(DEBIAN_RUSTC))?)?;
    }
    if find_linker().is_none() {
        debian::install(&["lld"])?;
    }
    Ok(())
}

/// Compiles the standard library for the target and puts it where Debian's compiler looks below `sysroot`.
pub(super) fn install_standard_library(project: &Project, sysroot: &Path) -> anyhow::Result<()> {
    let seed = project.cache().join("standard-library");
    crate::folder::remove(&seed)?;
    std::fs::create_dir_all(seed.join("src"))?;
    std::fs::write(seed.join("src/lib.rs"), "")?;
    std::fs::write(
        seed.join("Cargo.toml"),
        "[package]\nname = \"standard-library\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    println!("Compiling the standard library for {TARGET}: about a minute.");
    command::run(
        Command::new("cargo")
            .current_dir(&seed)
            .args([
                "build",
                "--quiet",
                "--release",
                "-Z",
                "build-std=std,panic_abort,test",
                "--target",
                TARGET,
            ])
            .env("RUSTC", DEBIAN_RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            // Link-time optimisation of the page reads the library's bitcode.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", seed.join("target")),
    )?;
    let built = seed.join("target").join(TARGET).join("release/deps");
    let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    place_libraries(&built, &library)?;
    crate::folder::remove(&seed)
}

fn place_libraries(built: &Path, library: &Path) -> anyhow::Result<()> {
    let parent = library.parent().context("the library folder has no parent")?;
    let next = parent.join("lib.next");
    crate::folder::remove(&next)?;
    std::fs::create_dir_all(&next).with_context(|| format!("{} cannot be made", next.display()))?;
    let mut libraries = 0;
    for entry in std::fs::read_dir(built).with_context(|| format!("{} cannot be listed", built.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.ends_with(".rlib") && !name.starts_with("libstandard_library-") {
            std::fs::copy(&path, next.join(name))
                .with_context(|| format!("{name} cannot be copied to {}", next.display()))?;
            libraries += 1;
        }
    }
    if libraries == 0 {
        bail!(
            "the standard library was compiled, but {} holds no library",
            built.display()
        );
    }
    crate::folder::replace(library, &next)
}

/// Compiles an empty crate, which fails where the standard library is missing or another version's.
fn compiles_for_web(project: &Project, rustc: &Path) -> bool {
    let probe = project.cache().join("probe");
    let source = probe.join("probe.rs");
    if std::fs::create_dir_all(&probe)
        .and_then(|()| std::fs::write(&source, ""))
        .is_err()
    {
        return false;
    }
    let mut command = Command::new(rustc);
    command
        .current_dir(&probe)
        .args([
            "--target",
            TARGET,
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--out-dir",
        ])
        .arg(&probe)
        .arg(&source);
    command::capture(&mut command).is_ok()
}

fn ordinary_rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}

fn sysroot(rustc: &Path) -> anyhow::Result<PathBuf> {
    command::capture(Command::new(rustc).args(["--print", "sysroot"])).map(PathBuf::from)
}

fn find_linker() -> Option<PathBuf> {
    let host = host_triple().ok()?;
    let own = sysroot(&ordinary_rustc())
        .ok()?
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    if own.is_file() {
        Some(own)
    } else {
        command::find("wasm-ld")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn the_standard_library_takes_the_place_of_a_former_one_without_the_seed() {
        let scratch = Scratch::new("libraries").unwrap();
        let (built, library) = (scratch.path().join("deps"), scratch.path().join("rustlib/lib"));
        std::fs::create_dir_all(&built).unwrap();
        std::fs::create_dir_all(&library).unwrap();
        std::fs::write(library.join("libstd-old.rlib"), "old").unwrap();
        for name in [
            "libstd-1.rlib",
            "libcore-2.rlib",
            "libstandard_library-3.rlib",
            "std-1.d",
        ] {
            std::fs::write(built.join(name), name).unwrap();
        }
        place_libraries(&built, &library).unwrap();
        let mut names: Vec<_> = std::fs::read_dir(&library)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["libcore-2.rlib", "libstd-1.rlib"]);
    }

    #[test]
    fn a_build_without_libraries_leaves_the_former_ones() {
        let scratch = Scratch::new("no-libraries").unwrap();
        let (built, library) = (scratch.path().join("deps"), scratch.path().join("rustlib/lib"));
        std::fs::create_dir_all(&built).unwrap();
        std::fs::create_dir_all(&library).unwrap();
        std::fs::write(library.join("libstd-old.rlib"), "old").unwrap();
        assert!(place_libraries(&built, &library).is_err());
        assert!(library.join("libstd-old.rlib").is_file());
    }
}
