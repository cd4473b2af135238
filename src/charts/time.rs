//! A measure by the time models were published, or downloads by the time they were made, split by a facet.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Dataset, Facet, FacetValue, Measure, TimeAxis};

use super::axis::Axis;
use super::coverage::{self, Coverage};
use super::labels::spread;
use super::palette::{self, Colour, Ink};
use super::pen::{Frame, Lettering, Pen, Plot, Side};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, Mark, Press};
use crate::numbers;
use crate::state::counted::{self, Counted};
use crate::state::view::{Grain, TimeMode};

/// Values that get a colour of their own when there are too many for all.
const NAMED: usize = 6;

/// Widths from which values are named beside the drawing.
const WIDE: f64 = 560.0;

/// One column of the chart: a year or a month.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Period {
    pub(super) key: String,
    pub(super) label: String,
    /// The label under the axis, where it gets one.
    pub(super) short: Option<String>,
}

/// One value of the split, or the rest of them.
#[derive(Clone, Debug, PartialEq)]
struct Series {
    value: Option<FacetValue>,
    label: String,
    rank: usize,
    /// One sum for each period.
    sums: Vec<u64>,
}

impl Series {
    fn total(&self) -> u64 {
        self.sums.iter().sum()
    }
}

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
        for (month, place) in (first..).zip(&places) {
            for (value, sums) in sums.iter_mut().enumerate() {
                sums[*place] += cells(month, value);
            }
        }
        let undated = periods.first().is_some_and(|period| period.key == UNKNOWN);
        if undated && sums.iter().all(|sums| sums[0] == 0) {
            periods.remove(0);
            for sums in &mut sums {
                sums.remove(0);
            }
        }
        OverTime {
            measure: match axis {
                TimeAxis::Made => Counted::made(),
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
        }
    }

    fn column_total(&self, period: usize) -> u64 {
        self.series.iter().map(|series| series.sums[period]).sum()
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
            TimeMode::Stack => (0..self.periods.len()).map(|period| self.column_total(period)).max(),
            TimeMode::Lines => self.series.iter().flat_map(|series| series.sums.iter().copied()).max(),
        };
        Axis::from_zero(largest.unwrap_or(0) as f64, 5)
    }
}

/// The periods of a catalogue of months, and for each month the place of its period.
fn periods(months: &[FacetValue], grain: Grain, axis: TimeAxis) -> (Vec<Period>, Vec<usize>) {
    let key_of = |month: &FacetValue| match (grain, month.key.as_str()) {
        (_, UNKNOWN) => UNKNOWN.to_owned(),
        (Grain::Year, key) => month.parent.clone().unwrap_or_else(|| key.to_owned()),
        (Grain::Month, key) => key.to_owned(),
    };
    let mut keys: Vec<String> = Vec::new();
    for month in months {
        let key = key_of(month);
        if key != UNKNOWN && !keys.contains(&key) {
            keys.push(key);
        }
    }
    let sorted = crate::order::order(keys.len(), &|one, other| keys[one].cmp(&keys[other]));
    keys = crate::order::arranged(keys, &sorted);
    if let (Grain::Month, Some(first), Some(last)) = (grain, keys.first(), keys.last()) {
        keys = months_between(first, last).unwrap_or(keys);
    }
    if months.iter().any(|month| month.key == UNKNOWN) {
        // Before the oldest, so that it stands apart from the newest, where the eye goes.
        keys.insert(0, UNKNOWN.to_owned());
    }
    let place = |month: &FacetValue| {
        let key = key_of(month);
        keys.iter().position(|other| *other == key).unwrap_or(0)
    };
    let places = months.iter().map(place).collect();
    let label = |key: &String| months.iter().find(|month| grain == Grain::Month && month.key == *key);
    let mut periods: Vec<Period> = keys.iter().map(|key| period(key, label(key), grain)).collect();
    // A few months may hold no January to tell the year by.
    if grain == Grain::Month && periods.iter().take(4).all(|period| period.short.is_none()) {
        periods
            .iter_mut()
            .take(1)
            .for_each(|first| first.short = Some(first.label.clone()));
    }
    if (grain, axis) == (Grain::Year, TimeAxis::Made) {
        periods
            .iter_mut()
            .for_each(|period| coverage::tell_year(period, months));
    }
    (periods, places)
}

fn period(key: &str, month: Option<&FacetValue>, grain: Grain) -> Period {
    let named = |text: String| Period {
        key: key.to_owned(),
        label: text.clone(),
        short: Some(text),
    };
    if key == UNKNOWN {
        return named("Unknown".to_owned());
    }
    if grain == Grain::Year {
        let short = if key == "2022" { "≤ 2022" } else { key };
        let label = if key == "2022" { "2022 or before" } else { key };
        return Period {
            key: key.to_owned(),
            label: label.to_owned(),
            short: Some(short.to_owned()),
        };
    }
    let (year, number) = key.split_once('-').unwrap_or((key, ""));
    let label = month.map_or_else(|| counted::month(key), |month| month.label.clone());
    Period {
        key: key.to_owned(),
        label,
        short: (number == "01").then(|| year.to_owned()),
    }
}

