//! A reader's clauses as sets of codes.

use std::collections::BTreeSet;
use std::sync::Arc;

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::size::{self, EDGES};
use atlas_protocol::{Clause, Facet, FacetValue, Query};

use crate::folds::Folds;
use crate::layout::Layout;

/// A clause in terms of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The facet it filters.
    pub(crate) facet: Facet,
    /// Whether each code of the facet's joint is admitted, wholly.
    pub(crate) admitted: Vec<bool>,
    /// Whether each value of the facet, or set of them, is admitted, wholly or in part.
    pub(crate) selected: Vec<bool>,
    /// Where rows have sets of values, whether the clause admits each value that is in them; else nothing.
    pub(crate) members: Option<Vec<bool>>,
    /// For a range of parameters that cuts through a bin: the exact half-open range. Then `admitted` leaves out the bins
    /// that it cuts, whose rows must be compared one by one.
    pub(crate) exact: Option<(u64, u64)>,
}

impl Resolved {
    /// Whether the exact range cuts each bin of the parameter counts, the unknown one included; none without such a range.
    pub(crate) fn cut_bins(&self) -> Vec<bool> {
        let Some((from, below)) = self.exact else {
            return Vec::new();
        };
        let whole = |bin: usize| size::bin_range(bin as u8).is_some_and(|(start, end)| from <= start && end <= below);
        let touched = self.selected.iter().enumerate();
        touched.map(|(bin, touched)| *touched && !whole(bin)).collect()
    }
}

/// The clauses of the last questions in terms of one snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clauses(Vec<Known>);

#[derive(Clone, Debug)]
struct Known {
    facet: Facet,
    clause: Clause,
    /// Nothing, where it means nothing in this snapshot.
    resolved: Option<Arc<Resolved>>,
    notes: Vec<String>,
}

/// How many clauses are kept.
const KNOWN: usize = 16;

impl Clauses {
    /// Translates the clauses of a query. What means nothing in this snapshot is named in the notes; a value the snapshot
    /// does not have matches no row, and where rows have sets of values, a value stands for all sets that hold it.
    /// Layout and folds are to be the same from call to call.
    pub(crate) fn resolve(
        &mut self,
        layout: &Layout,
        folds: &Folds,
        query: &Query,
    ) -> (Vec<Arc<Resolved>>, Vec<String>) {
        let (mut all, mut all_notes) = (Vec::new(), Vec::new());
        for (facet, clause) in &query.clauses {
            let is_it = |known: &Known| known.facet == *facet && known.clause == *clause;
            let known = match self.0.iter().position(is_it) {
                Some(at) => self.0.remove(at),
                None => {
                    let mut notes = Vec::new();
                    let resolved = resolve_one(layout, folds, *facet, clause, &mut notes);
                    Known {
                        facet: *facet,
                        clause: clause.clone(),
                        resolved: resolved.map(Arc::new),
                        notes,
                    }
                }
            };
            all.extend(known.resolved.clone());
            all_notes.extend_from_slice(&known.notes);
            self.0.truncate(KNOWN - 1);
            self.0.insert(0, known);
        }
        (all, all_notes)
    }
}

fn resolve_one(
    layout: &Layout,
    folds: &Folds,
    facet: Facet,
    clause: &Clause,
    notes: &mut Vec<String>,
) -> Option<Resolved> {
    let mut exact = None;
    let mut members = None;
    let collection = layout.collection();
    if !collection.has(facet) {
        notes.push(format!(
            "The Hub states no {} of {}, so that filter was ignored.",
            collection.label(facet).to_lowercase(),
            collection.noun(2)
        ));
        return None;
    }
    let selected = match clause {
        Clause::SomeOf(keys) | Clause::NoneOf(keys) => {
            let excludes = matches!(clause, Clause::NoneOf(_));
            let admits = |named: &bool| *named != excludes;
            let named = named(layout, facet, keys, notes);
            match &layout.facet(facet).sets {
                None => named.iter().map(admits).collect(),
                Some(sets) => {
                    members = Some(named.iter().map(admits).collect());
                    sets.that_hold(&named).iter().map(admits).collect()
                }
            }
        }
        Clause::Range { .. } if !facet.is_ordered() => {
            let label = collection.label(facet);
            notes.push(format!("{label} has no order, so a range of it was ignored."));
            return None;
        }
        Clause::Range { from, to } => {
            let ends = (from.as_deref(), to.as_deref());
            match range(layout, facet, ends) {
                Ok((selected, cut)) => {
                    exact = cut;
                    selected
                }
                Err(note) => {
                    notes.push(note);
                    return None;
                }
            }
        }
    };
    let mut resolved = Resolved {
        facet,
        admitted: Vec::new(),
        selected,
        members,
        exact,
    };
    let mut whole = resolved.selected.clone();
    let cut = resolved.cut_bins();
    whole.iter_mut().zip(cut).for_each(|(whole, is_cut)| *whole &= !is_cut);
    let values = folds.facet(facet).value.iter();
    resolved.admitted = values.map(|value| whole[*value as usize]).collect();
    Some(resolved)
}

