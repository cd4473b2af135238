//! The files of an import: which there are, of what kind, and of which day.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use arrow_array::RecordBatch;
use atlas_import::day_in_name::day_in_name as day_in_file_name;
use atlas_import::dump::Dump;
use atlas_import::hub_columns::{ColumnsPresent, HubColumn};
use atlas_import::moment;
use atlas_import::parquet_dump::MAGIC;
use atlas_import::text_cells::ColumnTypeError;
use atlas_snapshot::Collection;
use sha2::{Digest, Sha256};

use crate::disk_file::DiskFile;
use crate::row_groups;

/// Ends of the names of files that are taken from a folder.
const ENDINGS: [&str; 4] = ["parquet", "json", "jsonl", "ndjson"];

/// A file opened as a dump of the Hub.
pub struct InputFile {
    collection: Collection,
    path: PathBuf,
    day: String,
    day_start: i64,
    dump: Dump,
}

/// The files that some paths name: each file, and of each folder its Parquet and JSON files by name.
///
/// # Errors
/// When a folder cannot be read or holds no such file.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.append(&mut files_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = folder.display();
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let is_dump = |path: &PathBuf| {
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        ENDINGS.contains(&ending.as_str()) && !name.starts_with('.') && path.is_file()
    };
    let mut files: Vec<PathBuf> = entries
        .with_context(|| format!("the folder {shown} cannot be read"))?
        .into_iter()
        .map(|entry| entry.path())
        .filter(is_dump)
        .collect();
    if files.is_empty() {
        bail!("the folder {shown} holds no file that ends in .{}", ENDINGS.join(", ."));
    }
    files.sort();
    Ok(files)
}

/// The date in the name of a file, such as `2026-08-22` in `models-2026-08-22.parquet`; the last one of several.
pub fn day_in_name(path: &Path) -> Option<String> {
    day_in_file_name(&path.file_name()?.to_string_lossy())
}

impl InputFile {
    /// Opens a file of a collection as read from the Hub on a day.
    ///
    /// # Errors
    /// When it cannot be opened, is neither Parquet nor JSON, is not whole, lacks a required column, or has one that only
    /// another collection has.
    pub fn open(collection: Collection, path: &Path, day: &str) -> Result<InputFile> {
        let Some(day_start) = moment::day_start(day) else {
            bail!("“{day}” is not a date like 2026-08-22");
        };
        let name = path.display().to_string();
        let dump = Dump::open(&name, DiskFile::open(path)?)?;
        dump.check_is_of(collection, &name)?;
        Ok(InputFile {
            collection,
            path: path.to_owned(),
            day: day.to_owned(),
            day_start,
            dump,
        })
    }

    /// The name of the file, without its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The day of its readings, `YYYY-MM-DD`.
    pub fn day(&self) -> &str {
        &self.day
    }

    /// The beginning of that day, seconds from 1970.
    pub fn day_start(&self) -> i64 {
        self.day_start
    }

    /// The columns it has. When a model was last changed is only read when there are `several` files to compare.
    pub fn present(&self, several: bool) -> ColumnsPresent {
        let present = self.dump.present().clone().of(self.collection);
        match several {
            true => present,
            false => present.without(HubColumn::LastModified),
        }
    }

    /// Which models of the Hub it holds, in words, where the file says so.
    pub fn scope(&self) -> Option<&str> {
        self.dump.scope()
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.dump.rows()
    }

    /// Reads some columns of all rows on up to `threads` threads and hands blocks on in file order, as `add` makes them of
    /// batches and the position of their first row. `progress` is told the number of rows as they are read.
    ///
    /// # Errors
    /// When the file cannot be decoded, a column is of an unusable type, or `take` fails.
    pub fn read<T: Default + Send>(
        &self,
        columns: &ColumnsPresent,
        threads: usize,
        progress: &(dyn Fn(u64) + Sync),
        add: impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError> + Sync,
        take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        match &self.dump {
            Dump::Parquet(file) => row_groups::read(file, columns, threads, progress, &add, take),
            Dump::Json(file) => file.read(columns, &|rows| progress(rows), add, take),
        }
    }

    /// SHA-256 (lower-case hex) and size of the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn checksum(&self) -> Result<(String, u64)> {
        checksum(&self.path)
    }
}

/// SHA-256 (lower-case hex) and size of a file.
///
/// # Errors
/// When it cannot be read.
pub fn checksum(path: &Path) -> Result<(String, u64)> {
    let shown = || path.display().to_string();
    let mut file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).with_context(shown)?;
        if read == 0 {
            break;
        }
        digest.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    Ok((
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes,
    ))
}

/// Whether a file begins like Parquet.
///
/// # Errors
/// When it cannot be read.
pub fn is_parquet(path: &Path) -> Result<bool> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let mut begin = Vec::new();
    file.take(4)
        .read_to_end(&mut begin)
        .with_context(|| path.display().to_string())?;
    Ok(begin == MAGIC)
}
