//! Adding blocks of rows to others, and taking rows out.

use atlas_snapshot::Ids;

use crate::row_block::{Interned, NOT_KNOWN, RowBlock};

/// A dump is larger than one snapshot can be.
#[derive(Debug, thiserror::Error)]
#[error("the ids are more than 4 GiB of text, and a snapshot holds no more. Import fewer files, or split them.")]
pub struct TooManyIdsError;

impl RowBlock {
    /// Makes room for so many more rows and no others, so that columns do not grow to twice what they hold.
    pub fn reserve(&mut self, rows: usize, compares: bool) {
        self.ids.ends.reserve_exact(rows);
        for column in self.counts_mut() {
            column.reserve_exact(rows);
        }
        self.parameters_source.reserve_exact(rows);
        self.month.reserve_exact(rows);
        self.account.reserve_exact(rows);
        self.relation.reserve_exact(rows);
        self.origin.reserve_exact(rows);
        self.text_codes.iter_mut().for_each(|codes| codes.reserve_exact(rows));
        if compares {
            self.last_modified.reserve_exact(rows);
            self.file.reserve_exact(rows);
        }
    }

    /// Adds the rows of another block after those that are there, with its counts of rows read and of notes.
    ///
    /// # Errors
    /// When the ids together exceed 4 GiB of text.
    pub fn append(&mut self, block: &RowBlock) -> Result<(), TooManyIdsError> {
        if self.ids.text.len() + block.ids.text.len() > u32::MAX as usize {
            return Err(TooManyIdsError);
        }
        self.rows_read += block.rows_read;
        let base = self.ids.text.len() as u32;
        self.ids.text.push_str(&block.ids.text);
        self.ids.ends.extend(block.ids.ends.iter().map(|end| base + end));
        self.downloads_30d.extend_from_slice(&block.downloads_30d);
        self.downloads_all_time.extend_from_slice(&block.downloads_all_time);
        self.likes.extend_from_slice(&block.likes);
        self.parameters.extend_from_slice(&block.parameters);
        self.parameters_source.extend_from_slice(&block.parameters_source);
        self.month.extend_from_slice(&block.month);
        self.account.extend_from_slice(&block.account);
        self.relation.extend_from_slice(&block.relation);
        self.origin.extend_from_slice(&block.origin);
        self.last_modified.extend_from_slice(&block.last_modified);
        self.file.extend_from_slice(&block.file);
        let joined = self.text_codes.iter_mut().zip(&mut self.texts);
        for ((codes, texts), (block_codes, block_texts)) in joined.zip(block.text_codes.iter().zip(&block.texts)) {
            extend_codes(codes, texts, block_codes, block_texts);
        }
        for (count, more) in self.notes.iter_mut().zip(block.notes) {
            *count += more;
        }
        Ok(())
    }

    /// Takes rows out, given by ascending position.
    pub fn remove(&mut self, dropped: &[u32]) {
        if dropped.is_empty() {
            return;
        }
        remove(&mut self.parameters_source, dropped);
        remove(&mut self.month, dropped);
        remove(&mut self.account, dropped);
        remove(&mut self.relation, dropped);
        remove(&mut self.origin, dropped);
        remove(&mut self.last_modified, dropped);
        remove(&mut self.file, dropped);
        for column in self.counts_mut() {
            remove(column, dropped);
        }
        self.text_codes.iter_mut().for_each(|codes| remove(codes, dropped));
        let ids = std::mem::take(&mut self.ids);
        let mut kept = Ids::default();
        kept.ends.reserve_exact(ids.len());
        kept.text.reserve_exact(ids.text.len());
        let mut next = dropped.iter().peekable();
        for row in 0..ids.len() {
            if next.next_if(|at| **at as usize == row).is_none() {
                kept.push(ids.get(row).unwrap_or_default());
            }
        }
        self.ids = kept;
    }

    fn counts_mut(&mut self) -> [&mut Vec<u64>; 4] {
        [
            &mut self.downloads_30d,
            &mut self.downloads_all_time,
            &mut self.likes,
            &mut self.parameters,
        ]
    }
}

/// Takes values out of a column, or leaves it as it is when it is not kept.
fn remove<T>(column: &mut Vec<T>, dropped: &[u32]) {
    let mut next = dropped.iter().peekable();
    let mut row = 0u32;
    column.retain(|_| {
        let stays = next.next_if(|at| **at == row).is_none();
        row += 1;
        stays
    });
}

fn extend_codes(codes: &mut Vec<u32>, texts: &mut Interned, block_codes: &[u32], block_texts: &Interned) {
    let joined: Vec<u32> = block_texts.values().iter().map(|text| texts.code(text)).collect();
    codes.extend(
        block_codes
            .iter()
            .map(|code| joined.get(*code as usize).copied().unwrap_or(NOT_KNOWN)),
    );
}
