//! Parquet's hybrid of run lengths and bit-packed groups, which holds dictionary indices and definition levels.
//!
//! The page's bytes are untrusted: every length is checked, and an index outside the dictionary is an error.
//! Layout: <https://parquet.apache.org/docs/file-format/data-pages/encodings/>, "RLE/Bit-Packing Hybrid".

/// Why a sequence cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HybridError {
    #[error("a run is cut short")]
    CutShort,
    #[error("an index is wider than 32 bits")]
    TooWide,
    #[error("an index points outside the dictionary")]
    OutsideDictionary,
}

/// Decodes `count` indices of `width` bits and appends `values[index]` for each.
pub(crate) fn decode<T: Copy>(
    bytes: &[u8],
    width: u8,
    count: usize,
    values: &[T],
    out: &mut Vec<T>,
) -> Result<(), HybridError> {
    if width > 32 {
        return Err(HybridError::TooWide);
    }
    let width = usize::from(width);
    out.reserve(count);
    let (mut rest, mut left) = (bytes, count);
    while left > 0 {
        let header = read_varint(&mut rest)?;
        let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if header & 1 == 0 {
            let run = length.min(left);
            let index = read_index(&mut rest, width.div_ceil(8))?;
            let value = values.get(index).ok_or(HybridError::OutsideDictionary)?;
            out.resize(out.len() + run, *value);
            // A run may be empty, yet its header is at least one byte: crafted bytes end, and the loop with them.
            left -= run;
        } else {
            // The last groups may be cut off where no more indices are wanted.
            let groups = left.div_ceil(8).min(length);
            let packed = rest.get(..groups * width).ok_or(HybridError::CutShort)?;
            let taken = left.min(groups * 8);
            unpack(packed, width, taken, values, out)?;
            rest = rest.get(length.saturating_mul(width)..).unwrap_or_default();
            left -= taken;
        }
    }
    Ok(())
}

/// Groups of eight indices in `width` bytes each, lowest bits first.
fn unpack<T: Copy>(
    packed: &[u8],
    width: usize,
    count: usize,
    values: &[T],
    out: &mut Vec<T>,
) -> Result<(), HybridError> {
    let first = *values.first().ok_or(HybridError::OutsideDictionary)?;
    let start = out.len();
    out.resize(start + count, first);
    let places = out.get_mut(start..).unwrap_or_default();
    if width == 0 {
        return Ok(());
    }
    // Looking up and checking apart keeps the loop free of exits.
    let mut highest = 0;
    let mut place = |place: &mut T, index: u64| {
        highest = highest.max(index);
        *place = values.get(index as usize).copied().unwrap_or(first);
    };
    // Our own writer's widths above half a byte.
    match width {
        8 => {
            let indices = packed.iter().map(|byte| u64::from(*byte));
            places.iter_mut().zip(indices).for_each(|(to, index)| place(to, index));
            return check_highest(highest, values.len());
        }
        16 => {
            let indices = packed
                .as_chunks::<2>()
                .0
                .iter()
                .map(|bytes| u64::from(u16::from_le_bytes(*bytes)));
            places.iter_mut().zip(indices).for_each(|(to, index)| place(to, index));
            return check_highest(highest, values.len());
        }
        _ => {}
    }
    let mask = (1u64 << width) - 1;
    for (group, places) in packed.chunks_exact(width).zip(places.chunks_mut(8)) {
        if width <= 8 {
            let mut word = group.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
            for to in places {
                place(to, word & mask);
                word >>= width;
            }
        } else {
            let mut bits = 0;
            let mut bytes = group.iter();
            let mut word = 0u64;
            for to in places {
                while bits < width {
                    word |= bytes.next().map_or(0, |byte| u64::from(*byte)) << bits;
                    bits += 8;
                }
                place(to, word & mask);
                word >>= width;
                bits -= width;
            }
        }
    }
    check_highest(highest, values.len())
}

