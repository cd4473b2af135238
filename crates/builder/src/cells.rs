//! Cells of Arrow columns, read tolerantly: dumps of the Hub write the same fact in different types.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Date64Type};
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, LargeBinaryArray, LargeListArray, LargeStringArray, ListArray, PrimitiveArray,
    StringArray, StringViewArray,
};
use arrow_schema::{DataType, TimeUnit};

use crate::moment::{self, DAY};

/// Largest count of downloads, likes or parameters that is believed.
pub const LARGEST_COUNT: u64 = 1_000_000_000_000_000;

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

/// A count as a cell states it.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    /// The cell is empty.
    Missing,
    /// A whole number of at most [`LARGEST_COUNT`].
    Known(u64),
    /// Something else: negative, not whole, not a number, or beyond belief. Carries the cell as text.
    Absurd(String),
}

impl Count {
    /// A signed whole number as a count.
    pub fn of_signed(value: i64) -> Count {
        match u64::try_from(value) {
            Ok(count) if count <= LARGEST_COUNT => Count::Known(count),
            _ => Count::Absurd(value.to_string()),
        }
    }

    /// A floating-point number as a count.
    pub fn of_float(value: f64) -> Count {
        let is_count = value >= 0.0 && value <= LARGEST_COUNT as f64 && value.fract() == 0.0;
        if is_count {
            Count::Known(value as u64)
        } else {
            Count::Absurd(value.to_string())
        }
    }

    /// A text as a count: digits, or a decimal number that is whole.
    pub fn of_text(text: &str) -> Count {
        let text = text.trim();
        if text.is_empty() {
            return Count::Missing;
        }
        if let Ok(value) = text.parse::<i64>() {
            return Count::of_signed(value);
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => match Count::of_float(value) {
                Count::Absurd(_) => Count::Absurd(text.to_owned()),
                count => count,
            },
            _ => Count::Absurd(text.to_owned()),
        }
    }

    /// A JSON value as a count.
    pub fn of_json(value: &serde_json::Value) -> Count {
        match value {
            serde_json::Value::Null => Count::Missing,
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Count::of_signed(value),
                None => number
                    .as_f64()
                    .map_or_else(|| Count::Absurd(number.to_string()), Count::of_float),
            },
            serde_json::Value::String(text) => Count::of_text(text),
            other => Count::Absurd(other.to_string()),
        }
    }
}

