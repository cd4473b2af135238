//! Reading a dump of the Hub from a Parquet file, row group by row group.

use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::Compression;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::dump::{BATCH_ROWS, DumpError};
use crate::hub_columns::ColumnsPresent;
use crate::parquet_pages::{OneGroup, WindowedFile};
use crate::source::ByteSource;
use crate::text_cells::ColumnTypeError;
use crate::zstd_pages::Zstd;

/// How a Parquet file begins and ends.
pub const MAGIC: &[u8; 4] = b"PAR1";

/// Key of the file's metadata that says which models it holds; `hub-atlas fetch` writes it.
pub const SCOPE_KEY: &str = "hub-atlas.scope";

/// A Parquet file opened as a dump of the Hub.
pub struct ParquetDump {
    name: String,
    source: Arc<dyn ByteSource>,
    metadata: Arc<ParquetMetaData>,
    present: ColumnsPresent,
    zstd: Zstd,
}

impl ParquetDump {
    /// Opens a file and finds its columns; `name` names it in errors.
    ///
    /// # Errors
    /// When it cannot be read, is not a whole Parquet file, or lacks a required column.
    pub fn open(name: &str, source: Arc<dyn ByteSource>) -> Result<ParquetDump, DumpError> {
        check_end(name, &*source)?;
        let file = || name.to_owned();
        let metadata = ParquetMetaDataReader::new()
            .parse_and_finish(&WindowedFile::new(source.clone()))
            .map_err(|source| DumpError::Footer { file: file(), source })?;
        let present = ColumnsPresent::of_parquet(metadata.file_metadata().schema_descr())
            .map_err(|source| DumpError::MissingColumn { file: file(), source })?;
        Ok(ParquetDump {
            name: file(),
            source,
            metadata: Arc::new(metadata),
            present,
            zstd: Zstd::default(),
        })
    }

    /// The same, with another decoder of zstd.
    pub fn with_zstd(self, zstd: Zstd) -> ParquetDump {
        ParquetDump { zstd, ..self }
    }

    /// Which columns it has.
    pub fn present(&self) -> &ColumnsPresent {
        &self.present
    }

    /// Which models of the Hub it holds, in words, where `hub-atlas fetch` wrote it.
    pub fn scope(&self) -> Option<&str> {
        let metadata = self.metadata.file_metadata().key_value_metadata()?;
        let scope = metadata.iter().find(|entry| entry.key == SCOPE_KEY)?;
        scope.value.as_deref()
    }

    /// Number of rows its footer states.
    pub fn rows(&self) -> u64 {
        self.metadata.file_metadata().num_rows().try_into().unwrap_or(0)
    }

    /// Number of its row groups.
    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// Reads some columns of a row group into a block, as `add` makes it of batches and the position of their first row in
    /// the file. `progress` is told the number of rows as they are read. Nothing is read of other columns.
    ///
    /// # Errors
    /// When the row group cannot be decoded, or a column is of an unusable type.
    pub fn read_group<T: Default>(
        &self,
        group: usize,
        columns: &ColumnsPresent,
        progress: &dyn Fn(u64),
        add: &impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError>,
    ) -> Result<T, DumpError> {
        let rows_of = |group: &parquet::file::metadata::RowGroupMetaData| u64::try_from(group.num_rows()).unwrap_or(0);
        let mut row: u64 = self.metadata.row_groups().iter().take(group).map(rows_of).sum();
        let schema = self.metadata.file_metadata().schema_descr();
        let leaves = columns.leaves(schema);
        self.check_codecs(group, &leaves)?;
        let failed = |row: u64| {
            move |source: Box<dyn std::error::Error + Send + Sync>| DumpError::Group {
                file: self.name.clone(),
                group,
                row,
                source,
            }
        };
        let pages = OneGroup::new(self.source.clone(), self.metadata.clone(), group, self.zstd);
        let mask = ProjectionMask::leaves(schema, leaves);
        // Types come from the Parquet schema alone: what a writer says of its own Arrow types adds only variety.
        let batches = parquet_to_arrow_field_levels(schema, mask, None)
            .and_then(|levels| ParquetRecordBatchReader::try_new_with_row_groups(&levels, &pages, BATCH_ROWS, None))
            .map_err(|error| failed(row)(error.into()))?;
        let mut block = T::default();
        for batch in batches {
            let batch = batch.map_err(|error| failed(row)(error.into()))?;
            add(&batch, row, &mut block).map_err(|source| DumpError::Column {
                file: self.name.clone(),
                source,
            })?;
            row += batch.num_rows() as u64;
            progress(batch.num_rows() as u64);
        }
        Ok(block)
    }

    fn check_codecs(&self, group: usize, leaves: &[usize]) -> Result<(), DumpError> {
        let columns = self.metadata.row_group(group).columns();
        for column in leaves.iter().filter_map(|leaf| columns.get(*leaf)) {
            if let Compression::LZO = column.compression() {
                return Err(DumpError::Codec {
                    file: self.name.clone(),
                    column: column.column_path().string(),
                    codec: "LZO".to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Parquet files begin and end with the same four bytes, so one cut short can be told from a damaged one.
fn check_end(name: &str, source: &dyn ByteSource) -> Result<(), DumpError> {
    let (file, bytes) = (name.to_owned(), source.size());
    if bytes < 12 {
        return Err(DumpError::CutShort { file, bytes });
    }
    match source.read(bytes - 4, 4) {
        Ok(end) if end.as_ref() == MAGIC => Ok(()),
        Ok(_) => Err(DumpError::CutShort { file, bytes }),
        Err(source) => Err(DumpError::Read { file, source }),
    }
}
