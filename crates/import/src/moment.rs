//! Points in time, as dumps of the Hub write them, and the calendar months they fall in. All in UTC.

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// A calendar month: twelve times the year plus the month, January being 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub u16);

const MONTH_NAMES: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Month {
    /// The month before which the Hub knows no publication dates: whatever is older carries a date in March 2022.
    pub const FIRST: Month = Month(2022 * 12 + 2);

    /// The month a point in time falls in, or `None` outside the years 0 to 5000.
    pub fn of(seconds: i64) -> Option<Month> {
        let (year, month, _) = civil(seconds.div_euclid(DAY));
        (0..=5000)
            .contains(&year)
            .then_some(Month((year * 12 + month as i64 - 1) as u16))
    }

    /// The first day of the month, counted from 1970.
    pub fn first_day(self) -> i64 {
        days(i64::from(self.0 / 12), i64::from(self.0 % 12) + 1, 1)
    }

    /// `YYYY-MM`.
    pub fn key(self) -> String {
        format!("{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }

    /// `Aug 2026`, and `Mar 2022 or before` for [`Month::FIRST`].
    pub fn label(self) -> String {
        let name = MONTH_NAMES.get(usize::from(self.0 % 12)).copied().unwrap_or_default();
        let before = if self == Month::FIRST { " or before" } else { "" };
        format!("{name} {}{before}", self.0 / 12)
    }
}

/// Seconds from 1970 to the beginning of a day written `YYYY-MM-DD`, or `None` when it is none.
pub fn day_start(date: &str) -> Option<i64> {
    if !atlas_snapshot::manifest::is_date(date) {
        return None;
    }
    parse(date)
}

/// Reads a point in time of ISO 8601: a date, then optionally `T` or a space and a time of day with optional seconds and
/// fraction, then optionally `Z`, `UTC` or an offset. Without an offset it is UTC. Seconds from 1970, fractions dropped.
pub fn parse(text: &str) -> Option<i64> {
    let mut rest = Rest(text.trim().as_bytes());
    let (year, month, day) = (
        rest.digits(4)?,
        rest.after(b'-')?.digits(2)?,
        rest.after(b'-')?.digits(2)?,
    );
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let mut seconds = days(year, month, day) * DAY;
    if rest.0.is_empty() {
        return Some(seconds);
    }
    if !(rest.skip(b'T') || rest.skip(b't') || rest.skip(b' ')) {
        return None;
    }
    let (hour, minute) = (rest.digits(2)?, rest.after(b':')?.digits(2)?);
    let second = if rest.skip(b':') { rest.digits(2)? } else { 0 };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    if rest.skip(b'.') && rest.skip_digits() == 0 {
        return None;
    }
    seconds += hour * 3600 + minute * 60 + second;
    rest.skip(b' ');
    Some(seconds - rest.offset()?)
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn after(&mut self, byte: u8) -> Option<&mut Self> {
        self.skip(byte).then_some(self)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(
            digits
                .iter()
                .fold(0, |value, digit| value * 10 + i64::from(digit - b'0')),
        )
    }

    fn skip_digits(&mut self) -> usize {
        let run = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.0 = self.0.get(run..).unwrap_or_default();
        run
    }

    fn offset(&mut self) -> Option<i64> {
        if matches!(self.0, b"" | b"Z" | b"z" | b"UTC") {
            return Some(0);
        }
        let sign = if self.skip(b'+') {
            1
        } else {
            self.after(b'-')?;
            -1
        };
        let hours = self.digits(2)?;
        self.skip(b':');
        let minutes = if self.0.is_empty() { 0 } else { self.digits(2)? };
        (self.0.is_empty() && hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Years are counted from March in eras of 400, so
/// that the leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days from 1970-01-01; the inverse of [`days`].
fn civil(days: i64) -> (i64, u32, u32) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        year,
        month as u32,
        (day_of_year - (153 * from_march + 2) / 5 + 1) as u32,
    )
}

/// `YYYY-MM-DDTHH:MM:SS.000Z`, as the Hub writes it.
pub fn format(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_texts_are_read_in_utc() {
        for (text, written) in [
            ("2022-03-02T23:29:04.000Z", "2022-03-02T23:29:04.000Z"),
            ("2022-03-02 23:29:04+00:00", "2022-03-02T23:29:04.000Z"),
            ("2022-03-02 23:29:04.123456 UTC", "2022-03-02T23:29:04.000Z"),
            ("2022-03-01T00:30:00+01:00", "2022-02-28T23:30:00.000Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("2024-12-31T23:59-0130", "2025-01-01T01:29:00.000Z"),
            (" 1969-12-31T23:59:59 ", "1969-12-31T23:59:59.000Z"),
            ("2026-08-22T10:00:00+05", "2026-08-22T05:00:00.000Z"),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_point_in_time_are_refused() {
        for text in [
            "",
            "yesterday",
            "2022",
            "2022-03",
            "2022-13-01",
            "2023-02-29",
            "2022-03-02T",
            "2022-03-02T25:00",
            "2022-03-02T23:60",
            "2022-03-02T23:29:04.Z",
            "2022-03-02T23:29:04 CET",
            "02/03/2022",
            "2022-03-02T23:29:04+1",
            "1646263744",
            "２０２２-03-02",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn days_and_dates_are_inverse_over_eight_centuries() {
        let first = days(1600, 1, 1);
        let mut before = None;
        for day in first..first + 300_000 {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, i64::from(month), i64::from(date)), day);
            assert!(before < Some((year, month, date)));
            before = Some((year, month, date));
        }
        assert_eq!(civil(0), (1970, 1, 1));
    }

    #[test]
    fn a_month_begins_on_its_first_day() {
        for (text, month) in [
            ("2022-03-01", Month::FIRST),
            ("2024-02-01", Month(2024 * 12 + 1)),
            ("1999-12-01", Month(1999 * 12 + 11)),
        ] {
            assert_eq!(day_start(text), Some(month.first_day() * DAY));
            assert_eq!(Month::of(month.first_day() * DAY), Some(month));
            assert_eq!(Month::of(month.first_day() * DAY - 1), Some(Month(month.0 - 1)));
        }
    }

    #[test]
    fn the_first_month_says_that_it_holds_older_models() {
        assert_eq!(Month::FIRST.key(), "2022-03");
        assert_eq!(Month::FIRST.label(), "Mar 2022 or before");
        assert_eq!(
            Month::of(parse("2026-08-31T23:59:59Z").unwrap()).unwrap().label(),
            "Aug 2026"
        );
        assert_eq!(Month::of(i64::MAX), None);
        assert_eq!(
            day_start("2026-08-22").map(format).as_deref(),
            Some("2026-08-22T00:00:00.000Z")
        );
        assert_eq!(day_start("2026-08-22T10:00"), None);
    }
}
