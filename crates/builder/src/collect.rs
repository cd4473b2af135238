//! Blocks of rows joined in file order, duplicates found, and every row's account counted.

use std::collections::HashMap;
use std::hash::BuildHasher;

use atlas_snapshot::Ids;

use crate::hub_id::account_of;
use crate::registry::Registry;
use crate::reject::{Note, Reason, Reject};
use crate::row_block::{Interned, NOT_KNOWN, RowBlock};

/// Rows in file order.
#[derive(Debug, Default)]
pub struct Collector {
    rows: RowBlock,
    rejected: Vec<u64>,
    rejected_by_reason: [u64; Reason::ALL.len()],
}

/// A dump is larger than one snapshot can be.
#[derive(Debug, thiserror::Error)]
#[error("the ids of the file are more than 4 GiB of text, and a snapshot holds no more. Split the file.")]
pub struct TooManyIdsError;

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
    /// Adds the next block of the file, and gives back the rows it left out.
    ///
    /// # Errors
    /// When the ids together exceed 4 GiB of text.
    pub fn append(&mut self, block: RowBlock) -> Result<Vec<Reject>, TooManyIdsError> {
        let rows = &mut self.rows;
        if rows.ids.text.len() + block.ids.text.len() > u32::MAX as usize {
            return Err(TooManyIdsError);
        }
        rows.rows_read += block.rows_read;
        let base = rows.ids.text.len() as u32;
        rows.ids.text.push_str(&block.ids.text);
        rows.ids.ends.extend(block.ids.ends.iter().map(|end| base + end));
        rows.downloads_30d.extend_from_slice(&block.downloads_30d);
        rows.downloads_all_time.extend_from_slice(&block.downloads_all_time);
        rows.likes.extend_from_slice(&block.likes);
        rows.parameters.extend_from_slice(&block.parameters);
        rows.parameters_source.extend_from_slice(&block.parameters_source);
        rows.month.extend_from_slice(&block.month);
        rows.account.extend_from_slice(&block.account);
        rows.relation.extend_from_slice(&block.relation);
        rows.origin.extend_from_slice(&block.origin);
        let joined = rows.text_codes.iter_mut().zip(&mut rows.texts);
        for ((codes, texts), (block_codes, block_texts)) in joined.zip(block.text_codes.iter().zip(&block.texts)) {
            extend_codes(codes, texts, block_codes, block_texts);
        }
        for (count, more) in rows.notes.iter_mut().zip(block.notes) {
            *count += more;
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

    /// Finds rows whose id another row has with more downloads, or with as many and before it.
    ///
    /// Gives the positions of the rows to drop among the rows kept so far, ascending, and the rejects to write.
    pub fn duplicates(&mut self) -> (Vec<u32>, Vec<Reject>) {
        let mut by_hash = self.hashed_ids();
        by_hash.sort_unstable();
        let mut dropped = Vec::new();
        for group in by_hash.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            self.drop_within(group, &mut dropped);
        }
        dropped.sort_unstable();
        let rejects: Vec<Reject> = dropped.iter().map(|row| self.duplicate(*row)).collect();
        rejects.iter().for_each(|reject| self.count(reject.reason));
        (dropped, rejects)
    }

    fn hashed_ids(&self) -> Vec<(u64, u32)> {
        let hasher = foldhash::fast::FixedState::default();
        let ids = &self.rows.ids;
        let hashed = (0..ids.len()).map(|row| (hasher.hash_one(ids.get(row).unwrap_or_default()), row as u32));
        hashed.collect()
    }

    /// Among rows whose ids have one hash, drops all but the best of each id.
    fn drop_within(&self, group: &[(u64, u32)], dropped: &mut Vec<u32>) {
        let mut best: Vec<(&str, u64, u32)> = Vec::new();
        for (_, row) in group {
            let id = self.rows.ids.get(*row as usize).unwrap_or_default();
            let downloads = self.rows.downloads_30d.get(*row as usize).copied().unwrap_or(0);
            match best.iter_mut().find(|(other, ..)| *other == id) {
                None => best.push((id, downloads, *row)),
                Some(kept) if downloads > kept.1 => {
                    dropped.push(kept.2);
                    *kept = (id, downloads, *row);
                }
                Some(_) => dropped.push(*row),
            }
        }
    }

    fn duplicate(&self, row: u32) -> Reject {
        let id = self.rows.ids.get(row as usize).unwrap_or_default();
        Reject::new(self.file_row(row), Reason::IdDuplicate, "id", id, id)
    }

    /// The position in the file of a row kept: as many rejected rows stand before it as push it forward.
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

fn extend_codes(codes: &mut Vec<u32>, texts: &mut Interned, block_codes: &[u32], block_texts: &Interned) {
    let joined: Vec<u32> = block_texts.values().iter().map(|text| texts.code(text)).collect();
    codes.extend(
        block_codes
            .iter()
            .map(|code| joined.get(*code as usize).copied().unwrap_or(NOT_KNOWN)),
    );
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

    /// A row of a file: an id of a few, or one that is left out, and downloads.
    fn file_rows() -> impl Strategy<Value = Vec<(Option<u8>, u64)>> {
        prop::collection::vec((prop::option::weighted(0.8, 0..12u8), 0..4u64), 0..60)
    }

    proptest! {
        #[test]
        fn of_each_id_the_first_of_the_most_downloaded_rows_stays(rows in file_rows(), cut in 1..20usize) {
            let mut collector = Collector::default();
            let mut file_rows = Vec::new();
            for (at, block_rows) in rows.chunks(cut).enumerate() {
                let mut block = RowBlock::default();
                for (offset, (id, downloads)) in block_rows.iter().enumerate() {
                    let row = (at * cut + offset) as u64;
                    block.rows_read += 1;
                    match id {
                        None => block.rejects.push(Reject::new(row, Reason::IdMissing, "id", "", "")),
                        Some(id) => {
                            block.ids.push(&format!("account/{id}"));
                            block.downloads_30d.push(*downloads);
                            file_rows.push(row);
                        }
                    }
                }
                collector.append(block).unwrap();
            }
            let (dropped, rejects) = collector.duplicates();

            let mut best: BTreeMap<u8, (u64, usize)> = BTreeMap::new();
            for (row, (id, downloads)) in rows.iter().enumerate() {
                if let Some(id) = id {
                    let kept = best.entry(*id).or_insert((*downloads, row));
                    if *downloads > kept.0 {
                        *kept = (*downloads, row);
                    }
                }
            }
            let stays = |row: usize| best.values().any(|(_, kept)| *kept == row);
            let goes: Vec<u64> =
                (0..rows.len()).filter(|row| rows[*row].0.is_some() && !stays(*row)).map(|row| row as u64).collect();
            prop_assert_eq!(rejects.iter().map(|reject| reject.row).collect::<Vec<u64>>(), goes.clone());
            prop_assert_eq!(dropped.iter().map(|row| file_rows[*row as usize]).collect::<Vec<u64>>(), goes);
        }
    }
}
