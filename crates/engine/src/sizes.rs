//! Mean and quantiles of the parameter counts by year.
//!
//! Items of one publication month and size stand together, and few counts belong to one size. Size after size is added up
//! by count and year, so what is written to stays in a processor's cache, and the counts come in ascending order.

use std::ops::Range;

use atlas_protocol::{Facet, Measure, SizeByYear};
use atlas_snapshot::NumberColumn;

use crate::EngineError;
use crate::cross_filter::{Subject, Totals};
use crate::exact::Exact;
use crate::folds::Folds;
use crate::items::{BIN, CHUNK, MONTH, Weights, on_numbers, on_weights};
use crate::joints::PUBLISHED;
use crate::kernel::{Cell, add_cell};
use crate::layout::Layout;
use crate::quantiles::Rising;
use crate::table::Table;
use crate::weigh::each;

/// The rows of known size, those of one item after those of another, and what of them does not change from question to
/// question.
#[derive(Clone, Debug)]
pub(crate) struct SizeIndex {
    /// The counts that occur, ascending.
    counts: Vec<u64>,
    bins: Vec<Bin>,
    /// Where the rows of each chunk of items begin, and the number of all rows.
    chunk_starts: Vec<u32>,
    /// The place of each row's count among the counts.
    places: Vec<u32>,
    /// The measure of each row, and which it is.
    weights: Option<(Measured, NumberColumn)>,
}

/// A measure, and of which months it is.
type Measured = (Measure, (usize, usize));

/// The rows of one bin of parameter counts.
#[derive(Clone, Debug)]
struct Bin {
    /// Places of its counts.
    places: Range<usize>,
    runs: Vec<Run>,
}

/// Items of one publication month and bin that stand together.
#[derive(Clone, Debug)]
struct Run {
    items: Range<usize>,
    /// Where their rows begin.
    start: u32,
    /// Value of the year facet.
    year: usize,
}

/// What the statistics are about.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) table: &'a Table,
    pub(crate) layout: &'a Layout,
    pub(crate) folds: &'a Folds,
    pub(crate) subject: Subject,
    /// The items of the slice.
    pub(crate) items: &'a [u64],
    /// The rows that a clause compares one by one, where there is such a clause.
    pub(crate) exact: Option<&'a Exact>,
    /// Totals of the slice: those of its items, and of those rows.
    pub(crate) totals: &'a [&'a Totals],
}

impl SizeIndex {
    pub(crate) fn build(table: &Table, layout: &Layout, folds: &Folds) -> Result<SizeIndex, EngineError> {
        let counts = table.parameter_counts();
        let ascending = counts.ascending();
        let mut place_of = vec![0; counts.counts().len()];
        for (place, code) in (0u32..).zip(&ascending) {
            place_of[*code as usize] = place;
        }
        // The last bin is that of unknown counts.
        let bins = 0..layout.base_lengths[BIN].saturating_sub(1);
        let bin = |bin: usize| {
            let first = |bin: usize| ascending.partition_point(|code| usize::from(counts.bins()[*code as usize]) < bin);
            let (places, runs) = (first(bin)..first(bin + 1), Vec::new());
            Bin { places, runs }
        };
        let mut index = SizeIndex {
            counts: ascending.iter().map(|code| counts.counts()[*code as usize]).collect(),
            bins: bins.map(bin).collect(),
            chunk_starts: Vec::new(),
            places: Vec::new(),
            weights: None,
        };
        index.find_runs(table, folds);
        let codes = table.parameter_codes()?;
        let mut places = vec![0; index.rows()];
        index.each_row(table, |at, row| places[at] = place_of[codes.get(row) as usize]);
        index.places = places;
        Ok(index)
    }

    /// Forgets the measure of the rows: there may be another by the same name.
    pub(crate) fn forget_measure(&mut self) {
        self.weights = None;
    }

