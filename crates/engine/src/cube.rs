//! Rows that are alike in every facet, joined into one item.
//!
//! A Hub of three million models has far fewer distinct combinations of facet values, because the long tail repeats
//! itself. Counting combinations instead of rows divides the work of every step. The items stand in the order of their
//! codes, so that totals change slowly along them.

use atlas_snapshot::NumberColumn;

use crate::items::{CHUNK, Code, ItemCodes, Items, Numbers, RowNumbers, Run, Weights, on_numbers};
use crate::joints::{JOINTS, Joints, Key, Keys, PUBLISHED};

/// Joints from the fastest to the slowest changing one along the items.
const FASTEST_FIRST: [usize; JOINTS] = [2, 1, 0, PUBLISHED];

/// Runs of items below this length on average are not worth a list of them.
const SHORT_RUN: usize = 8;

/// The joined rows. Columns are padded with nothing to whole chunks, as the kernels want them.
#[derive(Clone, Debug)]
pub(crate) struct Cube {
    len: usize,
    codes: CubeCodes,
    runs: [Vec<Run>; JOINTS],
    steady: Vec<u64>,
    models: Vec<u32>,
    downloads_30d: NumberColumn,
    downloads_all_time: NumberColumn,
    likes: NumberColumn,
    /// Empty unless they are counted.
    downloads_made: NumberColumn,
    item_of_row: Vec<u32>,
}

#[derive(Clone, Debug)]
enum CubeCodes {
    U16([Vec<u16>; JOINTS]),
    U32([Vec<u32>; JOINTS]),
}

impl Default for Cube {
    fn default() -> Cube {
        let nothing = || NumberColumn::with_capacity(0);
        Cube {
            len: 0,
            codes: CubeCodes::U16(Default::default()),
            runs: Default::default(),
            steady: Vec::new(),
            models: Vec::new(),
            downloads_30d: nothing(),
            downloads_all_time: nothing(),
            likes: nothing(),
            downloads_made: nothing(),
            item_of_row: Vec::new(),
        }
    }
}

impl Cube {
    /// Joins the rows whose keys `joints` holds, and lets it forget the keys if no more rows will come.
    pub(crate) fn build(joints: &mut Joints, rows: RowNumbers<'_>, is_complete: bool) -> Cube {
        let Joined {
            len,
            codes,
            item_of_row,
        } = match joints.keys() {
            Keys::Narrow(keys) => joined_in_buckets(keys, joints).unwrap_or_else(|| joined(keys, joints)),
            Keys::Wide(keys) => joined(keys, joints),
        };
        if is_complete {
            joints.forget_keys();
        }
        let runs = match &codes {
            CubeCodes::U16(codes) => codes.each_ref().map(|codes| runs(&codes[..len])),
            CubeCodes::U32(codes) => codes.each_ref().map(|codes| runs(&codes[..len])),
        };
        let steady = match &codes {
            CubeCodes::U16(codes) => steady(codes, len),
            CubeCodes::U32(codes) => steady(codes, len),
        };
        let padded = len.next_multiple_of(CHUNK);
        let mut models = vec![0u32; padded];
        item_of_row.iter().for_each(|item| models[*item as usize] += 1);
        Cube {
            len,
            codes,
            runs,
            steady,
            models,
            downloads_30d: added_up(&item_of_row, rows.downloads_30d, padded),
            downloads_all_time: added_up(&item_of_row, rows.downloads_all_time, padded),
            likes: added_up(&item_of_row, rows.likes, padded),
            downloads_made: NumberColumn::with_capacity(0),
            item_of_row,
        }
    }

    /// Takes other downloads made in the place of those before.
    pub(crate) fn set_downloads_made(&mut self, rows: Numbers<'_>) {
        self.downloads_made = match rows {
            Numbers::Constant(0) => NumberColumn::with_capacity(0),
            rows => added_up(&self.item_of_row, rows, self.models.len()),
        };
    }

