//! An index for a brush: totals by every value of the facet that is being changed.
//!
//! While a reader drags over one facet, all other clauses stay. So the items that satisfy those are added up once, by
//! value of the dragged facet; prefix sums over its values then give the totals of any range as a difference, and of any
//! set of values as a few of them (Falcon, Moritz et al. 2019).

use std::sync::Arc;

use atlas_protocol::{Facet, FacetTotals, Sums};

use crate::bitmap;
use crate::clause::Resolved;
use crate::cross_filter::{CrossFilter, Ground, Members, Subject};
use crate::folds::Folds;
use crate::items::{BASES, MONTH};
use crate::joints::{Joints, MEMBERS, TOPIC};
use crate::kernel::{Cell, add_cell};
use crate::layout::Layout;

/// Most cells of an index; a facet with more values than that allows is answered without one.
const MOST_CELLS: usize = 1 << 21;

/// Totals by value of one facet.
#[derive(Clone, Debug)]
pub(crate) struct Brush {
    subject: Subject,
    facet: Facet,
    others: Vec<Arc<Resolved>>,
    /// By base column: for each value of the facet (major) and each code the totals of all smaller values.
    bases: Vec<Vec<Cell>>,
    /// The same for the measure by month and value of the split.
    over_time: Vec<u64>,
    /// The same for the values of a facet with a clause, over the items that only this clause excludes.
    excluded: Vec<(Facet, Vec<Cell>)>,
    sums: Vec<Sums>,
}

/// Totals that an index gives for one selection.
pub(crate) struct Brushed {
    bases: Vec<Vec<Cell>>,
    excluded: Vec<(Facet, Vec<Cell>)>,
    /// By value of the facet that is being changed, its own clause left out.
    own: Vec<Cell>,
    facet: Facet,
    /// Measure by month (major) and value of the split.
    pub(crate) over_time: Vec<u64>,
    /// Every measure over the slice.
    pub(crate) sums: Sums,
}

impl Brush {
    /// Adds up by the values of `facet`. `cross` holds the totals of the other clauses. `None` when a clause compares
    /// exact parameter counts or the index would be too large.
    pub(crate) fn build(
        ground: Ground<'_>,
        joints: &Joints,
        subject: Subject,
        facet: Facet,
        others: &[Arc<Resolved>],
        cross: &CrossFilter,
    ) -> Option<Brush> {
        let (layout, folds) = (ground.layout, ground.folds);
        let values = folds.facet(facet).values;
        // Where a product is beyond what 32 bits hold, it is also beyond what is indexed.
        let times = layout.base_lengths[MONTH].saturating_mul(folds.facet(subject.split).values);
        let width = layout.base_lengths.iter().sum::<usize>().saturating_add(times);
        let is_too_large = (values + 1).saturating_mul(width) > MOST_CELLS;
        if is_too_large || others.iter().any(|clause| clause.exact.is_some()) {
            return None;
        }
        let adding = Adding { ground, subject, facet };
        // Blocks are fewer than items, and tell all but the topics.
        let by_block = folds.facet(facet).joint != TOPIC;
        let slice = |by_block: bool| cross.members(ground, subject.measure, by_block);
        let (blocks, items) = (slice(by_block), slice(false));
        let told_by = |joint: usize| match joint {
            TOPIC => &items,
            _ => &blocks,
        };
        let mut bases = vec![Vec::new(); BASES];
        for (joint, members) in MEMBERS.iter().enumerate() {
            let cells = adding.by_joint(told_by(joint), joint);
            for base in *members {
                bases[*base] = folded(&cells, adding.rows(), joints.member(*base), layout.base_lengths[*base]);
            }
        }
        let mut over_time = adding.over_time(told_by(folds.facet(subject.split).joint), times);
        let mut excluded: Vec<(Facet, Vec<Cell>)> = Vec::new();
        for (of, only) in cross.excluded(ground, subject.measure, by_block) {
            let fold = folds.facet(of);
            let cells = adding.by_joint(&only, fold.joint);
            excluded.push((of, folded(&cells, adding.rows(), &fold.value, fold.values)));
        }
        let mut sums = adding.sums(match cross.is_by_block() {
            true => &blocks,
            false => &items,
        });
        for (base, cells) in bases.iter_mut().enumerate() {
            accumulate(cells, layout.base_lengths[base], add_cell);
        }
        for (facet, cells) in &mut excluded {
            accumulate(cells, folds.facet(*facet).values, add_cell);
        }
        accumulate(&mut over_time, times, |to, from| *to += from);
        accumulate(&mut sums, 1, |to, from| *to = to.plus(&from));
        Some(Brush {
            subject,
            facet,
            others: others.to_vec(),
            bases,
            over_time,
            excluded,
            sums,
        })
    }

