//! Columns to Parquet bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::SnapshotError;
use crate::columns::{CodeColumn, Ids, ModelColumns, NumberColumn, UNKNOWN_NUMBER};
use crate::manifest::{DICTIONARY_COLUMNS, DictionaryValue};

/// Brotli quality of the parts: above it, encoding takes several times as long for under one per cent of bytes.
const BROTLI_QUALITY: u32 = 5;

/// Rows that are handed to the Parquet writer at a time.
const BATCH: usize = 8192;

/// Largest page and dictionary, in bytes: a column of a part is one page, so that nothing is spent on page headers.
const LARGEST_PAGE: usize = 256 << 20;

/// Writes the analytic columns of some rows as one Parquet part.
///
/// `dictionaries` are those of the manifest, by column name. The same columns give the same bytes.
///
/// # Errors
/// When the columns differ in length, rows are not sorted by downloads, a code has no value in its dictionary, or a
/// number does not fit 63 bits.
pub fn write_models(
    columns: &ModelColumns,
    dictionaries: &BTreeMap<String, Vec<DictionaryValue>>,
) -> Result<Vec<u8>, SnapshotError> {
    check(columns)?;
    let mut schema = "message models { REQUIRED INT64 downloads_30d; ".to_owned();
    if columns.downloads_all_time.is_some() {
        schema.push_str("OPTIONAL INT64 downloads_all_time; ");
    }
    if columns.likes.is_some() {
        schema.push_str("REQUIRED INT64 likes; ");
    }
    schema.push_str("OPTIONAL INT64 parameters; ");
    for column in DICTIONARY_COLUMNS {
        schema.push_str(&format!("REQUIRED BYTE_ARRAY {column} (STRING); "));
    }
    schema.push('}');
    write(&schema, |rows| {
        write_required(rows, &columns.downloads_30d)?;
        if let Some(values) = &columns.downloads_all_time {
            write_optional(rows, values)?;
        }
        if let Some(values) = &columns.likes {
            write_required(rows, values)?;
        }
        write_optional(rows, &columns.parameters)?;
        for (column, codes) in DICTIONARY_COLUMNS.iter().zip(&columns.codes) {
            let values = dictionaries.get(*column).map(Vec::as_slice).unwrap_or_default();
            write_codes(rows, column, codes, values)?;
        }
        Ok(())
    })
}

/// Writes the ids of some rows as one Parquet part. The same ids give the same bytes.
///
/// # Errors
/// When the ends of the ids do not rise within their text.
pub fn write_ids(ids: &Ids) -> Result<Vec<u8>, SnapshotError> {
    if ids.ends.last().map_or(0, |end| *end as usize) != ids.text.len() {
        return Err(SnapshotError::Columns(
            "the last id does not end where the text of the ids ends, or there are 4 GiB of it".to_owned(),
        ));
    }
    write("message ids { REQUIRED BYTE_ARRAY id (STRING); }", |rows| {
        write_texts(rows, ids.len(), |row| {
            let id = ids.get(row).map(ByteArray::from);
            id.ok_or_else(|| {
                SnapshotError::Columns(format!("the id of row {row} does not lie within the text of the ids"))
            })
        })
    })
}

fn check(columns: &ModelColumns) -> Result<(), SnapshotError> {
    let wrong = |what: &str| Err(SnapshotError::Columns(what.to_owned()));
    let lengths = [
        Some(columns.parameters.len()),
        columns.downloads_all_time.as_ref().map(NumberColumn::len),
        columns.likes.as_ref().map(NumberColumn::len),
    ];
    let even = lengths
        .into_iter()
        .flatten()
        .chain(columns.codes.iter().map(CodeColumn::len))
        .all(|length| length == columns.rows());
    if !even || columns.codes.len() != DICTIONARY_COLUMNS.len() {
        return wrong("they differ in number of rows, or one is missing");
    }
    if !columns
        .downloads_30d
        .iter()
        .is_sorted_by(|before, after| before >= after)
    {
        return wrong("their rows are not sorted by downloads_30d, descending");
    }
    Ok(())
}

type Rows<'a, 'b> = &'a mut SerializedRowGroupWriter<'b, Vec<u8>>;

