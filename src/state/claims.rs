//! What is said of the Hub, held against the snapshot that is open.

use std::sync::Arc;

use atlas_protocol::{Check, Checked, Collection, Measure, Query, Request, link};

use super::Atlas;
use super::exchange::Asked;
use crate::components::number::Number;
use crate::reactive::*;

/// What the slices that were asked about hold, in the order in which they were asked; nothing until they are counted.
pub type Found = Option<Arc<Vec<Option<Checked>>>>;

/// A figure that is counted beside a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    kind: Kind,
    /// What is counted in.
    pub among: Collection,
    part: Query,
    /// Of which it is a part; only a share has one.
    whole: Query,
}

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A slice as a part of another, by measure.
    Share,
    /// The measure of a slice.
    Count,
    /// Mean number of parameters, weighted by measure.
    Mean,
    /// Median number of parameters, weighted by measure.
    Median,
    /// What the 200 largest models hold of a slice.
    Top200,
}

/// How many models a list of the largest has, where a claim is about them.
const LARGEST: u64 = 200;

impl Figure {
    /// A figure as index.html names it: its kind, the collection, and questions as links; `None` for what is only to be
    /// looked at.
    pub fn read(kind: &str, among: &str, part: &str, whole: &str) -> Option<Figure> {
        let kind = match kind {
            "share" => Kind::Share,
            "count" => Kind::Count,
            "mean" => Kind::Mean,
            "median" => Kind::Median,
            "top-200" => Kind::Top200,
            _ => return None,
        };
        Some(Figure {
            kind,
            among: Collection::from_key(among)?,
            part: link::read(part).query,
            whole: link::read(whole).query,
        })
    }

    /// The slices it needs.
    pub fn checks(&self) -> Vec<Check> {
        let check = |query: &Query| Check {
            query: query.clone(),
            with_statistics: matches!(self.kind, Kind::Mean | Kind::Median | Kind::Top200),
        };
        match self.kind {
            Kind::Share => vec![check(&self.part), check(&self.whole)],
            _ => vec![check(&self.part)],
        }
    }

    /// The figure, given what its slices hold; `None` where the snapshot does not know.
    pub fn number(&self, found: &[Option<Checked>]) -> Option<Number> {
        let part = found.first()?.as_ref()?;
        let sum = |checked: &Checked, measure: Measure| checked.sums.of(measure);
        let measure = self.part.measure;
        match self.kind {
            Kind::Share => {
                let whole = found.get(1)?.as_ref()?;
                Some(Number::share(
                    sum(part, measure),
                    sum(whole, self.whole.measure),
                    FIGURE,
                ))
            }
            Kind::Count => Some(Number::models(sum(part, measure), FIGURE)),
            Kind::Mean => {
                let mean = part.statistics.as_ref()?.sizes.mean_weighted?;
                Some(Number::size(Some(mean), FIGURE))
            }
            Kind::Median => {
                let median = part.statistics.as_ref()?.sizes.median_weighted()?;
                Some(Number::size(Some(median as f64), FIGURE))
            }
            Kind::Top200 => {
                let points = &part.statistics.as_ref()?.concentration.points;
                let (_, held) = points.iter().rfind(|(models, _)| *models <= LARGEST)?;
                Some(Number::share(*held, sum(part, measure), FIGURE))
            }
        }
    }
}

/// The name of such a number, for tests.
const FIGURE: &str = "claim-figure";

impl Atlas {
    /// Whether the claims are open and can be held against something: all of a snapshot that is not made up.
    pub fn can_check(&self) -> bool {
        let is_real = self
            .dataset
            .with(|dataset| dataset.as_ref().is_some_and(|dataset| !dataset.synthetic));
        is_real && self.progress.with(|progress| progress.is_complete())
    }

    /// Has slices counted beside the question in force.
    pub fn check(&self, checks: Vec<Check>) {
        self.checked.set(None);
        let asked = self.session.try_update_value(|session| {
            // What was found in another snapshot is of no use.
            session.checks.forget();
            session.checks.ask(checks)
        });
        if let Some(Asked {
            generation,
            question: checks,
        }) = asked.flatten()
        {
            self.send(&Request::Check { generation, checks });
        }
    }

    /// What the slices hold that were asked about last.
    pub fn checked(&self) -> Found {
        self.checked.get()
    }

    pub(super) fn note_checked(&self, checked: Vec<Option<Checked>>) {
        self.checked.set(Some(Arc::new(checked)));
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::answer::Concentration;
    use atlas_protocol::{SizeByYear, Statistics, Sums};

    use super::*;

    fn checked(downloads: u64, models: u64) -> Option<Checked> {
        let sums = Sums {
            models,
            downloads_30d: downloads,
            ..Sums::default()
        };
        Some(Checked { sums, statistics: None })
    }

    #[test]
    fn a_share_is_of_its_whole_and_of_its_measure() {
        let figure = Figure::read("share", "models", "region=china", "").unwrap();
        assert_eq!(figure.checks().len(), 2);
        let number = figure.number(&[checked(41, 3), checked(100, 9)]).unwrap();
        assert_eq!((number.exact, number.whole), (Some(41), Some(100)));
        assert_eq!(
            figure.number(&[checked(41, 3), None]),
            None,
            "a whole that the snapshot does not know"
        );
    }

    #[test]
    fn a_count_is_of_the_measure_of_its_question() {
        let figure = Figure::read("count", "models", "organisation=Baidu&measure=models", "").unwrap();
        assert_eq!(figure.number(&[checked(41, 3)]).unwrap().exact, Some(3));
    }

    #[test]
    fn sizes_and_the_largest_models_come_from_statistics() {
        let read = |kind: &str| Figure::read(kind, "models", "", "").unwrap();
        let mut sizes = SizeByYear {
            mean_weighted: Some(19.6),
            ..SizeByYear::default()
        };
        sizes.quantiles_weighted[2] = Some(137);
        let concentration = Concentration {
            points: vec![(1, 10), (100, 50), (200, 60), (1000, 90)],
            gini: None,
        };
        let statistics = Statistics {
            sizes,
            concentration,
            ..Statistics::default()
        };
        let found = [Some(Checked {
            statistics: Some(statistics),
            ..checked(100, 2000).unwrap()
        })];
        assert_eq!(read("mean").number(&found).unwrap().exact, Some(20));
        assert_eq!(read("median").number(&found).unwrap().exact, Some(137));
        let top = read("top-200").number(&found).unwrap();
        assert_eq!((top.exact, top.whole), (Some(60), Some(100)));
        assert_eq!(read("mean").number(&[checked(100, 2000)]), None);
    }

    #[test]
    fn what_is_only_to_be_looked_at_is_no_figure() {
        assert_eq!(Figure::read("look", "models", "sort=likes", ""), None);
    }
}
