//! Columns to Parquet bytes.
//!
//! The file, its footer and the columns `downloads_30d` and `id` are the parquet crate's. Columns with a dictionary are
//! encoded here, because how wide positions are and in which order the dictionary stands decides how well they compress.

mod chunk;
mod indices;

use std::collections::BTreeMap;
use std::sync::Arc;

use atlas_protocol::Collection;
use parquet::basic::{BrotliLevel, Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescriptor};

use crate::SnapshotError;
use crate::columns::{CodeColumn, Ids, ModelColumns, NumberColumn, UNKNOWN_NUMBER};
use crate::manifest::{DICTIONARIES, DictionaryValue, dictionary_columns};
use crate::write::chunk::ColumnPages;

/// Brotli quality of parts of up to [`SMALL_PART`] rows, and of larger ones: there the better quality would save another
/// twelfth of the bytes and take ten times as long.
const QUALITIES: [u32; 2] = [10, 5];

/// Most rows of a part that is compressed as well as can be: the first one, for which a reader waits with nothing to see.
const SMALL_PART: usize = 32_768;

/// Ids that are handed to the Parquet writer at a time.
const BATCH: usize = 8192;

/// Largest page of ids, in bytes, before compression: a reader holds a page or two of them beside what it keeps.
const LARGEST_PAGE: usize = 4 << 20;

/// How the pages of a part are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// To be sent to readers: compressed well, which takes its time.
    Published,
    /// To be read at once by whoever holds the bytes: not compressed.
    AtHand,
}

/// Writes the analytic columns of some rows of a collection as one Parquet part.
///
/// `dictionaries` are those of the manifest, by column name. The same columns give the same bytes.
///
/// # Errors
/// When the columns differ in length, rows are not sorted by downloads, a code has no value in its dictionary, or a
/// number does not fit 63 bits.
pub fn write_models(
    collection: Collection,
    columns: &ModelColumns,
    dictionaries: &BTreeMap<String, Vec<DictionaryValue>>,
    packing: Packing,
) -> Result<Vec<u8>, SnapshotError> {
    check(columns)?;
    let names = dictionary_columns(collection);
    let mut schema = format!("message {} {{ REQUIRED INT64 downloads_30d; ", collection.key());
    if columns.downloads_all_time.is_some() {
        schema.push_str("OPTIONAL INT64 downloads_all_time; ");
    }
    if columns.likes.is_some() {
        schema.push_str("REQUIRED INT64 likes; ");
    }
    schema.push_str("OPTIONAL INT64 parameters; ");
    for column in names {
        schema.push_str(&format!("REQUIRED BYTE_ARRAY {column} (STRING); "));
    }
    schema.push('}');
    write(&schema, columns.rows(), packing, |columns_out| {
        columns_out.sorted_numbers(&columns.downloads_30d)?;
        if let Some(values) = &columns.downloads_all_time {
            columns_out.numbers(values)?;
        }
        if let Some(values) = &columns.likes {
            columns_out.numbers(values)?;
        }
        columns_out.numbers(&columns.parameters)?;
        for (column, codes) in names.into_iter().zip(&columns.codes) {
            let values = dictionaries.get(column).map(Vec::as_slice).unwrap_or_default();
            columns_out.codes(column, codes, values)?;
        }
        Ok(())
    })
}

/// Writes the ids of some rows as one Parquet part. The same ids give the same bytes.
///
/// # Errors
/// When the ends of the ids do not rise within their text.
pub fn write_ids(ids: &Ids, packing: Packing) -> Result<Vec<u8>, SnapshotError> {
    if ids.ends.last().map_or(0, |end| *end as usize) != ids.text.len() {
        return Err(SnapshotError::Columns(
            "the last id does not end where the text of the ids ends, or there are 4 GiB of it".to_owned(),
        ));
    }
    write(
        "message ids { REQUIRED BYTE_ARRAY id (STRING); }",
        ids.len(),
        packing,
        |columns_out| columns_out.ids(ids),
    )
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
    if !even || columns.codes.len() != DICTIONARIES {
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

fn write(
    schema: &str,
    rows: usize,
    packing: Packing,
    fill: impl FnOnce(&mut ColumnsOut<'_, '_>) -> Result<(), SnapshotError>,
) -> Result<Vec<u8>, SnapshotError> {
    let quality = match packing {
        Packing::Published => Some(QUALITIES[usize::from(rows > SMALL_PART)]),
        Packing::AtHand => None,
    };
    let schema = Arc::new(parse_message_type(schema).map_err(failed)?);
    let columns = SchemaDescriptor::new(schema.clone()).columns().to_vec();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties(quality)?)).map_err(failed)?;
    let mut rows = writer.next_row_group().map_err(failed)?;
    fill(&mut ColumnsOut {
        rows: &mut rows,
        columns: columns.into_iter(),
        quality,
    })?;
    rows.close().map_err(failed)?;
    writer.into_inner().map_err(failed)
}

/// The compression of pages: Brotli of a quality, or none.
fn compression(quality: Option<u32>) -> Result<Compression, ParquetError> {
    quality.map_or(Ok(Compression::UNCOMPRESSED), |quality| {
        BrotliLevel::try_new(quality).map(Compression::BROTLI)
    })
}

fn properties(quality: Option<u32>) -> Result<WriterProperties, SnapshotError> {
    let delta = |builder: parquet::file::properties::WriterPropertiesBuilder, column: &str, encoding| {
        let path = ColumnPath::from(column);
        builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, encoding)
    };
    let mut builder = WriterProperties::builder()
        .set_created_by("hub-atlas".to_owned())
        .set_compression(compression(quality).map_err(failed)?)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_data_page_size_limit(LARGEST_PAGE)
        .set_data_page_row_count_limit(usize::MAX)
        .set_max_row_group_row_count(None);
    builder = delta(builder, "downloads_30d", Encoding::DELTA_BINARY_PACKED);
    builder = delta(builder, "id", Encoding::DELTA_BYTE_ARRAY);
    Ok(builder.build())
}