fn write(schema: &str, fill: impl FnOnce(Rows<'_, '_>) -> Result<(), SnapshotError>) -> Result<Vec<u8>, SnapshotError> {
    let schema = Arc::new(parse_message_type(schema).map_err(failed)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties()?)).map_err(failed)?;
    let mut rows = writer.next_row_group().map_err(failed)?;
    fill(&mut rows)?;
    rows.close().map_err(failed)?;
    writer.into_inner().map_err(failed)
}

fn properties() -> Result<WriterProperties, SnapshotError> {
    let brotli = BrotliLevel::try_new(BROTLI_QUALITY).map_err(failed)?;
    let delta = |builder: parquet::file::properties::WriterPropertiesBuilder, column: &str, encoding| {
        let path = ColumnPath::from(column);
        builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, encoding)
    };
    let mut builder = WriterProperties::builder()
        .set_created_by("hub-atlas".to_owned())
        .set_compression(Compression::BROTLI(brotli))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_data_page_size_limit(LARGEST_PAGE)
        .set_data_page_row_count_limit(usize::MAX)
        .set_dictionary_page_size_limit(LARGEST_PAGE)
        .set_max_row_group_row_count(None);
    builder = delta(builder, "downloads_30d", Encoding::DELTA_BINARY_PACKED);
    builder = delta(builder, "id", Encoding::DELTA_BYTE_ARRAY);
    Ok(builder.build())
}

fn write_required(rows: Rows<'_, '_>, values: &NumberColumn) -> Result<(), SnapshotError> {
    let values = values.iter().map(signed).collect::<Result<Vec<i64>, _>>()?;
    write_numbers(rows, &values, None)
}

fn write_optional(rows: Rows<'_, '_>, values: &NumberColumn) -> Result<(), SnapshotError> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value != UNKNOWN_NUMBER)).collect();
    let known = values.iter().filter(|value| *value != UNKNOWN_NUMBER);
    let known = known.map(signed).collect::<Result<Vec<i64>, _>>()?;
    write_numbers(rows, &known, Some(&levels))
}

fn signed(value: u64) -> Result<i64, SnapshotError> {
    i64::try_from(value)
        .map_err(|_| SnapshotError::Columns(format!("{value} is more than a signed 64-bit number holds")))
}

fn write_codes(
    rows: Rows<'_, '_>,
    column: &str,
    codes: &CodeColumn,
    values: &[DictionaryValue],
) -> Result<(), SnapshotError> {
    let texts: Vec<ByteArray> = values.iter().map(|value| ByteArray::from(value.key.as_str())).collect();
    write_texts(rows, codes.len(), |row| {
        let text = codes.get(row).and_then(|code| texts.get(code as usize)).cloned();
        text.ok_or_else(|| {
            SnapshotError::Columns(format!("a code of the column {column} has no value in its dictionary"))
        })
    })
}

/// Writes the texts of rows 0 to `count`, a batch at a time: a `ByteArray` is four times as large as what it becomes.
fn write_texts(
    rows: Rows<'_, '_>,
    count: usize,
    text: impl Fn(usize) -> Result<ByteArray, SnapshotError>,
) -> Result<(), SnapshotError> {
    let mut column = next_column(rows)?;
    let mut batch = Vec::with_capacity(BATCH);
    for start in (0..count).step_by(BATCH) {
        batch.clear();
        for row in start..count.min(start + BATCH) {
            batch.push(text(row)?);
        }
        let writer = column.typed::<ByteArrayType>();
        writer.write_batch(&batch, None, None).map_err(failed)?;
    }
    column.close().map_err(failed)
}

fn write_numbers(rows: Rows<'_, '_>, values: &[i64], levels: Option<&[i16]>) -> Result<(), SnapshotError> {
    let mut column = next_column(rows)?;
    let writer = column.typed::<Int64Type>();
    writer.write_batch(values, levels, None).map_err(failed)?;
    column.close().map_err(failed)
}

fn next_column<'a>(
    rows: &'a mut SerializedRowGroupWriter<'_, Vec<u8>>,
) -> Result<SerializedColumnWriter<'a>, SnapshotError> {
    let no_column = || SnapshotError::Columns("the schema has fewer columns than were written".to_owned());
    rows.next_column().map_err(failed)?.ok_or_else(no_column)
}

fn failed(error: ParquetError) -> SnapshotError {
    SnapshotError::Columns(error.to_string())
}
