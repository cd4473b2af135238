//! A measure by the time models were published, or downloads by the time they were made, split by a facet.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Dataset, Facet, FacetValue, Measure, TimeAxis};

use super::axis::Axis;
use super::coverage::{self, Coverage};
use super::palette::{self, Colour, Ink};
use super::pen::{Frame, Pen};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, Mark};
use crate::numbers;
use crate::state::counted::{self, Counted};
use crate::state::view::{Grain, TimeMode};
use periods::periods;
use series::{Series, series};

pub(super) use periods::Period;

mod drawing;
mod periods;
mod series;

/// Widths from which values are named beside the drawing.
const WIDE: f64 = 560.0;

/// Said where ranks are drawn.
const RANKS: &str = " 1 holds the most of all known values; logarithmic.";

/// Said where a row counts in several values.
const OVERLAPS: &str = " Each counts in every value it has: shares can add up to more than 100 %.";

/// Measure over time.
#[derive(Clone, Debug, PartialEq)]
pub struct OverTime {
    measure: Counted,
    axis: TimeAxis,
    split: Facet,
    grain: Grain,
    mode: TimeMode,
    taken_on: String,
    /// Ascending; models of unknown age come first, where there are any.
    periods: Vec<Period>,
    series: Vec<Series>,
    /// The sum of each period. Where a row has several values, those of the series add up to more.
    totals: Vec<u64>,
    overlaps: bool,
    /// What the months in which downloads were made are stated of; none for months published.
    coverage: Coverage,
}

impl OverTime {
    /// The chart of an answer.
    pub fn new(answer: &Answer, dataset: &Dataset, grain: Grain, mode: TimeMode) -> OverTime {
        let axis = answer.over_time.axis;
        let made = match axis {
            TimeAxis::Made => counted::months_in(&answer.query.made, dataset),
            TimeAxis::Published => &[],
        };
        let made_months = coverage::as_values(dataset);
        let months = match axis {
            TimeAxis::Made => made_months.as_slice(),
            TimeAxis::Published => dataset
                .catalogue(Facet::Month)
                .map(|months| months.values.as_slice())
                .unwrap_or_default(),
        };
        let values = dataset
            .catalogue(answer.over_time.split)
            .map(|split| split.values.as_slice())
            .unwrap_or_default();
        let cells = |month: usize, value: usize| {
            let at = month * answer.over_time.values + value;
            answer.over_time.cells.get(at).copied().unwrap_or(0)
        };
        // Months that the question leaves out are not drawn; those without models among the others are.
        let is_first = |month: &FacetValue| made.first().is_some_and(|made| made.month == month.key);
        let first = months.iter().position(is_first).unwrap_or(0);
        let drawn = match axis {
            TimeAxis::Made => &months[first..first + made.len()],
            TimeAxis::Published => months,
        };
        let (mut periods, places) = periods(drawn, grain, axis);
        let mut sums = vec![vec![0u64; periods.len()]; values.len()];
        let mut totals = vec![0; periods.len()];
        for (month, place) in (first..).zip(&places) {
            totals[*place] += answer.over_time.totals.get(month).copied().unwrap_or(0);
            for (value, sums) in sums.iter_mut().enumerate() {
                sums[*place] += cells(month, value);
            }
        }
        let undated = periods.first().is_some_and(|period| period.key == UNKNOWN);
        if undated && totals[0] == 0 {
            periods.remove(0);
            totals.remove(0);
            for sums in &mut sums {
                sums.remove(0);
            }
        }
        OverTime {
            measure: match axis {
                TimeAxis::Made => Counted::made(dataset.collection),
                TimeAxis::Published => Counted::of(&answer.query, dataset),
            },
            axis,
            split: answer.over_time.split,
            coverage: Coverage::new(made),
            grain,
            mode,
            taken_on: dataset.taken_on.clone(),
            series: series(answer.over_time.split, values, sums),
            periods,
            totals,
            overlaps: dataset.collection.has_sets_of(answer.over_time.split),
        }
    }

    fn column_total(&self, period: usize) -> u64 {
        self.totals[period]
    }

