//! The wasm-bindgen command line: it must be of exactly the version of the library that the page links.

use super::{State, cargo_install, find_program};
use crate::command;
use crate::project::Project;
use anyhow::Context;
use std::path::PathBuf;

/// The `wasm-bindgen` program, where it is installed.
///
/// # Errors
/// When `Cargo.lock` cannot be read.
pub fn wasm_bindgen(project: &Project) -> anyhow::Result<Option<PathBuf>> {
    Ok(find_program(project, "wasm-bindgen", &locked_version(project)?))
}

/// The program cargo runs wasm tests with.
///
/// # Errors
/// When `Cargo.lock` cannot be read or the program is not installed.
pub fn test_runner(project: &Project) -> anyhow::Result<PathBuf> {
    find_program(project, "wasm-bindgen-test-runner", &locked_version(project)?)
        .context("wasm-bindgen-test-runner is missing beside wasm-bindgen; `cargo xtask doctor` says more")
}

pub(super) fn check(project: &Project) -> anyhow::Result<State> {
    let version = locked_version(project)?;
    Ok(match wasm_bindgen(project)? {
        Some(path) => State::Ready(format!("{version}, {}", project.relative(&path))),
        None => State::Installable {
            does: format!("compile wasm-bindgen-cli {version} into .tools/"),
            takes: "about 2 minutes",
        },
    })
}

pub(super) fn install(project: &Project) -> anyhow::Result<()> {
    let version = locked_version(project)?;
    // Level 1 compiles in half the time and still transforms a large module in a second or two.
    command::run(cargo_install(project, "wasm-bindgen-cli", &version).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"))
}

fn locked_version(project: &Project) -> anyhow::Result<String> {
    let path = project.path("Cargo.lock");
    let lock = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    version_in(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen: run `cargo update --workspace`")
}

/// The version of the first package of this name in the text of a `Cargo.lock`.
fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "wasm-pack"), None);
    }
}
