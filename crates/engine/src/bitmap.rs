//! Bitmaps over items, 64 to a word, and what follows from combining them.

use crate::items::CHUNK;

/// A set of items: bit `i % 64` of word `i / 64` stands for item `i`. Bits beyond the last item are 0.
pub(crate) type Bitmap = Vec<u64>;

/// A set of items to go through: the words of a bitmap that have any, in order, and where each of them stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words(Vec<(u32, u64)>);

impl Words {
    /// All items of a set.
    pub(crate) fn of(set: &[u64]) -> Words {
        Words::listed(set, &[], |word, _| word)
    }

    /// The items of one set that are not in another.
    pub(crate) fn of_difference(of: &[u64], without: &[u64]) -> Words {
        Words::listed(of, without, |word, without| word & !without)
    }

    /// All of the first `len` items that are not in a set.
    pub(crate) fn of_rest(len: usize, without: &[u64]) -> Words {
        let mut rest = Words::listed(without, &[], |without, _| !without);
        if !len.is_multiple_of(CHUNK)
            && let Some((at, word)) = rest.0.last_mut()
            && *at as usize == len / CHUNK
        {
            *word &= (1 << (len % CHUNK)) - 1;
        }
        rest
    }

    /// Calls a function with the position and the items of each word.
    #[inline(always)]
    pub(crate) fn each_word(&self, mut visit: impl FnMut(usize, u64)) {
        for (at, word) in &self.0 {
            visit(*at as usize, *word);
        }
    }

    /// The second set may be empty.
    #[inline(always)]
    fn listed(one: &[u64], other: &[u64], word: impl Fn(u64, u64) -> u64) -> Words {
        const NOTHING: [u64; EIGHT] = [0; EIGHT];
        let mut listed = Vec::with_capacity(one.len());
        let (eights, rest) = one.as_chunks::<EIGHT>();
        let others = other.as_chunks::<EIGHT>().0;
        for (at, eight) in eights.iter().enumerate() {
            let others = others.get(at).unwrap_or(&NOTHING);
            let words: [u64; EIGHT] = std::array::from_fn(|at| word(eight[at], others[at]));
            if words.iter().fold(0, |any, word| any | word) != 0 {
                let places = (at * EIGHT) as u32..;
                listed.extend(places.zip(words).filter(|(_, word)| *word != 0));
            }
        }
        let done = eights.len() * EIGHT;
        for (at, one) in rest.iter().enumerate() {
            let word = word(*one, other.get(done + at).copied().unwrap_or_default());
            if word != 0 {
                listed.push(((done + at) as u32, word));
            }
        }
        Words(listed)
    }
}

/// Words that are looked at together: most of them have no items.
const EIGHT: usize = 8;

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

/// About how many items a set has, and how many are in one of it and another and not in both: told from some of the words,
/// to choose what is less work.
pub(crate) fn about_count_and_changes(new: &[u64], old: &[u64]) -> (usize, usize) {
    /// One word of so many is looked at.
    const STRIDE: usize = 7;

    let words = new.iter().zip(old).step_by(STRIDE);
    let (count, changes) = words.fold((0, 0), |(count, changes), (new, old)| {
        (count + new.count_ones(), changes + (old ^ new).count_ones())
    });
    (STRIDE * count as usize, STRIDE * changes as usize)
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

/// Of a set, the items that satisfy all clauses, and those that satisfy all but one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// Items that satisfy every clause.
    pub(crate) slice: Bitmap,
    /// For each clause, the items that satisfy every other clause.
    pub(crate) others: Vec<Bitmap>,
}

/// Combines the bitmaps of the clauses (the items that satisfy each) within a set.
pub(crate) fn combine(within: Bitmap, passes: &[&Bitmap]) -> Masks {
    match *passes {
        [] => Masks {
            slice: within,
            others: Vec::new(),
        },
        [only] => Masks {
            slice: both(&within, only),
            others: vec![within],
        },
        [one, two] => combine_few(within, [one, two]),
        [one, two, three] => combine_few(within, [one, two, three]),
        [one, two, three, four] => combine_few(within, [one, two, three, four]),
        _ => {
            let (few, rest) = passes.split_at(4);
            let under = |passes: &[&Bitmap]| passes.iter().fold(within.clone(), |set, pass| both(&set, pass));
            let (of_rest, mut masks) = (combine(under(few), rest), combine(under(rest), few));
            masks.others.extend(of_rest.others);
            masks
        }
    }
}

