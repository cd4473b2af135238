//! Cells that hold counts, in any type that can hold them.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_schema::DataType;

use crate::text_cells::{ColumnTypeError, Texts};

/// Largest count of downloads, likes or parameters that is believed.
pub const LARGEST_COUNT: u64 = 1_000_000_000_000_000;

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Float64Array, Int32Array, NullArray, StringArray, UInt64Array};

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
    fn a_column_of_another_type_is_named_with_its_type() {
        let array: ArrayRef = Arc::new(arrow_array::BooleanArray::from(vec![true]));
        let message = Counts::of("downloads", &array).err().unwrap().to_string();
        assert!(
            message.contains("downloads") && message.contains("Boolean"),
            "{message}"
        );
    }
}
