//! A dump of the Hub: a file opened, its columns found, its rows read.

use std::io;
use std::sync::Arc;

use arrow_array::RecordBatch;
use atlas_snapshot::Collection;
use parquet::errors::ParquetError;

use crate::dataset_words::{SIZE_TAG, TASK_TAG};
use crate::hub_columns::{ColumnsPresent, HubBatch, HubColumn, MissingColumnError};
use crate::json_dump::JsonDump;
use crate::json_rows::JsonError;
use crate::parquet_dump::{MAGIC, ParquetDump};
use crate::source::ByteSource;
use crate::text_cells::ColumnTypeError;

/// Rows decoded at once.
pub const BATCH_ROWS: usize = 8192;

/// Bytes at the beginning of a file by which its kind is told, white space before them aside.
const BEGINNING: usize = 4096;

/// Why a file gives no rows.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// It cannot be read.
    #[error("{file} cannot be read")]
    Read {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// It is compressed from outside.
    #[error(
        "{file} is compressed as a whole (gzip or zstd). Decompress it first; inside a Parquet file compression is no matter."
    )]
    Compressed {
        /// Its name.
        file: String,
    },
    /// It is of another kind.
    #[error(
        "{file} is not a Parquet file, nor JSON ({bytes} bytes). A dump of the Hub comes as models.parquet, or as JSON from \
         its API; CSV must be converted first, for example with DuckDB: COPY (FROM 'models.csv') TO 'models.parquet'."
    )]
    OtherKind {
        /// Its name.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// Its end is missing.
    #[error("{file} is a Parquet file cut short ({bytes} bytes): its end is missing. Download it again.")]
    CutShort {
        /// Its name.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// What its end says of it cannot be read.
    #[error("{file} has no readable Parquet footer; it may be damaged. Download it again.")]
    Footer {
        /// Its name.
        file: String,
        /// What the Parquet reader says.
        source: ParquetError,
    },
    /// It holds models where datasets were wanted.
    #[error(
        "{file} holds models, not datasets: it has the column {column}, which datasets have not. Import it as models, into a \
         folder of its own."
    )]
    HoldsModels {
        /// Its name.
        file: String,
        /// The column.
        column: String,
    },
    /// A column that is needed is not there.
    #[error("{file}")]
    MissingColumn {
        /// Its name.
        file: String,
        /// Which column.
        source: MissingColumnError,
    },
    /// A column is compressed in a way that nobody here can undo.
    #[error(
        "{file} has its column {column} in the compression {codec}, which is not read. Write it again with zstd, snappy, \
         gzip, brotli or lz4, for example with DuckDB: COPY (FROM 'models.parquet') TO 'again.parquet' (COMPRESSION zstd)."
    )]
    Codec {
        /// Its name.
        file: String,
        /// The column.
        column: String,
        /// The compression as Parquet calls it.
        codec: String,
    },
    /// Rows of it cannot be decoded.
    #[error("{file}: row group {group} cannot be decoded after row {row}. Download the file again")]
    Group {
        /// Its name.
        file: String,
        /// Position of the row group.
        group: usize,
        /// Rows of the file before the place.
        row: u64,
        /// What the Parquet reader says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is not the JSON it should be.
    #[error("{file}")]
    Json {
        /// Its name.
        file: String,
        /// What is wrong.
        source: JsonError,
    },
    /// A column is of a type that cannot be used.
    #[error("{file}")]
    Column {
        /// Its name.
        file: String,
        /// Which, and what it must be.
        source: ColumnTypeError,
    },
}

/// A file opened as a dump of the Hub.
pub enum Dump {
    /// Parquet.
    Parquet(ParquetDump),
    /// JSON.
    Json(JsonDump),
}

