//! The files of an import: which there are, of what kind, and of which day.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use arrow_array::RecordBatch;
use atlas_snapshot::manifest::is_date;
use sha2::{Digest, Sha256};

use crate::dump_file::{DumpFile, MAGIC};
use crate::hub_columns::{ColumnsPresent, HubColumn};
use crate::json_file::JsonFile;
use crate::json_rows::first_byte;
use crate::moment;
use crate::text_cells::ColumnTypeError;

/// Ends of the names of files that are taken from a folder.
const ENDINGS: [&str; 4] = ["parquet", "json", "jsonl", "ndjson"];

/// A file opened as a dump of the Hub.
pub struct InputFile {
    path: PathBuf,
    day: String,
    day_start: i64,
    dump: Dump,
}

enum Dump {
    Parquet(DumpFile),
    Json(JsonFile),
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
    let name = path.file_name()?.to_string_lossy().into_owned();
    let is_apart = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_digit);
    let bytes = name.as_bytes();
    let starts = (0..name.len().saturating_sub(9)).rev();
    let dates = starts
        .filter(|at| is_apart(at.checked_sub(1).and_then(|before| bytes.get(before))) && is_apart(bytes.get(at + 10)));
    dates
        .filter_map(|at| name.get(at..at + 10))
        .find(|text| is_date(text))
        .map(str::to_owned)
}

impl InputFile {
    /// Opens a file as read from the Hub on a day.
    ///
    /// # Errors
    /// When it cannot be opened, is neither Parquet nor JSON, is not whole, or lacks a required column.
    pub fn open(path: &Path, day: &str) -> Result<InputFile> {
        let Some(day_start) = moment::day_start(day) else {
            bail!("“{day}” is not a date like 2026-08-22");
        };
        Ok(InputFile {
            path: path.to_owned(),
            day: day.to_owned(),
            day_start,
            dump: open_dump(path)?,
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
        let present = match &self.dump {
            Dump::Parquet(file) => file.present(),
            Dump::Json(file) => file.present(),
        };
        match several {
            true => present.clone(),
            false => present.clone().without(HubColumn::LastModified),
        }
    }

    /// Which models of the Hub it holds, in words, where the file says so.
    pub fn scope(&self) -> Option<&str> {
        match &self.dump {
            Dump::Parquet(file) => file.scope(),
            Dump::Json(_) => None,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        match &self.dump {
            Dump::Parquet(file) => file.rows(),
            Dump::Json(file) => file.rows(),
        }
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
            Dump::Parquet(file) => file.read(columns, threads, progress, &add, take),
            Dump::Json(file) => file.read(columns, progress, add, take),
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

/// Files are told apart by how they begin, whatever they are called.
fn open_dump(path: &Path) -> Result<Dump> {
    let shown = path.display();
    let mut file = File::open(path).with_context(|| format!("{shown} cannot be opened"))?;
    let size = file.metadata().with_context(|| shown.to_string())?.len();
    let mut begin = Vec::new();
    (&mut file)
        .take(4)
        .read_to_end(&mut begin)
        .with_context(|| shown.to_string())?;
    match begin.as_slice() {
        begin if begin == MAGIC => return Ok(Dump::Parquet(DumpFile::open(path)?)),
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd] => {
            bail!(
                "{shown} is compressed as a whole (gzip or zstd). Decompress it first; inside a Parquet file compression is no matter."
            )
        }
        _ => {}
    }
    let file = File::open(path).with_context(|| format!("{shown} cannot be opened"))?;
    match first_byte(&mut BufReader::new(file)).with_context(|| shown.to_string())? {
        Some(b'[' | b'{') => Ok(Dump::Json(JsonFile::open(path)?)),
        _ => bail!(
            "{shown} is not a Parquet file, nor JSON ({size} bytes). A dump of the Hub comes as models.parquet, or as JSON from \
             its API; CSV must be converted first, for example with DuckDB: COPY (FROM 'models.csv') TO 'models.parquet'."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_file_is_the_last_date_in_its_name() {
        for (name, day) in [
            ("models-2026-08-22.parquet", Some("2026-08-22")),
            ("dir-2020-01-01/2025-09-07.json", Some("2025-09-07")),
            ("from-2024-01-01-to-2024-12-31.ndjson", Some("2024-12-31")),
            ("models-2026-13-22.parquet", None),
            ("models-12026-08-221.parquet", None),
            ("2025-02-2", None),
            ("größe-2025-02-28", Some("2025-02-28")),
            ("models.parquet", None),
        ] {
            assert_eq!(day_in_name(Path::new(name)).as_deref(), day, "{name}");
        }
    }
}
