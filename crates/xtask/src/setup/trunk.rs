//! The trunk bundler: it compiles the page and the worker and writes the folder a host serves.

use super::{State, cargo_install, find_program};
use crate::command;
use crate::project::Project;
use std::path::PathBuf;

const VERSION: &str = "0.21.14";

/// The `trunk` program, where it is installed.
pub fn trunk(project: &Project) -> Option<PathBuf> {
    find_program(project, "trunk", VERSION)
}

pub(super) fn check(project: &Project) -> State {
    match trunk(project) {
        Some(path) => State::Ready(format!("{VERSION}, {}", project.relative(&path))),
        None => State::Installable {
            does: format!("compile trunk {VERSION} into .tools/"),
            takes: "about 3 minutes",
        },
    }
}

pub(super) fn install(project: &Project) -> anyhow::Result<()> {
    // Trunk waits for other programs most of its time: unoptimised it compiles in a third of the time.
    command::run(
        cargo_install(project, "trunk", VERSION)
            .args(["--locked", "--no-default-features"])
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    )
}
