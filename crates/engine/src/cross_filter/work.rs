//! What it takes to add up blocks or items under a question.

use atlas_protocol::query::Measure;
use atlas_protocol::{Facet, Sums};

use super::change::{Change, From};
use super::{Ground, Subject, Totals};
use crate::admitted;
use crate::bitmap::{self, Bitmap, Words};
use crate::clause::Resolved;
use crate::folds::Folds;
use crate::items::{Items, MONTH, Weights};
use crate::joints::{BY_BLOCK, PUBLISHED, TOPIC};
use crate::kernel::{self, Cell, OverTime, Sign};
use crate::weigh;

/// The measure and the number of models of each block, of those of its items that satisfy the clauses on items.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockWeights {
    pub(super) measure: Vec<u64>,
    pub(super) models: Vec<u32>,
}

/// One kind of things, what they weigh, and which totals they are counted in.
pub(super) struct Work<'a> {
    pub(super) items: Items<'a>,
    measure: Weights<'a>,
    joints: &'static [usize],
    folds: &'a Folds,
    /// The first of each code of the joint [`PUBLISHED`], where the things stand in the order of these codes.
    published: &'a [u32],
    /// Where these things are the ones that tell the measure over time: its split, and the months in codes of it.
    over_time: Option<(Facet, Vec<u32>)>,
    times: usize,
}

