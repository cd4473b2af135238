//! How the measure is distributed over parameter counts.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::size::bin_range;
use atlas_protocol::{Answer, Dataset, Facet, Measure, SizeByYear};

use super::axis::Axis;
use super::palette::{self, Colour, Ink};
use super::pen::{Frame, Lettering, Pen, Plot, Side};
use super::sheet::{Cell, Column, Sheet};
use super::{Chart, HEIGHT, Mark, Press};
use crate::numbers;
use crate::state::counted::Counted;

/// One bin of the distribution, or the models of unknown size.
#[derive(Clone, Debug, PartialEq)]
struct Bin {
    label: String,
    /// Half-open range of parameter counts; `None` for unknown.
    range: Option<(u64, u64)>,
    bucket: Option<String>,
    slice: u64,
    models: u64,
    all: u64,
}

/// The distribution of sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizes {
    measure: Counted,
    /// Bins from the first to the last that hold anything, ascending; unknown last.
    bins: Vec<Bin>,
    slice: u64,
    all: u64,
    statistics: Option<Typically>,
}

/// Median and mean of a slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Typically {
    /// Median and mean.
    pub sizes: SizeByYear,
    /// Whether they are those of the slice drawn; else of one before it, and so they are drawn pale and not told.
    pub current: bool,
}

/// Upper end that the last, open bin is drawn with.
const OPEN_END: u64 = 12_500_000_000_000;

impl Sizes {
    /// The chart of an answer, with the newest statistics there are.
    pub fn new(answer: &Answer, dataset: &Dataset, statistics: Option<Typically>) -> Sizes {
        let values = dataset
            .catalogue(Facet::Parameters)
            .map(|bins| bins.values.as_slice())
            .unwrap_or_default();
        let totals = answer.facet(Facet::Parameters);
        let bin = |(at, value): (usize, &atlas_protocol::FacetValue)| {
            let number = |pick: fn(&atlas_protocol::FacetTotals) -> &Vec<u64>| {
                totals.and_then(|totals| pick(totals).get(at).copied()).unwrap_or(0)
            };
            let selected = totals
                .and_then(|totals| totals.selected.get(at).copied())
                .unwrap_or(false);
            let kept = |sum: u64| if selected { sum } else { 0 };
            Bin {
                label: value.label.clone(),
                range: (value.key != UNKNOWN)
                    .then(|| bin_range(u8::try_from(at).unwrap_or(u8::MAX)))
                    .flatten(),
                bucket: value.parent.clone(),
                slice: kept(number(|totals| &totals.measure)),
                models: kept(number(|totals| &totals.models)),
                all: number(|totals| &totals.measure_unfiltered),
            }
        };
        let mut bins: Vec<Bin> = values.iter().enumerate().map(bin).collect();
        let unknown = bins.pop_if(|bin| bin.range.is_none());
        let held = |bin: &Bin| bin.all > 0;
        let first = bins.iter().position(held).unwrap_or(0);
        let last = bins.iter().rposition(held).map_or(0, |at| at + 1);
        bins = bins.get(first..last).map(<[Bin]>::to_vec).unwrap_or_default();
        bins.extend(unknown);
        Sizes {
            measure: Counted::of(&answer.query, dataset),
            slice: bins.iter().map(|bin| bin.slice).sum(),
            all: bins.iter().map(|bin| bin.all).sum(),
            statistics,
            bins,
        }
    }

    fn known(&self) -> impl Iterator<Item = (&Bin, f64, f64)> {
        self.bins.iter().filter_map(|bin| {
            let (from, below) = bin.range?;
            let (from, below) = if from == 0 {
                (below * 4 / 5, below)
            } else {
                (from, below.min(OPEN_END.max(from * 5 / 4)))
            };
            Some((bin, from as f64, below as f64))
        })
    }

    fn share(part: u64, whole: u64) -> f64 {
        if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
    }

    /// Whether there are statistics of the very slice that is drawn.
    fn is_told(&self) -> bool {
        self.statistics.as_ref().is_some_and(|statistics| statistics.current)
    }

    /// Name, value and colour of the lines across the distribution.
    fn lines(&self, ink: &Ink) -> Vec<(String, f64, Colour)> {
        let Some(Typically { sizes, current }) = &self.statistics else {
            return Vec::new();
        };
        let [median_colour, mean_colour] = if *current {
            palette::statistics(ink)
        } else {
            [ink.ghost, ink.ghost]
        };
        let mut lines = Vec::new();
        if self.measure != Measure::Models {
            lines.push((
                "median by use",
                sizes.median_weighted().map(|median| median as f64),
                median_colour,
            ));
            lines.push(("mean by use", sizes.mean_weighted, mean_colour));
        }
        lines.push((
            "median model",
            sizes.median().map(|median| median as f64),
            median_colour,
        ));
        lines.push(("mean model", sizes.mean, mean_colour));
        lines
            .into_iter()
            .filter_map(|(name, value, colour)| {
                let value = value.filter(|value| *value > 0.0)?;
                Some((format!("{name} {}", numbers::short_size(value)), value, colour))
            })
            .collect()
    }
}

