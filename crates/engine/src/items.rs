//! What the kernels count: items with one code for each base column and a weight for each measure.
//!
//! An item is a row of the table or a group of equal rows; the kernels do not care.

use atlas_protocol::{Measure, Sums};

/// Number of base columns: the ten stored facets and the bin of the parameter count.
pub(crate) const BASES: usize = 11;

/// Position of the month among the base columns.
pub(crate) const MONTH: usize = 0;

/// Position of the bin of the parameter count among the base columns.
pub(crate) const BIN: usize = 10;

/// The codes of one base column, in the width of its dictionary.
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

impl Codes<'_> {
    /// The code of an item as a position in the dictionary.
    #[inline]
    pub(crate) fn position(&self, item: usize) -> usize {
        on_codes!(self, codes => codes[item].position())
    }
}

/// Weights of the items in one measure, in the narrowest width that holds them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Numbers<'a> {
    /// The same weight for every item.
    Constant(u64),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

impl Numbers<'_> {
    /// The weight of an item.
    #[inline(always)]
    pub(crate) fn get(&self, item: usize) -> u64 {
        match self {
            Numbers::Constant(value) => *value,
            Numbers::U32(values) => u64::from(values[item]),
            Numbers::U64(values) => values[item],
        }
    }
}

/// A set of items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Items<'a> {
    /// Number of items.
    pub(crate) len: usize,
    /// Codes by base column.
    pub(crate) codes: [Codes<'a>; BASES],
    /// Number of models.
    pub(crate) models: Numbers<'a>,
    /// Downloads in 30 days.
    pub(crate) downloads_30d: Numbers<'a>,
    /// All-time downloads, 0 where not known.
    pub(crate) downloads_all_time: Numbers<'a>,
    /// Likes.
    pub(crate) likes: Numbers<'a>,
}

impl<'a> Items<'a> {
    /// The weights in one measure.
    pub(crate) fn measure(&self, measure: Measure) -> Numbers<'a> {
        match measure {
            Measure::Downloads30d => self.downloads_30d,
            Measure::DownloadsAllTime => self.downloads_all_time,
            Measure::Models => self.models,
            Measure::Likes => self.likes,
        }
    }

    /// Every measure of one item.
    #[inline]
    pub(crate) fn sums(&self, item: usize) -> Sums {
        Sums {
            models: self.models.get(item),
            downloads_30d: self.downloads_30d.get(item),
            downloads_all_time: self.downloads_all_time.get(item),
            likes: self.likes.get(item),
        }
    }
}
