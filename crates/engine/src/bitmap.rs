//! Bitmaps over items, 64 to a word, and what follows from combining them.

/// A set of items: bit `i % 64` of word `i / 64` stands for item `i`. Bits beyond the last item are 0.
pub(crate) type Bitmap = Vec<u64>;

/// The items of one set that are not in another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set<'a> {
    of: &'a [u64],
    /// As many words, or none.
    without: &'a [u64],
}

impl<'a> Set<'a> {
    /// All items of a set.
    pub(crate) fn of(of: &'a [u64]) -> Set<'a> {
        Set { of, without: &[] }
    }

    /// Those of them that are not in another set.
    pub(crate) fn without(self, without: &'a [u64]) -> Set<'a> {
        Set { without, ..self }
    }

    /// Calls a function with the position and the items of each word that has any.
    #[inline(always)]
    pub(crate) fn each_word(self, mut visit: impl FnMut(usize, u64)) {
        for (at, word) in self.of.iter().enumerate() {
            let word = word & !self.without.get(at).copied().unwrap_or_default();
            if word != 0 {
                visit(at, word);
            }
        }
    }
}

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

/// The places of the flags that are set.
pub(crate) fn of_flags(flags: &[bool]) -> Bitmap {
    let word = |flags: &[bool]| {
        let bits = flags.iter().rev();
        bits.fold(0, |word, flag| word << 1 | u64::from(*flag))
    };
    flags.chunks(64).map(word).collect()
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

/// How many items a set has, and how many are in one of it and another and not in both.
pub(crate) fn count_and_changes(new: &[u64], old: &[u64]) -> (usize, usize) {
    let words = new.iter().zip(old);
    words.fold((0, 0), |(count, changes), (new, old)| {
        (
            count + new.count_ones() as usize,
            changes + (old ^ new).count_ones() as usize,
        )
    })
}

/// As [`changes`] of sets that are each given as two whose items it has.
pub(crate) fn changes_of_pairs(old: (&[u64], &[u64]), new: (&[u64], &[u64])) -> usize {
    let old = old.0.iter().zip(old.1).map(|(one, other)| one | other);
    let new = new.0.iter().zip(new.1).map(|(one, other)| one | other);
    old.zip(new).map(|(old, new)| (old ^ new).count_ones() as usize).sum()
}

/// The items of two sets together.
pub(crate) fn either(one: &[u64], other: &[u64]) -> Bitmap {
    one.iter().zip(other).map(|(one, other)| one | other).collect()
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

/// The items of a set of blocks, of which `starts` tells the first items and the number of all items.
pub(crate) fn items_of_blocks(blocks: &[u64], starts: &[u32]) -> Bitmap {
    let len = starts.last().map_or(0, |len| *len as usize);
    let mut items = vec![0; words(len)];
    let mut from = 0;
    while let Some(first) = next(blocks, from) {
        let end = next_without(blocks, first).min(starts.len() - 1);
        fill(&mut items, starts[first] as usize, starts[end] as usize);
        from = end;
    }
    items
}

/// The first place at or after `from` that is not in the set.
fn next_without(bitmap: &[u64], from: usize) -> usize {
    let mut at = from / 64;
    let mut rest = bitmap.get(at).map_or(0, |word| !word & u64::MAX << (from % 64));
    while rest == 0 && at < bitmap.len() {
        at += 1;
        rest = bitmap.get(at).map_or(u64::MAX, |word| !word);
    }
    at * 64 + rest.trailing_zeros() as usize
}

/// Adds the items `from..to`.
fn fill(bitmap: &mut [u64], from: usize, to: usize) {
    if from >= to {
        return;
    }
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

/// Exchanges the items `from..to`: those that were in the set leave it, the others come.
pub(crate) fn flip(bitmap: &mut [u64], from: usize, to: usize) {
    if from >= to {
        return;
    }
    let (first, last) = (from / 64, (to - 1) / 64);
    let (low, high) = (u64::MAX << (from % 64), u64::MAX >> (63 - (to - 1) % 64));
    if first == last {
        bitmap[first] ^= low & high;
        return;
    }
    bitmap[first] ^= low;
    bitmap[first + 1..last].iter_mut().for_each(|word| *word = !*word);
    bitmap[last] ^= high;
}

/// Of a set, the items each clause alone excludes, and the ones none excludes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// Items that satisfy every clause.
    pub(crate) slice: Bitmap,
    /// For each clause, the items that satisfy every clause but this one.
    pub(crate) only_fails: Vec<Bitmap>,
}

/// Combines the bitmaps of the clauses (the items that satisfy each) within a set.
pub(crate) fn combine(within: Bitmap, passes: &[&Bitmap]) -> Masks {
    if passes.is_empty() {
        return Masks {
            slice: within,
            only_fails: Vec::new(),
        };
    }
    // One bitmap after the other: such loops are compiled to instructions that take several words at a time.
    let (mut once, mut twice) = (vec![0u64; within.len()], vec![0u64; within.len()]);
    for pass in passes {
        for (((once, twice), pass), within) in once.iter_mut().zip(&mut twice).zip(*pass).zip(&within) {
            let fails = !pass & within;
            *twice |= *once & fails;
            *once |= fails;
        }
    }
    let only = |pass: &&Bitmap| -> Bitmap {
        let words = once.iter().zip(&twice).zip(*pass);
        words.map(|((once, twice), pass)| once & !twice & !pass).collect()
    };
    let only_fails = passes.iter().map(only).collect();
    let mut slice = within;
    slice.iter_mut().zip(&once).for_each(|(slice, once)| *slice &= !once);
    Masks { slice, only_fails }
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
        fn blocks_hold_their_items(blocks in prop::collection::vec((any::<bool>(), 0usize..150), 0..80)) {
            let mut chosen = vec![0u64; words(blocks.len())];
            let mut starts = vec![0u32];
            let mut expected: Vec<u32> = Vec::new();
            for (block, (is_in, length)) in blocks.iter().enumerate() {
                let start = starts[block];
                starts.push(start + *length as u32);
                chosen[block / 64] |= u64::from(*is_in) << (block % 64);
                expected.extend((start..start + *length as u32).filter(|_| *is_in));
            }
            let items = items_of_blocks(&chosen, &starts);
            let mut flipped = vec![0; items.len()];
            for block in members(&chosen) {
                flip(&mut flipped, starts[block as usize] as usize, starts[block as usize + 1] as usize);
            }
            prop_assert_eq!(&flipped, &items);
            prop_assert_eq!(members(&items).collect::<Vec<_>>(), expected);
            prop_assert_eq!(items.len(), words(starts[blocks.len()] as usize));
        }

        #[test]
        fn combining_counts_failures_item_by_item(rows in prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 0..200), clauses in 0usize..5) {
            let mut passes: Vec<Bitmap> = (0..5).map(|clause| {
                let mut bitmap = vec![0; words(rows.len())];
                for (item, row) in rows.iter().enumerate() {
                    bitmap[item / 64] |= u64::from(row[clause]) << (item % 64);
                }
                bitmap
            }).collect();
            let within = passes.remove(4);
            let masks = combine(within.clone(), &passes.iter().take(clauses).collect::<Vec<_>>());
            prop_assert_eq!(masks.only_fails.len(), clauses);
            for (item, row) in rows.iter().enumerate() {
                let failed: Vec<usize> = (0..clauses).filter(|clause| !row[*clause]).collect();
                prop_assert_eq!(contains(&masks.slice, item), contains(&within, item) && failed.is_empty());
                for clause in 0..clauses {
                    prop_assert_eq!(contains(&masks.only_fails[clause], item), contains(&within, item) && failed == [clause]);
                }
            }
        }
    }
}
