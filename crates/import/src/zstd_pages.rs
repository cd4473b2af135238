//! Pages compressed with zstd, decoded in Rust where the C library cannot be built.
//!
//! The parquet crate hands pages of an uncompressed column on as they lie in the file. So a zstd column is read as if it were
//! uncompressed, and each page is decoded here before anybody looks into it.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// Who decodes zstd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zstd {
    /// The C library, through the parquet crate.
    Library,
    /// Rust.
    Rust,
}

impl Default for Zstd {
    /// The faster one of those that are there.
    fn default() -> Zstd {
        if cfg!(target_family = "wasm") {
            Zstd::Rust
        } else {
            Zstd::Library
        }
    }
}

/// The pages of a column of a row group with so many rows.
pub(crate) fn page_reader<R: ChunkReader + 'static>(
    reader: R,
    column: &ColumnChunkMetaData,
    rows: usize,
    zstd: Zstd,
) -> Result<Box<dyn PageReader>> {
    let reader = Arc::new(reader);
    if zstd == Zstd::Library || !matches!(column.compression(), Compression::ZSTD(_)) {
        return Ok(Box::new(SerializedPageReader::new(reader, column, rows, None)?));
    }
    let as_it_lies = column
        .clone()
        .into_builder()
        .set_compression(Compression::UNCOMPRESSED)
        .build()?;
    Ok(Box::new(ZstdPages {
        pages: SerializedPageReader::new(reader, &as_it_lies, rows, None)?,
        decoder: FrameDecoder::new(),
        most_bytes: u64::try_from(column.uncompressed_size()).unwrap_or(0),
    }))
}

struct ZstdPages<R: ChunkReader> {
    pages: SerializedPageReader<R>,
    decoder: FrameDecoder,
    /// Bytes of all pages of the column together, so that no page can be larger.
    most_bytes: u64,
}

impl<R: ChunkReader> ZstdPages<R> {
    fn decoded(&mut self, page: Option<Page>) -> Result<Option<Page>> {
        let Some(mut page) = page else { return Ok(None) };
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = self.decompress(Vec::new(), buf)?,
            Page::DataPageV2 {
                buf,
                is_compressed: true,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                // The levels stand before the values and are never compressed.
                let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                let (levels, values) = buf
                    .split_at_checked(levels)
                    .ok_or_else(|| ParquetError::EOF("a page is shorter than its levels".to_owned()))?;
                *buf = self.decompress(levels.to_vec(), values)?;
            }
            Page::DataPageV2 { .. } => {}
        }
        Ok(Some(page))
    }

    /// Appends what some frames hold.
    fn decompress(&mut self, mut into: Vec<u8>, frames: &[u8]) -> Result<Bytes> {
        let failed = |error: &dyn std::fmt::Display| ParquetError::General(format!("zstd: {error}"));
        let most = into.len() as u64 + self.most_bytes;
        let mut rest = frames;
        while !rest.is_empty() {
            let room = (most + 1).saturating_sub(into.len() as u64);
            let decoder = StreamingDecoder::new_with_decoder(&mut rest, &mut self.decoder);
            let decoder = decoder.map_err(|error| failed(&error))?;
            decoder
                .take(room)
                .read_to_end(&mut into)
                .map_err(|error| failed(&error))?;
            if into.len() as u64 > most {
                return Err(failed(&"a page holds more than the file says"));
            }
        }
        Ok(into.into())
    }
}

impl<R: ChunkReader> Iterator for ZstdPages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<R: ChunkReader> PageReader for ZstdPages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        self.decoded(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.pages.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>> {
        let page = self.pages.take_deferred_dictionary()?;
        self.decoded(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}
