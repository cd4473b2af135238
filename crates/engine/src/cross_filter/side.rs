//! Totals over one kind of things, blocks or items, kept from question to question.
//!
//! Every total starts from whichever is less work: nothing, everything, the slice or the former answer, and adds or takes
//! away the things in which they differ.

use std::sync::Arc;

use atlas_protocol::Facet;

use super::Totals;
use super::work::Work;
use crate::bitmap::{self, Bitmap, Masks, Words};
use crate::clause::Resolved;
use crate::kernel::{Cell, Sign};

/// Which things are in the slice, and what the facets with a clause of their own count.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// The things in the slice.
    pub(super) mask: Bitmap,
    pub(super) others: Vec<Others>,
    passes: Vec<(Arc<Resolved>, Bitmap)>,
    /// Those of clauses before, the latest first: readers go back and forth.
    earlier: Vec<(Arc<Resolved>, Bitmap)>,
}

/// How many clauses of earlier questions are kept.
const EARLIER: usize = 8;

/// The things that satisfy every clause but that of one facet.
#[derive(Clone, Debug)]
pub(super) struct Others {
    pub(super) facet: Facet,
    pub(super) mask: Bitmap,
    /// Their totals by value of the facet; none where it is not counted on these things.
    pub(super) cells: Vec<Cell>,
}

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
    fn between(before: &[u64], now: &[u64], len: usize, knows_everything: bool) -> Change {
        let (wanted, changed) = bitmap::about_count_and_changes(now, before);
        let rest = len.saturating_sub(wanted);
        if knows_everything && rest < wanted.min(changed) {
            return Change {
                from: From::Everything,
                added: Words::default(),
                removed: Words::of_rest(len, now),
            };
        }
        if wanted < changed {
            return Change {
                from: From::Nothing,
                added: Words::of(now),
                removed: Words::default(),
            };
        }
        Change::exchange(before, now)
    }

    fn exchange(before: &[u64], now: &[u64]) -> Change {
        Change {
            from: From::Before,
            added: Words::of_difference(now, before),
            removed: Words::of_difference(before, now),
        }
    }

    fn added(added: Words) -> Change {
        Change {
            from: From::Before,
            added,
            removed: Words::default(),
        }
    }

    fn removed(removed: Words) -> Change {
        Change {
            from: From::Before,
            added: Words::default(),
            removed,
        }
    }

    /// What comes and what goes, each with its sign.
    pub(super) fn parts(&self) -> [(&Words, Sign); 2] {
        [(&self.added, Sign::Add), (&self.removed, Sign::TakeAway)]
    }
}

impl Side {
    /// All things, which is what a question without clauses is about.
    pub(super) fn all(len: usize) -> Side {
        Side {
            mask: bitmap::full(len),
            ..Side::default()
        }
    }

    /// Forgets the totals, after the weights of the things have changed: what a clause admits stays known.
    pub(super) fn forget(&mut self) {
        self.mask.fill(0);
        self.others.clear();
    }

    /// The things that satisfy each clause. Where one compares exact counts, `exact` are those that satisfy it.
    pub(super) fn admit(&mut self, work: &Work<'_>, clauses: &[&Arc<Resolved>], exact: Option<&Bitmap>) {
        let mut known = std::mem::take(&mut self.passes);
        known.append(&mut self.earlier);
        let pass = |clause: &&Arc<Resolved>| {
            if let Some(at) = known.iter().position(|(known, _)| known == *clause) {
                return known.remove(at);
            }
            let pass = match exact.filter(|_| clause.exact.is_some()) {
                Some(exact) => exact.clone(),
                None => work.admitted(clause),
            };
            (Arc::clone(clause), pass)
        };
        self.passes = clauses.iter().map(pass).collect();
        known.truncate(EARLIER);
        self.earlier = known;
    }

    /// What satisfies each of the clauses that were admitted last.
    pub(super) fn passes(&self) -> Vec<&Bitmap> {
        self.passes.iter().map(|(_, pass)| pass).collect()
    }

