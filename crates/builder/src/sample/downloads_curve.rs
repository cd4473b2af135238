//! All-time downloads by rank: three power laws, one after the other, through the published shares of the most downloaded
//! models. Each falls as `(1 + (rank - first) / scale)^-exponent`; the first has its exponent from its share, the others
//! their scale.

use super::randomness::Randomness;

/// Mean all-time downloads of a model: 45.4 billion over 2.13 million models.
const MEAN_DOWNLOADS: f64 = 45.4e9 / 2.13e6;

/// Share of all downloads that the most downloaded model has.
const FIRST_SHARE: f64 = 0.05;

/// Share of the 1,000 most downloaded models.
pub const TOP_THOUSAND_SHARE: f64 = 0.779;

/// Share of the most downloaded 1.5 % of models.
pub const TOP_PERCENT_SHARE: f64 = 0.992;

/// How fast the second and the third piece fall in the end.
const SECOND_EXPONENT: f64 = 1.3;
const THIRD_EXPONENT: f64 = 1.6;

/// Median, and deviation of the logarithm, of the downloads that every model of the tail has beside its place on the curve.
const SMALL_MEDIAN: f64 = 14.0;
const SMALL_DEVIATION: f64 = 1.3;

/// Downloads by rank for a collection of a given size.
#[derive(Clone, Debug)]
pub struct DownloadsCurve {
    total: f64,
    pieces: [Piece; 3],
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    first_rank: u64,
    last_rank: u64,
    start: f64,
    scale: f64,
    exponent: f64,
}

/// The number of models that hold [`TOP_THOUSAND_SHARE`]: 1,000, or a tenth where there are few.
pub fn leaders(models: u64) -> u64 {
    (models / 10).clamp(1, 1000)
}

/// The number of models that are 1.5 % of so many.
pub fn top_percent(models: u64) -> u64 {
    ((models as f64 * 0.015).round() as u64).clamp(1, models.max(1))
}

impl DownloadsCurve {
    /// The curve for `models` models, at least one.
    pub fn new(models: u64) -> DownloadsCurve {
        let models = models.max(1);
        let total = MEAN_DOWNLOADS * models as f64;
        let first_end = leaders(models);
        let second_end = top_percent(models).max(first_end * 2).min(models);
        let first = Piece::of_share(first_end, FIRST_SHARE * total, TOP_THOUSAND_SHARE * total);
        let second_sum = (TOP_PERCENT_SHARE - TOP_THOUSAND_SHARE) * total;
        let second = first.followed(second_end, SECOND_EXPONENT, second_sum);
        let small = SMALL_MEDIAN * (SMALL_DEVIATION * SMALL_DEVIATION / 2.0).exp() * (models - second_end) as f64;
        let third = second.followed(
            models,
            THIRD_EXPONENT,
            ((1.0 - TOP_PERCENT_SHARE) * total - small).max(0.0),
        );
        DownloadsCurve {
            total,
            pieces: [first, second, third],
        }
    }

    /// Sum over all models, as the curve has it.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Last rank of the head, above which downloads are the curve's and below which chance adds to them.
    pub fn head_end(&self) -> u64 {
        self.pieces[1].last_rank
    }

    /// Downloads of the model of a rank, from 1.
    pub fn downloads(&self, rank: u64, randomness: &mut Randomness) -> u64 {
        let piece = self
            .pieces
            .iter()
            .find(|piece| rank <= piece.last_rank)
            .unwrap_or(&self.pieces[2]);
        let on_curve = piece.at(rank);
        if rank <= self.head_end() {
            return on_curve.round() as u64;
        }
        let small = SMALL_MEDIAN * (SMALL_DEVIATION * randomness.normal()).exp();
        (on_curve + small) as u64
    }
}

impl Piece {
    /// The first piece, whose exponent is such that it has this sum.
    fn of_share(last_rank: u64, start: f64, sum: f64) -> Piece {
        let with = |exponent| Piece {
            first_rank: 1,
            last_rank,
            start,
            scale: 1.0,
            exponent,
        };
        with(halving(0.0, 12.0, |exponent| with(exponent).sum() > sum))
    }

    /// The piece after this one, which begins where it ends and whose scale is such that it has this sum.
    fn followed(&self, last_rank: u64, exponent: f64, sum: f64) -> Piece {
        let with = |logarithm: f64| Piece {
            first_rank: self.last_rank + 1,
            last_rank,
            start: self.at(self.last_rank),
            scale: logarithm.exp(),
            exponent,
        };
        with(halving(-5.0, 30.0, |logarithm| with(logarithm).sum() < sum))
    }

    fn at(&self, rank: u64) -> f64 {
        let behind = rank.saturating_sub(self.first_rank) as f64;
        self.start * (1.0 + behind / self.scale).powf(-self.exponent)
    }

    /// The sum over all ranks: exact for the first thousand, and by the midpoint rule on growing steps beyond, where the
    /// curve is nearly straight.
    fn sum(&self) -> f64 {
        let mut sum = 0.0;
        let mut rank = self.first_rank;
        while rank <= self.last_rank {
            let step = ((rank - self.first_rank) / 1000 + 1).min(self.last_rank - rank + 1);
            let middle = (rank - self.first_rank) as f64 + (step - 1) as f64 / 2.0;
            sum += step as f64 * self.start * (1.0 + middle / self.scale).powf(-self.exponent);
            rank += step;
        }
        sum
    }
}

/// The number between two at which `is_below` turns false, found by halving.
fn halving(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if is_below(middle) { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_has_the_published_shares_at_every_size() {
        for models in [200_000, 2_130_000] {
            let curve = DownloadsCurve::new(models);
            let mut randomness = Randomness::new(1, 1);
            let mut downloads: Vec<u64> = (1..=models)
                .map(|rank| curve.downloads(rank, &mut randomness))
                .collect();
            downloads.sort_unstable_by(|a, b| b.cmp(a));
            let total: u64 = downloads.iter().sum();
            let share = |n: u64| downloads.iter().take(n as usize).sum::<u64>() as f64 / total as f64;
            assert!((total as f64 / curve.total() - 1.0).abs() < 0.01, "{models}: {total}");
            assert!((share(leaders(models)) - TOP_THOUSAND_SHARE).abs() < 0.01, "{models}");
            assert!(
                (share(top_percent(models)) - TOP_PERCENT_SHARE).abs() < 0.005,
                "{models}"
            );
            let median = downloads[downloads.len() / 2];
            assert!((8..40).contains(&median), "{models}: {median}");
        }
    }

    #[test]
    fn tiny_collections_have_a_curve_too() {
        for models in [1, 2, 99, 301] {
            let curve = DownloadsCurve::new(models);
            let mut randomness = Randomness::new(1, 1);
            assert!((1..=models).all(|rank| curve.downloads(rank, &mut randomness) < u64::MAX / 2));
        }
    }
}
