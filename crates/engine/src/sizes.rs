//! Mean and median parameter counts by year.

use atlas_protocol::SizeByYear;
use atlas_protocol::answer::{QUANTILES, Quantiles};
use atlas_snapshot::columns::UNKNOWN_NUMBER;

use crate::items::{Codes, MONTH, Numbers};
use crate::layout::{FacetLayout, Layout};

/// The rows of known size, in ascending order of their parameter counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct SizeIndex {
    rows: Vec<u32>,
    parameters: Vec<u64>,
    years: Vec<u16>,
}

impl SizeIndex {
    /// Sorts the rows of known size. `months` are the codes of their months.
    pub(crate) fn build(parameters: &[u64], months: Codes<'_>, year: &FacetLayout) -> SizeIndex {
        let known = parameters
            .iter()
            .zip(0u32..)
            .filter(|(count, _)| **count != UNKNOWN_NUMBER);
        let mut sorted: Vec<(u64, u32)> = known.map(|(count, row)| (*count, row)).collect();
        sorted.sort_unstable();
        SizeIndex {
            years: sorted
                .iter()
                .map(|(_, row)| year.value_of(months.position(*row as usize)) as u16)
                .collect(),
            rows: sorted.iter().map(|(_, row)| *row).collect(),
            parameters: sorted.iter().map(|(count, _)| *count).collect(),
        }
    }

    /// Statistics of the rows in the slice, one entry for each year and one for all of them at the end.
    ///
    /// `slice_by_month` are measure and models of the slice by month code, from which the rows of unknown size follow.
    pub(crate) fn statistics(
        &self,
        in_slice: impl Fn(u32) -> bool,
        weights: Numbers<'_>,
        slice_by_month: &[[u64; 2]],
        layout: &Layout,
    ) -> Vec<SizeByYear> {
        let year = layout.facet(atlas_protocol::Facet::Year);
        debug_assert_eq!(year.base, MONTH);
        let mut sums = vec![YearSums::default(); year.values];
        let mut picked: Vec<(u32, u64)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if in_slice(*row) {
                let weight = weights.get(*row as usize);
                sums[usize::from(self.years[at])].add(self.parameters[at], weight);
                picked.push((at as u32, weight));
            }
        }
        let mut slice = vec![[0u64, 0u64]; year.values];
        for (code, [measure, models]) in slice_by_month.iter().enumerate() {
            let total = &mut slice[year.value_of(code)];
            total[0] += measure;
            total[1] += models;
        }
        let overall = sums.iter().fold(YearSums::default(), |all, year| all.plus(year));
        let in_all = slice
            .iter()
            .fold([0, 0], |all, year| [all[0] + year[0], all[1] + year[1]]);
        sums.push(overall);
        slice.push(in_all);
        let quantiles = self.quantiles(&picked, &sums);
        let finish = |((sums, quantiles), [measure, models]): ((&YearSums, &[Quantiles; 2]), &[u64; 2])| SizeByYear {
            models_known: sums.models,
            models_unknown: models - sums.models,
            weight_known: sums.weight,
            weight_unknown: measure - sums.weight,
            mean: mean(sums.parameters, sums.models),
            mean_weighted: mean(sums.weighted, sums.weight),
            quantiles: quantiles[0],
            quantiles_weighted: quantiles[1],
        };
        sums.iter().zip(&quantiles).zip(&slice).map(finish).collect()
    }

    /// Plain and weighted quantiles by year and overall; `picked` ascends in size.
    fn quantiles(&self, picked: &[(u32, u64)], sums: &[YearSums]) -> Vec<[Quantiles; 2]> {
        let overall = sums.len() - 1;
        let mut reached = vec![[0u64, 0u64]; sums.len()];
        let mut quantiles = vec![[[None; QUANTILES.len()]; 2]; sums.len()];
        for (at, weight) in picked {
            let at = *at as usize;
            for year in [usize::from(self.years[at]), overall] {
                let totals = [sums[year].models, sums[year].weight];
                for (kind, step) in [1, *weight].into_iter().enumerate() {
                    reached[year][kind] += step;
                    for (quantile, share) in quantiles[year][kind].iter_mut().zip(QUANTILES) {
                        let wanted = u128::from(totals[kind]) * u128::from(share);
                        if quantile.is_none() && step > 0 && u128::from(reached[year][kind]) * 100 >= wanted {
                            *quantile = Some(self.parameters[at]);
                        }
                    }
                }
            }
        }
        quantiles
    }
}

#[derive(Clone, Debug, Default)]
struct YearSums {
    models: u64,
    weight: u64,
    parameters: u128,
    weighted: u128,
}

impl YearSums {
    fn add(&mut self, parameters: u64, weight: u64) {
        self.models += 1;
        self.weight += weight;
        self.parameters += u128::from(parameters);
        self.weighted += u128::from(parameters) * u128::from(weight);
    }

    fn plus(&self, other: &YearSums) -> YearSums {
        YearSums {
            models: self.models + other.models,
            weight: self.weight + other.weight,
            parameters: self.parameters + other.parameters,
            weighted: self.weighted + other.weighted,
        }
    }
}

/// The quotient to the precision of `f64`, or `None` when there is nothing to divide by.
fn mean(sum: u128, count: u64) -> Option<f64> {
    let count = u128::from(count);
    let whole = sum.checked_div(count)?;
    Some(whole as f64 + (sum % count) as f64 / count as f64)
}