impl Dump {
    /// Opens a file, which `name` names in errors. Files are told apart by how they begin, whatever they are called.
    ///
    /// # Errors
    /// When it cannot be read, is neither Parquet nor JSON, is not whole, or lacks a required column.
    pub fn open(name: &str, source: Arc<dyn ByteSource>) -> Result<Dump, DumpError> {
        let bytes = source.size();
        let begin = source
            .read(0, bytes.min(BEGINNING as u64) as usize)
            .map_err(|source| DumpError::Read {
                file: name.to_owned(),
                source,
            })?;
        let file = name.to_owned();
        let first = begin.iter().find(|byte| !byte.is_ascii_whitespace());
        match (begin.as_ref(), first) {
            (begin, _) if begin.starts_with(MAGIC) => ParquetDump::open(name, source).map(Dump::Parquet),
            ([0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..], _) => Err(DumpError::Compressed { file }),
            (_, Some(b'[' | b'{')) => JsonDump::open(name, source).map(Dump::Json),
            _ => Err(DumpError::OtherKind { file, bytes }),
        }
    }

    /// Checks that it may hold the rows of a collection; `name` names it in errors.
    ///
    /// # Errors
    /// When it has a column that only another collection has.
    pub fn check_is_of(&self, collection: Collection, name: &str) -> Result<(), DumpError> {
        match self
            .present()
            .of_models_alone()
            .filter(|_| collection == Collection::Datasets)
        {
            None => Ok(()),
            Some(column) => Err(DumpError::HoldsModels {
                file: name.to_owned(),
                column: column.to_owned(),
            }),
        }
    }

    /// What its rows are, as far as can be told: datasets, where no column is one of models alone and a tag among the first
    /// rows is one of datasets alone; else models.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn collection(&self) -> Result<Collection, DumpError> {
        if self.present().of_models_alone().is_some() {
            return Ok(Collection::Models);
        }
        let columns = self.present().clone().only(&[HubColumn::Id, HubColumn::Tags]);
        let mut found = Collection::Models;
        let look = |batch: &RecordBatch, _, found: &mut bool| {
            let (rows, batch) = (batch.num_rows(), HubBatch::of(&columns, batch)?);
            for row in 0..rows {
                let is_of_datasets = |tag: &str| tag.starts_with(TASK_TAG) || tag.starts_with(SIZE_TAG);
                batch.tags.each(row, |tag| *found |= is_of_datasets(tag));
            }
            Ok(())
        };
        let mut take = |is_found: bool| {
            if is_found {
                found = Collection::Datasets;
            }
            Ok(())
        };
        match self {
            // The head of a dump is enough: tags stand in every part of it.
            Dump::Parquet(file) if file.groups() > 0 => take(file.read_group(0, &columns, &|_| {}, &look)?)?,
            Dump::Parquet(_) => {}
            Dump::Json(file) => file.read::<bool, DumpError>(&columns, &|_| {}, look, take)?,
        }
        Ok(found)
    }

    /// Which columns it has.
    pub fn present(&self) -> &ColumnsPresent {
        match self {
            Dump::Parquet(file) => file.present(),
            Dump::Json(file) => file.present(),
        }
    }

    /// Which models of the Hub it holds, in words, where the file says so.
    pub fn scope(&self) -> Option<&str> {
        match self {
            Dump::Parquet(file) => file.scope(),
            Dump::Json(_) => None,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        match self {
            Dump::Parquet(file) => file.rows(),
            Dump::Json(file) => file.rows(),
        }
    }

    /// Reads some columns of all rows, one batch after the other, and hands blocks on in file order, as `add` makes them of
    /// batches and the position of their first row. `progress` is told the number of rows as they are read.
    ///
    /// # Errors
    /// When the file cannot be decoded, a column is of an unusable type, or `take` fails.
    pub fn read<T: Default, E: From<DumpError>>(
        &self,
        columns: &ColumnsPresent,
        progress: &dyn Fn(u64),
        add: impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError>,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Dump::Parquet(file) => {
                for group in 0..file.groups() {
                    take(file.read_group(group, columns, progress, &add)?)?;
                }
                Ok(())
            }
            Dump::Json(file) => file.read(columns, progress, add, take),
        }
    }
}
