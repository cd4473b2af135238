//! Median and mean parameter counts by the year models were published.

use atlas_protocol::answer::{QUANTILES, Quantiles};
use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Dataset, Facet, Measure, SizeByYear, Statistics};

use super::axis::Axis;
use super::labels::spread;
use super::palette::{self, Colour, Ink};
use super::pen::{Frame, Lettering, Pen, Plot, Side};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, HEIGHT, Mark, Press};
use crate::numbers;
use crate::state::counted::Counted;

/// Typical sizes by year.
#[derive(Clone, Debug, PartialEq)]
pub struct Typical {
    measure: Counted,
    /// Key, label and statistics of each year, ascending.
    years: Vec<(String, String, SizeByYear)>,
}

/// One of the four statistics.
#[derive(Clone, Copy)]
struct Line {
    name: &'static str,
    of: fn(&SizeByYear) -> Option<f64>,
    /// Index into [`palette::statistics`].
    colour: usize,
    by_use: bool,
}

const LINES: [Line; 4] = [
    Line {
        name: "Mean by use",
        of: |year| year.mean_weighted,
        colour: 1,
        by_use: true,
    },
    Line {
        name: "Median by use",
        of: |year| year.median_weighted().map(|median| median as f64),
        colour: 0,
        by_use: true,
    },
    Line {
        name: "Mean model",
        of: |year| year.mean,
        colour: 1,
        by_use: false,
    },
    Line {
        name: "Median model",
        of: |year| year.median().map(|median| median as f64),
        colour: 0,
        by_use: false,
    },
];

/// Indices of the [`QUANTILES`] that are no medians.
const BESIDE: [usize; 4] = [0, 1, 3, 4];

/// Quantiles of one kind, by name.
type Kind = (&'static str, fn(&SizeByYear) -> &Quantiles);

/// What lies between two quantiles.
struct Band {
    name: &'static str,
    /// Indices into [`QUANTILES`].
    ends: (usize, usize),
    /// Indices of the quantiles between which its name points.
    named: (usize, usize),
    /// How much of its colour is in it.
    strength: f64,
}

/// From the widest to the narrowest: each is drawn over the one before it.
const BANDS: [Band; 2] = [
    Band {
        name: "Middle 80%",
        ends: (0, 4),
        named: (3, 4),
        strength: 0.09,
    },
    Band {
        name: "Middle half",
        ends: (1, 3),
        named: (2, 3),
        strength: 0.14,
    },
];

impl Typical {
    /// The chart of an answer and its statistics.
    pub fn new(answer: &Answer, statistics: &Statistics, dataset: &Dataset) -> Typical {
        let values = dataset
            .catalogue(Facet::Year)
            .map(|years| years.values.as_slice())
            .unwrap_or_default();
        let years = values.iter().zip(&statistics.sizes_by_year);
        let years = years.filter(|(value, year)| value.key != UNKNOWN || year.models_known + year.models_unknown > 0);
        Typical {
            measure: Counted::of(&answer.query, dataset),
            years: years
                .map(|(value, year)| (value.key.clone(), value.label.clone(), *year))
                .collect(),
        }
    }

    /// By use and plain are the same where models are counted.
    fn lines(&self) -> impl Iterator<Item = Line> {
        let plain_only = self.measure == Measure::Models;
        LINES.into_iter().filter(move |line| !(plain_only && line.by_use))
    }

    /// Everything that is drawn.
    fn values(&self) -> impl Iterator<Item = f64> {
        let of_year = |(.., year): &(String, String, SizeByYear)| {
            let lines = self.lines().filter_map(|line| (line.of)(year));
            let quantiles = self.quantiles(year).iter().flatten().map(|size| *size as f64);
            lines.chain(quantiles).collect::<Vec<_>>()
        };
        self.years.iter().flat_map(of_year).filter(|value| *value > 0.0)
    }

    /// The quantiles of the bands: by use, where use is counted.
    fn quantiles<'a>(&self, year: &'a SizeByYear) -> &'a Quantiles {
        if self.measure == Measure::Models {
            &year.quantiles
        } else {
            &year.quantiles_weighted
        }
    }

    /// The quantiles of the table.
    fn percentiles(&self) -> &'static [Kind] {
        const KINDS: [Kind; 2] = [
            ("by use", |year| &year.quantiles_weighted),
            ("of models", |year| &year.quantiles),
        ];
        // By use and plain are the same where models are counted.
        if self.measure == Measure::Models {
            &KINDS[1..]
        } else {
            &KINDS
        }
    }

    /// What the bands hold so much of: `use` or `models`.
    fn banded(&self) -> &'static str {
        if self.measure == Measure::Models {
            "models"
        } else {
            "use"
        }
    }

    /// Both ends of a band in one year.
    fn ends(&self, band: &Band, year: &SizeByYear) -> Option<(u64, u64)> {
        let quantiles = self.quantiles(year);
        Some((quantiles[band.ends.0]?, quantiles[band.ends.1]?))
    }

    /// A band in words, such as `Middle half of use: 66M to 560M`.
    fn told(&self, band: &Band, year: &SizeByYear) -> Option<String> {
        let (low, high) = self.ends(band, year)?;
        let size = |size: u64| numbers::short_size(size as f64);
        Some(format!("{} to {}", size(low), size(high)))
    }
}

