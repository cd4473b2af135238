//! Columns of models in memory, as the format stores them.

pub use crate::numbers::{NumberColumn, UNKNOWN_NARROW, UNKNOWN_NUMBER};

/// Dictionary codes, one for each row, in the narrowest of three widths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeColumn {
    /// For dictionaries of up to 256 values.
    U8(Vec<u8>),
    /// For dictionaries of up to 65,536 values.
    U16(Vec<u16>),
    /// For larger dictionaries.
    U32(Vec<u32>),
}

impl CodeColumn {
    /// An empty column wide enough for a dictionary of `values` values, with room for `rows`.
    pub fn for_dictionary(values: usize, rows: usize) -> CodeColumn {
        match values {
            0..=0x100 => CodeColumn::U8(Vec::with_capacity(rows)),
            0x101..=0x1_0000 => CodeColumn::U16(Vec::with_capacity(rows)),
            _ => CodeColumn::U32(Vec::with_capacity(rows)),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            CodeColumn::U8(codes) => codes.len(),
            CodeColumn::U16(codes) => codes.len(),
            CodeColumn::U32(codes) => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of a row, or `None` beyond the end.
    pub fn get(&self, row: usize) -> Option<u32> {
        match self {
            CodeColumn::U8(codes) => codes.get(row).map(|code| u32::from(*code)),
            CodeColumn::U16(codes) => codes.get(row).map(|code| u32::from(*code)),
            CodeColumn::U32(codes) => codes.get(row).copied(),
        }
    }

    /// Adds `times` rows with the same code. The code must fit the width chosen for the dictionary.
    pub fn push_run(&mut self, code: u32, times: usize) {
        match self {
            CodeColumn::U8(codes) => codes.resize(codes.len() + times, code as u8),
            CodeColumn::U16(codes) => codes.resize(codes.len() + times, code as u16),
            CodeColumn::U32(codes) => codes.resize(codes.len() + times, code),
        }
    }
}

/// The analytic columns of some rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelColumns {
    /// Downloads in 30 days.
    pub downloads_30d: NumberColumn,
    /// All-time downloads, some unknown; `None` when the source lacks the column.
    pub downloads_all_time: Option<NumberColumn>,
    /// Likes; `None` when the source lacks the column.
    pub likes: Option<NumberColumn>,
    /// Parameter counts, some unknown.
    pub parameters: NumberColumn,
    /// Codes of the [`dictionary_columns`](crate::manifest::dictionary_columns) of the collection, in that order; each code is
    /// a position in the manifest's dictionary of the column.
    pub codes: Vec<CodeColumn>,
}

impl ModelColumns {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.downloads_30d.len()
    }
}

/// The ids of some rows: one text, and where each id ends in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// All ids, one after the other.
    pub text: String,
    /// Byte offset in `text` after each id.
    pub ends: Vec<u32>,
}

impl Ids {
    /// Number of ids.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no ids.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id of a row, or `None` beyond the end.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)? as usize;
        let start = if row == 0 { 0 } else { *self.ends.get(row - 1)? as usize };
        self.text.get(start..end)
    }

    /// Adds an id. Ids hold less than 4 GiB of text together; those beyond cannot be told apart and do not write.
    pub fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }
}
