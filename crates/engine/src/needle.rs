//! Finding a text in many ids at once.

use atlas_snapshot::Ids;

/// The characters of ids on the Hub, the commonest first, counted over 71,000 of them with letters in lower case; what
/// is not here is rarer still.
const COMMONEST_FIRST: &[u8] = b"ea-tnsirlodm/cbu_gphf2vk0w1y35xq84j.6z79";

/// Places in the text that are looked at in one go.
const LANES: usize = 64;

/// A text to look for. ASCII letters match in either case, every other byte only itself: ids of the Hub are ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needle {
    /// The text, ASCII letters in lower case; never empty.
    bytes: Vec<u8>,
    /// Its two rarest bytes: where both stand, the whole text is compared.
    probes: [Probe; 2],
}

/// One byte of a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Probe {
    /// Where it stands in the needle.
    offset: usize,
    /// The byte, in lower case.
    byte: u8,
    /// What to set in a byte of the text before comparing: the bit that tells lower from upper case, or nothing.
    case: u8,
}

impl Needle {
    /// A needle, or `None` for the empty text, which would be found everywhere.
    pub(crate) fn new(text: &str) -> Option<Needle> {
        let bytes = text.to_ascii_lowercase().into_bytes();
        let commonness = |byte: u8| {
            let place = COMMONEST_FIRST.iter().position(|common| *common == byte);
            std::cmp::Reverse(place.unwrap_or(COMMONEST_FIRST.len()))
        };
        let mut offsets: Vec<usize> = (0..bytes.len()).collect();
        offsets.sort_by_key(|offset| commonness(bytes[*offset]));
        let probe = |offset: usize| Probe {
            offset,
            byte: bytes[offset],
            case: if bytes[offset].is_ascii_lowercase() { 0x20 } else { 0 },
        };
        let first = *offsets.first()?;
        let second = offsets.get(1).copied().unwrap_or(first);
        let probes = [probe(first), probe(second)];
        Some(Needle { bytes, probes })
    }

    /// Whether every text that holds this needle holds the other one, too.
    pub(crate) fn refines(&self, other: &Needle) -> bool {
        other.is_in(&self.bytes)
    }

    /// Whether a text holds the needle.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        let mut windows = text.windows(self.bytes.len());
        windows.any(|window| self.probes.iter().all(|probe| probe.fits(window)) && self.equals(window))
    }

    /// Calls `found` with the position of every id that holds the needle, in order, once each.
    pub(crate) fn find(&self, ids: &Ids, mut found: impl FnMut(usize)) {
        let text = ids.text.as_bytes();
        let mut rows = Rows {
            ends: &ids.ends,
            row: 0,
        };
        // The end of the id that holds the needle at a place, which is told once.
        let mut end_of_hit = |place: usize| {
            let below = place + self.bytes.len();
            if !text.get(place..below).is_some_and(|window| self.equals(window)) {
                return None;
            }
            // A text that begins in one id and ends in the next is in neither.
            let (row, end) = rows.of(place).filter(|(_, end)| below <= *end)?;
            found(row);
            Some(end)
        };
        let mut at = 0;
        while let Some(mut candidates) = self.candidates_from(text, at) {
            let mut next = at + LANES;
            while candidates != 0 {
                let place = at + candidates.trailing_zeros() as usize;
                candidates &= candidates - 1;
                if let Some(end) = end_of_hit(place) {
                    next = next.max(end);
                    candidates &= if end - at < LANES { u64::MAX << (end - at) } else { 0 };
                }
            }
            at = next;
        }
        while at < text.len() {
            at = end_of_hit(at).unwrap_or(at + 1);
        }
    }

    fn equals(&self, window: &[u8]) -> bool {
        window.eq_ignore_ascii_case(&self.bytes)
    }

    /// The places of the block that begins at `at` where the needle may stand, as bits; `None` near the end of the text.
    #[inline]
    fn candidates_from(&self, text: &[u8], at: usize) -> Option<u64> {
        let block = |probe: Probe| text.get(at + probe.offset..)?.first_chunk::<LANES>();
        let [first, second] = self.probes;
        Some(candidates((block(first)?, first), (block(second)?, second)))
    }
}

impl Probe {
    fn fits(&self, window: &[u8]) -> bool {
        window[self.offset] | self.case == self.byte
    }
}

/// The places of a block where both probes fit, as bits; perhaps a few more, all of them after the first that does.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn candidates(first: (&[u8; LANES], Probe), second: (&[u8; LANES], Probe)) -> u64 {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128, v128_and, v128_any_true, v128_load, v128_or};

    #[inline(always)]
    fn fitting((bytes, probe): (&[u8; LANES], Probe), quarter: usize) -> v128 {
        let sixteen = &bytes[quarter * 16..][..16];
        // SAFETY: the slice has 16 bytes, as many as are loaded, and the load needs no alignment.
        let loaded = unsafe { v128_load(sixteen.as_ptr().cast()) };
        u8x16_eq(v128_or(loaded, u8x16_splat(probe.case)), u8x16_splat(probe.byte))
    }

    #[inline(always)]
    fn both(first: (&[u8; LANES], Probe), second: (&[u8; LANES], Probe), quarter: usize) -> v128 {
        v128_and(fitting(first, quarter), fitting(second, quarter))
    }

    // One by one: mapping an array of them is compiled to a call for each.
    let (a, b) = (both(first, second, 0), both(first, second, 1));
    let (c, d) = (both(first, second, 2), both(first, second, 3));
    if !v128_any_true(v128_or(v128_or(a, b), v128_or(c, d))) {
        return 0;
    }
    let bits = |both: v128| u64::from(u8x16_bitmask(both));
    bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48
}

