//! The table of rows: polars-core holds the columns of numbers, the cube what the rows have in common.

use std::ops::Range;
use std::sync::Arc;

use atlas_protocol::Row;
use atlas_protocol::query::ROW_FACETS;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::history::HistoryColumns;
use atlas_snapshot::manifest::DICTIONARIES;
use atlas_snapshot::{CodeColumn, ModelColumns, NumberColumn};

use crate::EngineError;
use crate::bitmap::{self, Bitmap};
use crate::chunks::NumberChunks;
use crate::cube::Cube;
use crate::items::{BASES, Items, Numbers, RowNumbers};
use crate::joints::{Joints, place};
use crate::layout::Layout;
use crate::made::{History, Made};
use crate::parameters::ParameterCounts;

/// All loaded rows, in the snapshot's order.
///
/// The columns are held one by one and not as a frame: a frame reaches its columns through tables of every operation
/// on every type, which the browser would have to download.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    columns: Option<Columns>,
    parameter_counts: ParameterCounts,
    joints: Joints,
    cube: Cube,
    history: History,
    /// The downloads made that the question counts, where it does.
    made: Option<Arc<Made>>,
}

#[derive(Clone, Debug)]
struct Columns {
    downloads_30d: NumberChunks,
    downloads_all_time: Option<AllTime>,
    likes: Option<NumberChunks>,
    /// Codes of the parameter counts.
    parameters: NumberChunks,
    /// Codes of where the parameter counts come from.
    sources: NumberChunks,
}

#[derive(Clone, Debug)]
struct AllTime {
    /// 0 where not known.
    counts: NumberChunks,
    /// The rows whose count is known, unless all are.
    known: Option<Bitmap>,
}

/// The facets of rows, through the items they are part of.
#[derive(Clone, Copy)]
pub(crate) struct RowFacets<'a> {
    items: Items<'a>,
    item_of_row: &'a [u32],
    joints: &'a Joints,
}

impl RowFacets<'_> {
    /// The code of a row in a base column.
    #[inline]
    pub(crate) fn code(&self, base: usize, row: usize) -> usize {
        self.code_of_item(base, self.item(row))
    }

    /// The item that a row is part of.
    #[inline]
    pub(crate) fn item(&self, row: usize) -> usize {
        self.item_of_row[row] as usize
    }

    /// The code of an item in a joint.
    #[inline]
    pub(crate) fn joint_of_item(&self, joint: usize, item: usize) -> usize {
        self.items.codes.position(joint, item)
    }

    /// The code of an item in a base column.
    #[inline]
    pub(crate) fn code_of_item(&self, base: usize, item: usize) -> usize {
        self.joints.member(base)[self.items.codes.position(place(base).0, item)] as usize
    }
}

