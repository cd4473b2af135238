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
use crate::items::{BASES, Code, Codes, Items, MONTH, Numbers, on_codes};
use crate::layout::Layout;

/// Sum of the measure and number of models of one code.
pub(crate) type Cell = [u64; 2];

/// Words handled together, so that the items found in them stay in the processor's nearest cache.
const BLOCK_WORDS: usize = 32;

/// Totals over one set of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// By base column and code.
    pub(crate) columns: Vec<Vec<Cell>>,
    /// Measure by month (major) and code of the split's base column.
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
}

/// The totals of the last question, ready to be changed into those of the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrossFilter {
    subject: Option<Subject>,
    items: usize,
    passes: Vec<(Resolved, Bitmap)>,
    slice_mask: Bitmap,
    everything: Totals,
    slice: Totals,
    excluded: Vec<Excluded>,
}

/// The items that only one facet's clause excludes.
#[derive(Clone, Debug)]
struct Excluded {
    facet: Facet,
    mask: Bitmap,
    cells: Vec<Cell>,
}

impl CrossFilter {
    /// Forgets everything: the items have changed.
    pub(crate) fn reset(&mut self) {
        *self = CrossFilter::default();
    }

    /// Computes the totals for these clauses. `parameters` are the items' exact parameter counts, needed only where a
    /// clause compares them; items that are groups of rows have none.
    pub(crate) fn update(
        &mut self,
        items: &Items<'_>,
        layout: &Layout,
        subject: Subject,
        clauses: &[Resolved],
        parameters: &[u64],
    ) {
        if self.items != items.len || self.subject.is_none() {
            self.reset();
            self.items = items.len;
        }
        self.start_subject(items, layout, subject);
        self.passes = self.admit(items, clauses, parameters);
        let passes: Vec<&Bitmap> = self.passes.iter().map(|(_, pass)| pass).collect();
        let Masks { slice, only_fails } = bitmap::combine(&passes, items.len);
        self.move_slice(items, layout, subject, slice);
        self.move_excluded(items, layout, subject, clauses, only_fails);
    }

    /// The set of items in the slice.
    pub(crate) fn slice_mask(&self) -> &Bitmap {
        &self.slice_mask
    }

    /// Totals over the slice.
    pub(crate) fn slice(&self) -> &Totals {
        &self.slice
    }

    /// Totals over all items.
    pub(crate) fn everything(&self) -> &Totals {
        &self.everything
    }

    /// The totals of a facet as an answer gives them.
    pub(crate) fn facet_totals(&self, layout: &Layout, facet: Facet) -> FacetTotals {
        let place = layout.facet(facet);
        let mut totals = FacetTotals {
            measure: vec![0; place.values],
            models: vec![0; place.values],
            measure_unfiltered: vec![0; place.values],
            selected: vec![true; place.values],
        };
        let excluded = self.excluded.iter().find(|excluded| excluded.facet == facet);
        for (code, [measure, models]) in self.slice.columns[place.base].iter().enumerate() {
            let value = place.value_of(code);
            let [more_measure, more_models] = excluded.map_or([0, 0], |excluded| excluded.cells[code]);
            totals.measure[value] += measure + more_measure;
            totals.models[value] += models + more_models;
            totals.measure_unfiltered[value] += self.everything.columns[place.base][code][0];
        }
        if let Some((clause, _)) = self.passes.iter().find(|(clause, _)| clause.facet == facet) {
            totals.selected.clone_from(&clause.selected);
        }
        totals
    }

    /// Measure by month and value of the split facet, month-major.
    pub(crate) fn over_time(&self, layout: &Layout, split: Facet) -> Vec<u64> {
        let place = layout.facet(split);
        let codes = layout.base_lengths[place.base];
        let mut cells = vec![0; layout.base_lengths[MONTH] * place.values];
        for (month, by_code) in self.slice.over_time.chunks(codes.max(1)).enumerate() {
            for (code, measure) in by_code.iter().enumerate() {
                cells[month * place.values + place.value_of(code)] += measure;
            }
        }
        cells
    }

    fn start_subject(&mut self, items: &Items<'_>, layout: &Layout, subject: Subject) {
        if self.subject == Some(subject) {
            return;
        }
        let all = bitmap::full(items.len);
        let same_measure = self.subject.is_some_and(|before| before.measure == subject.measure);
        if same_measure {
            let mut work = Work::new(items, layout, subject);
            work.over_time_only(&all, &mut self.everything);
            work.over_time_only(&self.slice_mask, &mut self.slice);
        } else {
            self.everything = Totals::empty(layout, subject);
            Work::new(items, layout, subject).apply(&all, Sign::Add, &mut self.everything);
            self.slice = self.everything.clone();
            self.slice_mask = all;
            self.excluded.clear();
        }
        self.subject = Some(subject);
    }