/// The places of a block where both probes fit, as bits; perhaps a few more, all of them after the first that does.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
fn candidates(first: (&[u8; LANES], Probe), second: (&[u8; LANES], Probe)) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;

    // Zero in the bytes that fit, eight at a time.
    let differing = |(bytes, probe): (&[u8; LANES], Probe), eighth: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[eighth * 8..][..8]);
        (u64::from_le_bytes(eight) | (u64::from(probe.case) * ONES)) ^ (u64::from(probe.byte) * ONES)
    };
    let mut both = [0u64; LANES / 8];
    for (eighth, both) in both.iter_mut().enumerate() {
        let differing = differing(first, eighth) | differing(second, eighth);
        // The top bit of each byte that is zero; a borrow may set it for bytes after one, never for bytes before.
        *both = differing.wrapping_sub(ONES) & !differing & (ONES << 7);
    }
    if both.iter().fold(0, |any, both| any | both) == 0 {
        return 0;
    }
    // Multiplying eight 0/1 bytes by this constant gathers them in the top byte, the first one lowest.
    let gathered = |both: &u64| (both >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    both.iter().rev().fold(0, |bits, both| bits << 8 | gathered(both))
}

/// Maps places in the text, in rising order, to ids.
struct Rows<'a> {
    ends: &'a [u32],
    row: usize,
}

/// Ids that are looked at together, and how often before looking further and further away.
const NEAR: usize = 16;
const NEAR_STEPS: usize = 4;

impl Rows<'_> {
    /// The id that holds the byte at `place`, and where it ends.
    #[inline]
    fn of(&mut self, place: usize) -> Option<(usize, usize)> {
        let is_before = |end: &u32| *end as usize <= place;
        // Of a common text each id is the next one: a branch that is foreseen lets the search run ahead.
        for next in 0..2 {
            if let Some(end) = self.ends.get(self.row + next).filter(|end| !is_before(end)) {
                self.row += next;
                return Some((self.row, *end as usize));
            }
        }
        for _ in 0..NEAR_STEPS {
            let Some(near) = self.ends.get(self.row..)?.first_chunk::<NEAR>() else {
                break;
            };
            // Ends rise, so those before the place come first; counting them all needs no guess where they stop.
            let before = near.iter().filter(|end| is_before(end)).count();
            self.row += before;
            if before < NEAR {
                return Some((self.row, near[before] as usize));
            }
        }
        let rest = self.ends.get(self.row..)?;
        let mut within = NEAR;
        while rest.get(within).is_some_and(is_before) {
            within *= 2;
        }
        let skipped = rest[..rest.len().min(within + 1)].partition_point(is_before);
        self.row += skipped;
        Some((self.row, *rest.get(skipped)? as usize))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn needle(text: &str) -> Needle {
        Needle::new(text).unwrap()
    }

    #[test]
    fn the_two_rarest_bytes_are_looked_for_first() {
        let offsets = |text| needle(text).probes.map(|probe| probe.offset);
        assert_eq!(offsets("Qwen"), [0, 1]);
        assert_eq!(offsets("llama-7b"), [6, 7]);
        assert_eq!(offsets("e"), [0, 0]);
        assert_eq!(offsets("see!"), [3, 0]);
        assert_eq!(Needle::new(""), None);
    }

    #[test]
    fn a_longer_text_refines_what_it_holds() {
        assert!(needle("QWEN2").refines(&needle("wen")) && needle("a").refines(&needle("A")));
        assert!(!needle("wen").refines(&needle("qwen")));
    }

    proptest! {
        #[test]
        fn candidates_miss_no_place_and_begin_with_a_true_one(
            text in prop::collection::vec(prop_oneof![Just(b'a'), Just(b'A'), Just(b'b'), Just(0xe1), Just(b'!')], 2 * LANES),
            text_of in "[abc!]{1,5}",
        ) {
            let needle = needle(&text_of);
            let [first, second] = needle.probes;
            let block = |probe: Probe| text[probe.offset..].first_chunk::<LANES>().unwrap();
            let bits = candidates((block(first), first), (block(second), second));
            let fits = |at: &usize| first.fits(&text[*at..]) && second.fits(&text[*at..]);
            for place in (0..LANES).filter(fits) {
                prop_assert!(bits >> place & 1 == 1);
            }
            let found = (bits != 0).then(|| bits.trailing_zeros() as usize);
            prop_assert_eq!(found, (0..LANES).find(fits));
        }
    }
}
