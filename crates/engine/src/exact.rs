//! A range of parameter counts that cuts through bins: the rows in the cut bins, compared one by one.
//!
//! The joined rows know only the bin of a count. Bins that lie wholly inside the range are counted on them; the rows of
//! the one or two bins that the range cuts are few, and are cross-filtered beside them as items of their own.

use std::sync::Arc;

use atlas_protocol::Facet;

use crate::EngineError;
use crate::bitmap::{self, Bitmap};
use crate::clause::Resolved;
use crate::cross_filter::{CrossFilter, Ground, Subject, Totals};
use crate::cube::Cube;
use crate::folds::Folds;
use crate::layout::Layout;
use crate::table::Table;

/// The rows in the bins that one clause cuts, and their totals.
#[derive(Clone, Debug)]
pub(crate) struct Exact {
    clause: Arc<Resolved>,
    rows: Vec<u32>,
    /// Those of the rows that lie in the range, by position in `rows`.
    inside: Bitmap,
    items: Cube,
    cross: CrossFilter,
}

impl Exact {
    /// Picks the rows in the bins that a clause cuts.
    pub(crate) fn pick(table: &Table, layout: &Layout, clause: &Arc<Resolved>) -> Result<Exact, EngineError> {
        let base = layout.facet(clause.facet).base;
        debug_assert_eq!(base, crate::items::BIN);
        let cut_bins = clause.cut_bins();
        let (from, below) = clause.exact.unwrap_or_default();
        let counts = table.parameter_counts();
        let is_cut: Vec<bool> = counts
            .bins()
            .iter()
            .map(|bin| cut_bins.get(usize::from(*bin)) == Some(&true))
            .collect();
        let codes = table.parameter_codes()?;
        let code = |row: &u32| codes.get(*row as usize) as usize;
        let rows: Vec<u32> = (0..table.len() as u32).filter(|row| is_cut[code(row)]).collect();
        let mut inside = vec![0u64; bitmap::words(rows.len())];
        for (at, row) in rows.iter().enumerate() {
            let count = counts.counts()[code(row)];
            inside[at / 64] |= u64::from(from <= count && count < below) << (at % 64);
        }
        Ok(Exact {
            items: table.cube().of_rows(&rows, table.row_numbers()?),
            clause: Arc::clone(clause),
            rows,
            inside,
            cross: CrossFilter::default(),
        })
    }

    /// Whether these are the rows for a clause.
    pub(crate) fn is_for(&self, clause: &Arc<Resolved>) -> bool {
        self.clause == *clause
    }

    /// The facet of the clause.
    pub(crate) fn facet(&self) -> Facet {
        self.clause.facet
    }

    /// Brings the totals up to date.
    pub(crate) fn update(&mut self, layout: &Layout, folds: &Folds, subject: Subject, clauses: &[Arc<Resolved>]) {
        let ground = Ground {
            items: self.items.items(),
            blocks: self.items.blocks(),
            layout,
            folds,
        };
        self.cross.update(ground, subject, clauses, Some(&self.inside));
    }

    /// Totals over those of the rows that satisfy every clause.
    pub(crate) fn slice(&self) -> &Totals {
        self.cross.slice()
    }

    /// The cross-filter of the rows.
    pub(crate) fn cross(&self) -> &CrossFilter {
        &self.cross
    }

    /// Those of the rows that satisfy every clause.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        bitmap::members(self.cross.slice_mask(&self.items.blocks())).map(|at| self.rows[at as usize] as usize)
    }

    /// Adds those of the rows that satisfy every clause to a set over all rows.
    pub(crate) fn add_rows(&self, rows: &mut [u64]) {
        for row in self.rows() {
            rows[row / 64] |= 1 << (row % 64);
        }
    }
}
