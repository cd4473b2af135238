//! Parameter counts in buckets and bins.
//!
//! A model's size is its number of parameters, never the size of its files. Two scales cut it: ten published
//! [`BUCKETS`], which the filters show, and fine logarithmic bins, ten to a decade, whose edges are the Renard series
//! R10 (ISO 3: 1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8). Every bucket edge is a bin edge, so each bin lies in one bucket.

/// One published size bucket: parameter counts in `from..below`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The value key of [`crate::Facet::Size`], such as `1b-5b`.
    pub key: &'static str,
    /// What a reader sees, such as `1–5B`.
    pub label: &'static str,
    /// Smallest parameter count inside.
    pub from: u64,
    /// Smallest parameter count above; `u64::MAX` for the last bucket.
    pub below: u64,
}

const fn bucket(key: &'static str, label: &'static str, from: u64, below: u64) -> Bucket {
    Bucket {
        key,
        label,
        from,
        below,
    }
}

const M: u64 = 1_000_000;
const B: u64 = 1_000_000_000;

/// The nine buckets of known sizes, ascending; models of unknown size have the value `unknown` beside them.
pub const BUCKETS: [Bucket; 9] = [
    bucket("lt100m", "< 100M", 0, 100 * M),
    bucket("100m-500m", "100–500M", 100 * M, 500 * M),
    bucket("500m-1b", "0.5–1B", 500 * M, B),
    bucket("1b-5b", "1–5B", B, 5 * B),
    bucket("5b-10b", "5–10B", 5 * B, 10 * B),
    bucket("10b-50b", "10–50B", 10 * B, 50 * B),
    bucket("50b-100b", "50–100B", 50 * B, 100 * B),
    bucket("100b-250b", "100–250B", 100 * B, 250 * B),
    bucket("ge250b", "≥ 250B", 250 * B, u64::MAX),
];

/// Code of the size value `unknown`: the one after the last bucket.
pub const UNKNOWN_BUCKET: u8 = BUCKETS.len() as u8;

const SERIES: [u64; 10] = [100, 125, 160, 200, 250, 315, 400, 500, 630, 800];
const DECADES: u32 = 8;
const FIRST_EDGE: u64 = 100_000;

/// Lower edges of the bins above the first, ascending: 100,000 up to 10,000,000,000,000.
pub const EDGES: [u64; 81] = edges();

/// Number of bins of known sizes: one below the first edge, one from each edge on.
pub const BINS: u8 = EDGES.len() as u8 + 1;

/// Code of the parameters value `unknown`: the one after the last bin.
pub const UNKNOWN_BIN: u8 = BINS;

const fn edges() -> [u64; 81] {
    let mut out = [0; 81];
    let mut decade = 0;
    let mut scale = FIRST_EDGE / 100;
    while decade < DECADES {
        let mut step = 0;
        while step < 10 {
            out[decade as usize * 10 + step] = SERIES[step] * scale;
            step += 1;
        }
        scale *= 10;
        decade += 1;
    }
    out[80] = 100 * scale;
    out
}

/// The bin a parameter count falls in: `0..BINS` for a known count, [`UNKNOWN_BIN`] for `None`.
pub fn bin_of(parameters: Option<u64>) -> u8 {
    match parameters {
        None => UNKNOWN_BIN,
        Some(count) => EDGES.partition_point(|edge| *edge <= count) as u8,
    }
}

/// The half-open range of parameter counts of a bin, or `None` for [`UNKNOWN_BIN`] and beyond.
pub fn bin_range(bin: u8) -> Option<(u64, u64)> {
    let bin = bin as usize;
    let from = if bin == 0 { 0 } else { *EDGES.get(bin - 1)? };
    Some((from, EDGES.get(bin).copied().unwrap_or(u64::MAX)))
}

/// The bucket a bin lies in: an index into [`BUCKETS`], or [`UNKNOWN_BUCKET`].
pub fn bucket_of_bin(bin: u8) -> u8 {
    match bin_range(bin) {
        None => UNKNOWN_BUCKET,
        Some((from, _)) => bucket_of(Some(from)),
    }
}

/// The bucket a parameter count falls in: an index into [`BUCKETS`], or [`UNKNOWN_BUCKET`] for `None`.
pub fn bucket_of(parameters: Option<u64>) -> u8 {
    match parameters {
        None => UNKNOWN_BUCKET,
        Some(count) => BUCKETS.partition_point(|bucket| bucket.from <= count).saturating_sub(1) as u8,
    }
}

/// Reads a parameter count as people write it: `7000000000`, `7b`, `1.5B`, `350M`, `10k`, `1T`.
///
/// Returns `None` for anything else, and for counts that are not whole or exceed `u64`.
pub fn parse_count(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, scale) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (&text[..at], 1_000u64),
        (at, 'm' | 'M') => (&text[..at], M),
        (at, 'b' | 'B') => (&text[..at], B),
        (at, 't' | 'T') => (&text[..at], 1_000 * B),
        _ => (text, 1),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut count = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    let mut unit = scale;
    for digit in fraction.bytes() {
        if unit % 10 != 0 {
            return None;
        }
        unit /= 10;
        count = count.checked_add(u64::from(digit - b'0') * unit)?;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_lies_inside_one_bucket() {
        for bin in 0..BINS {
            let (from, below) = bin_range(bin).unwrap();
            assert!(from < below);
            assert_eq!(bucket_of(Some(from)), bucket_of(Some(below - 1)), "bin {bin}");
            assert_eq!(bin_of(Some(from)), bin);
            assert_eq!(bin_of(Some(below - 1)), bin);
        }
        assert_eq!(bin_of(None), UNKNOWN_BIN);
        assert_eq!(bucket_of_bin(UNKNOWN_BIN), UNKNOWN_BUCKET);
    }

    #[test]
    fn buckets_take_their_lower_edge_and_leave_their_upper_one() {
        let keys: Vec<_> = [
            99_999_999,
            100_000_000,
            999_999_999,
            1_000_000_000,
            4_999_999_999,
            5_000_000_000,
            249_999_999_999,
            250_000_000_000,
        ]
        .map(|count| BUCKETS[bucket_of(Some(count)) as usize].key)
        .to_vec();
        assert_eq!(
            keys,
            [
                "lt100m",
                "100m-500m",
                "500m-1b",
                "1b-5b",
                "1b-5b",
                "5b-10b",
                "100b-250b",
                "ge250b"
            ]
        );
    }

    #[test]
    fn counts_read_as_people_write_them() {
        let read = ["7b", "1.5B", "350M", "22.7m", "1T", "10k", "42", "0"].map(parse_count);
        let counts = [
            7_000_000_000,
            1_500_000_000,
            350_000_000,
            22_700_000,
            1_000_000_000_000,
            10_000,
            42,
            0,
        ];
        assert_eq!(read, counts.map(Some));
        for bad in [
            "",
            "b",
            "-1",
            "1e9",
            "1.23456789012b",
            "1.5",
            ".5b",
            "99999999999999999999",
            "９b",
        ] {
            assert_eq!(parse_count(bad), None, "{bad}");
        }
    }
}