impl Table {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.columns.as_ref().map_or(0, |columns| columns.downloads_30d.len())
    }

    /// Appends the rows of a part, which must then be [`join`](Table::join)ed.
    pub(crate) fn append(&mut self, part: ModelColumns, layout: &Layout) -> Result<(), EngineError> {
        let other_columns = || EngineError::Part("it has other columns".to_owned());
        if self
            .columns
            .as_ref()
            .is_some_and(|columns| !columns.match_those_of(&part))
            || part.codes.len() != DICTIONARIES
        {
            return Err(other_columns());
        }
        let mut codes = part.codes.into_iter();
        let sources = codes.next().ok_or_else(other_columns)?;
        let encoded = self.parameter_counts.encode(part.parameters.iter());
        drop(part.parameters);
        let bins = encoded
            .iter()
            .map(|code| self.parameter_counts.bins()[*code as usize])
            .collect();
        let bases: Vec<CodeColumn> = codes.chain([CodeColumn::U8(bins)]).collect();
        let bases: [CodeColumn; BASES] = bases.try_into().map_err(|_| other_columns())?;
        self.joints.append(&bases, &layout.base_lengths);
        drop(bases);
        let encoded = encoded.iter().map(|code| u64::from(*code));
        let sources = (0..sources.len()).map(|row| u64::from(sources.get(row).unwrap_or_default()));
        let first = self.len();
        match &mut self.columns {
            None => {
                self.columns = Some(Columns {
                    downloads_30d: NumberChunks::new("downloads_30d", part.downloads_30d.iter())?,
                    downloads_all_time: part.downloads_all_time.map(AllTime::new).transpose()?,
                    likes: part
                        .likes
                        .map(|likes| NumberChunks::new("likes", likes.iter()))
                        .transpose()?,
                    parameters: NumberChunks::new("parameters", encoded)?,
                    sources: NumberChunks::new("parameters_source", sources)?,
                });
            }
            Some(columns) => {
                columns.downloads_30d.append(part.downloads_30d.iter())?;
                if let (Some(held), Some(new)) = (&mut columns.downloads_all_time, part.downloads_all_time) {
                    held.append(first, &new)?;
                }
                if let (Some(held), Some(new)) = (&mut columns.likes, part.likes) {
                    held.append(new.iter())?;
                }
                columns.parameters.append(encoded)?;
                columns.sources.append(sources)?;
            }
        }
        Ok(())
    }

    /// Joins the rows that are alike; until then the rows of later parts have no facets. After the last part the table gives back what only further rows would need.
    pub(crate) fn join(&mut self, is_complete: bool) -> Result<(), EngineError> {
        (self.cube, self.made) = (Cube::default(), None);
        let mut joints = std::mem::take(&mut self.joints);
        self.cube = Cube::build(&mut joints, self.row_numbers()?, is_complete);
        self.joints = joints;
        Ok(())
    }

    /// Appends a part of the history; `months` is the number of months it has.
    pub(crate) fn append_history(&mut self, part: &HistoryColumns, months: usize) -> Result<(), EngineError> {
        self.history.append(part, months)?;
        self.count_made(None);
        Ok(())
    }

    /// What is known of downloads by month.
    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// Takes the downloads made in some months of the history as a measure of the joined rows, or none; whether they are
    /// others than before.
    pub(crate) fn count_made(&mut self, months: Option<Range<usize>>) -> bool {
        if self.made.as_ref().map(|made| &made.months) == months.as_ref() {
            return false;
        }
        self.made = months.map(|months| Arc::new(self.history.made_in(months, self.cube.item_of_row().len())));
        let numbers = self.made.as_ref().map_or(Numbers::Constant(0), |made| made.numbers());
        self.cube.set_downloads_made(numbers);
        true
    }

    /// The downloads made that are counted, where they are.
    pub(crate) fn made(&self) -> Option<Arc<Made>> {
        self.made.clone()
    }

    /// The rows joined to items.
    pub(crate) fn cube(&self) -> &Cube {
        &self.cube
    }

    /// The joints of the base columns.
    pub(crate) fn joints(&self) -> &Joints {
        &self.joints
    }

    /// The parameter counts that occur.
    pub(crate) fn parameter_counts(&self) -> &ParameterCounts {
        &self.parameter_counts
    }

    /// The code of each row's parameter count.
    pub(crate) fn parameter_codes(&self) -> Result<Numbers<'_>, EngineError> {
        self.columns
            .as_ref()
            .map_or(Ok(Numbers::Constant(0)), |columns| columns.parameters.numbers())
    }

    /// The numbers that items add up.
    pub(crate) fn row_numbers(&self) -> Result<RowNumbers<'_>, EngineError> {
        let none = Numbers::Constant(0);
        let Some(columns) = &self.columns else {
            return Ok(RowNumbers {
                downloads_30d: none,
                downloads_all_time: none,
                likes: none,
                downloads_made: none,
            });
        };
        let all_time = columns.downloads_all_time.as_ref();
        Ok(RowNumbers {
            downloads_30d: columns.downloads_30d.numbers()?,
            downloads_all_time: all_time.map_or(Ok(none), |all_time| all_time.counts.numbers())?,
            likes: columns.likes.as_ref().map_or(Ok(none), NumberChunks::numbers)?,
            downloads_made: self.made.as_ref().map_or(none, |made| made.numbers()),
        })
    }

    /// The facets of the rows.
    pub(crate) fn facets(&self) -> RowFacets<'_> {
        RowFacets {
            items: self.cube.items(),
            item_of_row: self.cube.item_of_row(),
            joints: &self.joints,
        }
    }

    /// Rows at the given positions, spelled out, without ids.
    pub(crate) fn rows(&self, positions: &[u32], layout: &Layout) -> Result<Vec<Row>, EngineError> {
        let columns = self.export_columns()?;
        let spell = |at: usize| Row {
            id: None,
            downloads_30d: columns.downloads_30d.get(at),
            downloads_all_time: columns.downloads_all_time(at),
            likes: columns.likes.map(|values| values.get(at)),
            downloads_made: columns.made.and_then(|made| made.get(at)),
            parameters: columns.parameters(at),
            parameters_source: layout
                .parameter_sources
                .get(columns.sources.get(at) as usize)
                .cloned()
                .unwrap_or_default(),
            facets: (0..ROW_FACETS.len())
                .map(|place| layout.stored_key(place, columns.facets.code(place, at)))
                .collect(),
        };
        let rows = positions.iter().map(|position| *position as usize);
        Ok(rows.filter(|at| *at < columns.len).map(spell).collect())
    }

    /// Everything an export needs to spell out row after row.
    pub(crate) fn export_columns(&self) -> Result<ExportColumns<'_>, EngineError> {
        let numbers = self.row_numbers()?;
        let columns = self.columns.as_ref();
        let all_time = columns.and_then(|columns| columns.downloads_all_time.as_ref());
        let likes = columns.and_then(|columns| columns.likes.as_ref());
        Ok(ExportColumns {
            len: self.cube.item_of_row().len(),
            facets: self.facets(),
            downloads_30d: numbers.downloads_30d,
            all_time: all_time.map(|all_time| (numbers.downloads_all_time, all_time.known.as_ref())),
            likes: likes.map(|_| numbers.likes),
            made: self.made.as_deref(),
            parameter_codes: self.parameter_codes()?,
            parameter_counts: self.parameter_counts.counts(),
            sources: columns.map_or(Ok(Numbers::Constant(0)), |columns| columns.sources.numbers())?,
        })
    }
}