    /// Some rows, each an item of its own; `rows` are their numbers in the same order.
    pub(crate) fn of_rows(&self, picked: &[u32], rows: RowNumbers<'_>) -> Cube {
        let padded = picked.len().next_multiple_of(CHUNK);
        let codes = match &self.codes {
            CubeCodes::U16(codes) => CubeCodes::U16(codes.each_ref().map(|codes| self.gather(codes, picked, padded))),
            CubeCodes::U32(codes) => CubeCodes::U32(codes.each_ref().map(|codes| self.gather(codes, picked, padded))),
        };
        let mut models = vec![1u32; picked.len()];
        models.resize(padded, 0);
        let nothing = std::iter::repeat_n(0, padded - picked.len());
        let numbers = |numbers: Numbers<'_>| {
            let picked = picked.iter().map(|row| numbers.get(*row as usize));
            picked.chain(nothing.clone()).collect()
        };
        Cube {
            len: picked.len(),
            codes,
            runs: Default::default(),
            steady: Vec::new(),
            models,
            downloads_30d: numbers(rows.downloads_30d),
            downloads_all_time: numbers(rows.downloads_all_time),
            likes: numbers(rows.likes),
            downloads_made: match rows.downloads_made {
                Numbers::Constant(0) => NumberColumn::with_capacity(0),
                made => numbers(made),
            },
            item_of_row: Vec::new(),
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
        Items {
            len: self.len,
            codes: match &self.codes {
                CubeCodes::U16(codes) => ItemCodes::U16(codes.each_ref().map(Vec::as_slice)),
                CubeCodes::U32(codes) => ItemCodes::U32(codes.each_ref().map(Vec::as_slice)),
            },
            runs: self.runs.each_ref().map(Vec::as_slice),
            steady: &self.steady,
            models: &self.models,
            downloads_30d: Weights::of(&self.downloads_30d),
            downloads_all_time: Weights::of(&self.downloads_all_time),
            likes: Weights::of(&self.likes),
            downloads_made: Weights::of(&self.downloads_made),
        }
    }

    /// The item that each row is part of.
    pub(crate) fn item_of_row(&self) -> &[u32] {
        &self.item_of_row
    }
}

/// Items and which rows they are of.
struct Joined {
    len: usize,
    codes: CubeCodes,
    item_of_row: Vec<u32>,
}

/// Joins rows in buckets of one publication month and size each, small enough to be sorted in a processor's cache.
///
/// `None` when the other codes and a place in the largest bucket do not fit 64 bits together.
fn joined_in_buckets(keys: &[u64], joints: &Joints) -> Option<Joined> {
    let mut starts = vec![0usize; joints.len(PUBLISHED) + 1];
    keys.iter().for_each(|key| starts[key.code(PUBLISHED) + 1] += 1);
    let bits = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
    let place_bits = bits(starts.iter().copied().max().unwrap_or(0));
    let [owner_bits, lineage_bits, subject_bits] = [0, 1, 2].map(|joint| bits(joints.len(joint)));
    if owner_bits + lineage_bits + subject_bits + place_bits > u64::BITS {
        return None;
    }
    for code in 1..starts.len() {
        starts[code] += starts[code - 1];
    }
    let mut next = starts.clone();
    let (mut packed, mut rows) = (vec![0u64; keys.len()], vec![0u32; keys.len()]);
    for (key, row) in keys.iter().zip(0u32..) {
        let bucket = key.code(PUBLISHED);
        let at = next[bucket];
        next[bucket] += 1;
        let [owner, lineage, subject] = [0, 1, 2].map(|joint| key.code(joint) as u64);
        let codes = (owner << lineage_bits | lineage) << subject_bits | subject;
        packed[at] = codes << place_bits | (at - starts[bucket]) as u64;
        rows[at] = row;
    }
    let buckets = || starts.windows(2).map(|ends| ends[0]..ends[1]);
    let mut len = 0;
    for bucket in buckets() {
        let packed = &mut packed[bucket];
        packed.sort_unstable();
        len += packed
            .chunk_by(|one, other| one >> place_bits == other >> place_bits)
            .count();
    }
    let padded = len.next_multiple_of(CHUNK);
    let mut codes: [Vec<u16>; JOINTS] = std::array::from_fn(|_| Vec::with_capacity(padded));
    let mut item_of_row = vec![0u32; keys.len()];
    let mask = |bits: u32| (1u64 << bits) - 1;
    for (published, bucket) in buckets().enumerate() {
        let rows = &rows[bucket.clone()];
        for item in packed[bucket].chunk_by(|one, other| one >> place_bits == other >> place_bits) {
            let number = codes[PUBLISHED].len() as u32;
            let key = item[0] >> place_bits;
            codes[0].push((key >> subject_bits >> lineage_bits) as u16);
            codes[1].push((key >> subject_bits & mask(lineage_bits)) as u16);
            codes[2].push((key & mask(subject_bits)) as u16);
            codes[PUBLISHED].push(published as u16);
            for packed in item {
                item_of_row[rows[(packed & mask(place_bits)) as usize] as usize] = number;
            }
        }
    }
    codes.iter_mut().for_each(|codes| codes.resize(padded, 0));
    Some(Joined {
        len,
        codes: CubeCodes::U16(codes),
        item_of_row,
    })
}

