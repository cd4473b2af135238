//! Totals of every facet under all the other facets' clauses, kept from question to question.
//!
//! For each clause there is a bitmap of the items that satisfy it. Their combination gives the slice and, for each
//! clause, the items that fail it and nothing else: a facet's totals are those of the slice or, where the facet has a
//! clause of its own, those of the slice and of the items that only this clause excludes. Every total starts from whichever
//! is less work: nothing, everything, the slice or the former answer, and adds or takes away the items in which they differ.

use atlas_protocol::query::Measure;
use atlas_protocol::{Facet, FacetTotals, Sums};

use crate::bitmap::{self, Bitmap, Masks};
use crate::clause::Resolved;
use crate::folds::Folds;
use crate::items::{Items, MONTH};
use crate::joints::{JOINTS, PUBLISHED};
use crate::kernel::{self, Cell, OverTime, Sign, add_cells, take_cells};
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
    /// Totals over all items; over time only once somebody needs them.
    everything: Totals,
    /// The measure over all items by facet and value.
    unfiltered: Vec<Vec<u64>>,
    slice: Totals,
    excluded: Vec<Excluded>,
}

/// The items that only one facet's clause excludes.
#[derive(Clone, Debug)]
pub(crate) struct Excluded {
    pub(crate) facet: Facet,
    pub(crate) mask: Bitmap,
    /// Totals by code of the facet's joint over these items and those of the slice: all that satisfy the other clauses.
    cells: Vec<Cell>,
}

/// What the totals of a facet with a clause of its own start from.
enum Start {
    /// The new slice: the items that only the clause excludes are added.
    Slice,
    /// All items: those that another clause excludes are taken away.
    Everything,
    /// The totals before, less those of the slice before: the items that only the clause excludes are exchanged.
    Excluded(Excluded),
    /// The totals before: the items that satisfy the other clauses are exchanged.
    Others(Excluded),
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
        let starts = self.starts(&work, clauses, &slice, &only_fails);
        let before = self.move_slice(&work, slice);
        self.move_excluded(&work, clauses, only_fails, starts, &before);
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

