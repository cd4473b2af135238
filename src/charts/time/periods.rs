//! The years and months that a chart over time has columns for.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{FacetValue, TimeAxis};

use crate::charts::coverage;
use crate::state::counted;
use crate::state::view::Grain;

/// One column of the chart: a year or a month.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::charts) struct Period {
    pub(in crate::charts) key: String,
    pub(in crate::charts) label: String,
    /// The label under the axis, where it gets one.
    pub(in crate::charts) short: Option<String>,
}

/// The periods of a catalogue of months, and for each month the place of its period.
pub(super) fn periods(months: &[FacetValue], grain: Grain, axis: TimeAxis) -> (Vec<Period>, Vec<usize>) {
    let key_of = |month: &FacetValue| match (grain, month.key.as_str()) {
        (_, UNKNOWN) => UNKNOWN.to_owned(),
        (Grain::Year, key) => month.parent.clone().unwrap_or_else(|| key.to_owned()),
        (Grain::Month, key) => key.to_owned(),
    };
    let mut keys: Vec<String> = Vec::new();
    for month in months {
        let key = key_of(month);
        if key != UNKNOWN && !keys.contains(&key) {
            keys.push(key);
        }
    }
    let sorted = crate::order::order(keys.len(), &|one, other| keys[one].cmp(&keys[other]));
    keys = crate::order::arranged(keys, &sorted);
    if let (Grain::Month, Some(first), Some(last)) = (grain, keys.first(), keys.last()) {
        keys = months_between(first, last).unwrap_or(keys);
    }
    if months.iter().any(|month| month.key == UNKNOWN) {
        // Before the oldest, so that it stands apart from the newest, where the eye goes.
        keys.insert(0, UNKNOWN.to_owned());
    }
    let place = |month: &FacetValue| {
        let key = key_of(month);
        keys.iter().position(|other| *other == key).unwrap_or(0)
    };
    let places = months.iter().map(place).collect();
    let label = |key: &String| months.iter().find(|month| grain == Grain::Month && month.key == *key);
    let mut periods: Vec<Period> = keys.iter().map(|key| period(key, label(key), grain)).collect();
    // A few months may hold no January to tell the year by.
    if grain == Grain::Month && periods.iter().take(4).all(|period| period.short.is_none()) {
        periods
            .iter_mut()
            .take(1)
            .for_each(|first| first.short = Some(first.label.clone()));
    }
    if (grain, axis) == (Grain::Year, TimeAxis::Made) {
        periods
            .iter_mut()
            .for_each(|period| coverage::tell_year(period, months));
    }
    (periods, places)
}

fn period(key: &str, month: Option<&FacetValue>, grain: Grain) -> Period {
    let named = |text: String| Period {
        key: key.to_owned(),
        label: text.clone(),
        short: Some(text),
    };
    if key == UNKNOWN {
        return named("Unknown".to_owned());
    }
    if grain == Grain::Year {
        let short = if key == "2022" { "≤ 2022" } else { key };
        let label = if key == "2022" { "2022 or before" } else { key };
        return Period {
            key: key.to_owned(),
            label: label.to_owned(),
            short: Some(short.to_owned()),
        };
    }
    let (year, number) = key.split_once('-').unwrap_or((key, ""));
    let label = month.map_or_else(|| counted::month(key), |month| month.label.clone());
    Period {
        key: key.to_owned(),
        label,
        short: (number == "01").then(|| year.to_owned()),
    }
}

/// More months than this are not drawn one by one, even those without models.
const MOST_MONTHS: usize = 1_200;

/// Every month from one to another, both included, as `YYYY-MM`; `None` where they cannot be told or are too many.
pub(super) fn months_between(first: &str, last: &str) -> Option<Vec<String>> {
    let number = |key: &str| {
        let (year, month) = key.split_once('-')?;
        Some(year.parse::<usize>().ok()? * 12 + month.parse::<usize>().ok()?.checked_sub(1)?)
    };
    let (first, last) = (number(first)?, number(last)?);
    let months = (first..=last).map(|at| format!("{:04}-{:02}", at / 12, at % 12 + 1));
    (last.saturating_sub(first) < MOST_MONTHS).then(|| months.collect())
}
