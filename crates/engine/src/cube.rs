//! Rows that are alike in every facet, joined into one item, and items alike in all but their topic, which stand together
//! in a block.
//!
//! A Hub of three million models has far fewer distinct combinations of facet values, because the long tail repeats
//! itself. Counting combinations instead of rows divides the work of every step. The items stand in the order of their
//! codes, the topic last, so that blocks follow one another too: there are several times fewer of them than of items, and
//! whatever does not depend on topics is counted on them.

use std::sync::OnceLock;

use atlas_snapshot::NumberColumn;

use crate::bitmap::{self, Bitmap};
use crate::items::{Blocks, CHUNK, Code, ItemCodes, Items, Numbers, RowNumbers, Weights, on_numbers, on_weights};
use crate::joints::{BY_BLOCK, JOINTS, Joints, PUBLISHED};

mod join;
mod rows;

/// The joined rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cube {
    items: Lot,
    blocks: Lot,
    /// The first item of each block, and the number of items.
    block_starts: Vec<u32>,
    /// The first items of the blocks.
    first_items: Bitmap,
    /// The first block of each code of the joint of when and how large, and the number of blocks; nothing where the blocks
    /// do not stand in the order of these codes.
    published: Vec<u32>,
    item_of_row: Vec<u32>,
    /// Made once somebody asks for the rows of few items.
    by_item: OnceLock<rows::ByItem>,
}

/// Columns of items or blocks, padded with nothing to whole chunks, as the kernels want them.
#[derive(Clone, Debug)]
struct Lot {
    len: usize,
    in_order: bool,
    codes: LotCodes,
    models: Vec<u32>,
    downloads_30d: NumberColumn,
    downloads_all_time: NumberColumn,
    likes: NumberColumn,
    /// Empty unless they are counted.
    downloads_made: NumberColumn,
}

#[derive(Clone, Debug)]
enum LotCodes {
    U16([Vec<u16>; JOINTS]),
    U32([Vec<u32>; JOINTS]),
}

impl Default for Lot {
    fn default() -> Lot {
        let nothing = || NumberColumn::with_capacity(0);
        Lot {
            len: 0,
            in_order: true,
            codes: LotCodes::U16(Default::default()),
            models: Vec::new(),
            downloads_30d: nothing(),
            downloads_all_time: nothing(),
            likes: nothing(),
            downloads_made: nothing(),
        }
    }
}

impl Cube {
    /// Joins the rows whose keys `joints` holds, and lets it forget the keys if no more rows will come.
    pub(crate) fn build(joints: &mut Joints, rows: RowNumbers<'_>, is_complete: bool) -> Cube {
        joints.order();
        let join::Joined {
            len,
            codes,
            item_of_row,
        } = join::join(joints);
        if is_complete {
            joints.forget_keys();
        }
        let padded = len.next_multiple_of(CHUNK);
        let mut models = vec![0u32; padded];
        item_of_row.iter().for_each(|item| models[*item as usize] += 1);
        let items = Lot {
            len,
            in_order: true,
            codes,
            models,
            downloads_30d: added_up(&item_of_row, rows.downloads_30d, padded),
            downloads_all_time: added_up(&item_of_row, rows.downloads_all_time, padded),
            likes: added_up(&item_of_row, rows.likes, padded),
            downloads_made: NumberColumn::with_capacity(0),
        };
        let mut cube = Cube::of_items(items, item_of_row);
        let codes = joints.len(PUBLISHED);
        cube.published = match &cube.blocks.codes {
            LotCodes::U16(of_blocks) => first_of_each(&of_blocks[PUBLISHED][..cube.blocks.len], codes),
            LotCodes::U32(of_blocks) => first_of_each(&of_blocks[PUBLISHED][..cube.blocks.len], codes),
        };
        cube
    }

    /// Takes other downloads made in the place of those before.
    pub(crate) fn set_downloads_made(&mut self, rows: Numbers<'_>) {
        self.items.downloads_made = match rows {
            Numbers::Constant(0) => NumberColumn::with_capacity(0),
            rows => added_up(&self.item_of_row, rows, self.items.models.len()),
        };
        self.blocks.downloads_made = blocked(&self.block_starts, &self.items.downloads_made);
    }

