//! The parameter count that a model's name states, such as the 7B of `velmora/tusk-7b-instruct`.
//!
//! A name is read left to right for counts of the form
//!
//! ```text
//! count    = [ experts "x" ] number unit          8x7B  1.5b  350M  2.4T
//! experts  = 2 … 999, no leading zero
//! number   = digits [ "." digits ]                at most 4 digits before the point and 3 after it,
//!                                                 no leading zero but the one of 0.5
//! unit     = "b" | "m" | "t", either case         thousand million, million, million million
//! ```
//!
//! A count stands alone: the character before it is not a letter or digit (so not the `A3B` of active parameters, the
//! `E4B` of effective ones, `laion2B`), and so is the one after it (not `4bit`, `3b1b`, `100BT`). A count that may be the
//! tail of a decimal is left out: after a point that follows no letter, after a single digit and `_` (`1_5b`), and after a
//! lone `0` and one separator (`0-6B`).
//! So is a group of a UUID. Whole counts of 1M, 2M, 4M, 5M and 10M are left out, because they are context lengths.
//!
//! Of the counts left, those in B decide; where there are none those in M; else those in T (beside another count, T is a
//! number of training tokens). If they differ the name does not tell. Experts multiply, so `8x7B` reads as 56B, an
//! upper bound where experts share layers.

/// Largest parameter count that is believed, from a name or a file.
pub const LARGEST_PARAMETERS: u64 = 1_000_000_000_000_000;