    /// Statistics of a slice, one entry for each year and one for all of them at the end.
    pub(crate) fn statistics(&mut self, about: About<'_>) -> Result<Vec<SizeByYear>, EngineError> {
        let subject = (about.subject.measure, about.subject.months);
        let weights = match self.weights.take() {
            Some((known, weights)) if known == subject => weights,
            _ => self.measure(about.table, about.subject.measure)?,
        };
        let mut years: Vec<Rising> = known_and_unknown(about).into_iter().map(Rising::new).collect();
        let mut compared = self.compared(about)?.into_iter().peekable();
        let mut cells = Vec::new();
        for bin in &self.bins {
            cells.resize(bin.places.len() * (years.len() - 1), [0, 0]);
            let mut is_empty = true;
            for run in &bin.runs {
                let cells = (bin.places.start, years.len() - 1, cells.as_mut_slice());
                let added = on_weights!(Weights::of(&weights), weights => self.add(about, run, weights, cells));
                is_empty &= !added;
            }
            while let Some(row) = compared.next_if(|row| bin.places.contains(&row.place)) {
                let cell = &mut cells[(row.place - bin.places.start) * (years.len() - 1) + row.year];
                add_cell(cell, [row.weight, 1]);
                is_empty = false;
            }
            if !is_empty {
                step(&mut years, &self.counts[bin.places.clone()], &cells);
                cells.clear();
            }
        }
        self.weights = Some((subject, weights));
        Ok(years.iter().map(Rising::finish).collect())
    }

    /// Number of rows of known size.
    fn rows(&self) -> usize {
        self.chunk_starts.last().map_or(0, |rows| *rows as usize)
    }

    fn find_runs(&mut self, table: &Table, folds: &Folds) {
        let items = table.cube().items();
        let (year, bin) = (folds.facet(Facet::Year), folds.facet(Facet::Parameters));
        let (mut rows, mut last) = (0, None);
        for item in 0..items.len {
            if item % CHUNK == 0 {
                self.chunk_starts.push(rows);
            }
            let published = items.codes.position(PUBLISHED, item);
            let follows = last.replace(published) == Some(published);
            let Some(bin) = self.bins.get_mut(bin.value[published] as usize) else {
                continue;
            };
            match bin.runs.last_mut().filter(|_| follows) {
                Some(run) => run.items.end = item + 1,
                None => bin.runs.push(Run {
                    items: item..item + 1,
                    start: rows,
                    year: year.value[published] as usize,
                }),
            }
            rows += items.models[item];
        }
        self.chunk_starts.push(rows);
    }

    /// Calls a function with the place and the number of each row of known size.
    fn each_row(&self, table: &Table, mut visit: impl FnMut(usize, usize)) {
        const UNKNOWN: u32 = u32::MAX;
        let models = table.cube().items().models;
        let mut next = vec![UNKNOWN; models.len()];
        for run in self.bins.iter().flat_map(|bin| &bin.runs) {
            let mut start = run.start;
            for item in run.items.clone() {
                next[item] = start;
                start += models[item];
            }
        }
        for (row, item) in table.cube().item_of_row().iter().enumerate() {
            let next = &mut next[*item as usize];
            if *next != UNKNOWN {
                visit(*next as usize, row);
                *next += 1;
            }
        }
    }

    /// A measure of the rows.
    fn measure(&self, table: &Table, measure: Measure) -> Result<NumberColumn, EngineError> {
        let numbers = table.row_numbers()?.measure(measure);
        let mut narrow = vec![0u32; self.rows()];
        let mut is_narrow = true;
        on_numbers!(numbers, number => self.each_row(table, |at, row| {
            let number = number(row);
            narrow[at] = number as u32;
            is_narrow &= number <= u64::from(u32::MAX);
        }));
        if is_narrow {
            return Ok(NumberColumn::U32(narrow));
        }
        drop(narrow);
        let mut wide = vec![0u64; self.rows()];
        on_numbers!(numbers, number => self.each_row(table, |at, row| wide[at] = number(row)));
        Ok(NumberColumn::U64(wide))
    }

