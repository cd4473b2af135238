//! Random numbers that depend on a seed and nothing else.

/// A stream of random numbers: SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Randomness {
    state: u64,
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl Randomness {
    /// The stream of a seed and a number; streams of different numbers have nothing to do with each other.
    pub fn new(seed: u64, stream: u64) -> Randomness {
        Randomness {
            state: mix(mix(seed.wrapping_add(STEP)) ^ stream.wrapping_mul(STEP)),
        }
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number from 0 up to, but not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number of the normal distribution with mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// One of some values, in proportion to their weights.
    pub fn weighted<T: Copy>(&mut self, values: &[(T, f64)]) -> Option<T> {
        let total: f64 = values.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        for (value, weight) in values {
            left -= weight;
            if left < 0.0 {
                return Some(*value);
            }
        }
        values.last().map(|(value, _)| *value)
    }

    /// One of some values, each as likely as any other.
    pub fn one_of<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        values.get(self.below(values.len() as u64) as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let take = |seed, stream| {
            let mut randomness = Randomness::new(seed, stream);
            [randomness.bits(), randomness.bits()]
        };
        assert_eq!(take(1, 2), take(1, 2));
        assert_ne!(take(1, 2), take(1, 3));
        assert_ne!(take(1, 2), take(2, 2));
    }

    #[test]
    fn numbers_are_spread_as_they_should_be() {
        let mut randomness = Randomness::new(7, 0);
        let n = 20_000;
        let mean = (0..n).map(|_| randomness.unit()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let normals: Vec<f64> = (0..n).map(|_| randomness.normal()).collect();
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
        let heads = (0..n)
            .filter(|_| randomness.weighted(&[(true, 1.0), (false, 3.0)]) == Some(true))
            .count();
        assert!((4_700..5_300).contains(&heads), "{heads}");
        assert!((0..n).all(|_| randomness.below(3) < 3));
    }
}