fn named(layout: &Layout, facet: Facet, keys: &BTreeSet<String>, notes: &mut Vec<String>) -> Vec<bool> {
    let place = layout.facet(facet);
    let mut named = vec![false; layout.values(facet).len()];
    for key in keys {
        match place.position(key) {
            Some(position) => named[position] = true,
            None => {
                let short: String = key.chars().take(40).collect();
                let collection = layout.collection();
                notes.push(format!(
                    "This snapshot has no {} with “{short}” as {}.",
                    collection.noun(1),
                    collection.label(facet).to_lowercase()
                ));
            }
        }
    }
    named
}

type RangeEnds = (Vec<bool>, Option<(u64, u64)>);

fn range(layout: &Layout, facet: Facet, (from, to): (Option<&str>, Option<&str>)) -> Result<RangeEnds, String> {
    if facet == Facet::Parameters {
        return parameter_range(from, to);
    }
    let values = layout.values(facet);
    let place = layout.facet(facet);
    let end = |end: Option<&str>| -> Result<Option<RangeEnd>, String> {
        let Some(key) = end else { return Ok(None) };
        match facet {
            Facet::Size | Facet::SizeCategory => match place.position(key).filter(|_| key != UNKNOWN) {
                Some(position) => Ok(Some(RangeEnd::Position(position))),
                None => Err(format!("“{}” is not a size, so that filter was ignored.", shown(key))),
            },
            _ if key.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) => {
                Ok(Some(RangeEnd::Key(key.to_owned())))
            }
            _ => Err(format!(
                "“{}” is not a {}, so that filter was ignored.",
                shown(key),
                facet.key()
            )),
        }
    };
    let (from, to) = (end(from)?, end(to)?);
    let inside = |(position, value): (usize, &FacetValue)| {
        value.key != UNKNOWN
            && from.as_ref().is_none_or(|end| end.is_at_most(position, &value.key))
            && to.as_ref().is_none_or(|end| end.is_at_least(position, &value.key))
    };
    Ok((values.iter().enumerate().map(inside).collect(), None))
}

/// Years and months compare as text (their keys have a fixed form), sizes by position.
enum RangeEnd {
    Position(usize),
    Key(String),
}

impl RangeEnd {
    fn is_at_most(&self, position: usize, key: &str) -> bool {
        match self {
            RangeEnd::Position(end) => *end <= position,
            RangeEnd::Key(end) => end.as_str() <= key,
        }
    }

    fn is_at_least(&self, position: usize, key: &str) -> bool {
        match self {
            RangeEnd::Position(end) => *end >= position,
            RangeEnd::Key(end) => end.as_str() >= key,
        }
    }
}

fn parameter_range(from: Option<&str>, to: Option<&str>) -> Result<RangeEnds, String> {
    let count = |end: &str| {
        end.parse::<u64>().map_err(|_| {
            format!(
                "“{}” is not a number of parameters, so that filter was ignored.",
                shown(end)
            )
        })
    };
    let from = from.map(count).transpose()?.unwrap_or(0);
    let to = to.map(count).transpose()?.unwrap_or(u64::MAX);
    let touches = |bin| size::bin_range(bin).is_some_and(|(start, below)| start < to && from < below && from < to);
    let selected: Vec<bool> = (0..=size::UNKNOWN_BIN).map(touches).collect();
    let is_edge = |count: u64| count == 0 || count == u64::MAX || EDGES.binary_search(&count).is_ok();
    let exact = (!is_edge(from) || !is_edge(to)).then_some((from, to));
    Ok((selected, exact))
}

fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(40).collect()
}