impl Chart for Typical {
    fn name(&self) -> &'static str {
        "typical-size"
    }

    fn title(&self) -> String {
        "Median and mean parameters by year published".to_owned()
    }

    fn note(&self) -> String {
        let known: u64 = self.years.iter().map(|(.., year)| year.models_known).sum();
        let unknown: u64 = self.years.iter().map(|(.., year)| year.models_unknown).sum();
        let use_of = if self.measure == Measure::Models {
            String::new()
        } else {
            format!("“By use” weighs each model by its {}. ", self.measure.label())
        };
        format!(
            "{use_of}Shaded: the middle half and the middle 80% of {}. Size is known for {} of {} models.",
            self.banded(),
            numbers::exact(known),
            numbers::exact(known + unknown)
        )
    }

    fn summary(&self) -> String {
        let newest = self
            .years
            .iter()
            .rev()
            .find(|(key, _, year)| key != UNKNOWN && year.median().is_some());
        let Some((_, label, year)) = newest else {
            return format!("{}: no model of known size is in the slice.", self.title());
        };
        let values: Vec<_> = self
            .lines()
            .filter_map(|line| {
                Some(format!(
                    "{} {}",
                    line.name.to_ascii_lowercase(),
                    numbers::short_size((line.of)(year)?)
                ))
            })
            .collect();
        let half = self.told(&BANDS[1], year).map_or_else(String::new, |range| {
            format!("; the middle half of {} {range}", self.banded())
        });
        format!(
            "{}. Of models published in {label}: {}{half}.",
            self.title(),
            values.join(", ")
        )
    }

    fn sheet(&self) -> Sheet {
        let mut columns = vec![Column::words("Published in year")];
        columns.extend(
            self.lines()
                .map(|line| Column::numbers(format!("{}, parameters", line.name))),
        );
        for (name, _) in self.percentiles() {
            columns.extend(BESIDE.map(|at| {
                let share = QUANTILES[at];
                Column::numbers(format!("{share}th percentile {name}, parameters"))
            }));
        }
        columns.push(Column::numbers("Models of known size"));
        columns.push(Column::numbers("Models of unknown size"));
        let row = |(_, label, year): &(String, String, SizeByYear)| {
            let mut row = vec![Cell::Words(label.clone())];
            row.extend(
                self.lines()
                    .map(|line| (line.of)(year).map_or(Cell::Nothing, Cell::Number)),
            );
            for (_, quantiles) in self.percentiles() {
                let cell = |at: usize| quantiles(year)[at].map_or(Cell::Nothing, Cell::Count);
                row.extend(BESIDE.map(cell));
            }
            row.push(Cell::Count(year.models_known));
            row.push(Cell::Count(year.models_unknown));
            row
        };
        Sheet {
            columns,
            rows: self.years.iter().map(row).collect(),
        }
    }

    fn legend(&self, _width: f64, _ink: &Ink) -> Vec<(Colour, String)> {
        Vec::new()
    }

    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    fn is_same(&self, other: &dyn Chart) -> bool {
        super::same(self, other)
    }

    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark> {
        let axis = Axis::decades(
            self.values().fold(f64::INFINITY, f64::min).min(1e12),
            self.values().fold(1e6, f64::max),
        );
        let names = self
            .lines()
            .map(|line| pen.text_width(line.name, line.by_use))
            .chain(BANDS.map(|band| pen.text_width(band.name, false)))
            .fold(0.0, f64::max);
        let frame = Frame {
            left: 44.0,
            top: 10.0,
            right: pen.width - names - 10.0,
            bottom: pen.height - 26.0,
        };
        let across = Axis::Linear {
            from: 0.0,
            to: self.years.len().max(1) as f64,
        };
        let plot = pen.plot(frame, across, axis);
        plot.grid(6, numbers::short_size);
        plot.floor();
        let colours = palette::statistics(pen.ink);
        let mut ends = Vec::new();
        for band in &BANDS {
            let name = (self.edge(band.named.0), self.edge(band.named.1));
            let (Some((x, low)), Some((_, high))) = (name.0.last(), name.1.last()) else {
                continue;
            };
            ends.push((band.name, false, (*x, (low * high).sqrt())));
            let mut shape = self.edge(band.ends.1);
            shape.extend(self.edge(band.ends.0).into_iter().rev());
            plot.area(shape, colours[0], band.strength);
        }
        for line in self.lines() {
            let colour = colours[line.colour];
            let points: Vec<_> = self.points(line.of).collect();
            plot.line(points.clone(), colour, if line.by_use { 2.5 } else { 1.25 });
            points
                .iter()
                .for_each(|point| plot.dot(*point, 3.5, colour, !line.by_use));
            if let Some(end) = points.last() {
                ends.push((line.name, line.by_use, *end));
            }
        }
        let short = |label: &String| {
            label
                .strip_suffix(" or before")
                .map_or_else(|| label.clone(), |year| format!("≤ {year}"))
        };
        plot.under(
            self.years
                .iter()
                .enumerate()
                .map(|(at, (_, label, _))| (at as f64 + 0.5, short(label))),
        );
        self.name_ends(pen, &plot, &ends);
        self.marks(&plot, pen.ink)
    }
}

