//! Random questions about a table: each changes the one before it, as a reader's would.

use std::collections::BTreeSet;

use atlas_protocol::{Clause, Facet, Measure, MonthRange, Query, TimeAxis};

use super::chance::Chance;
use super::table::{Table, UNKNOWN, bin_starts};

/// The question that follows another.
pub fn next(table: &Table, before: &Query, chance: &mut Chance) -> Query {
    let mut query = before.clone();
    match chance.below(15) {
        0 => query.measure = *chance.pick(&Measure::ALL),
        1 => query.split = *chance.pick(&Facet::ALL),
        2 => query.clauses.clear(),
        3 => drop(remove_one(&mut query, chance)),
        4 | 5 => toggle(table, &mut query, chance),
        6 => {
            query.measure = *chance.pick(&Measure::ALL);
            query.split = *chance.pick(&Facet::ALL);
            set_one(table, &mut query, chance);
        }
        7 => {
            drop(remove_one(&mut query, chance));
            set_one(table, &mut query, chance);
            set_one(table, &mut query, chance);
        }
        8 => query.made = months(table, chance),
        9 => query.axis = *chance.pick(&TimeAxis::ALL),
        10 => {
            query.measure = Measure::DownloadsMade;
            query.made = months(table, chance);
        }
        _ => set_one(table, &mut query, chance),
    }
    query
}

/// Months in which downloads were made: mostly of the history, now and then none of it or in the wrong order.
fn months(table: &Table, chance: &mut Chance) -> MonthRange {
    let mut end = || match chance.below(6) {
        0 => None,
        1 => Some(format!("{}-{:02}", 2020 + chance.below(12), 1 + chance.below(12))),
        _ if table.history.months.is_empty() => Some("2025-01".to_owned()),
        _ => Some(chance.pick(&table.history.months).clone()),
    };
    let (from, to) = (end(), end());
    match from > to && to.is_some() && chance.happens(80) {
        true => MonthRange { from: to, to: from },
        false => MonthRange { from, to },
    }
}

/// A text to search ids for: often a piece of one, in any case, sometimes of two that follow each other, which no id
/// need hold; now and then a longer one than before.
pub fn search(table: &Table, before: Option<&str>, chance: &mut Chance) -> String {
    let id = |chance: &mut Chance| -> Vec<char> {
        if table.models.is_empty() {
            return "no/model".chars().collect();
        }
        let at = chance.below(table.models.len());
        let two = table.models[at..].iter().take(2).map(|model| model.id.chars());
        two.flatten().collect()
    };
    let cased = |letter: char, chance: &mut Chance| match chance.below(3) {
        0 => letter.to_ascii_uppercase(),
        1 => letter.to_ascii_lowercase(),
        _ => letter,
    };
    let (letters, mut start, mut end);
    match before.filter(|_| chance.happens(50)) {
        Some(before) => {
            let near = table.models.iter().find(|model| {
                let id = model.id.to_ascii_lowercase();
                id.contains(&before.to_ascii_lowercase())
            });
            let Some(model) = near else { return format!("{before}x") };
            let place = model
                .id
                .to_ascii_lowercase()
                .find(&before.to_ascii_lowercase())
                .unwrap();
            letters = model.id.chars().collect::<Vec<_>>();
            start = model.id[..place].chars().count();
            end = start + before.chars().count();
            start -= chance.below(start + 1).min(2);
            end += chance.below(letters.len() - end + 1).min(2);
        }
        None => {
            letters = id(chance);
            if letters.is_empty() {
                return "a".to_owned();
            }
            start = chance.below(letters.len());
            end = start + 1 + chance.below((letters.len() - start).min(12));
        }
    }
    let text: String = letters[start..end]
        .iter()
        .map(|letter| cased(*letter, chance))
        .collect();
    match chance.below(12) {
        0 => format!("{text}?"),
        _ => text,
    }
}