fn check_highest(highest: u64, values: usize) -> Result<(), HybridError> {
    match usize::try_from(highest) {
        Ok(highest) if highest < values => Ok(()),
        _ => Err(HybridError::OutsideDictionary),
    }
}

pub(super) fn read_varint(bytes: &mut &[u8]) -> Result<u64, HybridError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(HybridError::CutShort)?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(HybridError::CutShort)
}

fn read_index(bytes: &mut &[u8], length: usize) -> Result<usize, HybridError> {
    let (head, rest) = bytes.split_at_checked(length).ok_or(HybridError::CutShort)?;
    *bytes = rest;
    let mut word = [0u8; 4];
    word[..head.len()].copy_from_slice(head);
    Ok(u32::from_le_bytes(word) as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(width: u8) -> Vec<u32> {
        (0..1u32 << width.min(17)).collect()
    }

    #[test]
    fn the_example_of_the_specification_decodes() {
        // Indices 0 to 7 at width 3, packed as in the Parquet documentation: 10001000 11000110 11111010.
        let bytes = [0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        let mut out = Vec::new();
        decode(&bytes, 3, 8, &identity(3), &mut out).unwrap();
        assert_eq!(out, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn crafted_bytes_are_refused() {
        let mut out = Vec::new();
        assert_eq!(decode(&[], 1, 1, &[0u8, 1], &mut out), Err(HybridError::CutShort));
        assert_eq!(
            decode(&[0x80; 20], 1, 1, &[0u8, 1], &mut out),
            Err(HybridError::CutShort)
        );
        assert_eq!(
            decode(&[4, 9], 4, 2, &[0u8, 1], &mut out),
            Err(HybridError::OutsideDictionary)
        );
        assert_eq!(decode(&[3, 0], 40, 2, &[0u8, 1], &mut out), Err(HybridError::TooWide));
        assert_eq!(
            decode(&[0xff, 0xff, 0x03, 0], 5, 9000, &[0u8], &mut out),
            Err(HybridError::CutShort)
        );
        assert_eq!(
            decode(&[0; 8], 1, 3, &[0u8], &mut out),
            Err(HybridError::CutShort),
            "empty runs end with the bytes"
        );
    }

    proptest! {
        #[test]
        fn decodes_what_a_plain_encoder_wrote(width in 1u8..=17, runs in prop::collection::vec((any::<u32>(), 1usize..40, any::<bool>()), 1..20)) {
            let mut bytes = Vec::new();
            let mut expected = Vec::new();
            for (seed, length, packed) in runs {
                let varint = |bytes: &mut Vec<u8>, mut value: usize| {
                    while value > 127 {
                        bytes.push(value as u8 | 0x80);
                        value >>= 7;
                    }
                    bytes.push(value as u8);
                };
                let mask = (1u32 << width) - 1;
                if packed {
                    varint(&mut bytes, length << 1 | 1);
                    let indices: Vec<u32> = (0..length as u32 * 8).map(|at| seed.wrapping_mul(at + 1) >> 7 & mask).collect();
                    let mut bits = vec![0u8; length * usize::from(width)];
                    for (at, index) in indices.iter().enumerate() {
                        for bit in 0..usize::from(width) {
                            let position = at * usize::from(width) + bit;
                            bits[position / 8] |= ((index >> bit & 1) as u8) << (position % 8);
                        }
                    }
                    bytes.extend(bits);
                    expected.extend(indices);
                } else {
                    varint(&mut bytes, length << 1);
                    let index = seed & mask;
                    bytes.extend(&index.to_le_bytes()[..usize::from(width).div_ceil(8)]);
                    expected.extend(std::iter::repeat_n(index, length));
                }
            }
            let mut out = Vec::new();
            decode(&bytes, width, expected.len(), &identity(width), &mut out).unwrap();
            prop_assert_eq!(out, expected);
        }
    }
}
