//! The values of a facet as bars: which are shown, in which order, how long.

use std::cmp::Reverse;

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Clause, Dataset, Facet, FacetValue};

use super::counted::Counted;
use super::selection::admits;
use crate::order::arranged;

/// A value with its bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Key in queries.
    pub key: String,
    /// What the reader sees.
    pub label: String,
    /// Key of the value it belongs to in the coarser facet.
    pub parent: Option<String>,
    /// Sum of the measure in the slice, without the facet's own clause.
    pub measure: u64,
    /// Models in the slice, without the facet's own clause.
    pub models: u64,
    /// Sum of the measure over everything.
    pub all: u64,
    /// Share of the slice, in permille of the widest bar.
    pub slice_permille: u32,
    /// Share of everything, in permille of the widest bar.
    pub all_permille: u32,
    /// The measure of all rows, each counted once, of which `measure` is a part.
    pub whole: u64,
    /// What the facet's own clause says of it.
    pub standing: Standing,
}

/// What a facet's own clause says of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: there is no clause, or one that leaves others out.
    #[default]
    Free,
    /// It is one of those chosen.
    Chosen,
    /// Others are chosen.
    Passed,
    /// It is left out.
    LeftOut,
}

impl Standing {
    fn under(clause: Option<&Clause>, key: &str, values: &[FacetValue]) -> Standing {
        match clause {
            None => Standing::Free,
            Some(Clause::NoneOf(keys)) if keys.contains(key) => Standing::LeftOut,
            Some(Clause::NoneOf(_)) => Standing::Free,
            Some(clause) if admits(clause, key, values) => Standing::Chosen,
            Some(_) => Standing::Passed,
        }
    }
}

/// Which values of a facet are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// Only values whose label or key holds this text.
    pub search: String,
    /// Largest first, and at most so many, the chosen ones and `unknown` aside; else all in the catalogue's order.
    pub largest: Option<usize>,
}

/// Values of a facet as bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// The bars to show.
    pub bars: Vec<Bar>,
    /// Values that fit the choice but are not shown.
    pub hidden: usize,
    /// What their lengths measure.
    pub measure: Counted,
}

/// The bars of a facet.
pub fn bars(answer: &Answer, dataset: &Dataset, facet: Facet, clause: Option<&Clause>, choice: &Choice) -> Bars {
    let values = dataset
        .catalogue(facet)
        .map(|catalogue| catalogue.values.as_slice())
        .unwrap_or_default();
    let Some(totals) = answer.facet(facet) else {
        return Bars::default();
    };
    let (whole, whole_all) = (totals.whole, answer.unfiltered.of(answer.query.measure));
    let number = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
    let search = lower(choice.search.trim());
    let fits = |value: &FacetValue| found(value, &search);
    let mut order: Vec<usize> = (0..values.len()).filter(|at| fits(&values[*at])).collect();
    let named = |at: usize| match clause {
        Some(Clause::SomeOf(keys) | Clause::NoneOf(keys)) => keys.contains(&values[at].key),
        _ => false,
    };
    let mut hidden = 0;
    if let Some(most) = choice.largest {
        order.retain(|at| number(&totals.measure_unfiltered, *at) > 0 || named(*at) || values[*at].key == UNKNOWN);
        let rank = |at: usize| {
            let held = (number(&totals.measure, at), number(&totals.measure_unfiltered, at));
            (values[at].key == UNKNOWN, Reverse(held))
        };
        let sorted = crate::order::order(order.len(), &|one, other| rank(order[one]).cmp(&rank(order[other])));
        order = arranged(order, &sorted);
        let fitting = order.len();
        let mut taken = 0;
        order.retain(|at| {
            if named(*at) || values[*at].key == UNKNOWN {
                return true;
            }
            taken += 1;
            taken <= most
        });
        hidden = fitting - order.len();
    }
    let share = |sum: u64, whole: u64| if whole == 0 { 0.0 } else { sum as f64 / whole as f64 };
    let longest = order
        .iter()
        .flat_map(|at| {
            [
                share(number(&totals.measure, *at), whole),
                share(number(&totals.measure_unfiltered, *at), whole_all),
            ]
        })
        .fold(f64::MIN_POSITIVE, f64::max);
    let permille = |share: f64| (share / longest * 1_000.0).round() as u32;
    let bar = |at: usize| Bar {
        key: values[at].key.clone(),
        label: values[at].label.clone(),
        parent: values[at].parent.clone(),
        measure: number(&totals.measure, at),
        models: number(&totals.models, at),
        all: number(&totals.measure_unfiltered, at),
        slice_permille: permille(share(number(&totals.measure, at), whole)),
        all_permille: permille(share(number(&totals.measure_unfiltered, at), whole_all)),
        whole,
        standing: Standing::under(clause, &values[at].key, values),
    };
    Bars {
        bars: order.into_iter().map(bar).collect(),
        hidden,
        measure: Counted::of(&answer.query, dataset),
    }
}

