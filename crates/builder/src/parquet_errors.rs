//! Errors of writing Parquet as sentences.

use std::io;
use std::path::Path;

use anyhow::anyhow;
use parquet::errors::ParquetError;

use crate::snapshot_folder::disk_error;

/// An error of writing a Parquet file: a full disk is called that, whatever the writer wrapped around it.
pub fn writing_error(path: &Path, error: ParquetError) -> anyhow::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => disk_error(path, &error),
            Err(source) => anyhow!("{} cannot be written: {source}", path.display()),
        },
        error => anyhow!("{} cannot be written: {error}", path.display()),
    }
}