impl<'a> Work<'a> {
    /// Blocks with the weights that all their items have, or others.
    pub(super) fn of_blocks(ground: Ground<'a>, subject: Subject, weights: Option<&'a BlockWeights>) -> Work<'a> {
        let mut blocks = ground.blocks.items;
        let mut measure = blocks.measure(subject.measure);
        if let Some(weights) = weights {
            blocks.models = &weights.models;
            measure = Weights::U64(&weights.measure);
        }
        Work {
            published: ground.blocks.published,
            ..Work::new(ground, subject, (blocks, measure), &BY_BLOCK)
        }
    }

    /// Items.
    pub(super) fn of_items(ground: Ground<'a>, subject: Subject) -> Work<'a> {
        let measure = ground.items.measure(subject.measure);
        Work::new(ground, subject, (ground.items, measure), &[TOPIC])
    }

    fn new(
        ground: Ground<'a>,
        subject: Subject,
        (items, measure): (Items<'a>, Weights<'a>),
        joints: &'static [usize],
    ) -> Work<'a> {
        let (months, split) = (ground.folds.facet(Facet::Month), ground.folds.facet(subject.split));
        let start = |month: &u32| month * split.values as u32;
        let month_start = || (subject.split, months.value.iter().map(start).collect());
        Work {
            items,
            measure,
            joints,
            folds: ground.folds,
            published: &[],
            over_time: joints.contains(&split.joint).then(month_start),
            times: ground.layout.base_lengths[MONTH] * split.values,
        }
    }

    /// The joint of a facet.
    fn joint(&self, facet: Facet) -> usize {
        self.folds.facet(facet).joint
    }

    /// The things that a clause admits, wholly.
    pub(super) fn admitted(&self, clause: &Resolved) -> Bitmap {
        match self.joint(clause.facet) {
            PUBLISHED if !self.published.is_empty() => {
                bitmap::items_of_blocks(&bitmap::of_flags(&clause.admitted), self.published)
            }
            joint => admitted::admitted_items(self.items.codes.joint(joint), self.items.len, &clause.admitted),
        }
    }

    /// Sets the totals to those of nothing.
    fn clear(&self, totals: &mut Totals) {
        for joint in self.joints {
            self.clear_joint(*joint, &mut totals.joints[*joint]);
        }
        if self.over_time.is_some() {
            self.clear_over_time(totals);
        }
    }

    fn clear_joint(&self, joint: usize, cells: &mut Vec<Cell>) {
        cells.clear();
        cells.resize(self.folds.lengths[joint], [0, 0]);
    }

    fn clear_over_time(&self, totals: &mut Totals) {
        totals.over_time.clear();
        totals.over_time.resize(self.times, 0);
    }

    /// Brings totals up to date, the sums left aside. `everything` are those of all things, where they are known.
    pub(super) fn change(&self, change: &Change, totals: &mut Totals, everything: Option<&mut Totals>) {
        for joint in self.joints {
            self.start_joint(change.from, *joint, totals, everything.as_deref());
        }
        if self.over_time.is_some() {
            self.start_over_time(change.from, totals, everything);
        }
        for (words, sign) in change.parts() {
            self.apply(words, sign, totals);
        }
    }

    /// Brings the cells by joint up to date, where the things are all items of blocks and the change is told in blocks.
    pub(super) fn change_by_blocks(&self, change: &Change, starts: &[u32], totals: &mut Totals, everything: &Totals) {
        for joint in self.joints {
            self.start_joint(change.from, *joint, totals, Some(everything));
            let cells = &mut totals.joints[*joint];
            for (blocks, sign) in change.parts() {
                kernel::add_items_of_blocks(&self.items, starts, self.measure, blocks, sign, *joint, cells);
            }
        }
    }

    /// Brings the measure over time up to date, where it is told by these things.
    pub(super) fn change_over_time(&self, change: &Change, totals: &mut Totals, everything: &mut Totals) {
        let Some(over_time) = self.over_time() else { return };
        self.start_over_time(change.from, totals, Some(everything));
        for (words, sign) in change.parts() {
            let times = &mut totals.over_time;
            kernel::add_over_time(&self.items, self.measure, words, sign, over_time, times);
        }
    }

    fn start_joint(&self, from: From, joint: usize, totals: &mut Totals, everything: Option<&Totals>) {
        let cells = &mut totals.joints[joint];
        match (from, everything) {
            (From::Before, _) => {}
            (From::Everything, Some(everything)) => cells.clone_from(&everything.joints[joint]),
            (From::Nothing | From::Everything, _) => self.clear_joint(joint, cells),
        }
    }

    fn start_over_time(&self, from: From, totals: &mut Totals, everything: Option<&mut Totals>) {
        match (from, everything) {
            (From::Before, _) => {}
            (From::Everything, Some(everything)) => {
                self.complete(everything);
                totals.over_time.clone_from(&everything.over_time);
            }
            (From::Nothing | From::Everything, _) => self.clear_over_time(totals),
        }
    }

    /// Sets the cells by joint to those of a set.
    pub(super) fn set_joints(&self, set: &[u64], totals: &mut Totals) {
        let words = Words::of(set);
        for joint in self.joints {
            let cells = &mut totals.joints[*joint];
            self.clear_joint(*joint, cells);
            kernel::add_joint(&self.items, self.measure, &words, Sign::Add, *joint, cells);
        }
    }

    /// Adds the measure over time to totals of all things that do without so far.
    fn complete(&self, everything: &mut Totals) {
        if self.over_time.is_some() && everything.over_time.is_empty() {
            self.set_over_time(&bitmap::full(self.items.len), everything);
        }
    }

    /// Sets the measure over time to that of a set, where it is told by these things.
    pub(super) fn set_over_time(&self, set: &[u64], totals: &mut Totals) {
        let Some(over_time) = self.over_time() else { return };
        self.clear_over_time(totals);
        let (words, times) = (Words::of(set), &mut totals.over_time);
        kernel::add_over_time(&self.items, self.measure, &words, Sign::Add, over_time, times);
    }

    /// Adds a set to the totals or takes it away, the sums left aside.
    fn apply(&self, words: &Words, sign: Sign, totals: &mut Totals) {
        if self.joints == BY_BLOCK {
            let totals = (&mut totals.joints, totals.over_time.as_mut_slice());
            return kernel::add_blocks(&self.items, self.measure, words, sign, self.over_time(), totals);
        }
        for joint in self.joints {
            let cells = &mut totals.joints[*joint];
            kernel::add_joint(&self.items, self.measure, words, sign, *joint, cells);
        }
        if let Some(over_time) = self.over_time() {
            let times = &mut totals.over_time;
            kernel::add_over_time(&self.items, self.measure, words, sign, over_time, times);
        }
    }

    /// Whether these things tell the measure over time.
    pub(super) fn tells_time(&self) -> bool {
        self.over_time.is_some()
    }

    /// Totals by value of a facet that is counted on these things.
    pub(super) fn by_value(&self, facet: Facet, totals: &Totals) -> Vec<Cell> {
        let fold = self.folds.facet(facet);
        let mut cells = vec![[0, 0]; fold.values];
        for (cell, value) in totals.joints[fold.joint].iter().zip(&fold.value) {
            kernel::add_cell(&mut cells[*value as usize], *cell);
        }
        cells
    }

    /// Adds a set to the totals by value of a facet or takes it away.
    pub(super) fn apply_values(&self, words: &Words, sign: Sign, facet: Facet, cells: &mut [Cell]) {
        let fold = self.folds.facet(facet);
        kernel::add_values(&self.items, self.measure, words, sign, (fold.joint, &fold.value), cells);
    }

    fn over_time(&self) -> Option<OverTime<'_>> {
        let (split, month_start) = self.over_time.as_ref()?;
        let split = self.folds.facet(*split);
        Some(OverTime {
            month_start,
            split_joint: split.joint,
            split_value: &split.value,
        })
    }
}

