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
    let value = |index: u32| {
        values
            .get(index as usize)
            .copied()
            .ok_or(HybridError::OutsideDictionary)
    };
    let (mut rest, mut left) = (bytes, count);
    while left > 0 {
        let header = read_varint(&mut rest)?;
        if header & 1 == 0 {
            let run = usize::try_from(header >> 1).unwrap_or(usize::MAX).min(left);
            let index = read_index(&mut rest, usize::from(width).div_ceil(8))?;
            out.resize(out.len() + run, value(index)?);
            // An empty run would never end the loop on crafted bytes; each pass reads at least one byte, so it does.
            left -= run;
        } else {
            let groups = usize::try_from(header >> 1).unwrap_or(usize::MAX);
            let needed = left.div_ceil(8).min(groups);
            let length = needed.checked_mul(usize::from(width)).ok_or(HybridError::CutShort)?;
            let packed = rest.get(..length).ok_or(HybridError::CutShort)?;
            let take = left.min(needed * 8);
            unpack(packed, width, take, value, out)?;
            rest = rest.get(groups.saturating_mul(usize::from(width))..).unwrap_or(&[]);
            left -= take;
        }
    }
    Ok(())
}

fn unpack<T: Copy>(
    packed: &[u8],
    width: u8,
    take: usize,
    value: impl Fn(u32) -> Result<T, HybridError>,
    out: &mut Vec<T>,
) -> Result<(), HybridError> {
    out.reserve(take);
    if width == 0 {
        out.resize(out.len() + take, value(0)?);
        return Ok(());
    }
    let mask = (1u64 << width) - 1;
    let mut left = take;
    // A group holds eight indices in `width` bytes; up to 8 bits each they fit one machine word.
    for group in packed.chunks_exact(usize::from(width)) {
        let in_group = left.min(8);
        if width <= 8 {
            let mut word = [0u8; 8];
            word[..group.len()].copy_from_slice(group);
            let mut word = u64::from_le_bytes(word);
            for _ in 0..in_group {
                out.push(value((word & mask) as u32)?);
                word >>= width;
            }
        } else {
            for at in 0..in_group {
                let bit = at * usize::from(width);
                let mut word = [0u8; 8];
                let bytes = group.get(bit / 8..).unwrap_or(&[]);
                let bytes = bytes.get(..8).unwrap_or(bytes);
                word[..bytes.len()].copy_from_slice(bytes);
                out.push(value(((u64::from_le_bytes(word) >> (bit % 8)) & mask) as u32)?);
            }
        }
        left -= in_group;
    }
    Ok(())
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, HybridError> {
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

fn read_index(bytes: &mut &[u8], length: usize) -> Result<u32, HybridError> {
    let (head, rest) = bytes.split_at_checked(length).ok_or(HybridError::CutShort)?;
    *bytes = rest;
    let mut word = [0u8; 4];
    word[..head.len()].copy_from_slice(head);
    Ok(u32::from_le_bytes(word))
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
