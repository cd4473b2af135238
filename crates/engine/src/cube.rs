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

#[cfg(test)]
mod tests {
    use atlas_snapshot::Manifest;
    use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, DictionaryValue, FORMAT, Totals};

    use super::*;
    use crate::items::{BIN, MONTH};

    /// A layout in which every stored facet has `values` values.
    fn layout(values: usize) -> Layout {
        let key = |at: usize| {
            if at + 1 == values {
                "unknown".to_owned()
            } else {
                format!("20{at:02}-01")
            }
        };
        let value = |at| DictionaryValue {
            key: key(at),
            label: None,
            parent: None,
        };
        let manifest = Manifest {
            format: FORMAT,
            collection: "models".to_owned(),
            taken_on: "2026-08-22".to_owned(),
            synthetic: true,
            built_by: "a test".to_owned(),
            sources: Vec::new(),
            totals: Totals::default(),
            coverage: Vec::new(),
            definitions: Vec::new(),
            dictionaries: DICTIONARY_COLUMNS
                .map(|column| (column.to_owned(), (0..values).map(value).collect()))
                .into(),
            parts: Vec::new(),
        };
        Layout::new(&manifest, String::new())
    }

    /// Items whose month and bin are given and whose other codes are 0; downloads are 1, 2, 3 …
    fn items<'a>(months: &'a [u8], bins: &'a [u8], zeros: &'a [u8], downloads: &'a [u64]) -> Items<'a> {
        let mut codes = [Codes::U8(zeros); BASES];
        codes[MONTH] = Codes::U8(months);
        codes[BIN] = Codes::U8(bins);
        Items {
            len: months.len(),
            codes,
            models: Numbers::Constant(1),
            downloads_30d: Numbers::U64(downloads),
            downloads_all_time: Numbers::Constant(0),
            likes: Numbers::Constant(2),
        }
    }

    #[test]
    fn rows_alike_in_every_facet_become_one_item_that_holds_their_sums() {
        let (months, bins) = ([3, 1, 3, 1, 3], [7, 7, 7, 7, 80]);
        let downloads = [1, 2, 3, 4, 5];
        let cube = Cube::build(&items(&months, &bins, &[0; 5], &downloads), &layout(4)).unwrap();
        let joined = cube.items();
        assert_eq!(joined.len, 3);
        let item = |row: usize| cube.item_of_row()[row] as usize;
        assert_eq!([item(0), item(1)], [item(2), item(3)]);
        for (row, models, downloads) in [(0, 2, 4), (1, 2, 6), (4, 1, 5)] {
            let sums = joined.sums(item(row));
            assert_eq!(
                (sums.models, sums.downloads_30d, sums.likes),
                (models, downloads, 2 * models)
            );
            assert_eq!(joined.codes[MONTH].position(item(row)), usize::from(months[row]));
            assert_eq!(joined.codes[BIN].position(item(row)), usize::from(bins[row]));
        }
    }

    #[test]
    fn rows_that_are_all_different_are_not_joined() {
        let rows = 2000;
        let months: Vec<u8> = (0..rows).map(|row| (row / 80) as u8).collect();
        let bins: Vec<u8> = (0..rows).map(|row| (row % 80) as u8).collect();
        let (zeros, downloads) = (vec![0; rows], vec![1; rows]);
        assert!(Cube::build(&items(&months, &bins, &zeros, &downloads), &layout(30)).is_none());
        assert!(Cube::build(&items(&months, &zeros, &zeros, &downloads), &layout(30)).is_some());
    }

    #[test]
    fn codes_that_do_not_fit_128_bits_together_are_not_joined() {
        let one = [0u8];
        assert!(Cube::build(&items(&one, &one, &one, &[1]), &layout(4096)).is_some());
        assert!(Cube::build(&items(&one, &one, &one, &[1]), &layout(8192)).is_none());
    }
}
