//! A history part as columns.

use atlas_protocol::facet::UNKNOWN;
use bytes::Bytes;

use crate::SnapshotError;
use crate::columns::UNKNOWN_NUMBER;
use crate::history::{History, HistoryColumns, HistoryPart, OUTSIDE};
use crate::manifest::{DictionaryValue, Part, PartKind};
use crate::read::file::PartFile;

/// Decodes a history part after checking that it is the file the manifest names. `models` is the number of rows of the
/// snapshot.
///
/// # Errors
/// When size, checksum, number of rows or sum of downloads differ from the manifest's, a column is missing or malformed,
/// rows are out of order, or one names a model or a month that is not there.
pub fn read_history(
    bytes: Bytes,
    part: &HistoryPart,
    history: &History,
    models: u64,
) -> Result<HistoryColumns, SnapshotError> {
    let described = described(part);
    let file = PartFile::open(bytes, &described)?;
    let row = |number: u64| match number {
        UNKNOWN_NUMBER => Ok(OUTSIDE),
        number if number < models => Ok(number as u32),
        number => Err(file.damaged(format!("it names the model of row {number}, and there are {models}"))),
    };
    let key = |key: &str| DictionaryValue {
        key: key.to_owned(),
        label: None,
        parent: None,
    };
    let mut months: Vec<DictionaryValue> = history.months.iter().map(|month| key(&month.month)).collect();
    months.push(key(UNKNOWN));
    let codes = file.codes("month", &months)?;
    let month = |row: usize| match codes.get(row) {
        Some(code) if (code as usize) < history.months.len() => Ok(code as u16),
        _ => Err(file.damaged(format!("row {row} has no month"))),
    };
    let columns = HistoryColumns {
        rows: file.numbers("row")?.iter().map(row).collect::<Result<_, _>>()?,
        months: (0..codes.len()).map(month).collect::<Result<_, _>>()?,
        downloads: file.known_numbers("downloads")?.iter().collect(),
    };
    if let Some(row) = columns.first_out_of_order() {
        return Err(file.damaged(format!("row {row} does not stand in its place by model and month")));
    }
    let sum: u128 = columns.downloads.iter().map(|downloads| u128::from(*downloads)).sum();
    if sum != u128::from(part.downloads) {
        return Err(file.damaged(format!(
            "its downloads add up to {sum}, the manifest says {}",
            part.downloads
        )));
    }
    Ok(columns)
}

/// What a file is checked against, whatever it holds.
fn described(part: &HistoryPart) -> Part {
    Part {
        kind: PartKind::Models,
        path: part.path.clone(),
        first_row: part.first_row,
        rows: part.rows,
        bytes: part.bytes,
        sha256: part.sha256.clone(),
        downloads_30d: None,
    }
}
