//! The organisations that hold most of the slice, and what the slice would be without each.

use std::cmp::Reverse;

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Dataset, Facet};

use super::axis::Axis;
use super::palette::{Colour, Ink};
use super::pen::{Frame, Lettering, Pen, Side};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, HEIGHT, Mark, Press};
use crate::numbers;
use crate::state::counted::Counted;

/// Organisations drawn; the table has more.
const DRAWN: usize = 10;

/// Organisations in the table.
const LISTED: usize = 100;

/// Height of one organisation: all of them and `unknown`, a little apart, fill the chart.
const ROW: f64 = (HEIGHT - 14.0) / (DRAWN + 1) as f64;

/// One organisation.
#[derive(Clone, Debug, PartialEq)]
struct Leader {
    key: String,
    label: String,
    held: u64,
    models: u64,
}

/// Leading organisations.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaders {
    measure: Counted,
    slice: u64,
    all: u64,
    /// Largest first; `unknown` last, wherever it would stand.
    leaders: Vec<Leader>,
}

impl Leaders {
    /// The chart of an answer.
    pub fn new(answer: &Answer, dataset: &Dataset) -> Leaders {
        let measure = answer.query.measure;
        let values = dataset
            .catalogue(Facet::Organisation)
            .map(|values| values.values.as_slice())
            .unwrap_or_default();
        let mut leaders: Vec<Leader> = Vec::new();
        if let Some(totals) = answer.facet(Facet::Organisation) {
            let numbers = totals.measure.iter().zip(&totals.models).zip(&totals.selected);
            for (value, ((held, models), selected)) in values.iter().zip(numbers) {
                if *selected && *held > 0 {
                    leaders.push(Leader {
                        key: value.key.clone(),
                        label: value.label.clone(),
                        held: *held,
                        models: *models,
                    });
                }
            }
        }
        let rank = |at: usize| (leaders[at].key == UNKNOWN, Reverse(leaders[at].held));
        let sorted = crate::order::order(leaders.len(), &|one, other| rank(one).cmp(&rank(other)));
        leaders = crate::order::arranged(leaders, &sorted);
        let unknown = leaders.pop_if(|leader| leader.key == UNKNOWN);
        leaders.truncate(LISTED);
        leaders.extend(unknown);
        Leaders {
            measure: Counted::of(&answer.query, dataset),
            slice: answer.slice.of(measure),
            all: answer.unfiltered.of(measure),
            leaders,
        }
    }

    /// The first organisations, and `unknown` where there is any.
    fn drawn(&self) -> Vec<&Leader> {
        let unknown = self.leaders.last().filter(|leader| leader.key == UNKNOWN);
        let known = self.leaders.iter().filter(|leader| leader.key != UNKNOWN);
        known.take(DRAWN).chain(unknown).collect()
    }

    fn without(&self, leader: &Leader) -> u64 {
        self.slice.saturating_sub(leader.held)
    }

    fn without_text(&self, leader: &Leader) -> String {
        format!(
            "{} → {}",
            numbers::percent(self.slice, self.all),
            numbers::percent(self.without(leader), self.all)
        )
    }
}

