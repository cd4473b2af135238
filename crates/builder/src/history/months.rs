//! The rule that turns readings of a model's downloads into downloads per calendar month. `docs/HISTORY.md` states it.
//!
//! A reading never counts as a month. It says how many downloads fell into a stretch of days: the 30 days before it, or the
//! days between two readings of a cumulative count. Each day gets its share of what is known of it; a month is stated when
//! enough of its days are known. All arithmetic is exact, so that anybody's is the same.

use atlas_import::moment::{DAY, Month};

/// Days that a 30-day reading is about: those before the day of the reading.
pub const WINDOW_DAYS: i64 = 30;

/// Longest stretch, in days, over which a difference of two cumulative counts is spread. What happened when within a longer
/// one is not known.
pub const LONGEST_STRETCH: i64 = 45;

/// A month is stated when at least so many thirds of its days are known.
const THIRDS: i64 = 2;

/// The least number that every whole number to [`LONGEST_STRETCH`] divides.
const DIVISIBLE: u128 = 9_419_588_158_802_421_600;

/// Shares of a day are counted in this part of one download.
const UNIT: u128 = DIVISIBLE * WINDOW_DAYS as u128;

/// A count as it stood on a day, which is counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// The day.
    pub day: i32,
    /// The count.
    pub count: u64,
}

/// What is known of the downloads of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Downloads in the 30 days before each day; ascending, no day twice.
    pub thirty_days: Vec<Reading>,
    /// Downloads up to each day; ascending, no day twice.
    pub all_time: Vec<Reading>,
    /// The day the model was published, where it is known. Nothing was downloaded before it.
    pub published: Option<i32>,
}

/// Downloads of a model in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDownloads {
    /// The month.
    pub month: Month,
    /// Downloads, rounded to a whole number, halves up.
    pub downloads: u64,
}

/// Days that are known: from one to before another, each with as many units of downloads.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    to: i64,
    units_a_day: u128,
}

/// Downloads of a model in each month of which enough is known, in order. What differences of cumulative counts tell goes
/// before what 30-day readings tell.
pub fn downloads_by_month(evidence: &Evidence) -> Vec<MonthDownloads> {
    let first = evidence.all_time.first();
    let published = evidence
        .published
        .filter(|day| first.is_some_and(|first| *day <= first.day));
    let mut months = stated(&differences(&evidence.all_time, published), published);
    for month in stated(&windows(&evidence.thirty_days), None) {
        if let Err(place) = months.binary_search_by_key(&month.month, |known| known.month) {
            months.insert(place, month);
        }
    }
    months
}

/// The stretches between cumulative readings that follow each other. One over which the count fell (the Hub corrected it, or
/// a name was given to another model) is not known, nor is one that is too long. A model begins with nothing on the day it
/// was published.
fn differences(readings: &[Reading], published: Option<i32>) -> Vec<Stretch> {
    let nothing_yet = published.map(|day| Reading { day, count: 0 });
    let begin = nothing_yet.zip(readings.first().copied());
    let mut stretches: Vec<Stretch> = begin
        .and_then(|(nothing_yet, first)| difference(nothing_yet, first))
        .into_iter()
        .collect();
    let pairs = readings.iter().zip(readings.iter().skip(1));
    stretches.extend(pairs.filter_map(|(before, after)| difference(*before, *after)));
    stretches.retain(|stretch| stretch.from < stretch.to);
    stretches
}

fn difference(before: Reading, after: Reading) -> Option<Stretch> {
    let days = i64::from(after.day) - i64::from(before.day);
    let downloads = after.count.checked_sub(before.count)?;
    (1..=LONGEST_STRETCH).contains(&days).then(|| Stretch {
        from: i64::from(before.day),
        to: i64::from(after.day),
        units_a_day: u128::from(downloads) * (UNIT / days.unsigned_abs() as u128),
    })
}