/// Goes through all bitmaps at once; with their number known, several words are taken at a time.
fn combine_few<const N: usize>(within: Bitmap, passes: [&[u64]; N]) -> Masks {
    let len = within.len();
    let mut slice = within;
    let mut others = passes.map(|pass| pass[..len].to_vec());
    let each = others.each_mut().map(|others| &mut others[..len]);
    for at in 0..len {
        let pass: [u64; N] = std::array::from_fn(|clause| each[clause][at]);
        let mut before = slice[at];
        for clause in 0..N {
            each[clause][at] = before;
            before &= pass[clause];
        }
        slice[at] = before;
        let mut after = u64::MAX;
        for clause in (0..N).rev() {
            each[clause][at] &= after;
            after &= pass[clause];
        }
    }
    Masks {
        slice,
        others: others.into(),
    }
}

/// The items that are in both of two sets.
pub(crate) fn both(one: &[u64], other: &[u64]) -> Bitmap {
    one.iter().zip(other).map(|(one, other)| one & other).collect()
}

/// The items of one set that are not in another.
pub(crate) fn difference(of: &[u64], without: &[u64]) -> Bitmap {
    of.iter().zip(without).map(|(of, without)| of & !without).collect()
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
        fn words_go_through_the_items_of_a_set_of_a_difference_and_of_what_is_left(
            bits in prop::collection::vec(any::<(bool, bool)>(), 0..1500),
            empty in 0usize..1500,
        ) {
            let is_in = |at: usize, one: bool| one && at >= empty;
            let set = |of: fn((bool, bool)) -> bool| {
                let mut set = vec![0; words(bits.len())];
                for (at, bit) in bits.iter().enumerate() {
                    set[at / 64] |= u64::from(is_in(at, of(*bit))) << (at % 64);
                }
                set
            };
            let (one, other) = (set(|bit| bit.0), set(|bit| bit.1));
            let went_through = |words: &Words| {
                let mut found = vec![0; one.len()];
                words.each_word(|at, word| found[at] |= word);
                found
            };
            prop_assert_eq!(went_through(&Words::of(&one)), one.clone());
            prop_assert_eq!(went_through(&Words::of_difference(&one, &other)), difference(&one, &other));
            prop_assert_eq!(went_through(&Words::of_rest(bits.len(), &one)), difference(&full(bits.len()), &one));
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
            prop_assert_eq!(members(&items).collect::<Vec<_>>(), expected);
            prop_assert_eq!(items.len(), words(starts[blocks.len()] as usize));
        }

        #[test]
        fn combining_counts_failures_item_by_item(rows in prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.8), 11), 0..200), clauses in 0usize..11) {
            let mut passes: Vec<Bitmap> = (0..11).map(|clause| {
                let mut bitmap = vec![0; words(rows.len())];
                for (item, row) in rows.iter().enumerate() {
                    bitmap[item / 64] |= u64::from(row[clause]) << (item % 64);
                }
                bitmap
            }).collect();
            let within = passes.remove(10);
            let masks = combine(within.clone(), &passes.iter().take(clauses).collect::<Vec<_>>());
            prop_assert_eq!(masks.others.len(), clauses);
            for (item, row) in rows.iter().enumerate() {
                let failed: Vec<usize> = (0..clauses).filter(|clause| !row[*clause]).collect();
                prop_assert_eq!(contains(&masks.slice, item), contains(&within, item) && failed.is_empty());
                for clause in 0..clauses {
                    let fails_no_other = failed.iter().all(|failed| *failed == clause);
                    prop_assert_eq!(contains(&masks.others[clause], item), contains(&within, item) && fails_no_other);
                }
            }
        }
    }
}
