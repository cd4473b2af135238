//! `cargo xtask`: set up what is missing, build the page, serve it, test everything, measure it beside others.
//!
//! Each command first checks what it needs and installs what is missing, with a sentence for each step,
//! so that a machine with nothing but Rust gets from an empty clone to the page with one command.

mod arguments;
mod bench;
mod build;
mod command;
mod content_hash;
mod doctor;
mod folder;
mod import_hashes;
mod project;
mod sample;
mod serve;
mod server;
mod setup;
mod test;
mod wasm_sections;

use arguments::Invocation;
use project::Project;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let invocation = arguments::parse(std::env::args_os().skip(1))?;
    let project = Project::find()?;
    match invocation {
        Invocation::Help => {
            print!("{}", arguments::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Invocation::Build(options) => {
            let dist = build::page(&project, &options)?;
            println!(
                "The page is in {}: any static host can serve it, from any folder.",
                project.relative(&dist)
            );
            Ok(ExitCode::SUCCESS)
        }
        Invocation::Serve(options) => serve::run(&project, &options).map(|()| ExitCode::SUCCESS),
        Invocation::Doctor => Ok(doctor::run(&project)),
        Invocation::Test(options) => test::run(&project, &options),
        Invocation::Bench(options) => bench::run(&project, &options).map(|()| ExitCode::SUCCESS),
    }
}
