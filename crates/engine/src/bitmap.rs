//! Bitmaps over items, 64 to a word, and what follows from combining them.

use crate::items::{Code, JointCodes, Run, on_joint};

/// A set of items: bit `i % 64` of word `i / 64` stands for item `i`. Bits beyond the last item are 0.
pub(crate) type Bitmap = Vec<u64>;

/// Number of words for `len` items.
pub(crate) fn words(len: usize) -> usize {
    len.div_ceil(64)
}

/// All items.
pub(crate) fn full(len: usize) -> Bitmap {
    let mut bitmap = vec![u64::MAX; words(len)];
    if !len.is_multiple_of(64)
        && let Some(last) = bitmap.last_mut()
    {
        *last = (1 << (len % 64)) - 1;
    }
    bitmap
}

/// Number of items in the set.
pub(crate) fn count(bitmap: &[u64]) -> usize {
    bitmap.iter().map(|word| word.count_ones() as usize).sum()
}

/// Number of items of the set in `from..to`, which must lie within its words.
pub(crate) fn count_between(bitmap: &[u64], from: usize, to: usize) -> usize {
    if from >= to {
        return 0;
    }
    let (first, last) = (from / 64, (to - 1) / 64);
    let (low, high) = (u64::MAX << (from % 64), u64::MAX >> (63 - (to - 1) % 64));
    if first == last {
        return (bitmap[first] & low & high).count_ones() as usize;
    }
    let ends = (bitmap[first] & low).count_ones() + (bitmap[last] & high).count_ones();
    ends as usize + count(&bitmap[first + 1..last])
}

/// How many items are in one of two sets and not in the other.
pub(crate) fn changes(old: &[u64], new: &[u64]) -> usize {
    let words = old.iter().zip(new);
    words.map(|(old, new)| (old ^ new).count_ones() as usize).sum()
}

/// The same of sets that are each given as two whose items it has.
pub(crate) fn changes_of_pairs(old: (&[u64], &[u64]), new: (&[u64], &[u64])) -> usize {
    let old = old.0.iter().zip(old.1).map(|(one, other)| one | other);
    let new = new.0.iter().zip(new.1).map(|(one, other)| one | other);
    old.zip(new).map(|(old, new)| (old ^ new).count_ones() as usize).sum()
}

/// The items that come and those that go.
pub(crate) fn difference(old: &[u64], new: &[u64]) -> (Bitmap, Bitmap) {
    old.iter().zip(new).map(|(old, new)| (new & !old, old & !new)).unzip()
}

/// The items of two sets together.
pub(crate) fn either(one: &[u64], other: &[u64]) -> Bitmap {
    one.iter().zip(other).map(|(one, other)| one | other).collect()
}

/// Of the first `len` items those that are not in a set.
pub(crate) fn all_but(set: &[u64], len: usize) -> Bitmap {
    set.iter().zip(full(len)).map(|(set, all)| all & !set).collect()
}

/// Whether an item is in the set.
#[inline(always)]
pub(crate) fn contains(bitmap: &[u64], item: usize) -> bool {
    bitmap[item / 64] >> (item % 64) & 1 == 1
}

/// The first item of the set at or after `from`, or `None`.
pub(crate) fn next(bitmap: &[u64], from: usize) -> Option<usize> {
    let first = bitmap.get(from / 64)? & u64::MAX << (from % 64);
    if first != 0 {
        return Some(from / 64 * 64 + first.trailing_zeros() as usize);
    }
    let at = from / 64 + 1;
    let skipped = bitmap.get(at..)?.iter().position(|word| *word != 0)?;
    Some((at + skipped) * 64 + bitmap[at + skipped].trailing_zeros() as usize)
}

/// The items of the set, ascending.
pub(crate) fn members(bitmap: &[u64]) -> impl Iterator<Item = u32> + '_ {
    (0u32..).zip(bitmap).flat_map(|(at, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(at * 64 + bit)
        })
    })
}

/// Of the first `len` items those whose code is admitted: `admitted[code]` for each code.
pub(crate) fn admitted_items(codes: JointCodes<'_>, len: usize, admitted: &[bool]) -> Bitmap {
    on_joint!(codes, codes => pack(&codes[..len], admitted))
}

/// Of `len` items that stand in runs of equal codes those whose code is admitted.
pub(crate) fn admitted_runs(runs: &[Run], len: usize, admitted: &[bool]) -> Bitmap {
    let mut bitmap = vec![0; words(len)];
    let ends = runs.iter().skip(1).map(|run| run.start as usize).chain([len]);
    for (run, end) in runs.iter().zip(ends) {
        if admitted[run.code as usize] {
            fill(&mut bitmap, run.start as usize, end);
        }
    }
    bitmap
}

/// Adds the items `from..to`, at least one.
fn fill(bitmap: &mut [u64], from: usize, to: usize) {
    let (first, last) = (from / 64, (to - 1) / 64);
    let (low, high) = (u64::MAX << (from % 64), u64::MAX >> (63 - (to - 1) % 64));
    if first == last {
        bitmap[first] |= low & high;
        return;
    }
    bitmap[first] |= low;
    bitmap[first + 1..last].fill(u64::MAX);
    bitmap[last] |= high;
}

fn pack<C: Code>(codes: &[C], admitted: &[bool]) -> Bitmap {
    let table: Vec<u8> = admitted.iter().map(|admitted| u8::from(*admitted)).collect();
    let (chunks, rest) = codes.as_chunks::<64>();
    let mut bitmap = Vec::with_capacity(words(codes.len()));
    bitmap.extend(chunks.iter().map(|chunk| pack_word(chunk, &table)));
    bitmap.extend(
        Some(rest)
            .filter(|rest| !rest.is_empty())
            .map(|rest| pack_word(rest, &table)),
    );
    bitmap
}