    /// Whether values stand on top of each other: not where a row counts in several.
    fn stacks(&self) -> bool {
        !self.overlaps && matches!(self.mode, TimeMode::Share | TimeMode::Stack)
    }

    /// Where a line of a series stands in a period. Ranks are drawn as parts of one, so that the first stands highest.
    fn level(&self, series: &Series, period: usize) -> Option<f64> {
        let sum = series.sums[period] as f64;
        match self.mode {
            TimeMode::Share => Some(sum / self.column_total(period).max(1) as f64),
            TimeMode::Rank => (series.ranks[period] > 0).then(|| 1.0 / series.ranks[period] as f64),
            TimeMode::Stack | TimeMode::Lines => Some(sum),
        }
    }

    /// What the periods are of, after their name.
    fn axis_words(&self) -> &'static str {
        match self.axis {
            TimeAxis::Made => "of download",
            TimeAxis::Published => "published",
        }
    }

    /// What the periods are of, at the beginning of a heading.
    fn axis_title(&self) -> &'static str {
        match self.axis {
            TimeAxis::Made => "Downloads made",
            TimeAxis::Published => "Published",
        }
    }

    fn grain_word(&self) -> &'static str {
        if self.grain == Grain::Year { "year" } else { "month" }
    }

    fn colour(&self, series: &Series, ink: &Ink) -> Colour {
        series
            .value
            .as_ref()
            .map_or(ink.rest, |value| palette::colour(self.split, value, series.rank, ink))
    }

    /// The first period with a date.
    fn first_dated(&self) -> usize {
        usize::from(self.periods.first().is_some_and(|period| period.key == UNKNOWN))
    }

    fn axis(&self) -> Axis {
        let largest = match self.mode {
            TimeMode::Share => return Axis::Linear { from: 0.0, to: 1.0 },
            TimeMode::Rank => {
                let ranks = self.series.iter().flat_map(|series| &series.ranks);
                let last = ranks.max().copied().unwrap_or(1) as f64;
                // Logarithmic: between the first and the second is as much as between the tenth and the twentieth.
                return Axis::Log {
                    from: 0.8 / last,
                    to: 1.2,
                };
            }
            _ if self.stacks() => self.totals.iter().copied().max(),
            _ => self.series.iter().flat_map(|series| series.sums.iter().copied()).max(),
        };
        Axis::from_zero(largest.unwrap_or(0) as f64, 5)
    }

    /// The series that are drawn: the others together have no rank.
    fn drawn(&self) -> impl Iterator<Item = &Series> {
        let ranked = |series: &&Series| self.mode != TimeMode::Rank || series.ranks.iter().any(|rank| *rank > 0);
        self.series.iter().filter(ranked)
    }
}

/// Height of the chart in CSS pixels at a width in CSS pixels.
pub fn height(width: f64) -> f64 {
    if width < WIDE { 260.0 } else { 320.0 }
}

