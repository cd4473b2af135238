//! Batches of a dump to blocks of resolved rows.
//!
//! A [`RowReader`] holds the rules and reads batches; it changes nothing, so that several threads can share one. Each
//! fills blocks of its own, which a [`Collector`](crate::collect::Collector) then joins in file order.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use atlas_protocol::Collection;
use atlas_protocol::facet::UNKNOWN;
use atlas_snapshot::Ids;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use serde_json::Value;

use crate::count_cells::Count;
use crate::dataset_words;
use crate::date_cells::Moment;
use crate::hub_columns::{ColumnsPresent, HubBatch, HubColumn};
use crate::hub_id::{account_of, is_hub_id};
use crate::lineage::{BASE, Lineage, UNKNOWN_RELATION};
use crate::moment::{DAY, Month};
use crate::registry::Registry;
use crate::reject::{Note, Reason, Reject};
use crate::size_in_name::parameters_in_name;
use crate::size_overrides::SizeOverrides;
use crate::text_cells::ColumnTypeError;

/// Where a parameter count comes from, in the order in which a snapshot lists it and in which the sources are asked.
pub const PARAMETERS_SOURCES: [&str; 5] = ["override", "safetensors", "gguf", "name", "unknown"];

/// What a reader sees for each of [`PARAMETERS_SOURCES`].
pub const PARAMETERS_SOURCE_LABELS: [&str; 5] = [
    "Corrected by Hub Atlas",
    "Safetensors header",
    "GGUF header",
    "Name of the model",
    "Unknown",
];

/// Code of the origin of a model without a base model.
pub const ORIGIN_OWN: u32 = u32::MAX - 1;

/// Code of an origin, account or month that is not known.
pub const NOT_KNOWN: u32 = u32::MAX;

/// Code of a month that is not known.
pub const MONTH_NOT_KNOWN: u16 = u16::MAX;

/// Longest task, library or licence that is taken, in bytes.
const LONGEST_VALUE: usize = 128;

/// The earliest date that is believed: 2016-01-01, the year the company behind the Hub began.
const EARLIEST: i64 = 16_801 * DAY;

/// Texts, each once, and their codes.
#[derive(Clone, Debug, Default)]
pub struct Interned {
    values: Vec<String>,
    codes: HashMap<String, u32, foldhash::fast::FixedState>,
}

impl Interned {
    /// The code of a text; a new one when it is met first.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = self.values.len() as u32;
        self.values.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }

    /// The texts in the order of their codes.
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

/// Resolved rows in file order, and what was left out between them.
#[derive(Clone, Debug, Default)]
pub struct RowBlock {
    /// Rows read, kept or not.
    pub rows_read: u64,
    /// Ids of the rows kept.
    pub ids: Ids,
    /// Downloads in 30 days.
    pub downloads_30d: Vec<u64>,
    /// All-time downloads, or [`UNKNOWN_NUMBER`].
    pub downloads_all_time: Vec<u64>,
    /// Likes.
    pub likes: Vec<u64>,
    /// Parameter counts, or [`UNKNOWN_NUMBER`].
    pub parameters: Vec<u64>,
    /// Positions in [`PARAMETERS_SOURCES`].
    pub parameters_source: Vec<u8>,
    /// [`Month`]s, or [`MONTH_NOT_KNOWN`].
    pub month: Vec<u16>,
    /// Positions of registry entries, or [`NOT_KNOWN`].
    pub account: Vec<u32>,
    /// Positions in [`crate::lineage::RELATIONS`].
    pub relation: Vec<u8>,
    /// Positions of the registry's organisations, [`ORIGIN_OWN`] or [`NOT_KNOWN`].
    pub origin: Vec<u32>,
    /// Codes of task, library and licence in [`RowBlock::texts`], or [`NOT_KNOWN`]; of datasets those of the set of tasks, size
    /// category and licence.
    pub text_codes: [Vec<u32>; 3],
    /// When each was last changed, seconds from 1970, 0 where that is not known; empty where only one file is read.
    pub last_modified: Vec<u32>,
    /// Position of the file of each among the files read; empty where only one file is read.
    pub file: Vec<u16>,
    /// The tasks, libraries and licences met.
    pub texts: [Interned; 3],
    /// Rows left out.
    pub rejects: Vec<Reject>,
    /// How often each [`Note`] applies, in the order of [`Note::ALL`].
    pub notes: [u64; Note::ALL.len()],
}

/// Position of the task in [`RowBlock::texts`].
pub const TASK: usize = 0;
/// Position of the library in [`RowBlock::texts`].
pub const LIBRARY: usize = 1;
/// Position of a dataset's size category in [`RowBlock::texts`]: datasets have no library.
pub const SIZE_CATEGORY: usize = LIBRARY;
/// Position of the licence in [`RowBlock::texts`].
pub const LICENCE: usize = 2;

