//! What the tags of a dataset say: its tasks, how many rows it has, its licence.

use atlas_protocol::collection::set_text;
use atlas_protocol::facet::{SIZE_CATEGORIES, UNKNOWN};
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use serde_json::Value;

use crate::hub_columns::HubBatch;
use crate::lineage::UNKNOWN_RELATION;
use crate::reject::Note;
use crate::row_block::{
    LICENCE, NOT_KNOWN, PARAMETERS_SOURCES, RowBlock, SIZE_CATEGORY, Scratch, TASK, add_licence, note, usable,
};

/// How tags begin that name a task, and a size category.
pub(crate) const TASK_TAG: &str = "task_categories:";
pub(crate) const SIZE_TAG: &str = "size_categories:";

/// Adds a size category by its place among those of the Hub, or [`NOT_KNOWN`].
pub(crate) fn push_size(size: u32, block: &mut RowBlock) {
    if let Some(texts) = block
        .texts
        .get_mut(SIZE_CATEGORY)
        .filter(|texts| texts.values().is_empty())
    {
        // All categories in their order, so that the code of each is its place in every block.
        for (key, _) in SIZE_CATEGORIES {
            texts.code(key);
        }
    }
    block.push_code(SIZE_CATEGORY, size);
}

/// Adds the tasks as one set, the first size category that the Hub knows, and the licence. What only models have is unknown.
pub(crate) fn add(columns: &HubBatch<'_>, row: usize, scratch: &mut Scratch, block: &mut RowBlock) {
    block.parameters.push(UNKNOWN_NUMBER);
    block.parameters_source.push(PARAMETERS_SOURCES.len() as u8 - 1);
    block.relation.push(UNKNOWN_RELATION);
    block.origin.push(NOT_KNOWN);
    let Scratch { tasks, licence, .. } = scratch;
    tasks.clear();
    licence.clear();
    let mut size = NOT_KNOWN;
    let tags_read = columns.tags.each(row, |tag| {
        if let Some(task) = tag.strip_prefix(TASK_TAG) {
            tasks.push(task.trim().to_owned());
        } else if let Some(category) = tag.strip_prefix(SIZE_TAG) {
            let known = SIZE_CATEGORIES.iter().position(|(key, _)| *key == category.trim());
            size = known.filter(|_| size == NOT_KNOWN).map_or(size, |at| at as u32);
        } else if let Some(named) = tag.strip_prefix("license:").filter(|_| licence.is_empty()) {
            licence.push_str(named);
        }
    });
    let card = columns
        .cards
        .get(row)
        .filter(|card| licence.is_empty() && card.contains("license"));
    let card_read = card.is_none_or(|card| match serde_json::from_str::<Value>(card) {
        Ok(card) => {
            add_licence(&card, licence);
            true
        }
        Err(_) => false,
    });
    if !tags_read || !card_read {
        note(block, Note::JsonUnreadable);
    }
    let mut named: Vec<&str> = Vec::new();
    for task in tasks.iter() {
        match usable(Some(task), block) {
            // A comma stands between the tasks of a set.
            Some(task) if task.contains(',') => note(block, Note::ValueUnusable),
            task => named.extend(task),
        }
    }
    let set = set_text(named);
    let task = block.texts.get_mut(TASK).filter(|_| set != UNKNOWN);
    let task = task.map_or(NOT_KNOWN, |texts| texts.code(&set));
    block.push_code(TASK, task);
    push_size(size, block);
    let licence = usable(Some(licence), block);
    let licence = licence.and_then(|text| Some(block.texts.get_mut(LICENCE)?.code(text)));
    block.push_code(LICENCE, licence.unwrap_or(NOT_KNOWN));
}
