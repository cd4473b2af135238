//! Numbers as a reader sees them: short in running text, exact on hover and in tables.
//!
//! In a browser the figures come from `Intl` ([`crate::platform::intl`]); elsewhere, and where `Intl` has no compact
//! form, from the functions of [`plain`], which write the same.

#[cfg(target_arch = "wasm32")]
use crate::platform::intl as writer;

#[cfg(not(target_arch = "wasm32"))]
use plain as writer;

/// Counts below this are short enough to be written out.
const WRITTEN_OUT: u64 = 10_000;

/// A count in at most five characters or so: `9,999`, `15.9K`, `2.18B`.
pub fn short(count: u64) -> String {
    if count < WRITTEN_OUT {
        exact(count)
    } else {
        writer::compact(count)
    }
}

/// A number of models: written out below a million, where every digit can be read, short above.
pub fn models(count: u64) -> String {
    if count < 1_000_000 {
        exact(count)
    } else {
        writer::compact(count)
    }
}

/// A count to the last digit, in groups of three: `2,184,003,115`.
pub fn exact(count: u64) -> String {
    writer::exact(count)
}

/// A size in parameters that need not be whole, such as a mean: `827M`.
pub fn short_size(parameters: f64) -> String {
    let whole = parameters.max(0.0).round();
    if whole < 1_000.0 {
        exact(whole as u64)
    } else {
        writer::compact(whole as u64)
    }
}

/// Part of a whole as a percentage with one digit, never rounded to nothing or to everything: `12.3%`, `<0.1%`.
pub fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0%".to_owned();
    }
    if part == whole {
        return "100%".to_owned();
    }
    let share = part as f64 / whole as f64 * 100.0;
    if share < 0.1 {
        "<0.1%".to_owned()
    } else if share > 99.9 && share < 100.0 {
        ">99.9%".to_owned()
    } else {
        tenths(share) + "%"
    }
}

/// A fraction as a percentage for an axis: `25%`, `0.5%`.
pub fn axis_percent(fraction: f64) -> String {
    let share = fraction * 100.0;
    if (share - share.round()).abs() < 1e-6 {
        format!("{}%", share.round() as i64)
    } else {
        tenths(share) + "%"
    }
}

/// A number that is not negative with one decimal: `12.3`.
pub fn tenths(value: f64) -> String {
    let tenths = (value * 10.0).round() as u64;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A number that is not negative with three decimals: `0.987`.
pub fn thousandths(value: f64) -> String {
    let thousandths = (value * 1_000.0).round() as u64;
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

/// A number with every digit that tells it from others, as programs read it: `0.3333333333333333`.
pub fn written(value: f64) -> String {
    writer::written(value)
}

/// A size of a file in bytes: `812 bytes`, `4.2 MB`, powers of ten.
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{} kB", count.div_ceil(1_000)),
        1_000_000..1_000_000_000 => tenths(count as f64 / 1e6) + " MB",
        _ => tenths(count as f64 / 1e9) + " GB",
    }
}

/// A parameter count as people write it and [`atlas_protocol::size::parse_count`] reads it back, to the last digit.
pub fn written_size(parameters: u64) -> String {
    for (unit, letter) in [
        (1_000_000_000_000, "T"),
        (1_000_000_000, "B"),
        (1_000_000, "M"),
        (1_000, "k"),
    ] {
        if parameters >= unit && parameters.is_multiple_of(unit / 1_000) {
            let thousandths = parameters % unit / (unit / 1_000);
            let fraction = format!("{thousandths:03}");
            let fraction = fraction.trim_end_matches('0');
            let dot = if fraction.is_empty() { "" } else { "." };
            return format!("{}{dot}{fraction}{letter}", parameters / unit);
        }
    }
    parameters.to_string()
}

/// A count with its noun: `1 model`, `612 models`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", exact(count), if count == 1 { one } else { many })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day `YYYY-MM-DD` as `22 August 2026`; other texts stay as they are.
pub fn day(text: &str) -> String {
    let mut pieces = text.split('-');
    let written = (|| {
        let year = pieces.next()?.parse::<u16>().ok()?;
        let month = MONTHS.get(pieces.next()?.parse::<usize>().ok()?.checked_sub(1)?)?;
        let day = pieces.next()?.parse::<u8>().ok()?;
        Some(format!("{day} {month} {year}"))
    })();
    written.unwrap_or_else(|| text.to_owned())
}

