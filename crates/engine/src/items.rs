//! What the kernels count: items with one code for each joint and a weight for each measure.
//!
//! An item stands for all rows that are alike in every facet.

use atlas_protocol::Measure;
use atlas_snapshot::{CodeColumn, NumberColumn};

use crate::joints::JOINTS;

/// Number of base columns: the ten stored facets and the bin of the parameter count.
pub(crate) const BASES: usize = 11;

/// Items that a kernel looks at together: those of a word of a bitmap.
pub(crate) const CHUNK: usize = 64;

/// Position of the month among the base columns.
pub(crate) const MONTH: usize = 0;

/// Position of the bin of the parameter count among the base columns.
pub(crate) const BIN: usize = 10;

/// The codes of one column, in the width of its dictionary.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Codes<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
}

/// Runs an expression on the slice inside a [`Codes`], once for each width.
macro_rules! on_codes {
    ($codes:expr, $slice:ident => $body:expr) => {
        match $codes {
            $crate::items::Codes::U8($slice) => $body,
            $crate::items::Codes::U16($slice) => $body,
            $crate::items::Codes::U32($slice) => $body,
        }
    };
}
pub(crate) use on_codes;

/// A code of any width as a position.
pub(crate) trait Code: Copy {
    fn position(self) -> usize;
}

impl Code for u8 {
    #[inline(always)]
    fn position(self) -> usize {
        usize::from(self)
    }
}

impl Code for u16 {
    #[inline(always)]
    fn position(self) -> usize {
        usize::from(self)
    }
}

impl Code for u32 {
    #[inline(always)]
    fn position(self) -> usize {
        self as usize
    }
}

impl<'a> Codes<'a> {
    /// The codes of a column.
    pub(crate) fn of(column: &'a CodeColumn) -> Codes<'a> {
        match column {
            CodeColumn::U8(codes) => Codes::U8(codes),
            CodeColumn::U16(codes) => Codes::U16(codes),
            CodeColumn::U32(codes) => Codes::U32(codes),
        }
    }
}

/// Numbers of rows, in the narrowest width that holds them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Numbers<'a> {
    /// The same number for every row.
    Constant(u64),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

/// Runs an expression on a function from item to weight, once for each width.
macro_rules! on_numbers {
    ($numbers:expr, $weight:ident => $body:expr) => {
        match $numbers {
            $crate::items::Numbers::Constant(value) => {
                let $weight = move |_: usize| value;
                $body
            }
            $crate::items::Numbers::U16(values) => {
                let $weight = move |item: usize| u64::from(values[item]);
                $body
            }
            $crate::items::Numbers::U32(values) => {
                let $weight = move |item: usize| u64::from(values[item]);
                $body
            }
            $crate::items::Numbers::U64(values) => {
                let $weight = move |item: usize| values[item];
                $body
            }
        }
    };
}
pub(crate) use on_numbers;

impl<'a> Numbers<'a> {
    /// The weight of an item.
    #[inline(always)]
    pub(crate) fn get(&self, item: usize) -> u64 {
        match self {
            Numbers::Constant(value) => *value,
            Numbers::U16(values) => u64::from(values[item]),
            Numbers::U32(values) => u64::from(values[item]),
            Numbers::U64(values) => values[item],
        }
    }
}

/// The numbers of the rows that items add up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowNumbers<'a> {
    pub(crate) downloads_30d: Numbers<'a>,
    /// 0 where not known.
    pub(crate) downloads_all_time: Numbers<'a>,
    pub(crate) likes: Numbers<'a>,
    /// Those made in the months of the question, where it counts them; else 0.
    pub(crate) downloads_made: Numbers<'a>,
}

impl<'a> RowNumbers<'a> {
    /// The numbers of one measure; every row is one model.
    pub(crate) fn measure(&self, measure: Measure) -> Numbers<'a> {
        match measure {
            Measure::Downloads30d => self.downloads_30d,
            Measure::DownloadsAllTime => self.downloads_all_time,
            Measure::Models => Numbers::Constant(1),
            Measure::Likes => self.likes,
            Measure::DownloadsMade => self.downloads_made,
        }
    }
}

