//! A reader's question.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::facet::Facet;

/// What is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// Downloads in the 30 days before the snapshot was taken (the Hub's `downloads`).
    #[default]
    Downloads30d,
    /// Downloads since publication (the Hub's `downloadsAllTime`); not every source has it.
    DownloadsAllTime,
    /// Number of rows: of models, or of what else the collection holds.
    Models,
    /// Likes at the time of the snapshot; not every source has it.
    Likes,
    /// Downloads made in the months that the question names ([`Query::made`]), as far as the history of the snapshot
    /// states them; only snapshots with a history have it.
    DownloadsMade,
}

impl Measure {
    /// Every measure, in the order in which they are offered.
    pub const ALL: [Measure; 5] = [
        Measure::Downloads30d,
        Measure::DownloadsAllTime,
        Measure::Models,
        Measure::Likes,
        Measure::DownloadsMade,
    ];

    /// The name in addresses, exports and snapshot columns, such as `downloads_30d`.
    pub const fn key(self) -> &'static str {
        match self {
            Measure::Downloads30d => "downloads_30d",
            Measure::DownloadsAllTime => "downloads_all_time",
            Measure::Models => "models",
            Measure::Likes => "likes",
            Measure::DownloadsMade => "downloads_made",
        }
    }

    /// The measure whose [`key`](Measure::key) this is, or `None`.
    pub fn from_key(key: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.key() == key)
    }

    /// What a reader sees in the middle of a sentence, such as `downloads in 30 days`. To [`Measure::DownloadsMade`] belong
    /// the months that the question names.
    pub const fn label(self, collection: Collection) -> &'static str {
        match self {
            Measure::Downloads30d => "downloads in 30 days",
            Measure::DownloadsAllTime => "all-time downloads",
            Measure::Models => collection.description().many,
            Measure::Likes => "likes",
            Measure::DownloadsMade => "downloads made",
        }
    }
}

/// What the months of an axis of time are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimeAxis {
    /// The months in which models were published; every measure can be put on them.
    #[default]
    Published,
    /// The months in which downloads were made, as the history of the snapshot states them; only
    /// [`Measure::DownloadsMade`] can be put on them.
    Made,
}

impl TimeAxis {
    /// Every axis, in the order in which they are offered.
    pub const ALL: [TimeAxis; 2] = [TimeAxis::Published, TimeAxis::Made];

    /// The name in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            TimeAxis::Published => "published",
            TimeAxis::Made => "made",
        }
    }

    /// The axis whose [`key`](TimeAxis::key) this is, or `None`.
    pub fn from_key(key: &str) -> Option<TimeAxis> {
        TimeAxis::ALL.into_iter().find(|axis| axis.key() == key)
    }
}

/// Calendar months (UTC) from one to another as `YYYY-MM`, both included; an absent end is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthRange {
    /// First month.
    pub from: Option<String>,
    /// Last month.
    pub to: Option<String>,
}

impl MonthRange {
    /// Whether it leaves out nothing.
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether a month, as `YYYY-MM`, lies in it.
    pub fn holds(&self, month: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= month) && self.to.as_deref().is_none_or(|to| month <= to)
    }
}

/// A condition on one facet. Values are named by their keys, never by codes of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clause {
    /// The model's value is one of these; of a set of values, at least one is. An empty set matches nothing.
    SomeOf(BTreeSet<String>),
    /// The model's value is none of these; of a set of values, none is. An empty set matches everything.
    NoneOf(BTreeSet<String>),
    /// The model's value lies between two ends, for facets with [`Facet::is_ordered`]; an absent end is open.
    ///
    /// For size, size category, year and month both ends are value keys and belong to the range. For [`Facet::Parameters`] the ends
    /// are parameter counts in decimal digits and the range is half-open, `from <= parameters < to`, to the last digit.
    /// Models whose value is unknown are outside every range.
    Range {
        /// Lower end, inclusive.
        from: Option<String>,
        /// Upper end: inclusive, except for parameters.
        to: Option<String>,
    },
}

