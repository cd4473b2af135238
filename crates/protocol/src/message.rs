//! Messages between the page and its worker, and what an opened snapshot says of itself.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::answer::{Answer, Progress, RowsAnswer, Statistics, Sums};
use crate::check::{Check, Checked};
use crate::collection::Collection;
use crate::comparison::Comparison;
use crate::facet::Facet;
use crate::history::HistoryNote;
use crate::query::{Measure, Query, RowSort};

/// A value of a facet as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// Name in queries, addresses and exports.
    pub key: String,
    /// What the reader sees.
    pub label: String,
    /// Key of the value it belongs to in the coarser facet (country: region; month: year; parameters: size).
    pub parent: Option<String>,
}

/// The values of one facet in the order in which answers count them; the last one is `unknown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The facet.
    pub facet: Facet,
    /// Its values.
    pub values: Vec<FacetValue>,
}

impl Catalogue {
    /// The position of a value, or `None` when the snapshot does not hold it.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.values.iter().position(|value| value.key == key)
    }
}

/// Where a snapshot's facts come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceNote {
    /// Name of the source.
    pub name: String,
    /// Address of the source, where it has one.
    pub url: Option<String>,
    /// Licence, where known.
    pub licence: Option<String>,
    /// Whom to credit and how.
    pub attribution: Option<String>,
}

/// Which models of the Hub a snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// In words that can go on with “of the Hub”, such as `the 1,000 most downloaded models`.
    pub models: String,
    /// Whether these are all there were on the day they were taken.
    pub complete: bool,
}

/// What an opened snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// What it collects.
    pub collection: Collection,
    /// Day the metadata were taken from the Hub, `YYYY-MM-DD`.
    pub taken_on: String,
    /// Whether the models are made up.
    pub synthetic: bool,
    /// Which models of the Hub it holds, where that is known.
    pub scope: Option<Scope>,
    /// Sources with licence and attribution.
    pub sources: Vec<SourceNote>,
    /// SHA-256 of the manifest, in hex: it names the snapshot, because the manifest names the hash of every part.
    pub checksum: String,
    /// Sums over the whole snapshot as the manifest states them.
    pub totals: Sums,
    /// Measures the source has.
    pub measures: Vec<Measure>,
    /// Term and meaning, for the reader and for exports.
    pub definitions: Vec<(String, String)>,
    /// The values of every facet, in the order of [`Facet::ALL`]; none of those that the collection does not have.
    pub catalogues: Vec<Catalogue>,
    /// What the history of the models states and saw, where the snapshot has one.
    pub history: Option<HistoryNote>,
}

impl Dataset {
    /// The values of one facet.
    pub fn catalogue(&self, facet: Facet) -> Option<&Catalogue> {
        self.catalogues.get(facet.index())
    }
}

/// What kind of thing went wrong, for deciding what the page offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The snapshot could not be opened: nothing is shown.
    Open,
    /// A part of the snapshot failed: what had loaded still works.
    Part,
    /// Ids could not be fetched: everything but lists and downloads works.
    Ids,
    /// The history could not be fetched: everything but downloads made by month works.
    History,
    /// The snapshot to compare with could not be used: everything but the comparison works.
    Compare,
    /// A download failed.
    Export,
    /// A message could not be understood: page and worker come from different builds.
    Protocol,
    /// Another snapshot could not be opened: the one that is shown stays.
    Replacement,
}

/// An error as a reader meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// One or two sentences: what failed and where, and what to do.
    pub message: String,
    /// Whether trying again can help.
    pub can_retry: bool,
}

/// Pieces of an export that may be under way between the worker and its page.
pub const PIECES_UNTAKEN: u32 = 8;

