//! Totals of every facet under all the other facets' clauses, kept from question to question.
//!
//! For each clause there is a bitmap of the things that satisfy it. Their combination gives the slice and, for each clause,
//! the things that fail it and nothing else: a facet's totals are those of the slice or, where the facet has a clause of its
//! own, those of the slice and of what only this clause excludes.
//!
//! The things are blocks, with the weights of those of their items that satisfy the clauses on topics: these weights are
//! found anew when such a clause changes. Topics themselves, which items of a block differ in, are counted over all items
//! of the blocks in the slice, by every combination of them: their own clauses only choose among the combinations.

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

mod change;
mod passes;
mod side;
mod work;

use change::Change;
use passes::Passes;
use side::Side;
use work::{BlockWeights, Work};

/// Totals over one set of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// By joint and code; those of topics before any clause on topics.
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
    /// What satisfies the clauses on items.
    passes: Passes,
    /// The clauses on items, where there are any.
    inner: Option<Inner>,
    /// The items in the slice, once somebody asks.
    items: OnceLock<Bitmap>,
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
        let asks_items = !inner.is_empty() || on_items.tells_time();
        let items_before = asks_items.then(|| self.slice_mask(&ground.blocks).clone());
        self.items = OnceLock::new();
        self.passes.admit(&on_items, &inner, exact);
        let is_weighed_anew = self.weigh(ground, subject, &inner);
        let weights = self.inner.as_ref().map(|inner| &inner.weights);
        let on_blocks = Work::of_blocks(ground, subject, weights);
        if is_weighed_anew {
            self.blocks.forget();
        }
        self.blocks.passes.admit(&on_blocks, &outer, None);

        // What all blocks hold is known without clauses on items only.
        let everything = Some(&mut self.everything).filter(|_| self.inner.is_none());
        let (before, of_blocks) = self.blocks.update(&on_blocks, &mut self.slice, everything);
        let starts = ground.blocks.starts;
        let mut compared = self.passes.now().iter().filter(|pass| pass.clause.exact.is_some());
        if let Some(pass) = compared.next() {
            let items = bitmap::items_of_blocks(&self.blocks.mask, starts);
            on_items.set_joints(&bitmap::both(&items, &pass.things), &mut self.slice);
        } else if is_weighed_anew {
            let change = Change::between(&before, &self.blocks.mask, ground.blocks.items.len, true);
            on_items.change_by_blocks(&change, starts, &mut self.slice, &self.everything);
        } else {
            on_items.change_by_blocks(&of_blocks, starts, &mut self.slice, &self.everything);
        }
        let of_items = items_before
            .map(|before| Change::between(&before, self.slice_mask(&ground.blocks), ground.items.len, true));
        if let Some(of_items) = &of_items {
            on_items.change_over_time(of_items, &mut self.slice, &mut self.everything);
        }
        let (things, change) = match &of_items {
            Some(of_items) if self.inner.is_some() => (&ground.items, of_items),
            _ => (&ground.blocks.items, &of_blocks),
        };
        work::change_sums(things, subject.measure, change, self.everything.sums, &mut self.slice);
    }

    /// The set of items in the slice.
    pub(crate) fn slice_mask(&self, blocks: &Blocks<'_>) -> &Bitmap {
        self.items.get_or_init(|| self.items_of(&self.blocks.mask, blocks))
    }

    /// Those of the items of some blocks that satisfy the clauses on items.
    fn items_of(&self, mask: &[u64], blocks: &Blocks<'_>) -> Bitmap {
        let items = bitmap::items_of_blocks(mask, blocks.starts);
        match &self.inner {
            Some(inner) => bitmap::both(&items, &inner.mask),
            None => items,
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
            let items = self.items_of(&only, &ground.blocks);
            (others.facet, self.weighed(ground, measure, false, items))
        });
        let items = bitmap::items_of_blocks(&self.blocks.mask, ground.blocks.starts);
        let masks = bitmap::combine(items, &self.passes.things());
        let of_items = self.passes.now().iter().zip(masks.others);
        of_blocks.chain(of_items.map(move |(pass, others)| {
            let only = bitmap::difference(&others, &masks.slice);
            (pass.clause.facet, self.weighed(ground, measure, false, only))
        }))
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
    pub(crate) fn occupied(&self, folds: &Folds) -> Occupied {
        Occupied(std::array::from_fn(|joint| match joint {
            TOPIC => self.topics(folds, None),
            _ => occupied(&self.slice.joints[joint], |_| true),
        }))
    }

    /// The combinations of topics that satisfy all clauses on them but that of one facet, and their totals.
    fn topics(&self, folds: &Folds, but: Option<Facet>) -> Vec<(u32, Cell)> {
        let clauses = self.inner.iter().flat_map(|inner| &inner.clauses);
        let on_topics = |clause: &&Arc<Resolved>| folds.facet(clause.facet).joint == TOPIC && Some(clause.facet) != but;
        let clauses: Vec<&Arc<Resolved>> = clauses.filter(on_topics).collect();
        occupied(&self.slice.joints[TOPIC], |code| {
            clauses.iter().all(|clause| clause.admitted[code])
        })
    }

    /// Adds to the totals of a facet what satisfies the clauses of all other facets. `occupied` are the combinations in the
    /// slice.
    pub(crate) fn add_facet(&self, folds: &Folds, facet: Facet, occupied: &Occupied, totals: &mut FacetTotals) {
        if let Some(own) = self.blocks.others.iter().find(|others| others.facet == facet) {
            for (([measure, models], to_measure), to_models) in
                own.cells.iter().zip(&mut totals.measure).zip(&mut totals.models)
            {
                *to_measure += measure;
                *to_models += models;
            }
            return;
        }
        let is_own = |pass: &passes::Pass| pass.clause.facet == facet;
        let topics;
        let occupied = match self.passes.now().iter().any(is_own) {
            true => {
                topics = self.topics(folds, Some(facet));
                &topics
            }
            false => &occupied.0[folds.facet(facet).joint],
        };
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
        for (code, cell) in occupied {
            let Some(value) = fold.value.get(*code as usize) else {
                continue;
            };
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
            (self.inner, self.items) = (None, OnceLock::new());
            self.passes = Passes::default();
            self.blocks = Side::all(ground.blocks.items.len);
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
        if let [first, others @ ..] = self.passes.things().as_slice() {
            let mask = others
                .iter()
                .fold((*first).clone(), |mask, pass| bitmap::both(&mask, pass));
            let (items, blocks) = (ground.items, ground.blocks);
            let measures = (items.measure(subject.measure), blocks.items.measure(subject.measure));
            let (measure, models) = weigh::weigh_blocks(&blocks, &items, measures, &mask);
            self.inner = Some(Inner {
                clauses: clauses.iter().copied().cloned().collect(),
                mask,
                weights: BlockWeights { measure, models },
            });
        }
        true
    }
}

/// The codes of a joint that any models have, of those that are asked for, and their totals.
fn occupied(cells: &[Cell], is_asked: impl Fn(usize) -> bool) -> Vec<(u32, Cell)> {
    let codes = (0u32..)
        .zip(cells)
        .filter(|(code, cell)| cell[1] > 0 && is_asked(*code as usize));
    codes.map(|(code, cell)| (code, *cell)).collect()
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
