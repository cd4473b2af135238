//! Totals of every facet under all the other facets' clauses, kept from question to question.
//!
//! For each clause there is a bitmap of the things that satisfy it. Their combination gives the slice and, for each clause,
//! the things that fail it and nothing else: a facet's totals are those of the slice or, where the facet has a clause of its
//! own, those of the slice and of what only this clause excludes.
//!
//! The things are blocks for all facets that the items of a block have in common, and items for those that tell them apart.
//! Clauses on blocks give the items in which the others look; clauses on items leave of each block a part, which is weighed
//! anew when they change.

use std::sync::{Arc, OnceLock};

use atlas_protocol::query::Measure;
use atlas_protocol::{Facet, FacetTotals, Sums};

use crate::bitmap::{self, Bitmap};
use crate::clause::Resolved;
use crate::folds::Folds;
use crate::items::{Blocks, Items, Weights};
use crate::joints::{JOINTS, TOPIC};
use crate::kernel::{self, Cell};
use crate::layout::Layout;
use crate::weigh;

mod side;
mod work;

use side::Side;
use work::{BlockWeights, Work};

/// Totals over one set of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// By joint and code.
    pub(crate) joints: [Vec<Cell>; JOINTS],
    /// Measure by month (major) and value of the split.
    pub(crate) over_time: Vec<u64>,
    /// Every measure.
    pub(crate) sums: Sums,
}

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The measure.
    pub(crate) measure: Measure,
    /// The facet that splits the measure over time.
    pub(crate) split: Facet,
    /// First month and the one after the last whose downloads made are the measure; the same for every other measure.
    pub(crate) months: (usize, usize),
}

/// Where items lie and how their codes are read.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) items: Items<'a>,
    pub(crate) blocks: Blocks<'a>,
    pub(crate) layout: &'a Layout,
    pub(crate) folds: &'a Folds,
}

/// The totals of the last question, ready to be changed into those of the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrossFilter {
    subject: Option<Subject>,
    /// Totals over all items; over time only once somebody needs them.
    everything: Totals,
    /// The measure over all items by facet and value.
    unfiltered: Vec<Vec<u64>>,
    slice: Totals,
    blocks: Side,
    items: Side,
    /// The clauses on items, where there are any.
    inner: Option<Inner>,
    /// The items of the blocks in the slice, once somebody asks, where the slice is told in blocks alone: then the items
    /// have not followed.
    items_of_blocks: Option<OnceLock<Bitmap>>,
}

/// Clauses that items of one block differ in.
#[derive(Clone, Debug)]
struct Inner {
    clauses: Vec<Arc<Resolved>>,
    /// The items that satisfy them all.
    mask: Bitmap,
    weights: BlockWeights,
}

/// By joint the combinations that are in a slice, in order, and their totals.
pub(crate) struct Occupied([Vec<(u32, Cell)>; JOINTS]);

/// Some blocks or items, and what they weigh.
pub(crate) struct Members<'a> {
    pub(crate) items: Items<'a>,
    pub(crate) measure: Weights<'a>,
    pub(crate) set: Bitmap,
}

impl CrossFilter {
    /// Forgets everything: the items have changed.
    pub(crate) fn reset(&mut self) {
        *self = CrossFilter::default();
    }

