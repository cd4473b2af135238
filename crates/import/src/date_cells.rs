//! Cells that hold points in time.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use crate::moment::{self, DAY};
use crate::text_cells::{ColumnTypeError, Texts};

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{StringArray, TimestampMillisecondArray, TimestampNanosecondArray};

    use super::*;

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
}
