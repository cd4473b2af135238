//! Reading the row groups of a Parquet file on every core.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Result, anyhow};
use arrow_array::RecordBatch;
use atlas_import::hub_columns::ColumnsPresent;
use atlas_import::parquet_dump::ParquetDump;
use atlas_import::text_cells::ColumnTypeError;

/// Reads some columns of all rows on `threads` threads and hands a block for each row group on in file order, as `add`
/// makes them of batches and the position of their first row. `progress` is told the number of rows as they are read.
///
/// # Errors
/// When a row group cannot be decoded, a column is of an unusable type, or `take` fails.
pub fn read<T: Default + Send>(
    dump: &ParquetDump,
    columns: &ColumnsPresent,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
    add: &(impl Fn(&RecordBatch, u64, &mut T) -> Result<(), ColumnTypeError> + Sync),
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let groups = dump.groups();
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
                    let read = |group| Ok(dump.read_group(group, columns, &|rows| progress(rows), add)?);
                    if group >= groups || sender.send((group, read(group))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let done = in_order(receiver, groups, &mut take);
        stop.store(true, Ordering::Relaxed);
        done
    })
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