/// The abbreviated name of a month, 1 to 12.
pub fn month_name(month: usize) -> Option<&'static str> {
    MONTHS.get(month.checked_sub(1)?).map(|name| &name[..3])
}

/// Formats that need no browser.
pub mod plain {
    /// Three significant digits and a letter: `15.9K`, `2.18B`.
    pub fn compact(count: u64) -> String {
        const UNITS: [(u64, &str); 4] = [
            (1_000, "K"),
            (1_000_000, "M"),
            (1_000_000_000, "B"),
            (1_000_000_000_000, "T"),
        ];
        let mut unit = UNITS.iter().rposition(|(unit, _)| count >= *unit);
        while let Some(at) = unit {
            let (size, letter) = UNITS[at];
            let value = count as f64 / size as f64;
            let decimals: u32 = if value < 9.995 {
                2
            } else if value < 99.95 {
                1
            } else {
                0
            };
            let scale = 10u64.pow(decimals);
            let rounded = (value * scale as f64).round() as u64;
            if rounded >= 1_000 * scale && at + 1 < UNITS.len() {
                unit = Some(at + 1);
                continue;
            }
            let fraction = format!("{:0width$}", rounded % scale, width = decimals as usize);
            let fraction = if decimals == 0 {
                ""
            } else {
                fraction.trim_end_matches('0')
            };
            let dot = if fraction.is_empty() { "" } else { "." };
            return format!("{}{dot}{fraction}{letter}", exact(rounded / scale));
        }
        exact(count)
    }

    /// Every digit that tells a number from others.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn written(value: f64) -> String {
        value.to_string()
    }

    /// All digits in groups of three.
    pub fn exact(count: u64) -> String {
        let digits = count.to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::size::parse_count;

    use super::*;

    #[test]
    fn short_counts_keep_three_digits_and_grow_a_letter() {
        let cases = [
            (0, "0"),
            (9_999, "9,999"),
            (10_000, "10K"),
            (15_904, "15.9K"),
            (999_499, "999K"),
            (999_500, "1M"),
            (2_184_003_115, "2.18B"),
            (45_400_000_000, "45.4B"),
            (1_000_000_000_000, "1T"),
            (u64::MAX, "18,446,744T"),
        ];
        for (count, text) in cases {
            assert_eq!(short(count), text, "{count}");
        }
    }

    #[test]
    fn exact_counts_keep_every_digit_beyond_two_to_the_53() {
        assert_eq!(exact(9_007_199_254_740_993), "9,007,199,254,740,993");
        assert_eq!(exact(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(exact(999), "999");
    }

    #[test]
    fn percentages_never_round_to_nothing_or_to_all() {
        assert_eq!(percent(0, 5), "0%");
        assert_eq!(percent(1, 1_000_000), "<0.1%");
        assert_eq!(percent(123, 1_000), "12.3%");
        assert_eq!(percent(999_999, 1_000_000), ">99.9%");
        assert_eq!(percent(7, 7), "100%");
        assert_eq!(percent(7, 0), "0%");
        assert_eq!(axis_percent(0.25), "25%");
        assert_eq!(axis_percent(0.005), "0.5%");
    }

    #[test]
    fn written_sizes_read_back_to_the_same_count() {
        for count in [
            0,
            7,
            999,
            1_500,
            100_000,
            350_000_000,
            7_000_000_000,
            1_250_000_000,
            1_234_567_891,
            2_000_000_000_000,
        ] {
            assert_eq!(
                parse_count(&written_size(count)),
                Some(count),
                "{}",
                written_size(count)
            );
        }
        assert_eq!(written_size(1_250_000_000), "1.25B");
        assert_eq!(written_size(31_500_000), "31.5M");
    }

    #[test]
    fn days_and_files_read_as_people_write_them() {
        assert_eq!(day("2026-08-22"), "22 August 2026");
        assert_eq!(day("2026-13-22"), "2026-13-22");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(4_240_000), "4.2 MB");
        assert_eq!(thousandths(0.98765), "0.988");
        assert_eq!(counted(1, "model", "models"), "1 model");
    }
}
