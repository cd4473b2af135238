//! Invented histories: downloads by model and month, and the same as parts for the engine.

use std::cell::Cell;

use atlas_snapshot::history::{
    History, HistoryColumns, HistoryMeasure, HistoryMonth, HistoryPart, HistoryReading, OUTSIDE, history_path,
};
use atlas_snapshot::sha256_hex;

use super::chance::Chance;
use super::table::{Model, Shape};

/// What a generated history looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// There is none.
    Nothing,
    /// Some months of a few models, and months of which nothing is stated.
    Little,
    /// Nearly every month of nearly every model.
    Much,
    /// The same, so that all downloads together approach 2^64 - 1, the most that is counted.
    Huge,
}

/// Downloads of one model (or of all those outside the snapshot) in one month.
#[derive(Clone, Debug)]
pub struct Stated {
    /// Row of the model; `None` for those outside the snapshot.
    pub row: Option<usize>,
    pub month: String,
    pub downloads: u64,
}

/// What is stated, by model, then by month.
#[derive(Debug, Default)]
pub struct Generated {
    pub months: Vec<String>,
    pub stated: Vec<Stated>,
    /// How much of it the engine has been given.
    pub given: Cell<usize>,
}

impl Generated {
    pub fn new(shape: &Shape, chance: &mut Chance) -> Generated {
        if shape.told == Told::Nothing {
            return Generated::default();
        }
        let count = 1 + chance.below(20);
        let months: Vec<String> = (10..10 + count)
            .map(|at| format!("{}-{:02}", 2024 + at / 12, at % 12 + 1))
            .collect();
        let most = u64::MAX / ((shape.rows + 1) * count) as u64;
        let (models, each) = if shape.told == Told::Little { (20, 30) } else { (95, 90) };
        let silent = chance.below(count);
        let mut stated = Vec::new();
        for row in (0..shape.rows).map(Some).chain([None]) {
            if !chance.happens(models) {
                continue;
            }
            for (at, month) in months.iter().enumerate() {
                if chance.happens(each) && (shape.told != Told::Little || at != silent) {
                    let downloads = match shape.told {
                        Told::Huge => most - chance.of_any_magnitude(20).min(most),
                        _ => chance.of_any_magnitude(36),
                    };
                    stated.push(Stated {
                        row,
                        month: month.clone(),
                        downloads,
                    });
                }
            }
        }
        Generated {
            months,
            stated,
            given: Cell::new(0),
        }
    }

    /// What the manifest says of it.
    pub fn manifest(&self) -> Option<History> {
        let month = |month: &String| {
            let of = |outside: bool| {
                let stated = self.stated.iter().filter(move |stated| stated.month == *month);
                stated.filter(move |stated| !outside || stated.row.is_none())
            };
            HistoryMonth {
                month: month.clone(),
                downloads: of(false).map(|stated| stated.downloads).sum(),
                models: of(false).count() as u64,
                accounts: of(false).count().min(3) as u64,
                models_outside: of(true).count() as u64,
                downloads_outside: of(true).map(|stated| stated.downloads).sum(),
            }
        };
        let sha256 = sha256_hex(b"history");
        let part = HistoryPart {
            path: history_path(&sha256),
            first_row: 0,
            rows: self.stated.len() as u64,
            bytes: 1,
            sha256,
            downloads: self.stated.iter().map(|stated| stated.downloads).sum(),
        };
        let reading = HistoryReading {
            day: "2025-01-01".to_owned(),
            measure: HistoryMeasure::Downloads30d,
            models: 3,
            accounts: 2,
            downloads: 1,
        };
        (!self.months.is_empty()).then(|| History {
            months: self.months.iter().map(month).collect(),
            readings: vec![reading],
            parts: (part.rows > 0).then_some(part).into_iter().collect(),
        })
    }

    /// The next `count` entries as the snapshot's columns; from now on they have been given.
    pub fn give(&self, count: usize) -> HistoryColumns {
        let entries = &self.stated[self.given.get()..][..count];
        self.given.set(self.given.get() + count);
        let month = |stated: &Stated| self.months.iter().position(|month| *month == stated.month).unwrap() as u16;
        HistoryColumns {
            rows: entries
                .iter()
                .map(|stated| stated.row.map_or(OUTSIDE, |row| row as u32))
                .collect(),
            months: entries.iter().map(month).collect(),
            downloads: entries.iter().map(|stated| stated.downloads).collect(),
        }
    }

    /// How many entries have not been given.
    pub fn left(&self) -> usize {
        self.stated.len() - self.given.get()
    }

    /// What is stated of a model, as far as it has been given.
    pub fn of<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = &'a Stated> + 'a {
        let entries = model.stated.clone().take_while(|entry| *entry < self.given.get());
        entries.map(|entry| &self.stated[entry])
    }
}