impl Typical {
    /// A quantile of the bands, year by year. A year has all of them or none.
    fn edge(&self, quantile: usize) -> Vec<(f64, f64)> {
        let of = |year: &SizeByYear| self.quantiles(year)[quantile].map(|size| size as f64);
        self.points(of).collect()
    }

    fn points(&self, of: impl Fn(&SizeByYear) -> Option<f64>) -> impl Iterator<Item = (f64, f64)> {
        self.years.iter().enumerate().filter_map(move |(at, (key, _, year))| {
            let value = of(year).filter(|value| *value > 0.0 && key != UNKNOWN)?;
            Some((at as f64 + 0.5, value))
        })
    }

    /// Names lines and bands beside their ends.
    fn name_ends(&self, pen: &Pen<'_>, plot: &Plot<'_, '_>, ends: &[(&'static str, bool, (f64, f64))]) {
        let wishes: Vec<f64> = ends.iter().map(|(.., (x, y))| plot.at(*x, *y).1).collect();
        let placed = spread(&wishes, 16.0, plot.frame.top, plot.frame.bottom);
        for ((name, bold, (x, _)), (wish, y)) in ends.iter().zip(wishes.iter().zip(placed)) {
            let (end, _) = plot.at(*x, 1.0);
            pen.line((end + 5.0, *wish), (plot.frame.right + 2.0, y), pen.ink.ghost, 1.0);
            pen.text(
                plot.frame.right + 6.0,
                y,
                name,
                Lettering {
                    side: Side::Start,
                    colour: pen.ink.ink,
                    bold: *bold,
                },
            );
        }
    }

    fn marks(&self, plot: &Plot<'_, '_>, ink: &Ink) -> Vec<Mark> {
        let colours = palette::statistics(ink);
        let mark = |(at, (key, label, year)): (usize, &(String, String, SizeByYear))| {
            let mut lines: Vec<_> = self
                .lines()
                .map(|line| {
                    let value = (line.of)(year).map_or_else(|| "–".to_owned(), numbers::short_size);
                    (Some(colours[line.colour]), line.name.to_owned(), value)
                })
                .collect();
            for band in BANDS.iter().rev() {
                let range = self.told(band, year).unwrap_or_else(|| "–".to_owned());
                lines.push((None, format!("{} of {}", band.name, self.banded()), range));
            }
            let known = format!(
                "{} of {}",
                numbers::exact(year.models_known),
                numbers::exact(year.models_known + year.models_unknown)
            );
            lines.push((None, "Models of known size".to_owned(), known));
            let (left, right) = (plot.at(at as f64, 1.0).0, plot.at((at + 1) as f64, 1.0).0);
            Mark {
                target: Frame {
                    left,
                    right,
                    ..plot.frame
                },
                anchor: ((left + right) / 2.0, plot.frame.top + 8.0),
                title: format!("Published in {label}"),
                lines,
                press: Some(Press::Toggle(Facet::Year, key.clone())),
                stop: true,
            }
        };
        self.years.iter().enumerate().map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Query;

    use super::*;
    use crate::state::sample;

    #[test]
    fn weights_are_left_out_where_models_are_counted() {
        let chart = |measure| {
            let query = Query {
                measure,
                ..Query::default()
            };
            Typical::new(&sample::answer(query), &sample::statistics(), &sample::dataset())
        };
        let downloads = chart(Measure::Downloads30d);
        assert_eq!(downloads.sheet().columns.len(), 15);
        assert!(
            downloads.summary().ends_with("; the middle half of use 66M to 560M."),
            "{}",
            downloads.summary()
        );
        let models = chart(Measure::Models);
        assert_eq!(models.sheet().columns.len(), 9);
        let told =
            "Of models published in 2026: mean model 20.8B, median model 406M; the middle half of models 125M to 7B.";
        assert!(models.summary().ends_with(told), "{}", models.summary());
    }

    #[test]
    fn every_row_of_the_table_has_a_cell_for_every_column() {
        let chart = Typical::new(
            &sample::answer(Query::default()),
            &sample::statistics(),
            &sample::dataset(),
        );
        let sheet = chart.sheet();
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()));
        let at = |label: &str| sheet.columns.iter().position(|column| column.label == label).unwrap();
        let row = &sheet.rows[0];
        assert_eq!(row[at("25th percentile by use, parameters")], Cell::Count(66_000_000));
        assert_eq!(
            row[at("90th percentile of models, parameters")],
            Cell::Count(32_000_000_000)
        );
    }

    #[test]
    fn an_empty_slice_says_so() {
        let mut statistics = sample::statistics();
        statistics.sizes_by_year.fill(SizeByYear::default());
        let chart = Typical::new(&sample::answer(Query::default()), &statistics, &sample::dataset());
        assert!(chart.is_empty());
        assert!(chart.summary().contains("no model of known size"));
    }
}