    fn admit(&mut self, items: &Items<'_>, clauses: &[Resolved], parameters: &[u64]) -> Vec<(Resolved, Bitmap)> {
        let mut before = std::mem::take(&mut self.passes);
        let pass = |clause: &Resolved| {
            if let Some(at) = before.iter().position(|(known, _)| known == clause) {
                return before.swap_remove(at);
            }
            let mut pass = bitmap::admitted_items(items.codes[clause.base], &clause.admitted);
            if let Some((from, below)) = clause.exact {
                for (word, counts) in pass.iter_mut().zip(parameters.chunks(64)) {
                    let inside = |bit: usize, count: &u64| u64::from(*count >= from && *count < below) << bit;
                    *word &= counts
                        .iter()
                        .enumerate()
                        .fold(0, |word, (bit, count)| word | inside(bit, count));
                }
            }
            (clause.clone(), pass)
        };
        clauses.iter().map(pass).collect()
    }

    fn move_slice(&mut self, items: &Items<'_>, layout: &Layout, subject: Subject, slice: Bitmap) {
        let wanted = bitmap::count(&slice);
        let changed: usize = slice
            .iter()
            .zip(&self.slice_mask)
            .map(|(new, old)| (new ^ old).count_ones() as usize)
            .sum();
        let mut work = Work::new(items, layout, subject);
        if changed > wanted {
            self.slice = Totals::empty(layout, subject);
            work.apply(&slice, Sign::Add, &mut self.slice);
        } else if changed > items.len - wanted {
            self.slice.clone_from(&self.everything);
            let others: Bitmap = slice
                .iter()
                .zip(bitmap::full(items.len))
                .map(|(slice, all)| all & !slice)
                .collect();
            work.apply(&others, Sign::TakeAway, &mut self.slice);
        } else {
            let (added, removed) = difference(&self.slice_mask, &slice);
            work.apply(&added, Sign::Add, &mut self.slice);
            work.apply(&removed, Sign::TakeAway, &mut self.slice);
        }
        self.slice_mask = slice;
    }

