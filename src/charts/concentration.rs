//! How much of the measure the largest models hold.

use atlas_protocol::{Answer, Dataset, Measure, Statistics};

use super::axis::Axis;
use super::palette::{Colour, Ink};
use super::pen::{Frame, Lettering, Pen, Plot, Side};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, HEIGHT, Mark};
use crate::numbers;
use crate::state::counted::Counted;

/// Ranks at which arrow keys stop and the table has a row.
const STOPS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000];

/// The rank that is written out in the drawing.
const NAMED: u64 = 200;

/// The concentration of the slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentrated {
    measure: Counted,
    points: Vec<(u64, u64)>,
    gini: Option<f64>,
}

impl Concentrated {
    /// The chart of an answer and its statistics.
    pub fn new(answer: &Answer, statistics: &Statistics, dataset: &Dataset) -> Concentrated {
        Concentrated {
            measure: Counted::of(&answer.query, dataset),
            points: statistics.concentration.points.clone(),
            gini: statistics.concentration.gini,
        }
    }

    fn whole(&self) -> (u64, u64) {
        self.points.last().copied().unwrap_or_default()
    }

    /// What the largest `rank` models hold: the point at that rank, or the whole of a smaller slice.
    fn held_by(&self, rank: u64) -> Option<(u64, u64)> {
        self.points
            .iter()
            .find(|(at, _)| *at >= rank)
            .or(self.points.last())
            .copied()
    }

    fn gini_text(&self) -> String {
        self.gini.map_or_else(|| "–".to_owned(), numbers::thousandths)
    }

    fn stops(&self) -> impl Iterator<Item = (u64, u64)> {
        let whole = self.whole();
        self.points
            .iter()
            .copied()
            .filter(move |point| *point == whole || STOPS.contains(&point.0))
    }
}

impl Chart for Concentrated {
    fn name(&self) -> &'static str {
        "concentration"
    }

    fn title(&self) -> String {
        match self.measure.measure() {
            Measure::Models => {
                let many = self.measure.many();
                format!("{} held by the first {many}", self.measure.title())
            }
            _ => format!(
                "Share of {} held by the largest {}",
                self.measure.label(),
                self.measure.many()
            ),
        }
    }

    fn note(&self) -> String {
        if self.measure == Measure::Models {
            return "Each counts once, so nothing is concentrated; choose downloads or likes.".to_owned();
        }
        format!(
            "{} in order of their {}, largest first; logarithmic. Gini coefficient {}: 0 if all were equal, 1 if one held everything.",
            self.measure.many_title(),
            self.measure.label(),
            self.gini_text()
        )
    }

    fn summary(&self) -> String {
        let (models, all) = self.whole();
        let Some((rank, held)) = self.held_by(NAMED).filter(|_| all > 0) else {
            return format!("{}: the slice is empty.", self.title());
        };
        format!(
            "{}. The largest {} of {} hold {}; Gini coefficient {}.",
            self.title(),
            numbers::exact(rank),
            self.measure.number_of(models),
            numbers::percent(held, all),
            self.gini_text()
        )
    }

    fn sheet(&self) -> Sheet {
        let (_, all) = self.whole();
        let columns = vec![
            Column::numbers(format!("Largest {}", self.measure.many())),
            Column::numbers(format!("Hold together, {}", self.measure.label())),
            Column::numbers("Share of slice"),
        ];
        let row = |(rank, held): (u64, u64)| vec![Cell::Count(rank), Cell::Count(held), Cell::Share(held, all)];
        Sheet {
            columns,
            rows: self.stops().map(row).collect(),
        }
    }

    fn legend(&self, _width: f64, _ink: &Ink) -> Vec<(Colour, String)> {
        Vec::new()
    }

    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn is_empty(&self) -> bool {
        self.whole().1 == 0
    }

    fn is_same(&self, other: &dyn Chart) -> bool {
        super::same(self, other)
    }

    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark> {
        let (models, all) = self.whole();
        let frame = Frame {
            left: 44.0,
            top: 12.0,
            right: pen.width - 12.0,
            bottom: pen.height - 26.0,
        };
        let across = Axis::Log {
            from: 1.0,
            to: (models as f64).max(10.0),
        };
        let plot = pen.plot(frame, across, Axis::Linear { from: 0.0, to: 1.0 });
        plot.grid(5, numbers::axis_percent);
        let share = |held: u64| if all == 0 { 0.0 } else { held as f64 / all as f64 };
        let curve: Vec<_> = self
            .points
            .iter()
            .map(|(rank, held)| (*rank as f64, share(*held)))
            .collect();
        if let (Some(first), Some(last)) = (curve.first(), curve.last()) {
            let mut shape = vec![(first.0, 0.0)];
            shape.extend(&curve);
            shape.push((last.0, 0.0));
            plot.area(shape, pen.ink.accent, 0.18);
        }
        plot.line(curve, pen.ink.accent, 2.0);
        plot.floor();
        let most = ((frame.right - frame.left) / 56.0) as usize;
        plot.under(
            across
                .ticks(most)
                .into_iter()
                .map(|tick| (tick, numbers::short(tick as u64))),
        );
        if let Some((rank, held)) = self.held_by(NAMED).filter(|_| all > 0) {
            self.name_point(pen, &plot, rank, held, all);
        }
        self.marks(&plot, all)
    }
}

