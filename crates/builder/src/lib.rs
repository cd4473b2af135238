//! The command line: Hub files to snapshots.
//!
//! What an import does lies in `atlas_import`, which touches neither disk nor clock nor threads. Around it stand the command
//! line's own pieces: files, folders, progress, the questions to the Hub, and a generator of synthetic Hubs.

pub mod disk_file;
pub mod fetch;
pub mod history;
pub mod import;
pub mod input_file;
pub mod inspect;
pub mod parquet_errors;
pub mod progress;
pub mod reject_lines;
pub mod report;
pub mod row_groups;
pub mod sample;
pub mod snapshot_folder;
