//! What was published about the Hub beside what a synthetic one came out as.

use std::fmt::Write;

use atlas_snapshot::columns::UNKNOWN_NUMBER;
use serde::Serialize;

use atlas_import::lineage::RELATIONS;
use atlas_import::moment::Month;
use atlas_import::registry::{ORGANISATION_TYPES, Registry};
use atlas_import::row_block::RowBlock;

use super::downloads_curve::{TOP_PERCENT_SHARE, TOP_THOUSAND_SHARE, leaders, top_percent};
use super::models::{DECLARED, DERIVED, DERIVED_OF};
use super::world::{TOP_ENTITIES_BY_TYPE, TOP_ENTITIES_SHARE};

/// One published figure and the generated one.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What is measured.
    pub what: String,
    /// The published value.
    pub published: f64,
    /// The value of the sample, measured on the imported rows.
    pub generated: f64,
    /// Unit of both.
    pub unit: Unit,
}

/// Unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Shares, 0 to 1.
    Share,
    /// Numbers of parameters.
    Parameters,
    /// Downloads.
    Downloads,
}

/// Measures a sample. Downloads are all-time downloads; shares by type, region and size are of downloads whose type or
/// size is known.
pub fn measure(rows: &RowBlock, order: &[u32], registry: &Registry, taken_on: &str) -> Vec<Figure> {
    let sample = Sample::new(rows, order, registry);
    let mut figures = vec![Figure {
        what: "all-time downloads of a model, mean".to_owned(),
        published: 45.4e9 / 2.13e6,
        generated: sample.total as f64 / order.len().max(1) as f64,
        unit: Unit::Downloads,
    }];
    figures.extend(sample.concentration());
    figures.extend(sample.by_size());
    figures.extend(sample.by_type());
    figures.extend(sample.past_year(taken_on));
    figures.extend(sample.by_count());
    figures
}

fn share(what: &str, published: f64, generated: f64) -> Figure {
    Figure {
        what: what.to_owned(),
        published,
        generated,
        unit: Unit::Share,
    }
}

struct Sample<'a> {
    rows: &'a RowBlock,
    order: &'a [u32],
    registry: &'a Registry,
    total: u64,
}

