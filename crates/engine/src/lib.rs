//! Columns, filters, cross-filter kernels and statistics over the models of one snapshot.
//!
//! [`Engine::open`] takes a manifest, [`Engine::append`] the decoded parts as they arrive, [`Engine::answer`] a
//! [`Query`](atlas_protocol::Query) at any time in between. The engine is synchronous and deterministic, does no IO,
//! reads no clock, knows no browser, and computes the same natively and in wasm.
//!
//! How an answer comes about: rows that are alike in every facet are joined to *items* ([`cube`]), whose facets are held as
//! a few joints of columns ([`joints`]). Each clause becomes a bitmap over items; bitmap arithmetic gives the slice (no
//! clause fails) and, for each clause, the items that only this clause excludes ([`bitmap`]); the kernels add up those
//! items and nothing else, starting from the former answer where that is less work ([`cross_filter`], [`kernel`]). While
//! one facet is being dragged, an index over its values takes their place ([`brush`]).
//!
//! Where the snapshot has a history, [`Engine::append_history`] takes its parts, and downloads made in some months are one
//! more measure of the rows ([`made`]), added up when a question is about them.
//!
//! A [`Search`] finds the rows whose id holds a text ([`needle`]); lists and exports of a slice can be narrowed to them.

mod admitted;
mod bitmap;
mod brush;
mod chunks;
mod clause;
mod compare;
mod concentration;
mod cross_filter;
mod cube;
mod engine;
mod exact;
mod export;
mod folds;
mod items;
mod joints;
mod json_row;
mod kernel;
mod layout;
mod made;
mod needle;
mod parameters;
mod quantiles;
mod rows;
mod search;
mod sets;
mod sizes;
mod table;
mod weigh;

pub use compare::{Matched, compare, require_comparable};
pub use engine::Engine;
pub use export::{ExportHeader, Exporter, IdLookup};
pub use search::{Listing, Search};

/// Why the engine refuses something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A part does not fit the manifest the engine was opened with.
    #[error("a part of the snapshot does not fit the others: {0}. Build the snapshot again.")]
    Part(String),
    /// The table of rows could not be extended or read.
    #[error(
        "the table of rows failed: {0}. Reload the page; if it happens again, the snapshot is larger than this machine's memory allows."
    )]
    Table(#[from] polars_core::error::PolarsError),
    /// The snapshots to be compared hold different things.
    #[error("{0} cannot be compared with {1}: choose two snapshots of the same collection.")]
    Compared(&'static str, &'static str),
    /// An export could not be written.
    #[error("the export failed: {0}")]
    Export(String),
}
