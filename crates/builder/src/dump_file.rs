//! Reading a dump of the Hub from a Parquet file, row group by row group, on every core.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, anyhow, bail};
use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::fetch::dump_writer::SCOPE_KEY;
use crate::hub_columns::ColumnsPresent;
use crate::text_cells::ColumnTypeError;

/// Rows decoded at once.
pub const BATCH_ROWS: usize = 8192;

/// How a Parquet file begins and ends.
pub const MAGIC: &[u8; 4] = b"PAR1";

/// A Parquet file opened as a dump of the Hub.
pub struct DumpFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    present: ColumnsPresent,
}

impl DumpFile {
    /// Opens a file and finds its columns.
    ///
    /// # Errors
    /// When it cannot be opened, is not a whole Parquet file, or lacks a required column.
    pub fn open(path: &Path) -> Result<DumpFile> {
        let shown = path.display();
        let mut file = File::open(path).with_context(|| format!("{shown} cannot be opened"))?;
        check_end(path, &mut file)?;
        // Types come from the Parquet schema alone: what a writer says of its own Arrow types adds only variety.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::load(&file, options).with_context(|| {
            format!("{shown} has no readable Parquet footer; it may be damaged. Download it again.")
        })?;
        let present = ColumnsPresent::of_parquet(metadata.parquet_schema()).with_context(|| shown.to_string())?;
        Ok(DumpFile {
            path: path.to_owned(),
            metadata,
            present,
        })
    }

    /// Which columns it has.
    pub fn present(&self) -> &ColumnsPresent {
        &self.present
    }

    /// Which models of the Hub it holds, in words, where `hub-atlas fetch` wrote it.
    pub fn scope(&self) -> Option<&str> {
        let metadata = self.metadata.metadata().file_metadata().key_value_metadata()?;
        let scope = metadata.iter().find(|entry| entry.key == SCOPE_KEY)?;
        scope.value.as_deref()
    }

    /// Number of rows its footer states.
    pub fn rows(&self) -> u64 {
        self.metadata
            .metadata()
            .file_metadata()
            .num_rows()
            .try_into()
            .unwrap_or(0)
    }

    /// Reads some columns of all rows on `threads` threads and hands a block for each row group on in file order, as `add`
    /// makes them of batches and the position of their first row. `progress` is told the number of rows as they are read.
    ///
    /// # Errors
    /// When a row group cannot be decoded, a column is of an unusable type, or `take` fails.
    pub fn read<T: Default + Send>(
        &self,
        columns: &ColumnsPresent,
        threads: usize,
        progress: &(dyn Fn(u64) + Sync),
        add: &(impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError> + Sync),
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let groups = self.metadata.metadata().num_row_groups();
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(threads);
            for _ in 0..threads.clamp(1, groups.max(1)) {
                let sender: SyncSender<(usize, Result<T>)> = sender.clone();
                let (next, stop) = (&next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let group = next.fetch_add(1, Ordering::Relaxed);
                        if group >= groups
                            || sender
                                .send((group, self.read_group(group, columns, progress, add)))
                                .is_err()
                        {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let done = in_order(receiver, groups, &mut take);
            stop.store(true, Ordering::Relaxed);
            done.with_context(|| self.path.display().to_string())
        })
    }

    fn read_group<T: Default>(
        &self,
        group: usize,
        columns: &ColumnsPresent,
        progress: &(dyn Fn(u64) + Sync),
        add: &impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError>,
    ) -> Result<T> {
        let metadata = self.metadata.metadata();
        let rows_of = |group: &parquet::file::metadata::RowGroupMetaData| u64::try_from(group.num_rows()).unwrap_or(0);
        let mut row: u64 = metadata.row_groups().iter().take(group).map(rows_of).sum();
        let decode = || format!("row group {group}, from row {row} on, cannot be decoded. Download the file again");
        let schema = self.metadata.parquet_schema();
        let batches =
            ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(&self.path)?, self.metadata.clone())
                .with_projection(ProjectionMask::leaves(schema, columns.leaves(schema)))
                .with_row_groups(vec![group])
                .with_batch_size(BATCH_ROWS)
                .build()
                .with_context(decode)?;
        let mut block = T::default();
        for batch in batches {
            let batch = batch.with_context(|| {
                format!("row group {group} cannot be decoded after row {row}. Download the file again")
            })?;
            add(&batch, row, &mut block)?;
            row += batch.num_rows() as u64;
            progress(batch.num_rows() as u64);
        }
        Ok(block)
    }
}

fn in_order<T>(
    receiver: Receiver<(usize, Result<T>)>,
    groups: usize,
    take: &mut impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (group, block) in receiver {
        waiting.insert(group, block?);
        while let Some(block) = waiting.remove(&next) {
            take(block)?;
            next += 1;
        }
    }
    if next < groups {
        return Err(anyhow!("row group {next} could not be read"));
    }
    Ok(())
}

/// Parquet files begin and end with the same four bytes, so one cut short can be told from a damaged one.
fn check_end(path: &Path, file: &mut File) -> Result<()> {
    let shown = path.display();
    let size = file.metadata().with_context(|| shown.to_string())?.len();
    let mut end = [0; 4];
    if size >= 12 {
        file.seek(SeekFrom::End(-4))
            .and_then(|_| file.read_exact(&mut end))
            .with_context(|| shown.to_string())?;
    }
    if &end != MAGIC {
        bail!("{shown} is a Parquet file cut short ({size} bytes): its end is missing. Download it again.");
    }
    Ok(())
}
