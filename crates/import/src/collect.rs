//! Blocks of rows joined in file order, files united by id, and every row's account counted.

use std::collections::HashMap;
use std::hash::BuildHasher;

use atlas_snapshot::{Collection, Ids};

use crate::hub_id::account_of;
use crate::joined_rows::TooManyIdsError;
use crate::registry::Registry;
use crate::reject::{Note, Reason, Reject};
use crate::row_block::{NOT_KNOWN, RowBlock};

/// The rows of one or several files. After [`Collector::end_file`] no id stands twice.
#[derive(Debug, Default)]
pub struct Collector {
    collection: Collection,
    rows: RowBlock,
    files: Vec<FileRows>,
    /// Where the rows of the file being read begin.
    begin: usize,
    /// Positions, in the file being read, of the rows left out.
    rejected: Vec<u64>,
    rejected_by_reason: [u64; Reason::ALL.len()],
}

/// What became of the rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileRows {
    /// The day of its readings, seconds from 1970.
    pub day: i64,
    /// Rows read.
    pub read: u64,
    /// Rows left out as unusable or double.
    pub rejected: u64,
    /// Rows that stand in the snapshot; the others have a newer reading in another file.
    pub kept: u64,
}

/// An account that the registry does not list, with the sums over its models.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct UnlistedAccount {
    /// The account, or the whole id where it has none.
    pub account: String,
    /// Downloads in 30 days of its models.
    pub downloads_30d: u64,
    /// Number of its models.
    pub models: u64,
    /// Whether the registry has a row for it that is not used because nobody has verified it.
    pub listed_unverified: bool,
}

impl Collector {
    /// For the rows of a collection; [`Collector::default`] is for models.
    pub fn of(collection: Collection) -> Collector {
        Collector {
            collection,
            ..Collector::default()
        }
    }

    /// Says what the rows are that are still to come, before the first of them.
    pub(crate) fn set_collection(&mut self, collection: Collection) {
        self.collection = collection;
    }

    /// What the rows are.
    pub fn collection(&self) -> Collection {
        self.collection
    }

    /// Begins a file of so many rows, all read from the Hub on a day that begins `day` seconds after 1970. Where several
    /// files are read, their rows say when they were last changed.
    pub fn begin_file(&mut self, day: i64, rows: u64, several: bool) {
        self.begin = self.rows.ids.len();
        self.rejected.clear();
        self.files.push(FileRows {
            day,
            ..FileRows::default()
        });
        self.rows.reserve(usize::try_from(rows).unwrap_or(0), several);
    }

    /// Adds the next block of the file, and gives back the rows it left out.
    ///
    /// # Errors
    /// When the ids together exceed 4 GiB of text.
    pub fn append(&mut self, block: RowBlock) -> Result<Vec<Reject>, TooManyIdsError> {
        self.rows.append(&block)?;
        if let Some(file) = self.files.last_mut() {
            file.read += block.rows_read;
        }
        for reject in &block.rejects {
            self.rejected.push(reject.row);
            self.count(reject.reason);
        }
        Ok(block.rejects)
    }

    fn count(&mut self, reason: Reason) {
        if let Some(count) = self.rejected_by_reason.get_mut(reason as usize) {
            *count += 1;
        }
        if let Some(file) = self.files.last_mut() {
            file.rejected += 1;
        }
    }

    /// The rows.
    pub fn rows(&self) -> &RowBlock {
        &self.rows
    }

    /// Number of rows read, kept or not.
    pub fn rows_read(&self) -> u64 {
        self.rows.rows_read
    }

    /// How many rows were left out for each reason, in the order of [`Reason::ALL`].
    pub fn rejected_by_reason(&self) -> &[u64; Reason::ALL.len()] {
        &self.rejected_by_reason
    }

    /// How often each note applies, in the order of [`Note::ALL`].
    pub fn notes(&self) -> &[u64; Note::ALL.len()] {
        &self.rows.notes
    }

    /// The files so far, in the order in which they were read.
    pub fn files(&self) -> Vec<FileRows> {
        let mut files = self.files.clone();
        match &mut files[..] {
            [only] => only.kept = self.rows.ids.len() as u64,
            several => {
                for file in &self.rows.file {
                    if let Some(file) = several.get_mut(usize::from(*file)) {
                        file.kept += 1;
                    }
                }
            }
        }
        files
    }

