//! Where things lie: the checkout and the folders in it that git ignores.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// The checkout this command works on.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// Finds the checkout from the variable cargo sets, or else upwards from the working folder.
    ///
    /// # Errors
    /// When neither leads to a folder that holds `crates/xtask`.
    pub fn find() -> anyhow::Result<Self> {
        let from_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let start = match from_cargo {
            Some(folder) => folder,
            None => std::env::current_dir().context("the working folder cannot be read")?,
        };
        for folder in start.ancestors() {
            if folder.join("crates/xtask/Cargo.toml").is_file() {
                return Ok(Self {
                    root: folder.to_owned(),
                });
            }
        }
        bail!(
            "{} is not inside a Hub Atlas checkout; run `cargo xtask` in one",
            start.display()
        )
    }

    /// The checkout's own folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Programs installed for this project alone.
    pub fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// Cargo's folder for native builds: `CARGO_TARGET_DIR` where set, else `target`.
    pub fn native_target(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => self.root.join(folder),
            _ => self.root.join("target"),
        }
    }

    /// Cargo's folder for builds that run in a browser: apart, since their compiler may be another.
    pub fn web_target(&self) -> PathBuf {
        self.native_target().join("wasm")
    }

    /// What this command keeps between two runs: built pages, sample snapshots, stamps.
    pub fn cache(&self) -> PathBuf {
        self.native_target().join("xtask")
    }

    /// The folder a static host serves.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// `path` as a reader in the checkout would write it.
    pub fn relative(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.root).unwrap_or(path);
        shown.display().to_string()
    }
}