/// A column of counts, in any type that can hold them.
pub enum Counts<'a> {
    /// No column, or one of nulls only.
    Absent,
    /// The usual type.
    Int64(&'a PrimitiveArray<Int64Type>),
    /// Floating point.
    Float64(&'a PrimitiveArray<Float64Type>),
    /// Texts.
    Texts(Texts<'a>),
    /// Any other number.
    Other(&'a ArrayRef),
}

impl<'a> Counts<'a> {
    /// The counts of a column.
    ///
    /// # Errors
    /// When it holds neither numbers nor texts.
    pub fn of(column: &str, array: &'a ArrayRef) -> Result<Counts<'a>, ColumnTypeError> {
        use DataType::{Float16, Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
        match array.data_type() {
            DataType::Null => Ok(Counts::Absent),
            Int64 => Ok(Counts::Int64(array.as_primitive())),
            Float64 => Ok(Counts::Float64(array.as_primitive())),
            Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64 | Float16 | Float32 => Ok(Counts::Other(array)),
            other => match Texts::of(column, array) {
                Ok(texts) => Ok(Counts::Texts(texts)),
                Err(_) => Err(ColumnTypeError::new(
                    column,
                    other,
                    "an integer, a floating-point number, or text",
                )),
            },
        }
    }

    /// Whether there is a column at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Counts::Absent)
    }

    /// The count of a row.
    pub fn get(&self, row: usize) -> Count {
        match self {
            Counts::Absent => Count::Missing,
            Counts::Int64(array) if array.is_valid(row) => Count::of_signed(array.value(row)),
            Counts::Float64(array) if array.is_valid(row) => Count::of_float(array.value(row)),
            Counts::Texts(texts) => texts.get(row).map_or(Count::Missing, Count::of_text),
            Counts::Other(array) if array.is_valid(row) => other_number(array, row),
            Counts::Int64(_) | Counts::Float64(_) | Counts::Other(_) => Count::Missing,
        }
    }
}

fn other_number(array: &ArrayRef, row: usize) -> Count {
    match array.data_type() {
        DataType::Int8 => Count::of_signed(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Count::of_signed(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Count::of_signed(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::UInt8 => Count::of_signed(array.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => Count::of_signed(array.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => Count::of_signed(array.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => {
            let value = array.as_primitive::<UInt64Type>().value(row);
            i64::try_from(value).map_or_else(|_| Count::Absurd(value.to_string()), Count::of_signed)
        }
        DataType::Float16 => Count::of_float(array.as_primitive::<Float16Type>().value(row).into()),
        DataType::Float32 => Count::of_float(array.as_primitive::<Float32Type>().value(row).into()),
        _ => Count::Missing,
    }
}

/// A point in time as a cell states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The cell is empty.
    Missing,
    /// Seconds from 1970, UTC.
    Known(i64),
    /// A text that is no point in time.
    Unreadable(String),
}

/// A column of points in time: timestamps of any unit, dates, or texts of ISO 8601. Without a time zone they are UTC.
pub enum Moments<'a> {
    /// No column, or one of nulls only.
    Absent,
    /// Timestamps or dates.
    Instants(&'a ArrayRef),
    /// Texts.
    Texts(Texts<'a>),
}

impl<'a> Moments<'a> {
    /// The points in time of a column.
    ///
    /// # Errors
    /// When it holds neither timestamps, dates nor texts.
    pub fn of(column: &str, array: &'a ArrayRef) -> Result<Moments<'a>, ColumnTypeError> {
        match array.data_type() {
            DataType::Null => Ok(Moments::Absent),
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Ok(Moments::Instants(array)),
            other => match Texts::of(column, array) {
                Ok(texts) => Ok(Moments::Texts(texts)),
                Err(_) => Err(ColumnTypeError::new(
                    column,
                    other,
                    "a timestamp, a date, or text like 2026-08-22T10:00:00Z",
                )),
            },
        }
    }

    /// The point in time of a row.
    pub fn get(&self, row: usize) -> Moment {
        match self {
            Moments::Absent => Moment::Missing,
            Moments::Instants(array) if array.is_valid(row) => instant(array, row),
            Moments::Instants(_) => Moment::Missing,
            Moments::Texts(texts) => match texts.get(row) {
                None => Moment::Missing,
                Some(text) if text.trim().is_empty() => Moment::Missing,
                Some(text) => moment::parse(text).map_or_else(|| Moment::Unreadable(text.to_owned()), Moment::Known),
            },
        }
    }
}

fn instant(array: &ArrayRef, row: usize) -> Moment {
    let seconds = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => array.as_primitive::<TimestampSecondType>().value(row),
        DataType::Timestamp(TimeUnit::Millisecond, _) => array
            .as_primitive::<TimestampMillisecondType>()
            .value(row)
            .div_euclid(1_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .value(row)
            .div_euclid(1_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => array
            .as_primitive::<TimestampNanosecondType>()
            .value(row)
            .div_euclid(1_000_000_000),
        DataType::Date32 => i64::from(array.as_primitive::<Date32Type>().value(row)) * DAY,
        DataType::Date64 => array.as_primitive::<Date64Type>().value(row).div_euclid(1_000),
        _ => return Moment::Missing,
    };
    Moment::Known(seconds)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        Float64Array, Int32Array, NullArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
    };

    use super::*;

    fn counts(array: ArrayRef) -> Vec<Count> {
        let counts = Counts::of("downloads", &array).unwrap();
        (0..array.len()).map(|row| counts.get(row)).collect()
    }

    #[test]
    fn counts_are_read_from_any_number_or_text() {
        let absurd = |text: &str| Count::Absurd(text.to_owned());
        assert_eq!(
            counts(Arc::new(Int32Array::from(vec![Some(7), None, Some(-1)]))),
            [Count::Known(7), Count::Missing, absurd("-1")]
        );
        assert_eq!(
            counts(Arc::new(Float64Array::from(vec![
                12.0,
                0.5,
                f64::NAN,
                1e16,
                -0.0,
                f64::INFINITY
            ]))),
            [
                Count::Known(12),
                absurd("0.5"),
                absurd("NaN"),
                absurd("10000000000000000"),
                Count::Known(0),
                absurd("inf")
            ]
        );
        assert_eq!(
            counts(Arc::new(UInt64Array::from(vec![LARGEST_COUNT, u64::MAX]))),
            [Count::Known(LARGEST_COUNT), absurd("18446744073709551615")]
        );
        assert_eq!(
            counts(Arc::new(StringArray::from(vec![
                "42", " 3.0 ", "", "many", "1e3", "-5", "nan"
            ]))),
            [
                Count::Known(42),
                Count::Known(3),
                Count::Missing,
                absurd("many"),
                Count::Known(1000),
                absurd("-5"),
                absurd("nan")
            ]
        );
        assert_eq!(counts(Arc::new(NullArray::new(1))), [Count::Missing]);
    }

    #[test]
    fn points_in_time_are_read_from_any_unit_or_text() {
        let read = |array: ArrayRef| Moments::of("createdAt", &array).unwrap().get(0);
        let expected = Moment::Known(1_646_263_744);
        assert_eq!(
            read(Arc::new(TimestampMillisecondArray::from(vec![1_646_263_744_999]))),
            expected
        );
        let nanoseconds = TimestampNanosecondArray::from(vec![1_646_263_744_000_000_000]).with_timezone("Asia/Seoul");
        assert_eq!(read(Arc::new(nanoseconds)), expected);
        assert_eq!(
            read(Arc::new(StringArray::from(vec!["2022-03-02T23:29:04.000Z"]))),
            expected
        );
        assert_eq!(read(Arc::new(StringArray::from(vec![""]))), Moment::Missing);
        let unreadable = read(Arc::new(StringArray::from(vec!["soon"])));
        assert_eq!(unreadable, Moment::Unreadable("soon".to_owned()));
    }

    #[test]
    fn a_column_of_another_type_is_named_with_its_type() {
        let array: ArrayRef = Arc::new(arrow_array::BooleanArray::from(vec![true]));
        let message = Counts::of("downloads", &array).err().unwrap().to_string();
        assert!(
            message.contains("downloads") && message.contains("Boolean"),
            "{message}"
        );
    }
}