    /// Ends a file: of its rows with one id the one with the most downloads stays, the first of several, and the rejects
    /// to write for the others come back. Then of the rows with that id in all files the newest reading stays.
    pub fn end_file(&mut self) -> Vec<Reject> {
        let mut by_hash = self.hashed_ids();
        by_hash.sort_unstable();
        let (mut doubles, mut superseded) = (Vec::new(), Vec::new());
        for group in by_hash.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            self.drop_within(group, &mut doubles, &mut superseded);
        }
        drop(by_hash);
        doubles.sort_unstable();
        let rejects: Vec<Reject> = doubles.iter().map(|row| self.duplicate(*row)).collect();
        rejects.iter().for_each(|reject| self.count(reject.reason));
        superseded.append(&mut doubles);
        superseded.sort_unstable();
        self.rows.remove(&superseded);
        rejects
    }

    fn hashed_ids(&self) -> Vec<(u64, u32)> {
        let hasher = foldhash::fast::FixedState::default();
        let ids = &self.rows.ids;
        let hashed = (0..ids.len()).map(|row| (hasher.hash_one(ids.get(row).unwrap_or_default()), row as u32));
        hashed.collect()
    }

    /// Among rows whose ids have one hash, ascending, finds those that go so that one of each id stays.
    fn drop_within(&self, group: &[(u64, u32)], doubles: &mut Vec<u32>, superseded: &mut Vec<u32>) {
        let id = |row: u32| self.rows.ids.get(row as usize).unwrap_or_default();
        let downloads = |row: u32| self.rows.downloads_30d.get(row as usize).copied().unwrap_or(0);
        let of_earlier_files = group.partition_point(|(_, row)| (*row as usize) < self.begin);
        let (earlier, of_this_file) = group.split_at_checked(of_earlier_files).unwrap_or_default();
        let mut best: Vec<u32> = Vec::new();
        for (_, row) in of_this_file {
            match best.iter_mut().find(|kept| id(**kept) == id(*row)) {
                None => best.push(*row),
                Some(kept) if downloads(*row) > downloads(*kept) => {
                    doubles.push(*kept);
                    *kept = *row;
                }
                Some(_) => doubles.push(*row),
            }
        }
        for (_, before) in earlier {
            if let Some(row) = best.iter().find(|row| id(**row) == id(*before)) {
                let is_newer = self.age(*row) >= self.age(*before);
                superseded.push(if is_newer { *before } else { *row });
            }
        }
    }

    /// The day of a row's file and when the model was last changed: of two readings the greater is the newer one, and of
    /// equal ones that of the later file.
    fn age(&self, row: u32) -> (i64, u32) {
        let row = row as usize;
        let file = self
            .rows
            .file
            .get(row)
            .and_then(|file| self.files.get(usize::from(*file)));
        (
            file.map_or(0, |file| file.day),
            self.rows.last_modified.get(row).copied().unwrap_or(0),
        )
    }

    fn duplicate(&self, row: u32) -> Reject {
        let id = self.rows.ids.get(row as usize).unwrap_or_default();
        Reject::new(
            self.file_row(row - self.begin as u32),
            Reason::IdDuplicate,
            "id",
            id,
            id,
        )
    }

    /// The position in the file being read of its row kept so far: as many rejected rows stand before it as push it forward.
    fn file_row(&self, row: u32) -> u64 {
        let mut file_row = u64::from(row);
        let mut before = 0;
        loop {
            let rejected = self.rejected.partition_point(|rejected| *rejected <= file_row) as u64;
            if rejected == before {
                return file_row;
            }
            before = rejected;
            file_row = u64::from(row) + rejected;
        }
    }

    /// The accounts with the most downloads that the registry does not resolve, at most `most` of them.
    pub fn unlisted_accounts(
        &self,
        rows: impl Iterator<Item = u32>,
        registry: &Registry,
        most: usize,
    ) -> Vec<UnlistedAccount> {
        let mut sums: HashMap<&str, (u64, u64), foldhash::fast::FixedState> = HashMap::default();
        for row in rows.map(|row| row as usize) {
            if self.rows.account.get(row) == Some(&NOT_KNOWN) {
                let account = account_of(self.rows.ids.get(row).unwrap_or_default());
                let (downloads, models) = sums.entry(account).or_default();
                *downloads = downloads.saturating_add(self.rows.downloads_30d.get(row).copied().unwrap_or(0));
                *models += 1;
            }
        }
        let mut accounts: Vec<_> = sums.into_iter().collect();
        accounts.sort_unstable_by(|(a, a_sums), (b, b_sums)| b_sums.0.cmp(&a_sums.0).then(a.cmp(b)));
        let largest = accounts.into_iter().take(most);
        largest
            .map(|(account, (downloads_30d, models))| UnlistedAccount {
                account: account.to_owned(),
                downloads_30d,
                models,
                listed_unverified: registry.is_set_aside(account),
            })
            .collect()
    }
}

