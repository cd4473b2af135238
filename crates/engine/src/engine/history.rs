//! What answers take from the history of the models.

use std::sync::Arc;

use atlas_protocol::{Measure, Query, TimeAxis, TimeSplit};
use atlas_snapshot::history::HistoryColumns;

use super::Engine;
use crate::EngineError;
use crate::bitmap::{self, Bitmap};
use crate::cross_filter::Subject;
use crate::made::Made;
use crate::sizes::SizeIndex;

impl Engine {
    /// Appends a part of the history. Models that the snapshot does not have are left out; what a month states of them, the
    /// manifest says.
    ///
    /// # Errors
    /// When the part does not follow those before it, or holds more than can be counted.
    pub fn append_history(&mut self, part: &HistoryColumns) -> Result<(), EngineError> {
        self.table.append_history(part, self.layout.history_months().len())?;
        self.cross.reset();
        (self.exact, self.brush) = (None, None);
        self.sizes.iter_mut().for_each(SizeIndex::forget_measure);
        Ok(())
    }

    /// The downloads made that the last question counted, where it did.
    pub(crate) fn made(&self) -> Option<Arc<Made>> {
        self.table.made()
    }

    /// What a question adds up.
    pub(super) fn subject(&self, query: &Query) -> Subject {
        let months = match query.measure {
            Measure::DownloadsMade => self.layout.months_in(&query.made),
            _ => 0..0,
        };
        Subject {
            measure: query.measure,
            split: self.layout.split(query.split),
            months: (months.start, months.end),
        }
    }

    /// What the months are of: published where there is no history.
    pub(super) fn axis(&self, query: &Query) -> TimeAxis {
        match self.layout.history_months() {
            [] => TimeAxis::Published,
            _ => query.axis,
        }
    }

    /// A measure by month and by the code of the facet that splits, as the answer gives it.
    pub(super) fn time_split(&self, axis: TimeAxis, query: &Query, cells: Vec<u64>) -> TimeSplit {
        let split = self.layout.split(query.split);
        let lies = self.layout.facet(split);
        TimeSplit {
            axis,
            split,
            values: self.layout.values(split).len(),
            totals: cells
                .chunks(lies.values.max(1))
                .map(|month| month.iter().sum())
                .collect(),
            cells: match &lies.sets {
                None => cells,
                Some(sets) => sets.by_value(&cells),
            },
        }
    }

    /// Downloads made by month and by the facet that splits, over the slice that was filtered last.
    pub(super) fn made_over_time(&self, query: &Query) -> TimeSplit {
        let fold = self.folds.facet(self.layout.split(query.split));
        let codes = self.table.cube().items().codes;
        let mut cells = self.made_by(fold.values, |item| {
            fold.value[codes.position(fold.joint, item)] as usize
        });
        let months = self.layout.months_in(&query.made);
        cells[..months.start * fold.values].fill(0);
        cells[months.end * fold.values..].fill(0);
        self.time_split(TimeAxis::Made, query, cells)
    }

    /// Downloads made by month over the slice that was filtered last, whatever the months asked for.
    pub(super) fn made_by_month(&self, query: &Query) -> Vec<u64> {
        match query.is_of_history() {
            true => self.made_by(1, |_| 0),
            false => Vec::new(),
        }
    }

    /// Downloads made by the slice that was filtered last, by month (major) and by a value of its items.
    fn made_by(&self, values: usize, value: impl Fn(usize) -> usize) -> Vec<u64> {
        let (slice, item_of_row) = (
            self.cross.slice_mask(&self.table.cube().blocks()),
            self.table.cube().item_of_row(),
        );
        let mut compared = Bitmap::new();
        if let Some(exact) = &self.exact {
            compared.resize(bitmap::words(item_of_row.len()), 0);
            exact.add_rows(&mut compared);
        }
        let months = self.layout.history_months().len();
        self.table.history().by_month(months, values, |row| {
            let item = *item_of_row.get(row)? as usize;
            let is_in = bitmap::contains(slice, item) || (!compared.is_empty() && bitmap::contains(&compared, row));
            is_in.then(|| value(item))
        })
    }
}
