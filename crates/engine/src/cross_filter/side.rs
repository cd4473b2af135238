//! Totals over one kind of things, blocks or items, kept from question to question.
//!
//! Every total starts from whichever is less work: nothing, everything, the slice or the former answer, and adds or takes
//! away the things in which they differ.

use atlas_protocol::Facet;

use super::Totals;
use super::work::Work;
use crate::bitmap::{self, Bitmap, Masks, Set};
use crate::clause::Resolved;
use crate::kernel::{Cell, Sign, add_cells, take_cells};
use crate::weigh::each;

/// Which things are in the slice, which only one clause keeps out of it, and what the latter hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// The things in the slice.
    pub(super) mask: Bitmap,
    pub(super) excluded: Vec<Excluded>,
    passes: Vec<(Resolved, Bitmap)>,
}

/// The things that only one facet's clause excludes.
#[derive(Clone, Debug)]
pub(super) struct Excluded {
    pub(super) facet: Facet,
    pub(super) mask: Bitmap,
    /// Totals by code of the facet's joint over these things and those of the slice: all that satisfy the other clauses.
    pub(super) cells: Vec<Cell>,
}

/// What the totals of a facet with a clause of its own start from.
enum Start {
    /// The new slice: the things that only the clause excludes are added.
    Slice,
    /// All things: those that another clause excludes are taken away.
    Everything,
    /// The totals before, less those of the slice before: the things that only the clause excludes are exchanged.
    Excluded(Excluded),
    /// The totals before: the things that satisfy the other clauses are exchanged.
    Others(Excluded),
    /// Nowhere: the facet is not counted on these things.
    Nowhere,
}