fn remove_one(query: &mut Query, chance: &mut Chance) -> Option<Clause> {
    let facets: Vec<Facet> = query.clauses.keys().copied().collect();
    match facets.is_empty() {
        true => None,
        false => query.clauses.remove(chance.pick(&facets)),
    }
}

/// Adds a value to a list of values or takes it away.
fn toggle(table: &Table, query: &mut Query, chance: &mut Chance) {
    let facet = *chance.pick(&Facet::ALL);
    let key = value(table, facet, chance);
    match query.clauses.get_mut(&facet) {
        Some(Clause::SomeOf(keys) | Clause::NoneOf(keys)) => {
            if !keys.remove(&key) {
                keys.insert(key);
            }
        }
        _ => drop(query.clauses.insert(facet, Clause::SomeOf([key].into()))),
    }
}

fn set_one(table: &Table, query: &mut Query, chance: &mut Chance) {
    let facet = *chance.pick(&Facet::ALL);
    query.clauses.insert(facet, clause(table, facet, chance));
}

/// A clause on a facet.
pub fn clause(table: &Table, facet: Facet, chance: &mut Chance) -> Clause {
    let keys = |chance: &mut Chance| -> BTreeSet<String> {
        let count = *chance.pick(&[0, 1, 1, 1, 2, 3, 8]);
        (0..count).map(|_| value(table, facet, chance)).collect()
    };
    // A range of a facet without order now and then: it means nothing.
    let range = if facet.is_ordered() { 60 } else { 3 };
    if chance.happens(range) {
        let mut end = || (!chance.happens(20)).then(|| range_end(table, facet, chance));
        let (from, to) = (end(), end());
        return match in_order(facet, &from, &to) || chance.happens(15) {
            true => Clause::Range { from, to },
            false => Clause::Range { from: to, to: from },
        };
    }
    match chance.happens(60) {
        true => Clause::SomeOf(keys(chance)),
        false => Clause::NoneOf(keys(chance)),
    }
}

fn in_order(facet: Facet, from: &Option<String>, to: &Option<String>) -> bool {
    let (Some(from), Some(to)) = (from, to) else {
        return true;
    };
    match (facet, from.parse::<u64>(), to.parse::<u64>()) {
        (Facet::Parameters, Ok(from), Ok(to)) => from <= to,
        _ => from <= to,
    }
}

/// A value of a facet, of a row where there is one; now and then one the snapshot does not have.
fn value(table: &Table, facet: Facet, chance: &mut Chance) -> String {
    match chance.below(10) {
        0 => "nothing has this value".to_owned(),
        1 => UNKNOWN.to_owned(),
        _ if !table.has(facet) => UNKNOWN.to_owned(),
        2..=4 => chance.pick(&table.catalogue(facet)).clone(),
        _ if table.models.is_empty() => UNKNOWN.to_owned(),
        _ => {
            let values = table.values_of(chance.pick(&table.models), facet);
            (*chance.pick(&values)).to_owned()
        }
    }
}

fn range_end(table: &Table, facet: Facet, chance: &mut Chance) -> String {
    if chance.happens(3) {
        return "not a value".to_owned();
    }
    match facet {
        Facet::Parameters => match chance.below(4) {
            0 => chance.pick(&bin_starts()).to_string(),
            1 => chance.of_any_magnitude(63).to_string(),
            2 => (chance.pick(&bin_starts()) + 1).to_string(),
            _ => match chance.pick(&[None, Some(())]).and_then(|()| table.models.first()) {
                Some(_) => chance
                    .pick(&table.models)
                    .parameters
                    .unwrap_or(5_000_000_000)
                    .to_string(),
                None => "1000000000".to_owned(),
            },
        },
        Facet::Month => match chance.happens(30) {
            true => format!("{}-{:02}", 2020 + chance.below(12), 1 + chance.below(12)),
            false => value(table, facet, chance),
        },
        _ => value(table, facet, chance),
    }
}
