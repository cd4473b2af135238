//! How long and how often something is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Times and numbers of tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Wait after the first failure; twice as long after each one that follows.
    pub first: Duration,
    /// The wait grows no longer than this.
    pub most: Duration,
    /// Requests for one page before giving up.
    pub tries: u32,
    /// Requests for one page that is answered with something other than JSON.
    pub tries_on_nonsense: u32,
    /// Wait at the limit where the server does not say how long.
    pub limit: Duration,
    /// Waits at the limit, for one page, before giving up.
    pub limits_in_a_row: u32,
    /// Longest wait that a server may ask for.
    pub longest: Duration,
    /// Time until an answer begins.
    pub answer: Duration,
    /// Time until an answer is read.
    pub body: Duration,
}

impl Default for Patience {
    /// About five minutes of failures in a row, and the Hub's window of five minutes several times over.
    fn default() -> Patience {
        Patience {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
            tries: 10,
            tries_on_nonsense: 3,
            limit: Duration::from_secs(60),
            limits_in_a_row: 20,
            longest: Duration::from_secs(3600),
            answer: Duration::from_secs(60),
            body: Duration::from_secs(300),
        }
    }
}

impl Patience {
    /// The wait after so many failures in a row, from 1: doubling, and shortened by up to a quarter at random, so that
    /// many who failed together do not come back together.
    pub fn backoff(&self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let wait = doubled.min(self.most);
        let chance = (RandomState::new().hash_one(failures) % 256) as u32;
        wait - wait / 4 * chance / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most() {
        let patience = Patience::default();
        for (failures, seconds) in [(1, 1.0), (2, 2.0), (5, 16.0), (7, 60.0), (100, 60.0)] {
            let wait = patience.backoff(failures).as_secs_f64();
            assert!(wait <= seconds && wait >= seconds * 0.75, "{failures}: {wait}");
        }
    }
}
