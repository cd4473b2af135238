//! The engine's reply to a question.

use serde::{Deserialize, Serialize};

use crate::facet::Facet;
use crate::query::{Measure, Query, Row, RowSort, TimeAxis};

/// Every measure added up over a set of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Number of models.
    pub models: u64,
    /// Downloads in 30 days.
    pub downloads_30d: u64,
    /// All-time downloads; 0 where the source lacks them.
    pub downloads_all_time: u64,
    /// Likes; 0 where the source lacks them.
    pub likes: u64,
    /// Downloads made in the months of the question; 0 unless its measure is [`Measure::DownloadsMade`].
    pub downloads_made: u64,
}

impl Sums {
    /// These and others together.
    pub const fn plus(&self, others: &Sums) -> Sums {
        Sums {
            models: self.models + others.models,
            downloads_30d: self.downloads_30d + others.downloads_30d,
            downloads_all_time: self.downloads_all_time + others.downloads_all_time,
            likes: self.likes + others.likes,
            downloads_made: self.downloads_made + others.downloads_made,
        }
    }

    /// These without others, all of which they hold.
    pub const fn minus(&self, others: &Sums) -> Sums {
        Sums {
            models: self.models - others.models,
            downloads_30d: self.downloads_30d - others.downloads_30d,
            downloads_all_time: self.downloads_all_time - others.downloads_all_time,
            likes: self.likes - others.likes,
            downloads_made: self.downloads_made - others.downloads_made,
        }
    }

    /// The sum of one measure.
    pub const fn of(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Downloads30d => self.downloads_30d,
            Measure::DownloadsAllTime => self.downloads_all_time,
            Measure::Models => self.models,
            Measure::Likes => self.likes,
            Measure::DownloadsMade => self.downloads_made,
        }
    }
}

/// The totals of one facet. All vectors have one entry for each value in the catalogue of the facet, in its order.
///
/// Where rows have sets of values, each counts in every value of its set: the entries can add up to more than there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetTotals {
    /// Sum of the query's measure over the models that satisfy the clauses of all *other* facets.
    pub measure: Vec<u64>,
    /// Number of those models.
    pub models: Vec<u64>,
    /// Sum of the query's measure over all loaded models, no clause applied.
    pub measure_unfiltered: Vec<u64>,
    /// Whether the facet's own clause admits the value; all true without a clause.
    pub selected: Vec<bool>,
    /// The measure of all those models, each counted once: what the entries of `measure` are parts of.
    pub whole: u64,
}

/// A measure by month and by a second facet, over the models that satisfy every clause.
///
/// On the axis [`TimeAxis::Published`] it is the query's measure by month published. On [`TimeAxis::Made`] it is the
/// downloads made in each month of the history, 0 in those that the query leaves out, whatever its measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSplit {
    /// What the months are of; published where the query asks for a history that the snapshot lacks.
    pub axis: TimeAxis,
    /// The second facet; region where the collection does not have the one that the query names.
    pub split: Facet,
    /// Number of values of the second facet: the row length of `cells`.
    pub values: usize,
    /// Month-major sums: entry `month * values + value`; months and values in the order of their catalogues, months in
    /// which downloads were made in that of [`crate::HistoryNote::months`].
    pub cells: Vec<u64>,
    /// The sum of each month. Where rows have sets of values, its cells can add up to more.
    pub totals: Vec<u64>,
}

/// The shares of the weight, in per cent, at which [`SizeByYear::quantiles`] are taken.
pub const QUANTILES: [u64; 5] = [10, 25, 50, 75, 90];

/// Parameter counts at each of the [`QUANTILES`]; `None` where there is no weight.
pub type Quantiles = [Option<u64>; QUANTILES.len()];

/// Parameter counts of the models published in one year (or in all of them) that satisfy every clause.
///
/// Models of unknown size count in no mean and no quantile; they are given so that the reader sees how many are missing.
/// "Weighted" means weighted by the query's measure; for the measure `models` both are the same.
/// A quantile is the smallest parameter count at which that share of the weight (rounded up to a whole number) is
/// reached, so it is always the size of a real model. Means and quantiles are `None` where their models together weigh
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SizeByYear {
    /// Models of known size.
    pub models_known: u64,
    /// Models of unknown size.
    pub models_unknown: u64,
    /// Measure of the models of known size.
    pub weight_known: u64,
    /// Measure of the models of unknown size.
    pub weight_unknown: u64,
    /// Arithmetic mean of the parameter counts.
    pub mean: Option<f64>,
    /// Mean weighted by measure.
    pub mean_weighted: Option<f64>,
    /// Quantiles of the parameter counts over models.
    pub quantiles: Quantiles,
    /// Quantiles weighted by measure.
    pub quantiles_weighted: Quantiles,
}

impl SizeByYear {
    /// Median of the parameter counts.
    pub const fn median(&self) -> Option<u64> {
        self.quantiles[2]
    }