/// Of so many blocks one may change for the items of those that do to be exchanged one by one.
const FEW_BLOCKS: usize = 16;

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
        self.excluded.clear();
    }

    /// The things that satisfy each clause. Where one compares exact counts, `exact` are those that satisfy it.
    pub(super) fn admit(&mut self, work: &Work<'_>, clauses: &[&Resolved], exact: Option<&Bitmap>) {
        let mut before = std::mem::take(&mut self.passes);
        let pass = |clause: &&Resolved| {
            if let Some(at) = before.iter().position(|(known, _)| known == *clause) {
                return before.swap_remove(at);
            }
            let pass = match exact.filter(|_| clause.exact.is_some()) {
                Some(exact) => exact.clone(),
                None => work.admitted(clause),
            };
            ((*clause).clone(), pass)
        };
        self.passes = clauses.iter().map(pass).collect();
    }

    /// What satisfies each of the clauses that were admitted last.
    pub(super) fn passes(&self) -> Vec<&Bitmap> {
        self.passes.iter().map(|(_, pass)| pass).collect()
    }

    /// Brings totals up to date with the clauses that were admitted last, of what is in a set. `everything` are the totals of
    /// all things, where they are known. Gives the things that were in the slice before.
    pub(super) fn update(
        &mut self,
        work: &Work<'_>,
        within: Bitmap,
        slice: &mut Totals,
        mut everything: Option<&mut Totals>,
    ) -> Bitmap {
        let Masks {
            slice: mask,
            only_fails,
        } = bitmap::combine(within, &self.passes());
        let starts = self.starts(work, &mask, &only_fails, slice, everything.is_some());
        let before = self.move_slice(work, mask, slice, everything.as_deref_mut());
        let facets: Vec<Facet> = self.passes.iter().map(|(clause, _)| clause.facet).collect();
        let all = Totals::default();
        let everything = everything.map_or(&all, |everything| &*everything);
        for ((facet, mask), start) in facets.into_iter().zip(only_fails).zip(starts) {
            let cells = self.cells(work, facet, &mask, start, (slice, everything, &before));
            self.excluded.push(Excluded { facet, mask, cells });
        }
        before
    }

    /// Exchanges the items of few blocks, which were in the slice and are no longer or the other way round, where all items
    /// of a block are in the slice or none. Whether they were few enough; nothing has changed if not.
    pub(super) fn exchange_blocks(
        &mut self,
        work: &Work<'_>,
        starts: &[u32],
        (before, now): (&[u64], &[u64]),
        slice: &mut Totals,
    ) -> bool {
        let (wanted, changed) = bitmap::count_and_changes(now, before);
        let blocks = starts.len().saturating_sub(1);
        if work.tells_time() || changed > wanted || changed * FEW_BLOCKS > blocks {
            return false;
        }
        let (added, removed) = (Set::of(now).without(before), Set::of(before).without(now));
        work.apply_blocks(starts, added, Sign::Add, slice);
        work.apply_blocks(starts, removed, Sign::TakeAway, slice);
        for changed in [added, removed] {
            changed.each_word(|at, word| {
                each(word, |block| {
                    let block = at * 64 + block;
                    bitmap::flip(&mut self.mask, starts[block] as usize, starts[block + 1] as usize);
                });
            });
        }
        true
    }

    fn move_slice(
        &mut self,
        work: &Work<'_>,
        mask: Bitmap,
        slice: &mut Totals,
        everything: Option<&mut Totals>,
    ) -> Bitmap {
        let (wanted, changed) = bitmap::count_and_changes(&mask, &self.mask);
        let rest = work.items.len - wanted;
        match everything.filter(|_| rest < wanted.min(changed)) {
            Some(everything) => {
                work.complete(everything);
                work.copy(everything, slice);
                work.apply(
                    Set::of(&bitmap::full(work.items.len)).without(&mask),
                    Sign::TakeAway,
                    slice,
                );
            }
            None if wanted < changed => {
                work.clear(slice);
                work.apply(Set::of(&mask), Sign::Add, slice);
            }
            None if changed > 0 => {
                work.apply(Set::of(&mask).without(&self.mask), Sign::Add, slice);
                work.apply(Set::of(&self.mask).without(&mask), Sign::TakeAway, slice);
            }
            None => {}
        }
        std::mem::replace(&mut self.mask, mask)
    }

    /// What the totals of each facet with a clause start from, while those of the slice are still the former ones.
    fn starts(
        &mut self,
        work: &Work<'_>,
        mask: &[u64],
        only_fails: &[Bitmap],
        slice: &Totals,
        knows_everything: bool,
    ) -> Vec<Start> {
        let mut before = std::mem::take(&mut self.excluded);
        if self.passes.is_empty() {
            return Vec::new();
        }
        let not_in_slice = work.items.len - bitmap::count(mask);
        let nothing = vec![0; mask.len()];
        let mut start = |facet: Facet, only: &Bitmap| {
            if !work.counts(facet) {
                return Start::Nowhere;
            }
            let known = before.iter().position(|excluded| excluded.facet == facet);
            let former = known.map(|at| before.swap_remove(at));
            let excluded = bitmap::count(only);
            let all_others = match knows_everything {
                true => not_in_slice - excluded,
                false => usize::MAX,
            };
            let anew = excluded.min(all_others);
            let excluded_before = former.as_ref().map_or(nothing.as_slice(), |former| &former.mask);
            let others = bitmap::changes_of_pairs((&self.mask, excluded_before), (mask, only));
            match former {
                Some(former) if others <= anew => Start::Others(former),
                // Without a clause of its own the facet's totals were those of the slice.
                None if others <= anew => Start::Others(Excluded {
                    facet,
                    mask: nothing.clone(),
                    cells: slice.joints[work.joint(facet)].clone(),
                }),
                Some(mut former) if bitmap::changes(&former.mask, only) < anew => {
                    take_cells(&mut former.cells, &slice.joints[work.joint(facet)]);
                    Start::Excluded(former)
                }
                _ if excluded <= all_others => Start::Slice,
                _ => Start::Everything,
            }
        };
        let clauses = self.passes.iter().zip(only_fails);
        clauses.map(|((clause, _), only)| start(clause.facet, only)).collect()
    }

    /// The totals of a facet with a clause of its own.
    fn cells(
        &self,
        work: &Work<'_>,
        facet: Facet,
        mask: &Bitmap,
        start: Start,
        (slice, everything, slice_before): (&Totals, &Totals, &[u64]),
    ) -> Vec<Cell> {
        let joint = work.joint(facet);
        let exchange = |before: &[u64], now: &[u64], cells: &mut [Cell]| {
            work.apply_joint(Set::of(now).without(before), Sign::Add, joint, cells);
            work.apply_joint(Set::of(before).without(now), Sign::TakeAway, joint, cells);
        };
        match start {
            Start::Nowhere => Vec::new(),
            Start::Slice => {
                let mut cells = slice.joints[joint].clone();
                work.apply_joint(Set::of(mask), Sign::Add, joint, &mut cells);
                cells
            }
            Start::Everything => {
                let mut cells = everything.joints[joint].clone();
                let (all, others) = (bitmap::full(work.items.len), bitmap::either(&self.mask, mask));
                work.apply_joint(Set::of(&all).without(&others), Sign::TakeAway, joint, &mut cells);
                cells
            }
            Start::Excluded(mut former) => {
                exchange(&former.mask, mask, &mut former.cells);
                add_cells(&mut former.cells, &slice.joints[joint]);
                former.cells
            }
            Start::Others(mut former) => {
                let before = bitmap::either(slice_before, &former.mask);
                exchange(&before, &bitmap::either(&self.mask, mask), &mut former.cells);
                former.cells
            }
        }
    }
}
