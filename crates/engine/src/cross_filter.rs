//! Totals of every facet under all the other facets' clauses, kept from question to question.
//!
//! For each clause there is a bitmap of the items that satisfy it. Their combination gives the slice and, for each
//! clause, the items that fail it and nothing else: a facet's totals are those of the slice plus, where the facet has a
//! clause of its own, those of the items that only this clause excludes. Every total starts from whichever is less work:
//! nothing, everything, or the former answer, and adds or takes away the items in which they differ.

use atlas_protocol::query::Measure;
use atlas_protocol::{Facet, FacetTotals, Sums};

use crate::bitmap::{self, Bitmap, Masks};
use crate::clause::Resolved;
use crate::folds::Folds;
use crate::items::{Items, MONTH};
use crate::joints::{JOINTS, PUBLISHED};
use crate::kernel::{self, Cell, OverTime, Sign};
use crate::layout::Layout;

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
    pub(crate) layout: &'a Layout,
    pub(crate) folds: &'a Folds,
}

/// The totals of the last question, ready to be changed into those of the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrossFilter {
    subject: Option<Subject>,
    passes: Vec<(Resolved, Bitmap)>,
    slice_mask: Bitmap,
    everything: Totals,
    slice: Totals,
    excluded: Vec<Excluded>,
}

/// The items that only one facet's clause excludes.
#[derive(Clone, Debug)]
pub(crate) struct Excluded {
    pub(crate) facet: Facet,
    pub(crate) mask: Bitmap,
    cells: Vec<Cell>,
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
        clauses: &[Resolved],
        exact: Option<&Bitmap>,
    ) {
        self.start_subject(ground, subject);
        self.passes = self.admit(ground, clauses, exact);
        let passes: Vec<&Bitmap> = self.passes.iter().map(|(_, pass)| pass).collect();
        let Masks { slice, only_fails } = bitmap::combine(&passes, ground.items.len);
        let work = Work::new(ground, subject);
        self.move_slice(&work, slice);
        self.move_excluded(&work, clauses, only_fails);
    }

    /// The set of items in the slice.
    pub(crate) fn slice_mask(&self) -> &Bitmap {
        &self.slice_mask
    }

    /// The items that only one clause excludes, by facet of the clause.
    pub(crate) fn excluded(&self) -> &[Excluded] {
        &self.excluded
    }

    /// Totals over the slice.
    pub(crate) fn slice(&self) -> &Totals {
        &self.slice
    }

    /// Totals over all items.
    pub(crate) fn everything(&self) -> &Totals {
        &self.everything
    }

    /// Adds to the totals of a facet what the slice holds, and what only the facet's own clause excludes.
    pub(crate) fn add_facet(&self, folds: &Folds, facet: Facet, totals: &mut FacetTotals) {
        let fold = folds.facet(facet);
        let excluded = self.excluded.iter().find(|excluded| excluded.facet == facet);
        for cells in [
            Some(&self.slice.joints[fold.joint]),
            excluded.map(|excluded| &excluded.cells),
        ]
        .into_iter()
        .flatten()
        {
            for ([measure, models], value) in cells.iter().zip(&fold.value) {
                totals.measure[*value as usize] += measure;
                totals.models[*value as usize] += models;
            }
        }
    }

    /// The measure over all items by value of a facet.
    pub(crate) fn unfiltered(&self, folds: &Folds, facet: Facet) -> Vec<u64> {
        let fold = folds.facet(facet);
        let mut sums = vec![0; fold.values];
        for ([measure, _], value) in self.everything.joints[fold.joint].iter().zip(&fold.value) {
            sums[*value as usize] += measure;
        }
        sums
    }

    fn start_subject(&mut self, ground: Ground<'_>, subject: Subject) {
        if self.subject == Some(subject) {
            return;
        }
        let all = bitmap::full(ground.items.len);
        let work = Work::new(ground, subject);
        let measured = |subject: Subject| (subject.measure, subject.months);
        let same_measure = self.subject.is_some_and(|before| measured(before) == measured(subject));
        if same_measure {
            self.everything.over_time = work.over_time(&all);
            self.slice.over_time = work.over_time(&self.slice_mask);
        } else {
            self.everything = work.nothing();
            work.apply(&all, Sign::Add, &mut self.everything);
            self.slice = self.everything.clone();
            self.slice_mask = all;
            self.excluded.clear();
        }
        self.subject = Some(subject);
    }

    fn admit(&mut self, ground: Ground<'_>, clauses: &[Resolved], exact: Option<&Bitmap>) -> Vec<(Resolved, Bitmap)> {
        let mut before = std::mem::take(&mut self.passes);
        let pass = |clause: &Resolved| {
            if let Some(at) = before.iter().position(|(known, _)| known == clause) {
                return before.swap_remove(at);
            }
            let pass = match exact.filter(|_| clause.exact.is_some()) {
                Some(exact) => exact.clone(),
                None => {
                    let joint = ground.folds.facet(clause.facet).joint;
                    let (codes, len) = (ground.items.codes.joint(joint), ground.items.len);
                    match ground.items.runs[joint] {
                        [] => bitmap::admitted_items(codes, len, &clause.admitted),
                        starts => bitmap::admitted_runs(codes, len, starts, &clause.admitted),
                    }
                }
            };
            (clause.clone(), pass)
        };
        clauses.iter().map(pass).collect()
    }

    fn move_slice(&mut self, work: &Work<'_>, slice: Bitmap) {
        let wanted = bitmap::count(&slice);
        let changed = changes(&slice, &self.slice_mask);
        let items = work.ground.items.len;
        if changed > wanted {
            self.slice = work.nothing();
            work.apply(&slice, Sign::Add, &mut self.slice);
        } else if changed > items - wanted {
            self.slice.clone_from(&self.everything);
            let all = bitmap::full(items);
            let others: Bitmap = slice.iter().zip(all).map(|(slice, all)| all & !slice).collect();
            work.apply(&others, Sign::TakeAway, &mut self.slice);
        } else {
            let (added, removed) = difference(&self.slice_mask, &slice);
            work.apply(&added, Sign::Add, &mut self.slice);
            work.apply(&removed, Sign::TakeAway, &mut self.slice);
        }
        self.slice_mask = slice;
    }

    fn move_excluded(&mut self, work: &Work<'_>, clauses: &[Resolved], only_fails: Vec<Bitmap>) {
        let mut before = std::mem::take(&mut self.excluded);
        for (clause, mask) in clauses.iter().zip(only_fails) {
            let joint = work.ground.folds.facet(clause.facet).joint;
            let known = before.iter().position(|excluded| excluded.facet == clause.facet);
            let former = known.map(|at| before.swap_remove(at));
            let moved = match former {
                Some(mut former) if changes(&former.mask, &mask) <= bitmap::count(&mask) => {
                    let (added, removed) = difference(&former.mask, &mask);
                    work.apply_joint(&added, Sign::Add, joint, &mut former.cells);
                    work.apply_joint(&removed, Sign::TakeAway, joint, &mut former.cells);
                    Excluded { mask, ..former }
                }
                _ => {
                    let mut cells = vec![[0, 0]; work.ground.folds.lengths[joint]];
                    work.apply_joint(&mask, Sign::Add, joint, &mut cells);
                    Excluded {
                        facet: clause.facet,
                        mask,
                        cells,
                    }
                }
            };
            self.excluded.push(moved);
        }
    }
}

