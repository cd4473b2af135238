//! The pages of one row group, read from a source a window at a time.

use std::io;
use std::sync::{Arc, Mutex};

use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::arrow::arrow_reader::RowGroups;
use parquet::column::page::{PageIterator, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use crate::source::ByteSource;
use crate::zstd_pages::{Zstd, page_reader};

/// Bytes read ahead. One of these is held for each column that is read.
const WINDOW: u64 = 1 << 20;

/// A page's header is expected within so many bytes; where a window holds fewer, it is read anew.
const HEADER: u64 = 1 << 16;

/// Some of a source, with a window of bytes at hand.
pub(crate) struct WindowedFile {
    source: Arc<dyn ByteSource>,
    /// Nothing is read ahead beyond this place.
    end: u64,
    /// Where the window begins, and its bytes.
    window: Mutex<(u64, Bytes)>,
}

impl WindowedFile {
    /// A whole source.
    pub(crate) fn new(source: Arc<dyn ByteSource>) -> WindowedFile {
        let end = source.size();
        WindowedFile::until(source, end)
    }

    fn until(source: Arc<dyn ByteSource>, end: u64) -> WindowedFile {
        WindowedFile {
            source,
            end,
            window: Mutex::default(),
        }
    }

    /// At least `needed` bytes from `start` on, or all up to the end where that is nearer.
    fn at_hand(&self, start: u64, needed: u64) -> Result<Bytes> {
        let mut window = self
            .window
            .lock()
            .map_err(|_| ParquetError::General("a thread that read the file stopped".to_owned()))?;
        let needed_end = start.saturating_add(needed).min(self.end);
        let (begin, bytes) = &*window;
        let is_inside = *begin <= start && needed_end <= begin + bytes.len() as u64;
        if !is_inside {
            let length = needed_end
                .max(start.saturating_add(WINDOW).min(self.end))
                .saturating_sub(start);
            *window = (start, self.read(start, length)?);
        }
        let (begin, bytes) = &*window;
        Ok(bytes.slice((start - begin) as usize..))
    }

    fn read(&self, start: u64, length: u64) -> Result<Bytes> {
        let length = usize::try_from(length).map_err(|error| ParquetError::External(error.into()))?;
        self.source.read(start, length).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ParquetError::EOF("the file ends before its pages do".to_owned()),
            _ => ParquetError::External(error.into()),
        })
    }
}

impl Length for WindowedFile {
    fn len(&self) -> u64 {
        self.source.size()
    }
}

impl ChunkReader for WindowedFile {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Reader<Bytes>> {
        Ok(self.at_hand(start, HEADER)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if length as u64 > WINDOW || start.saturating_add(length as u64) > self.end {
            return self.read(start, length as u64);
        }
        Ok(self.at_hand(start, length as u64)?.slice(..length))
    }
}

/// One row group of a file.
pub(crate) struct OneGroup {
    source: Arc<dyn ByteSource>,
    metadata: Arc<ParquetMetaData>,
    group: usize,
    zstd: Zstd,
}

impl OneGroup {
    pub(crate) fn new(
        source: Arc<dyn ByteSource>,
        metadata: Arc<ParquetMetaData>,
        group: usize,
        zstd: Zstd,
    ) -> OneGroup {
        OneGroup {
            source,
            metadata,
            group,
            zstd,
        }
    }

    fn row_group(&self) -> &RowGroupMetaData {
        self.metadata.row_group(self.group)
    }

    /// Where a column's pages end. The parquet crate takes for granted that they lie within the file.
    fn end_of(&self, column: &ColumnChunkMetaData) -> Result<u64> {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        match start.checked_add(column.compressed_size()).map(u64::try_from) {
            Some(Ok(end)) if start >= 0 && column.compressed_size() >= 0 && end <= self.source.size() => Ok(end),
            _ => Err(ParquetError::EOF(format!(
                "the pages of the column {} do not lie within the file",
                column.column_path().string()
            ))),
        }
    }
}

impl RowGroups for OneGroup {
    fn num_rows(&self) -> usize {
        usize::try_from(self.row_group().num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, at: usize) -> Result<Box<dyn PageIterator>> {
        let column = self.row_group().column(at);
        let chunk = WindowedFile::until(self.source.clone(), self.end_of(column)?);
        let pages = page_reader(chunk, column, self.num_rows(), self.zstd)?;
        Ok(Box::new(OneChunk(Some(pages))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.row_group()))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The pages of one column of one row group.
struct OneChunk(Option<Box<dyn PageReader>>);

impl Iterator for OneChunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for OneChunk {}
