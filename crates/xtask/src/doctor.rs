//! `cargo xtask doctor`: what is installed, what is missing, what set-up would do.

use crate::command;
use crate::project::Project;
use crate::setup::{State, Tool};
use std::process::{Command, ExitCode};

/// Prints the report. The exit code is a failure when something is missing that a person has to install.
pub fn run(project: &Project) -> ExitCode {
    let mut by_hand = 0;
    for tool in Tool::ALL {
        let (mark, text) = match tool.check(project) {
            Ok(State::Ready(found)) => ("ok", found),
            Ok(State::Installable { does, takes }) => (
                "will be set up",
                format!("the first command that needs it will {does} ({takes})"),
            ),
            Ok(State::ByHand(sentence)) => {
                by_hand += 1;
                ("missing", sentence)
            }
            Err(error) => {
                by_hand += 1;
                ("unknown", format!("{error:#}"))
            }
        };
        println!("{mark:<15} {:<18} {text}", tool.name());
    }
    optional(
        "cargo-nextest",
        "nextest",
        "runs the native tests; without it `cargo test` does",
    );
    optional(
        "cargo-deny",
        "deny",
        "checks licences and sources of dependencies; without it that stage is left out",
    );
    match by_hand {
        0 => {
            println!("\nNothing is left for you to install.");
            ExitCode::SUCCESS
        }
        count => {
            println!(
                "\nTo be done by hand: {count}. Building and serving the page need the first, third and fourth line only."
            );
            ExitCode::FAILURE
        }
    }
}

fn optional(name: &str, subcommand: &str, use_of_it: &str) {
    let version = command::capture(Command::new("cargo").args([subcommand, "--version"]));
    match version.as_deref().ok().and_then(|text| text.lines().next()) {
        Some(version) => println!("{:<15} {name:<18} {version}", "ok"),
        None => println!("{:<15} {name:<18} {use_of_it}", "optional"),
    }
}
