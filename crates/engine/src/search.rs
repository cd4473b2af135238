//! Searching the ids of models.

use atlas_protocol::{Row, Sums};
use atlas_snapshot::Ids;

use crate::bitmap::{self, Bitmap};
use crate::items::{Numbers, RowNumbers, on_numbers};
use crate::needle::Needle;

/// With more than one former hit in so many ids, reading the whole text is no slower than reading the hits.
const IDS_A_HIT: usize = 16;

/// The models whose id holds a text, as far as their ids have arrived.
///
/// ASCII letters match in either case, all other characters only themselves. Ids are searched in the snapshot's order:
/// [`Search::extend`] takes part after part.
#[derive(Clone, Debug)]
pub struct Search {
    needle: Needle,
    /// The rows that hold it, up to `rows_searched`.
    hits: Bitmap,
    rows_searched: usize,
    /// A search that has found all of this one's hits, and more.
    wider: Option<Box<Search>>,
}

/// The rows of a slice, or of those of its models whose id holds a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Models in the slice.
    pub rows_in_slice: u64,
    /// Sums over the models listed, were all of them listed.
    pub found: Sums,
    /// Positions of the first rows, and the rows themselves without ids.
    pub rows: Vec<(u32, Row)>,
}

impl Search {
    /// A search that has seen no ids yet, or `None` for the empty text, which every id holds.
    ///
    /// What `before` found makes it faster where the text holds that search's text.
    pub fn new(text: &str, before: Option<Search>) -> Option<Search> {
        let needle = Needle::new(text)?;
        let wider = before
            .filter(|before| needle.refines(&before.needle))
            .map(|mut before| {
                before.wider = None;
                Box::new(before)
            });
        Some(Search {
            needle,
            hits: Bitmap::new(),
            rows_searched: 0,
            wider,
        })
    }

    /// How many ids have been searched, from the first row of the snapshot on.
    pub fn rows_searched(&self) -> u64 {
        self.rows_searched as u64
    }

    /// Searches the ids that follow those searched so far.
    pub fn extend(&mut self, ids: &Ids) {
        let first = self.rows_searched;
        self.rows_searched += ids.len();
        self.hits.resize(bitmap::words(self.rows_searched), 0);
        let hits = &mut self.hits;
        let mut hit = |row: usize| hits[(first + row) / 64] |= 1 << ((first + row) % 64);
        let known = self
            .wider
            .as_deref()
            .and_then(|wider| wider.few_hits(first, self.rows_searched));
        match known {
            None => self.needle.find(ids, hit),
            Some(known) => {
                for row in known.map(|row| row - first) {
                    if ids.get(row).is_some_and(|id| self.needle.is_in(id.as_bytes())) {
                        hit(row);
                    }
                }
            }
        }
    }

    /// The hits among these rows, if all have been searched and few were found.
    fn few_hits(&self, from: usize, below: usize) -> Option<impl Iterator<Item = usize> + '_> {
        let words = self.hits.get(from / 64..bitmap::words(below))?;
        let few = bitmap::count(words) * IDS_A_HIT <= below - from;
        (self.rows_searched >= below && few).then(|| {
            let rows = bitmap::members(words).map(move |row| from / 64 * 64 + row as usize);
            rows.filter(move |row| (from..below).contains(row))
        })
    }

    /// The hits among these rows.
    pub(crate) fn hits_in(&self, rows: &[u64]) -> Bitmap {
        let hits = self.hits.iter().chain(std::iter::repeat(&0));
        rows.iter().zip(hits).map(|(rows, hits)| rows & hits).collect()
    }
}

/// Sums over a set of rows.
pub(crate) fn sums(rows: &Bitmap, numbers: RowNumbers<'_>) -> Sums {
    let sum = |numbers: Numbers<'_>| -> u64 {
        if let Numbers::Constant(0) = numbers {
            return 0;
        }
        let rows = bitmap::members(rows).map(|row| row as usize);
        on_numbers!(numbers, number => rows.map(number).sum())
    };
    Sums {
        models: bitmap::count(rows) as u64,
        downloads_30d: sum(numbers.downloads_30d),
        downloads_all_time: sum(numbers.downloads_all_time),
        likes: sum(numbers.likes),
        downloads_made: sum(numbers.downloads_made),
    }
}