/// From the page to its worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Open the snapshot whose manifest lies at this absolute address. The one before stays until this one can be counted.
    Open {
        /// Absolute address of `manifest.json`.
        manifest_url: String,
    },
    /// Answer a question; a later generation makes this one obsolete.
    Ask {
        /// Rises with each question.
        generation: u32,
        /// The question.
        query: Query,
    },
    /// Get ready for changes of one facet's clause, while all other clauses stay: each question that differs from this
    /// one in nothing else is then answered in a fraction of a millisecond. Has no reply.
    Prepare {
        /// The question in force.
        query: Query,
        /// The facet whose clause is about to change, at the beginning of a drag.
        facet: Facet,
    },
    /// List the first rows of a slice, with ids; with a search, of those of its models whose id holds a text.
    ListRows {
        /// Rises with each question.
        generation: u32,
        /// The question.
        query: Query,
        /// The text; empty for all models of the slice. ASCII letters match in either case.
        search: String,
        /// Order of the rows.
        sort: RowSort,
        /// At most this many.
        limit: u32,
    },
    /// Write the slice as JSON, in pieces.
    ///
    /// At most [`PIECES_UNTAKEN`] pieces are sent ahead of [`Request::PieceTaken`], so that they do not pile up.
    Export {
        /// Names this export in the events that follow.
        export: u32,
        /// The question.
        query: Query,
        /// Only models whose id holds this text; empty for all of the slice.
        search: String,
        /// The address of the view, for the file's own header.
        link: String,
    },
    /// A piece of an export has been put away.
    PieceTaken {
        /// Which export.
        export: u32,
    },
    /// Stop an export.
    CancelExport {
        /// Which.
        export: u32,
    },
    /// Compare the slice with that of another snapshot, which is opened beside this one. The older of the two stands first.
    Compare {
        /// Rises with each question.
        generation: u32,
        /// Absolute address of the other `manifest.json`.
        manifest_url: String,
        /// The question.
        query: Query,
        /// At most this many models of each kind of change.
        limit: u32,
    },
    /// Count several slices one by one, whatever question is in force.
    Check {
        /// Rises with each list; a later one makes this one obsolete.
        generation: u32,
        /// The slices.
        checks: Vec<Check>,
    },
    /// Try again what failed: the missing parts, or the manifest.
    Retry,
    /// Open the snapshot whose files travel beside this message, a name before each, like one that lies at an address.
    OpenFiles,
}

/// From the worker to its page. Export pieces travel as raw bytes beside [`Event::ExportPiece`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker runs and listens.
    Ready,
    /// The manifest has been read and is sound; where another snapshot was open, this one is in its place from now on.
    Opened(Box<Dataset>),
    /// More of the snapshot has arrived.
    Progressed(Progress),
    /// The reply to [`Request::Ask`].
    Answered {
        /// Generation of the question.
        generation: u32,
        /// The reply.
        answer: Box<Answer>,
    },
    /// The statistics that belong to the newest answer; they follow it unless another question has arrived meanwhile.
    Measured {
        /// Generation of the question.
        generation: u32,
        /// The statistics.
        statistics: Box<Statistics>,
    },
    /// The reply to [`Request::ListRows`]. While a search goes on, more replies of the same generation follow, each over
    /// more ids than the one before.
    Listed {
        /// Generation of the question.
        generation: u32,
        /// The reply.
        rows: Box<RowsAnswer>,
    },
    /// The reply to [`Request::Compare`].
    Compared {
        /// Generation of the question.
        generation: u32,
        /// The reply.
        comparison: Box<Comparison>,
    },
    /// The reply to [`Request::Check`].
    Checked {
        /// Generation of the list.
        generation: u32,
        /// What each slice holds, in the order of the list; nothing where its question means nothing in this snapshot.
        checked: Vec<Option<Checked>>,
    },
    /// One piece of an export. The bytes are the second half of the message (a transferred `ArrayBuffer`).
    ExportPiece {
        /// Which export.
        export: u32,
        /// Rows written so far.
        rows_done: u64,
        /// Rows in all.
        rows_total: u64,
    },
    /// The last piece of an export has been sent.
    ExportDone {
        /// Which export.
        export: u32,
        /// Rows written.
        rows: u64,
    },
    /// Something failed.
    Failed(Failure),
}

/// Bytes that are not the message they should be.
#[derive(Debug, thiserror::Error)]
#[error(
    "a message between the page and its worker could not be read ({0}); reload the page to bring both to the same version"
)]
pub struct MessageError(#[from] postcard::Error);

/// Writes a message as postcard bytes.
pub fn to_bytes<T: Serialize>(message: &T) -> Result<Vec<u8>, MessageError> {
    Ok(postcard::to_allocvec(message)?)
}

/// Reads a message from postcard bytes; fails when they are cut short or of another type.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MessageError> {
    Ok(postcard::from_bytes(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Clause;

    #[test]
    fn a_message_comes_back_as_it_went() {
        let mut query = Query::default();
        query
            .clauses
            .insert(Facet::Region, Clause::SomeOf(["china".to_owned()].into()));
        query.clauses.insert(
            Facet::Parameters,
            Clause::Range {
                from: Some("1".to_owned()),
                to: None,
            },
        );
        let request = Request::Ask { generation: 7, query };
        let bytes = to_bytes(&request).unwrap();
        assert_eq!(from_bytes::<Request>(&bytes).unwrap(), request);
        assert!(from_bytes::<Request>(&bytes[..bytes.len() - 1]).is_err());
    }
}
