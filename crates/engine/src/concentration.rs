//! How much of a measure the largest models of a slice hold.

use atlas_protocol::answer::Concentration;

use crate::items::Numbers;

/// Ranks at which a reader expects the curve to have a point.
const RANKS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/// Computes the curve and the Gini coefficient.
///
/// `ranked` gives the rows of the slice from the largest weight to the smallest, `models` their number.
///
/// The coefficient is G = Σ (n + 1 − 2r) x_r / (n Σ x_r) over ranks r = 1 … n from the largest (Gini 1912, in the form
/// of Dixon et al. 1987 without small-sample correction), in whole numbers up to the last division.
pub(crate) fn concentration(ranked: impl Iterator<Item = u32>, weights: Numbers<'_>, models: u64) -> Concentration {
    let mut points = Vec::new();
    let (mut held, mut rank, mut next) = (0u64, 0u64, 1u64);
    let mut rank_times_weight = 0u128;
    // Ranks of a run of equal weights are added up before they are multiplied: the long tail is a few runs.
    let (mut run_weight, mut run_ranks) = (0u64, 0u64);
    for row in ranked {
        let weight = weights.get(row as usize);
        rank += 1;
        held += weight;
        if weight != run_weight || run_ranks > u64::MAX / 2 {
            rank_times_weight += u128::from(run_ranks) * u128::from(run_weight);
            (run_weight, run_ranks) = (weight, 0);
        }
        run_ranks += rank;
        if rank == next || rank == models {
            points.push((rank, held));
            next = next_rank(rank);
        }
    }
    rank_times_weight += u128::from(run_ranks) * u128::from(run_weight);
    let gini = (held > 0 && rank > 0).then(|| {
        let all = (u128::from(rank) + 1) * u128::from(held);
        // Descending ranks make 2 Σ r x_r at most (n + 1) Σ x_r, so the difference is never negative.
        all.saturating_sub(2 * rank_times_weight) as f64 / (u128::from(rank) * u128::from(held)) as f64
    });
    Concentration { points, gini }
}

/// The next rank with a point: the ones readers ask for, then about twenty to a decade.
fn next_rank(rank: u64) -> u64 {
    match RANKS.iter().find(|known| **known > rank) {
        Some(known) => *known,
        None => rank + rank / 8,
    }
}