impl Chart for OverTime {
    fn name(&self) -> &'static str {
        "over-time"
    }

    fn title(&self) -> String {
        let split = self.measure.facet(self.split).to_ascii_lowercase();
        let what = match self.mode {
            TimeMode::Share => format!("Share of {}", self.measure.label()),
            TimeMode::Rank => format!("Rank by {}", self.measure.label()),
            _ => self.measure.title(),
        };
        format!("{what} by {} {} and {split}", self.grain_word(), self.axis_words())
    }

    fn note(&self) -> String {
        if self.axis == TimeAxis::Made {
            let years: Vec<_> = self
                .periods
                .iter()
                .filter(|period| period.label.contains(','))
                .collect();
            let years: Vec<_> = years.iter().map(|period| period.label.as_str()).collect();
            let years = match years.join("; ") {
                years if years.is_empty() => years,
                years => format!("Years that are not whole: {years}. "),
            };
            return format!(
                "Columns are when downloads were made, of {} of any age. {years}{}",
                self.measure.many(),
                self.coverage.sentence()
            );
        }
        let counted = match self.measure.measure() {
            Measure::Downloads30d => "of the 30 days before the snapshot",
            Measure::DownloadsAllTime => "since publication",
            Measure::DownloadsMade => "made in the months named, as far as they are stated",
            Measure::Models | Measure::Likes => "at the time of the snapshot",
        };
        format!(
            "Columns are when {} were published; the counts are those {counted}. The newest {} ends on {}.{}{}",
            self.measure.many(),
            self.grain_word(),
            numbers::day(&self.taken_on),
            if self.mode == TimeMode::Rank { RANKS } else { "" },
            if self.overlaps { OVERLAPS } else { "" }
        )
    }

    fn summary(&self) -> String {
        let newest = self
            .periods
            .len()
            .checked_sub(1)
            .filter(|at| self.column_total(*at) > 0);
        let Some(at) = newest else {
            return format!("{}: the newest {} holds nothing.", self.title(), self.grain_word());
        };
        let total = self.column_total(at);
        let held = |series: usize| self.series[series].sums[at];
        let order = crate::order::order(self.series.len(), &|one, other| held(other).cmp(&held(one)));
        let shares: Vec<_> = order
            .into_iter()
            .take(3)
            .map(|largest| &self.series[largest])
            .filter(|series| series.sums[at] > 0)
            .map(|series| format!("{} {}", series.label, numbers::percent(series.sums[at], total)))
            .collect();
        let of = match self.axis {
            TimeAxis::Made => "downloads made",
            TimeAxis::Published => &format!("{} published", self.measure.many()),
        };
        format!(
            "{}. Of {of} in {}: {}.{}",
            self.title(),
            self.periods[at].label,
            shares.join(", "),
            self.coverage.spoken()
        )
    }

    fn sheet(&self) -> Sheet {
        let mut columns = vec![Column::words(format!("{} in {}", self.axis_title(), self.grain_word()))];
        columns.extend(self.series.iter().map(|series| Column::numbers(&series.label)));
        columns.push(Column::numbers(format!("All, {}", self.measure.label())));
        let more = match self.mode {
            TimeMode::Share => "share",
            TimeMode::Rank => "rank",
            _ => "",
        };
        if !more.is_empty() {
            let column = |series: &Series| Column::numbers(format!("{}, {more}", series.label));
            columns.extend(self.drawn().map(column));
        }
        columns.extend(self.coverage.columns());
        let rows = self.periods.iter().enumerate().map(|(at, period)| {
            let whole = self.column_total(at);
            let mut row = vec![Cell::Words(period.label.clone())];
            row.extend(self.series.iter().map(|series| Cell::Count(series.sums[at])));
            row.push(Cell::Count(whole));
            match self.mode {
                TimeMode::Share => row.extend(self.series.iter().map(|series| Cell::Share(series.sums[at], whole))),
                TimeMode::Rank => row.extend(self.drawn().map(|series| match series.ranks[at] {
                    0 => Cell::Words(String::new()),
                    rank => Cell::Count(rank),
                })),
                _ => {}
            }
            row.extend(self.coverage.cells(&period.key));
            row
        });
        Sheet {
            rows: rows.collect(),
            columns,
        }
    }

    fn legend(&self, width: f64, ink: &Ink) -> Vec<(Colour, String)> {
        let beside = width >= WIDE;
        let series = self.drawn().filter(|_| !beside);
        series
            .map(|series| (self.colour(series, ink), series.label.clone()))
            .collect()
    }

    fn height(&self, width: f64) -> f64 {
        height(width)
    }

    fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    fn is_same(&self, other: &dyn Chart) -> bool {
        super::same(self, other)
    }

    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark> {
        let axis = self.axis();
        let label = |value: f64| match self.mode {
            TimeMode::Share => numbers::axis_percent(value),
            TimeMode::Rank => numbers::short((1.0 / value).round() as u64),
            _ => numbers::short(value as u64),
        };
        let left = axis
            .ticks(5)
            .iter()
            .map(|tick| pen.text_width(&label(*tick), false))
            .fold(0.0, f64::max)
            + 10.0;
        let names = self
            .drawn()
            .map(|series| pen.text_width(&series.label, false))
            .fold(0.0, f64::max);
        let rank = if self.mode == TimeMode::Rank { 16.0 } else { 0.0 };
        let right = if pen.width < WIDE {
            4.0
        } else {
            names.min(150.0) + 20.0 + rank
        };
        let frame = Frame {
            left,
            top: 10.0,
            right: pen.width - right,
            bottom: pen.height - 26.0 - self.coverage.height(),
        };
        let across = Axis::Linear {
            from: 0.0,
            to: self.periods.len().max(1) as f64,
        };
        let plot = pen.plot(frame, across, axis);
        plot.grid(5, label);
        match self.stacks() {
            false => self.lines(&plot, pen.ink),
            true => self.columns(&plot, pen.ink),
        }
        plot.floor();
        let labels = self.periods.iter().enumerate();
        plot.under(labels.filter_map(|(at, period)| Some((at as f64 + 0.5, period.short.clone()?))));
        if pen.width >= WIDE {
            self.label_series(pen, &plot);
        }
        let place = |month: &str| {
            let at = self.periods.iter().position(|period| month.starts_with(&period.key))?;
            Some((at, self.grain == Grain::Year))
        };
        self.coverage.draw(pen, frame, across, place);
        self.marks(&plot, pen.ink)
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::{MonthRange, Query};

    use super::periods::months_between;
    use super::*;
    use crate::state::sample;

    fn chart(split: Facet, grain: Grain, mode: TimeMode) -> OverTime {
        let answer = sample::answer(Query {
            split,
            ..Query::default()
        });
        OverTime::new(&answer, &sample::dataset(), grain, mode)
    }

    #[test]
    fn years_add_up_their_months_and_unknown_stands_first() {
        let chart = chart(Facet::Region, Grain::Year, TimeMode::Share);
        let periods: Vec<_> = chart.periods.iter().map(|period| period.key.as_str()).collect();
        assert_eq!(periods, ["unknown", "2025", "2026"]);
        // Cells are 10, 20, ... month by month: Nov 2025, Jan 2026, unknown, with five regions each.
        assert_eq!(chart.series[0].sums, [110, 10, 60]);
        assert_eq!(chart.series.last().map(|series| series.label.as_str()), Some("Unknown"));
        assert_eq!(chart.column_total(1), 10 + 20 + 30 + 40 + 50);
    }

    #[test]
    fn months_without_models_keep_their_place() {
        let chart = chart(Facet::Region, Grain::Month, TimeMode::Stack);
        let periods: Vec<_> = chart.periods.iter().map(|period| period.label.as_str()).collect();
        assert_eq!(periods, ["Unknown", "Nov 2025", "Dec 2025", "Jan 2026"]);
        assert_eq!(chart.column_total(2), 0);
        let months = months_between("2025-11", "2026-02").unwrap();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01", "2026-02"]);
        assert_eq!(months_between("0001-01", "9999-12"), None);
        assert_eq!(months_between("soon", "later"), None);
    }

    #[test]
    fn of_many_values_the_largest_are_named_and_none_is_lost() {
        let values: Vec<_> = (0..12)
            .map(|at| FacetValue {
                key: format!("v{at}"),
                label: format!("v{at}"),
                parent: None,
            })
            .chain([FacetValue {
                key: UNKNOWN.to_owned(),
                label: "Unknown".to_owned(),
                parent: None,
            }])
            .collect();
        let sums: Vec<Vec<u64>> = (0..13).map(|at| vec![at as u64 + 1]).collect();
        let whole: u64 = sums.iter().flatten().sum();
        let shown = series(Facet::Organisation, &values, sums);
        assert_eq!(shown.len(), series::NAMED + 2);
        assert_eq!(shown[0].label, "v11");
        assert_eq!(shown[series::NAMED].label, "6 others");
        assert_eq!(shown.iter().map(Series::total).sum::<u64>(), whole);
    }

    fn made(grain: Grain, from: Option<&str>) -> OverTime {
        let answer = sample::answer(Query {
            axis: TimeAxis::Made,
            made: MonthRange {
                from: from.map(str::to_owned),
                to: None,
            },
            ..Query::default()
        });
        OverTime::new(&answer, &sample::dataset(), grain, TimeMode::Stack)
    }

    #[test]
    fn months_in_which_downloads_were_made_are_those_asked_for_with_what_was_read() {
        let chart = made(Grain::Month, Some("2025-12"));
        let periods: Vec<_> = chart.periods.iter().map(|period| period.label.as_str()).collect();
        assert_eq!(periods, ["Dec 2025", "Jan 2026"]);
        // Cells are 10, 20, ... month by month, five regions each: December begins at 60.
        assert_eq!(chart.series[0].sums, [60, 110]);
        let sheet = chart.sheet();
        assert_eq!(sheet.columns.first().unwrap().label, "Downloads made in month");
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()));
        assert_eq!(sheet.rows[0][sheet.columns.len() - 3..], [30, 500, 0].map(Cell::Count));
        assert_eq!(made(Grain::Month, Some("2030-01")).periods, []);
    }

    #[test]
    fn years_of_download_and_of_publication_are_never_named_alike() {
        let chart = made(Grain::Year, None);
        assert_eq!(chart.title(), "Downloads made by year of download and region");
        assert!(
            chart
                .note()
                .contains("Years that are not whole: 2025, 2 months; 2026, 1 month."),
            "{}",
            chart.note()
        );
        assert!(
            chart.summary().contains("Of downloads made in 2026, 1 month: "),
            "{}",
            chart.summary()
        );
        assert!(
            chart.summary().contains("65 accounts with 900 models in Jan 2026"),
            "{}",
            chart.summary()
        );
        let periods: Vec<_> = chart.periods.iter().map(|period| period.key.as_str()).collect();
        assert_eq!(periods, ["2025", "2026"]);
        assert_eq!(chart.column_total(1), 110 + 120 + 130 + 140 + 150);
    }

    #[test]
    fn ranks_are_places_among_all_values_and_the_unknown_has_none() {
        let chart = chart(Facet::Region, Grain::Year, TimeMode::Rank);
        // In every month each region holds more than the one before it.
        let ranks: Vec<_> = chart.drawn().map(|series| series.ranks.as_slice()).collect();
        assert_eq!(ranks, [[4; 3], [3; 3], [2; 3], [1; 3]]);
        assert_eq!(chart.axis(), Axis::Log { from: 0.2, to: 1.2 });
        assert_eq!(chart.level(&chart.series[0], 1), Some(0.25));
        assert_eq!(
            chart.title(),
            "Rank by downloads in 30 days by year published and region"
        );
        let sheet = chart.sheet();
        let last = sheet.columns.len() - 1;
        assert_eq!(sheet.columns[last], Column::numbers("Other regions, rank"));
        assert_eq!(sheet.rows[1][last], Cell::Count(1));
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()));
    }

    #[test]
    fn values_of_which_a_row_has_several_are_shares_of_the_whole_and_never_stacked() {
        let mut answer = sample::answer(Query {
            split: Facet::Task,
            ..Query::default()
        });
        let dataset = Dataset {
            collection: atlas_protocol::Collection::Datasets,
            ..sample::dataset()
        };
        answer.over_time.totals = vec![80, 200, 400];
        let chart = OverTime::new(&answer, &dataset, Grain::Year, TimeMode::Share);
        assert!(!chart.stacks());
        // In Nov 2025 the tasks hold 10, 20 and 30, none 40; together they are more than the 80 there are.
        assert_eq!(chart.level(&chart.series[2], 1), Some(30.0 / 80.0));
        assert_eq!(chart.sheet().rows[1][8], Cell::Share(30, 80));
        assert_eq!(chart.sheet().rows[1][5], Cell::Count(80));
        assert!(chart.note().contains("datasets were published"), "{}", chart.note());
        assert!(chart.note().contains("more than 100 %"), "{}", chart.note());
    }

    #[test]
    fn the_words_say_what_is_counted_and_when() {
        let chart = chart(Facet::Region, Grain::Year, TimeMode::Share);
        assert_eq!(
            chart.title(),
            "Share of downloads in 30 days by year published and region"
        );
        assert!(chart.note().contains("22 August 2026"));
        assert!(
            chart.summary().contains("Of models published in 2026: Unknown 25.0%"),
            "{}",
            chart.summary()
        );
        assert_eq!(chart.sheet().rows.len(), 3);
        assert!(
            chart
                .sheet()
                .rows
                .iter()
                .all(|row| row.len() == chart.sheet().columns.len())
        );
    }
}