impl Chart for Leaders {
    fn name(&self) -> &'static str {
        "leaders"
    }

    fn title(&self) -> String {
        format!("{} by organisation, and the slice without each", self.measure.title())
    }

    fn note(&self) -> String {
        "On the right: the slice’s share of everything, with and without the organisation. Press a bar to leave it out."
            .to_owned()
    }

    fn summary(&self) -> String {
        let Some(first) = self.leaders.first() else {
            return format!("{}: the slice is empty.", self.title());
        };
        format!(
            "{}. {} holds {} of the slice; without it the slice would fall from {} to {} of everything.",
            self.title(),
            first.label,
            numbers::percent(first.held, self.slice),
            numbers::percent(self.slice, self.all),
            numbers::percent(self.without(first), self.all)
        )
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::words("Organisation"),
            Column::numbers(self.measure.title()),
            Column::numbers("Share of slice"),
            Column::numbers(self.measure.many_title()),
            Column::numbers("Slice without it"),
            Column::numbers("Share of everything without it"),
        ];
        let row = |leader: &Leader| {
            vec![
                Cell::Words(leader.label.clone()),
                Cell::Count(leader.held),
                Cell::Share(leader.held, self.slice),
                Cell::Count(leader.models),
                Cell::Count(self.without(leader)),
                Cell::Share(self.without(leader), self.all),
            ]
        };
        Sheet {
            columns,
            rows: self.leaders.iter().map(row).collect(),
        }
    }

    fn legend(&self, _width: f64, _ink: &Ink) -> Vec<(Colour, String)> {
        Vec::new()
    }

    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn is_empty(&self) -> bool {
        self.leaders.is_empty()
    }

    fn is_same(&self, other: &dyn Chart) -> bool {
        super::same(self, other)
    }

    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark> {
        let drawn = self.drawn();
        let widest = drawn
            .iter()
            .map(|leader| pen.text_width(&leader.label, false))
            .fold(0.0, f64::max);
        let names = widest.min(pen.width * 0.32) + 8.0;
        let aside = drawn
            .iter()
            .map(|leader| pen.text_width(&self.without_text(leader), false))
            .fold(0.0, f64::max)
            + 8.0;
        let largest = drawn.iter().map(|leader| leader.held).max().unwrap_or(1);
        let values = 52.0;
        let frame = Frame {
            left: names,
            top: 0.0,
            right: (pen.width - aside - values).max(names + 20.0),
            bottom: pen.height,
        };
        let plot = pen.plot(
            frame,
            Axis::Linear {
                from: 0.0,
                to: largest as f64,
            },
            Axis::Linear { from: 0.0, to: 1.0 },
        );
        let mark = |(at, leader): (usize, &&Leader)| {
            let apart = if leader.key == UNKNOWN { 8.0 } else { 0.0 };
            let top = at as f64 * ROW + apart;
            let middle = top + ROW / 2.0;
            let end = plot.at(leader.held as f64, 0.0).0;
            let colour = if leader.key == UNKNOWN {
                pen.ink.unknown
            } else {
                pen.ink.accent
            };
            let look = |side, colour| Lettering {
                side,
                colour,
                bold: false,
            };
            pen.text(
                names - 8.0,
                middle,
                &pen.fitted(&leader.label, names - 8.0),
                look(Side::End, pen.ink.ink),
            );
            pen.bar(
                Frame {
                    left: names,
                    top: top + 5.0,
                    right: end.max(names + 1.0),
                    bottom: top + ROW - 5.0,
                },
                colour,
            );
            pen.text(
                end + 5.0,
                middle,
                &numbers::short(leader.held),
                look(Side::Start, pen.ink.ink),
            );
            pen.text(
                pen.width - 2.0,
                middle,
                &self.without_text(leader),
                look(Side::End, pen.ink.muted),
            );
            Mark {
                target: Frame {
                    left: 0.0,
                    top,
                    right: pen.width,
                    bottom: top + ROW,
                },
                anchor: (end.max(names), middle),
                title: leader.label.clone(),
                lines: vec![
                    (
                        Some(colour),
                        self.measure.label().to_owned(),
                        numbers::exact(leader.held),
                    ),
                    (
                        None,
                        "Share of the slice".to_owned(),
                        numbers::percent(leader.held, self.slice),
                    ),
                    (
                        None,
                        self.measure.many_title().to_owned(),
                        numbers::exact(leader.models),
                    ),
                    (
                        None,
                        "Slice without it".to_owned(),
                        numbers::exact(self.without(leader)),
                    ),
                    (None, "Share of everything".to_owned(), self.without_text(leader)),
                ],
                press: Some(Press::Without(Facet::Organisation, leader.key.clone())),
                stop: true,
            }
        };
        drawn.iter().enumerate().map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Query;

    use super::*;
    use crate::state::sample;

    #[test]
    fn leaders_come_largest_first_and_unknown_last() {
        let chart = Leaders::new(&sample::answer(Query::default()), &sample::dataset());
        let order: Vec<_> = chart.leaders.iter().map(|leader| leader.key.as_str()).collect();
        assert_eq!(order, ["three", "two", "one", "unknown"]);
        assert_eq!(chart.without(&chart.leaders[0]), 1_200);
        assert!(
            chart
                .summary()
                .contains("three holds 20.0% of the slice; without it the slice would fall from 50.0% to 40.0%"),
            "{}",
            chart.summary()
        );
    }

    #[test]
    fn organisations_outside_the_clause_are_no_leaders() {
        let mut answer = sample::answer(Query::default());
        answer.facets[Facet::Organisation.index()].selected = vec![true, false, false, false];
        let chart = Leaders::new(&answer, &sample::dataset());
        assert_eq!(chart.leaders.len(), 1);
        assert_eq!(chart.leaders[0].key, "one");
    }
}