    fn move_excluded(
        &mut self,
        items: &Items<'_>,
        layout: &Layout,
        subject: Subject,
        clauses: &[Resolved],
        only_fails: Vec<Bitmap>,
    ) {
        let mut before = std::mem::take(&mut self.excluded);
        let mut work = Work::new(items, layout, subject);
        for (clause, mask) in clauses.iter().zip(only_fails) {
            let known = before.iter().position(|excluded| excluded.facet == clause.facet);
            let former = known.map(|at| before.swap_remove(at));
            let moved = match former {
                Some(mut former) if changes(&former.mask, &mask) <= bitmap::count(&mask) => {
                    let (added, removed) = difference(&former.mask, &mask);
                    work.apply_column(&added, Sign::Add, clause.base, &mut former.cells);
                    work.apply_column(&removed, Sign::TakeAway, clause.base, &mut former.cells);
                    Excluded { mask, ..former }
                }
                _ => {
                    let mut cells = vec![[0, 0]; layout.base_lengths[clause.base]];
                    work.apply_column(&mask, Sign::Add, clause.base, &mut cells);
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

impl Totals {
    fn empty(layout: &Layout, subject: Subject) -> Totals {
        let split = layout.facet(subject.split).base;
        Totals {
            columns: layout.base_lengths.iter().map(|codes| vec![[0, 0]; *codes]).collect(),
            over_time: vec![0; layout.base_lengths[MONTH] * layout.base_lengths[split]],
            sums: Sums::default(),
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Add,
    TakeAway,
}

impl Sign {
    /// Totals are whole numbers modulo 2^64, so taking away is adding the complement.
    fn of(self, weight: u64) -> u64 {
        match self {
            Sign::Add => weight,
            Sign::TakeAway => weight.wrapping_neg(),
        }
    }
}

/// Adds up items block by block: first the items of a block, then their weights, then one base column after the other.
struct Work<'a> {
    items: &'a Items<'a>,
    measure: Numbers<'a>,
    split: usize,
    split_codes: usize,
    found: Vec<u32>,
    weights: Vec<Cell>,
}

impl<'a> Work<'a> {
    fn new(items: &'a Items<'a>, layout: &Layout, subject: Subject) -> Work<'a> {
        let split = layout.facet(subject.split).base;
        Work {
            items,
            measure: items.measure(subject.measure),
            split,
            split_codes: layout.base_lengths[split],
            found: Vec::with_capacity(BLOCK_WORDS * 64),
            weights: Vec::with_capacity(BLOCK_WORDS * 64),
        }
    }

    fn apply(&mut self, mask: &[u64], sign: Sign, totals: &mut Totals) {
        for (block, words) in mask.chunks(BLOCK_WORDS).enumerate() {
            if !self.find(block, words, sign) {
                continue;
            }
            self.add_sums(sign, &mut totals.sums);
            for base in 0..BASES {
                add_column(
                    self.items.codes[base],
                    &self.found,
                    &self.weights,
                    &mut totals.columns[base],
                );
            }
            self.add_over_time(&mut totals.over_time);
        }
    }

    fn over_time_only(&mut self, mask: &[u64], totals: &mut Totals) {
        let months = totals.columns[MONTH].len();
        totals.over_time = vec![0; months * self.split_codes];
        for (block, words) in mask.chunks(BLOCK_WORDS).enumerate() {
            if self.find(block, words, Sign::Add) {
                self.add_over_time(&mut totals.over_time);
            }
        }
    }

    fn apply_column(&mut self, mask: &[u64], sign: Sign, base: usize, cells: &mut [Cell]) {
        for (block, words) in mask.chunks(BLOCK_WORDS).enumerate() {
            if self.find(block, words, sign) {
                add_column(self.items.codes[base], &self.found, &self.weights, cells);
            }
        }
    }

    /// Lists the items of a block and their weights; false when there are none.
    fn find(&mut self, block: usize, words: &[u64], sign: Sign) -> bool {
        self.found.clear();
        for (at, word) in words.iter().enumerate() {
            let first = ((block * BLOCK_WORDS + at) * 64) as u32;
            if *word == u64::MAX {
                self.found.extend(first..first + 64);
                continue;
            }
            let mut word = *word;
            while word != 0 {
                self.found.push(first + word.trailing_zeros());
                word &= word - 1;
            }
        }
        self.weights.clear();
        let models = self.items.models;
        let cell = |item: &u32, measure: u64| [sign.of(measure), sign.of(models.get(*item as usize))];
        match self.measure {
            Numbers::Constant(value) => self.weights.extend(self.found.iter().map(|item| cell(item, value))),
            Numbers::U32(values) => {
                self.weights.extend(
                    self.found
                        .iter()
                        .map(|item| cell(item, u64::from(values[*item as usize]))),
                );
            }
            Numbers::U64(values) => self
                .weights
                .extend(self.found.iter().map(|item| cell(item, values[*item as usize]))),
        }
        !self.found.is_empty()
    }

    fn add_sums(&self, sign: Sign, sums: &mut Sums) {
        let mut block = Sums::default();
        for item in &self.found {
            let one = self.items.sums(*item as usize);
            block.models = block.models.wrapping_add(one.models);
            block.downloads_30d = block.downloads_30d.wrapping_add(one.downloads_30d);
            block.downloads_all_time = block.downloads_all_time.wrapping_add(one.downloads_all_time);
            block.likes = block.likes.wrapping_add(one.likes);
        }
        sums.models = sums.models.wrapping_add(sign.of(block.models));
        sums.downloads_30d = sums.downloads_30d.wrapping_add(sign.of(block.downloads_30d));
        sums.downloads_all_time = sums.downloads_all_time.wrapping_add(sign.of(block.downloads_all_time));
        sums.likes = sums.likes.wrapping_add(sign.of(block.likes));
    }

    fn add_over_time(&self, cells: &mut [u64]) {
        let months = self.items.codes[MONTH];
        let split = self.items.codes[self.split];
        on_codes!(months, months => on_codes!(split, split => {
            for (item, weight) in self.found.iter().zip(&self.weights) {
                let item = *item as usize;
                let cell = &mut cells[months[item].position() * self.split_codes + split[item].position()];
                *cell = cell.wrapping_add(weight[0]);
            }
        }));
    }
}

fn add_column(codes: Codes<'_>, found: &[u32], weights: &[Cell], cells: &mut [Cell]) {
    on_codes!(codes, codes => add_coded(codes, found, weights, cells));
}

fn add_coded<C: Code>(codes: &[C], found: &[u32], weights: &[Cell], cells: &mut [Cell]) {
    for (item, [measure, models]) in found.iter().zip(weights) {
        let cell = &mut cells[codes[*item as usize].position()];
        cell[0] = cell[0].wrapping_add(*measure);
        cell[1] = cell[1].wrapping_add(*models);
    }
}
