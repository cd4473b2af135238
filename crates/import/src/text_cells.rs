//! Cells of Arrow columns that hold text, read tolerantly: dumps of the Hub write the same fact in different types.

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BinaryArray, LargeBinaryArray, LargeListArray, LargeStringArray, ListArray, StringArray,
    StringViewArray,
};
use arrow_schema::DataType;

/// A column whose type cannot hold what is wanted of it.
#[derive(Debug, thiserror::Error)]
#[error(
    "the column “{column}” is of type {found}, and must be {wanted}. Convert it, or leave it out if it is not `id` or `downloads`."
)]
pub struct ColumnTypeError {
    /// Column name.
    pub column: String,
    /// Its Arrow type.
    pub found: String,
    /// Types that are read.
    pub wanted: &'static str,
}

impl ColumnTypeError {
    pub(crate) fn new(column: &str, found: &DataType, wanted: &'static str) -> ColumnTypeError {
        ColumnTypeError {
            column: column.to_owned(),
            found: found.to_string(),
            wanted,
        }
    }
}

/// A column of texts. A null, and bytes that are not UTF-8, read as missing.
pub enum Texts<'a> {
    /// No column, or one of nulls only.
    Absent,
    /// 32-bit offsets.
    Utf8(&'a StringArray),
    /// 64-bit offsets.
    Large(&'a LargeStringArray),
    /// Views.
    View(&'a StringViewArray),
    /// Bytes of writers that do not mark texts as such.
    Binary(&'a BinaryArray),
    /// The same with 64-bit offsets.
    LargeBinary(&'a LargeBinaryArray),
}

impl<'a> Texts<'a> {
    /// The texts of a column.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn of(column: &str, array: &'a ArrayRef) -> Result<Texts<'a>, ColumnTypeError> {
        match array.data_type() {
            DataType::Null => Ok(Texts::Absent),
            DataType::Utf8 => Ok(Texts::Utf8(array.as_string())),
            DataType::LargeUtf8 => Ok(Texts::Large(array.as_string())),
            DataType::Utf8View => Ok(Texts::View(array.as_string_view())),
            DataType::Binary => Ok(Texts::Binary(array.as_binary())),
            DataType::LargeBinary => Ok(Texts::LargeBinary(array.as_binary())),
            other => Err(ColumnTypeError::new(column, other, "text")),
        }
    }

    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Texts::Absent => None,
            Texts::Utf8(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::View(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::Binary(array) if array.is_valid(row) => std::str::from_utf8(array.value(row)).ok(),
            Texts::LargeBinary(array) if array.is_valid(row) => std::str::from_utf8(array.value(row)).ok(),
            Texts::Binary(_) | Texts::LargeBinary(_) => None,
        }
    }
}

/// A column of lists of texts, as lists or as JSON texts of lists.
pub enum TextLists<'a> {
    /// No column, or one of nulls only.
    Absent,
    /// 32-bit offsets.
    List(&'a ListArray, Texts<'a>),
    /// 64-bit offsets.
    Large(&'a LargeListArray, Texts<'a>),
    /// JSON.
    Json(Texts<'a>),
}

impl<'a> TextLists<'a> {
    /// The lists of a column.
    ///
    /// # Errors
    /// When it holds neither lists of texts nor texts.
    pub fn of(column: &str, array: &'a ArrayRef) -> Result<TextLists<'a>, ColumnTypeError> {
        let wanted = |_| ColumnTypeError::new(column, array.data_type(), "a list of texts, or JSON text");
        match array.data_type() {
            DataType::Null => Ok(TextLists::Absent),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Ok(TextLists::List(list, Texts::of(column, list.values()).map_err(wanted)?))
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                Ok(TextLists::Large(
                    list,
                    Texts::of(column, list.values()).map_err(wanted)?,
                ))
            }
            _ => Ok(TextLists::Json(Texts::of(column, array).map_err(wanted)?)),
        }
    }

    /// Calls `visit` with each text of a row's list, in order. Returns `false` when the row holds JSON that cannot be read.
    pub fn each(&self, row: usize, mut visit: impl FnMut(&str)) -> bool {
        match self {
            TextLists::Absent => true,
            TextLists::List(list, texts) => {
                list_range(list, row).filter_map(|at| texts.get(at)).for_each(visit);
                true
            }
            TextLists::Large(list, texts) => {
                list_range(list, row).filter_map(|at| texts.get(at)).for_each(visit);
                true
            }
            TextLists::Json(texts) => match texts.get(row).map(str::trim) {
                None | Some("" | "null") => true,
                Some(text) => match serde_json::from_str::<Vec<String>>(text) {
                    Ok(list) => {
                        list.iter().for_each(|text| visit(text));
                        true
                    }
                    Err(_) => false,
                },
            },
        }
    }
}

/// The positions of a row's items among the values of a list column; empty for a null.
pub fn list_range<O: arrow_array::OffsetSizeTrait>(
    list: &arrow_array::GenericListArray<O>,
    row: usize,
) -> std::ops::Range<usize> {
    let offsets = list.value_offsets();
    match (list.is_valid(row), offsets.get(row), offsets.get(row + 1)) {
        (true, Some(from), Some(to)) => from.as_usize()..to.as_usize(),
        _ => 0..0,
    }
}
