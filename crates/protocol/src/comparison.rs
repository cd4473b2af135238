//! Two snapshots side by side.

use serde::{Deserialize, Serialize};

use crate::answer::Sums;
use crate::query::Query;

/// What became of the models of a slice between two snapshots, by downloads in 30 days. Each snapshot's own facets decide
/// whether a model is in its slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The question: its clauses and its split; its measure is always downloads in 30 days.
    pub query: Query,
    /// Day of the earlier snapshot, `YYYY-MM-DD`.
    pub taken_before: String,
    /// Day of the later snapshot.
    pub taken_after: String,
    /// Whether the models of either are made up.
    pub synthetic: bool,
    /// Sums over the slice of the earlier snapshot.
    pub before: Sums,
    /// Sums over the slice of the later one.
    pub after: Sums,
    /// Downloads in 30 days by value of the facet that splits; values that hold nothing in either are left out, and between
    /// page and worker all but the largest of very many.
    pub values: Vec<ValueChange>,
    /// The models whose count changed, in the order of [`Change::ALL`].
    pub groups: Vec<Group>,
    /// Models in both slices whose count is the same.
    pub unchanged: u64,
}

/// A value of a facet in both snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    /// Its key.
    pub key: String,
    /// What the reader sees.
    pub label: String,
    /// Its sum in the earlier snapshot.
    pub before: u64,
    /// Its sum in the later one.
    pub after: u64,
}

/// What became of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// In both slices, with more downloads.
    Rose,
    /// In both slices, with fewer.
    Fell,
    /// In the later slice only.
    Appeared,
    /// In the earlier slice only.
    Vanished,
}

impl Change {
    /// Every change.
    pub const ALL: [Change; 4] = [Change::Rose, Change::Fell, Change::Appeared, Change::Vanished];

    /// The name in tests and styles.
    pub const fn key(self) -> &'static str {
        match self {
            Change::Rose => "rose",
            Change::Fell => "fell",
            Change::Appeared => "appeared",
            Change::Vanished => "vanished",
        }
    }
}

/// The models of one kind of change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What became of them.
    pub change: Change,
    /// How many there are.
    pub models: u64,
    /// Their downloads in the earlier slice together; 0 for those that appeared.
    pub before: u64,
    /// Their downloads in the later slice together; 0 for those that vanished.
    pub after: u64,
    /// Those that changed most, largest change first.
    pub rows: Vec<ModelChange>,
}

/// A model in both snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChange {
    /// The Hub's id; `None` until somebody has looked it up.
    pub id: Option<String>,
    /// Its row: in the earlier snapshot if it vanished, else in the later one.
    pub row: u32,
    /// Downloads in the earlier slice, 0 where it is not in it.
    pub before: u64,
    /// Downloads in the later slice, 0 where it is not in it.
    pub after: u64,
    /// Whether the snapshot in whose slice it is not has it outside of the slice.
    pub elsewhere: bool,
}
