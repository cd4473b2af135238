//! Node.js and its packages: those of `tests/` (DuckDB to check the numbers, Playwright to drive a browser) and those of
//! `bench/` (the engines that ours is compared with).

use super::{State, debian};
use crate::command;
use crate::content_hash::ContentHash;
use crate::project::Project;
use anyhow::Context;
use std::path::PathBuf;
use std::process::Command;

/// The oldest release whose test runner and language the tests use.
const OLDEST_MAJOR: u32 = 18;

/// A folder with a `package-lock.json`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Packages {
    Tests,
    Bench,
}

impl Packages {
    fn folder(self) -> &'static str {
        match self {
            Self::Tests => "tests",
            Self::Bench => "bench",
        }
    }

    fn lock(self) -> String {
        format!("{}/package-lock.json", self.folder())
    }

    fn installed(self, project: &Project) -> PathBuf {
        project.path(self.folder()).join("node_modules")
    }
}

/// The command that runs Node.js in the checkout.
pub fn node(project: &Project) -> Command {
    let mut command = Command::new("node");
    command.current_dir(project.root());
    command
}

pub(super) fn check() -> State {
    let node = command::capture(Command::new("node").arg("--version"));
    let found_major = node.as_deref().ok().and_then(major);
    match (node, found_major) {
        (Ok(version), Some(OLDEST_MAJOR..)) if command::exists("npm") => State::Ready(version),
        _ if debian::can_install() => State::Installable {
            does: "install Debian's nodejs and npm".to_owned(),
            takes: "about a minute",
        },
        (Ok(version), Some(OLDEST_MAJOR..)) => {
            State::ByHand(format!("Node.js {version} is here, but npm is not: install npm."))
        }
        _ => State::ByHand(format!(
            "Node.js {OLDEST_MAJOR} or newer with npm is missing: install it from your system's packages."
        )),
    }
}

pub(super) fn install() -> anyhow::Result<()> {
    let mut packages = Vec::new();
    if !command::exists("node") {
        packages.push("nodejs");
    }
    if !command::exists("npm") {
        packages.push("npm");
    }
    if packages.is_empty() {
        packages.push("nodejs");
    }
    debian::install(&packages)
}

pub(super) fn check_packages(project: &Project, packages: Packages) -> anyhow::Result<State> {
    let installed = std::fs::read_to_string(stamp(project, packages)).unwrap_or_default();
    Ok(if installed == lock_hash(project, packages)? {
        State::Ready(project.relative(&packages.installed(project)))
    } else {
        State::Installable {
            does: format!("install the packages of {} with npm", packages.lock()),
            takes: "less than a minute",
        }
    })
}

pub(super) fn install_packages(project: &Project, packages: Packages) -> anyhow::Result<()> {
    command::run(Command::new("npm").current_dir(project.path(packages.folder())).args([
        "ci",
        "--no-audit",
        "--no-fund",
    ]))?;
    std::fs::write(stamp(project, packages), lock_hash(project, packages)?)
        .context("the packages are installed but could not be marked so")
}

fn stamp(project: &Project, packages: Packages) -> PathBuf {
    packages.installed(project).join(".hub-atlas-lock")
}

fn lock_hash(project: &Project, packages: Packages) -> anyhow::Result<String> {
    Ok(ContentHash::new(project.root()).paths(&[&packages.lock()])?.finish())
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("nonsense"), None);
    }
}