impl Chart for Sizes {
    fn name(&self) -> &'static str {
        "sizes"
    }

    fn title(&self) -> String {
        format!("{} by number of parameters", self.measure.title())
    }

    fn note(&self) -> String {
        let known = self.bins.iter().filter(|bin| bin.range.is_some());
        let known = known.map(|bin| bin.slice).sum();
        format!(
            "Colour: share of the slice. Grey: share of everything. Logarithmic, ten bins to a decade. Size is known for {} of the slice’s {}.",
            numbers::percent(known, self.slice),
            self.measure.label()
        )
    }

    fn summary(&self) -> String {
        let lines = self.lines(&palette::LIGHT).into_iter().filter(|_| self.is_told());
        let lines: Vec<_> = lines.map(|(text, ..)| text).collect();
        let lines = if lines.is_empty() {
            String::new()
        } else {
            format!(" In parameters: {}.", lines.join(", "))
        };
        let largest = self
            .bins
            .iter()
            .filter(|bin| bin.range.is_some())
            .max_by_key(|bin| bin.slice);
        let peak = largest.filter(|bin| bin.slice > 0).map_or_else(
            || "No model of known size is in the slice".to_owned(),
            |bin| {
                format!(
                    "The fullest bin is {} with {}",
                    bin.label,
                    numbers::percent(bin.slice, self.slice)
                )
            },
        );
        format!("{}. {peak}.{lines}", self.title())
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::words("Parameters"),
            Column::numbers(format!("Slice, {}", self.measure.label())),
            Column::numbers("Share of slice"),
            Column::numbers("Models in slice"),
            Column::numbers(format!("All, {}", self.measure.label())),
        ];
        let row = |bin: &Bin| {
            vec![
                Cell::Words(bin.label.clone()),
                Cell::Count(bin.slice),
                Cell::Share(bin.slice, self.slice),
                Cell::Count(bin.models),
                Cell::Count(bin.all),
            ]
        };
        Sheet {
            columns,
            rows: self.bins.iter().map(row).collect(),
        }
    }

    fn legend(&self, _width: f64, _ink: &Ink) -> Vec<(Colour, String)> {
        Vec::new()
    }

    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn is_empty(&self) -> bool {
        self.slice == 0
    }

    fn is_same(&self, other: &dyn Chart) -> bool {
        super::same(self, other)
    }

    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark> {
        let largest = self
            .bins
            .iter()
            .flat_map(|bin| [Self::share(bin.slice, self.slice), Self::share(bin.all, self.all)])
            .fold(0.0, f64::max);
        let axis = Axis::from_zero(largest, 4);
        let lines = self.lines(pen.ink);
        // Each name stands right of its line, so a line further left, starting higher, crosses no name.
        let sorted = crate::order::order(lines.len(), &|one, other| lines[one].1.total_cmp(&lines[other].1));
        let lines = crate::order::arranged(lines, &sorted);
        // Room for all the lines there may be, so that the bars stay where they are when the lines come.
        let rows = if self.measure == Measure::Models { 2 } else { 4 };
        let top = 14.0 + f64::from(rows) * 16.0;
        let aside = 58.0;
        let frame = Frame {
            left: 44.0,
            top,
            right: pen.width - aside,
            bottom: pen.height - 26.0,
        };
        let low = self.known().map(|(_, from, _)| from).fold(f64::INFINITY, f64::min);
        let high = self.known().map(|(.., below)| below).fold(0.0, f64::max);
        let across = if low < high {
            Axis::Log { from: low, to: high }
        } else {
            Axis::decades(1e6, 1e12)
        };
        let plot = pen.plot(frame, across, axis);
        plot.grid(4, numbers::axis_percent);
        let mut marks: Vec<_> = self
            .known()
            .map(|(bin, from, below)| self.column(&plot, pen.ink, bin, from, below))
            .collect();
        plot.floor();
        let most = ((frame.right - frame.left) / 48.0) as usize;
        let labels = across.ticks(most).into_iter();
        let labels = labels.map(|tick| (tick, numbers::short_size(tick)));
        // The last one must not run into the name of what stands apart.
        let fits = |(tick, label): &(f64, String)| {
            plot.at(*tick, 0.0).0 + pen.text_width(label, false) / 2.0 <= frame.right + 2.0
        };
        plot.under(labels.filter(fits));
        if let Some(bin) = self.bins.iter().find(|bin| bin.range.is_none()) {
            let apart = Frame {
                left: pen.width - aside + 14.0,
                right: pen.width - 4.0,
                ..frame
            };
            let plot = pen.plot(apart, Axis::Linear { from: 0.0, to: 1.0 }, axis);
            marks.push(self.column(&plot, pen.ink, bin, 0.15, 0.85));
            plot.floor();
            let look = Lettering {
                side: Side::End,
                colour: pen.ink.muted,
                bold: false,
            };
            pen.text(pen.width - 1.0, frame.bottom + 14.0, "unknown", look);
        }
        self.draw_lines(pen, &plot, &lines);
        marks
    }
}