/// The rules by which the rows of one file are resolved.
pub struct RowReader<'a> {
    collection: Collection,
    registry: &'a Registry,
    overrides: &'a SizeOverrides,
    present: ColumnsPresent,
    latest: i64,
    /// Position of the file, where it is one of several.
    file: Option<u16>,
    /// Whether likes are a measure of the snapshot.
    counts_likes: bool,
}

/// What one row says, before it is added to a block.
#[derive(Default)]
pub(crate) struct Scratch {
    lineage: Lineage,
    pub(crate) licence: String,
    pub(crate) tasks: Vec<String>,
}

impl<'a> RowReader<'a> {
    /// Rules for a dump with these columns, taken on a day that begins `taken_on` seconds after 1970.
    pub fn new(
        registry: &'a Registry,
        overrides: &'a SizeOverrides,
        present: ColumnsPresent,
        taken_on: i64,
    ) -> RowReader<'a> {
        RowReader {
            collection: Collection::Models,
            registry,
            overrides,
            counts_likes: present.has(HubColumn::Likes),
            present,
            latest: taken_on + 2 * DAY,
            file: None,
        }
    }

    /// The same for another collection.
    pub fn of(mut self, collection: Collection) -> RowReader<'a> {
        self.collection = collection;
        self
    }

    /// The same for the file at a position among several whose columns together are `united`.
    pub fn among(mut self, file: u16, united: &ColumnsPresent) -> RowReader<'a> {
        self.file = Some(file);
        self.counts_likes = united.has(HubColumn::Likes);
        self
    }

    /// Reads a batch whose first row stands at `first_row` of the file, and adds it to a block.
    ///
    /// # Errors
    /// When a column is of a type that cannot hold what is wanted of it.
    pub fn read(&self, batch: &RecordBatch, first_row: u64, block: &mut RowBlock) -> Result<(), ColumnTypeError> {
        let columns = HubBatch::of(&self.present, batch)?;
        let mut scratch = Scratch::default();
        for row in 0..batch.num_rows() {
            if let Err(reject) = self.read_row(&columns, row, first_row + row as u64, &mut scratch, block) {
                block.rejects.push(reject);
            }
        }
        block.rows_read += batch.num_rows() as u64;
        Ok(())
    }

    fn read_row(
        &self,
        columns: &HubBatch<'_>,
        row: usize,
        file_row: u64,
        scratch: &mut Scratch,
        block: &mut RowBlock,
    ) -> Result<(), Reject> {
        let Some(id) = columns.ids.get(row).filter(|id| !id.is_empty()) else {
            return Err(Reject::new(file_row, Reason::IdMissing, "id", "", ""));
        };
        if !is_hub_id(id) {
            return Err(Reject::new(file_row, Reason::IdNotOfTheHub, "id", id, id));
        }
        let count = |count, column: HubColumn| match count {
            Count::Missing => Ok(None),
            Count::Known(count) => Ok(Some(count)),
            Count::Absurd(value) => {
                let is_negative = value.trim_start().starts_with('-');
                let reason = if is_negative {
                    Reason::CountNegative
                } else {
                    Reason::CountAbsurd
                };
                Err(Reject::new(file_row, reason, column.name(), id, &value))
            }
        };
        let Some(downloads) = count(columns.downloads.get(row), HubColumn::Downloads)? else {
            return Err(Reject::new(file_row, Reason::DownloadsMissing, "downloads", id, ""));
        };
        let all_time = count(columns.downloads_all_time.get(row), HubColumn::DownloadsAllTime)?;
        let likes = count(columns.likes.get(row), HubColumn::Likes)?;
        let month = self
            .month(columns.created_at.get(row))
            .map_err(|(reason, value)| Reject::new(file_row, reason, HubColumn::CreatedAt.name(), id, &value))?;

        block.ids.push(id);
        block.downloads_30d.push(downloads);
        block.downloads_all_time.push(all_time.unwrap_or(UNKNOWN_NUMBER));
        if likes.is_none() && self.counts_likes {
            note(block, Note::LikesMissing);
        }
        block.likes.push(likes.unwrap_or(0));
        block.month.push(month);
        block
            .account
            .push(self.registry.find(account_of(id)).unwrap_or(NOT_KNOWN));
        if let Some(file) = self.file {
            let last_modified = match columns.last_modified.get(row) {
                Moment::Known(seconds) => u32::try_from(seconds).unwrap_or(0),
                Moment::Missing | Moment::Unreadable(_) => 0,
            };
            block.last_modified.push(last_modified);
            block.file.push(file);
        }
        match self.collection {
            Collection::Models => {
                self.add_size(columns, row, id, block);
                self.add_words(columns, row, scratch, block);
            }
            Collection::Datasets => dataset_words::add(columns, row, scratch, block),
        }
        Ok(())
    }

    fn month(&self, moment: Moment) -> Result<u16, (Reason, String)> {
        match moment {
            Moment::Missing => Ok(MONTH_NOT_KNOWN),
            Moment::Unreadable(text) => Err((Reason::DateUnreadable, text)),
            Moment::Known(seconds) if (EARLIEST..self.latest).contains(&seconds) => {
                Ok(Month::of(seconds).map_or(MONTH_NOT_KNOWN, |month| month.max(Month::FIRST).0))
            }
            Moment::Known(seconds) => Err((Reason::DateOutOfRange, crate::moment::format(seconds))),
        }
    }

    fn add_size(&self, columns: &HubBatch<'_>, row: usize, id: &str, block: &mut RowBlock) {
        let (parameters, source) = match self.overrides.find(id) {
            Some(parameters) => (Count::Known(parameters), 0),
            None => match columns.safetensors.get(row) {
                Count::Missing => match columns.gguf.get(row) {
                    Count::Missing => match parameters_in_name(id) {
                        Some(parameters) => (Count::Known(parameters), 3),
                        None => (Count::Missing, 4),
                    },
                    declared => (declared, 2),
                },
                declared => (declared, 1),
            },
        };
        let (parameters, source) = match parameters {
            Count::Known(parameters) => (parameters, source),
            Count::Missing => (UNKNOWN_NUMBER, 4),
            Count::Absurd(_) => {
                note(block, Note::ParametersAbsurd);
                (UNKNOWN_NUMBER, 4)
            }
        };
        block.parameters.push(parameters);
        block.parameters_source.push(source);
    }

    /// Adds task, library, licence, relation and origin.
    fn add_words(&self, columns: &HubBatch<'_>, row: usize, scratch: &mut Scratch, block: &mut RowBlock) {
        let Scratch { lineage, licence, .. } = scratch;
        lineage.clear();
        licence.clear();
        columns.base_models.add_to(row, lineage);
        let tags_read = columns.tags.each(row, |tag| match tag.as_bytes().first() {
            Some(b'b') => lineage.add_tag(tag),
            Some(b'l') if licence.is_empty() => licence.push_str(tag.strip_prefix("license:").unwrap_or_default()),
            _ => {}
        });
        let wants_card = licence.is_empty() || !lineage.declares();
        let card = columns
            .cards
            .get(row)
            .filter(|card| wants_card && (card.contains("license") || card.contains("base_model")));
        let card_read = card.is_none_or(|card| add_card(card, lineage, licence));
        if !tags_read || !card_read || lineage.is_unreadable() {
            note(block, Note::JsonUnreadable);
        }
        let was_read = tags_read && (card_read || !columns.has_only_cards());
        let relation = match columns.has_lineage() && (was_read || lineage.declares()) {
            true => lineage.relation(),
            false => UNKNOWN_RELATION,
        };
        if lineage.declares() && relation == UNKNOWN_RELATION {
            note(block, Note::RelationMissing);
        }
        block.relation.push(relation);
        block.origin.push(self.origin(relation, lineage.base_model()));
        let texts = [
            columns.tasks.get(row),
            columns.libraries.get(row),
            Some(licence.as_str()),
        ];
        for (at, text) in texts.into_iter().enumerate() {
            let code =
                usable(text, block).map(|text| block.texts.get_mut(at).map_or(NOT_KNOWN, |texts| texts.code(text)));
            block.push_code(at, code.unwrap_or(NOT_KNOWN));
        }
    }

    fn origin(&self, relation: u8, base_model: Option<&str>) -> u32 {
        if relation == BASE {
            return ORIGIN_OWN;
        }
        let entry = base_model.and_then(|id| self.registry.find(account_of(id)));
        entry
            .and_then(|entry| self.registry.entry_at(entry)?.organisation)
            .unwrap_or(NOT_KNOWN)
    }
}