    /// Some rows, each an item of its own; `rows` are their numbers in the same order. Only rows that happen to stand together
    /// come to be in one block.
    pub(crate) fn of_rows(&self, picked: &[u32], rows: RowNumbers<'_>) -> Cube {
        let padded = picked.len().next_multiple_of(CHUNK);
        let codes = match &self.items.codes {
            LotCodes::U16(codes) => LotCodes::U16(codes.each_ref().map(|codes| self.gather(codes, picked, padded))),
            LotCodes::U32(codes) => LotCodes::U32(codes.each_ref().map(|codes| self.gather(codes, picked, padded))),
        };
        let mut models = vec![1u32; picked.len()];
        models.resize(padded, 0);
        let nothing = std::iter::repeat_n(0, padded - picked.len());
        let numbers = |numbers: Numbers<'_>| {
            let picked = picked.iter().map(|row| numbers.get(*row as usize));
            picked.chain(nothing.clone()).collect()
        };
        let items = Lot {
            len: picked.len(),
            in_order: false,
            codes,
            models,
            downloads_30d: numbers(rows.downloads_30d),
            downloads_all_time: numbers(rows.downloads_all_time),
            likes: numbers(rows.likes),
            downloads_made: match rows.downloads_made {
                Numbers::Constant(0) => NumberColumn::with_capacity(0),
                made => numbers(made),
            },
        };
        Cube::of_items(items, Vec::new())
    }

    fn of_items(items: Lot, item_of_row: Vec<u32>) -> Cube {
        let block_starts = match &items.codes {
            LotCodes::U16(codes) => block_starts(codes, items.len),
            LotCodes::U32(codes) => block_starts(codes, items.len),
        };
        let blocks = items.blocks(&block_starts);
        Cube {
            published: Vec::new(),
            first_items: {
                let mut first_items = vec![0; bitmap::words(items.len)];
                let firsts = block_starts.iter().take(blocks.len);
                firsts.for_each(|first| first_items[*first as usize / 64] |= 1 << (*first % 64));
                first_items
            },
            blocks,
            items,
            block_starts,
            item_of_row,
            by_item: OnceLock::new(),
        }
    }

    fn gather<C: Copy + Default>(&self, codes: &[C], picked: &[u32], padded: usize) -> Vec<C> {
        let code = |row: &u32| codes[self.item_of_row[*row as usize] as usize];
        let mut gathered: Vec<C> = picked.iter().map(code).collect();
        gathered.resize(padded, C::default());
        gathered
    }

    /// The joined rows as items.
    pub(crate) fn items(&self) -> Items<'_> {
        self.items.items()
    }

    /// The blocks that the items stand in.
    pub(crate) fn blocks(&self) -> Blocks<'_> {
        Blocks {
            starts: &self.block_starts,
            first_items: &self.first_items,
            published: &self.published,
            items: self.blocks.items(),
        }
    }

    /// The item that each row is part of.
    pub(crate) fn item_of_row(&self) -> &[u32] {
        &self.item_of_row
    }
}

impl Lot {
    /// The blocks of these items, given where each starts.
    fn blocks(&self, starts: &[u32]) -> Lot {
        let len = starts.len() - 1;
        Lot {
            len,
            in_order: self.in_order,
            codes: match &self.codes {
                LotCodes::U16(codes) => LotCodes::U16(codes_at(codes, &starts[..len])),
                LotCodes::U32(codes) => LotCodes::U32(codes_at(codes, &starts[..len])),
            },
            models: {
                let mut models = vec![0; len.next_multiple_of(CHUNK)];
                for (block, ends) in models.iter_mut().zip(starts.windows(2)) {
                    *block = self.models[ends[0] as usize..ends[1] as usize].iter().sum();
                }
                models
            },
            downloads_30d: blocked(starts, &self.downloads_30d),
            downloads_all_time: blocked(starts, &self.downloads_all_time),
            likes: blocked(starts, &self.likes),
            downloads_made: blocked(starts, &self.downloads_made),
        }
    }

