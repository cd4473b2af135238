//! Median and mean parameter counts by the year models were published.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Dataset, Facet, Measure, SizeByYear};

use super::axis::Axis;
use super::labels::spread;
use super::palette::{self, Colour, Ink};
use super::pen::{Frame, Lettering, Pen, Plot, Side};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, Mark, Press};
use crate::numbers;

/// Typical sizes by year.
#[derive(Clone, Debug, PartialEq)]
pub struct Typical {
    measure: Measure,
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

impl Typical {
    /// The chart of an answer.
    pub fn new(answer: &Answer, dataset: &Dataset) -> Typical {
        let values = dataset
            .catalogue(Facet::Year)
            .map(|years| years.values.as_slice())
            .unwrap_or_default();
        let by_year = answer
            .statistics
            .as_ref()
            .map(|statistics| statistics.sizes_by_year.as_slice());
        let years = values.iter().zip(by_year.unwrap_or_default());
        let years = years.filter(|(value, year)| value.key != UNKNOWN || year.models_known + year.models_unknown > 0);
        Typical {
            measure: answer.query.measure,
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

    fn values(&self) -> impl Iterator<Item = f64> {
        self.years
            .iter()
            .flat_map(|(.., year)| LINES.map(|line| (line.of)(year)))
            .flatten()
            .filter(|value| *value > 0.0)
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
            "{use_of}Counted over the {} of {} models whose size is known.",
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
        format!(
            "{}. Of models published in {label}: {}.",
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
        columns.push(Column::numbers("Models of known size"));
        columns.push(Column::numbers("Models of unknown size"));
        let row = |(_, label, year): &(String, String, SizeByYear)| {
            let mut row = vec![Cell::Words(label.clone())];
            row.extend(
                self.lines()
                    .map(|line| (line.of)(year).map_or(Cell::Nothing, Cell::Number)),
            );
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
        300.0
    }

    fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark> {
        let axis = Axis::decades(
            self.values().fold(f64::INFINITY, f64::min).min(1e12),
            self.values().fold(1e6, f64::max),
        );
        let names = self
            .lines()
            .map(|line| pen.text_width(line.name, line.by_use))
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
        for line in self.lines() {
            let colour = colours[line.colour];
            let points: Vec<_> = self.points(line.of).collect();
            plot.line(points.clone(), colour, if line.by_use { 2.5 } else { 1.25 });
            points
                .iter()
                .for_each(|point| plot.dot(*point, 3.5, colour, !line.by_use));
            if let Some(end) = points.last() {
                ends.push((line, *end));
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
        self.name_lines(pen, &plot, &ends);
        self.marks(&plot, pen.ink)
    }
}

impl Typical {
    fn points(&self, of: fn(&SizeByYear) -> Option<f64>) -> impl Iterator<Item = (f64, f64)> {
        self.years.iter().enumerate().filter_map(move |(at, (key, _, year))| {
            let value = of(year).filter(|value| *value > 0.0 && key != UNKNOWN)?;
            Some((at as f64 + 0.5, value))
        })
    }

    fn name_lines(&self, pen: &Pen<'_>, plot: &Plot<'_, '_>, ends: &[(Line, (f64, f64))]) {
        let wishes: Vec<f64> = ends.iter().map(|(_, (x, y))| plot.at(*x, *y).1).collect();
        let placed = spread(&wishes, 16.0, plot.frame.top, plot.frame.bottom);
        for ((line, (x, _)), (wish, y)) in ends.iter().zip(wishes.iter().zip(placed)) {
            let (end, _) = plot.at(*x, 1.0);
            pen.line((end + 5.0, *wish), (plot.frame.right + 2.0, y), pen.ink.ghost, 1.0);
            pen.text(
                plot.frame.right + 6.0,
                y,
                line.name,
                Lettering {
                    side: Side::Start,
                    colour: pen.ink.ink,
                    bold: line.by_use,
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
        let downloads = Typical::new(&sample::answer(Query::default()), &sample::dataset());
        assert_eq!(downloads.sheet().columns.len(), 7);
        let models = Typical::new(
            &sample::answer(Query {
                measure: Measure::Models,
                ..Query::default()
            }),
            &sample::dataset(),
        );
        assert_eq!(models.sheet().columns.len(), 5);
        assert!(
            models
                .summary()
                .ends_with("Of models published in 2026: mean model 20.8B, median model 406M."),
            "{}",
            models.summary()
        );
    }

    #[test]
    fn an_empty_slice_says_so() {
        let mut answer = sample::answer(Query::default());
        let by_year = answer
            .statistics
            .as_mut()
            .map(|statistics| &mut statistics.sizes_by_year);
        by_year.unwrap().fill(SizeByYear::default());
        let chart = Typical::new(&answer, &sample::dataset());
        assert!(chart.is_empty());
        assert!(chart.summary().contains("no model of known size"));
    }
}