    /// Computes the totals for these clauses. Where a clause compares exact parameter counts, `exact` are the items that
    /// satisfy it; without it, the clause admits the bins that lie wholly inside.
    pub(crate) fn update(
        &mut self,
        ground: Ground<'_>,
        subject: Subject,
        clauses: &[Arc<Resolved>],
        exact: Option<&Bitmap>,
    ) {
        self.start_subject(ground, subject);
        let is_inner = |clause: &&Arc<Resolved>| {
            ground.folds.facet(clause.facet).joint == TOPIC || (exact.is_some() && clause.exact.is_some())
        };
        let (inner, outer): (Vec<&Arc<Resolved>>, Vec<&Arc<Resolved>>) = clauses.iter().partition(is_inner);
        let on_items = Work::of_items(ground, subject);
        self.items.admit(&on_items, &inner, exact);
        let starts = ground.blocks.starts;
        let is_by_block = inner.is_empty() && self.inner.is_none();
        let asks_items = !is_by_block || on_items.tells_time();
        if asks_items && let Some(known) = self.items_of_blocks.take() {
            self.items.mask = known
                .into_inner()
                .unwrap_or_else(|| bitmap::items_of_blocks(&self.blocks.mask, starts));
        }
        let is_weighed_anew = self.weigh(ground, subject, &inner);
        let weights = self.inner.as_ref().map(|inner| &inner.weights);
        let on_blocks = Work::of_blocks(ground, subject, weights);
        if is_weighed_anew {
            self.blocks.forget();
            on_blocks.clear(&mut self.slice);
        }
        self.blocks.admit(&on_blocks, &outer, None);

        // What all blocks hold is known without clauses on items only.
        let everything = Some(&mut self.everything).filter(|_| self.inner.is_none());
        let all_blocks = bitmap::full(ground.blocks.items.len);
        let of_blocks = self.blocks.update(&on_blocks, all_blocks, &mut self.slice, everything);
        let everything = Some(&mut self.everything);
        let mut of_items = None;
        if asks_items {
            let within = match outer.is_empty() {
                true => bitmap::full(ground.items.len),
                false => bitmap::items_of_blocks(&self.blocks.mask, starts),
            };
            of_items = Some(self.items.update(&on_items, within, &mut self.slice, everything));
        } else {
            on_items.change_by_blocks(&of_blocks, starts, &mut self.slice, everything);
            self.items_of_blocks = Some(OnceLock::new());
        }
        let (things, change) = match &of_items {
            Some(of_items) if !is_by_block => (&ground.items, of_items),
            _ => (&ground.blocks.items, &of_blocks),
        };
        work::change_sums(things, subject.measure, change, self.everything.sums, &mut self.slice);
    }

    /// The set of items in the slice.
    pub(crate) fn slice_mask(&self, blocks: &Blocks<'_>) -> &Bitmap {
        match &self.items_of_blocks {
            None => &self.items.mask,
            Some(items) => items.get_or_init(|| bitmap::items_of_blocks(&self.blocks.mask, blocks.starts)),
        }
    }

    /// Totals over the slice.
    pub(crate) fn slice(&self) -> &Totals {
        &self.slice
    }

    /// Totals over all items.
    pub(crate) fn everything(&self) -> &Totals {
        &self.everything
    }

    /// Whether blocks are in the slice with all their items or with none: no clause tells the items of a block apart.
    pub(crate) fn is_by_block(&self) -> bool {
        self.inner.is_none()
    }

    /// What is in the slice: its blocks, or its items.
    pub(crate) fn members<'a>(&'a self, ground: Ground<'a>, measure: Measure, by_block: bool) -> Members<'a> {
        let set = match by_block {
            true => &self.blocks.mask,
            false => self.slice_mask(&ground.blocks),
        };
        self.weighed(ground, measure, by_block, set.clone())
    }

