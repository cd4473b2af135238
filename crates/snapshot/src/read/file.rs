//! A part as a Parquet file: checked against the manifest, and walked page by page.

use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, LogicalType, Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;

use crate::SnapshotError;
use crate::checksum::sha256_hex;
use crate::manifest::Part;
use crate::read::page::{Damage, PageValues, StoredPage, stored_page};

/// Longest mean of texts for which memory is set aside before they are read, in bytes.
const LONGEST_MEAN_TEXT: u64 = 256;

/// A part whose size, checksum and number of rows are the manifest's.
pub(super) struct PartFile<'a> {
    part: &'a Part,
    reader: SerializedFileReader<Bytes>,
}

/// What the pages of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ColumnShape {
    /// Physical type.
    pub(super) physical: Type,
    /// Whether numbers are unsigned.
    pub(super) unsigned: bool,
    /// Whether values may be null.
    pub(super) optional: bool,
}

/// Takes the pages of a column in order; every row group may begin with a dictionary of its own.
pub(super) trait PageConsumer {
    /// A dictionary, for the pages that follow.
    fn dictionary(&mut self, bytes: &[u8], values: usize, shape: ColumnShape) -> Result<(), Damage>;

    /// Values of the next rows.
    fn values(&mut self, page: &PageValues<'_>, shape: ColumnShape) -> Result<(), Damage>;
}

impl PartFile<'_> {
    pub(super) fn open(bytes: Bytes, part: &Part) -> Result<PartFile<'_>, SnapshotError> {
        let damaged = |what: String| SnapshotError::Part {
            path: part.path.clone(),
            what,
        };
        if bytes.len() as u64 != part.bytes {
            let found = bytes.len();
            return Err(damaged(format!(
                "it has {found} bytes, the manifest says {}",
                part.bytes
            )));
        }
        let found = sha256_hex(&bytes);
        if found != part.sha256 {
            return Err(damaged(format!(
                "its SHA-256 is {found}, the manifest says {}",
                part.sha256
            )));
        }
        let reader = SerializedFileReader::new(bytes).map_err(|error| damaged(error.to_string()))?;
        let rows = reader.metadata().file_metadata().num_rows();
        if u64::try_from(rows) != Ok(part.rows) {
            return Err(damaged(format!(
                "it holds {rows} rows, the manifest says {}",
                part.rows
            )));
        }
        Ok(PartFile { part, reader })
    }

    pub(super) fn damaged(&self, what: String) -> SnapshotError {
        SnapshotError::Part {
            path: self.part.path.clone(),
            what,
        }
    }

    pub(super) fn rows(&self) -> usize {
        usize::try_from(self.part.rows).unwrap_or(usize::MAX)
    }

    /// An empty vector with room for one item a row.
    pub(super) fn room<T>(&self) -> Result<Vec<T>, SnapshotError> {
        let mut out = Vec::new();
        match out.try_reserve_exact(self.rows()) {
            Ok(()) => Ok(out),
            Err(_) => Err(self.damaged(format!("its {} rows do not fit in memory", self.rows()))),
        }
    }

    /// An empty text with room for what the file says that a column of texts holds, if that can be.
    pub(super) fn text_room(&self, name: &str) -> Vec<u8> {
        let column = self.position(name).unwrap_or(usize::MAX);
        let groups = self.reader.metadata().row_groups().iter();
        let stated = groups.filter_map(|group| group.columns().get(column)?.unencoded_byte_array_data_bytes());
        let stated: u64 = stated
            .filter_map(|bytes| u64::try_from(bytes).ok())
            .fold(0, u64::saturating_add);
        let credible = self.part.rows.saturating_mul(LONGEST_MEAN_TEXT);
        let mut text = Vec::new();
        if stated <= credible
            && let Ok(bytes) = usize::try_from(stated)
        {
            // Where this fails, appending fails later, or the statement was wrong.
            let _ = text.try_reserve_exact(bytes);
        }
        text
    }

    /// Hands every page of a column to `consumer` and checks that together they hold one value a row.
    pub(super) fn read_column(&self, name: &str, consumer: &mut impl PageConsumer) -> Result<(), SnapshotError> {
        let at = self
            .position(name)
            .ok_or_else(|| self.damaged(format!("it has no column {name}")))?;
        let mut rows_read = 0usize;
        for group in 0..self.reader.num_row_groups() {
            let rows = self.reader.get_row_group(group).map_err(|error| self.failed(error))?;
            self.read_chunk(&*rows, at, consumer, &mut rows_read)
                .map_err(|damage| self.damaged(format!("in its column {name}, {damage}")))?;
        }
        if rows_read != self.rows() {
            return Err(self.damaged(format!(
                "its column {name} holds {rows_read} values for {} rows",
                self.rows()
            )));
        }
        Ok(())
    }

    fn read_chunk(
        &self,
        rows: &dyn RowGroupReader,
        at: usize,
        consumer: &mut impl PageConsumer,
        rows_read: &mut usize,
    ) -> Result<(), Damage> {
        let shape = shape(rows.metadata().column(at).column_descr());
        check_compression(rows.metadata().column(at).compression())?;
        // The dictionary of the row group before holds no longer.
        consumer.dictionary(&[], 0, shape)?;
        self.check_place(rows.metadata().column(at))?;
        let mut pages = rows.get_column_page_reader(at)?;
        while let Some(page) = pages.get_next_page()? {
            let rows_left = self.rows().saturating_sub(*rows_read);
            match stored_page(&page, shape.optional, rows_left)? {
                StoredPage::Dictionary { bytes, values } => consumer.dictionary(bytes, values, shape)?,
                StoredPage::Values(page) => {
                    *rows_read += page.rows;
                    consumer.values(&page, shape)?;
                }
            }
        }
        Ok(())
    }

    /// The parquet crate takes for granted that a column lies within its file.
    fn check_place(&self, column: &ColumnChunkMetaData) -> Result<(), Damage> {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let end = start.checked_add(column.compressed_size());
        let inside = start >= 0 && column.compressed_size() >= 0;
        match end {
            Some(end) if inside && end.unsigned_abs() <= self.part.bytes => Ok(()),
            _ => Err(Damage::new("the pages do not lie within the file")),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let flat = |column: &ColumnDescriptor| column.max_rep_level() == 0 && column.max_def_level() <= 1;
        schema
            .columns()
            .iter()
            .position(|column| column.path().parts() == [name] && flat(column))
    }

    fn failed(&self, error: ParquetError) -> SnapshotError {
        self.damaged(error.to_string())
    }
}

/// The same everywhere, whatever else is compiled into the parquet crate: what the builder finds sound, the page reads.
fn check_compression(compression: Compression) -> Result<(), Damage> {
    match compression {
        Compression::BROTLI(_) | Compression::UNCOMPRESSED => Ok(()),
        _ if cfg!(feature = "any-compression") => Ok(()),
        other => {
            let name = other.to_string();
            let name = name.split('(').next().unwrap_or_default();
            Err(Damage::new(format!(
                "the pages have the compression {name}; format 1 has BROTLI and UNCOMPRESSED"
            )))
        }
    }
}

fn shape(column: &ColumnDescriptor) -> ColumnShape {
    let by_logical_type = matches!(
        column.logical_type_ref(),
        Some(LogicalType::Integer(integer)) if !integer.is_signed
    );
    let by_converted_type = matches!(
        column.converted_type(),
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
    );
    ColumnShape {
        physical: column.physical_type(),
        unsigned: by_logical_type || by_converted_type,
        optional: column.max_def_level() == 1,
    }
}
