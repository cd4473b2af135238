//! The rows of some items.

use super::Cube;
use crate::bitmap::{self, Bitmap, Words};
use crate::items::{CHUNK, Weights};
use crate::weigh;

/// The rows in the order of their items.
#[derive(Clone, Debug)]
pub(super) struct ByItem {
    rows: Vec<u32>,
    /// The place of the first row of each [`CHUNK`] items.
    starts: Vec<u32>,
}

/// Where a set has, or lacks, at most one row in so many, the rows of these items are gathered instead of all looked up.
const FEW_ROWS: u64 = 3;

impl Cube {
    /// The rows whose items are in a set.
    pub(crate) fn rows_of(&self, items: &[u64]) -> Bitmap {
        let (words, rows) = (Words::of(items), self.item_of_row.len() as u64);
        let found = weigh::sum(Weights::U32(&self.items.models), &words);
        if found * FEW_ROWS <= rows {
            return self.rows_gathered(&words);
        }
        if (rows - found) * FEW_ROWS <= rows {
            let others = self.rows_gathered(&Words::of_rest(self.items.len, items));
            return bitmap::difference(&bitmap::full(self.item_of_row.len()), &others);
        }
        self.rows_looked_up(items)
    }

    /// The rows of each item of a set, one item after the other.
    fn rows_gathered(&self, words: &Words) -> Bitmap {
        let by_item = self
            .by_item
            .get_or_init(|| ByItem::of(&self.item_of_row, &self.items.models));
        let mut found = vec![0u64; bitmap::words(self.item_of_row.len())];
        words.each_word(|at, word| {
            let mut from = by_item.starts[at] as usize;
            let models = &self.items.models[at * CHUNK..][..CHUNK - word.leading_zeros() as usize];
            for (bit, models) in models.iter().enumerate() {
                let to = from + *models as usize;
                if word >> bit & 1 == 1 {
                    for row in &by_item.rows[from..to] {
                        found[*row as usize / 64] |= 1 << (row % 64);
                    }
                }
                from = to;
            }
        });
        found
    }

    /// Every row whose item is in a set, looked up one by one.
    fn rows_looked_up(&self, items: &[u64]) -> Bitmap {
        let (chunks, rest) = self.item_of_row.as_chunks::<64>();
        let bit = |item: &u32| u64::from(bitmap::contains(items, *item as usize));
        let mut rows = Bitmap::with_capacity(bitmap::words(self.item_of_row.len()));
        rows.extend(chunks.iter().map(|chunk| {
            // Four at a time do not wait for one another.
            let four = |word: u64, four: &[u32; 4]| {
                word >> 4 | (bit(&four[0]) | bit(&four[1]) << 1 | bit(&four[2]) << 2 | bit(&four[3]) << 3) << 60
            };
            chunk.as_chunks::<4>().0.iter().fold(0, four)
        }));
        if !rest.is_empty() {
            rows.push(rest.iter().rev().fold(0, |word, item| word << 1 | bit(item)));
        }
        rows
    }
}

impl ByItem {
    fn of(item_of_row: &[u32], models: &[u32]) -> ByItem {
        let mut next = Vec::with_capacity(models.len());
        let mut first = 0;
        for models in models {
            next.push(first);
            first += models;
        }
        let starts = next.iter().step_by(CHUNK).copied().collect();
        let mut rows = vec![0; item_of_row.len()];
        for (row, item) in (0u32..).zip(item_of_row) {
            let place = &mut next[*item as usize];
            rows[*place as usize] = row;
            *place += 1;
        }
        ByItem { rows, starts }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Lot;
    use super::*;

    proptest! {
        #[test]
        fn rows_are_found_by_item_as_they_are_looked_up(
            item_of_row in prop::collection::vec(0u32..200, 0..500),
            chosen in prop::collection::vec(any::<bool>(), 200),
        ) {
            let mut models = vec![0; 256];
            item_of_row.iter().for_each(|item| models[*item as usize] += 1);
            let items = Lot { len: 200, models, ..Lot::default() };
            let cube = Cube { items, item_of_row, ..Cube::default() };
            let mut set = vec![0; 4];
            for (item, is_in) in chosen.iter().enumerate() {
                set[item / 64] |= u64::from(*is_in) << (item % 64);
            }
            let expected = cube.rows_looked_up(&set);
            prop_assert_eq!(cube.rows_gathered(&Words::of(&set)), expected.clone());
            prop_assert_eq!(cube.rows_of(&set), expected);
        }
    }
}
