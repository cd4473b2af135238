//! The rows of a snapshot as plain columns, for contestants that cannot read Parquet.

use atlas_protocol::size::bin_of;
use atlas_snapshot::columns::{NumberColumn, UNKNOWN_NUMBER};
use atlas_snapshot::manifest::DICTIONARY_COLUMNS;
use atlas_snapshot::read::{read_ids, read_models};
use atlas_snapshot::{CodeColumn, Manifest};
use bytes::Bytes;
use wasm_bindgen::prelude::*;

use crate::ProbeError;
use crate::probe::part_named;

/// The decoded columns of one part.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Rows {
    columns: atlas_snapshot::ModelColumns,
}

#[wasm_bindgen]
impl Rows {
    /// Decodes a models part; `path` is its name in the manifest.
    ///
    /// # Errors
    /// When the manifest or the part cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &[u8], path: &str, bytes: Vec<u8>) -> Result<Rows, JsError> {
        let read = || -> Result<Rows, ProbeError> {
            let manifest = Manifest::from_json(manifest)?;
            let part = part_named(&manifest, path)?;
            let columns = read_models(Bytes::from(bytes), part, &manifest)?;
            Ok(Rows { columns })
        };
        Ok(read()?)
    }

    /// The codes of a dictionary column, each a position in the manifest's dictionary.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn codes(&self, column: &str) -> Result<Vec<u32>, JsError> {
        let at = DICTIONARY_COLUMNS.iter().position(|name| *name == column);
        let codes = at.and_then(|at| self.columns.codes.get(at));
        Ok(match codes {
            Some(CodeColumn::U8(codes)) => codes.iter().map(|code| u32::from(*code)).collect(),
            Some(CodeColumn::U16(codes)) => codes.iter().map(|code| u32::from(*code)).collect(),
            Some(CodeColumn::U32(codes)) => codes.clone(),
            None => return Err(ProbeError::Missing(format!("dictionary column {column}")).into()),
        })
    }

    /// Downloads in 30 days.
    pub fn downloads_30d(&self) -> Vec<f64> {
        numbers(&self.columns.downloads_30d)
    }

    /// All-time downloads, NaN where not known; nothing where the source lacks them.
    pub fn downloads_all_time(&self) -> Option<Vec<f64>> {
        self.columns.downloads_all_time.as_ref().map(numbers)
    }

    /// Likes; nothing where the source lacks them.
    pub fn likes(&self) -> Option<Vec<f64>> {
        self.columns.likes.as_ref().map(numbers)
    }

    /// Parameter counts, NaN where not known.
    pub fn parameters(&self) -> Vec<f64> {
        numbers(&self.columns.parameters)
    }

    /// The bins of the parameter counts: positions in the catalogue of the facet `parameters`.
    pub fn bins(&self) -> Vec<u8> {
        let known = |count: u64| (count != UNKNOWN_NUMBER).then_some(count);
        self.columns
            .parameters
            .iter()
            .map(|count| bin_of(known(count)))
            .collect()
    }
}

fn numbers(column: &NumberColumn) -> Vec<f64> {
    let number = |value: u64| match value {
        UNKNOWN_NUMBER => f64::NAN,
        value => value as f64,
    };
    column.iter().map(number).collect()
}

/// The ids of a part, one a line.
///
/// # Errors
/// When the manifest or the part cannot be read.
#[wasm_bindgen]
pub fn id_lines(manifest: &[u8], path: &str, bytes: Vec<u8>) -> Result<String, JsError> {
    let read = || -> Result<String, ProbeError> {
        let manifest = Manifest::from_json(manifest)?;
        let ids = read_ids(Bytes::from(bytes), part_named(&manifest, path)?)?;
        let mut lines = String::with_capacity(ids.text.len() + ids.len());
        for id in (0..ids.len()).filter_map(|row| ids.get(row)) {
            lines.push_str(id);
            lines.push('\n');
        }
        Ok(lines)
    };
    Ok(read()?)
}
