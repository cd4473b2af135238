//! How totals over one set become those over another.

use crate::bitmap::{self, Words};
use crate::kernel::Sign;

/// How totals are brought up to date: what they start from, and what comes and goes.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) from: From,
    pub(super) added: Words,
    pub(super) removed: Words,
}

/// What totals start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// What they are.
    Before,
    Nothing,
    Everything,
}

impl Change {
    /// The least work from one set to another of `len` things.
    pub(super) fn between(before: &[u64], now: &[u64], len: usize, knows_everything: bool) -> Change {
        let (wanted, changed) = bitmap::about_count_and_changes(now, before);
        let is_less = knows_everything && len.saturating_sub(wanted) < changed;
        match changed <= wanted && !is_less {
            true => Change::exchange(before, now),
            false => Change::anew(now, len, knows_everything),
        }
    }

    /// The least work to the totals over a set of `len` things from none that are of use.
    pub(super) fn anew(now: &[u64], len: usize, knows_everything: bool) -> Change {
        let (wanted, _) = bitmap::about_count_and_changes(now, now);
        match knows_everything && len.saturating_sub(wanted) < wanted {
            true => Change {
                from: From::Everything,
                added: Words::default(),
                removed: Words::of_rest(len, now),
            },
            false => Change {
                from: From::Nothing,
                added: Words::of(now),
                removed: Words::default(),
            },
        }
    }

    /// What is in one set and not in the other goes or comes.
    pub(super) fn exchange(before: &[u64], now: &[u64]) -> Change {
        Change {
            from: From::Before,
            added: Words::of_difference(now, before),
            removed: Words::of_difference(before, now),
        }
    }

    /// What comes and what goes, each with its sign.
    pub(super) fn parts(&self) -> [(&Words, Sign); 2] {
        [(&self.added, Sign::Add), (&self.removed, Sign::TakeAway)]
    }
}
