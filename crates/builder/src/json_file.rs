//! Reading a dump of the Hub from a JSON file: a list as `/api/models` gives it, or one object after the other.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use arrow_array::RecordBatch;

use crate::dump_file::BATCH_ROWS;
use crate::hub_columns::ColumnsPresent;
use crate::json_rows::{FieldNames, JsonRows, each_element};
use crate::text_cells::ColumnTypeError;

/// A JSON file opened as a dump of the Hub.
pub struct JsonFile {
    path: PathBuf,
    present: ColumnsPresent,
    rows: u64,
}

impl JsonFile {
    /// Reads a file once to find its columns and check that it is whole.
    ///
    /// # Errors
    /// When it cannot be read, is not whole JSON, holds anything but objects, or lacks a required column.
    pub fn open(path: &Path) -> Result<JsonFile> {
        let shown = || path.display().to_string();
        let mut names = FieldNames::default();
        each_element(reader(path)?, |object| names.add(object)).with_context(shown)?;
        // A list of nothing lacks no column; that no row is left is said where rows are counted.
        let nothing = ["id", "downloads"];
        let present = match names.objects() {
            0 => ColumnsPresent::find(nothing.into_iter()),
            _ => ColumnsPresent::find(names.names()),
        };
        Ok(JsonFile {
            path: path.to_owned(),
            present: present.with_context(shown)?,
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
    pub fn read<T: Default>(
        &self,
        columns: &ColumnsPresent,
        progress: &(dyn Fn(u64) + Sync),
        add: impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError>,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let mut waiting = JsonRows::new(columns);
        let mut first_row = 0;
        let mut flush = |waiting: &mut JsonRows| -> Result<()> {
            let batch = waiting.take()?;
            let mut block = T::default();
            add(&batch, first_row, &mut block)?;
            first_row += batch.num_rows() as u64;
            progress(batch.num_rows() as u64);
            take(block)
        };
        let done = each_element(reader(&self.path)?, |object| {
            waiting.push(object)?;
            if waiting.rows() < BATCH_ROWS {
                return Ok(());
            }
            flush(&mut waiting)
        });
        done.and_then(|()| flush(&mut waiting))
            .with_context(|| self.path.display().to_string())
    }
}

fn reader(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}
