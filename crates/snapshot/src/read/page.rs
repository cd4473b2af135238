//! A page's levels and values.

use std::fmt::{self, Display, Formatter};

use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::errors::ParquetError;

use crate::read::delta::DeltaError;
use crate::read::hybrid::{self, HybridError};

/// What is wrong with a column, as the end of the sentence “in its column X, …”.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage(String);

impl Damage {
    pub(super) fn new(what: impl Into<String>) -> Damage {
        Damage(what.into())
    }

    pub(super) fn cut_short() -> Damage {
        Damage::new("a page is cut short")
    }
}

impl Display for Damage {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<ParquetError> for Damage {
    fn from(error: ParquetError) -> Damage {
        Damage(error.to_string())
    }
}

impl From<HybridError> for Damage {
    fn from(error: HybridError) -> Damage {
        Damage(error.to_string())
    }
}

impl From<DeltaError> for Damage {
    fn from(error: DeltaError) -> Damage {
        Damage(error.to_string())
    }
}

/// A page of a column without nesting.
pub(super) enum StoredPage<'a> {
    /// The values that later pages point to, in the encoding PLAIN.
    Dictionary { bytes: &'a [u8], values: usize },
    /// Values of some rows.
    Values(PageValues<'a>),
}

/// Values of some rows.
pub(super) struct PageValues<'a> {
    /// Number of rows, nulls included.
    pub(super) rows: usize,
    /// Whether each row has a value; `None` when all have.
    pub(super) present: Option<Vec<bool>>,
    /// Number of rows that have a value.
    pub(super) known: usize,
    /// Encoding of the values.
    pub(super) encoding: Encoding,
    /// The encoded values.
    pub(super) bytes: &'a [u8],
}

/// Takes a page apart. `optional` says whether the column's schema allows nulls; more than `rows_left` rows are an error.
pub(super) fn stored_page(page: &Page, optional: bool, rows_left: usize) -> Result<StoredPage<'_>, Damage> {
    let rows = |count: u32| match count as usize {
        rows if rows <= rows_left => Ok(rows),
        _ => Err(Damage::new("there are more values than rows")),
    };
    match page {
        Page::DictionaryPage { buf, num_values, .. } => Ok(StoredPage::Dictionary {
            bytes: buf,
            values: *num_values as usize,
        }),
        Page::DataPage {
            buf,
            num_values,
            encoding,
            def_level_encoding,
            ..
        } => {
            if !optional {
                return page_values(rows(*num_values)?, None, *encoding, buf);
            }
            if *def_level_encoding != Encoding::RLE {
                return Err(Damage::new(format!(
                    "nulls are marked in the encoding {def_level_encoding}"
                )));
            }
            let (length, rest) = buf.split_first_chunk::<4>().ok_or_else(Damage::cut_short)?;
            let (levels, values) = rest
                .split_at_checked(u32::from_le_bytes(*length) as usize)
                .ok_or_else(Damage::cut_short)?;
            page_values(rows(*num_values)?, Some(levels), *encoding, values)
        }
        Page::DataPageV2 {
            buf,
            num_values,
            encoding,
            def_levels_byte_len,
            rep_levels_byte_len,
            ..
        } => {
            let start = *rep_levels_byte_len as usize;
            let middle = start.saturating_add(*def_levels_byte_len as usize);
            let (Some(levels), Some(values)) = (buf.get(start..middle), buf.get(middle..)) else {
                return Err(Damage::cut_short());
            };
            page_values(rows(*num_values)?, optional.then_some(levels), *encoding, values)
        }
    }
}

fn page_values<'a>(
    rows: usize,
    levels: Option<&[u8]>,
    encoding: Encoding,
    bytes: &'a [u8],
) -> Result<StoredPage<'a>, Damage> {
    let mut present = None;
    let mut known = rows;
    if let Some(levels) = levels {
        let mut marks = Vec::new();
        hybrid::decode(levels, 1, rows, &[false, true], &mut marks)?;
        known = marks.iter().filter(|mark| **mark).count();
        present = (known < rows).then_some(marks);
    }
    Ok(StoredPage::Values(PageValues {
        rows,
        present,
        known,
        encoding,
        bytes,
    }))
}
