//! Values of a column as positions in a dictionary of its own.

use crate::columns::CodeColumn;

/// The values of a column, and for each row the position of its value among them.
///
/// The most frequent value comes first: high bytes of positions are then mostly zero, and compress to little.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Indexed<T> {
    /// Every value that occurs, by number of rows, descending, then ascending.
    pub(super) values: Vec<T>,
    /// Positions in `values`, in row order.
    pub(super) indices: Vec<u32>,
}

/// Numbers as positions among themselves.
pub(super) fn index_numbers(numbers: &[i64]) -> Indexed<i64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let (mut distinct, mut counts) = (Vec::new(), Vec::new());
    for run in sorted.chunk_by(|a, b| a == b) {
        distinct.extend(run.first());
        counts.push(run.len());
    }
    drop(sorted);
    let order = by_count(&counts);
    let ranks = ranks(&order, distinct.len());
    let rank = |number: &i64| {
        distinct
            .binary_search(number)
            .ok()
            .and_then(|at| ranks.get(at).copied())
    };
    Indexed {
        indices: numbers.iter().filter_map(rank).collect(),
        values: order
            .iter()
            .filter_map(|at| distinct.get(*at as usize).copied())
            .collect(),
    }
}

/// Codes of a dictionary of `values` values as positions among those that occur, or `None` where a code is beyond it.
pub(super) fn index_codes(codes: &CodeColumn, values: usize) -> Option<Indexed<u32>> {
    let mut counts = vec![0; values];
    for row in 0..codes.len() {
        *counts.get_mut(codes.get(row)? as usize)? += 1;
    }
    let order = by_count(&counts);
    let ranks = ranks(&order, values);
    let rank = |row| ranks.get(codes.get(row)? as usize).copied();
    Some(Indexed {
        indices: (0..codes.len()).map(rank).collect::<Option<_>>()?,
        values: order,
    })
}

/// Positions of what occurs, the most frequent first.
fn by_count(counts: &[usize]) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..)
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(at, _)| at)
        .collect();
    order.sort_by_key(|at| std::cmp::Reverse(counts.get(*at as usize)));
    order
}

/// For each of `values` values its position in `order`, and 0 where it is not in it.
fn ranks(order: &[u32], values: usize) -> Vec<u32> {
    let mut ranks = vec![0; values];
    for (rank, at) in (0u32..).zip(order) {
        if let Some(place) = ranks.get_mut(*at as usize) {
            *place = rank;
        }
    }
    ranks
}

/// Bits of a position among `values` values: a power of two below a byte and whole bytes above, so that no position
/// straddles the bytes that compression looks at.
pub(super) fn index_width(values: usize) -> u8 {
    match values.saturating_sub(1) {
        0..=1 => 1,
        2..=3 => 2,
        4..=15 => 4,
        16..=0xff => 8,
        0x100..=0xffff => 16,
        0x1_0000..=0xff_ffff => 24,
        _ => 32,
    }
}

/// Positions of `width` bits in Parquet's hybrid of run lengths and bit-packed groups: one run where they are all the
/// same, one sequence of groups otherwise.
pub(super) fn hybrid(indices: &[u32], width: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let Some(first) = indices.first() else {
        return out;
    };
    let bytes = usize::from(width.div_ceil(8));
    if indices.iter().all(|index| index == first) {
        varint(&mut out, (indices.len() as u64) << 1);
        out.extend(first.to_le_bytes().iter().take(bytes));
        return out;
    }
    let groups = indices.len().div_ceil(8);
    varint(&mut out, (groups as u64) << 1 | 1);
    let end = out.len() + groups * usize::from(width);
    out.reserve_exact(end - out.len());
    if width >= 8 {
        for index in indices {
            out.extend(index.to_le_bytes().iter().take(bytes));
        }
    } else {
        for indices in indices.chunks(usize::from(8 / width)) {
            let packed = indices.iter().rev().fold(0, |byte, index| byte << width | index);
            out.push(packed as u8);
        }
    }
    // The last group is filled up.
    out.resize(end, 0);
    out
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_most_frequent_value_comes_first_and_ties_ascend() {
        let indexed = index_numbers(&[5, 9, 9, 1, 5, 9, -2]);
        assert_eq!(indexed.values, [9, 5, -2, 1]);
        assert_eq!(indexed.indices, [1, 0, 0, 3, 1, 0, 2]);
        let indexed = index_codes(&CodeColumn::U16(vec![4, 2, 2, 0]), 5).unwrap();
        assert_eq!(indexed.values, [2, 0, 4]);
        assert_eq!(indexed.indices, [2, 0, 0, 1]);
        assert_eq!(index_codes(&CodeColumn::U8(vec![5]), 5), None);
        assert!(index_numbers(&[]).values.is_empty());
    }

    fn check(indices: &[u32], values: usize) {
        let all: Vec<u32> = (0..values as u32).collect();
        let width = index_width(values);
        let mut out = Vec::new();
        crate::read::hybrid::decode(&hybrid(indices, width), width, indices.len(), &all, &mut out).unwrap();
        assert_eq!(out, indices);
    }

    #[test]
    fn more_than_65_536_values_take_three_bytes_and_more_than_16_777_216_four() {
        for values in [65_537, 1 << 24, (1 << 24) + 1] {
            let last = values as u32 - 1;
            check(&[last, 0, 65_535, 65_536, last, 1, 2, 3, 4, last], values);
            check(&[last; 9], values);
        }
        assert_eq!(
            [65_536, 65_537, 1 << 24, (1 << 24) + 1].map(index_width),
            [16, 24, 24, 32]
        );
    }

    proptest! {
        #[test]
        fn the_reader_decodes_every_width(
            values in prop_oneof![1usize..20, 200usize..300],
            seeds in prop::collection::vec(any::<u32>(), 0..100),
            same: bool,
        ) {
            let seed = |seed: &u32| if same { 0 } else { seed % values as u32 };
            check(&seeds.iter().map(seed).collect::<Vec<u32>>(), values);
        }
    }
}
