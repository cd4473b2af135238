//! Mean and quantiles of numbers that come in ascending order.

use atlas_protocol::SizeByYear;
use atlas_protocol::answer::{QUANTILES, Quantiles};

use crate::kernel::Cell;

/// Above all that a measure can reach.
const NEVER: u64 = u64::MAX;

/// The parameter counts of some models, from the smallest to the largest.
pub(crate) struct Rising {
    known: Cell,
    unknown: Cell,
    reached: Cell,
    /// What must be reached for the next quantile.
    wanted: Cell,
    /// Σ parameters · measure and Σ parameters.
    products: [u128; 2],
    /// Weighted and plain.
    quantiles: [Quantiles; 2],
    /// How many of them have been found.
    found: [usize; 2],
}

impl Rising {
    /// Measure and models of known and of unknown size, all of which are to come.
    pub(crate) fn new([known, unknown]: [Cell; 2]) -> Rising {
        Rising {
            wanted: known.map(|known| reached_for(known, 0)),
            known,
            unknown,
            reached: [0, 0],
            products: [0, 0],
            quantiles: [[None; QUANTILES.len()]; 2],
            found: [0, 0],
        }
    }

    /// Adds the models of one parameter count.
    #[inline]
    pub(crate) fn step(&mut self, count: u64, cell: Cell) {
        for (kind, weight) in cell.iter().enumerate() {
            self.products[kind] += product(count, *weight);
            self.reached[kind] += weight;
            while self.reached[kind] >= self.wanted[kind] {
                self.quantiles[kind][self.found[kind]] = Some(count);
                self.found[kind] += 1;
                self.wanted[kind] = reached_for(self.known[kind], self.found[kind]);
            }
        }
    }

    pub(crate) fn finish(&self) -> SizeByYear {
        SizeByYear {
            models_known: self.known[1],
            models_unknown: self.unknown[1],
            weight_known: self.known[0],
            weight_unknown: self.unknown[0],
            mean: mean(self.products[1], self.known[1]),
            mean_weighted: mean(self.products[0], self.known[0]),
            quantiles: self.quantiles[1],
            quantiles_weighted: self.quantiles[0],
        }
    }
}

/// The least that a share of all makes, rounded up. A quantile needs weight of its own: none is found before the first
/// model that has any.
fn reached_for(all: u64, quantile: usize) -> u64 {
    QUANTILES.get(quantile).map_or(NEVER, |share| {
        let least = (u128::from(all) * u128::from(*share)).div_ceil(100);
        u64::try_from(least).unwrap_or(NEVER).max(1)
    })
}

/// The product, which mostly fits 64 bits: WebAssembly multiplies wider numbers in pieces.
#[inline(always)]
fn product(count: u64, weight: u64) -> u128 {
    match count.leading_zeros() + weight.leading_zeros() >= u64::BITS {
        true => u128::from(count * weight),
        false => u128::from(count) * u128::from(weight),
    }
}

/// The quotient to the precision of `f64`, or `None` when there is nothing to divide by.
fn mean(sum: u128, count: u64) -> Option<f64> {
    let count = u128::from(count);
    let whole = sum.checked_div(count)?;
    Some(whole as f64 + (sum % count) as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_exact_in_either_width(a in any::<u64>(), b in any::<u64>(), shifts in (0u32..64, 0u32..64)) {
            let (a, b) = (a >> shifts.0, b >> shifts.1);
            prop_assert_eq!(product(a, b), u128::from(a) * u128::from(b));
        }

        #[test]
        fn a_quantile_is_reached_where_a_hundred_times_the_sum_is_its_share_of_all(
            all in any::<u64>().prop_map(|all| all >> 1), quantile in 0..QUANTILES.len(), reached in any::<u64>(),
        ) {
            let share = u128::from(QUANTILES[quantile]);
            let is_reached = |sum: u64| sum > 0 && u128::from(sum) * 100 >= u128::from(all) * share;
            let least = reached_for(all, quantile);
            for sum in [least, least - 1, reached] {
                prop_assert_eq!(sum >= least, is_reached(sum));
            }
            prop_assert_eq!(reached_for(all, QUANTILES.len()), NEVER);
        }
    }
}