/// A question about the models of a snapshot: of those that satisfy every clause, how much of `measure` falls where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// What is added up.
    pub measure: Measure,
    /// At most one clause a facet; a model must satisfy all of them.
    pub clauses: BTreeMap<Facet, Clause>,
    /// The facet by which measure over time is split.
    pub split: Facet,
    /// The months whose downloads [`Measure::DownloadsMade`] and [`TimeAxis::Made`] count; to all else they mean nothing.
    pub made: MonthRange,
    /// What the months are of over which the measure is given.
    pub axis: TimeAxis,
}

impl Query {
    /// Whether the answer takes the history of the snapshot.
    pub fn is_of_history(&self) -> bool {
        self.measure == Measure::DownloadsMade || self.axis == TimeAxis::Made
    }
}

impl Default for Query {
    fn default() -> Query {
        Query {
            measure: Measure::default(),
            clauses: BTreeMap::new(),
            split: Facet::Region,
            made: MonthRange::default(),
            axis: TimeAxis::default(),
        }
    }
}

/// A column by which rows can be listed in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RowColumn {
    /// [`Measure::Downloads30d`].
    #[default]
    Downloads30d,
    /// [`Measure::DownloadsAllTime`].
    DownloadsAllTime,
    /// [`Measure::Likes`].
    Likes,
    /// Parameter count; unknown sorts last either way.
    Parameters,
    /// Month published; unknown sorts last either way.
    Month,
    /// [`Measure::DownloadsMade`], where the question counts it; a model of which nothing is stated sorts last either way.
    DownloadsMade,
}

impl RowColumn {
    /// Every column rows can be sorted by.
    pub const ALL: [RowColumn; 6] = [
        RowColumn::Downloads30d,
        RowColumn::DownloadsAllTime,
        RowColumn::Likes,
        RowColumn::Parameters,
        RowColumn::Month,
        RowColumn::DownloadsMade,
    ];

    /// The name in addresses and exports.
    pub const fn key(self) -> &'static str {
        match self {
            RowColumn::Downloads30d => "downloads_30d",
            RowColumn::DownloadsAllTime => "downloads_all_time",
            RowColumn::Likes => "likes",
            RowColumn::Parameters => "parameters",
            RowColumn::Month => "month",
            RowColumn::DownloadsMade => "downloads_made",
        }
    }

    /// The column whose [`key`](RowColumn::key) this is, or `None`.
    pub fn from_key(key: &str) -> Option<RowColumn> {
        RowColumn::ALL.into_iter().find(|column| column.key() == key)
    }
}

/// The order of listed rows. Rows that are equal in the column keep the snapshot's order (downloads, then id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSort {
    /// The column compared.
    pub column: RowColumn,
    /// Largest first.
    pub descending: bool,
}

impl Default for RowSort {
    fn default() -> RowSort {
        RowSort {
            column: RowColumn::default(),
            descending: true,
        }
    }
}

/// One model, spelled out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The Hub's id, `account/name`; `None` until the part with the ids has been fetched.
    pub id: Option<String>,
    /// Downloads in 30 days.
    pub downloads_30d: u64,
    /// Downloads since publication, where known.
    pub downloads_all_time: Option<u64>,
    /// Likes, where the source has them.
    pub likes: Option<u64>,
    /// Downloads made in the months of the question, where it counts [`Measure::DownloadsMade`] and the history states
    /// any of them for the model.
    pub downloads_made: Option<u64>,
    /// Parameter count, where known.
    pub parameters: Option<u64>,
    /// Where the parameter count comes from: `override`, `safetensors`, `gguf`, `name` or `unknown`.
    pub parameters_source: String,
    /// Value keys of the facets that are stored in the snapshot, by [`Facet::place`]. A set of values is one text: see
    /// [`crate::collection::set_keys`].
    pub facets: Vec<String>,
}

/// The facets spelled out in a [`Row`] of models, by place: all but the ones that follow from `parameters` and `month`.
pub const ROW_FACETS: [Facet; 10] = [
    Facet::Month,
    Facet::Region,
    Facet::Country,
    Facet::OrganisationType,
    Facet::Organisation,
    Facet::Task,
    Facet::Library,
    Facet::Licence,
    Facet::Relation,
    Facet::Origin,
];

impl Row {
    /// The value key of a facet that the collection stores, or `None` for those that follow from others.
    pub fn facet(&self, facet: Facet) -> Option<&str> {
        self.facets.get(facet.place()?).map(String::as_str)
    }
}
