//! Rows that are left out, and facts of kept rows that could not be used.

use serde::Serialize;

/// Why a row is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The id is empty.
    IdMissing,
    /// The id holds characters that no Hub id has, such as markup or control characters.
    IdNotOfTheHub,
    /// The download count is empty.
    DownloadsMissing,
    /// A count is negative.
    CountNegative,
    /// A count is not a whole number, or beyond 10^15.
    CountAbsurd,
    /// The date is a text that is no date.
    DateUnreadable,
    /// The date lies before 2016 or after the day the file was taken.
    DateOutOfRange,
    /// Another row of the file has the same id and more downloads, or as many and stands before it.
    IdDuplicate,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 8] = [
        Reason::IdMissing,
        Reason::IdNotOfTheHub,
        Reason::DownloadsMissing,
        Reason::CountNegative,
        Reason::CountAbsurd,
        Reason::DateUnreadable,
        Reason::DateOutOfRange,
        Reason::IdDuplicate,
    ];

    /// What the report says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Reason::IdMissing => "the id is empty",
            Reason::IdNotOfTheHub => "the id holds characters that no Hub id has",
            Reason::DownloadsMissing => "the download count is empty",
            Reason::CountNegative => "a count is negative",
            Reason::CountAbsurd => "a count is not a whole number, or beyond 10^15",
            Reason::DateUnreadable => "the date cannot be read",
            Reason::DateOutOfRange => "the date lies before 2016 or after the day the file was taken",
            Reason::IdDuplicate => "another row of the file has the same id and at least as many downloads",
        }
    }
}

/// A row that is left out, as a line of `rejects.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Position in the file, from 0.
    pub row: u64,
    /// Why.
    pub reason: Reason,
    /// The column at fault.
    pub column: &'static str,
    /// The row's id, cut to 200 characters.
    pub id: String,
    /// What stands in the column, cut to 200 characters; empty for a missing cell.
    pub value: String,
}

impl Reject {
    /// A reject; cuts long texts.
    pub fn new(row: u64, reason: Reason, column: &'static str, id: &str, value: &str) -> Reject {
        Reject {
            row,
            reason,
            column,
            id: id.chars().take(200).collect(),
            value: value.chars().take(200).collect(),
        }
    }
}

/// A fact of a kept row that could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The declared parameter count is negative, not a number, or beyond 10^15: the size is unknown.
    ParametersAbsurd,
    /// The likes are empty and count as 0.
    LikesMissing,
    /// A base model is declared, but its relation is not: the relation is unknown.
    RelationMissing,
    /// Lineage, tags or card hold JSON that cannot be read.
    JsonUnreadable,
    /// A task, library or licence is too long or holds control characters: it is unknown.
    ValueUnusable,
}

impl Note {
    /// Every note.
    pub const ALL: [Note; 5] = [
        Note::ParametersAbsurd,
        Note::LikesMissing,
        Note::RelationMissing,
        Note::JsonUnreadable,
        Note::ValueUnusable,
    ];

    /// What the report says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Note::ParametersAbsurd => "the declared parameter count is absurd; the size is unknown",
            Note::LikesMissing => "the likes are empty and count as 0",
            Note::RelationMissing => {
                "a base model is declared without one of the four relations; the relation is unknown"
            }
            Note::JsonUnreadable => "a cell holds JSON that cannot be read; what it would say is unknown",
            Note::ValueUnusable => "a task, library or licence is too long or holds control characters; it is unknown",
        }
    }

    /// Position in [`Note::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}