/// The columns of the table, as an export reads them.
pub(crate) struct ExportColumns<'a> {
    /// Number of rows that have been joined.
    pub(crate) len: usize,
    pub(crate) facets: RowFacets<'a>,
    pub(crate) downloads_30d: Numbers<'a>,
    all_time: Option<(Numbers<'a>, Option<&'a Bitmap>)>,
    /// `None` when the source lacks the column.
    pub(crate) likes: Option<Numbers<'a>>,
    /// `None` unless downloads made are counted.
    pub(crate) made: Option<&'a Made>,
    parameter_codes: Numbers<'a>,
    parameter_counts: &'a [u64],
    /// Codes of where the parameter counts come from.
    pub(crate) sources: Numbers<'a>,
}

impl ExportColumns<'_> {
    /// Whether the source has all-time downloads.
    pub(crate) fn has_all_time(&self) -> bool {
        self.all_time.is_some()
    }

    /// All-time downloads of a row, where known.
    pub(crate) fn downloads_all_time(&self, row: usize) -> Option<u64> {
        let (counts, known) = self.all_time?;
        known
            .is_none_or(|known| bitmap::contains(known, row))
            .then(|| counts.get(row))
    }

    /// Parameter count of a row, where known.
    pub(crate) fn parameters(&self, row: usize) -> Option<u64> {
        let count = self
            .parameter_counts
            .get(self.parameter_codes.get(row) as usize)
            .copied();
        count.filter(|count| *count != UNKNOWN_NUMBER)
    }
}

impl Columns {
    /// Whether a part has the same optional columns.
    fn match_those_of(&self, part: &ModelColumns) -> bool {
        self.downloads_all_time.is_some() == part.downloads_all_time.is_some()
            && self.likes.is_some() == part.likes.is_some()
    }
}

impl AllTime {
    fn new(counts: NumberColumn) -> Result<AllTime, EngineError> {
        Ok(AllTime {
            counts: NumberChunks::new("downloads_all_time", without_marks(&counts))?,
            known: known_rows(&counts, None, 0),
        })
    }

    fn append(&mut self, first: usize, counts: &NumberColumn) -> Result<(), EngineError> {
        self.known = known_rows(counts, self.known.take(), first);
        self.counts.append(without_marks(counts))
    }
}

fn without_marks(counts: &NumberColumn) -> impl Iterator<Item = u64> + Clone + '_ {
    counts
        .iter()
        .map(|count| if count == UNKNOWN_NUMBER { 0 } else { count })
}

/// The known ones of the rows before and these; `None` where all are known.
fn known_rows(counts: &NumberColumn, before: Option<Bitmap>, first: usize) -> Option<Bitmap> {
    if before.is_none() && counts.iter().all(|count| count != UNKNOWN_NUMBER) {
        return None;
    }
    let mut known = before.unwrap_or_else(|| bitmap::full(first));
    known.resize(bitmap::words(first + counts.len()), 0);
    for (row, count) in (first..).zip(counts.iter()) {
        known[row / 64] |= u64::from(count != UNKNOWN_NUMBER) << (row % 64);
    }
    Some(known)
}
