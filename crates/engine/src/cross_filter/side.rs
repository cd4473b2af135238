//! The blocks in the slice and what they add up to, kept from question to question.

use atlas_protocol::Facet;

use super::Totals;
use super::change::{Change, From};
use super::passes::Passes;
use super::work::Work;
use crate::bitmap::{self, Bitmap, Masks, Words};
use crate::kernel::Cell;

/// Which blocks are in the slice, and what the facets with a clause of their own count.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// The blocks in the slice.
    pub(super) mask: Bitmap,
    pub(super) others: Vec<Others>,
    pub(super) passes: Passes,
    /// Whether the totals are of other weights than the blocks have now.
    is_outdated: bool,
}

/// The blocks that satisfy every clause but that of one facet.
#[derive(Clone, Debug)]
pub(super) struct Others {
    pub(super) facet: Facet,
    pub(super) mask: Bitmap,
    /// Their totals by value of the facet.
    pub(super) cells: Vec<Cell>,
}

impl Side {
    /// All blocks, which is what a question without clauses is about.
    pub(super) fn all(len: usize) -> Side {
        Side {
            mask: bitmap::full(len),
            ..Side::default()
        }
    }

    /// Forgets the totals, after the weights of the blocks have changed: what a clause admits stays known.
    pub(super) fn forget(&mut self) {
        self.is_outdated = true;
        self.others.clear();
    }

    /// Brings totals up to date with the clauses that were admitted last. `everything` are the totals of all blocks, where
    /// they are known. Gives the blocks that were in the slice before, and how the slice was changed.
    pub(super) fn update(
        &mut self,
        work: &Work<'_>,
        slice: &mut Totals,
        mut everything: Option<&mut Totals>,
    ) -> (Bitmap, Change) {
        let masks = bitmap::combine(bitmap::full(work.items.len), &self.passes.things());
        let (len, knows_everything) = (work.items.len, everything.is_some());
        let change = match self.is_outdated {
            true => Change::anew(&masks.slice, len, knows_everything),
            false => Change::between(&self.mask, &masks.slice, len, knows_everything),
        };
        let starts = self.starts(work, &masks, slice, knows_everything);
        work.change(&change, slice, everything.as_deref_mut());
        let everything = everything.as_deref();
        for ((pass, mask), start) in self.passes.now().iter().zip(masks.others).zip(starts) {
            let facet = pass.clause.facet;
            let cells = others(work, facet, (&masks.slice, &mask), start, (slice, everything));
            self.others.push(Others { facet, mask, cells });
        }
        self.is_outdated = false;
        (std::mem::replace(&mut self.mask, masks.slice), change)
    }

    /// What the totals of each facet with a clause start from, while those of the slice are still the former ones.
    fn starts(&mut self, work: &Work<'_>, masks: &Masks, slice: &Totals, knows_everything: bool) -> Vec<Start> {
        let (in_slice, _) = bitmap::about_count_and_changes(&masks.slice, &self.mask);
        let mut known = std::mem::take(&mut self.others);
        let mut start = |facet: Facet, now: &Bitmap| {
            let at = known.iter().position(|others| others.facet == facet);
            let former = at.map(|at| known.swap_remove(at));
            // Without a clause of its own the facet's totals were those of the slice.
            let before = former.as_ref().map_or(&self.mask, |former| &former.mask);
            let (wanted, changed) = bitmap::about_count_and_changes(now, before);
            let (excluded, rest) = (wanted - in_slice, work.items.len.saturating_sub(wanted));
            if !self.is_outdated && changed <= excluded && (changed <= rest || !knows_everything) {
                let change = Change::exchange(before, now);
                let cells = former.map_or_else(|| work.by_value(facet, slice), |former| former.cells);
                return Start::Before(cells, change);
            }
            match excluded <= rest || !knows_everything {
                true => Start::Slice,
                false => Start::Everything,
            }
        };
        let clauses = self.passes.now().iter().zip(&masks.others);
        clauses.map(|(pass, now)| start(pass.clause.facet, now)).collect()
    }
}

/// What the totals of a facet with a clause of its own start from.
enum Start {
    /// The new slice: the blocks that only the clause excludes are added.
    Slice,
    /// All blocks: those that another clause excludes are taken away.
    Everything,
    /// The totals before: what differs is exchanged.
    Before(Vec<Cell>, Change),
}

/// The totals of a facet with a clause of its own, over the blocks that satisfy all others.
fn others(
    work: &Work<'_>,
    facet: Facet,
    (slice, others): (&[u64], &[u64]),
    start: Start,
    (totals, everything): (&Totals, Option<&Totals>),
) -> Vec<Cell> {
    let (mut cells, change) = match (start, everything) {
        (Start::Before(cells, change), _) => (cells, change),
        (Start::Everything, Some(everything)) => (
            work.by_value(facet, everything),
            Change {
                from: From::Everything,
                added: Words::default(),
                removed: Words::of_rest(work.items.len, others),
            },
        ),
        (Start::Slice | Start::Everything, _) => (
            work.by_value(facet, totals),
            Change {
                from: From::Before,
                added: Words::of_difference(others, slice),
                removed: Words::default(),
            },
        ),
    };
    for (words, sign) in change.parts() {
        work.apply_values(words, sign, facet, &mut cells);
    }
    cells
}
