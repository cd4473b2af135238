//! Parquet bytes to columns.
//!
//! Container, page headers and compression are the parquet crate's. Values are decoded here, straight from a page to
//! the column that the engine keeps: numbers to 32 or 64 bits, dictionary indices to the codes of the manifest, ids to one text.

mod codes;
mod delta;
mod file;
mod history;
pub(crate) mod hybrid;
mod ids;
mod numbers;
mod page;
mod texts;

use bytes::Bytes;

pub use history::read_history;

use crate::SnapshotError;
use crate::columns::{Ids, ModelColumns, NumberColumn};
use crate::manifest::{Manifest, Part, dictionary_columns};
use crate::read::file::PartFile;

/// Decodes a part with analytic columns after checking that it is the file the manifest names.
///
/// Columns may stand in any order, in any number of row groups and pages, in any Parquet encoding, compressed with Brotli
/// or not at all; numbers may be 32 or 64 bits wide, other columns are ignored, and a null in a dictionary column reads
/// as `unknown`. `downloads_all_time` and `likes` are read when the manifest has a total for them.
///
/// # Errors
/// When size, checksum, number of rows or sum of downloads differ from the manifest's, a column is missing or malformed,
/// rows are not sorted by downloads, a number is negative, or a value is not in the manifest's dictionary.
pub fn read_models(bytes: Bytes, part: &Part, manifest: &Manifest) -> Result<ModelColumns, SnapshotError> {
    let file = PartFile::open(bytes, part)?;
    let downloads_30d = file.known_numbers("downloads_30d")?;
    check_downloads(&file, &downloads_30d, part)?;
    let codes = dictionary_columns(manifest.collection).map(|column| {
        let values = manifest.dictionaries.get(column).map(Vec::as_slice);
        file.codes(column, values.unwrap_or_default())
    });
    Ok(ModelColumns {
        downloads_30d,
        downloads_all_time: match manifest.totals.downloads_all_time {
            Some(_) => Some(file.numbers("downloads_all_time")?),
            None => None,
        },
        likes: match manifest.totals.likes {
            Some(_) => Some(file.known_numbers("likes")?),
            None => None,
        },
        parameters: file.numbers("parameters")?,
        codes: codes.into_iter().collect::<Result<_, _>>()?,
    })
}

/// Decodes an ids part after checking that it is the file the manifest names.
///
/// # Errors
/// When size, checksum or number of rows differ from the manifest's, or the column `id` is missing, malformed, not valid
/// UTF-8, or holds 4 GiB of text or more.
pub fn read_ids(bytes: Bytes, part: &Part) -> Result<Ids, SnapshotError> {
    PartFile::open(bytes, part)?.ids("id")
}

fn check_downloads(file: &PartFile<'_>, downloads_30d: &NumberColumn, part: &Part) -> Result<(), SnapshotError> {
    let after = downloads_30d.iter().skip(1);
    if let Some(row) = downloads_30d
        .iter()
        .zip(after)
        .position(|(before, after)| before < after)
    {
        return Err(file.damaged(format!(
            "its rows are not sorted by downloads_30d, descending: row {} has more than the row before it",
            row + 1
        )));
    }
    let sum = downloads_30d.sum();
    match part.downloads_30d {
        Some(stated) if u128::from(stated) != sum => {
            Err(file.damaged(format!("its downloads_30d add up to {sum}, the manifest says {stated}")))
        }
        _ => Ok(()),
    }
}