    /// Adds to the totals of a facet what satisfies the clauses of all other facets.
    pub(crate) fn add_facet(&self, folds: &Folds, facet: Facet, totals: &mut FacetTotals) {
        let fold = folds.facet(facet);
        let excluded = self.excluded.iter().find(|excluded| excluded.facet == facet);
        let cells = excluded.map_or(&self.slice.joints[fold.joint], |excluded| &excluded.cells);
        for ([measure, models], value) in cells.iter().zip(&fold.value) {
            totals.measure[*value as usize] += measure;
            totals.models[*value as usize] += models;
        }
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
        let work = Work::new(ground, subject);
        let measured = |subject: Subject| (subject.measure, subject.months);
        let same_measure = self.subject.is_some_and(|before| measured(before) == measured(subject));
        if same_measure {
            self.everything.over_time.clear();
            self.slice.over_time = work.over_time(&self.slice_mask);
        } else {
            let all = bitmap::full(ground.items.len);
            self.everything = work.nothing();
            work.apply(&all, Sign::Add, &mut self.everything);
            self.unfiltered = Facet::ALL
                .map(|facet| unfiltered(&self.everything, ground.folds, facet))
                .into();
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
                        runs => bitmap::admitted_runs(runs, len, &clause.admitted),
                    }
                }
            };
            (clause.clone(), pass)
        };
        clauses.iter().map(pass).collect()
    }

    /// Brings the slice up to date and gives its items before.
    fn move_slice(&mut self, work: &Work<'_>, slice: Bitmap) -> Bitmap {
        let (wanted, changed) = (bitmap::count(&slice), bitmap::changes(&slice, &self.slice_mask));
        let items = work.ground.items.len;
        if changed > wanted {
            self.slice = work.nothing();
            work.apply(&slice, Sign::Add, &mut self.slice);
        } else if changed > items - wanted {
            if self.everything.over_time.is_empty() {
                self.everything.over_time = work.over_time(&bitmap::full(items));
            }
            self.slice.clone_from(&self.everything);
            work.apply(&bitmap::all_but(&slice, items), Sign::TakeAway, &mut self.slice);
        } else if changed > 0 {
            let (added, removed) = bitmap::difference(&self.slice_mask, &slice);
            work.apply(&added, Sign::Add, &mut self.slice);
            work.apply(&removed, Sign::TakeAway, &mut self.slice);
        }
        std::mem::replace(&mut self.slice_mask, slice)
    }

    /// What the totals of each facet with a clause start from, while those of the slice are still the former ones.
    fn starts(&mut self, work: &Work<'_>, clauses: &[Resolved], slice: &[u64], only_fails: &[Bitmap]) -> Vec<Start> {
        let mut before = std::mem::take(&mut self.excluded);
        let not_in_slice = work.ground.items.len - bitmap::count(slice);
        let mut start = |clause: &Resolved, mask: &Bitmap| {
            let known = before.iter().position(|excluded| excluded.facet == clause.facet);
            let former = known.map(|at| before.swap_remove(at));
            let excluded = bitmap::count(mask);
            let all_others = not_in_slice - excluded;
            let Some(mut former) = former else {
                return if excluded <= all_others {
                    Start::Slice
                } else {
                    Start::Everything
                };
            };
            let exchanged = bitmap::changes(&former.mask, mask);
            let others = bitmap::changes_of_pairs((&self.slice_mask, &former.mask), (slice, mask));
            if others <= exchanged.min(excluded).min(all_others) {
                Start::Others(former)
            } else if exchanged < excluded.min(all_others) {
                let joint = work.ground.folds.facet(clause.facet).joint;
                take_cells(&mut former.cells, &self.slice.joints[joint]);
                Start::Excluded(former)
            } else if excluded <= all_others {
                Start::Slice
            } else {
                Start::Everything
            }
        };
        clauses
            .iter()
            .zip(only_fails)
            .map(|(clause, mask)| start(clause, mask))
            .collect()
    }

    fn move_excluded(
        &mut self,
        work: &Work<'_>,
        clauses: &[Resolved],
        only_fails: Vec<Bitmap>,
        starts: Vec<Start>,
        slice_before: &[u64],
    ) {
        for ((clause, mask), start) in clauses.iter().zip(only_fails).zip(starts) {
            let joint = work.ground.folds.facet(clause.facet).joint;
            let (slice, everything) = (&self.slice.joints[joint], &self.everything.joints[joint]);
            let exchange = |before: &[u64], now: &[u64], cells: &mut [Cell]| {
                let (added, removed) = bitmap::difference(before, now);
                work.apply_joint(&added, Sign::Add, joint, cells);
                work.apply_joint(&removed, Sign::TakeAway, joint, cells);
            };
            let cells = match start {
                Start::Slice => {
                    let mut cells = slice.clone();
                    work.apply_joint(&mask, Sign::Add, joint, &mut cells);
                    cells
                }
                Start::Everything => {
                    let mut cells = everything.clone();
                    let others = bitmap::all_but(&bitmap::either(&self.slice_mask, &mask), work.ground.items.len);
                    work.apply_joint(&others, Sign::TakeAway, joint, &mut cells);
                    cells
                }
                Start::Excluded(mut former) => {
                    exchange(&former.mask, &mask, &mut former.cells);
                    add_cells(&mut former.cells, slice);
                    former.cells
                }
                Start::Others(mut former) => {
                    let (before, now) = (
                        bitmap::either(slice_before, &former.mask),
                        bitmap::either(&self.slice_mask, &mask),
                    );
                    exchange(&before, &now, &mut former.cells);
                    former.cells
                }
            };
            self.excluded.push(Excluded {
                facet: clause.facet,
                mask,
                cells,
            });
        }
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
            kernel::Cells {
                joints: &mut totals.joints,
                over_time: &mut totals.over_time,
            },
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
