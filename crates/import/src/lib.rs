//! Hub files to snapshots: what an import does, without disk, network, clock or threads.
//!
//! A file comes in as a [`source::ByteSource`], range by range. A [`dump::Dump`] finds its columns and hands on record
//! batches; a [`row_block::RowReader`] turns batches into blocks of resolved rows, a [`collect::Collector`] joins them, and
//! an [`assemble::Assembly`] makes the parts and the manifest. The command line does this on every core and writes a folder;
//! [`one_by_one`] does it in one thread and hands each part on, for the browser. [`hub_api`] holds what can be said of the
//! Hub's own list without asking it.

pub mod assemble;
pub mod collect;
pub mod count_cells;
pub mod countries;
pub mod curated;
pub mod curated_file;
mod dataset_words;
pub mod date_cells;
pub mod day_in_name;
pub mod declared_size;
pub mod definitions;
pub mod dictionaries;
pub mod digits;
pub mod dump;
pub mod hub_api;
pub mod hub_columns;
pub mod hub_id;
pub mod joined_rows;
pub mod json_dump;
pub mod json_rows;
pub mod lineage;
pub mod moment;
pub mod one_by_one;
pub mod parquet_dump;
mod parquet_pages;
pub mod registry;
pub mod reject;
pub mod row_block;
pub mod size_in_name;
pub mod size_overrides;
pub mod slice;
pub mod source;
pub mod text_cells;
pub mod zstd_pages;