    /// Median weighted by measure.
    pub const fn median_weighted(&self) -> Option<u64> {
        self.quantiles_weighted[2]
    }
}

/// How unequal the slice is: shares of the measure held by its largest models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    /// Points of the curve: number of largest models, and the sum of the measure they hold together; ascending, at
    /// most a few hundred, always with 1, 10, 50, 100, 200, 1,000 (as far as the slice reaches) and the whole slice.
    pub points: Vec<(u64, u64)>,
    /// Gini coefficient of the measure over the models of the slice, 0 (all equal) to just under 1; `None` when the
    /// slice is empty or holds nothing of the measure.
    pub gini: Option<f64>,
}

/// What a download of the slice would hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEstimate {
    /// Rows, exact.
    pub rows: u64,
    /// Bytes of JSON, estimated from rows spread evenly over the slice.
    pub bytes: u64,
    /// Bytes of them before the first row.
    pub head_bytes: u64,
}

impl ExportEstimate {
    /// Bytes of JSON with only so many of the rows, as far as they are like the others.
    pub fn of_rows(&self, rows: u64) -> u64 {
        let share = rows as f64 / self.rows.max(1) as f64;
        self.head_bytes + (self.bytes.saturating_sub(self.head_bytes) as f64 * share) as u64
    }
}

/// How much of the snapshot has been loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes of the analytic parts received.
    pub bytes_done: u64,
    /// Bytes of all analytic parts.
    pub bytes_total: u64,
    /// Models ready to be counted.
    pub rows_ready: u64,
    /// Models in the snapshot.
    pub rows_total: u64,
}

impl Progress {
    /// Whether every model of the snapshot is counted.
    pub const fn is_complete(&self) -> bool {
        self.rows_ready == self.rows_total
    }
}

/// The reply to a [`Query`], over the models loaded when it was computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question answered.
    pub query: Query,
    /// How much of the snapshot was loaded: an answer over a part says so.
    pub progress: Progress,
    /// Sums over all loaded models.
    pub unfiltered: Sums,
    /// Sums over the models that satisfy every clause.
    pub slice: Sums,
    /// Totals by facet, in the order of [`Facet::ALL`].
    pub facets: Vec<FacetTotals>,
    /// Measure over time.
    pub over_time: TimeSplit,
    /// Downloads made by the models that satisfy every clause, in each month of the history, also in those that the query
    /// leaves out; empty unless the query [is of history](Query::is_of_history) and the snapshot has one.
    pub made: Vec<u64>,
    /// Clauses or values that mean nothing in this snapshot, as sentences for the reader; they were ignored.
    pub notes: Vec<String>,
    /// Statistics of the same slice, where whoever holds the answer has them too; they travel apart
    /// (see [`crate::Event::Measured`]), so this is never sent.
    #[serde(skip)]
    pub statistics: Option<Box<Statistics>>,
    /// Microseconds the engine took, measured by its caller; 0 where no clock is at hand.
    pub engine_us: u64,
}

/// What takes a look at every model of the slice: it follows an answer, within a frame, instead of holding it up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Size statistics by year, one entry for each value of the year facet's catalogue.
    pub sizes_by_year: Vec<SizeByYear>,
    /// Size statistics of the whole slice.
    pub sizes: SizeByYear,
    /// Concentration of the slice.
    pub concentration: Concentration,
    /// What a download would hold.
    pub export: ExportEstimate,
    /// Microseconds the engine took, measured by its caller; 0 where no clock is at hand.
    pub engine_us: u64,
}

impl Answer {
    /// The totals of one facet.
    pub fn facet(&self, facet: Facet) -> Option<&FacetTotals> {
        self.facets.get(facet.index())
    }
}

/// What a search for a text in the ids of a slice has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The text.
    pub text: String,
    /// Sums over the models of the slice whose id holds it, as far as ids have been searched.
    pub sums: Sums,
    /// Ids searched so far, those of the models with most downloads first.
    pub ids_searched: u64,
    /// Ids in the snapshot.
    pub ids_total: u64,
}

impl Found {
    /// Whether every id has been searched.
    pub const fn is_complete(&self) -> bool {
        self.ids_searched == self.ids_total
    }
}

/// The first rows of a slice in a given order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsAnswer {
    /// The question whose slice is listed.
    pub query: Query,
    /// Order of the rows.
    pub sort: RowSort,
    /// Models in the slice.
    pub rows_in_slice: u64,
    /// What was searched for and found; `None` when all models of the slice are listed.
    pub found: Option<Found>,
    /// The first rows, as many as asked for.
    pub rows: Vec<Row>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_rows_weighs_its_share_and_the_head_is_written_all_the_same() {
        let estimate = ExportEstimate {
            rows: 1_000,
            bytes: 504_000,
            head_bytes: 4_000,
        };
        assert_eq!(
            [0, 10, 1_000].map(|rows| estimate.of_rows(rows)),
            [4_000, 9_000, 504_000]
        );
        assert_eq!(ExportEstimate::default().of_rows(5), 0);
    }
}
