//! History to Parquet bytes.

use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::SnapshotError;
use crate::history::{History, HistoryColumns, OUTSIDE};

/// Brotli quality, as that of the other parts.
const BROTLI_QUALITY: u32 = 5;

/// Largest page and dictionary, in bytes: a column of a part is one page.
const LARGEST_PAGE: usize = 256 << 20;

const SCHEMA: &str =
    "message history { OPTIONAL INT64 row; REQUIRED BYTE_ARRAY month (STRING); REQUIRED INT64 downloads; }";

/// Writes some rows of a history as one Parquet part: `row`, null for models outside the snapshot, `month` and
/// `downloads`. The same rows give the same bytes.
///
/// # Errors
/// When the columns differ in length, rows are out of order, a month is not one of the history's, or a count does not fit
/// 63 bits.
pub fn write_history(columns: &HistoryColumns, history: &History) -> Result<Vec<u8>, SnapshotError> {
    let wrong = |what: String| SnapshotError::Columns(what);
    let rows = columns.rows.len();
    if columns.months.len() != rows || columns.downloads.len() != rows {
        return Err(wrong("the columns of the history differ in number of rows".to_owned()));
    }
    if let Some(row) = columns.first_out_of_order() {
        return Err(wrong(format!("row {row} of the history is out of order")));
    }
    let months: Vec<ByteArray> = history
        .months
        .iter()
        .map(|month| ByteArray::from(month.month.as_str()))
        .collect();
    let month = |position: &u16| {
        let month = months.get(usize::from(*position)).cloned();
        month.ok_or_else(|| wrong(format!("the history has no month {position}")))
    };
    let months: Vec<ByteArray> = columns.months.iter().map(month).collect::<Result<_, _>>()?;
    let signed = |count: &u64| {
        i64::try_from(*count).map_err(|_| wrong(format!("{count} is more than a signed 64-bit number holds")))
    };
    let downloads: Vec<i64> = columns.downloads.iter().map(signed).collect::<Result<_, _>>()?;
    let levels: Vec<i16> = columns.rows.iter().map(|row| i16::from(*row != OUTSIDE)).collect();
    let inside: Vec<i64> = columns
        .rows
        .iter()
        .filter(|row| **row != OUTSIDE)
        .map(|row| i64::from(*row))
        .collect();

    let write = || -> Result<Vec<u8>, ParquetError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties()?))?;
        let mut group = writer.next_row_group()?;
        write_column::<Int64Type>(&mut group, &inside, Some(&levels))?;
        write_column::<ByteArrayType>(&mut group, &months, None)?;
        write_column::<Int64Type>(&mut group, &downloads, None)?;
        group.close()?;
        writer.into_inner()
    };
    write().map_err(|error| wrong(error.to_string()))
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has fewer columns than were written".to_owned()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let row = ColumnPath::from("row");
    Ok(WriterProperties::builder()
        .set_created_by("hub-atlas".to_owned())
        .set_compression(Compression::BROTLI(BrotliLevel::try_new(BROTLI_QUALITY)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_data_page_size_limit(LARGEST_PAGE)
        .set_data_page_row_count_limit(usize::MAX)
        .set_dictionary_page_size_limit(LARGEST_PAGE)
        .set_max_row_group_row_count(None)
        .set_column_dictionary_enabled(row.clone(), false)
        .set_column_encoding(row, Encoding::DELTA_BINARY_PACKED)
        .build())
}
