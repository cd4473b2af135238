//! One column of a part as bytes: a dictionary page, where it has one, and one page of values.

use std::io::Write;

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use crate::write::compression;
use crate::write::indices::{Indexed, hybrid, index_width};

/// Base-2 logarithms of the least and most bytes that Brotli looks back.
const WINDOWS: [u32; 2] = [10, 22];

/// Brotli quality of dictionaries: above it, lists of numbers become larger.
const DICTIONARY_QUALITY: u32 = 5;

/// What the pages of a column hold.
pub(super) struct ColumnPages {
    /// The dictionary in the encoding PLAIN, and its number of values; without one, values stand for themselves.
    pub(super) dictionary: Option<(Vec<u8>, usize)>,
    /// Definition levels and values.
    pub(super) values: Vec<u8>,
    /// Number of rows.
    pub(super) rows: usize,
    /// Least and largest value, and number of nulls.
    pub(super) statistics: Statistics,
}

/// Definition levels as they stand before the values of a page: 1 where a row has a value.
pub(super) fn definition_levels(present: &[u32]) -> Vec<u8> {
    let runs = hybrid(present, 1);
    let mut levels = (runs.len() as u32).to_le_bytes().to_vec();
    levels.extend(runs);
    levels
}

/// Appends positions in a dictionary as they stand in a page.
pub(super) fn append_indices<T>(values: &mut Vec<u8>, indexed: &Indexed<T>) {
    let width = index_width(indexed.values.len());
    values.push(width);
    values.extend(hybrid(&indexed.indices, width));
}

/// The bytes of a column, and what the file says of them.
pub(super) fn encode(
    column: ColumnDescPtr,
    pages: ColumnPages,
    quality: Option<u32>,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let ColumnPages {
        dictionary,
        values,
        rows,
        statistics,
    } = pages;
    let num_values = u32::try_from(rows).map_err(|error| ParquetError::External(Box::new(error)))?;
    let mut encodings = vec![Encoding::PLAIN, Encoding::RLE];
    let mut encoding = Encoding::PLAIN;
    let mut sink = TrackedWrite::new(Vec::new());
    let mut writer = SerializedPageWriter::new(&mut sink);
    let (mut dictionary_offset, mut uncompressed) = (None, 0);
    if let Some((bytes, count)) = dictionary {
        let page = Page::DictionaryPage {
            buf: compress(&bytes, quality.map(|_| DICTIONARY_QUALITY))?,
            num_values: count as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let written = writer.write_page(CompressedPage::new(page, bytes.len()))?;
        dictionary_offset = Some(written.offset as i64);
        uncompressed += written.uncompressed_size;
        encoding = Encoding::RLE_DICTIONARY;
        encodings.push(encoding);
    }
    let page = Page::DataPage {
        buf: compress(&values, quality)?,
        num_values,
        encoding,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    let written = writer.write_page(CompressedPage::new(page, values.len()))?;
    uncompressed += written.uncompressed_size;
    writer.close()?;
    let bytes = Bytes::from(sink.into_inner()?);
    let metadata = ColumnChunkMetaData::builder(column)
        .set_compression(compression(quality)?)
        .set_encodings(encodings)
        .set_num_values(rows as i64)
        .set_total_compressed_size(bytes.len() as i64)
        .set_total_uncompressed_size(uncompressed as i64)
        .set_dictionary_page_offset(dictionary_offset)
        .set_data_page_offset(written.offset as i64)
        .set_statistics(statistics)
        .build()?;
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: rows as u64,
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((bytes, close))
}

/// Compresses a page, or leaves it as it is.
fn compress(bytes: &[u8], quality: Option<u32>) -> Result<Bytes, ParquetError> {
    let Some(quality) = quality else {
        return Ok(Bytes::copy_from_slice(bytes));
    };
    // A window no larger than what it looks at: both sides set memory aside for all of it.
    let window = (bytes.len() + 16).ilog2() + 1;
    let parameters = BrotliEncoderParams {
        quality: quality as i32,
        lgwin: window.clamp(WINDOWS[0], WINDOWS[1]) as i32,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut encoder = CompressorWriter::with_params(Vec::new(), 1 << 16, &parameters);
    encoder.write_all(bytes)?;
    Ok(Bytes::from(encoder.into_inner()))
}