/// The columns of a part that are still to be written, in the order of its schema.
struct ColumnsOut<'a, 'b> {
    rows: &'a mut SerializedRowGroupWriter<'b, Vec<u8>>,
    columns: std::vec::IntoIter<ColumnDescPtr>,
    quality: Option<u32>,
}

impl ColumnsOut<'_, '_> {
    /// Numbers that rise or fall slowly, without unknown ones, as differences.
    fn sorted_numbers(&mut self, numbers: &NumberColumn) -> Result<(), SnapshotError> {
        let numbers = numbers.iter().map(signed).collect::<Result<Vec<i64>, _>>()?;
        let mut column = self.typed_column()?;
        let writer = column.typed::<Int64Type>();
        writer.write_batch(&numbers, None, None).map_err(failed)?;
        column.close().map_err(failed)
    }

    /// Numbers that repeat, with a dictionary; one by one where they do not repeat.
    fn numbers(&mut self, numbers: &NumberColumn) -> Result<(), SnapshotError> {
        let column = self.column()?;
        let is_optional = column.max_def_level() > 0;
        let known = numbers
            .iter()
            .filter(|number| !is_optional || *number != UNKNOWN_NUMBER);
        let known = known.map(signed).collect::<Result<Vec<i64>, _>>()?;
        let mut values = Vec::new();
        if is_optional {
            let present = numbers.iter().map(|number| u32::from(number != UNKNOWN_NUMBER));
            values = chunk::definition_levels(&present.collect::<Vec<u32>>());
        }
        let indexed = indices::index_numbers(&known);
        let plain = |numbers: &[i64]| {
            numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let repeats = indexed.values.len() <= known.len() / 2;
        let dictionary = repeats.then(|| (plain(&indexed.values), indexed.values.len()));
        match repeats {
            true => chunk::append_indices(&mut values, &indexed),
            false => values.extend(plain(&known)),
        }
        let (least, most) = (known.iter().min().copied(), known.iter().max().copied());
        let unknown = numbers.len() - known.len();
        self.append(
            column,
            ColumnPages {
                dictionary,
                values,
                rows: numbers.len(),
                statistics: Statistics::int64(least, most, None, Some(unknown as u64), false),
            },
        )
    }

    /// Values of the manifest's dictionary of a column.
    fn codes(&mut self, name: &str, codes: &CodeColumn, values: &[DictionaryValue]) -> Result<(), SnapshotError> {
        let indexed = indices::index_codes(codes, values.len()).ok_or_else(|| {
            SnapshotError::Columns(format!("a code of the column {name} has no value in its dictionary"))
        })?;
        let keys = indexed.values.iter().filter_map(|code| values.get(*code as usize));
        let keys: Vec<&[u8]> = keys.map(|value| value.key.as_bytes()).collect();
        let mut dictionary = Vec::new();
        for key in &keys {
            dictionary.extend((key.len() as u32).to_le_bytes());
            dictionary.extend(*key);
        }
        let mut indices = Vec::new();
        chunk::append_indices(&mut indices, &indexed);
        let bound = |key: Option<&&[u8]>| key.map(|key| ByteArray::from(key.to_vec()));
        let column = self.column()?;
        self.append(
            column,
            ColumnPages {
                dictionary: Some((dictionary, keys.len())),
                values: indices,
                rows: codes.len(),
                statistics: Statistics::byte_array(
                    bound(keys.iter().min()),
                    bound(keys.iter().max()),
                    None,
                    Some(0),
                    false,
                ),
            },
        )
    }

    /// Ids, a batch at a time: a `ByteArray` is four times as large as what it becomes.
    fn ids(&mut self, ids: &Ids) -> Result<(), SnapshotError> {
        let mut column = self.typed_column()?;
        let mut batch = Vec::with_capacity(BATCH);
        for start in (0..ids.len()).step_by(BATCH) {
            batch.clear();
            for row in start..ids.len().min(start + BATCH) {
                batch.push(ids.get(row).map(ByteArray::from).ok_or_else(|| {
                    SnapshotError::Columns(format!("the id of row {row} does not lie within the text of the ids"))
                })?);
            }
            let writer = column.typed::<ByteArrayType>();
            writer.write_batch(&batch, None, None).map_err(failed)?;
        }
        column.close().map_err(failed)
    }

    fn append(&mut self, column: ColumnDescPtr, pages: ColumnPages) -> Result<(), SnapshotError> {
        let (bytes, close) = chunk::encode(column, pages, self.quality).map_err(failed)?;
        self.rows.append_column(&bytes, close).map_err(failed)
    }

    /// The column that comes next, to be encoded by the parquet crate.
    fn typed_column(&mut self) -> Result<SerializedColumnWriter<'_>, SnapshotError> {
        self.column()?;
        self.rows.next_column().map_err(failed)?.ok_or_else(no_column)
    }

    /// The column that comes next.
    fn column(&mut self) -> Result<ColumnDescPtr, SnapshotError> {
        self.columns.next().ok_or_else(no_column)
    }
}

fn signed(value: u64) -> Result<i64, SnapshotError> {
    i64::try_from(value)
        .map_err(|_| SnapshotError::Columns(format!("{value} is more than a signed 64-bit number holds")))
}

fn no_column() -> SnapshotError {
    SnapshotError::Columns("the schema has fewer columns than were written".to_owned())
}

fn failed(error: ParquetError) -> SnapshotError {
    SnapshotError::Columns(error.to_string())
}
