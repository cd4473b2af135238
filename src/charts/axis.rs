//! Scales from numbers to pixels, as a coordinate of plotters.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};

/// One axis of a plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axis {
    /// Equal steps are equal differences.
    Linear {
        /// Value at the origin.
        from: f64,
        /// Value at the far end.
        to: f64,
    },
    /// Equal steps are equal ratios; both ends above 0.
    Log {
        /// Value at the origin.
        from: f64,
        /// Value at the far end.
        to: f64,
    },
}

impl Axis {
    /// A linear axis from 0 to the first round number that holds `largest`, for about `steps` ticks.
    pub fn from_zero(largest: f64, steps: usize) -> Axis {
        let step = round_step(largest.max(f64::MIN_POSITIVE), steps);
        let to = if largest > 0.0 {
            (largest / step).ceil() * step
        } else {
            1.0
        };
        Axis::Linear { from: 0.0, to }
    }

    /// A logarithmic axis of whole decades around a range of positive values.
    pub fn decades(smallest: f64, largest: f64) -> Axis {
        let low = smallest.max(1.0).log10().floor();
        let high = largest.max(1.0).log10().ceil().max(low + 1.0);
        Axis::Log {
            from: 10f64.powi(low as i32),
            to: 10f64.powi(high as i32),
        }
    }

    /// Round values along the axis, ascending, at most `most` of them.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        if most == 0 {
            return Vec::new();
        }
        match *self {
            Axis::Linear { from, to } => {
                let step = round_step(to - from, most);
                let first = (from / step - 1e-9).ceil() as i64;
                let last = (to / step + 1e-9).floor() as i64;
                (first..=last).map(|at| at as f64 * step).collect()
            }
            Axis::Log { from, to } => {
                let first = (from.log10() - 1e-9).ceil() as i32;
                let last = (to.log10() + 1e-9).floor() as i32;
                let count = usize::try_from(last - first + 1).unwrap_or(0);
                let every = count.div_ceil(most).max(1);
                (first..=last).step_by(every).map(|power| 10f64.powi(power)).collect()
            }
        }
    }

    /// Where a value lies, 0 at the origin and 1 at the far end.
    pub fn fraction(&self, value: f64) -> f64 {
        match *self {
            Axis::Linear { from, to } => (value - from) / (to - from),
            Axis::Log { from, to } => (value.max(from) / from).log10() / (to / from).log10(),
        }
    }
}

/// The smallest of 1, 2, 5 times a power of ten that cuts `length` into at most `most` steps.
fn round_step(length: f64, most: usize) -> f64 {
    let rough = length / most.max(1) as f64;
    let power = 10f64.powi(rough.log10().floor() as i32);
    let digit = rough / power;
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| digit <= factor + 1e-9)
        .unwrap_or(10.0);
    factor * power
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let length = f64::from(limit.1 - limit.0);
        limit.0 + (self.fraction(*value) * length).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.ticks(hint.max_num_points())
    }

    fn range(&self) -> Range<f64> {
        match *self {
            Axis::Linear { from, to } | Axis::Log { from, to } => from..to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(Axis::from_zero(2_184.0, 5), Axis::Linear { from: 0.0, to: 2_500.0 });
        assert_eq!(
            Axis::from_zero(2_184.0, 5).ticks(5),
            [0.0, 500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0]
        );
        assert_eq!(Axis::from_zero(0.0, 5).ticks(2), [0.0, 0.5, 1.0]);
        assert_eq!(Axis::Linear { from: 0.0, to: 1.0 }.ticks(4), [0.0, 0.5, 1.0]);
        for largest in [1e-3, 0.07, 3.0, 999.0, 1e9, 1.8e19] {
            let axis = Axis::from_zero(largest, 4);
            let ticks = axis.ticks(4);
            assert!((2..=6).contains(&ticks.len()), "{largest}: {ticks:?}");
            assert!(axis.fraction(largest) <= 1.0 + 1e-9);
        }
    }

    #[test]
    fn decades_hold_their_range() {
        let axis = Axis::decades(22_700_000.0, 1.04e12);
        assert_eq!(axis.ticks(10).len(), 7);
        assert_eq!(axis.ticks(3).len(), 3);
        assert_eq!(axis.fraction(1e7).round(), 0.0);
        assert!((axis.fraction(1e10) - 0.5).abs() < 1e-9);
        assert_eq!(Axis::decades(5.0, 5.0), Axis::Log { from: 1.0, to: 10.0 });
    }

    #[test]
    fn values_map_to_pixels_in_either_direction() {
        let axis = Axis::Linear { from: 0.0, to: 10.0 };
        assert_eq!(axis.map(&2.5, (100, 200)), 125);
        assert_eq!(axis.map(&2.5, (200, 100)), 175);
    }
}
