//! `rejects.jsonl`: the rows left out, a line each.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Result;
use serde::Serialize;

use crate::snapshot_folder::{REJECTS_FILE, SnapshotFolder};
use atlas_import::reject::Reject;

/// The file, made when the first row is left out.
pub struct RejectLines<'a> {
    folder: &'a SnapshotFolder,
    file: Option<BufWriter<File>>,
    /// Whether lines must say which file they are of.
    several: bool,
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(flatten)]
    reject: &'a Reject,
}

impl<'a> RejectLines<'a> {
    /// The file of a snapshot being written, of one or `several` files read.
    pub fn new(folder: &'a SnapshotFolder, several: bool) -> RejectLines<'a> {
        RejectLines {
            folder,
            file: None,
            several,
        }
    }

    /// Adds rows of the file called `name`.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn write(&mut self, name: &str, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(self.folder.create(REJECTS_FILE)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        for reject in rejects {
            let mut line = serde_json::to_vec(&Line {
                file: self.several.then_some(name),
                reject,
            })?;
            line.push(b'\n');
            file.write_all(&line)
                .map_err(|error| self.folder.failed(REJECTS_FILE, &error))?;
        }
        Ok(())
    }

    /// Puts everything on the disk.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn finish(mut self) -> Result<()> {
        match self.file.take() {
            None => Ok(()),
            Some(mut file) => {
                let written = file.flush().and_then(|()| file.get_ref().sync_all());
                written.map_err(|error| self.folder.failed(REJECTS_FILE, &error))
            }
        }
    }
}
