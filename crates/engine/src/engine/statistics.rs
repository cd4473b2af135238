//! What follows an answer: sizes, concentration, and how much an export would hold.

use atlas_protocol::answer::{Concentration, ExportEstimate, Statistics};
use atlas_protocol::{Measure, Query, SizeByYear};

use super::Engine;
use crate::concentration::{concentration, concentration_of_falling, falling_runs};
use crate::exact::Exact;
use crate::sizes::{About, SizeIndex};
use crate::{EngineError, ExportHeader, export};

impl Engine {
    /// The statistics of a question's slice over the rows appended so far.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn statistics(&mut self, query: &Query) -> Result<Statistics, EngineError> {
        let sums = self.select(query)?;
        let (mut sizes_by_year, concentration) = (self.sizes(query)?, self.concentration(query)?);
        let everything = self.cross.everything().sums;
        let head = export::head(
            self,
            &self.layout,
            query,
            (&sums, &everything),
            &ExportHeader::default(),
        )?;
        let head_bytes = head.len() as u64;
        Ok(Statistics {
            sizes: sizes_by_year.pop().unwrap_or_default(),
            sizes_by_year,
            concentration,
            export: ExportEstimate {
                rows: sums.models,
                bytes: export::estimate(self.slice_rows(), sums.models, head_bytes, self, self.id_bytes)?,
                head_bytes,
            },
            engine_us: 0,
        })
    }

    /// Mean and quantiles of the parameter counts of the slice selected last, by year and over all.
    fn sizes(&mut self, query: &Query) -> Result<Vec<SizeByYear>, EngineError> {
        let mut index = match self.sizes.take() {
            Some(index) => index,
            None => SizeIndex::build(&self.table, &self.layout, &self.folds)?,
        };
        let of_rows = self.exact.as_ref().map(Exact::slice);
        let totals: Vec<_> = [Some(self.cross.slice()), of_rows].into_iter().flatten().collect();
        let sizes = index.statistics(About {
            table: &self.table,
            layout: &self.layout,
            folds: &self.folds,
            subject: self.subject(query),
            items: self.cross.slice_mask(&self.table.cube().blocks()),
            exact: self.exact.as_ref(),
            totals: &totals,
        });
        self.sizes = Some(index);
        sizes
    }

    /// How much the largest models of the slice selected last hold.
    fn concentration(&mut self, query: &Query) -> Result<Concentration, EngineError> {
        let weights = self.table.row_numbers()?.measure(query.measure);
        if query.measure != Measure::Downloads30d {
            return Ok(concentration(self.slice_rows(), weights));
        }
        let falling = self
            .falling
            .take()
            .unwrap_or_else(|| falling_runs(self.table.len(), weights));
        let concentration = match &falling {
            Some(starts) => concentration_of_falling(self.slice_rows(), weights, starts),
            None => concentration(self.slice_rows(), weights),
        };
        self.falling = Some(falling);
        Ok(concentration)
    }
}