impl RowBlock {
    /// Adds the code of a row's text.
    pub(crate) fn push_code(&mut self, at: usize, code: u32) {
        if let Some(codes) = self.text_codes.get_mut(at) {
            codes.push(code);
        }
    }
}

/// A text that says something; one that cannot be used is noted.
pub(crate) fn usable<'a>(text: Option<&'a str>, block: &mut RowBlock) -> Option<&'a str> {
    let text = text
        .map(str::trim)
        .filter(|text| !text.is_empty() && *text != UNKNOWN)?;
    if text.len() > LONGEST_VALUE || text.chars().any(char::is_control) {
        note(block, Note::ValueUnusable);
        return None;
    }
    Some(text)
}

/// Adds what a model card says; `false` when it is not JSON.
fn add_card(card: &str, lineage: &mut Lineage, licence: &mut String) -> bool {
    let Ok(card) = serde_json::from_str::<Value>(card) else {
        return false;
    };
    if !lineage.declares() {
        lineage.add_card(&card);
    }
    add_licence(&card, licence);
    true
}

/// Takes the licence that a card declares, the first of several, where none is known yet.
pub(crate) fn add_licence(card: &Value, licence: &mut String) {
    if licence.is_empty() {
        let declared = match card.get("license") {
            Some(Value::Array(licences)) => licences.first(),
            declared => declared,
        };
        licence.push_str(declared.and_then(Value::as_str).unwrap_or_default());
    }
}

pub(crate) fn note(block: &mut RowBlock, note: Note) {
    if let Some(count) = block.notes.get_mut(note.index()) {
        *count += 1;
    }
}