/// The stretches that the 30 days before each reading make up. On days that several readings are about the mean of them
/// holds.
fn windows(readings: &[Reading]) -> Vec<Stretch> {
    let mut edges: Vec<(i64, bool, u64)> = Vec::with_capacity(2 * readings.len());
    for reading in readings {
        let day = i64::from(reading.day);
        edges.push((day - WINDOW_DAYS, true, reading.count));
        edges.push((day, false, reading.count));
    }
    edges.sort_unstable();
    let mut stretches = Vec::new();
    let (mut open, mut sum, mut from) = (0u128, 0u128, 0);
    for (day, opens, count) in edges {
        if open > 0 && from < day {
            stretches.push(Stretch {
                from,
                to: day,
                units_a_day: sum * (DIVISIBLE / open),
            });
        }
        from = day;
        if opens {
            open += 1;
            sum += u128::from(count);
        } else {
            open -= 1;
            sum -= u128::from(count);
        }
    }
    stretches
}

/// The months of which at least two thirds of the days are known: the mean of these days holds for the others. A model has
/// no days before it was published.
fn stated(stretches: &[Stretch], published: Option<i32>) -> Vec<MonthDownloads> {
    let (Some(first), Some(last)) = (
        stretches.iter().map(|stretch| stretch.from).min(),
        stretches.iter().map(|stretch| stretch.to - 1).max(),
    ) else {
        return Vec::new();
    };
    let (first, last) = (month_of(first), month_of(last));
    let mut known = vec![(0i64, 0u128); usize::from(last.0 - first.0) + 1];
    for stretch in stretches {
        for month in month_of(stretch.from).0..=month_of(stretch.to - 1).0 {
            let (begin, end) = (Month(month).first_day(), Month(month + 1).first_day());
            let days = stretch.to.min(end) - stretch.from.max(begin);
            if let Some((known_days, units)) = known.get_mut(usize::from(month - first.0)) {
                *known_days += days;
                *units += stretch.units_a_day * days.unsigned_abs() as u128;
            }
        }
    }
    let months = (first.0..=last.0).map(Month).zip(known);
    months
        .filter_map(|(month, (known_days, units))| {
            let begin = published.map_or(month.first_day(), |day| month.first_day().max(i64::from(day)));
            let days = Month(month.0 + 1).first_day() - begin;
            (3 * known_days >= THIRDS * days).then(|| {
                let whole = UNIT * known_days.unsigned_abs() as u128;
                let downloads = (2 * units * days.unsigned_abs() as u128 + whole) / (2 * whole);
                MonthDownloads {
                    month,
                    downloads: u64::try_from(downloads).unwrap_or(u64::MAX),
                }
            })
        })
        .collect()
}

