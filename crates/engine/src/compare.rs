//! Two snapshots side by side: which models rose, fell, appeared in a slice and vanished from it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;

use atlas_protocol::answer::Progress;
use atlas_protocol::comparison::{Change, Comparison, Group, ModelChange, ValueChange};
use atlas_protocol::{Answer, Dataset, Measure, Query};
use atlas_snapshot::Ids;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::bitmap;
use crate::{Engine, EngineError};

/// Stands for a model that the other snapshot does not have.
const NOWHERE: u32 = u32::MAX;

/// Which rows of two snapshots are the same model: those of the same id.
#[derive(Clone, Debug, Default)]
pub struct Matched {
    /// For each row of the later snapshot its row in the earlier one.
    before: Vec<u32>,
    /// For each row of the earlier snapshot its row in the later one.
    after: Vec<u32>,
}

impl Matched {
    /// Matches the ids of an earlier and a later snapshot, each given part by part in the order of its rows.
    pub fn new(before: &[&Ids], after: &[&Ids]) -> Matched {
        let hasher = DefaultHashBuilder::default();
        let before = Rows::new(before);
        let mut places: HashTable<u32> = HashTable::with_capacity(before.len);
        let hash = |row: u32| hasher.hash_one(before.id(row));
        for row in 0..before.len as u32 {
            places.insert_unique(hash(row), row, |row| hash(*row));
        }
        let mut matched = Matched {
            before: Vec::new(),
            after: vec![NOWHERE; before.len],
        };
        let ids = after
            .iter()
            .flat_map(|part| (0..part.len()).filter_map(|row| part.get(row)));
        for (row, id) in (0..).zip(ids) {
            let found = places.find(hasher.hash_one(id), |place| before.id(*place) == id);
            let place = found.copied().unwrap_or(NOWHERE);
            if let Some(of) = matched.after.get_mut(place as usize) {
                *of = row;
            }
            matched.before.push(place);
        }
        matched
    }
}

/// The ids of a snapshot by row.
struct Rows<'a> {
    /// First row and ids of each part.
    parts: Vec<(u32, &'a Ids)>,
    len: usize,
}

