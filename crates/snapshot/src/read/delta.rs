//! Parquet's DELTA_BINARY_PACKED: integers as bit-packed differences from the number before.
//!
//! The page's bytes are untrusted: every length is checked.
//! Layout: <https://parquet.apache.org/docs/file-format/data-pages/encodings/>, "Delta Encoding".

use crate::read::hybrid::read_varint;

/// Why a sequence cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DeltaError {
    #[error("a sequence of differences is cut short")]
    CutShort,
    #[error("a sequence of differences has a malformed header")]
    Header,
    #[error("a sequence of differences holds {found} numbers instead of {expected}")]
    Count {
        /// Numbers there are.
        found: u64,
        /// Numbers there should be.
        expected: usize,
    },
    #[error("a difference is wider than 64 bits")]
    TooWide,
}

/// Hands `count` numbers to `take`, as 64 wrapping bits each, and returns the bytes behind them.
pub(super) fn decode<E: From<DeltaError>>(
    bytes: &[u8],
    count: usize,
    mut take: impl FnMut(u64) -> Result<(), E>,
) -> Result<&[u8], E> {
    let mut rest = bytes;
    let header = Header::read(&mut rest)?;
    if header.count != count as u64 {
        return Err(DeltaError::Count {
            found: header.count,
            expected: count,
        }
        .into());
    }
    if count == 0 {
        return Ok(rest);
    }
    let mut number = header.first;
    take(number)?;
    let mut left = count - 1;
    while left > 0 {
        let smallest = zigzag(varint(&mut rest)?);
        let widths = split(&mut rest, header.miniblocks)?;
        for width in widths {
            // Blocks are padded with miniblocks that hold nothing: their widths may be anything, and no bytes follow.
            if left == 0 {
                break;
            }
            if *width > 64 {
                return Err(DeltaError::TooWide.into());
            }
            let packed = split(&mut rest, header.miniblock / 8 * usize::from(*width))?;
            let taken = left.min(header.miniblock);
            let mut bits = Bits { bytes: packed, at: 0 };
            for _ in 0..taken {
                number = number.wrapping_add(smallest).wrapping_add(bits.take(*width));
                take(number)?;
            }
            left -= taken;
        }
    }
    Ok(rest)
}

struct Header {
    miniblocks: usize,
    /// Numbers in a miniblock.
    miniblock: usize,
    count: u64,
    first: u64,
}

impl Header {
    fn read(rest: &mut &[u8]) -> Result<Header, DeltaError> {
        let block = usize::try_from(varint(rest)?).map_err(|_| DeltaError::Header)?;
        let miniblocks = usize::try_from(varint(rest)?).map_err(|_| DeltaError::Header)?;
        let count = varint(rest)?;
        let first = zigzag(varint(rest)?);
        let miniblock = block.checked_div(miniblocks).ok_or(DeltaError::Header)?;
        // Far above any writer's choice, and small enough that no product here overflows.
        let largest = 1 << 20;
        let even = miniblock.checked_mul(miniblocks) == Some(block) && miniblock.is_multiple_of(8);
        if !even || block == 0 || block > largest {
            return Err(DeltaError::Header);
        }
        Ok(Header {
            miniblocks,
            miniblock,
            count,
            first,
        })
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next `width` bits, up to 64.
    fn take(&mut self, width: u8) -> u64 {
        if width == 0 {
            return 0;
        }
        let (byte, shift) = (self.at / 8, self.at % 8);
        self.at += usize::from(width);
        let mut word = [0u8; 16];
        let bytes = self.bytes.get(byte..).unwrap_or_default();
        match bytes.first_chunk::<16>() {
            Some(chunk) => word = *chunk,
            None => word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from),
        }
        let mask = u64::MAX >> (64 - u32::from(width));
        (u128::from_le_bytes(word) >> shift) as u64 & mask
    }
}

fn split<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], DeltaError> {
    let (head, tail) = rest.split_at_checked(length).ok_or(DeltaError::CutShort)?;
    *rest = tail;
    Ok(head)
}

fn varint(rest: &mut &[u8]) -> Result<u64, DeltaError> {
    read_varint(rest).map_err(|_| DeltaError::CutShort)
}

