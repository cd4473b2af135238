//! Pages of texts, whatever their encoding.

use std::ops::Range;

use parquet::basic::Encoding;

use crate::read::page::{Damage, PageValues};
use crate::read::{delta, hybrid};

/// The texts of a PLAIN dictionary, as ranges of its bytes.
#[derive(Default)]
pub(super) struct TextDictionary {
    bytes: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

impl TextDictionary {
    pub(super) fn read(bytes: &[u8], values: usize) -> Result<TextDictionary, Damage> {
        let mut ranges = Vec::new();
        let mut end = 0usize;
        for_each_plain(bytes, values, |text| {
            let start = end + 4;
            end = start + text.len();
            ranges.push(start..end);
            Ok(())
        })?;
        Ok(TextDictionary {
            bytes: bytes.to_vec(),
            ranges,
        })
    }

    /// The texts in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.ranges.iter().map(|range| self.text(range))
    }

    fn text(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

/// Hands the page's known texts to `take`, in row order.
pub(super) fn for_each(
    page: &PageValues<'_>,
    dictionary: &TextDictionary,
    mut take: impl FnMut(&[u8]) -> Result<(), Damage>,
) -> Result<(), Damage> {
    match page.encoding {
        Encoding::PLAIN => for_each_plain(page.bytes, page.known, take),
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY if page.known == 0 => Ok(()),
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
            let (width, indices) = page.bytes.split_first().ok_or_else(Damage::cut_short)?;
            let all: Vec<u32> = (0..dictionary.ranges.len() as u32).collect();
            let mut chosen = Vec::new();
            hybrid::decode(indices, *width, page.known, &all, &mut chosen)?;
            chosen
                .iter()
                .filter_map(|index| dictionary.ranges.get(*index as usize))
                .try_for_each(|range| take(dictionary.text(range)))
        }
        Encoding::DELTA_LENGTH_BYTE_ARRAY => {
            let (lengths, mut texts) = lengths(page.bytes, page.known)?;
            lengths.iter().try_for_each(|length| take(split(&mut texts, *length)?))
        }
        Encoding::DELTA_BYTE_ARRAY => {
            let (prefixes, rest) = lengths(page.bytes, page.known)?;
            let (suffixes, mut texts) = lengths(rest, page.known)?;
            let mut text = Vec::new();
            for (prefix, suffix) in prefixes.iter().zip(&suffixes) {
                if *prefix as usize > text.len() {
                    return Err(Damage::new("a text begins with more than the text before it holds"));
                }
                text.truncate(*prefix as usize);
                text.extend_from_slice(split(&mut texts, *suffix)?);
                take(&text)?;
            }
            Ok(())
        }
        other => Err(Damage::new(format!("texts have the encoding {other}"))),
    }
}

/// Texts with a length of four bytes before each.
fn for_each_plain(
    mut bytes: &[u8],
    count: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), Damage>,
) -> Result<(), Damage> {
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(Damage::cut_short)?;
        bytes = rest;
        take(split(&mut bytes, u32::from_le_bytes(*length))?)?;
    }
    Ok(())
}

/// Lengths as differences, and the bytes behind them.
fn lengths(bytes: &[u8], count: usize) -> Result<(Vec<u32>, &[u8]), Damage> {
    let mut lengths = Vec::new();
    let rest = delta::decode(bytes, count, |bits| {
        // Lengths are 32-bit numbers, so their differences may wrap at 32 bits.
        lengths.push(bits as u32);
        Ok::<_, Damage>(())
    })?;
    Ok((lengths, rest))
}

fn split<'a>(bytes: &mut &'a [u8], length: u32) -> Result<&'a [u8], Damage> {
    let (text, rest) = bytes.split_at_checked(length as usize).ok_or_else(Damage::cut_short)?;
    *bytes = rest;
    Ok(text)
}
