//! Answers computed row by row, as the documentation of the protocol words them.

use std::collections::BTreeSet;

use atlas_protocol::answer::{Concentration, QUANTILES};
use atlas_protocol::{
    Clause, Facet, FacetTotals, Measure, MonthRange, Query, RowColumn, RowSort, SizeByYear, Sums, TimeAxis,
};

use super::history::Told;
use super::table::{BUCKETS, Model, Table, UNKNOWN, bin_starts};

/// The loaded rows of a table and a question about them.
pub struct Naive<'a> {
    pub table: &'a Table,
    pub models: &'a [Model],
    pub query: &'a Query,
    /// For each model, whether it satisfies the clause of each facet (true without one).
    satisfied: Vec<Vec<bool>>,
    /// The rows that a search leaves, where there is one.
    found: Option<Vec<bool>>,
}

/// Whether a clause means anything at all; one that does not is left out and noted.
fn means_something(table: &Table, facet: Facet, clause: &Clause) -> bool {
    if !table.has(facet) {
        return false;
    }
    let Clause::Range { from, to } = clause else {
        return true;
    };
    let end_means = |end: &String| match facet {
        Facet::Parameters => end.parse::<u64>().is_ok(),
        Facet::Size => BUCKETS.iter().any(|(key, _)| key == end),
        Facet::SizeCategory => end != UNKNOWN && table.catalogue(facet).contains(end),
        Facet::Year | Facet::Month => end.starts_with(|letter: char| letter.is_ascii_digit()),
        _ => false,
    };
    facet.is_ordered() && [from, to].into_iter().flatten().all(end_means)
}

fn satisfies(table: &Table, model: &Model, facet: Facet, clause: &Clause) -> bool {
    let value = model.value(facet);
    let is_any = |keys: &BTreeSet<String>| keys.iter().any(|key| table.is_of(model, facet, key));
    match clause {
        Clause::SomeOf(keys) => is_any(keys),
        Clause::NoneOf(keys) => !is_any(keys),
        Clause::Range { from, to } => match facet {
            Facet::Parameters => model.parameters.is_some_and(|count| {
                from.as_ref().is_none_or(|from| from.parse::<u64>().unwrap() <= count)
                    && to.as_ref().is_none_or(|to| count < to.parse::<u64>().unwrap())
            }),
            _ => lies_between(table, facet, value, from.as_deref(), to.as_deref()),
        },
    }
}

fn lies_between(table: &Table, facet: Facet, value: &str, from: Option<&str>, to: Option<&str>) -> bool {
    if value == UNKNOWN {
        return false;
    }
    if [Facet::Size, Facet::SizeCategory].contains(&facet) {
        let places = table.catalogue(facet);
        let place = |key: &str| places.iter().position(|other| other == key).unwrap();
        return from.is_none_or(|from| place(from) <= place(value)) && to.is_none_or(|to| place(value) <= place(to));
    }
    from.is_none_or(|from| from <= value) && to.is_none_or(|to| value <= to)
}