fn joined<K: Key>(keys: &[K], joints: &Joints) -> Joined {
    let (order, mut item_of_row) = ordered(keys, joints);
    // The first row of each item.
    let mut firsts: Vec<u32> = Vec::new();
    let mut last = None;
    for row in &order {
        let key = keys[*row as usize];
        if last != Some(key) {
            last = Some(key);
            firsts.push(*row);
        }
        item_of_row[*row as usize] = firsts.len() as u32 - 1;
    }
    drop(order);
    let padded = firsts.len().next_multiple_of(CHUNK);
    let code = |joint: usize| firsts.iter().map(move |row| keys[*row as usize].code(joint));
    let is_narrow = (0..JOINTS).all(|joint| joints.len(joint) <= 0x1_0000);
    let codes = match is_narrow {
        true => CubeCodes::U16(std::array::from_fn(|joint| {
            filled(code(joint).map(|code| code as u16), padded)
        })),
        false => CubeCodes::U32(std::array::from_fn(|joint| {
            filled(code(joint).map(|code| code as u32), padded)
        })),
    };
    Joined {
        len: firsts.len(),
        codes,
        item_of_row,
    }
}

/// The codes, and nothing up to a length.
fn filled<C: Copy + Default>(codes: impl Iterator<Item = C>, length: usize) -> Vec<C> {
    let mut column = Vec::with_capacity(length);
    column.extend(codes);
    column.resize(length, C::default());
    column
}

/// The rows in the order of their keys, equal ones in their own order, and room for as many numbers again.
fn ordered<K: Key>(keys: &[K], joints: &Joints) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    let mut next = vec![0u32; keys.len()];
    for joint in FASTEST_FIRST {
        let mut starts = vec![0u32; joints.len(joint) + 1];
        keys.iter().for_each(|key| starts[key.code(joint) + 1] += 1);
        for code in 1..starts.len() {
            starts[code] += starts[code - 1];
        }
        for row in &order {
            let start = &mut starts[keys[*row as usize].code(joint)];
            next[*start as usize] = *row;
            *start += 1;
        }
        std::mem::swap(&mut order, &mut next);
    }
    (order, next)
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

/// The runs of equal codes, or nothing where they are short.
fn runs<C: Code + Eq>(codes: &[C]) -> Vec<Run> {
    let starts = |at: &usize| *at == 0 || codes[*at] != codes[*at - 1];
    let found = (0..codes.len()).filter(starts).count();
    if found * SHORT_RUN > codes.len() {
        return Vec::new();
    }
    let run = |at: usize| Run {
        start: at as u32,
        code: codes[at].position() as u32,
    };
    (0..codes.len()).filter(starts).map(run).collect()
}

/// The whole chunks of one publisher and one time: items stand in the order of their times and, in each, of their
/// publishers, so where the first and the last of a chunk are alike all are.
fn steady<C: Eq>(codes: &[Vec<C>; JOINTS], len: usize) -> Vec<u64> {
    let chunks = len / CHUNK;
    let mut steady = vec![0; chunks.div_ceil(64)];
    for chunk in 0..chunks {
        let (first, last) = (chunk * CHUNK, chunk * CHUNK + CHUNK - 1);
        let is_one = |joint: usize| codes[joint][first] == codes[joint][last];
        steady[chunk / 64] |= u64::from(is_one(0) && is_one(PUBLISHED)) << (chunk % 64);
    }
    steady
}

#[cfg(test)]
mod tests {
    use atlas_snapshot::CodeColumn;

    use super::*;
    use crate::items::{BASES, BIN, MONTH};

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
            let published = joined.codes.position(crate::joints::PUBLISHED, item);
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
        assert!((0..70_000 / CHUNK).all(|chunk| !cube.items().is_steady(chunk)));
    }

    #[test]
    fn chunks_of_one_publisher_and_one_time_are_known() {
        let rows = 40_000u32;
        let months: Vec<u8> = (0..rows).map(|row| (row % 3) as u8).collect();
        // Many from one organisation, few from each of others, and as many bins for all.
        let organisations: Vec<u32> = (0..rows).map(|row| if row % 5 == 0 { row % 700 } else { 7 }).collect();
        let bins = vec![9; rows as usize];
        let downloads = vec![1; rows as usize];
        let mut columns: [CodeColumn; BASES] = std::array::from_fn(|_| CodeColumn::U8(vec![0; months.len()]));
        columns[MONTH] = CodeColumn::U8(months);
        columns[BIN] = CodeColumn::U8(bins);
        columns[4] = CodeColumn::U32(organisations);
        // Many subjects tell items of one organisation apart.
        columns[6] = CodeColumn::U32((0..rows).map(|row| row / 7).collect());
        let mut joints = Joints::default();
        joints.append(&columns, &[100_000; BASES]);
        let cube = Cube::build(&mut joints, numbers(&downloads), false);
        let items = cube.items();
        let mut found = [0, 0];
        for chunk in 0..items.len / CHUNK {
            let alike = |joint: usize| {
                let code = |item: usize| items.codes.position(joint, chunk * CHUNK + item);
                (1..CHUNK).all(|item| code(item) == code(0))
            };
            let expected = alike(0) && alike(crate::joints::PUBLISHED);
            assert_eq!(items.is_steady(chunk), expected, "chunk {chunk}");
            found[usize::from(expected)] += 1;
        }
        assert!(found.iter().all(|chunks| *chunks > 20), "{found:?}");
    }
}
