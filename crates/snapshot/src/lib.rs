//! The published snapshot format: a manifest, Parquet parts, checksums; bytes to columns and back. No IO.
//!
//! A snapshot is a folder any static host can serve: [`manifest::Manifest`] as `manifest.json` beside plain Parquet
//! parts named by their content. [`write::write_models`] and [`write::write_ids`] turn columns into parts,
//! [`read::read_models`] and [`read::read_ids`] turn parts back into columns of dictionary codes, ready for the engine.
//! `docs/SNAPSHOT.md` describes the format for those who write or read it without this crate.

pub mod checksum;
pub mod columns;
pub mod history;
pub mod manifest;
mod numbers;
pub mod read;
pub mod write;
pub mod write_history;

pub use atlas_protocol::Collection;
pub use checksum::sha256_hex;
pub use columns::{CodeColumn, Ids, ModelColumns, NumberColumn};
pub use manifest::{Manifest, Part, PartKind};

/// What can be wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The manifest is not what it should be.
    #[error("manifest.json cannot be used: {0}. Build the snapshot again with `hub-atlas import`.")]
    Manifest(String),
    /// The manifest is of a format this version does not know.
    #[error(
        "manifest.json is of format {found}, and this version of Hub Atlas reads format 1. Use a newer page, or build the snapshot with a matching `hub-atlas`."
    )]
    Format {
        /// The format the manifest names.
        found: u32,
    },
    /// A part is not the file that the manifest names.
    #[error("{path} is damaged: {what}. Fetch it again, or build the snapshot again.")]
    Part {
        /// File name of the part.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// Columns that do not fit together were given to the writer.
    #[error("these columns cannot be written: {0}")]
    Columns(String),
}