/// The two's complement bits of a zigzag number.
fn zigzag(number: u64) -> u64 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(bytes: &[u8], count: usize) -> Result<Vec<i64>, DeltaError> {
        let mut out = Vec::new();
        decode(bytes, count, |bits| {
            out.push(bits as i64);
            Ok::<_, DeltaError>(())
        })?;
        Ok(out)
    }

    /// A plain encoder: `miniblocks` of eight numbers each to a block.
    fn encode(numbers: &[i64], miniblocks: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let varint = |out: &mut Vec<u8>, mut value: u64| {
            while value > 127 {
                out.push(value as u8 | 0x80);
                value >>= 7;
            }
            out.push(value as u8);
        };
        let zigzag = |number: i64| (number << 1 ^ number >> 63) as u64;
        varint(&mut out, miniblocks as u64 * 8);
        varint(&mut out, miniblocks as u64);
        varint(&mut out, numbers.len() as u64);
        varint(&mut out, zigzag(numbers.first().copied().unwrap_or(0)));
        let deltas: Vec<i64> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
        for block in deltas.chunks(miniblocks * 8) {
            let smallest = *block.iter().min().unwrap();
            varint(&mut out, zigzag(smallest));
            let above: Vec<u64> = block.iter().map(|delta| delta.wrapping_sub(smallest) as u64).collect();
            let widths: Vec<u32> = above
                .chunks(8)
                .map(|miniblock| 64 - miniblock.iter().fold(0, |all, delta| all | delta).leading_zeros())
                .collect();
            // The widths of empty miniblocks may be anything.
            out.extend((0..miniblocks).map(|at| widths.get(at).map_or(0xff, |width| *width as u8)));
            for (miniblock, width) in above.chunks(8).zip(widths) {
                let mut bits = vec![0u8; width as usize];
                for (at, delta) in miniblock.iter().enumerate() {
                    for bit in 0..width as usize {
                        let position = at * width as usize + bit;
                        bits[position / 8] |= ((delta >> bit & 1) as u8) << (position % 8);
                    }
                }
                out.extend(bits);
            }
        }
        out
    }

    #[test]
    fn the_example_of_the_specification_decodes() {
        // 7, 5, 3, 1, 2, 3, 4, 5: first value 7, smallest difference -2, differences packed at width 2.
        let bytes = [8, 1, 8, 14, 3, 2, 0b1100_0000, 0b0011_1111];
        assert_eq!(numbers(&bytes, 8).unwrap(), [7, 5, 3, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn crafted_bytes_are_refused() {
        assert_eq!(numbers(&[], 1), Err(DeltaError::CutShort));
        assert_eq!(numbers(&[8, 0, 1, 0], 1), Err(DeltaError::Header), "no miniblocks");
        assert_eq!(numbers(&[0, 1, 1, 0], 1), Err(DeltaError::Header), "empty blocks");
        assert_eq!(numbers(&[8, 2, 1, 0], 1), Err(DeltaError::Header), "miniblocks of four");
        assert_eq!(numbers(&[9, 1, 1, 0], 1), Err(DeltaError::Header), "miniblocks of nine");
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 1, 0];
        assert_eq!(numbers(&huge, 1), Err(DeltaError::Header));
        assert_eq!(
            numbers(&[8, 1, 2, 0], 1),
            Err(DeltaError::Count { found: 2, expected: 1 })
        );
        assert_eq!(numbers(&[8, 1, 2, 0], 2), Err(DeltaError::CutShort));
        assert_eq!(numbers(&[8, 1, 2, 0, 0, 65], 2), Err(DeltaError::TooWide));
        assert_eq!(numbers(&[8, 1, 2, 0, 0, 9, 0], 2), Err(DeltaError::CutShort));
    }

    proptest! {
        #[test]
        fn decodes_what_a_plain_encoder_wrote(
            numbers in prop_oneof![
                prop::collection::vec(any::<i64>(), 0..70),
                prop::collection::vec(-5i64..300, 0..70),
            ],
            miniblocks in 1usize..5,
            behind in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let mut bytes = encode(&numbers, miniblocks);
            bytes.extend(&behind);
            let mut out = Vec::new();
            let rest = decode(&bytes, numbers.len(), |bits| {
                out.push(bits as i64);
                Ok::<_, DeltaError>(())
            }).unwrap();
            prop_assert_eq!(out, numbers);
            prop_assert_eq!(rest, behind);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), count in 0usize..100) {
            let _ = numbers(&bytes, count);
        }
    }
}
