//! What the benchmark calls in a browser, built as the page's worker is: the engine ([`Probe`]), the decoded rows that
//! the other contestants are fed ([`Rows`]), and the time it takes to do no more than read bytes ([`Stream`]).
//!
//! Nothing of this is part of the published page.

mod probe;
mod rows;
mod stream;

pub use probe::Probe;
pub use rows::Rows;
pub use stream::Stream;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The snapshot cannot be read.
    #[error(transparent)]
    Snapshot(#[from] atlas_snapshot::SnapshotError),
    /// The engine refuses.
    #[error(transparent)]
    Engine(#[from] atlas_engine::EngineError),
    /// A result could not be written as JSON.
    #[error("a result could not be written: {0}")]
    Json(#[from] serde_json::Error),
    /// The caller named something that is not there.
    #[error("there is no {0}")]
    Missing(String),
}
