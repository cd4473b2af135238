//! Which items a clause admits, by their codes.

use crate::bitmap::{Bitmap, words};
use crate::items::{Code, JointCodes, on_joint};

/// Of the first `len` items those whose code is admitted: `admitted[code]` for each code.
pub(crate) fn admitted_items(codes: JointCodes<'_>, len: usize, admitted: &[bool]) -> Bitmap {
    if let JointCodes::U16(codes) = codes
        && let Some(runs) = runs(admitted)
    {
        let (chunks, rest) = codes[..len].as_chunks::<64>();
        let mut bitmap = Vec::with_capacity(words(len));
        bitmap.extend(chunks.iter().map(|codes| within_runs(codes, &runs)));
        if !rest.is_empty() {
            let is_in = |code: &u16| runs.iter().any(|run| code.wrapping_sub(run.first) <= run.beyond);
            bitmap.push(
                rest.iter()
                    .rev()
                    .fold(0, |word, code| word << 1 | u64::from(is_in(code))),
            );
        }
        return bitmap;
    }
    on_joint!(codes, codes => pack(&codes[..len], admitted))
}

/// Codes that follow one another.
#[derive(Clone, Copy)]
struct CodeRun {
    first: u16,
    /// How far the last one is from the first.
    beyond: u16,
}

/// Runs of admitted codes up to which comparing is faster than looking codes up.
const FEW_RUNS: usize = 6;

/// The runs of admitted codes, where they are few and all within 16 bits.
fn runs(admitted: &[bool]) -> Option<Vec<CodeRun>> {
    let mut runs: Vec<CodeRun> = Vec::new();
    for (code, _) in admitted.iter().enumerate().filter(|(_, admitted)| **admitted) {
        let code = u16::try_from(code).ok()?;
        let found = runs.len();
        match runs.last_mut() {
            Some(run) if run.first + run.beyond + 1 == code => run.beyond += 1,
            _ if found == FEW_RUNS => return None,
            _ => runs.push(CodeRun { first: code, beyond: 0 }),
        }
    }
    Some(runs)
}

/// Which of 64 codes are in one of the runs.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn within_runs(codes: &[u16; 64], runs: &[CodeRun]) -> u64 {
    use std::arch::wasm32::{
        i8x16_bitmask, i8x16_narrow_i16x8, u16x8_le, u16x8_splat, u16x8_sub, v128, v128_load, v128_or,
    };

    let eight = |at: usize| {
        let codes = &codes[at * 8..][..8];
        // SAFETY: the slice has eight codes of two bytes, as many as are loaded, and the load needs no alignment.
        unsafe { v128_load(codes.as_ptr().cast()) }
    };
    let is_in = |codes: v128| {
        let in_run = |run: &CodeRun| u16x8_le(u16x8_sub(codes, u16x8_splat(run.first)), u16x8_splat(run.beyond));
        runs.iter().fold(u16x8_splat(0), |any, run| v128_or(any, in_run(run)))
    };
    (0..4).fold(0, |word, at| {
        let (low, high) = (is_in(eight(2 * at)), is_in(eight(2 * at + 1)));
        // All bits of a lane are set or none, which narrowing with a sign keeps.
        word | u64::from(i8x16_bitmask(i8x16_narrow_i16x8(low, high))) << (16 * at)
    })
}

/// Which of 64 codes are in one of the runs.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
fn within_runs(codes: &[u16; 64], runs: &[CodeRun]) -> u64 {
    let mut bytes = [0; 64];
    for run in runs {
        for (byte, code) in bytes.iter_mut().zip(codes) {
            *byte |= u8::from(code.wrapping_sub(run.first) <= run.beyond);
        }
    }
    gathered(&bytes)
}

/// Bytes of 0 and 1 as bits, the first one lowest.
#[inline(always)]
fn gathered(bytes: &[u8; 64]) -> u64 {
    let eights = bytes.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |word, (eight, bytes)| {
        // Multiplying eight 0/1 bytes by this constant gathers them in the top byte.
        let gathered = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word | gathered << (eight * 8)
    })
}

fn pack<C: Code>(codes: &[C], admitted: &[bool]) -> Bitmap {
    let table: Vec<u8> = admitted.iter().map(|admitted| u8::from(*admitted)).collect();
    let mut bitmap = Vec::with_capacity(words(codes.len()));
    bitmap.extend(codes.chunks(64).map(|codes| {
        let mut bytes = [0u8; 64];
        for (byte, code) in bytes.iter_mut().zip(codes) {
            *byte = table[code.position()];
        }
        gathered(&bytes)
    }));
    bitmap
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bitmap::{contains, count};

    proptest! {
        #[test]
        fn packing_admits_item_by_item(
            codes in prop::collection::vec(any::<u8>(), 0..300),
            admitted in prop_oneof![
                prop::collection::vec(any::<bool>(), 256),
                // Few runs, which are compared.
                prop::collection::vec(0usize..256, 0..6).prop_map(|mut ends| {
                    ends.sort_unstable();
                    (0..256).map(|code| ends.iter().filter(|end| **end <= code).count() % 2 == 1).collect()
                }),
            ],
        ) {
            let expected: Vec<bool> = codes.iter().map(|code| admitted[usize::from(*code)]).collect();
            let narrow: Vec<u16> = codes.iter().map(|code| u16::from(*code)).collect();
            let wide: Vec<u32> = codes.iter().map(|code| u32::from(*code)).collect();
            for bitmap in [JointCodes::U16(&narrow), JointCodes::U32(&wide)].map(|codes| admitted_items(codes, narrow.len(), &admitted)) {
                let found: Vec<bool> = (0..codes.len()).map(|item| contains(&bitmap, item)).collect();
                prop_assert_eq!(&found, &expected);
                prop_assert_eq!(count(&bitmap), expected.iter().filter(|admitted| **admitted).count());
            }
        }
    }
}
