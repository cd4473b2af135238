//! How much was looked at in each month in which downloads were made, so that a growing panel is not read as growth.

use atlas_protocol::{Dataset, FacetValue, MonthCoverage, MonthRange};

use super::axis::Axis;
use super::palette::Colour;
use super::pen::{Frame, Lettering, Pen, Side};
use super::sheet::{Cell, Column};
use super::time::Period;
use crate::numbers;
use crate::state::counted::month;

/// Room below the labels of the periods, in CSS pixels: two rows of words and bars.
const HEIGHT: f64 = 70.0;

/// Height of the bars of a row, in CSS pixels.
const BARS: f64 = 14.0;

/// The months drawn, with what is stated of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage(Vec<MonthCoverage>);

/// The months of the history, as the values of a facet.
pub fn as_values(dataset: &Dataset) -> Vec<FacetValue> {
    let value = |stated: &MonthCoverage| FacetValue {
        key: stated.month.clone(),
        label: month(&stated.month),
        parent: stated.month.get(..4).map(str::to_owned),
    };
    let months = dataset.history.iter().flat_map(|history| &history.months);
    months.map(value).collect()
}

/// Names a year, and says how many of its months are stated where those are not all.
pub(super) fn tell_year(year: &mut Period, months: &[FacetValue]) {
    let stated = months.iter().filter(|month| month.parent.as_ref() == Some(&year.key));
    let stated = stated.count() as u64;
    year.label.clone_from(&year.key);
    year.short = Some(year.key.clone());
    if stated < 12 {
        year.label += &format!(", {}", numbers::counted(stated, "month", "months"));
    }
}