    /// Brings totals up to date with the clauses that were admitted last, of what is in a set. `everything` are the totals of
    /// all things, where they are known. Gives what came to the slice and went from it.
    pub(super) fn update(
        &mut self,
        work: &Work<'_>,
        within: Bitmap,
        slice: &mut Totals,
        mut everything: Option<&mut Totals>,
    ) -> Change {
        let masks = bitmap::combine(within, &self.passes());
        let change = Change::between(&self.mask, &masks.slice, work.items.len, everything.is_some());
        let starts = self.starts(work, &masks, slice, everything.is_some());
        work.change(&change, slice, everything.as_deref_mut());
        let facets: Vec<Facet> = self.passes.iter().map(|(clause, _)| clause.facet).collect();
        let everything = everything.as_deref();
        for ((facet, mask), start) in facets.into_iter().zip(masks.others).zip(starts) {
            let cells = others(work, facet, (&masks.slice, &mask), start, (slice, everything));
            self.others.push(Others { facet, mask, cells });
        }
        self.mask = masks.slice;
        change
    }

    /// What the totals of each facet with a clause start from, while those of the slice are still the former ones.
    fn starts(
        &mut self,
        work: &Work<'_>,
        masks: &Masks,
        slice: &Totals,
        knows_everything: bool,
    ) -> Vec<Start> {
        let (in_slice, _) = bitmap::about_count_and_changes(&masks.slice, &self.mask);
        let mut known = std::mem::take(&mut self.others);
        let mut start = |facet: Facet, now: &Bitmap| {
            if !work.counts(facet) {
                return Start::Nowhere;
            }
            let at = known.iter().position(|others| others.facet == facet);
            let former = at.map(|at| known.swap_remove(at));
            // Without a clause of its own the facet's totals were those of the slice.
            let before = former.as_ref().map_or(&self.mask, |former| &former.mask);
            let (wanted, changed) = bitmap::about_count_and_changes(now, before);
            let (excluded, rest) = (wanted - in_slice, work.items.len.saturating_sub(wanted));
            if changed > excluded.min(if knows_everything { rest } else { usize::MAX }) {
                return match excluded <= rest || !knows_everything {
                    true => Start::Slice,
                    false => Start::Everything,
                };
            }
            let change = Change::exchange(before, now);
            let cells = former.map_or_else(|| work.by_value(facet, slice), |former| former.cells);
            Start::Before(cells, change)
        };
        let clauses = self.passes.iter().zip(&masks.others);
        clauses.map(|((clause, _), now)| start(clause.facet, now)).collect()
    }
}

/// What the totals of a facet with a clause of its own start from.
enum Start {
    /// The new slice: the things that only the clause excludes are added.
    Slice,
    /// All things: those that another clause excludes are taken away.
    Everything,
    /// The totals before: what differs is exchanged.
    Before(Vec<Cell>, Change),
    /// Nowhere: the facet is not counted on these things.
    Nowhere,
}

/// The totals of a facet with a clause of its own, over the things that satisfy all others.
fn others(
    work: &Work<'_>,
    facet: Facet,
    (slice, others): (&[u64], &[u64]),
    start: Start,
    (totals, everything): (&Totals, Option<&Totals>),
) -> Vec<Cell> {
    let (mut cells, change) = match (start, everything) {
        (Start::Nowhere, _) => return Vec::new(),
        (Start::Before(cells, change), _) => (cells, change),
        (Start::Everything, Some(everything)) => (
            work.by_value(facet, everything),
            Change::removed(Words::of_rest(work.items.len, others)),
        ),
        (Start::Slice | Start::Everything, _) => (
            work.by_value(facet, totals),
            Change::added(Words::of_difference(others, slice)),
        ),
    };
    for (words, sign) in change.parts() {
        work.apply_values(words, sign, facet, &mut cells);
    }
    cells
}
