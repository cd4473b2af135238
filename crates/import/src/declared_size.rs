//! The parameter count that a model's files declare: the columns `safetensors` and `gguf`.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::DataType;
use serde_json::Value;

use crate::count_cells::{Count, Counts};
use crate::text_cells::{ColumnTypeError, Texts};

/// A column that declares parameter counts: a struct with a field `total`, a struct with one count for each number type
/// under `parameters`, the same as JSON text, or a plain number.
pub enum DeclaredSizes<'a> {
    /// No column, or one of nulls only.
    Absent,
    /// A struct with `total`.
    Total(&'a StructArray, Counts<'a>),
    /// A struct with `parameters` only.
    Parts(&'a StructArray, Vec<Counts<'a>>),
    /// JSON.
    Json(Texts<'a>),
    /// Numbers.
    Plain(Counts<'a>),
}

impl<'a> DeclaredSizes<'a> {
    /// The sizes of a column.
    ///
    /// # Errors
    /// When it is of none of these types.
    pub fn of(column: &str, array: &'a ArrayRef) -> Result<DeclaredSizes<'a>, ColumnTypeError> {
        let wrong = |_| {
            ColumnTypeError::new(
                column,
                array.data_type(),
                "a struct with the field `total`, JSON text, or a number",
            )
        };
        match array.data_type() {
            DataType::Null => Ok(DeclaredSizes::Absent),
            DataType::Struct(_) => {
                let fields = array.as_struct();
                if let Some(total) = fields.column_by_name("total") {
                    return Ok(DeclaredSizes::Total(fields, Counts::of(column, total).map_err(wrong)?));
                }
                match fields
                    .column_by_name("parameters")
                    .map(|parts| (parts, parts.data_type()))
                {
                    Some((parts, DataType::Struct(_))) => {
                        let parts = parts.as_struct().columns().iter();
                        let parts = parts.map(|part| Counts::of(column, part).map_err(wrong));
                        Ok(DeclaredSizes::Parts(fields, parts.collect::<Result<_, _>>()?))
                    }
                    _ => Ok(DeclaredSizes::Absent),
                }
            }
            _ => match Texts::of(column, array) {
                Ok(texts) => Ok(DeclaredSizes::Json(texts)),
                Err(error) => Ok(DeclaredSizes::Plain(
                    Counts::of(column, array).map_err(|_| wrong(error))?,
                )),
            },
        }
    }

    /// The parameter count of a row. Zero reads as missing: a file without parameters declares no size.
    pub fn get(&self, row: usize) -> Count {
        let count = match self {
            DeclaredSizes::Absent => Count::Missing,
            DeclaredSizes::Total(fields, totals) if fields.is_valid(row) => totals.get(row),
            DeclaredSizes::Parts(fields, parts) if fields.is_valid(row) => sum(parts.iter().map(|part| part.get(row))),
            DeclaredSizes::Total(..) | DeclaredSizes::Parts(..) => Count::Missing,
            DeclaredSizes::Json(texts) => texts.get(row).map_or(Count::Missing, in_json),
            DeclaredSizes::Plain(counts) => counts.get(row),
        };
        if count == Count::Known(0) {
            Count::Missing
        } else {
            count
        }
    }
}

fn in_json(text: &str) -> Count {
    let text = text.trim();
    if text.is_empty() {
        return Count::Missing;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => match (fields.get("total"), fields.get("parameters")) {
            (Some(total), _) => Count::of_json(total),
            (None, Some(Value::Object(parts))) => sum(parts.values().map(Count::of_json)),
            _ => Count::Missing,
        },
        Ok(value) => Count::of_json(&value),
        Err(_) => Count::Absurd(text.to_owned()),
    }
}

fn sum(parts: impl Iterator<Item = Count>) -> Count {
    parts.fold(Count::Missing, |sum, part| match (sum, part) {
        (Count::Absurd(text), _) | (_, Count::Absurd(text)) => Count::Absurd(text),
        (Count::Known(a), Count::Known(b)) => Count::of_signed(a.saturating_add(b).try_into().unwrap_or(i64::MAX)),
        (count, Count::Missing) | (Count::Missing, count) => count,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, StringArray};
    use arrow_schema::Field;

    use super::*;

    #[test]
    fn the_total_counts_and_else_the_parts_are_added() {
        let number = |value: Option<i64>| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
        let part = |name: &str| Arc::new(Field::new(name, DataType::Int64, true));
        let parts: ArrayRef = Arc::new(StructArray::from(vec![
            (part("BF16"), number(Some(5))),
            (part("F32"), number(Some(3))),
        ]));
        let parts_field = Arc::new(Field::new("parameters", parts.data_type().clone(), true));
        let only_parts: ArrayRef = Arc::new(StructArray::from(vec![(parts_field.clone(), parts.clone())]));
        let both: ArrayRef = Arc::new(StructArray::from(vec![
            (parts_field, parts),
            (part("total"), number(Some(9))),
        ]));
        assert_eq!(
            DeclaredSizes::of("safetensors", &only_parts).unwrap().get(0),
            Count::Known(8)
        );
        assert_eq!(DeclaredSizes::of("safetensors", &both).unwrap().get(0), Count::Known(9));
    }

    #[test]
    fn json_reads_like_the_struct_and_nonsense_is_no_size() {
        let texts = [
            r#"{"parameters":{"BF16":7},"total":7}"#,
            r#"{"parameters":{"BF16":7,"F32":1}}"#,
            r#"{"total":null}"#,
            r#"{"total":0}"#,
            "",
            "null",
            "12",
            r#"{"total":-1}"#,
            "{'total': 7}",
            r#"{"total":19980000000000000}"#,
        ];
        let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let sizes = DeclaredSizes::of("safetensors", &array).unwrap();
        let read: Vec<Count> = (0..texts.len()).map(|row| sizes.get(row)).collect();
        assert_eq!(read[..2], [Count::Known(7), Count::Known(8)]);
        assert_eq!(read[2..6], [const { Count::Missing }; 4]);
        assert_eq!(read[6], Count::Known(12));
        assert!(
            read[7..].iter().all(|count| matches!(count, Count::Absurd(_))),
            "{read:?}"
        );
    }
}