impl Concentrated {
    fn name_point(&self, pen: &Pen<'_>, plot: &Plot<'_, '_>, rank: u64, held: u64, all: u64) {
        let level = held as f64 / all as f64;
        plot.dot((rank as f64, level), 4.0, pen.ink.accent, false);
        let (x, y) = plot.at(rank as f64, level);
        let text = format!("top {}: {}", numbers::exact(rank), numbers::percent(held, all));
        let width = pen.text_width(&text, true);
        // Below the curve on its right there is always room, but at its very end: there, below all of it on the left. The
        // curve of models counted once bends the other way, so the room is above it.
        let (side, shift, y) = if self.measure == Measure::Models {
            (Side::End, -10.0, y - 14.0)
        } else if x + width + 14.0 < plot.frame.right {
            (Side::Start, 10.0, y + 18.0)
        } else {
            let before = |point: &&(u64, u64)| plot.at(point.0 as f64, 0.0).0 <= x - width - 10.0;
            let lowest = self
                .points
                .iter()
                .rfind(before)
                .map_or(0.0, |point| point.1 as f64 / all as f64);
            (Side::End, -10.0, plot.at(1.0, lowest).1 + 14.0)
        };
        let y = y.min(plot.frame.bottom - 10.0);
        pen.text(
            x + shift,
            y,
            &text,
            Lettering {
                side,
                colour: pen.ink.ink,
                bold: true,
            },
        );
    }

    fn marks(&self, plot: &Plot<'_, '_>, all: u64) -> Vec<Mark> {
        let middle = |at: usize, other: usize| {
            let rank = |at: usize| self.points.get(at).map_or(1.0, |point| point.0 as f64);
            plot.at((rank(at) * rank(other)).sqrt(), 0.0).0
        };
        let mark = |(at, (rank, held)): (usize, &(u64, u64))| {
            let x = plot.at(*rank as f64, 0.0).0;
            let left = if at == 0 { plot.frame.left } else { middle(at - 1, at) };
            let right = if at + 1 == self.points.len() {
                plot.frame.right
            } else {
                middle(at, at + 1)
            };
            let level = if all == 0 { 0.0 } else { *held as f64 / all as f64 };
            Mark {
                target: Frame {
                    left,
                    right,
                    ..plot.frame
                },
                anchor: (x, plot.at(1.0, level).1),
                title: format!("Largest {}", self.measure.number_of(*rank)),
                lines: vec![
                    (None, "Share of the slice".to_owned(), numbers::percent(*held, all)),
                    (None, self.measure.label().to_owned(), numbers::exact(*held)),
                ],
                press: None,
                stop: STOPS.contains(rank) || at + 1 == self.points.len(),
            }
        };
        self.points.iter().enumerate().map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Query;

    use super::*;
    use crate::state::sample;

    #[test]
    fn a_slice_smaller_than_the_named_rank_names_its_whole() {
        let chart = Concentrated::new(
            &sample::answer(Query::default()),
            &sample::statistics(),
            &sample::dataset(),
        );
        assert_eq!(chart.held_by(10), Some((10, 1_400)));
        assert_eq!(chart.held_by(NAMED), Some((15, 1_500)));
        assert!(
            chart
                .summary()
                .contains("The largest 15 of 15 models hold 100%; Gini coefficient 0.750."),
            "{}",
            chart.summary()
        );
        assert_eq!(chart.sheet().rows.len(), 3);
    }

    #[test]
    fn an_empty_slice_says_so() {
        let chart = Concentrated::new(
            &sample::answer(Query::default()),
            &Statistics::default(),
            &sample::dataset(),
        );
        assert!(chart.is_empty());
        assert!(chart.summary().ends_with("the slice is empty."));
    }
}