impl Sizes {
    fn column(&self, plot: &Plot<'_, '_>, ink: &Ink, bin: &Bin, from: f64, below: f64) -> Mark {
        let (slice, all) = (Self::share(bin.slice, self.slice), Self::share(bin.all, self.all));
        let colour = if bin.range.is_some() { ink.accent } else { ink.unknown };
        plot.ghost((from, below), all);
        if slice > 0.0 {
            plot.inset((from, below), slice, colour);
        }
        let (left, right) = (plot.at(from, 0.0).0, plot.at(below, 0.0).0);
        let title = if bin.range.is_some() {
            format!("{} parameters", bin.label)
        } else {
            "Unknown size".to_owned()
        };
        let mut lines = vec![
            (
                Some(colour),
                "Slice".to_owned(),
                format!(
                    "{} · {}",
                    numbers::short(bin.slice),
                    numbers::percent(bin.slice, self.slice)
                ),
            ),
            (
                Some(ink.ghost),
                "Everything".to_owned(),
                format!("{} · {}", numbers::short(bin.all), numbers::percent(bin.all, self.all)),
            ),
        ];
        if self.measure != Measure::Models {
            lines.push((None, "Models in the slice".to_owned(), numbers::exact(bin.models)));
        }
        Mark {
            target: Frame {
                left,
                right,
                ..plot.frame
            },
            anchor: ((left + right) / 2.0, plot.frame.top + 8.0),
            title,
            lines,
            press: Some(Press::Toggle(
                Facet::Size,
                bin.bucket.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            )),
            stop: true,
        }
    }

    /// Lines across the distribution, each named on a row of its own above the bars.
    fn draw_lines(&self, pen: &Pen<'_>, plot: &Plot<'_, '_>, lines: &[(String, f64, Colour)]) {
        let row = |at: usize| 10.0 + at as f64 * 16.0;
        let weighted = |text: &str| text.contains("by use");
        let current = self.is_told();
        for (at, (text, value, colour)) in lines.iter().enumerate() {
            let (x, _) = plot.at(*value, 0.0);
            pen.line(
                (x, row(at)),
                (x, plot.frame.bottom),
                *colour,
                if weighted(text) { 2.0 } else { 1.0 },
            );
        }
        for (at, (text, value, _)) in lines.iter().enumerate() {
            let (x, _) = plot.at(*value, 0.0);
            let fits = x + pen.text_width(text, weighted(text)) + 6.0 <= pen.width;
            let (side, shift) = if fits { (Side::Start, 5.0) } else { (Side::End, -5.0) };
            let look = Lettering {
                side,
                colour: if current { pen.ink.ink } else { pen.ink.muted },
                bold: weighted(text),
            };
            pen.text_on_paper(x + shift, row(at), text, look);
        }
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Query;

    use super::*;
    use crate::state::sample;

    fn typically(current: bool) -> Option<Typically> {
        let sizes = sample::statistics().sizes;
        Some(Typically { sizes, current })
    }

    #[test]
    fn statistics_of_another_slice_are_drawn_pale_and_not_told() {
        let chart = |current| {
            Sizes::new(
                &sample::answer(Query::default()),
                &sample::dataset(),
                typically(current),
            )
        };
        let (told, pale) = (chart(true), chart(false));
        assert!(told.summary().contains("median by use 110M"), "{}", told.summary());
        assert!(!pale.summary().contains("median"), "{}", pale.summary());
        let colours = |chart: &Sizes| {
            chart
                .lines(&palette::LIGHT)
                .iter()
                .map(|line| line.2)
                .collect::<Vec<_>>()
        };
        assert_eq!(colours(&pale), [palette::LIGHT.ghost; 4]);
        assert_ne!(colours(&told), colours(&pale));
    }

    #[test]
    fn bins_outside_the_clause_stay_as_ghosts() {
        let mut answer = sample::answer(Query::default());
        let totals = &mut answer.facets[Facet::Parameters.index()];
        totals.selected.fill(false);
        totals.selected[40] = true;
        totals.measure_unfiltered[..10].fill(0);
        let chart = Sizes::new(&answer, &sample::dataset(), None);
        assert_eq!(chart.bins.iter().filter(|bin| bin.slice > 0).count(), 1);
        assert_eq!(chart.slice, 4_100);
        assert_eq!(
            chart.bins.first().and_then(|bin| bin.range).map(|(from, _)| from),
            bin_range(10).map(|(from, _)| from)
        );
        assert_eq!(chart.bins.last().map(|bin| bin.range), Some(None));
    }

    #[test]
    fn the_words_say_how_much_is_known() {
        let chart = Sizes::new(&sample::answer(Query::default()), &sample::dataset(), typically(true));
        assert!(
            chart
                .note()
                .contains("known for 97.6% of the slice’s downloads in 30 days"),
            "{}",
            chart.note()
        );
        assert!(
            chart
                .summary()
                .contains("median by use 110M, mean by use 3.2B, median model 406M, mean model 20.8B")
        );
    }
}
