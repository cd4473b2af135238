//! The values that a chart over time shows, and their ranks.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Facet, FacetValue};

use crate::numbers;

/// Values that get a colour of their own when there are too many for all.
pub(super) const NAMED: usize = 6;

/// One value of the split, or the rest of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) value: Option<FacetValue>,
    pub(super) label: String,
    /// Its place among the values that have a colour of their own.
    pub(super) rank: usize,
    /// One sum for each period.
    pub(super) sums: Vec<u64>,
    /// Its place among all known values in each period, from 1; 0 where it holds nothing, and for the others together.
    pub(super) ranks: Vec<u64>,
}

impl Series {
    pub(super) fn total(&self) -> u64 {
        self.sums.iter().sum()
    }
}

/// The values to show: all of a short or ordered facet, else the largest and the rest; `unknown` always last.
pub(super) fn series(split: Facet, values: &[FacetValue], sums: Vec<Vec<u64>>) -> Vec<Series> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (value, sums) in values.iter().zip(sums) {
        let place = if value.key == UNKNOWN { &mut unknown } else { &mut known };
        place.push(Series {
            value: Some(value.clone()),
            label: value.label.clone(),
            rank: 0,
            ranks: vec![0; sums.len()],
            sums,
        });
    }
    rank(&mut known);
    let whole = split.is_ordered() || known.len() <= NAMED + 1;
    if !whole {
        let sorted = crate::order::order(known.len(), &|one, other| known[other].total().cmp(&known[one].total()));
        known = crate::order::arranged(known, &sorted);
        let rest = known.split_off(NAMED);
        let periods = rest.first().map_or(0, |series| series.sums.len());
        let sums = (0..periods)
            .map(|at| rest.iter().map(|series| series.sums[at]).sum())
            .collect();
        known
            .iter_mut()
            .enumerate()
            .for_each(|(rank, series)| series.rank = rank);
        known.push(Series {
            value: None,
            label: format!("{} others", numbers::exact(rest.len() as u64)),
            rank: NAMED,
            ranks: vec![0; periods],
            sums,
        });
    } else {
        known
            .iter_mut()
            .enumerate()
            .for_each(|(rank, series)| series.rank = rank);
    }
    known.retain(|series| series.total() > 0);
    unknown.retain(|series| series.total() > 0);
    known.extend(unknown);
    known
}

/// Gives every value its place in each period.
fn rank(known: &mut [Series]) {
    for period in 0..known.first().map_or(0, |series| series.sums.len()) {
        let held: Vec<u64> = known.iter().map(|series| series.sums[period]).collect();
        for series in known.iter_mut().filter(|series| series.sums[period] > 0) {
            let larger = held.iter().filter(|other| **other > series.sums[period]);
            series.ranks[period] = larger.count() as u64 + 1;
        }
    }
}