impl<'a> Naive<'a> {
    pub fn new(table: &'a Table, rows: usize, query: &'a Query) -> Naive<'a> {
        let models = &table.models[..rows];
        let judge = |model: &Model, facet: Facet| match query.clauses.get(&facet) {
            Some(clause) if means_something(table, facet, clause) => satisfies(table, model, facet, clause),
            _ => true,
        };
        Naive {
            table,
            models,
            query,
            satisfied: models
                .iter()
                .map(|model| Facet::ALL.into_iter().map(|facet| judge(model, facet)).collect())
                .collect(),
            found: None,
        }
    }

    /// The same, of which only the first `ids` rows whose id holds a text count as the slice.
    pub fn searched(self, text: &str, ids: usize) -> Naive<'a> {
        let text = text.to_ascii_lowercase();
        let holds = |(row, model): (usize, &Model)| row < ids && model.id.to_ascii_lowercase().contains(&text);
        Naive {
            found: Some(self.models.iter().enumerate().map(holds).collect()),
            ..self
        }
    }

    /// Positions of the rows that satisfy every clause.
    pub fn slice(&self) -> Vec<usize> {
        (0..self.models.len())
            .filter(|row| self.satisfied[*row].iter().all(|satisfied| *satisfied))
            .filter(|row| self.found.as_ref().is_none_or(|found| found[*row]))
            .collect()
    }

    fn slice_models(&self) -> Vec<&'a Model> {
        self.slice().into_iter().map(|row| &self.models[row]).collect()
    }

    fn weight(&self, model: &Model) -> u64 {
        self.weight_in(model, self.query.measure)
    }

    fn weight_in(&self, model: &Model, measure: Measure) -> u64 {
        match measure {
            Measure::Downloads30d => model.downloads_30d,
            Measure::DownloadsAllTime => model.downloads_all_time.unwrap_or(0),
            Measure::Models => 1,
            Measure::Likes => model.likes.unwrap_or(0),
            Measure::DownloadsMade => self.downloads_made(model).unwrap_or(0),
        }
    }

    /// Downloads of a model in the months of the question, where it counts them and any are stated.
    pub fn downloads_made(&self, model: &Model) -> Option<u64> {
        let months = self.table.history.of(model).filter(|stated| self.counts(&stated.month));
        let downloads: Vec<u64> = months.map(|stated| stated.downloads).collect();
        (self.query.measure == Measure::DownloadsMade && !downloads.is_empty()).then(|| downloads.iter().sum())
    }

    /// Whether a month is one of those of the question.
    pub fn counts(&self, month: &str) -> bool {
        let MonthRange { from, to } = &self.query.made;
        from.as_deref().is_none_or(|from| from <= month) && to.as_deref().is_none_or(|to| month <= to)
    }

    fn sums(&self, models: &[&Model]) -> Sums {
        let sum = |measure| models.iter().map(|model| self.weight_in(model, measure)).sum();
        Sums {
            models: sum(Measure::Models),
            downloads_30d: sum(Measure::Downloads30d),
            downloads_all_time: sum(Measure::DownloadsAllTime),
            likes: sum(Measure::Likes),
            downloads_made: sum(Measure::DownloadsMade),
        }
    }

    pub fn unfiltered(&self) -> Sums {
        self.sums(&self.models.iter().collect::<Vec<_>>())
    }

    pub fn slice_sums(&self) -> Sums {
        self.sums(&self.slice_models())
    }

    pub fn facet(&self, facet: Facet) -> FacetTotals {
        let values = self.table.catalogue(facet);
        let mut totals = FacetTotals {
            measure: vec![0; values.len()],
            models: vec![0; values.len()],
            measure_unfiltered: vec![0; values.len()],
            selected: values.iter().map(|key| self.admits(facet, key)).collect(),
            whole: 0,
        };
        let places: std::collections::HashMap<&str, usize> = values.iter().map(String::as_str).zip(0..).collect();
        for (model, satisfied) in self.models.iter().zip(&self.satisfied) {
            let mut others = Facet::ALL.into_iter().filter(|other| *other != facet);
            let counts = others.all(|other| satisfied[other.index()]);
            if counts && self.table.has(facet) {
                totals.whole += self.weight(model);
            }
            for value in self.table.values_of(model, facet) {
                let place = places[value];
                totals.measure_unfiltered[place] += self.weight(model);
                if counts {
                    totals.measure[place] += self.weight(model);
                    totals.models[place] += 1;
                }
            }
        }
        totals
    }

    /// Whether the facet's own clause admits a value.
    fn admits(&self, facet: Facet, key: &str) -> bool {
        let Some(clause) = self.query.clauses.get(&facet) else {
            return true;
        };
        if !means_something(self.table, facet, clause) {
            return true;
        }
        match clause {
            Clause::SomeOf(keys) => keys.contains(key),
            Clause::NoneOf(keys) => !keys.contains(key),
            Clause::Range { from, to } if facet == Facet::Parameters => {
                let Ok(start) = key.parse::<u64>() else { return false };
                let next = bin_starts().into_iter().find(|other| *other > start);
                let end = |end: &Option<String>, open| end.as_ref().map_or(open, |end| end.parse().unwrap());
                // A count that the range admits lies in the bin: the largest lower bound lies below every upper one.
                start.max(end(from, 0)) < next.unwrap_or(u64::MAX).min(end(to, u64::MAX))
            }
            Clause::Range { from, to } => lies_between(self.table, facet, key, from.as_deref(), to.as_deref()),
        }
    }

    /// What the months are of over which the measure is given.
    pub fn axis(&self) -> TimeAxis {
        match self.table.shape.told {
            Told::Nothing => TimeAxis::Published,
            _ => self.query.axis,
        }
    }

    /// Downloads made by the slice in each month of the history; nothing for a question that is not about it.
    pub fn made(&self) -> Vec<u64> {
        let asked = self.query.measure == Measure::DownloadsMade || self.query.axis == TimeAxis::Made;
        let in_month = |month: &String| -> u64 {
            let models = self.slice_models().into_iter();
            let stated = models.flat_map(|model| self.table.history.of(model));
            stated
                .filter(|stated| stated.month == *month)
                .map(|stated| stated.downloads)
                .sum()
        };
        let months = self.table.history.months.iter().filter(|_| asked);
        months.map(in_month).collect()
    }

    fn made_over_time(&self) -> Vec<u64> {
        let (months, values) = (&self.table.history.months, self.table.catalogue(self.split()));
        let mut cells = vec![0; months.len() * values.len()];
        for model in self.slice_models() {
            for own in self.table.values_of(model, self.split()) {
                let value = values.iter().position(|key| key == own).unwrap();
                for stated in self.table.history.of(model).filter(|stated| self.counts(&stated.month)) {
                    let month = months.iter().position(|month| *month == stated.month).unwrap();
                    cells[month * values.len() + value] += stated.downloads;
                }
            }
        }
        cells
    }

    /// The facet over time: region, where the collection does not have the one asked for.
    pub fn split(&self) -> Facet {
        match self.table.has(self.query.split) {
            true => self.query.split,
            false => Facet::Region,
        }
    }

    /// Measure of the slice by month alone.
    pub fn by_month(&self) -> Vec<u64> {
        let of_month = |month: &String| match self.axis() {
            TimeAxis::Published => {
                let slice = self.slice_models().into_iter();
                let models = slice.filter(|model| model.value(Facet::Month) == month);
                models.map(|model| self.weight(model)).sum()
            }
            TimeAxis::Made => {
                let slice = self.slice_models().into_iter();
                let stated = slice.flat_map(|model| self.table.history.of(model));
                let counted = stated.filter(|stated| stated.month == *month && self.counts(month));
                counted.map(|stated| stated.downloads).sum()
            }
        };
        match self.axis() {
            TimeAxis::Published => self.table.catalogue(Facet::Month).iter().map(of_month).collect(),
            TimeAxis::Made => self.table.history.months.iter().map(of_month).collect(),
        }
    }

    /// Measure of the slice by month (major) and value of the split facet.
    pub fn over_time(&self) -> Vec<u64> {
        if self.axis() == TimeAxis::Made {
            return self.made_over_time();
        }
        let months = self.table.catalogue(Facet::Month);
        let values = self.table.catalogue(self.split());
        let places =
            |keys: &[String]| -> std::collections::HashMap<String, usize> { keys.iter().cloned().zip(0..).collect() };
        let (month_places, value_places) = (places(&months), places(&values));
        let mut cells = vec![0; months.len() * values.len()];
        for model in self.slice_models() {
            let month = month_places[model.value(Facet::Month)];
            for value in self.table.values_of(model, self.split()) {
                cells[month * values.len() + value_places[value]] += self.weight(model);
            }
        }
        cells
    }

    pub fn sizes_by_year(&self) -> Vec<SizeByYear> {
        let slice = self.slice_models();
        let of_year = |year: &String| {
            let models = slice.iter().filter(|model| model.value(Facet::Year) == year);
            self.sizes_of(&models.copied().collect::<Vec<_>>())
        };
        self.table.catalogue(Facet::Year).iter().map(of_year).collect()
    }

    pub fn sizes(&self) -> SizeByYear {
        self.sizes_of(&self.slice_models())
    }

    fn sizes_of(&self, models: &[&Model]) -> SizeByYear {
        let known: Vec<(u64, u64)> = models
            .iter()
            .filter_map(|model| Some((model.parameters?, self.weight(model))))
            .collect();
        let unknown = models.iter().filter(|model| model.parameters.is_none());
        let alike: Vec<(u64, u64)> = known.iter().map(|(count, _)| (*count, 1)).collect();
        SizeByYear {
            models_known: known.len() as u64,
            models_unknown: unknown.clone().count() as u64,
            weight_known: known.iter().map(|(_, weight)| weight).sum(),
            weight_unknown: unknown.map(|model| self.weight(model)).sum(),
            mean: mean(&alike),
            mean_weighted: mean(&known),
            quantiles: QUANTILES.map(|share| quantile(&alike, share)),
            quantiles_weighted: QUANTILES.map(|share| quantile(&known, share)),
        }
    }

    /// The sum of the measure that the `rank` largest models of the slice hold together, for every rank from 1 on.
    pub fn held_by_largest(&self) -> Vec<u64> {
        let mut weights: Vec<u64> = self.slice_models().iter().map(|model| self.weight(model)).collect();
        weights.sort_unstable();
        let add = |held: &mut u64, weight: &u64| {
            *held += weight;
            Some(*held)
        };
        weights.iter().rev().scan(0, add).collect()
    }

    /// The Gini coefficient as half of the relative mean absolute difference.
    pub fn gini(&self) -> Option<f64> {
        let weights: Vec<u64> = self.slice_models().iter().map(|model| self.weight(model)).collect();
        let all: u128 = weights.iter().copied().map(u128::from).sum();
        if all == 0 {
            return None;
        }
        let differences = |one: &u64| -> u128 { weights.iter().map(|other| u128::from(one.abs_diff(*other))).sum() };
        let differences: u128 = weights.iter().map(differences).sum();
        Some(differences as f64 / (2.0 * weights.len() as f64 * all as f64))
    }

    /// Positions of the first rows in an order.
    pub fn first_rows(&self, sort: RowSort, limit: usize) -> Vec<usize> {
        let value = |row: &usize| -> Option<(u64, &str)> {
            let model = &self.models[*row];
            match sort.column {
                RowColumn::Downloads30d => Some((model.downloads_30d, "")),
                RowColumn::DownloadsAllTime => model.downloads_all_time.map(|count| (count, "")),
                RowColumn::Likes => model.likes.map(|count| (count, "")),
                RowColumn::Parameters => model.parameters.map(|count| (count, "")),
                RowColumn::DownloadsMade => self.downloads_made(model).map(|count| (count, "")),
                RowColumn::Month => Some(model.value(Facet::Month))
                    .filter(|month| *month != UNKNOWN)
                    .map(|month| (0, month)),
            }
        };
        let (mut known, unknown): (Vec<usize>, Vec<usize>) =
            self.slice().into_iter().partition(|row| value(row).is_some());
        // A stable sort keeps the snapshot's order of equal rows either way.
        known.sort_by(|a, b| match sort.descending {
            true => value(b).cmp(&value(a)),
            false => value(a).cmp(&value(b)),
        });
        known.extend(unknown);
        known.truncate(limit);
        known
    }

    /// How many clauses and values mean nothing in this snapshot.
    pub fn meaningless(&self) -> usize {
        let in_clause = |(facet, clause): (&Facet, &Clause)| match clause {
            _ if !self.table.has(*facet) => 1,
            Clause::SomeOf(keys) | Clause::NoneOf(keys) => {
                let known = self.table.catalogue(*facet);
                keys.iter().filter(|key| !known.contains(key)).count()
            }
            range => usize::from(!means_something(self.table, *facet, range)),
        };
        let clauses: usize = self.query.clauses.iter().map(in_clause).sum();
        let asked = self.query.measure == Measure::DownloadsMade || self.query.axis == TimeAxis::Made;
        clauses + usize::from(asked && !self.table.history.months.iter().any(|month| self.counts(month)))
    }
}

