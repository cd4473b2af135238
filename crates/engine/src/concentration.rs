//! How much of a measure the largest models of a slice hold.

use atlas_protocol::answer::Concentration;

use crate::bitmap;
use crate::items::{Numbers, on_numbers};

/// Ranks at which a reader expects the curve to have a point.
const RANKS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/// Weights below this are counted, those from it on sorted: the long tail of a Hub has few distinct weights.
const COUNTED: usize = 1 << 16;

/// The first row of each run of equal weights, where no weight is larger than the one before it.
pub(crate) fn falling_runs(rows: usize, weights: Numbers<'_>) -> Option<Vec<u32>> {
    let mut starts = Vec::new();
    on_numbers!(weights, weight => {
        let mut before = None;
        for (row, number) in (0..rows).map(weight).zip(0u32..) {
            match before {
                Some(before) if row > before => return None,
                Some(before) if row == before => {}
                _ => starts.push(number),
            }
            before = Some(row);
        }
    });
    Some(starts)
}

/// Computes the curve and the Gini coefficient of the rows in a set whose weights fall from run to run, of which `starts`
/// are the first rows; the set is only counted then.
pub(crate) fn concentration_of_falling(rows: &[u64], weights: Numbers<'_>, starts: &[u32]) -> Concentration {
    let ends = starts.iter().skip(1).map(|start| *start as usize);
    let starts = starts.iter().map(|start| *start as usize);
    let runs = starts.zip(ends.chain([rows.len() * 64]));
    on_numbers!(weights, weight => {
        Curve::of_runs(runs.map(|(start, end)| (weight(start), bitmap::count_between(rows, start, end) as u64)))
    })
}

/// Computes the curve and the Gini coefficient of the rows in a set.
///
/// The coefficient is G = Σ (n + 1 − 2r) x_r / (n Σ x_r) over ranks r = 1 … n from the largest (Gini 1912, in the form
/// of Dixon et al. 1987 without small-sample correction), in whole numbers up to the last division.
pub(crate) fn concentration(rows: &[u64], weights: Numbers<'_>) -> Concentration {
    if let Numbers::Constant(weight) = weights {
        return Curve::of_runs([(weight, bitmap::count(rows) as u64)].into_iter());
    }
    let mut counts = vec![0u32; COUNTED];
    let mut large = Vec::new();
    on_numbers!(weights, weight => {
        for row in bitmap::members(rows) {
            let weight = weight(row as usize);
            match counts.get_mut(weight as usize) {
                Some(count) => *count += 1,
                None => large.push(weight),
            }
        }
    });
    large.sort_unstable();
    let small = counts.iter().enumerate().rev().filter(|(_, count)| **count > 0);
    let large = large.iter().rev().map(|weight| (*weight, 1));
    Curve::of_runs(large.chain(small.map(|(weight, count)| (weight as u64, u64::from(*count)))))
}

/// A curve under way, from the largest weight down.
struct Curve {
    points: Vec<(u64, u64)>,
    rank: u64,
    held: u64,
    next: u64,
    rank_times_weight: u128,
}

impl Curve {
    /// The curve of runs of equal weights, the largest first.
    fn of_runs(runs: impl Iterator<Item = (u64, u64)>) -> Concentration {
        let mut curve = Curve {
            points: Vec::new(),
            rank: 0,
            held: 0,
            next: 1,
            rank_times_weight: 0,
        };
        runs.filter(|(_, length)| *length > 0)
            .for_each(|(weight, length)| curve.add(weight, length));
        curve.finish()
    }

    fn add(&mut self, weight: u64, length: u64) {
        while self.next <= self.rank + length {
            self.points
                .push((self.next, self.held + (self.next - self.rank) * weight));
            self.next = next_rank(self.next);
        }
        let (first, last) = (u128::from(self.rank) + 1, u128::from(self.rank + length));
        // The sum of the ranks of a run is that of an arithmetic series.
        self.rank_times_weight += (first + last) * u128::from(length) / 2 * u128::from(weight);
        self.rank += length;
        self.held += length * weight;
    }

    fn finish(mut self) -> Concentration {
        if self.rank > 0 && self.points.last().is_none_or(|(rank, _)| *rank != self.rank) {
            self.points.push((self.rank, self.held));
        }
        let gini = (self.held > 0).then(|| {
            let all = (u128::from(self.rank) + 1) * u128::from(self.held);
            // Descending ranks make 2 Σ r x_r at most (n + 1) Σ x_r, so the difference is never negative.
            all.saturating_sub(2 * self.rank_times_weight) as f64
                / (u128::from(self.rank) * u128::from(self.held)) as f64
        });
        Concentration {
            points: self.points,
            gini,
        }
    }
}

/// The next rank with a point: the ones readers ask for, then about twenty to a decade.
fn next_rank(rank: u64) -> u64 {
    match RANKS.iter().find(|known| **known > rank) {
        Some(known) => *known,
        None => rank + rank / 8,
    }
}