/// Whether a value's label or key holds a text in lower case.
fn found(value: &FacetValue, search: &str) -> bool {
    search.is_empty() || lower(&value.label).contains(search) || lower(&value.key).contains(search)
}

/// A text in lower case: in a browser as the browser has it, so that no table of all alphabets is downloaded.
#[cfg(target_arch = "wasm32")]
fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(not(target_arch = "wasm32"))]
fn lower(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Query;

    use super::*;
    use crate::state::sample;

    fn shown(choice: &Choice, clause: Option<&Clause>) -> (Vec<String>, usize) {
        let answer = sample::answer(Query::default());
        let bars = bars(&answer, &sample::dataset(), Facet::Organisation, clause, choice);
        (bars.bars.into_iter().map(|bar| bar.key).collect(), bars.hidden)
    }

    #[test]
    fn a_short_facet_keeps_the_order_of_its_catalogue() {
        assert_eq!(shown(&Choice::default(), None).0, ["one", "two", "three", "unknown"]);
    }

    #[test]
    fn a_long_facet_shows_the_largest_the_chosen_and_unknown() {
        let largest = |most| Choice {
            largest: Some(most),
            ..Choice::default()
        };
        assert_eq!(
            shown(&largest(1), None),
            (vec!["three".to_owned(), "unknown".to_owned()], 2)
        );
        assert_eq!(shown(&largest(2), None).0, ["three", "two", "unknown"]);
        let one = Clause::SomeOf(["one".to_owned()].into());
        assert_eq!(shown(&largest(1), Some(&one)).0, ["three", "one", "unknown"]);
        assert_eq!(shown(&largest(10), None).1, 0);
    }

    #[test]
    fn a_value_stands_as_its_clause_says() {
        let stand = |clause: &Clause| {
            let answer = sample::answer(Query::default());
            let bars = bars(
                &answer,
                &sample::dataset(),
                Facet::Year,
                Some(clause),
                &Choice::default(),
            )
            .bars;
            bars.iter().map(|bar| bar.standing).collect::<Vec<_>>()
        };
        let keys = || ["2025".to_owned()].into();
        use Standing::{Chosen, Free, LeftOut, Passed};
        assert_eq!(stand(&Clause::SomeOf(keys())), [Chosen, Passed, Passed]);
        assert_eq!(stand(&Clause::NoneOf(keys())), [LeftOut, Free, Free]);
        let range = Clause::Range {
            from: Some("2026".to_owned()),
            to: None,
        };
        assert_eq!(stand(&range), [Passed, Chosen, Passed]);
    }

    #[test]
    fn a_search_finds_labels_whatever_their_case() {
        let search = Choice {
            search: " TW".to_owned(),
            largest: Some(5),
        };
        assert_eq!(shown(&search, None).0, ["two"]);
    }

    #[test]
    fn bars_are_shares_of_the_slice_over_shares_of_everything() {
        let mut answer = sample::answer(Query::default());
        answer.unfiltered.downloads_30d = 2_000;
        let bars = bars(
            &answer,
            &sample::dataset(),
            Facet::Organisation,
            None,
            &Choice::default(),
        )
        .bars;
        // 100, 200, 300, 400 of 1,000 in the slice and the same shares of everything.
        let lengths: Vec<_> = bars.iter().map(|bar| (bar.slice_permille, bar.all_permille)).collect();
        assert_eq!(lengths, [(250, 250), (500, 500), (750, 750), (1_000, 1_000)]);
        assert_eq!(bars[1].whole, 1_000);
        assert_eq!(bars[1].standing, Standing::Free);
    }
}