/// What of a month is told: a name, and its number.
type Row = (&'static str, fn(&MonthCoverage) -> u64);

const ROWS: [Row; 3] = [
    ("Accounts read", |month| month.accounts),
    ("Models read", |month| month.models),
    ("Models read that the snapshot lacks", |month| month.models_outside),
];

/// How many of them are drawn.
const DRAWN: usize = 2;

impl Coverage {
    /// That of some months.
    pub fn new(months: &[MonthCoverage]) -> Coverage {
        Coverage(months.to_vec())
    }

    /// The room it takes below a drawing, in CSS pixels.
    pub fn height(&self) -> f64 {
        if self.0.is_empty() { 0.0 } else { HEIGHT }
    }

    /// The months of a period whose key is a month or a year.
    pub fn months_of(&self, period: &str) -> MonthRange {
        let mut months = self.of(period).map(|stated| stated.month.clone());
        let from = months.next();
        MonthRange {
            to: months.last().or_else(|| from.clone()),
            from,
        }
    }

    fn of(&self, period: &str) -> impl Iterator<Item = &MonthCoverage> {
        self.0.iter().filter(move |stated| stated.month.starts_with(period))
    }

    /// What of its months the one with most has.
    fn most(&self, period: &str, number: fn(&MonthCoverage) -> u64) -> u64 {
        self.of(period).map(number).max().unwrap_or(0)
    }

    /// In words.
    pub fn sentence(&self) -> String {
        let Some((first, last)) = self.0.first().zip(self.0.last()) else {
            return String::new();
        };
        let seen = |stated: &MonthCoverage| {
            let accounts = numbers::counted(stated.accounts, "account", "accounts");
            format!(
                "{accounts} with {} in {}",
                numbers::counted(stated.models, "model", "models"),
                month(&stated.month)
            )
        };
        let mut told = format!(
            "They are estimates for what was read: {}, {}. A total that grows may only say that more was read",
            seen(first),
            seen(last)
        );
        let outside = self.0.iter().map(|stated| stated.models_outside).max().unwrap_or(0);
        if outside > 0 {
            told += &format!(
                "; up to {} a month, which this snapshot does not have, are in no column",
                numbers::counted(outside, "model", "models")
            );
        }
        told + "."
    }

    /// In words, after a summary.
    pub fn spoken(&self) -> String {
        match self.sentence() {
            told if told.is_empty() => told,
            told => format!(" {told}"),
        }
    }

    /// Columns of a table.
    pub fn columns(&self) -> Vec<Column> {
        self.told(|(name, _)| Column::numbers(name))
    }

    /// The cells of a period in those columns; of a year those of its month with most.
    pub fn cells(&self, period: &str) -> Vec<Cell> {
        self.told(|(_, number)| Cell::Count(self.most(period, number)))
    }

    /// Lines of a tooltip.
    pub fn lines(&self, period: &str) -> Vec<(Option<Colour>, String, String)> {
        self.told(|(name, number)| (None, name.to_owned(), numbers::exact(self.most(period, number))))
    }

    fn told<T>(&self, tell: impl Fn(Row) -> T) -> Vec<T> {
        if self.0.is_empty() {
            return Vec::new();
        }
        ROWS.map(tell).into()
    }

    /// Draws it below a plot in `frame`; `across` is the axis of periods, and `place` says for a month in which period it
    /// lies and whether that is a whole year.
    pub fn draw(&self, pen: &Pen<'_>, frame: Frame, across: Axis, place: impl Fn(&str) -> Option<(usize, bool)>) {
        if self.0.is_empty() {
            return;
        }
        for (row, (name, number)) in (0..).zip(ROWS).take(DRAWN) {
            let bottom = frame.bottom + 26.0 + f64::from(row + 1) * HEIGHT / 2.0 - 2.0;
            let numbers = self.0.iter().map(number);
            let (least, most) = (numbers.clone().min().unwrap_or(0), numbers.max().unwrap_or(0));
            let words = format!("{name}: {} to {} a month", numbers::exact(least), numbers::exact(most));
            let look = Lettering {
                side: Side::Start,
                colour: pen.ink.muted,
                bold: false,
            };
            pen.text(frame.left, bottom - BARS - 9.0, &words, look);
            let room = Frame {
                top: bottom - BARS,
                bottom,
                ..frame
            };
            let plot = pen.plot(
                room,
                across,
                Axis::Linear {
                    from: 0.0,
                    to: most.max(1) as f64,
                },
            );
            for stated in &self.0 {
                let Some((period, is_year)) = place(&stated.month) else {
                    continue;
                };
                let (from, width) = match stated.month.get(5..).and_then(|month| month.parse::<u8>().ok()) {
                    Some(month) if is_year => (period as f64 + (f64::from(month) - 1.0) / 12.0, 1.0 / 12.0),
                    _ => (period as f64, 1.0),
                };
                let (left, right) = (from + width * 0.06, from + width * 0.94);
                plot.bar((left, right), (0.0, number(stated) as f64), pen.ink.unknown);
            }
            plot.floor();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::sample;

    #[test]
    fn what_was_read_is_said_with_its_first_and_last_month() {
        let coverage = Coverage::new(&sample::dataset().history.unwrap().months);
        assert_eq!(
            coverage.sentence(),
            "They are estimates for what was read: 19 accounts with 400 models in Nov 2025, 65 accounts with 900 models in \
             Jan 2026. A total that grows may only say that more was read; up to 7 models a month, which this snapshot does \
             not have, are in no column."
        );
        assert_eq!(Coverage::default().spoken(), "");
    }

    #[test]
    fn a_year_says_how_many_of_its_months_are_stated_and_shows_the_fullest() {
        let dataset = sample::dataset();
        let coverage = Coverage::new(&dataset.history.as_ref().unwrap().months);
        assert_eq!(coverage.cells("2025"), [30, 500, 7].map(Cell::Count));
        let mut year = Period {
            key: "2025".to_owned(),
            label: String::new(),
            short: None,
        };
        tell_year(&mut year, &as_values(&dataset));
        assert_eq!(
            (year.label.as_str(), year.short.as_deref()),
            ("2025, 2 months", Some("2025"))
        );
        let months = coverage.months_of("2025");
        assert_eq!(
            (months.from.as_deref(), months.to.as_deref()),
            (Some("2025-11"), Some("2025-12"))
        );
    }
}