    fn items(&self) -> Items<'_> {
        Items {
            len: self.len,
            in_order: self.in_order,
            codes: match &self.codes {
                LotCodes::U16(codes) => ItemCodes::U16(codes.each_ref().map(Vec::as_slice)),
                LotCodes::U32(codes) => ItemCodes::U32(codes.each_ref().map(Vec::as_slice)),
            },
            models: &self.models,
            downloads_30d: Weights::of(&self.downloads_30d),
            downloads_all_time: Weights::of(&self.downloads_all_time),
            likes: Weights::of(&self.likes),
            downloads_made: Weights::of(&self.downloads_made),
        }
    }
}

/// The first item of each block, and the number of items.
fn block_starts<C: Eq>(codes: &[Vec<C>; JOINTS], len: usize) -> Vec<u32> {
    let starts = |at: &usize| {
        *at == 0
            || BY_BLOCK
                .iter()
                .any(|joint| codes[*joint][*at] != codes[*joint][*at - 1])
    };
    let mut found: Vec<u32> = (0..len).filter(starts).map(|at| at as u32).collect();
    found.push(len as u32);
    found.shrink_to_fit();
    found
}

/// The first place of each of so many codes, which rise, and the number of places.
fn first_of_each<C: Code>(rising: &[C], codes: usize) -> Vec<u32> {
    let mut firsts = vec![0u32; codes + 1];
    rising.iter().for_each(|code| firsts[code.position() + 1] += 1);
    for code in 0..codes {
        firsts[code + 1] += firsts[code];
    }
    firsts
}

/// The codes of the blocks that start at these items; a block has no topic.
fn codes_at<C: Copy + Default>(codes: &[Vec<C>; JOINTS], starts: &[u32]) -> [Vec<C>; JOINTS] {
    let mut of_blocks: [Vec<C>; JOINTS] = Default::default();
    for joint in BY_BLOCK {
        let mut column = Vec::with_capacity(starts.len().next_multiple_of(CHUNK));
        column.extend(starts.iter().map(|start| codes[joint][*start as usize]));
        column.resize(starts.len().next_multiple_of(CHUNK), C::default());
        of_blocks[joint] = column;
    }
    of_blocks
}

/// Numbers of items added up by block; nothing of nothing.
fn blocked(starts: &[u32], numbers: &NumberColumn) -> NumberColumn {
    if numbers.is_empty() {
        return NumberColumn::with_capacity(0);
    }
    let padding = (starts.len() - 1).next_multiple_of(CHUNK) - (starts.len() - 1);
    on_weights!(Weights::of(numbers), numbers => {
        let sum = |ends: &[u32]| {
            let numbers = &numbers[ends[0] as usize..ends[1] as usize];
            numbers.iter().fold(0, |sum: u64, number| sum + Into::<u64>::into(*number))
        };
        starts.windows(2).map(sum).chain(std::iter::repeat_n(0, padding)).collect()
    })
}

