//! Mean and quantiles of the parameter counts by year.

use atlas_protocol::answer::{QUANTILES, Quantiles};
use atlas_protocol::{Facet, SizeByYear};

use crate::EngineError;
use crate::bitmap::{self, Bitmap};
use crate::cross_filter::Totals;
use crate::folds::Folds;
use crate::items::{BIN, Numbers, on_numbers};
use crate::kernel::{Cell, add_cell};
use crate::layout::Layout;
use crate::parameters::UNKNOWN_CODE;
use crate::table::Table;

/// Cells that are filled at a time: few enough to stay in a processor's cache, whatever the number of distinct counts.
const CELLS_AT_A_TIME: usize = 1 << 19;

/// What of the rows does not change from question to question.
#[derive(Clone, Debug)]
pub(crate) struct SizeIndex {
    /// Value of the year facet of each row.
    years: Vec<u16>,
    /// Number of values of the year facet.
    values: usize,
    /// Rows of known size.
    known: Bitmap,
    /// For each code of a parameter count its place among the counts, from the smallest.
    places: Vec<u32>,
    /// The counts in ascending order.
    ascending: Vec<u64>,
}

impl SizeIndex {
    pub(crate) fn build(table: &Table, layout: &Layout) -> Result<SizeIndex, EngineError> {
        let year = layout.facet(Facet::Year);
        let facets = table.facets();
        let year_of = |row| year.value_of(facets.code(year.base, row)) as u16;
        let counts = table.parameter_counts();
        let order = counts.ascending();
        let mut places = vec![0; counts.counts().len()];
        (0..)
            .zip(&order)
            .for_each(|(place, code)| places[*code as usize] = place);
        let codes = table.parameter_codes()?;
        let mut known = vec![0u64; bitmap::words(table.len())];
        for row in 0..table.len() {
            known[row / 64] |= u64::from(codes.get(row) != u64::from(UNKNOWN_CODE)) << (row % 64);
        }
        Ok(SizeIndex {
            years: (0..table.len()).map(year_of).collect(),
            values: year.values,
            known,
            places,
            ascending: order.iter().map(|code| counts.counts()[*code as usize]).collect(),
        })
    }

    /// Statistics of a set of rows, one entry for each year and one for all of them at the end. `totals` are those of the
    /// same rows; from them follows what is known and what is not.
    pub(crate) fn statistics(
        &self,
        rows: &[u64],
        codes: Numbers<'_>,
        weights: Numbers<'_>,
        totals: &[&Totals],
        layout: &Layout,
        folds: &Folds,
    ) -> Vec<SizeByYear> {
        let mut years: Vec<YearSizes> = known_and_unknown(totals, layout, folds)
            .into_iter()
            .map(YearSizes::new)
            .collect();
        let wanted: Bitmap = rows.iter().zip(&self.known).map(|(row, known)| row & known).collect();
        let at_a_time = (CELLS_AT_A_TIME / self.values.max(1)).max(1);
        for first in (0..self.ascending.len()).step_by(at_a_time) {
            let chunk = first..(first + at_a_time).min(self.ascending.len());
            let mut cells: Vec<Cell> = vec![[0, 0]; chunk.len() * self.values];
            on_numbers!(weights, weight => {
                for row in bitmap::members(&wanted) {
                    let row = row as usize;
                    let place = (self.places[codes.get(row) as usize] as usize).wrapping_sub(first);
                    if place < chunk.len() {
                        add_cell(&mut cells[place * self.values + usize::from(self.years[row])], [weight(row), 1]);
                    }
                }
            });
            for (count, cells) in self.ascending[chunk].iter().zip(cells.chunks(self.values)) {
                step(&mut years, *count, cells);
            }
        }
        years.iter().map(YearSizes::finish).collect()
    }
}

/// Adds the models of one parameter count, of every year and of all together, in ascending order of counts.
fn step(years: &mut [YearSizes], count: u64, cells: &[Cell]) {
    let mut all = [0, 0];
    for (year, cell) in years.iter_mut().zip(cells) {
        if cell[1] > 0 {
            year.step(count, *cell);
            add_cell(&mut all, *cell);
        }
    }
    if let Some(overall) = years.last_mut()
        && all[1] > 0
    {
        overall.step(count, all);
    }
}

/// Measure and models of known and of unknown size, by year and over all.
fn known_and_unknown(totals: &[&Totals], layout: &Layout, folds: &Folds) -> Vec<[Cell; 2]> {
    let (year, size) = (folds.facet(Facet::Year), folds.facet(Facet::Parameters));
    let unknown = layout.base_lengths[BIN] as u32 - 1;
    let mut years = vec![[[0, 0], [0, 0]]; year.values + 1];
    for totals in totals {
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

/// The sizes of one year on the way from the smallest to the largest.
struct YearSizes {
    known: Cell,
    unknown: Cell,
    reached: Cell,
    /// Σ parameters · measure and Σ parameters.
    products: [u128; 2],
    /// Weighted and plain.
    quantiles: [Quantiles; 2],
    /// How many of them have been found.
    found: [usize; 2],
}

impl YearSizes {
    fn new([known, unknown]: [Cell; 2]) -> YearSizes {
        YearSizes {
            known,
            unknown,
            reached: [0, 0],
            products: [0, 0],
            quantiles: [[None; QUANTILES.len()]; 2],
            found: [0, 0],
        }
    }

    fn step(&mut self, count: u64, cell: Cell) {
        for (kind, weight) in cell.into_iter().enumerate() {
            self.products[kind] += u128::from(count) * u128::from(weight);
            self.reached[kind] += weight;
            // A quantile needs weight of its own: none is found before the first model that has any.
            while let Some(share) = QUANTILES.get(self.found[kind])
                && self.reached[kind] > 0
                && u128::from(self.reached[kind]) * 100 >= u128::from(self.known[kind]) * u128::from(*share)
            {
                self.quantiles[kind][self.found[kind]] = Some(count);
                self.found[kind] += 1;
            }
        }
    }

    fn finish(&self) -> SizeByYear {
        SizeByYear {
            models_known: self.known[1],
            models_unknown: self.unknown[1],
            weight_known: self.known[0],
            weight_unknown: self.unknown[0],
            mean: mean(self.products[1], self.known[1]),
            mean_weighted: mean(self.products[0], self.known[0]),
            quantiles: self.quantiles[1],
            quantiles_weighted: self.quantiles[0],
        }
    }
}

/// The quotient to the precision of `f64`, or `None` when there is nothing to divide by.
fn mean(sum: u128, count: u64) -> Option<f64> {
    let count = u128::from(count);
    let whole = sum.checked_div(count)?;
    Some(whole as f64 + (sum % count) as f64 / count as f64)
}
