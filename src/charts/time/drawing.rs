//! Columns, lines, their names and what can be pointed at.

use atlas_protocol::{Facet, TimeAxis};

use super::OverTime;
use super::periods::Period;
use crate::charts::labels::spread;
use crate::charts::palette::Ink;
use crate::charts::pen::{Frame, Lettering, Pen, Plot, Side};
use crate::charts::{Mark, Press};
use crate::numbers;
use crate::state::view::{Grain, TimeMode};

impl OverTime {
    /// The column of a period, in units of the axis.
    pub(super) fn span(&self, period: usize) -> (f64, f64) {
        let margin = if self.periods.len() > 24 { 0.06 } else { 0.12 };
        (period as f64 + margin, (period + 1) as f64 - margin)
    }

    pub(super) fn columns(&self, plot: &Plot<'_, '_>, ink: &Ink) {
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

    pub(super) fn lines(&self, plot: &Plot<'_, '_>, ink: &Ink) {
        let first = self.first_dated();
        let middle = |period: usize| period as f64 + 0.5;
        let dots = self.periods.len() <= 24;
        for series in self.drawn() {
            let colour = self.colour(series, ink);
            let point = |period: usize| Some((middle(period), self.level(series, period)?));
            let points: Vec<_> = (first..self.periods.len()).filter_map(point).collect();
            plot.line(points.clone(), colour, 2.0);
            let undated = (first == 1).then(|| point(0)).flatten();
            let dotted = if dots { points } else { Vec::new() };
            for point in undated.into_iter().chain(dotted) {
                plot.dot(point, 3.0, colour, false);
            }
        }
    }

    pub(super) fn label_series(&self, pen: &Pen<'_>, plot: &Plot<'_, '_>) {
        let Some(last) = self.periods.len().checked_sub(1) else {
            return;
        };
        let whole = self.column_total(last).max(1) as f64;
        let scale = if self.mode == TimeMode::Share { 1.0 / whole } else { 1.0 };
        let mut below = 0u64;
        let mut wishes = Vec::new();
        for series in self.drawn() {
            let sum = series.sums[last];
            let level = match self.stacks() {
                false => self.level(series, last),
                true => Some((below as f64 + sum as f64 / 2.0) * scale),
            };
            below += sum;
            wishes.push(level.map_or(plot.frame.bottom, |level| plot.at(0.0, level).1));
        }
        let frame = plot.frame;
        let placed = spread(&wishes, 16.0, frame.top + 4.0, frame.bottom - 4.0);
        let end = plot
            .at(
                if self.stacks() {
                    self.span(last).1
                } else {
                    last as f64 + 0.5
                },
                0.0,
            )
            .0;
        for ((series, wish), y) in self.drawn().zip(wishes).zip(placed) {
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
            let rank = if self.mode == TimeMode::Rank {
                series.ranks[last]
            } else {
                0
            };
            let label = match rank {
                0 => series.label.clone(),
                rank => format!("{rank} {}", series.label),
            };
            pen.text(frame.right + 16.0, y, &pen.fitted(&label, room), look);
        }
    }

    pub(super) fn marks(&self, plot: &Plot<'_, '_>, ink: &Ink) -> Vec<Mark> {
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
                    let value = match (self.mode, series.ranks[at]) {
                        (TimeMode::Rank, 1..) => format!("rank {} · {}", series.ranks[at], numbers::short(sum)),
                        _ => format!("{} · {}", numbers::short(sum), numbers::percent(sum, whole)),
                    };
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
