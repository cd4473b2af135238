//! Reading a dump of the Hub from JSON: a list as `/api/models` gives it, or one object after the other.

use std::io::BufReader;
use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::dump::{BATCH_ROWS, DumpError};
use crate::hub_columns::ColumnsPresent;
use crate::json_rows::{FieldNames, JsonError, JsonRows, each_element};
use crate::source::{ByteSource, SourceReader};
use crate::text_cells::ColumnTypeError;

/// A JSON file opened as a dump of the Hub.
pub struct JsonDump {
    name: String,
    source: Arc<dyn ByteSource>,
    present: ColumnsPresent,
    rows: u64,
}

impl JsonDump {
    /// Reads a file once to find its columns and check that it is whole; `name` names it in errors.
    ///
    /// # Errors
    /// When it cannot be read, is not whole JSON, holds anything but objects, or lacks a required column.
    pub fn open(name: &str, source: Arc<dyn ByteSource>) -> Result<JsonDump, DumpError> {
        let file = || name.to_owned();
        let mut names = FieldNames::default();
        each_element(reader(&source), |object| names.add(object))
            .map_err(|source| DumpError::Json { file: file(), source })?;
        // A list of nothing lacks no column; that no row is left is said where rows are counted.
        let nothing = ["id", "downloads"];
        let present = match names.objects() {
            0 => ColumnsPresent::find(nothing.into_iter()),
            _ => ColumnsPresent::find(names.names()),
        };
        Ok(JsonDump {
            present: present.map_err(|source| DumpError::MissingColumn { file: file(), source })?,
            name: file(),
            source,
            rows: names.objects(),
        })
    }

    /// Which columns it has.
    pub fn present(&self) -> &ColumnsPresent {
        &self.present
    }

    /// Number of objects.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads some columns of all rows and hands blocks on in file order, as `add` makes them of batches and the position of
    /// their first row. `progress` is told the number of rows as they are read.
    ///
    /// # Errors
    /// When the file changed since it was opened, a column is of an unusable type, or `take` fails.
    pub fn read<T: Default, E: From<DumpError>>(
        &self,
        columns: &ColumnsPresent,
        progress: &dyn Fn(u64),
        add: impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError>,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let file = || self.name.clone();
        let mut waiting = JsonRows::new(columns);
        let mut first_row = 0;
        let mut flush = |waiting: &mut JsonRows| -> Result<(), Stop<E>> {
            let batch = waiting.take()?;
            let mut block = T::default();
            add(&batch, first_row, &mut block)
                .map_err(|source| Stop::By(DumpError::Column { file: file(), source }.into()))?;
            first_row += batch.num_rows() as u64;
            progress(batch.num_rows() as u64);
            take(block).map_err(Stop::By)
        };
        let done = each_element(reader(&self.source), |object| {
            waiting.push(object)?;
            if waiting.rows() < BATCH_ROWS {
                return Ok(());
            }
            flush(&mut waiting)
        });
        match done.and_then(|()| flush(&mut waiting)) {
            Ok(()) => Ok(()),
            Err(Stop::By(error)) => Err(error),
            Err(Stop::Json(source)) => Err(DumpError::Json { file: file(), source }.into()),
        }
    }
}

/// Why reading ends before the file does.
enum Stop<E> {
    Json(JsonError),
    By(E),
}

impl<E> From<JsonError> for Stop<E> {
    fn from(error: JsonError) -> Stop<E> {
        Stop::Json(error)
    }
}

fn reader(source: &Arc<dyn ByteSource>) -> BufReader<SourceReader> {
    BufReader::with_capacity(1 << 16, SourceReader::new(source.clone()))
}