    /// What the index adds up.
    pub(crate) fn subject(&self) -> Subject {
        self.subject
    }

    /// The totals for these clauses, or `None` when the index does not answer them.
    pub(crate) fn answer(
        &self,
        layout: &Layout,
        folds: &Folds,
        subject: Subject,
        clauses: &[Arc<Resolved>],
    ) -> Option<Brushed> {
        let (own, others): (Vec<&Arc<Resolved>>, Vec<&Arc<Resolved>>) =
            clauses.iter().partition(|clause| clause.facet == self.facet);
        if subject != self.subject
            || own.iter().any(|clause| clause.exact.is_some())
            || !others.into_iter().eq(self.others.iter())
        {
            return None;
        }
        let values = folds.facet(self.facet).values;
        let all = vec![true; values];
        let runs = runs(own.first().map_or(&all, |clause| &clause.selected));
        let lies = layout.facet(self.facet);
        let base_codes = layout.base_lengths[lies.base];
        let whole = between(&self.bases[lies.base], base_codes, &[(0, values)]);
        let mut by_value = vec![[0, 0]; values];
        for (code, cell) in whole.iter().enumerate() {
            add_cell(&mut by_value[lies.value_of(code)], *cell);
        }
        let cells = |(base, cells): (usize, &Vec<Cell>)| between(cells, layout.base_lengths[base], &runs);
        let times = layout.base_lengths[MONTH] * folds.facet(subject.split).values;
        let mut over_time = vec![0; times];
        let mut sums = Sums::default();
        for (from, to) in &runs {
            let (low, high) = (&self.over_time[from * times..], &self.over_time[to * times..]);
            for ((cell, low), high) in over_time.iter_mut().zip(low).zip(high) {
                *cell += high - low;
            }
            sums = sums.plus(&self.sums[*to].minus(&self.sums[*from]));
        }
        Some(Brushed {
            bases: self.bases.iter().enumerate().map(cells).collect(),
            excluded: self
                .excluded
                .iter()
                .map(|(facet, cells)| (*facet, between(cells, folds.facet(*facet).values, &runs)))
                .collect(),
            own: by_value,
            facet: self.facet,
            over_time,
            sums,
        })
    }
}

impl Brushed {
    /// Whether this facet is the one that is being changed.
    pub(crate) fn is_of(&self, facet: Facet) -> bool {
        self.facet == facet
    }

    /// Adds to the totals of a facet what the slice holds, and what only the facet's own clause excludes.
    pub(crate) fn add_facet(&self, layout: &Layout, facet: Facet, totals: &mut FacetTotals) {
        let mut add = |value: usize, cell: &Cell| {
            totals.measure[value] += cell[0];
            totals.models[value] += cell[1];
        };
        if facet == self.facet {
            return self.own.iter().enumerate().for_each(|(value, cell)| add(value, cell));
        }
        let lies = layout.facet(facet);
        for (code, cell) in self.bases[lies.base].iter().enumerate() {
            add(lies.value_of(code), cell);
        }
        if let Some((_, cells)) = self.excluded.iter().find(|(excluded, _)| *excluded == facet) {
            cells.iter().enumerate().for_each(|(value, cell)| add(value, cell));
        }
    }
}