impl<'a> Sample<'a> {
    fn new(rows: &'a RowBlock, order: &'a [u32], registry: &'a Registry) -> Sample<'a> {
        let mut sample = Sample {
            rows,
            order,
            registry,
            total: 0,
        };
        sample.total = sample.sum(|_| true);
        sample
    }

    fn downloads(&self, row: usize) -> u64 {
        self.rows
            .downloads_all_time
            .get(row)
            .copied()
            .filter(|count| *count != UNKNOWN_NUMBER)
            .unwrap_or(0)
    }

    fn sum(&self, keep: impl Fn(usize) -> bool) -> u64 {
        let kept = self.order.iter().map(|row| *row as usize).filter(|row| keep(*row));
        kept.map(|row| self.downloads(row)).sum()
    }

    fn share(&self, of: impl Fn(usize) -> bool, keep: impl Fn(usize) -> bool) -> f64 {
        self.sum(|row| of(row) && keep(row)) as f64 / self.sum(of).max(1) as f64
    }

    fn type_of(&self, row: usize) -> Option<usize> {
        let entry = self.registry.entry_at(self.rows.account.get(row).copied()?)?;
        let known = ORGANISATION_TYPES.len() - 1;
        Some(usize::from(entry.organisation_type)).filter(|organisation_type| *organisation_type < known)
    }

    fn region_of(&self, row: usize) -> Option<usize> {
        Some(usize::from(
            self.registry.entry_at(self.rows.account.get(row).copied()?)?.region,
        ))
    }

    fn parameters(&self, row: usize) -> Option<u64> {
        self.rows
            .parameters
            .get(row)
            .copied()
            .filter(|count| *count != UNKNOWN_NUMBER)
    }

    fn months(&self, row: usize, from: Month, to: Month) -> bool {
        self.rows
            .month
            .get(row)
            .is_some_and(|month| (from.0..=to.0).contains(month))
    }

    fn concentration(&self) -> Vec<Figure> {
        let models = self.order.len() as u64;
        let mut downloads: Vec<u64> = self.order.iter().map(|row| self.downloads(*row as usize)).collect();
        downloads.sort_unstable_by(|a, b| b.cmp(a));
        let top = |count: u64| downloads.iter().take(count as usize).sum::<u64>() as f64 / self.total.max(1) as f64;
        let entities = self.top_entities();
        let top_entities: u64 = entities.iter().map(|(_, downloads)| downloads).sum();
        let mut figures = vec![
            share(
                "share of the top 50 entities",
                TOP_ENTITIES_SHARE,
                top_entities as f64 / self.total.max(1) as f64,
            ),
            share(
                "share of the top 1,000 models",
                TOP_THOUSAND_SHARE,
                top(leaders(models)),
            ),
            share(
                "share of the top 1.5 % of models",
                TOP_PERCENT_SHARE,
                top(top_percent(models)),
            ),
        ];
        for (organisation_type, published) in TOP_ENTITIES_BY_TYPE {
            let of_type = entities.iter().filter(|(of, _)| *of == organisation_type);
            let downloads: u64 = of_type.map(|(_, downloads)| downloads).sum();
            let name = ORGANISATION_TYPES.get(organisation_type).copied().unwrap_or_default();
            let generated = downloads as f64 / top_entities.max(1) as f64;
            figures.push(share(
                &format!("share of {name} in the top 50 entities"),
                published,
                generated,
            ));
        }
        figures
    }

    /// Type and downloads of the 50 most downloaded organisations and persons.
    fn top_entities(&self) -> Vec<(usize, u64)> {
        let mut sums = std::collections::BTreeMap::new();
        for row in self.order.iter().map(|row| *row as usize) {
            let account = self.rows.account.get(row).copied().unwrap_or(u32::MAX);
            let Some(entry) = self.registry.entry_at(account) else {
                continue;
            };
            // A person has no organisation, so the account stands for them.
            let key = entry
                .organisation
                .map_or((1, account), |organisation| (0, organisation));
            sums.entry(key).or_insert((usize::from(entry.organisation_type), 0)).1 += self.downloads(row);
        }
        let mut entities: Vec<(usize, u64)> = sums.into_values().collect();
        entities.sort_by_key(|(_, downloads)| std::cmp::Reverse(*downloads));
        entities.truncate(50);
        entities
    }

    fn by_size(&self) -> Vec<Figure> {
        let known = |row| self.parameters(row).is_some();
        let below = |limit: u64| self.share(known, |row| self.parameters(row).is_some_and(|count| count < limit));
        let mut figures: Vec<Figure> = [(100, 0.402), (200, 0.698), (500, 0.863), (1000, 0.925)]
            .map(|(millions, published)| {
                let limit = millions * 1_000_000;
                share(
                    &format!("share of models below {millions}M parameters"),
                    published,
                    below(limit),
                )
            })
            .into();
        for (year, mean, median) in [(2023, 827e6, 326e6), (2025, 20.8e9, 406e6)] {
            let [found_mean, found_median] = self.sizes_of(year);
            let figure = |what: &str, published, generated| Figure {
                what: format!("{what} size of a download, models published in {year}"),
                published,
                generated,
                unit: Unit::Parameters,
            };
            figures.push(figure("mean", mean, found_mean));
            figures.push(figure("median", median, found_median));
        }
        figures
    }

    /// Mean and median parameters of the models of a year, each download counting once.
    fn sizes_of(&self, year: u16) -> [f64; 2] {
        let (from, to) = (Month(year * 12), Month(year * 12 + 11));
        let of_year = self
            .order
            .iter()
            .map(|row| *row as usize)
            .filter(|row| self.months(*row, from, to));
        let mut sizes: Vec<(u64, u64)> = of_year
            .filter_map(|row| Some((self.parameters(row)?, self.downloads(row))))
            .collect();
        sizes.sort_unstable();
        let total: u64 = sizes.iter().map(|(_, downloads)| downloads).sum();
        let sum: f64 = sizes
            .iter()
            .map(|(parameters, downloads)| *parameters as f64 * *downloads as f64)
            .sum();
        let mut seen = 0;
        let middle = sizes.iter().find(|(_, downloads)| {
            seen += downloads;
            seen * 2 >= total
        });
        [
            sum / total.max(1) as f64,
            middle.map_or(0.0, |(parameters, _)| *parameters as f64),
        ]
    }

    fn by_type(&self) -> Vec<Figure> {
        let of = |from: Month, to: Month, organisation_type: usize| {
            let known = |row| self.months(row, from, to) && self.type_of(row).is_some();
            self.share(known, |row| self.type_of(row) == Some(organisation_type))
        };
        let early = (Month::FIRST, Month::FIRST);
        let recent = (Month(2025 * 12), Month(2025 * 12 + 11));
        vec![
            share(
                "industry’s share, models published before 2022",
                0.70,
                of(early.0, early.1, 0),
            ),
            share(
                "industry’s share, models published in 2025",
                0.37,
                of(recent.0, recent.1, 0),
            ),
            share(
                "individuals’ share, models published before 2022",
                0.17,
                of(early.0, early.1, 5),
            ),
            share(
                "individuals’ share, models published in 2025",
                0.39,
                of(recent.0, recent.1, 5),
            ),
        ]
    }

    fn past_year(&self, taken_on: &str) -> Vec<Figure> {
        let now = atlas_import::moment::day_start(taken_on)
            .and_then(Month::of)
            .unwrap_or(Month::FIRST);
        let known = |row| self.months(row, Month(now.0.saturating_sub(11)), now) && self.type_of(row).is_some();
        let china = self.share(known, |row| self.region_of(row) == Some(0));
        vec![share("China’s share, models published in the past year", 0.41, china)]
    }

    fn by_count(&self) -> Vec<Figure> {
        let count = |keep: &dyn Fn(usize) -> bool| {
            let kept = self.order.iter().filter(|row| keep(**row as usize)).count();
            kept as f64 / self.order.len().max(1) as f64
        };
        let declared = count(&|row| {
            self.rows
                .parameters_source
                .get(row)
                .is_some_and(|source| matches!(source, 1 | 2))
        });
        let mut figures = vec![share("models whose files declare a size", DECLARED, declared)];
        for (relation, thousands) in DERIVED {
            let found = count(&|row| self.rows.relation.get(row) == Some(&relation));
            let name = RELATIONS.get(usize::from(relation)).copied().unwrap_or_default();
            figures.push(share(
                &format!("models that are of relation {name}"),
                thousands / DERIVED_OF,
                found,
            ));
        }
        figures
    }
}

/// The figures as a table for a terminal.
pub fn table(figures: &[Figure]) -> String {
    let mut text = format!(
        "{:<56} {:>10} {:>10}\n",
        "Calibration (by all-time downloads)", "published", "generated"
    );
    for figure in figures {
        let shown = |value: f64| match figure.unit {
            Unit::Share => format!("{:.1} %", value * 100.0),
            Unit::Downloads => format!("{value:.0}"),
            Unit::Parameters if value >= 1e9 => format!("{:.1}B", value / 1e9),
            Unit::Parameters => format!("{:.0}M", value / 1e6),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<56} {:>10} {:>10}",
            figure.what,
            shown(figure.published),
            shown(figure.generated)
        );
    }
    text
}
