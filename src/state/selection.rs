//! What a press on a value of a facet does to the facet's clause.

use std::collections::BTreeSet;

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Clause, FacetValue};

/// Whether a clause admits a value, as far as that can be told from the order of the catalogue.
///
/// For a range over parameter counts the answer is always the clause's own business in the engine; ranges over value
/// keys follow the catalogue, and `unknown` is outside every range.
pub fn admits(clause: &Clause, key: &str, values: &[FacetValue]) -> bool {
    match clause {
        Clause::SomeOf(keys) => keys.contains(key),
        Clause::NoneOf(keys) => !keys.contains(key),
        Clause::Range { from, to } => {
            let place = |key: &str| values.iter().position(|value| value.key == key);
            // Years and months need not be in the catalogue to be the end of a range; their keys sort as text.
            let in_order = |low: &str, high: &str| match (place(low), place(high)) {
                (Some(low), Some(high)) => low <= high,
                _ => low <= high,
            };
            key != UNKNOWN
                && from.as_deref().is_none_or(|from| in_order(from, key))
                && to.as_deref().is_none_or(|to| in_order(key, to))
        }
    }
}

/// Switches one value: what was chosen or left out no longer is, anything else is chosen.
pub fn toggle(clause: Option<&Clause>, key: &str, values: &[FacetValue]) -> Option<Clause> {
    match clause {
        None => Some(only(key)),
        Some(Clause::SomeOf(keys)) => some_of(switched(keys, key)),
        // What was left out comes back; anything else is chosen alone, as it would be without a clause.
        Some(Clause::NoneOf(keys)) if keys.contains(key) => none_of(switched(keys, key)),
        Some(Clause::NoneOf(_)) => Some(only(key)),
        Some(range) => some_of(switched(&spelled_out(range, values), key)),
    }
}

/// This value and no other.
pub fn only(key: &str) -> Clause {
    Clause::SomeOf(one(key))
}

/// Everything chosen so far but this value.
pub fn without(clause: Option<&Clause>, key: &str, values: &[FacetValue]) -> Clause {
    let excluded = || Clause::NoneOf(one(key));
    let taken_out = |mut keys: BTreeSet<String>| {
        keys.remove(key);
        some_of(keys).unwrap_or_else(excluded)
    };
    match clause {
        None => excluded(),
        Some(Clause::NoneOf(keys)) => {
            let mut keys = keys.clone();
            keys.insert(key.to_owned());
            Clause::NoneOf(keys)
        }
        Some(Clause::SomeOf(keys)) => taken_out(keys.clone()),
        Some(range) => taken_out(spelled_out(range, values)),
    }
}

fn one(key: &str) -> BTreeSet<String> {
    switched(&BTreeSet::new(), key)
}

/// A range as the set of values it admits.
fn spelled_out(range: &Clause, values: &[FacetValue]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for value in values.iter().filter(|value| admits(range, &value.key, values)) {
        keys.insert(value.key.clone());
    }
    keys
}

fn switched(keys: &BTreeSet<String>, key: &str) -> BTreeSet<String> {
    let mut keys = keys.clone();
    if !keys.remove(key) {
        keys.insert(key.to_owned());
    }
    keys
}

fn some_of(keys: BTreeSet<String>) -> Option<Clause> {
    (!keys.is_empty()).then_some(Clause::SomeOf(keys))
}

fn none_of(keys: BTreeSet<String>) -> Option<Clause> {
    (!keys.is_empty()).then_some(Clause::NoneOf(keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(keys: &[&str]) -> Vec<FacetValue> {
        keys.iter()
            .map(|key| FacetValue {
                key: (*key).to_owned(),
                label: (*key).to_owned(),
                parent: None,
            })
            .collect()
    }

    fn set(keys: &[&str]) -> BTreeSet<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn a_press_chooses_and_a_second_press_lets_go() {
        let all = values(&["china", "us", "unknown"]);
        let one = toggle(None, "china", &all);
        assert_eq!(one, Some(Clause::SomeOf(set(&["china"]))));
        let two = toggle(one.as_ref(), "us", &all);
        assert_eq!(two, Some(Clause::SomeOf(set(&["china", "us"]))));
        assert_eq!(toggle(two.as_ref(), "china", &all), Some(Clause::SomeOf(set(&["us"]))));
        assert_eq!(toggle(one.as_ref(), "china", &all), None);
    }

    #[test]
    fn without_takes_away_and_a_press_brings_back() {
        let all = values(&["china", "us", "unknown"]);
        let less = without(None, "us", &all);
        assert_eq!(less, Clause::NoneOf(set(&["us"])));
        assert_eq!(
            without(Some(&less), "china", &all),
            Clause::NoneOf(set(&["china", "us"]))
        );
        assert_eq!(toggle(Some(&less), "us", &all), None);
        assert_eq!(toggle(Some(&less), "china", &all), Some(only("china")));
        let some = Clause::SomeOf(set(&["china", "us"]));
        assert_eq!(without(Some(&some), "us", &all), Clause::SomeOf(set(&["china"])));
        assert_eq!(without(Some(&only("us")), "us", &all), Clause::NoneOf(set(&["us"])));
    }

    #[test]
    fn a_press_inside_a_range_spells_it_out() {
        let all = values(&["2022", "2023", "2024", "2025", "unknown"]);
        let range = Clause::Range {
            from: Some("2023".to_owned()),
            to: None,
        };
        assert!(!admits(&range, "unknown", &all));
        assert!(!admits(&range, "2022", &all));
        assert_eq!(
            toggle(Some(&range), "2024", &all),
            Some(Clause::SomeOf(set(&["2023", "2025"])))
        );
        assert_eq!(
            toggle(Some(&range), "unknown", &all),
            Some(Clause::SomeOf(set(&["2023", "2024", "2025", "unknown"])))
        );
        assert_eq!(
            without(Some(&range), "2025", &all),
            Clause::SomeOf(set(&["2023", "2024"]))
        );
        let beyond = Clause::Range {
            from: Some("2031".to_owned()),
            to: None,
        };
        assert!(!admits(&beyond, "2025", &all));
    }
}