#[inline(always)]
fn pack_word<C: Code>(chunk: &[C], table: &[u8]) -> u64 {
    let mut word = 0u64;
    for (eight, codes) in chunk.chunks(8).enumerate() {
        let mut bytes = [0u8; 8];
        for (byte, code) in bytes.iter_mut().zip(codes) {
            *byte = table[code.position()];
        }
        // Multiplying eight 0/1 bytes by this constant gathers them in the top byte, the first one lowest.
        let gathered = u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= gathered << (eight * 8);
    }
    word
}

/// The items each clause alone excludes, and the ones none excludes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// Items that satisfy every clause.
    pub(crate) slice: Bitmap,
    /// For each clause, the items that satisfy every clause but this one.
    pub(crate) only_fails: Vec<Bitmap>,
}

/// Combines the bitmaps of the clauses (the items that satisfy each).
pub(crate) fn combine(passes: &[&Bitmap], len: usize) -> Masks {
    let everything = full(len);
    // One bitmap after the other: such loops are compiled to instructions that take several words at a time.
    let (mut once, mut twice) = (vec![0u64; everything.len()], vec![0u64; everything.len()]);
    for pass in passes {
        for (((once, twice), pass), all) in once.iter_mut().zip(&mut twice).zip(*pass).zip(&everything) {
            let fails = !pass & all;
            *twice |= *once & fails;
            *once |= fails;
        }
    }
    let only = |pass: &&Bitmap| -> Bitmap {
        let words = once.iter().zip(&twice).zip(*pass);
        words.map(|((once, twice), pass)| once & !twice & !pass).collect()
    };
    Masks {
        slice: once.iter().zip(&everything).map(|(once, all)| all & !once).collect(),
        only_fails: passes.iter().map(only).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_word_of_a_full_set_ends_with_the_items() {
        assert_eq!(full(0), Bitmap::new());
        assert_eq!(full(64), [u64::MAX]);
        assert_eq!(full(65), [u64::MAX, 1]);
        assert_eq!(count(&full(1000)), 1000);
    }

    proptest! {
        #[test]
        fn members_are_found_in_order(bits in prop::collection::btree_set(0usize..500, 0..60)) {
            let mut bitmap = vec![0u64; words(500)];
            for bit in &bits {
                bitmap[bit / 64] |= 1 << (bit % 64);
            }
            let expected: Vec<u32> = bits.iter().map(|bit| *bit as u32).collect();
            prop_assert_eq!(members(&bitmap).collect::<Vec<_>>(), expected);
            for from in 0..520 {
                prop_assert_eq!(next(&bitmap, from), bits.range(from..).next().copied());
            }
            for (from, to) in [0, 1, 63, 64, 65, 200, 447, 448, 512].into_iter().flat_map(|from| [(from, 512), (from, 320), (0, from)]) {
                let expected = if from < to { bits.range(from..to).count() } else { 0 };
                prop_assert_eq!(count_between(&bitmap, from, to), expected);
            }
        }

        #[test]
        fn packing_admits_item_by_item(codes in prop::collection::vec(any::<u8>(), 0..300), admitted in prop::collection::vec(any::<bool>(), 256)) {
            let expected: Vec<bool> = codes.iter().map(|code| admitted[usize::from(*code)]).collect();
            let narrow: Vec<u16> = codes.iter().map(|code| u16::from(*code)).collect();
            let wide: Vec<u32> = codes.iter().map(|code| u32::from(*code)).collect();
            for bitmap in [JointCodes::U16(&narrow), JointCodes::U32(&wide)].map(|codes| admitted_items(codes, narrow.len(), &admitted)) {
                let found: Vec<bool> = (0..codes.len()).map(|item| contains(&bitmap, item)).collect();
                prop_assert_eq!(&found, &expected);
                prop_assert_eq!(count(&bitmap), expected.iter().filter(|admitted| **admitted).count());
            }
        }

        #[test]
        fn runs_admit_item_by_item(runs in prop::collection::vec((any::<u8>(), 1usize..150), 0..20), admitted in prop::collection::vec(any::<bool>(), 256)) {
            let codes: Vec<u16> = runs.iter().flat_map(|(code, length)| std::iter::repeat_n(u16::from(*code), *length)).collect();
            let starts = runs.iter().scan(0, |next, (code, length)| {
                let run = Run { start: *next, code: u32::from(*code) };
                *next += *length as u32;
                Some(run)
            });
            let starts: Vec<Run> = starts.collect();
            let expected = admitted_items(JointCodes::U16(&codes), codes.len(), &admitted);
            prop_assert_eq!(admitted_runs(&starts, codes.len(), &admitted), expected);
        }

        #[test]
        fn combining_counts_failures_item_by_item(rows in prop::collection::vec(prop::collection::vec(any::<bool>(), 4), 0..200)) {
            let passes: Vec<Bitmap> = (0..4).map(|clause| {
                let mut bitmap = vec![0; words(rows.len())];
                for (item, row) in rows.iter().enumerate() {
                    bitmap[item / 64] |= u64::from(row[clause]) << (item % 64);
                }
                bitmap
            }).collect();
            let masks = combine(&passes.iter().collect::<Vec<_>>(), rows.len());
            for (item, row) in rows.iter().enumerate() {
                let failed: Vec<usize> = (0..4).filter(|clause| !row[*clause]).collect();
                prop_assert_eq!(contains(&masks.slice, item), failed.is_empty());
                for clause in 0..4 {
                    prop_assert_eq!(contains(&masks.only_fails[clause], item), failed == [clause]);
                }
            }
        }
    }
}