/// Weights of items in one measure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weights<'a> {
    U32(&'a [u32]),
    U64(&'a [u64]),
}

/// Runs an expression on the slice inside [`Weights`], once for each width.
macro_rules! on_weights {
    ($weights:expr, $slice:ident => $body:expr) => {
        match $weights {
            $crate::items::Weights::U32($slice) => $body,
            $crate::items::Weights::U64($slice) => $body,
        }
    };
}
pub(crate) use on_weights;

impl<'a> Weights<'a> {
    /// The weights in a column without unknown ones.
    pub(crate) fn of(column: &'a NumberColumn) -> Weights<'a> {
        match column {
            NumberColumn::U32(values) => Weights::U32(values),
            NumberColumn::U64(values) => Weights::U64(values),
        }
    }

    /// The weight of an item.
    #[inline(always)]
    pub(crate) fn get(&self, item: usize) -> u64 {
        match self {
            Weights::U32(values) => values[item].into(),
            Weights::U64(values) => values[item],
        }
    }
}

/// The codes of the items in one joint.
#[derive(Clone, Copy, Debug)]
pub(crate) enum JointCodes<'a> {
    U16(&'a [u16]),
    U32(&'a [u32]),
}

/// Runs an expression on the slice inside [`JointCodes`], once for each width.
macro_rules! on_joint {
    ($codes:expr, $slice:ident => $body:expr) => {
        match $codes {
            $crate::items::JointCodes::U16($slice) => $body,
            $crate::items::JointCodes::U32($slice) => $body,
        }
    };
}
pub(crate) use on_joint;

/// The codes of the items in every joint, all in one width.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ItemCodes<'a> {
    U16([&'a [u16]; JOINTS]),
    U32([&'a [u32]; JOINTS]),
}

impl<'a> ItemCodes<'a> {
    /// The codes of one joint.
    pub(crate) fn joint(&self, joint: usize) -> JointCodes<'a> {
        match self {
            ItemCodes::U16(codes) => JointCodes::U16(codes[joint]),
            ItemCodes::U32(codes) => JointCodes::U32(codes[joint]),
        }
    }

    /// The code of an item in one joint.
    #[inline(always)]
    pub(crate) fn position(&self, joint: usize, item: usize) -> usize {
        match self {
            ItemCodes::U16(codes) => codes[joint][item].position(),
            ItemCodes::U32(codes) => codes[joint][item].position(),
        }
    }
}

/// A set of items. Columns reach beyond the last item to the end of its chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Items<'a> {
    /// Number of items.
    pub(crate) len: usize,
    /// Whether the items stand in the order of when and how large, and then of who published.
    pub(crate) in_order: bool,
    /// Codes by joint.
    pub(crate) codes: ItemCodes<'a>,
    /// Number of models.
    pub(crate) models: &'a [u32],
    /// Downloads in 30 days.
    pub(crate) downloads_30d: Weights<'a>,
    /// All-time downloads, 0 where not known.
    pub(crate) downloads_all_time: Weights<'a>,
    /// Likes.
    pub(crate) likes: Weights<'a>,
    /// Downloads made in the months of the question, where it counts them; else nothing, which the kernels read as 0.
    pub(crate) downloads_made: Weights<'a>,
}

impl<'a> Items<'a> {
    /// The weights in one measure.
    pub(crate) fn measure(&self, measure: Measure) -> Weights<'a> {
        match measure {
            Measure::Downloads30d => self.downloads_30d,
            Measure::DownloadsAllTime => self.downloads_all_time,
            Measure::Models => Weights::U32(self.models),
            Measure::Likes => self.likes,
            Measure::DownloadsMade => self.downloads_made,
        }
    }
}

/// Items alike in all but their topic, which stand together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks<'a> {
    /// The first item of each block, and the number of items.
    pub(crate) starts: &'a [u32],
    /// The same as a set of items.
    pub(crate) first_items: &'a [u64],
    /// The first block of each code of the joint of when and how large, and the number of blocks; nothing where the blocks do
    /// not stand in the order of these codes.
    pub(crate) published: &'a [u32],
    /// Each block as one item without a topic.
    pub(crate) items: Items<'a>,
}
