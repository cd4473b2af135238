//! Rows that are alike in every facet, joined into one item.
//!
//! A Hub of three million models has far fewer distinct combinations of facet values, because the long tail repeats
//! itself. Counting combinations instead of rows divides the work of every step. The items stand in the order of their
//! combined code, so that columns change slowly along them.

use atlas_snapshot::CodeColumn;
use hashbrown::HashMap;

use crate::items::{BASES, Codes, Items, Numbers};
use crate::layout::Layout;

/// Base columns from the slowest to the fastest changing one: organisations decide most of what follows them.
const ORDER: [usize; BASES] = [4, 1, 2, 3, 9, 8, 6, 5, 7, 10, 0];

/// Joining pays only when it leaves at most this share of the rows, in per cent.
const MOST_PER_CENT: usize = 80;

/// The joined rows.
#[derive(Clone, Debug)]
pub(crate) struct Cube {
    codes: Vec<CodeColumn>,
    models: Vec<u32>,
    downloads_30d: Vec<u64>,
    downloads_all_time: Vec<u64>,
    likes: Vec<u64>,
    item_of_row: Vec<u32>,
}

impl Cube {
    /// Joins rows, or returns `None` when that would not pay or the combined codes do not fit 128 bits.
    pub(crate) fn build(rows: &Items<'_>, layout: &Layout) -> Option<Cube> {
        let widths = layout
            .base_lengths
            .map(|codes| usize::BITS - codes.saturating_sub(1).leading_zeros());
        if widths.iter().sum::<u32>() > u128::BITS {
            return None;
        }
        let most = rows.len / 100 * MOST_PER_CENT + 100;
        let mut combined: Vec<u128> = vec![0; rows.len];
        for base in ORDER {
            for (row, key) in combined.iter_mut().enumerate() {
                *key = *key << widths[base] | rows.codes[base].position(row) as u128;
            }
        }
        let mut found: HashMap<u128, u32> = HashMap::new();
        let mut item_of_row = Vec::with_capacity(rows.len);
        for key in &combined {
            let next = found.len() as u32;
            item_of_row.push(*found.entry(*key).or_insert(next));
            if found.len() > most {
                return None;
            }
        }
        drop(combined);
        let mut keys: Vec<(u128, u32)> = found.into_iter().collect();
        keys.sort_unstable();
        let mut rank = vec![0u32; keys.len()];
        for (position, (_, first_seen)) in keys.iter().enumerate() {
            rank[*first_seen as usize] = position as u32;
        }
        for item in &mut item_of_row {
            *item = rank[*item as usize];
        }
        Some(Cube::add_up(rows, layout, &keys, widths, item_of_row))
    }

    fn add_up(
        rows: &Items<'_>,
        layout: &Layout,
        keys: &[(u128, u32)],
        widths: [u32; BASES],
        item_of_row: Vec<u32>,
    ) -> Cube {
        let mut codes: Vec<CodeColumn> = layout
            .base_lengths
            .iter()
            .map(|length| CodeColumn::for_dictionary(*length, keys.len()))
            .collect();
        for (key, _) in keys {
            let mut rest = *key;
            for base in ORDER.into_iter().rev() {
                codes[base].push_run((rest & ((1u128 << widths[base]) - 1)) as u32, 1);
                rest >>= widths[base];
            }
        }
        let mut cube = Cube {
            codes,
            models: vec![0; keys.len()],
            downloads_30d: vec![0; keys.len()],
            downloads_all_time: vec![0; keys.len()],
            likes: vec![0; keys.len()],
            item_of_row,
        };
        for (row, item) in cube.item_of_row.iter().enumerate() {
            let item = *item as usize;
            let sums = rows.sums(row);
            cube.models[item] += 1;
            cube.downloads_30d[item] += sums.downloads_30d;
            cube.downloads_all_time[item] += sums.downloads_all_time;
            cube.likes[item] += sums.likes;
        }
        cube
    }

    /// The joined rows as items.
    pub(crate) fn items(&self) -> Items<'_> {
        let mut codes = [Codes::U8(&[]); BASES];
        for (codes, column) in codes.iter_mut().zip(&self.codes) {
            *codes = match column {
                CodeColumn::U8(column) => Codes::U8(column),
                CodeColumn::U16(column) => Codes::U16(column),
                CodeColumn::U32(column) => Codes::U32(column),
            };
        }
        Items {
            len: self.models.len(),
            codes,
            models: Numbers::U32(&self.models),
            downloads_30d: Numbers::U64(&self.downloads_30d),
            downloads_all_time: Numbers::U64(&self.downloads_all_time),
            likes: Numbers::U64(&self.likes),
        }
    }

    /// The item that each row is part of.
    pub(crate) fn item_of_row(&self) -> &[u32] {
        &self.item_of_row
    }
}