/// Brings the sums of a slice up to date, given what came and went; `everything` are those of all things.
/// The cells of the slice must be up to date.
pub(super) fn change_sums(items: &Items<'_>, measure: Measure, change: &Change, everything: Sums, slice: &mut Totals) {
    let start = match change.from {
        From::Before => slice.sums,
        From::Nothing => Sums::default(),
        From::Everything => everything,
    };
    let changed = |start: u64, of: Measure| {
        let weights = items.measure(of);
        let (added, removed) = (weigh::sum(weights, &change.added), weigh::sum(weights, &change.removed));
        start.wrapping_add(added).wrapping_sub(removed)
    };
    slice.sums = sums(measure, &slice.joints[PUBLISHED], |of| match of {
        Measure::Downloads30d => changed(start.downloads_30d, of),
        Measure::DownloadsAllTime => changed(start.downloads_all_time, of),
        _ => changed(start.likes, of),
    });
}

/// Every measure of some things: the cells of any joint together hold all models and all of the measure; the downloads made
/// are 0 unless they are the measure, and the others are asked for.
fn sums(measure: Measure, cells: &[Cell], other: impl Fn(Measure) -> u64) -> Sums {
    let counted = cells.iter().map(|cell| cell[0]).sum();
    let sum = |of: Measure| match of == measure {
        true => counted,
        false => other(of),
    };
    Sums {
        models: cells.iter().map(|cell| cell[1]).sum(),
        downloads_30d: sum(Measure::Downloads30d),
        downloads_all_time: sum(Measure::DownloadsAllTime),
        likes: sum(Measure::Likes),
        downloads_made: match measure {
            Measure::DownloadsMade => counted,
            _ => 0,
        },
    }
}

/// The totals of all things of several kinds, the first of which are blocks.
pub(super) fn everything(kinds: &[Work<'_>], measure: Measure) -> Totals {
    let all = |work: &Work<'_>| Words::of(&bitmap::full(work.items.len));
    let mut totals = Totals::default();
    for work in kinds {
        work.clear(&mut totals);
        work.apply(&all(work), Sign::Add, &mut totals);
    }
    if let Some(blocks) = kinds.first() {
        let all = all(blocks);
        let sum = |of: Measure| weigh::sum(blocks.items.measure(of), &all);
        totals.sums = sums(measure, &totals.joints[PUBLISHED], sum);
    }
    totals
}