/// Mean of parameter counts with weights.
fn mean(weighted: &[(u64, u64)]) -> Option<f64> {
    let weight: u128 = weighted.iter().map(|(_, weight)| u128::from(*weight)).sum();
    let sum: u128 = weighted
        .iter()
        .map(|(count, weight)| u128::from(*count) * u128::from(*weight))
        .sum();
    (weight > 0).then(|| sum as f64 / weight as f64)
}

/// The smallest parameter count at which a share of the weight in per cent, rounded up, is reached.
fn quantile(weighted: &[(u64, u64)], share: u64) -> Option<u64> {
    let weight: u64 = weighted.iter().map(|(_, weight)| weight).sum();
    if weight == 0 {
        return None;
    }
    let mut ascending = weighted.to_vec();
    ascending.sort_unstable();
    let mut reached = 0;
    for (count, weight_here) in ascending {
        reached += weight_here;
        if reached > 0 && u128::from(reached) * 100 >= u128::from(weight) * u128::from(share) {
            return Some(count);
        }
    }
    None
}

/// Whether the points of a curve are those of these sums: the ranks readers ask for, and nothing wrong in between.
pub fn check_curve(found: &Concentration, held: &[u64], context: &str) {
    let last = held.len() as u64;
    let ranks: Vec<u64> = found.points.iter().map(|(rank, _)| *rank).collect();
    assert!(ranks.is_sorted_by(|a, b| a < b), "ranks ascend: {context}");
    assert!(ranks.len() <= 400, "at most a few hundred points: {context}");
    for rank in [1, 10, 50, 100, 200, 1000, last] {
        assert_eq!(
            ranks.contains(&rank),
            (1..=last).contains(&rank),
            "rank {rank}: {context}"
        );
    }
    for (rank, sum) in &found.points {
        assert_eq!(held[*rank as usize - 1], *sum, "sum at rank {rank}: {context}");
    }
}