/// More months than this are not drawn one by one, even those without models.
const MOST_MONTHS: usize = 1_200;

/// Every month from one to another, both included, as `YYYY-MM`; `None` where they cannot be told or are too many.
fn months_between(first: &str, last: &str) -> Option<Vec<String>> {
    let number = |key: &str| {
        let (year, month) = key.split_once('-')?;
        Some(year.parse::<usize>().ok()? * 12 + month.parse::<usize>().ok()?.checked_sub(1)?)
    };
    let (first, last) = (number(first)?, number(last)?);
    let months = (first..=last).map(|at| format!("{:04}-{:02}", at / 12, at % 12 + 1));
    (last.saturating_sub(first) < MOST_MONTHS).then(|| months.collect())
}

/// The values to show: all of a short or ordered facet, else the largest and the rest; `unknown` always last.
fn series(split: Facet, values: &[FacetValue], sums: Vec<Vec<u64>>) -> Vec<Series> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (value, sums) in values.iter().zip(sums) {
        let place = if value.key == UNKNOWN { &mut unknown } else { &mut known };
        place.push(Series {
            value: Some(value.clone()),
            label: value.label.clone(),
            rank: 0,
            sums,
        });
    }
    let whole = split.is_ordered() || known.len() <= NAMED + 1;
    if !whole {
        let sorted = crate::order::order(known.len(), &|one, other| known[other].total().cmp(&known[one].total()));
        known = crate::order::arranged(known, &sorted);
        let rest = known.split_off(NAMED);
        let periods = rest.first().map_or(0, |series| series.sums.len());
        let sums = (0..periods)
            .map(|at| rest.iter().map(|series| series.sums[at]).sum())
            .collect();
        known
            .iter_mut()
            .enumerate()
            .for_each(|(rank, series)| series.rank = rank);
        known.push(Series {
            value: None,
            label: format!("{} others", numbers::exact(rest.len() as u64)),
            rank: NAMED,
            sums,
        });
    } else {
        known
            .iter_mut()
            .enumerate()
            .for_each(|(rank, series)| series.rank = rank);
    }
    known.retain(|series| series.total() > 0);
    unknown.retain(|series| series.total() > 0);
    known.extend(unknown);
    known
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
        let split = self.split.label().to_ascii_lowercase();
        let what = if self.mode == TimeMode::Share {
            format!("Share of {}", self.measure.label())
        } else {
            self.measure.title()
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
                "Columns are when downloads were made, of models of any age. {years}{}",
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
            "Columns are when models were published; the counts are those {counted}. The newest {} ends on {}.",
            self.grain_word(),
            numbers::day(&self.taken_on)
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
            TimeAxis::Published => "models published",
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
        if self.mode == TimeMode::Share {
            columns.extend(
                self.series
                    .iter()
                    .map(|series| Column::numbers(format!("{}, share", series.label))),
            );
        }
        columns.extend(self.coverage.columns());
        let rows = self.periods.iter().enumerate().map(|(at, period)| {
            let whole = self.column_total(at);
            let mut row = vec![Cell::Words(period.label.clone())];
            row.extend(self.series.iter().map(|series| Cell::Count(series.sums[at])));
            row.push(Cell::Count(whole));
            if self.mode == TimeMode::Share {
                row.extend(self.series.iter().map(|series| Cell::Share(series.sums[at], whole)));
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
        let series = self.series.iter().filter(|_| !beside);
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
        let label = |value: f64| {
            if self.mode == TimeMode::Share {
                numbers::axis_percent(value)
            } else {
                numbers::short(value as u64)
            }
        };
        let left = axis
            .ticks(5)
            .iter()
            .map(|tick| pen.text_width(&label(*tick), false))
            .fold(0.0, f64::max)
            + 10.0;
        let names = self
            .series
            .iter()
            .map(|series| pen.text_width(&series.label, false))
            .fold(0.0, f64::max);
        let right = if pen.width < WIDE { 4.0 } else { names.min(150.0) + 20.0 };
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
        match self.mode {
            TimeMode::Lines => self.lines(&plot, pen.ink),
            TimeMode::Share | TimeMode::Stack => self.columns(&plot, pen.ink),
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

impl OverTime {
    /// The column of a period, in units of the axis.
    fn span(&self, period: usize) -> (f64, f64) {
        let margin = if self.periods.len() > 24 { 0.06 } else { 0.12 };
        (period as f64 + margin, (period + 1) as f64 - margin)
    }

    fn columns(&self, plot: &Plot<'_, '_>, ink: &Ink) {
        for period in 0..self.periods.len() {
            let whole = self.column_total(period);
            if whole == 0 {
                continue;
            }
            let scale = if self.mode == TimeMode::Share {
                1.0 / whole as f64
            } else {
                1.0
            };
            let mut below = 0u64;
            for series in &self.series {
                let above = below + series.sums[period];
                if above > below {
                    plot.bar(
                        self.span(period),
                        (below as f64 * scale, above as f64 * scale),
                        self.colour(series, ink),
                    );
                }
                below = above;
            }
        }
    }

    fn lines(&self, plot: &Plot<'_, '_>, ink: &Ink) {
        let first = self.first_dated();
        let middle = |period: usize| period as f64 + 0.5;
        let dots = self.periods.len() <= 24;
        for series in &self.series {
            let colour = self.colour(series, ink);
            let points: Vec<_> = (first..self.periods.len())
                .map(|period| (middle(period), series.sums[period] as f64))
                .collect();
            plot.line(points.clone(), colour, 2.0);
            let undated = (first == 1).then(|| (middle(0), series.sums[0] as f64));
            let dotted = if dots { points } else { Vec::new() };
            for point in undated.into_iter().chain(dotted) {
                plot.dot(point, 3.0, colour, false);
            }
        }
    }

    fn label_series(&self, pen: &Pen<'_>, plot: &Plot<'_, '_>) {
        let Some(last) = self.periods.len().checked_sub(1) else {
            return;
        };
        let whole = self.column_total(last).max(1) as f64;
        let scale = if self.mode == TimeMode::Share { 1.0 / whole } else { 1.0 };
        let mut below = 0u64;
        let mut wishes = Vec::new();
        for series in &self.series {
            let sum = series.sums[last];
            let level = match self.mode {
                TimeMode::Lines => sum as f64,
                TimeMode::Share | TimeMode::Stack => (below as f64 + sum as f64 / 2.0) * scale,
            };
            below += sum;
            wishes.push(plot.at(0.0, level).1);
        }
        let frame = plot.frame;
        let placed = spread(&wishes, 16.0, frame.top + 4.0, frame.bottom - 4.0);
        let end = plot
            .at(
                if self.mode == TimeMode::Lines {
                    last as f64 + 0.5
                } else {
                    self.span(last).1
                },
                0.0,
            )
            .0;
        for ((series, wish), y) in self.series.iter().zip(wishes).zip(placed) {
            let colour = self.colour(series, pen.ink);
            pen.line((end + 2.0, wish), (frame.right + 3.0, y), pen.ink.ghost, 1.0);
            pen.bar(
                Frame {
                    left: frame.right + 4.0,
                    top: y - 4.0,
                    right: frame.right + 12.0,
                    bottom: y + 4.0,
                },
                colour,
            );
            let room = pen.width - frame.right - 16.0;
            let look = Lettering {
                side: Side::Start,
                colour: pen.ink.ink,
                bold: false,
            };
            pen.text(frame.right + 16.0, y, &pen.fitted(&series.label, room), look);
        }
    }

    fn marks(&self, plot: &Plot<'_, '_>, ink: &Ink) -> Vec<Mark> {
        let facet = if self.grain == Grain::Year {
            Facet::Year
        } else {
            Facet::Month
        };
        let mark = |(at, period): (usize, &Period)| {
            let whole = self.column_total(at);
            let mut lines: Vec<_> = self
                .series
                .iter()
                .rev()
                .filter(|series| series.sums[at] > 0)
                .map(|series| {
                    let sum = series.sums[at];
                    let value = format!("{} · {}", numbers::short(sum), numbers::percent(sum, whole));
                    (Some(self.colour(series, ink)), series.label.clone(), value)
                })
                .collect();
            lines.push((None, format!("All {}", self.measure.label()), numbers::exact(whole)));
            lines.extend(self.coverage.lines(&period.key));
            let (left, right) = (plot.at(at as f64, 0.0).0, plot.at((at + 1) as f64, 0.0).0);
            Mark {
                target: Frame {
                    left,
                    right,
                    ..plot.frame
                },
                anchor: ((left + right) / 2.0, plot.frame.top + 8.0),
                title: format!("{} in {}", self.axis_title(), period.label),
                lines,
                press: Some(match self.axis {
                    TimeAxis::Made => Press::Made(self.coverage.months_of(&period.key)),
                    TimeAxis::Published => Press::Toggle(facet, period.key.clone()),
                }),
                stop: true,
            }
        };
        self.periods.iter().enumerate().map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::{MonthRange, Query};

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
        assert_eq!(shown.len(), NAMED + 2);
        assert_eq!(shown[0].label, "v11");
        assert_eq!(shown[NAMED].label, "6 others");
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