/// The ids of some rows, in the order given.
pub fn ids_in_order(ids: &Ids, rows: &[u32]) -> Ids {
    let mut picked = Ids::default();
    rows.iter()
        .for_each(|row| picked.push(ids.get(*row as usize).unwrap_or_default()));
    picked
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Reads files of blocks of so many rows; gives what is left, and per file the rejects and the rows kept but for them.
    fn collected(files: &[(i64, Vec<FileRow>)], cut: usize) -> (Collector, Vec<Vec<u64>>) {
        let mut collector = Collector::default();
        let mut rejected = Vec::new();
        for (at, (day, rows)) in files.iter().enumerate() {
            collector.begin_file(*day, rows.len() as u64, files.len() > 1);
            for (block_at, block_rows) in rows.chunks(cut).enumerate() {
                let mut block = RowBlock::default();
                for (offset, row) in block_rows.iter().enumerate() {
                    block.rows_read += 1;
                    match row.id {
                        None => {
                            let row = (block_at * cut + offset) as u64;
                            block.rejects.push(Reject::new(row, Reason::IdMissing, "id", "", ""));
                        }
                        Some(id) => {
                            block.ids.push(&format!("account/{id}"));
                            block.downloads_30d.push(row.downloads);
                            if files.len() > 1 {
                                block.last_modified.push(row.last_modified);
                                block.file.push(at as u16);
                            }
                        }
                    }
                }
                collector.append(block).unwrap();
            }
            rejected.push(collector.end_file().iter().map(|reject| reject.row).collect());
        }
        (collector, rejected)
    }

    #[derive(Clone, Copy, Debug)]
    struct FileRow {
        /// One of a few, or one that is left out.
        id: Option<u8>,
        downloads: u64,
        last_modified: u32,
    }

    fn file_rows() -> impl Strategy<Value = Vec<FileRow>> {
        let row = (prop::option::weighted(0.8, 0..12u8), 0..4u64, 0..3u32);
        let row = row.prop_map(|(id, downloads, last_modified)| FileRow {
            id,
            downloads,
            last_modified,
        });
        prop::collection::vec(row, 0..40)
    }

    /// The plain rule, a file at a time: positions of the rows of each id that stay among the rows of their file.
    fn best_of(rows: &[FileRow]) -> BTreeMap<u8, usize> {
        let mut best: BTreeMap<u8, usize> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            if let Some(id) = row.id {
                let kept = best.entry(id).or_insert(at);
                if row.downloads > rows[*kept].downloads {
                    *kept = at;
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn of_the_rows_of_a_file_the_most_downloaded_stays_and_of_those_of_several_the_newest(
            files in prop::collection::vec((0..3i64, file_rows()), 1..5),
            cut in 1..20usize,
        ) {
            let (collector, rejected) = collected(&files, cut);
            let mut newest: BTreeMap<u8, (i64, u32, usize, u64)> = BTreeMap::new();
            for (at, (day, rows)) in files.iter().enumerate() {
                let best = best_of(rows);
                let doubles: Vec<u64> = (0..rows.len())
                    .filter(|row| rows[*row].id.is_some_and(|id| best[&id] != *row))
                    .map(|row| row as u64)
                    .collect();
                prop_assert_eq!(&rejected[at], &doubles);
                for (id, row) in best {
                    let age = (*day, rows[row].last_modified, at, rows[row].downloads);
                    let stands = newest.entry(id).or_insert(age);
                    if (age.0, age.1, age.2) >= (stands.0, stands.1, stands.2) {
                        *stands = age;
                    }
                }
            }
            let rows = collector.rows();
            let mut left: Vec<(String, u64)> = (0..rows.ids.len())
                .map(|row| (rows.ids.get(row).unwrap().to_owned(), rows.downloads_30d[row]))
                .collect();
            left.sort();
            let mut wanted: Vec<(String, u64)> =
                newest.iter().map(|(id, age)| (format!("account/{id}"), age.3)).collect();
            wanted.sort();
            prop_assert_eq!(left, wanted);
            for (at, counted) in collector.files().into_iter().enumerate() {
                let without_id = files[at].1.iter().filter(|row| row.id.is_none()).count();
                prop_assert_eq!(counted.read, files[at].1.len() as u64);
                prop_assert_eq!(counted.rejected, (rejected[at].len() + without_id) as u64);
                let kept = newest.values().filter(|age| age.2 == at).count();
                prop_assert_eq!(counted.kept, kept as u64);
            }
        }
    }
}