/// The number of parameters the name of this Hub id states, or `None`. The account before the `/` is not read.
pub fn parameters_in_name(id: &str) -> Option<u64> {
    let name = id.rsplit('/').next().unwrap_or(id).as_bytes();
    let mut found = [Stated::Nothing; 3];
    let mut at = 0;
    while at < name.len() {
        if starts_count(name, at)
            && !in_uuid(name, at)
            && let Some((end, unit, count)) = count_at(name, at)
        {
            if let Some(stated) = found.get_mut(unit) {
                *stated = stated.and(count);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    let decisive = found.into_iter().find(|stated| !matches!(stated, Stated::Nothing))?;
    match decisive {
        Stated::Once(count) if count > 0 && count <= LARGEST_PARAMETERS => Some(count),
        _ => None,
    }
}

/// Units in the order in which they decide: letter and parameters.
const UNITS: [(u8, u64); 3] = [(b'b', 1_000_000_000), (b'm', 1_000_000), (b't', 1_000_000_000_000)];

const MILLION: usize = 1;

/// Whole counts in millions that name context lengths.
const CONTEXT_LENGTHS: [u64; 5] = [1_000_000, 2_000_000, 4_000_000, 5_000_000, 10_000_000];

#[derive(Clone, Copy)]
enum Stated {
    Nothing,
    Once(u64),
    Contradiction,
}

impl Stated {
    fn and(self, count: u64) -> Stated {
        match self {
            Stated::Nothing => Stated::Once(count),
            Stated::Once(before) if before == count => self,
            _ => Stated::Contradiction,
        }
    }
}

fn byte(name: &[u8], at: Option<usize>) -> Option<u8> {
    at.and_then(|at| name.get(at)).copied()
}

fn starts_count(name: &[u8], at: usize) -> bool {
    if !byte(name, Some(at)).is_some_and(|first| first.is_ascii_digit()) {
        return false;
    }
    let Some(before) = byte(name, at.checked_sub(1)) else {
        return true;
    };
    if before.is_ascii_alphanumeric() {
        return false;
    }
    let after_single = |digit: u8| {
        let earlier = byte(name, at.checked_sub(3));
        digit.is_ascii_digit() && !earlier.is_some_and(|byte| byte.is_ascii_digit())
    };
    match (before, byte(name, at.checked_sub(2))) {
        (b'.', earlier) => earlier.is_some_and(|byte| byte.is_ascii_alphabetic()),
        (b'_', Some(digit)) => !after_single(digit),
        (_, Some(b'0')) => !after_single(b'0'),
        _ => true,
    }
}

/// Whether one of the three groups of four hexadecimal digits of a UUID begins at `at`.
fn in_uuid(name: &[u8], at: usize) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let is_uuid = |start: usize| {
        let Some(text) = name.get(start..start + 36) else {
            return false;
        };
        let mut groups = text.split(|byte| *byte == b'-');
        GROUPS.iter().all(|length| {
            groups
                .next()
                .is_some_and(|group| group.len() == *length && group.iter().all(u8::is_ascii_hexdigit))
        })
    };
    [9, 14, 19]
        .into_iter()
        .filter_map(|offset| at.checked_sub(offset))
        .any(is_uuid)
}

/// Reads a count that begins at `at`: where it ends, its unit as a position in [`UNITS`], and the parameters.
fn count_at(name: &[u8], at: usize) -> Option<(usize, usize, u64)> {
    let (experts, number_at) = match experts_at(name, at) {
        Some((experts, end)) => (experts, end),
        None => (1, at),
    };
    let (thousandths, is_whole, unit_at) = number(name, number_at)?;
    let letter = byte(name, Some(unit_at))?.to_ascii_lowercase();
    let unit = UNITS.iter().position(|(unit, _)| *unit == letter)?;
    if byte(name, Some(unit_at + 1)).is_some_and(|after| after.is_ascii_alphanumeric()) {
        return None;
    }
    let (_, scale) = UNITS.get(unit)?;
    let count = thousandths.checked_mul(scale / 1000)?.checked_mul(experts)?;
    let names_context = unit == MILLION && is_whole && experts == 1 && CONTEXT_LENGTHS.contains(&count);
    (!names_context).then_some((unit_at + 1, unit, count))
}

fn experts_at(name: &[u8], at: usize) -> Option<(u64, usize)> {
    let (value, end) = digits(name, at, 3)?;
    let is_factor = value >= 2 && byte(name, Some(at)) != Some(b'0');
    (is_factor && matches!(byte(name, Some(end)), Some(b'x' | b'X'))).then_some((value, end + 1))
}

/// A decimal number in thousandths, whether it is written without a point, and where it ends.
fn number(name: &[u8], at: usize) -> Option<(u64, bool, usize)> {
    let (whole, end) = digits(name, at, 4)?;
    let has_point = byte(name, Some(end)) == Some(b'.');
    let leading_zero = byte(name, Some(at)) == Some(b'0') && !(end == at + 1 && has_point);
    if leading_zero {
        return None;
    }
    if !has_point {
        return Some((whole * 1000, true, end));
    }
    let (fraction, fraction_end) = digits(name, end + 1, 3)?;
    let places = fraction_end - (end + 1);
    let scale = [100, 10, 1].get(places.checked_sub(1)?)?;
    Some((whole * 1000 + fraction * scale, false, fraction_end))
}

/// One to `most` digits; more of them in a row are no number of a count.
fn digits(name: &[u8], at: usize, most: usize) -> Option<(u64, usize)> {
    let run = name.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if run == 0 || run > most {
        return None;
    }
    let value = name
        .get(at..at + run)?
        .iter()
        .fold(0, |value, byte| value * 10 + u64::from(byte - b'0'));
    Some((value, at + run))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LARGEST_PARAMETERS, parameters_in_name};

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_within_the_limit(text in "\\PC{0,60}", digits in "[0-9.xbBmMtT_-]{0,40}") {
            for id in [text, digits] {
                let is_believed = |count: u64| (1..=LARGEST_PARAMETERS).contains(&count);
                prop_assert!(parameters_in_name(&id).is_none_or(is_believed), "{id}");
            }
        }

        #[test]
        fn a_count_is_found_wherever_it_stands(
            tenths in 1..99_999u64,
            unit in 0..3usize,
            before in "[a-z]{1,5}[.-]",
            after in "([._-][a-z]{2,5})?",
        ) {
            let (letter, scale) = [("B", 1_000_000_000), ("m", 1_000_000), ("t", 1_000_000_000_000)][unit];
            let name = format!("a/{before}{}.{}{letter}{after}", tenths / 10, tenths % 10);
            let count = tenths * (scale / 10);
            prop_assert_eq!(parameters_in_name(&name), (count <= LARGEST_PARAMETERS).then_some(count), "{}", name);
        }
    }

    const M: u64 = 1_000_000;
    const B: u64 = 1_000 * M;

    #[test]
    fn a_count_that_stands_alone_is_read() {
        for (id, count) in [
            ("a/tusk-7B", 7 * B),
            ("a/tusk-1.5b-instruct", 3 * B / 2),
            ("a/tusk-350M", 350 * M),
            ("a/tusk-0.5B-gguf", B / 2),
            ("a/tusk-22.7m", 22_700_000),
            ("a/tusk-2.4T-A95B", 2_400 * B),
            ("a/tusk-30B-A3B-Instruct", 30 * B),
            ("a/tusk-8x7B-v0.1", 56 * B),
            ("a/tusk-3-8B.Q4_K_M", 8 * B),
            ("a/7b", 7 * B),
            ("tusk-110M", 110 * M),
            ("a/tusk_t33_650M_UR50D", 650 * M),
            ("a/tusk-b1.58-2B-4T", 2 * B),
            ("a/tusk-1.1B-step-1431k-3T", 1_100 * M),
            ("a/tusk-7B-Instruct-1M", 7 * B),
            ("a/tusk-7b-merged-7B", 7 * B),
            ("a/tusk-10-7B", 7 * B),
        ] {
            assert_eq!(parameters_in_name(id), Some(count), "{id}");
        }
    }

    #[test]
    fn what_only_looks_like_a_count_is_not_read() {
        for id in [
            "a/tusk",
            "7b/tusk",
            "a/tusk-v1.5",
            "a/tusk-4bit",
            "a/tusk-16k",
            "a/tusk-3b1b",
            "a/tusk-2024-05-28",
            "a/tusk-20240528",
            "a/tusk-0528",
            "a/tusk-E4B",
            "a/tusk-A3B",
            "a/laion2B-s34B-b79K",
            "a/tusk-100BT",
            "a/tusk-1M",
            "a/4M-21_XL",
            "a/tusk-0_6B",
            "a/tusk_1_5b",
            "a/tusk-0-6B",
            "a/tusk-2.5.7B",
            "a/tusk-v0.7B",
            "a/tusk-06b",
            "a/tusk-00.5b",
            "a/tusk-12345B",
            "a/tusk-1.2345B",
            "a/tusk-0B",
            "a/tusk-03a3ba3f-fc90-880b-4868-19687935429f",
            "a/tusk-1x7B",
            "a/tusk-Q4_K_M",
            "a/tusk-.5B",
            "a/",
            "",
        ] {
            assert_eq!(parameters_in_name(id), None, "{id}");
        }
    }

    #[test]
    fn a_name_that_contradicts_itself_tells_nothing() {
        assert_eq!(parameters_in_name("a/tusk-0.5B-draft-for-32B"), None);
        assert_eq!(parameters_in_name("a/tusk-7b-13b"), None);
        assert_eq!(parameters_in_name("a/tusk-160m-70m"), None);
        assert_eq!(parameters_in_name("a/tusk-999x9999T"), None);
    }
}