fn added_up(item_of_row: &[u32], numbers: Numbers<'_>, padded: usize) -> NumberColumn {
    if let Numbers::Constant(0) = numbers {
        return NumberColumn::U32(vec![0; padded]);
    }
    let mut sums = vec![0u64; padded];
    on_numbers!(numbers, number => {
        for (row, item) in item_of_row.iter().enumerate() {
            sums[*item as usize] += number(row);
        }
    });
    sums.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use atlas_snapshot::CodeColumn;

    use super::*;
    use crate::items::{BASES, BIN, MONTH};
    use crate::joints::OWNER;

    fn joints(months: &[u8], bins: &[u8], organisations: &[u32]) -> Joints {
        let mut columns: [CodeColumn; BASES] = std::array::from_fn(|_| CodeColumn::U8(vec![0; months.len()]));
        columns[MONTH] = CodeColumn::U8(months.to_vec());
        columns[BIN] = CodeColumn::U8(bins.to_vec());
        columns[4] = CodeColumn::U32(organisations.to_vec());
        let mut joints = Joints::default();
        joints.append(&columns, &[100_000; BASES]);
        joints
    }

    fn numbers(downloads: &[u64]) -> RowNumbers<'_> {
        RowNumbers {
            downloads_30d: Numbers::U64(downloads),
            downloads_all_time: Numbers::Constant(0),
            likes: Numbers::Constant(2),
            downloads_made: Numbers::Constant(0),
        }
    }

    #[test]
    fn rows_alike_in_every_facet_become_one_item_that_holds_their_sums() {
        let (months, bins) = ([3, 1, 3, 1, 3], [7, 7, 7, 7, 80]);
        let downloads = [1, 2, 3, 4, 5];
        let mut joints = joints(&months, &bins, &[0; 5]);
        let cube = Cube::build(&mut joints, numbers(&downloads), false);
        let joined = cube.items();
        assert_eq!(joined.len, 3);
        let item = |row: usize| cube.item_of_row()[row] as usize;
        assert_eq!([item(0), item(1)], [item(2), item(3)]);
        for (row, models, downloads) in [(0, 2, 4), (1, 2, 6), (4, 1, 5)] {
            let item = item(row);
            assert_eq!(u64::from(joined.models[item]), models);
            assert_eq!(joined.downloads_30d.get(item), downloads);
            assert_eq!(joined.likes.get(item), 2 * models);
            let published = joined.codes.position(PUBLISHED, item);
            assert_eq!(joints.member(MONTH)[published], u32::from(months[row]));
            assert_eq!(joints.member(BIN)[published], u32::from(bins[row]));
        }
    }

    #[test]
    fn more_combinations_than_16_bits_count_are_joined_as_well() {
        let rows = 140_000;
        let organisations: Vec<u32> = (0..rows).map(|row| row / 2).collect();
        let (zeros, downloads) = (vec![0; rows as usize], vec![1; rows as usize]);
        let mut joints = joints(&zeros, &zeros, &organisations);
        let cube = Cube::build(&mut joints, numbers(&downloads), false);
        assert_eq!(cube.items().len, 70_000);
        assert!((0..70_000).all(|item| cube.items().models[item] == 2));
        assert_eq!(cube.blocks().items.len, 70_000);
    }

    #[test]
    fn blocks_are_the_items_alike_in_all_but_their_topic_and_hold_their_sums() {
        let rows = 40_000u32;
        let months: Vec<u8> = (0..rows).map(|row| (row % 3) as u8).collect();
        // Many from one organisation, few from each of others, and as many bins for all.
        let organisations: Vec<u32> = (0..rows).map(|row| if row % 5 == 0 { row % 700 } else { 7 }).collect();
        let downloads: Vec<u64> = (0..u64::from(rows)).collect();
        let mut columns: [CodeColumn; BASES] = std::array::from_fn(|_| CodeColumn::U8(vec![0; months.len()]));
        columns[MONTH] = CodeColumn::U8(months.clone());
        columns[BIN] = CodeColumn::U8(vec![9; rows as usize]);
        columns[4] = CodeColumn::U32(organisations.clone());
        // Many licences tell items of one block apart.
        columns[7] = CodeColumn::U32((0..rows).map(|row| row / 7).collect());
        let mut joints = Joints::default();
        joints.append(&columns, &[100_000; BASES]);
        let cube = Cube::build(&mut joints, numbers(&downloads), false);
        let mut expected: BTreeMap<(u8, u32), (u64, u64)> = BTreeMap::new();
        for (row, downloads) in downloads.iter().enumerate() {
            let sums = expected.entry((months[row], organisations[row])).or_default();
            *sums = (sums.0 + downloads, sums.1 + 1);
        }
        let blocks = cube.blocks();
        assert_eq!(blocks.items.len, expected.len());
        let month = |block: usize| joints.member(MONTH)[blocks.items.codes.position(PUBLISHED, block)];
        let organisation = |block: usize| joints.member(4)[blocks.items.codes.position(OWNER, block)];
        for block in 0..blocks.items.len {
            let sums = expected[&(month(block) as u8, organisation(block))];
            assert_eq!(blocks.items.downloads_30d.get(block), sums.0);
            assert_eq!(u64::from(blocks.items.models[block]), sums.1);
        }
        assert_eq!(blocks.starts.last(), Some(&(cube.items().len as u32)));
    }
}