impl<'a> Rows<'a> {
    fn new(parts: &[&'a Ids]) -> Rows<'a> {
        let mut rows = Rows {
            parts: Vec::new(),
            len: 0,
        };
        for part in parts {
            rows.parts.push((rows.len as u32, part));
            rows.len += part.len();
        }
        rows
    }

    fn id(&self, row: u32) -> &'a str {
        let part = self.parts.partition_point(|(first, _)| *first <= row).checked_sub(1);
        let part = part.and_then(|part| self.parts.get(part));
        part.and_then(|(first, ids)| ids.get((row - first) as usize))
            .unwrap_or_default()
    }
}

/// Refuses to compare two snapshots that hold different things, which their manifests tell before any part is read.
///
/// # Errors
/// When the two are of different collections.
pub fn require_comparable(before: &Dataset, after: &Dataset) -> Result<(), EngineError> {
    match (before.collection, after.collection) {
        (before, after) if before == after => Ok(()),
        (before, after) => Err(EngineError::Compared(before.noun(0), after.noun(0))),
    }
}

/// Compares the slice of a question in an earlier and in a later snapshot, by downloads in 30 days. Each snapshot's own
/// facets decide whether a model is in its slice. Of each kind of change the `limit` largest are listed, by row: without
/// ids, which the caller has.
///
/// # Errors
/// When the two are of different collections or a table of rows cannot be read.
pub fn compare(
    before: &mut Engine,
    after: &mut Engine,
    matched: &Matched,
    query: &Query,
    limit: usize,
) -> Result<Comparison, EngineError> {
    require_comparable(before.dataset(), after.dataset())?;
    let query = Query {
        measure: Measure::Downloads30d,
        clauses: query.clauses.clone(),
        split: query.split,
        ..Query::default()
    };
    let synthetic = before.dataset().synthetic || after.dataset().synthetic;
    let taken_on = [before.dataset().taken_on.clone(), after.dataset().taken_on.clone()];
    let answers = [
        before.answer(&query, Progress::default())?,
        after.answer(&query, Progress::default())?,
    ];
    let values = values([(&*before, &answers[0]), (&*after, &answers[1])]);
    let (before_rows, before_downloads) = before.slice_of(&query)?;
    let (after_rows, after_downloads) = after.slice_of(&query)?;
    let mut groups = Change::ALL.map(|change| Gathering::new(change, limit));
    let mut unchanged = 0;
    for row in bitmap::members(after_rows) {
        let now = after_downloads.get(row as usize);
        let place = matched.before.get(row as usize).copied().unwrap_or(NOWHERE);
        let known = place != NOWHERE;
        if known && bitmap::contains(before_rows, place as usize) {
            let then = before_downloads.get(place as usize);
            match now.cmp(&then) {
                std::cmp::Ordering::Greater => groups[0].add(now - then, then, now, row, false),
                std::cmp::Ordering::Less => groups[1].add(then - now, then, now, row, false),
                std::cmp::Ordering::Equal => unchanged += 1,
            }
        } else {
            groups[2].add(now, 0, now, row, known);
        }
    }
    for row in bitmap::members(before_rows) {
        let place = matched.after.get(row as usize).copied().unwrap_or(NOWHERE);
        let known = place != NOWHERE;
        if !known || !bitmap::contains(after_rows, place as usize) {
            let then = before_downloads.get(row as usize);
            groups[3].add(then, then, 0, row, known);
        }
    }
    let [taken_before, taken_after] = taken_on;
    Ok(Comparison {
        synthetic,
        taken_before,
        taken_after,
        before: answers[0].slice,
        after: answers[1].slice,
        values,
        groups: groups.map(Gathering::finish).into(),
        unchanged,
        query,
    })
}

/// The sums of every value of the facet that the answers are split by in both, in the order of the later snapshot's catalogue, then of the earlier's.
fn values(sides: [(&Engine, &Answer); 2]) -> Vec<ValueChange> {
    let mut found: Vec<ValueChange> = Vec::new();
    for (side, (engine, answer)) in sides.into_iter().enumerate().rev() {
        let catalogue = engine
            .dataset()
            .catalogue(answer.over_time.split)
            .map(|catalogue| catalogue.values.as_slice());
        let cells = &answer.over_time.cells;
        for (at, value) in catalogue.unwrap_or_default().iter().enumerate() {
            let sum = cells.iter().skip(at).step_by(answer.over_time.values.max(1)).sum();
            let place = match found.iter().position(|change| change.key == value.key) {
                Some(place) => place,
                None => {
                    found.push(ValueChange {
                        key: value.key.clone(),
                        label: value.label.clone(),
                        ..ValueChange::default()
                    });
                    found.len() - 1
                }
            };
            match side {
                0 => found[place].before = sum,
                _ => found[place].after = sum,
            }
        }
    }
    found.retain(|change| change.before > 0 || change.after > 0);
    found
}

/// Size of a change, then its row (the first ones first), count before, count after, and whether the model is elsewhere.
type SizedChange = (u64, Reverse<u32>, u64, u64, bool);

/// The models of one kind of change.
struct Gathering {
    group: Group,
    limit: usize,
    /// The largest changes so far, the smallest of them on top.
    first: BinaryHeap<Reverse<SizedChange>>,
}

impl Gathering {
    fn new(change: Change, limit: usize) -> Gathering {
        Gathering {
            group: Group {
                change,
                models: 0,
                before: 0,
                after: 0,
                rows: Vec::new(),
            },
            limit,
            first: BinaryHeap::new(),
        }
    }

    fn add(&mut self, size: u64, before: u64, after: u64, row: u32, elsewhere: bool) {
        self.group.models += 1;
        self.group.before += before;
        self.group.after += after;
        self.first.push(Reverse((size, Reverse(row), before, after, elsewhere)));
        if self.first.len() > self.limit {
            self.first.pop();
        }
    }

    fn finish(self) -> Group {
        let Gathering { mut group, first, .. } = self;
        for Reverse((_, Reverse(row), before, after, elsewhere)) in first.into_sorted_vec() {
            group.rows.push(ModelChange {
                id: None,
                row,
                before,
                after,
                elsewhere,
            });
        }
        group
    }
}
