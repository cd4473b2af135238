//! Downloads made by month: the history of the models, and its sums over some months.

use std::ops::Range;

use atlas_protocol::{MonthCoverage, Query};
use atlas_snapshot::NumberColumn;
use atlas_snapshot::history::{HistoryColumns, OUTSIDE};

use crate::EngineError;
use crate::bitmap::{self, Bitmap};
use crate::items::Numbers;

/// The history, as far as its parts have arrived. Models that the snapshot does not have are left out: no facet is known
/// of them.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// Rows of the models of which something is stated, ascending.
    rows: Vec<u32>,
    /// For each of them its first entry.
    firsts: Vec<u32>,
    /// Month and downloads of each entry.
    months: Vec<u16>,
    downloads: NumberColumn,
    /// Row and month of the newest entry, those left out included.
    last: Option<(u32, u16)>,
    total: u64,
}

impl Default for History {
    fn default() -> History {
        History {
            rows: Vec::new(),
            firsts: Vec::new(),
            months: Vec::new(),
            downloads: NumberColumn::with_capacity(0),
            last: None,
            total: 0,
        }
    }
}

impl History {
    /// Appends a part; `months` is the number of months of the history.
    ///
    /// # Errors
    /// When the part does not follow those before it, names a month that is not there, or all downloads together are more
    /// than can be counted. Then nothing has changed.
    pub(crate) fn append(&mut self, part: &HistoryColumns, months: usize) -> Result<(), EngineError> {
        let refused = |what: &str| Err(EngineError::Part(format!("a part of its history {what}")));
        let mut last = self.last;
        for place in part.rows.iter().copied().zip(part.months.iter().copied()) {
            if last.is_some_and(|last| last >= place) || usize::from(place.1) >= months {
                return refused("is out of order or names a month that is not there");
            }
            last = Some(place);
        }
        let total = part
            .downloads
            .iter()
            .try_fold(self.total, |sum, more| sum.checked_add(*more));
        let Some(total) = total.filter(|_| self.months.len() + part.rows.len() < u32::MAX as usize) else {
            return refused("holds more than can be counted");
        };
        let inside = part.rows.partition_point(|row| *row != OUTSIDE);
        for (row, entry) in part.rows[..inside].iter().zip(self.months.len() as u32..) {
            if self.rows.last() != Some(row) {
                self.rows.push(*row);
                self.firsts.push(entry);
            }
        }
        self.months.extend(&part.months[..inside]);
        self.downloads.extend(part.downloads[..inside].iter().copied());
        (self.last, self.total) = (last, total);
        Ok(())
    }

    /// Row and entries of each model of which something is stated.
    fn models(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        let ends = self.firsts.iter().skip(1).map(|first| *first as usize);
        let entries = self.firsts.iter().zip(ends.chain([self.months.len()]));
        let models = self.rows.iter().zip(entries);
        models.map(|(row, (first, end))| (*row as usize, *first as usize..end))
    }

    /// The downloads made in some months by each of the first `rows` rows.
    pub(crate) fn made_in(&self, months: Range<usize>, rows: usize) -> Made {
        if self.rows.is_empty() || months.is_empty() {
            return Made {
                months,
                counts: NumberColumn::with_capacity(0),
                known: Bitmap::new(),
            };
        }
        let (mut counts, mut known) = (vec![0u64; rows], vec![0; bitmap::words(rows)]);
        for (row, entries) in self.models().take_while(|(row, _)| *row < rows) {
            for entry in entries.filter(|entry| months.contains(&usize::from(self.months[*entry]))) {
                counts[row] += self.downloads.get(entry).unwrap_or(0);
                known[row / 64] |= 1 << (row % 64);
            }
        }
        Made {
            months,
            counts: counts.into_iter().collect(),
            known,
        }
    }

    /// The downloads of the rows for which there is a value, by month (major) and value; `months` and `values` are the
    /// numbers of each.
    pub(crate) fn by_month(&self, months: usize, values: usize, value: impl Fn(usize) -> Option<usize>) -> Vec<u64> {
        let mut cells = vec![0; months * values];
        for (row, entries) in self.models() {
            let Some(value) = value(row) else { continue };
            for entry in entries {
                cells[usize::from(self.months[entry]) * values + value] += self.downloads.get(entry).unwrap_or(0);
            }
        }
        cells
    }
}

/// What a reader must be told of a question about the history, if it means nothing in this snapshot.
pub(crate) fn note(history: &[MonthCoverage], months: &Range<usize>, query: &Query) -> Option<String> {
    match history {
        _ if !query.is_of_history() => None,
        [first, .., last] | [first @ last] if months.is_empty() => Some(format!(
            "The history of this snapshot goes from {} to {}; it states no downloads made in the months asked for.",
            first.month, last.month
        )),
        [] => Some("This snapshot has no history, so it does not say when downloads were made.".to_owned()),
        _ => None,
    }
}

/// Downloads made in some months, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// Positions of the months in the history.
    pub(crate) months: Range<usize>,
    /// By row, 0 where nothing is stated; empty where nothing is stated of any row.
    counts: NumberColumn,
    /// The rows of which anything is stated.
    known: Bitmap,
}

impl Made {
    /// The downloads, 0 where nothing is stated.
    pub(crate) fn numbers(&self) -> Numbers<'_> {
        match &self.counts {
            counts if counts.is_empty() => Numbers::Constant(0),
            NumberColumn::U32(counts) => Numbers::U32(counts),
            NumberColumn::U64(counts) => Numbers::U64(counts),
        }
    }

    /// The downloads of a row, where any are stated.
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        let is_known = row / 64 < self.known.len() && bitmap::contains(&self.known, row);
        self.counts.get(row).filter(|_| is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(entries: &[(u32, u16, u64)]) -> HistoryColumns {
        HistoryColumns {
            rows: entries.iter().map(|entry| entry.0).collect(),
            months: entries.iter().map(|entry| entry.1).collect(),
            downloads: entries.iter().map(|entry| entry.2).collect(),
        }
    }

    #[test]
    fn a_model_that_goes_on_in_the_next_part_stays_one() {
        let mut history = History::default();
        history.append(&part(&[(1, 0, 5), (3, 1, 7)]), 3).unwrap();
        history
            .append(&part(&[(3, 2, 1 << 40), (4, 0, 0), (OUTSIDE, 1, 9)]), 3)
            .unwrap();
        let made = history.made_in(1..3, 5);
        let found: Vec<_> = (0..6).map(|row| made.get(row)).collect();
        assert_eq!(found, [None, None, None, Some((1 << 40) + 7), None, None]);
        assert_eq!(history.made_in(0..1, 5).get(4), Some(0));
        assert_eq!(history.by_month(3, 1, |_| Some(0)), [5, 7, 1 << 40]);
    }

    #[test]
    fn a_part_that_does_not_fit_is_refused_and_changes_nothing() {
        let mut history = History::default();
        history.append(&part(&[(1, 1, 5)]), 2).unwrap();
        for wrong in [
            part(&[(1, 1, 5)]),
            part(&[(0, 1, 5)]),
            part(&[(2, 2, 5)]),
            part(&[(2, 0, 1), (2, 1, u64::MAX)]),
        ] {
            assert!(history.append(&wrong, 2).is_err());
            assert_eq!(history.by_month(2, 1, |_| Some(0)), [0, 5]);
        }
    }
}
