//! Clippy for the compiler that browser builds use.

use super::{State, WebCompiler, debian};
use crate::command;
use crate::project::Project;
use std::process::Command;

const DEBIAN_PACKAGE: &str = "rust-web-clippy";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// `cargo clippy` for `wasm32-unknown-unknown`, without its own arguments.
pub fn clippy(project: &Project, compiler: &WebCompiler) -> Command {
    let mut clippy = match compiler {
        WebCompiler::Ordinary => Command::new("cargo"),
        WebCompiler::Debian { .. } => Command::new(DEBIAN_CLIPPY),
    };
    clippy
        .current_dir(project.root())
        .args(["clippy", "--target", "wasm32-unknown-unknown"]);
    compiler.apply(project, &mut clippy);
    clippy
}

pub(super) fn check(project: &Project) -> State {
    match WebCompiler::find(project) {
        Some(WebCompiler::Ordinary) => match command::capture(Command::new("cargo").args(["clippy", "--version"])) {
            Ok(version) => State::Ready(version),
            Err(_) => State::ByHand("Clippy is missing: `rustup component add clippy` brings it.".to_owned()),
        },
        Some(WebCompiler::Debian { .. }) | None if debian::is_installed(DEBIAN_PACKAGE) => {
            State::Ready(format!("Debian's {DEBIAN_PACKAGE}"))
        }
        Some(WebCompiler::Debian { .. }) if debian::can_install() => State::Installable {
            does: format!("install Debian's {DEBIAN_PACKAGE}"),
            takes: "seconds",
        },
        Some(WebCompiler::Debian { .. }) => State::ByHand(format!(
            "Clippy for Debian's compiler is missing: `apt-get install {DEBIAN_PACKAGE}`, as root, brings it."
        )),
        None => State::ByHand("Clippy for wasm32 comes with Rust for wasm32, which is missing.".to_owned()),
    }
}

pub(super) fn install() -> anyhow::Result<()> {
    debian::install(&[DEBIAN_PACKAGE])
}
