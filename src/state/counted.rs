//! What is counted, in words.

use atlas_protocol::{Collection, Dataset, Facet, Measure, MonthCoverage, MonthRange, Query};

use crate::numbers;

/// A measure with the words for it; downloads made go with the months they were made in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    measure: Measure,
    collection: Collection,
    words: String,
}

impl Counted {
    /// What a question counts.
    pub fn of(query: &Query, dataset: &Dataset) -> Counted {
        let mut words = query.measure.label(dataset.collection).to_owned();
        if query.measure == Measure::DownloadsMade {
            words += " ";
            words += &made_in(&query.made, dataset);
        }
        Counted {
            measure: query.measure,
            collection: dataset.collection,
            words,
        }
    }

    /// Downloads made, where what stands beside says when.
    pub fn made(collection: Collection) -> Counted {
        Counted {
            measure: Measure::DownloadsMade,
            collection,
            words: Measure::DownloadsMade.label(collection).to_owned(),
        }
    }

    /// In the middle of a sentence: `downloads made from Jan 2025 to Jun 2025`.
    pub fn label(&self) -> &str {
        &self.words
    }

    /// At the beginning of a title: `Downloads in 30 days`.
    pub fn title(&self) -> String {
        let mut title = self.words.clone();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        title
    }

    /// What is counted of, in the middle of a sentence: `models`.
    pub fn many(&self) -> &'static str {
        self.collection.noun(2)
    }

    /// The same at the beginning of a title.
    pub fn many_title(&self) -> &'static str {
        self.collection.description().title
    }

    /// So many of what is counted of: `1 model`.
    pub fn number_of(&self, count: u64) -> String {
        number_of(self.collection, count)
    }

    /// The name of a facet, in sentence case.
    pub fn facet(&self, facet: Facet) -> &'static str {
        self.collection.label(facet)
    }

    /// The measure itself.
    pub fn measure(&self) -> Measure {
        self.measure
    }
}

impl PartialEq<Measure> for Counted {
    fn eq(&self, other: &Measure) -> bool {
        self.measure == *other
    }
}

/// So many of a collection: `1 model`, `2,000 datasets`.
pub fn number_of(collection: Collection, count: u64) -> String {
    let description = collection.description();
    numbers::counted(count, description.one, description.many)
}

/// The months of the history that lie in a range.
pub fn months_in<'a>(range: &MonthRange, dataset: &'a Dataset) -> &'a [MonthCoverage] {
    let months = dataset
        .history
        .as_ref()
        .map(|history| history.months.as_slice())
        .unwrap_or_default();
    let inside = |month: &MonthCoverage| range.holds(&month.month);
    let ends = months.iter().position(inside).zip(months.iter().rposition(inside));
    ends.map(|(first, last)| &months[first..=last]).unwrap_or_default()
}

/// When the downloads of a range were made: `in Jan 2025`, `from Nov 2024 to Aug 2025`.
pub fn made_in(range: &MonthRange, dataset: &Dataset) -> String {
    match months_in(range, dataset) {
        [] => "in no month that is stated".to_owned(),
        [one] => format!("in {}", month(&one.month)),
        [first, .., last] => format!("from {} to {}", month(&first.month), month(&last.month)),
    }
}

/// A month as a reader sees it: `Jan 2025`.
pub fn month(key: &str) -> String {
    let (year, number) = key.split_once('-').unwrap_or((key, ""));
    let name = number.parse().ok().and_then(numbers::month_name).unwrap_or(number);
    format!("{name} {year}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::sample;

    #[test]
    fn downloads_made_never_stand_without_their_months() {
        let dataset = sample::dataset();
        let counted = |from: Option<&str>, to: Option<&str>| {
            let query = Query {
                measure: Measure::DownloadsMade,
                made: MonthRange {
                    from: from.map(str::to_owned),
                    to: to.map(str::to_owned),
                },
                ..Query::default()
            };
            Counted::of(&query, &dataset).title()
        };
        assert_eq!(counted(None, None), "Downloads made from Nov 2025 to Jan 2026");
        assert_eq!(
            counted(Some("2025-12"), None),
            "Downloads made from Dec 2025 to Jan 2026"
        );
        assert_eq!(counted(None, Some("2025-11")), "Downloads made in Nov 2025");
        assert_eq!(
            counted(Some("2027-01"), None),
            "Downloads made in no month that is stated"
        );
        assert_eq!(Counted::of(&Query::default(), &dataset).title(), "Downloads in 30 days");
    }
}