    /// Adds those rows of a run that are in the slice to the cells by count (major, from a place on) and year; whether
    /// there are any.
    #[inline(always)]
    fn add<W: Copy + Into<u64>>(
        &self,
        about: About<'_>,
        run: &Run,
        weights: &[W],
        (first, years, cells): (usize, usize, &mut [Cell]),
    ) -> bool {
        let models = about.table.cube().items().models;
        let mut add = |rows: Range<usize>| {
            for (place, weight) in self.places[rows.clone()].iter().zip(&weights[rows]) {
                let cell = &mut cells[(*place as usize - first) * years + run.year];
                add_cell(cell, [(*weight).into(), 1]);
            }
        };
        let mut added = false;
        let chunks = run.items.start / CHUNK..run.items.end.div_ceil(CHUNK);
        let mut start = run.start;
        for chunk in chunks {
            let (from, to) = (
                run.items.start.saturating_sub(chunk * CHUNK),
                (run.items.end - chunk * CHUNK).min(CHUNK),
            );
            let of_run = u64::MAX << from & u64::MAX >> (CHUNK - to);
            let wanted = about.items[chunk] & of_run;
            let next = self.chunk_starts[chunk + 1];
            if wanted == u64::MAX {
                add(start as usize..next as usize);
            } else if wanted != 0 {
                let mut starts = [0; CHUNK + 1];
                let mut at = start;
                for (item, start) in starts.iter_mut().enumerate().take(to + 1).skip(from) {
                    *start = at as usize;
                    at += models.get(chunk * CHUNK + item).copied().unwrap_or_default();
                }
                each(wanted, |item| add(starts[item]..starts[item + 1]));
            }
            added |= wanted != 0;
            start = next;
        }
        added
    }

    /// The rows of the slice that a clause compared one by one, by count.
    fn compared(&self, about: About<'_>) -> Result<Vec<Compared>, EngineError> {
        let Some(exact) = about.exact else {
            return Ok(Vec::new());
        };
        let (codes, counts) = (about.table.parameter_codes()?, about.table.parameter_counts().counts());
        let weights = about.table.row_numbers()?.measure(about.subject.measure);
        let (facets, year) = (about.table.facets(), about.layout.facet(Facet::Year));
        let row = |row: usize| Compared {
            place: self
                .counts
                .partition_point(|count| *count < counts[codes.get(row) as usize]),
            year: year.value_of(facets.code(MONTH, row)),
            weight: weights.get(row),
        };
        let mut rows: Vec<Compared> = exact.rows().map(row).collect();
        rows.sort_unstable_by_key(|row| row.place);
        Ok(rows)
    }
}

/// A row that was compared by itself.
struct Compared {
    place: usize,
    year: usize,
    weight: u64,
}

/// Adds the models of some counts, of every year and of all together, in ascending order.
fn step(years: &mut [Rising], counts: &[u64], cells: &[Cell]) {
    let Some((overall, years)) = years.split_last_mut() else {
        return;
    };
    for (count, cells) in counts.iter().zip(cells.chunks_exact(years.len())) {
        let mut all = [0, 0];
        for (year, cell) in years.iter_mut().zip(cells) {
            if cell[1] > 0 {
                year.step(*count, *cell);
                add_cell(&mut all, *cell);
            }
        }
        if all[1] > 0 {
            overall.step(*count, all);
        }
    }
}

/// Measure and models of known and of unknown size, by year and over all.
fn known_and_unknown(about: About<'_>) -> Vec<[Cell; 2]> {
    let (year, size) = (about.folds.facet(Facet::Year), about.folds.facet(Facet::Parameters));
    let unknown = about.layout.base_lengths[BIN] as u32 - 1;
    let mut years = vec![[[0, 0], [0, 0]]; year.values + 1];
    for totals in about.totals {
        let codes = year.value.iter().zip(&size.value);
        for (cell, (year_value, size_value)) in totals.joints[year.joint].iter().zip(codes) {
            for at in [*year_value as usize, year.values] {
                let sums = &mut years[at][usize::from(*size_value == unknown)];
                add_cell(sums, *cell);
            }
        }
    }
    years
}
