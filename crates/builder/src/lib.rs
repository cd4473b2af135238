//! Hub files to snapshots.
//!
//! The heart of an import touches neither disk nor clock nor threads, so that it can run wherever record batches come
//! from: a [`row_block::RowReader`] turns batches into blocks of resolved rows, a [`collect::Collector`] joins them, and an
//! [`assemble::Assembly`] makes the parts and the manifest. Around it stand the command line's own pieces: files, folders,
//! progress, and a generator of synthetic Hubs.

pub mod assemble;
pub mod collect;
pub mod count_cells;
pub mod countries;
pub mod curated;
pub mod date_cells;
pub mod declared_size;
pub mod definitions;
pub mod dictionaries;
pub mod dump_file;
pub mod fetch;
pub mod history;
pub mod hub_columns;
pub mod hub_id;
pub mod import;
pub mod input_file;
pub mod inspect;
pub mod joined_rows;
pub mod json_file;
pub mod json_rows;
pub mod lineage;
pub mod moment;
pub mod parquet_errors;
pub mod progress;
pub mod registry;
pub mod reject;
pub mod reject_lines;
pub mod report;
pub mod row_block;
pub mod sample;
pub mod size_in_name;
pub mod size_overrides;
pub mod snapshot_folder;
pub mod text_cells;