fn changes(old: &[u64], new: &[u64]) -> usize {
    old.iter()
        .zip(new)
        .map(|(old, new)| (old ^ new).count_ones() as usize)
        .sum()
}

fn difference(old: &[u64], new: &[u64]) -> (Bitmap, Bitmap) {
    old.iter().zip(new).map(|(old, new)| (new & !old, old & !new)).unzip()
}

/// What the kernels need to add up items under a subject.
pub(crate) struct Work<'a> {
    pub(crate) ground: Ground<'a>,
    subject: Subject,
    month_start: Vec<u32>,
    months: usize,
}

impl<'a> Work<'a> {
    pub(crate) fn new(ground: Ground<'a>, subject: Subject) -> Work<'a> {
        let months = ground.folds.facet(Facet::Month);
        let values = ground.folds.facet(subject.split).values as u32;
        Work {
            month_start: months.value.iter().map(|month| month * values).collect(),
            months: ground.layout.base_lengths[MONTH],
            ground,
            subject,
        }
    }

    /// Totals of no items.
    pub(crate) fn nothing(&self) -> Totals {
        Totals {
            joints: self.ground.folds.lengths.map(|codes| vec![[0, 0]; codes]),
            over_time: self.no_time(),
            sums: Sums::default(),
        }
    }

    fn no_time(&self) -> Vec<u64> {
        vec![0; self.months * self.ground.folds.facet(self.subject.split).values]
    }

    fn time(&self) -> OverTime<'_> {
        let split = self.ground.folds.facet(self.subject.split);
        OverTime {
            month_start: &self.month_start,
            split_joint: split.joint,
            split_value: &split.value,
        }
    }

    pub(crate) fn apply(&self, mask: &[u64], sign: Sign, totals: &mut Totals) {
        let items = &self.ground.items;
        kernel::add_everywhere(
            items,
            items.measure(self.subject.measure),
            mask,
            sign,
            self.time(),
            &mut totals.joints,
            &mut totals.over_time,
        );
        let sums = &mut totals.sums;
        for (measure, sum, numbers) in [
            (Measure::Downloads30d, &mut sums.downloads_30d, items.downloads_30d),
            (
                Measure::DownloadsAllTime,
                &mut sums.downloads_all_time,
                items.downloads_all_time,
            ),
            (Measure::Likes, &mut sums.likes, items.likes),
        ] {
            // The cells of any joint together hold all models and all of the measure.
            *sum = match measure == self.subject.measure {
                true => totals.joints[PUBLISHED].iter().map(|cell| cell[0]).sum(),
                false => sum.wrapping_add(sign.of(kernel::sum(numbers, mask))),
            };
        }
        sums.downloads_made = match self.subject.measure {
            Measure::DownloadsMade => totals.joints[PUBLISHED].iter().map(|cell| cell[0]).sum(),
            _ => 0,
        };
        sums.models = totals.joints[PUBLISHED].iter().map(|cell| cell[1]).sum();
    }

    pub(crate) fn over_time(&self, mask: &[u64]) -> Vec<u64> {
        let mut cells = self.no_time();
        let measure = self.ground.items.measure(self.subject.measure);
        kernel::add_over_time(&self.ground.items, measure, mask, self.time(), &mut cells);
        cells
    }

    fn apply_joint(&self, mask: &[u64], sign: Sign, joint: usize, cells: &mut [Cell]) {
        let measure = self.ground.items.measure(self.subject.measure);
        kernel::add_joint(&self.ground.items, measure, mask, sign, joint, cells);
    }
}