fn month_of(day: i64) -> Month {
    Month::of(day * DAY).unwrap_or(Month::FIRST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use atlas_import::moment::day_start;

    fn day(text: &str) -> i32 {
        (day_start(text).unwrap() / DAY) as i32
    }

    fn readings(of: &[(&str, u64)]) -> Vec<Reading> {
        of.iter()
            .map(|(text, count)| Reading {
                day: day(text),
                count: *count,
            })
            .collect()
    }

    fn thirty(of: &[(&str, u64)]) -> Vec<String> {
        shown(&Evidence {
            thirty_days: readings(of),
            ..Evidence::default()
        })
    }

    fn all_time(of: &[(&str, u64)], published: Option<&str>) -> Vec<String> {
        shown(&Evidence {
            all_time: readings(of),
            published: published.map(day),
            ..Evidence::default()
        })
    }

    fn shown(evidence: &Evidence) -> Vec<String> {
        let months = downloads_by_month(evidence);
        months
            .iter()
            .map(|month| format!("{} {}", month.month.key(), month.downloads))
            .collect()
    }

    #[test]
    fn a_30_day_reading_is_no_month_unless_two_thirds_of_the_month_are_in_it() {
        // 8 March to 6 April: 24 of March's 31 days, 6 of April's 30.
        assert_eq!(thirty(&[("2025-04-07", 3000)]), ["2025-03 3100"]);
        // 16 April to 15 May: 15 days of each.
        assert!(thirty(&[("2025-05-16", 3000)]).is_empty());
        // The month itself, to the day.
        assert_eq!(thirty(&[("2025-05-01", 3000)]), ["2025-04 3000"]);
        assert!(thirty(&[]).is_empty());
    }

    #[test]
    fn days_between_two_windows_get_the_mean_of_the_days_known() {
        // 8 March to 6 April at 100 a day, 7 April to 6 May at 200 a day: April is 6 x 100 + 24 x 200.
        assert_eq!(
            thirty(&[("2025-04-07", 3000), ("2025-05-07", 6000)]),
            ["2025-03 3100", "2025-04 5400"]
        );
        // 14 January lies in neither: January is (13 x 100 + 17 x 200) / 30 x 31.
        assert_eq!(thirty(&[("2025-01-14", 3000), ("2025-02-14", 6000)]), ["2025-01 4857"]);
    }

    #[test]
    fn on_days_of_two_windows_their_mean_holds_and_nothing_is_counted_twice() {
        // 15 January to 13 February at 100, 5 February to 6 March at 400, so 5 to 13 February at 250.
        let february = 4 * 100 + 9 * 250 + 15 * 400;
        assert_eq!(
            thirty(&[("2025-02-14", 3000), ("2025-03-07", 12000)]),
            [format!("2025-02 {february}")]
        );
        // Read every day, the same number stays the same number.
        let daily: Vec<Reading> = (0..90)
            .map(|at| Reading {
                day: day("2025-05-01") + at,
                count: 3000,
            })
            .collect();
        let months = shown(&Evidence {
            thirty_days: daily,
            ..Evidence::default()
        });
        assert_eq!(months, ["2025-04 3000", "2025-05 3100", "2025-06 3000", "2025-07 3100"]);
    }

    #[test]
    fn a_missing_crawl_leaves_a_month_unknown_rather_than_empty() {
        let crawls = [("2025-02-01", 3000), ("2025-03-01", 2800), ("2025-05-01", 3000)];
        // The reading of 1 April is missing.
        assert_eq!(thirty(&crawls), ["2025-01 3093", "2025-02 2613", "2025-04 3000"]);
    }

    #[test]
    fn differences_of_cumulative_counts_are_spread_over_their_days() {
        // 70 in a week, then 140 in a week across the end of the month.
        let weekly = [
            ("2025-03-01", 1000),
            ("2025-03-08", 1070),
            ("2025-03-15", 1140),
            ("2025-03-22", 1210),
            ("2025-03-29", 1280),
            ("2025-04-05", 1420),
        ];
        assert_eq!(all_time(&weekly, None), ["2025-03 340"]);
        // A stretch of more than 45 days tells no month; one of 45 does.
        assert!(all_time(&[("2025-03-01", 0), ("2025-04-16", 4600)], None).is_empty());
        assert_eq!(
            all_time(&[("2025-03-01", 0), ("2025-04-15", 4500)], None),
            ["2025-03 3100"]
        );
        assert!(
            all_time(&[("2025-03-01", 7)], None).is_empty(),
            "one reading tells nothing"
        );
    }

    #[test]
    fn a_count_that_falls_is_a_gap_and_neither_negative_nor_zero() {
        // From 11 to 21 April the count falls: 20 of 30 days are known, at 10 and at 20 a day.
        let corrected = [
            ("2025-04-01", 500),
            ("2025-04-11", 600),
            ("2025-04-21", 90),
            ("2025-05-01", 290),
        ];
        assert_eq!(all_time(&corrected, None), ["2025-04 450"]);
        let twice = [
            ("2025-04-01", 500),
            ("2025-04-11", 400),
            ("2025-04-21", 390),
            ("2025-05-01", 490),
        ];
        assert!(all_time(&twice, None).is_empty());
    }

    #[test]
    fn a_model_begins_with_nothing_on_the_day_it_is_published() {
        let counts = [("2025-04-21", 100), ("2025-05-01", 300), ("2025-06-01", 610)];
        assert_eq!(all_time(&counts, Some("2025-04-11")), ["2025-04 300", "2025-05 310"]);
        assert_eq!(all_time(&counts, None), ["2025-05 310"]);
        // Published long before the first reading, or after it: its beginning is not known.
        assert_eq!(all_time(&counts, Some("2025-01-11")), ["2025-05 310"]);
        assert_eq!(all_time(&counts, Some("2025-04-22")), ["2025-05 310"]);
    }

    #[test]
    fn the_days_before_a_model_was_published_are_no_days_of_it() {
        // 25 to 30 April, of which nothing is known: the 24 days before do not make a zero of it.
        assert!(all_time(&[("2025-06-15", 500)], Some("2025-04-25")).is_empty());
        let later = [("2025-06-15", 500), ("2025-07-15", 800)];
        assert!(all_time(&later, Some("2025-04-25")).is_empty());
        // 21 to 25 of its ten days in April are known, then a gap: no month. 21 to 27: the mean of seven for ten.
        let gap = |day| [(day, 70), ("2025-07-01", 900)];
        assert!(all_time(&gap("2025-04-26"), Some("2025-04-21")).is_empty());
        assert_eq!(all_time(&gap("2025-04-28"), Some("2025-04-21")), ["2025-04 100"]);
    }

    #[test]
    fn what_cumulative_counts_tell_goes_before_what_30_day_readings_tell() {
        let evidence = Evidence {
            thirty_days: readings(&[("2025-04-01", 3000), ("2025-05-01", 3000)]),
            all_time: readings(&[("2025-04-01", 0), ("2025-05-01", 2222)]),
            published: None,
        };
        assert_eq!(shown(&evidence), ["2025-03 3100", "2025-04 2222"]);
    }

    #[test]
    fn the_largest_counts_fit() {
        let most = atlas_import::count_cells::LARGEST_COUNT;
        assert_eq!(thirty(&[("2025-05-01", most)]), [format!("2025-04 {most}")]);
        assert_eq!(
            all_time(&[("2025-04-01", 0), ("2025-05-01", most)], None),
            [format!("2025-04 {most}")]
        );
    }

    /// The rule once more, a day at a time and in fractions of floating point.
    fn plain(evidence: &Evidence) -> Vec<(u16, f64)> {
        let mut months: Vec<(u16, f64)> = Vec::new();
        for month in Month::of(i64::from(day("2024-12-01")) * DAY).unwrap().0
            ..=Month::of(i64::from(day("2025-12-01")) * DAY).unwrap().0
        {
            let days: Vec<i64> = (Month(month).first_day()..Month(month + 1).first_day()).collect();
            let by_difference = |day: &i64| {
                let stretch = evidence
                    .all_time
                    .windows(2)
                    .find(|pair| (i64::from(pair[0].day)..i64::from(pair[1].day)).contains(day))?;
                let length = stretch[1].day - stretch[0].day;
                (length <= 45 && stretch[1].count >= stretch[0].count)
                    .then(|| (stretch[1].count - stretch[0].count) as f64 / f64::from(length))
            };
            let by_window = |day: &i64| {
                let about: Vec<f64> = evidence
                    .thirty_days
                    .iter()
                    .filter(|reading| (i64::from(reading.day) - 30..i64::from(reading.day)).contains(day))
                    .map(|reading| reading.count as f64 / 30.0)
                    .collect();
                (!about.is_empty()).then(|| about.iter().sum::<f64>() / about.len() as f64)
            };
            for known in [
                days.iter().filter_map(by_difference).collect::<Vec<f64>>(),
                days.iter().filter_map(by_window).collect(),
            ] {
                if 3 * known.len() >= 2 * days.len() {
                    months.push((
                        month,
                        known.iter().sum::<f64>() / known.len() as f64 * days.len() as f64,
                    ));
                    break;
                }
            }
        }
        months
    }

    fn some_readings() -> impl Strategy<Value = Vec<Reading>> {
        let day = day("2025-01-15");
        let all = prop::collection::btree_map(0..280i32, 0..100_000u64, 0..40);
        all.prop_map(move |all| {
            all.into_iter()
                .map(|(at, count)| Reading { day: day + at, count })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_rule_is_the_plain_one(thirty_days in some_readings(), all_time in some_readings()) {
            let evidence = Evidence { thirty_days, all_time, published: None };
            let found = downloads_by_month(&evidence);
            let wanted = plain(&evidence);
            prop_assert_eq!(found.iter().map(|month| month.month.0).collect::<Vec<_>>(), wanted.iter().map(|month| month.0).collect::<Vec<_>>());
            for (found, wanted) in found.iter().zip(wanted) {
                prop_assert!((found.downloads as f64 - wanted.1).abs() <= 0.5 + 1e-6, "{} {}", found.downloads, wanted.1);
            }
        }
    }
}
