//! How much sets of items weigh.

use crate::bitmap::{self, Words};
use crate::items::{Blocks, CHUNK, Items, Weights, on_weights};

/// Calls a function with the place of each item in a word, below [`CHUNK`].
#[inline(always)]
pub(crate) fn each(word: u64, mut visit: impl FnMut(usize)) {
    let mut rest = word;
    while rest != 0 {
        visit(rest.trailing_zeros() as usize % CHUNK);
        rest &= rest - 1;
    }
}

/// A weight that is read in chunks.
pub(crate) trait Weight: Copy + Into<u64> + 'static {
    /// A chunk of nothing, for what would lie beyond the end.
    const NOTHING: &'static [Self; CHUNK];

    #[inline(always)]
    fn chunk(weights: &[Self], first: usize) -> &[Self; CHUNK] {
        let rest = weights.get(first..).unwrap_or_default();
        rest.first_chunk().unwrap_or(Self::NOTHING)
    }

    /// The sum of the weights of a word, modulo 2^64.
    #[inline(always)]
    fn sum_of_word(chunk: &[Self; CHUNK], word: u64) -> u64 {
        let mut total = 0u64;
        each(word, |at| total = total.wrapping_add(chunk[at].into()));
        total
    }
}

impl Weight for u32 {
    const NOTHING: &'static [u32; CHUNK] = &[0; CHUNK];

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    #[inline(always)]
    fn sum_of_word(chunk: &[u32; CHUNK], word: u64) -> u64 {
        use std::arch::wasm32::{
            i64x2_add, i64x2_extract_lane, u32x4, u32x4_eq, u32x4_splat, u64x2_extend_high_u32x4,
            u64x2_extend_low_u32x4, u64x2_splat, v128_and, v128_load,
        };

        /// Items of a word from which on it is faster to look at all 64 than at one after the other.
        const DENSE: u32 = 16;

        if word.count_ones() < DENSE {
            let mut total = 0u64;
            each(word, |at| total += u64::from(chunk[at]));
            return total;
        }
        let bits = u32x4(1, 2, 4, 8);
        let mut totals = u64x2_splat(0);
        for (four, weights) in chunk.as_chunks::<4>().0.iter().enumerate() {
            let is_in = u32x4_eq(v128_and(u32x4_splat((word >> (4 * four)) as u32), bits), bits);
            // SAFETY: four weights of four bytes each are as many as are loaded, and the load needs no alignment.
            let kept = v128_and(unsafe { v128_load(weights.as_ptr().cast()) }, is_in);
            totals = i64x2_add(totals, u64x2_extend_low_u32x4(kept));
            totals = i64x2_add(totals, u64x2_extend_high_u32x4(kept));
        }
        (i64x2_extract_lane::<0>(totals) as u64).wrapping_add(i64x2_extract_lane::<1>(totals) as u64)
    }
}

impl Weight for u64 {
    const NOTHING: &'static [u64; CHUNK] = &[0; CHUNK];
}

/// Of a set of items the measure and the number of models in each block. `of_blocks` is the measure of whole blocks.
pub(crate) fn weigh_blocks(
    blocks: &Blocks<'_>,
    items: &Items<'_>,
    (measure, of_blocks): (Weights<'_>, Weights<'_>),
    set: &[u64],
) -> (Vec<u64>, Vec<u32>) {
    let padded = blocks.items.len.next_multiple_of(CHUNK);
    let (mut sums, mut counts) = (vec![0u64; padded], vec![0u32; padded]);
    let (wanted, _) = bitmap::about_count_and_changes(set, set);
    if wanted <= items.len / 2 {
        on_weights!(measure, measure => each_block_of(blocks, (measure, items.models), &Words::of(set), |block, sum, count| {
            sums[block] += sum;
            counts[block] += count;
        }));
        return (sums, counts);
    }
    on_weights!(of_blocks, of_blocks => widen(of_blocks, &mut sums));
    counts
        .iter_mut()
        .zip(blocks.items.models)
        .for_each(|(count, whole)| *count = *whole);
    let rest = Words::of_rest(items.len, set);
    on_weights!(measure, measure => each_block_of(blocks, (measure, items.models), &rest, |block, sum, count| {
        sums[block] -= sum;
        counts[block] -= count;
    }));
    (sums, counts)
}

fn widen<W: Weight>(weights: &[W], wide: &mut [u64]) {
    wide.iter_mut()
        .zip(weights)
        .for_each(|(wide, weight)| *wide = (*weight).into());
}

/// Calls a function with the block of each item of a set, or of several of one block together, and what they weigh.
#[inline(always)]
fn each_block_of<W: Weight>(
    blocks: &Blocks<'_>,
    (measure, models): (&[W], &[u32]),
    words: &Words,
    mut visit: impl FnMut(usize, u64, u32),
) {
    // How many blocks have begun before the word, and before which word that is.
    let (mut begun, mut counted) = (0, 0);
    words.each_word(|at, word| {
        let count = |firsts: &u64| firsts.count_ones() as usize;
        begun += blocks.first_items[counted..at].iter().map(count).sum::<usize>();
        counted = at;
        let firsts = blocks.first_items[at];
        let (measure, models) = (W::chunk(measure, at * CHUNK), u32::chunk(models, at * CHUNK));
        if firsts & !1 == 0 {
            // All of one block.
            let block = begun + firsts as usize - 1;
            visit(
                block,
                W::sum_of_word(measure, word),
                u32::sum_of_word(models, word) as u32,
            );
        } else {
            each(word, |at| {
                // Counting where blocks begin up to the item needs no guess where they end.
                let block = begun + (firsts << (CHUNK - 1 - at)).count_ones() as usize - 1;
                visit(block, measure[at].into(), models[at]);
            });
        }
    });
}

/// The sum of the weights of a set, modulo 2^64.
pub(crate) fn sum(weights: Weights<'_>, words: &Words) -> u64 {
    on_weights!(weights, weights => sum_of(weights, words))
}

fn sum_of<W: Weight>(weights: &[W], words: &Words) -> u64 {
    let mut total = 0u64;
    words.each_word(|at, word| {
        total = total.wrapping_add(W::sum_of_word(W::chunk(weights, at * CHUNK), word));
    });
    total
}