/// Blocks and items being added up by value of the dragged facet. Every result has one row more than there are values; the first
/// holds nothing, so that prefix sums begin at zero.
struct Adding<'a> {
    ground: Ground<'a>,
    subject: Subject,
    facet: Facet,
}

impl Adding<'_> {
    /// Calls a function with each member and the row of its value.
    fn each(&self, members: &Members<'_>, mut visit: impl FnMut(usize, usize)) {
        let fold = self.ground.folds.facet(self.facet);
        for item in bitmap::members(&members.set) {
            let item = item as usize;
            visit(
                item,
                fold.value[members.items.codes.position(fold.joint, item)] as usize + 1,
            );
        }
    }

    fn rows(&self) -> usize {
        self.ground.folds.facet(self.facet).values + 1
    }

    /// By row (major) and code of a joint.
    fn by_joint(&self, members: &Members<'_>, joint: usize) -> Vec<Cell> {
        let length = self.ground.folds.lengths[joint];
        let (items, measure) = (&members.items, members.measure);
        let mut cells = vec![[0, 0]; self.rows() * length];
        self.each(members, |item, row| {
            let cell = &mut cells[row * length + items.codes.position(joint, item)];
            add_cell(cell, [measure.get(item), items.models[item].into()]);
        });
        cells
    }

    fn over_time(&self, members: &Members<'_>, times: usize) -> Vec<u64> {
        let folds = self.ground.folds;
        let (month, split) = (folds.facet(Facet::Month), folds.facet(self.subject.split));
        let codes = members.items.codes;
        let mut cells = vec![0; self.rows() * times];
        self.each(members, |item, row| {
            let month = month.value[codes.position(month.joint, item)] as usize;
            let split_value = split.value[codes.position(split.joint, item)] as usize;
            cells[row * times + month * split.values + split_value] += members.measure.get(item);
        });
        cells
    }

    fn sums(&self, members: &Members<'_>) -> Vec<Sums> {
        let items = &members.items;
        let mut sums = vec![Sums::default(); self.rows()];
        self.each(members, |item, row| {
            let one = Sums {
                models: items.models[item].into(),
                downloads_30d: items.downloads_30d.get(item),
                downloads_all_time: items.downloads_all_time.get(item),
                likes: items.likes.get(item),
                // Questions about the history have no brush.
                downloads_made: 0,
            };
            sums[row] = sums[row].plus(&one);
        });
        sums
    }
}

/// Rows of a joint's cells as rows of what each of its codes belongs to.
fn folded(cells: &[Cell], rows: usize, of_code: &[u32], length: usize) -> Vec<Cell> {
    let mut folded = vec![[0, 0]; rows * length];
    for (row, cells) in cells.chunks(of_code.len().max(1)).enumerate() {
        for (cell, at) in cells.iter().zip(of_code) {
            add_cell(&mut folded[row * length + *at as usize], *cell);
        }
    }
    folded
}

/// Turns rows into sums of all rows up to them.
fn accumulate<T: Copy>(cells: &mut [T], width: usize, add: impl Fn(&mut T, T)) {
    for at in width..cells.len() {
        let before = cells[at - width];
        add(&mut cells[at], before);
    }
}

/// The sum of some runs of rows, from prefix sums.
fn between(cells: &[Cell], width: usize, runs: &[(usize, usize)]) -> Vec<Cell> {
    let mut sums = vec![[0, 0]; width];
    for (from, to) in runs {
        let (low, high) = (&cells[from * width..], &cells[to * width..]);
        for ((sum, low), high) in sums.iter_mut().zip(low).zip(high) {
            add_cell(sum, [high[0] - low[0], high[1] - low[1]]);
        }
    }
    sums
}

/// The runs of selected values as half-open ranges.
fn runs(selected: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in selected.iter().enumerate().filter(|(_, selected)| **selected) {
        match runs.last_mut() {
            Some((_, to)) if *to == at => *to += 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}
