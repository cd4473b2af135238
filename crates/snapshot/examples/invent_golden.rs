//! `cargo run -p atlas-snapshot --example invent_golden -- DIR`: fills an empty folder with the golden snapshot's models.
//!
//! `tests/golden/format-1` came from here and is never written again: a format that follows gets a folder of its own.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

#[path = "../tests/snapshot/folder.rs"]
mod folder;
#[path = "../tests/snapshot/invented.rs"]
mod invented;

use std::path::PathBuf;
use std::{env, fs};

/// Models, seed, and where the second part begins.
const ROWS: usize = 400;
const SEED: u64 = 2022;
const CUT: usize = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("say into which folder")?);
    fs::create_dir_all(&folder)?;
    if fs::read_dir(&folder)?.next().is_some() {
        return Err(format!("{} is not empty", folder.display()).into());
    }
    let golden = folder::Folder::write(&invented::invent(ROWS, SEED), &[CUT]);
    for (path, bytes) in &golden.files {
        fs::write(folder.join(path), bytes)?;
    }
    fs::write(folder.join("manifest.json"), golden.manifest.to_json()?)?;
    Ok(())
}