    /// What only the clause of each facet excludes: blocks where `by_block` allows it and the facet is counted on them, and
    /// else items.
    pub(crate) fn excluded<'a>(
        &'a self,
        ground: Ground<'a>,
        measure: Measure,
        by_block: bool,
    ) -> impl Iterator<Item = (Facet, Members<'a>)> {
        let of_blocks = self.blocks.others.iter().map(move |others| {
            let only = bitmap::difference(&others.mask, &self.blocks.mask);
            if by_block {
                return (others.facet, self.weighed(ground, measure, true, only));
            }
            let mut items = bitmap::items_of_blocks(&only, ground.blocks.starts);
            if let Some(inner) = &self.inner {
                items = bitmap::both(&items, &inner.mask);
            }
            (others.facet, self.weighed(ground, measure, false, items))
        });
        let of_items = self.items.others.iter().map(move |others| {
            let only = bitmap::difference(&others.mask, &self.items.mask);
            (others.facet, self.weighed(ground, measure, false, only))
        });
        of_blocks.chain(of_items)
    }

    fn weighed<'a>(&'a self, ground: Ground<'a>, measure: Measure, by_block: bool, set: Bitmap) -> Members<'a> {
        let items = match by_block {
            true => ground.blocks.items,
            false => ground.items,
        };
        let of_inner = self.inner.as_ref().filter(|_| by_block);
        let models = of_inner.map_or(items.models, |inner| &inner.weights.models);
        Members {
            measure: of_inner.map_or_else(|| items.measure(measure), |inner| Weights::U64(&inner.weights.measure)),
            items: Items { models, ..items },
            set,
        }
    }

    /// The combinations of each joint that are in the slice, and their totals.
    pub(crate) fn occupied(&self) -> Occupied {
        Occupied(self.slice.joints.each_ref().map(|cells| {
            let codes = (0u32..).zip(cells).filter(|(_, cell)| cell[1] > 0);
            codes.map(|(code, cell)| (code, *cell)).collect()
        }))
    }

    /// Adds to the totals of a facet what satisfies the clauses of all other facets. `occupied` are the combinations in the
    /// slice.
    pub(crate) fn add_facet(&self, folds: &Folds, facet: Facet, occupied: &Occupied, totals: &mut FacetTotals) {
        let mut others = self.blocks.others.iter().chain(&self.items.others);
        if let Some(own) = others.find(|others| others.facet == facet) {
            for (([measure, models], to_measure), to_models) in
                own.cells.iter().zip(&mut totals.measure).zip(&mut totals.models)
            {
                *to_measure += measure;
                *to_models += models;
            }
            return;
        }
        let fold = folds.facet(facet);
        // Combinations stand in the order of their members, so values often follow one another.
        let (mut run, mut sums) = (0, [0, 0]);
        let mut finish = |value: u32, sums: Cell| {
            let value = value as usize;
            if let (Some(measure), Some(models)) = (totals.measure.get_mut(value), totals.models.get_mut(value)) {
                *measure += sums[0];
                *models += sums[1];
            }
        };
        for (code, cell) in &occupied.0[fold.joint] {
            let Some(value) = fold.value.get(*code as usize) else { continue };
            if *value != run {
                finish(run, sums);
                (run, sums) = (*value, [0, 0]);
            }
            kernel::add_cell(&mut sums, *cell);
        }
        finish(run, sums);
    }

    /// The measure over all items by value of a facet.
    pub(crate) fn unfiltered(&self, facet: Facet) -> &[u64] {
        self.unfiltered
            .get(facet.index())
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn start_subject(&mut self, ground: Ground<'_>, subject: Subject) {
        if self.subject == Some(subject) {
            return;
        }
        let measured = |subject: Subject| (subject.measure, subject.months);
        let same_measure = self.subject.is_some_and(|before| measured(before) == measured(subject));
        let on_items = Work::of_items(ground, subject);
        if same_measure {
            self.everything.over_time.clear();
            let weights = self.inner.as_ref().map(|inner| &inner.weights);
            Work::of_blocks(ground, subject, weights).set_over_time(&self.blocks.mask, &mut self.slice);
            if on_items.tells_time() {
                let items = self.slice_mask(&ground.blocks).clone();
                on_items.set_over_time(&items, &mut self.slice);
            }
        } else {
            (self.inner, self.items_of_blocks) = (None, None);
            self.blocks = Side::all(ground.blocks.items.len);
            self.items = Side::all(ground.items.len);
            self.everything = work::everything(&[Work::of_blocks(ground, subject, None), on_items], subject.measure);
            self.unfiltered = Facet::ALL
                .map(|facet| unfiltered(&self.everything, ground.folds, facet))
                .into();
            self.slice = self.everything.clone();
        }
        self.subject = Some(subject);
    }

    /// Weighs the blocks anew where the clauses on items, which have been admitted, are others than before; whether they are.
    fn weigh(&mut self, ground: Ground<'_>, subject: Subject, clauses: &[&Arc<Resolved>]) -> bool {
        let before = self
            .inner
            .as_ref()
            .map(|inner| inner.clauses.as_slice())
            .unwrap_or_default();
        if before.iter().eq(clauses.iter().copied()) {
            return false;
        }
        self.inner = None;
        if let [first, others @ ..] = self.items.passes().as_slice() {
            let mut mask = (*first).clone();
            for pass in others {
                mask.iter_mut().zip(*pass).for_each(|(word, pass)| *word &= pass);
            }
            let measure = ground.items.measure(subject.measure);
            let (measure, models) = weigh::weigh_blocks(&ground.blocks, &ground.items, measure, &mask);
            self.inner = Some(Inner {
                clauses: clauses.iter().copied().cloned().collect(),
                mask,
                weights: BlockWeights { measure, models },
            });
        }
        true
    }
}

/// The measure over all items by value of a facet.
fn unfiltered(everything: &Totals, folds: &Folds, facet: Facet) -> Vec<u64> {
    let fold = folds.facet(facet);
    let mut sums = vec![0; fold.values];
    for ([measure, _], value) in everything.joints[fold.joint].iter().zip(&fold.value) {
        sums[*value as usize] += measure;
    }
    sums
}
