//! The engine: a table of rows, and the answers to questions about them.

use std::sync::{Arc, OnceLock};

use atlas_protocol::answer::{Answer, Progress};
use atlas_protocol::{Dataset, Facet, FacetTotals, Measure, Query, Sums, TimeAxis};
use atlas_snapshot::{Manifest, ModelColumns};

use crate::bitmap::Bitmap;
use crate::brush::{Brush, Brushed};
use crate::clause::{Clauses, Resolved};
use crate::cross_filter::{CrossFilter, Ground, Occupied};
use crate::exact::Exact;
use crate::folds::Folds;
use crate::items::Numbers;
use crate::json_row::RowWriter;
use crate::layout::Layout;
use crate::made;
use crate::sizes::SizeIndex;
use crate::table::{ExportColumns, Table};
use crate::{EngineError, ExportHeader, Exporter, Search, search};

mod history;
mod lists;
mod statistics;

/// Bytes of an id where none has been seen yet; only export estimates use it.
const TYPICAL_ID_BYTES: f64 = 26.0;

/// Answers questions about the models of one snapshot.
#[derive(Clone, Debug)]
pub struct Engine {
    layout: Layout,
    table: Table,
    folds: Folds,
    /// Clauses as sets of codes.
    clauses: Clauses,
    /// Whether the rows of all parts so far are joined.
    is_joined: bool,
    /// Totals over the joined rows.
    cross: CrossFilter,
    /// The rows whose parameter counts a clause compares one by one, and their totals.
    exact: Option<Exact>,
    brush: Option<Brush>,
    sizes: Option<SizeIndex>,
    /// The first row of each run of equal downloads, where the rows lie in their order; unknown until somebody asks.
    falling: Option<Option<Vec<u32>>>,
    /// The rows with any likes, the most liked first; unknown until somebody asks.
    liked: Option<Vec<u32>>,
    /// What rows are exported with; made once somebody exports.
    row_writer: OnceLock<RowWriter>,
    /// Rows of the slice last asked for in full.
    row_mask: Option<(Vec<Arc<Resolved>>, Bitmap)>,
    id_bytes: f64,
}

/// What the totals of facets come from.
enum Counted<'a> {
    Brushed(&'a Brushed),
    Filtered {
        items: Occupied,
        /// Of the rows that a clause compares one by one, where there is such a clause.
        rows: Option<Occupied>,
    },
}

impl Engine {
    /// An engine for a snapshot, with no rows yet. `checksum` is the SHA-256 of the manifest's bytes in hex.
    pub fn open(manifest: &Manifest, checksum: String) -> Engine {
        let (layout, table) = (Layout::new(manifest, checksum), Table::default());
        Engine {
            folds: Folds::new(&layout, table.joints()),
            layout,
            table,
            clauses: Clauses::default(),
            is_joined: false,
            cross: CrossFilter::default(),
            exact: None,
            brush: None,
            sizes: None,
            falling: None,
            liked: None,
            row_writer: OnceLock::new(),
            row_mask: None,
            id_bytes: TYPICAL_ID_BYTES,
        }
    }

    /// What the snapshot says of itself.
    pub fn dataset(&self) -> &Dataset {
        &self.layout.dataset
    }

    /// Number of rows that answers count.
    pub fn rows_ready(&self) -> u64 {
        self.table.len() as u64
    }

    /// Tells the engine how long ids are on average, for better export estimates.
    pub fn set_mean_id_bytes(&mut self, bytes: f64) {
        self.id_bytes = bytes;
    }

    /// Appends the rows of a part. The next question joins those that are alike in every facet.
    ///
    /// # Errors
    /// When the part has other columns than those before it, or memory runs out.
    pub fn append(&mut self, part: ModelColumns) -> Result<(), EngineError> {
        let rows = self.rows_ready() + part.rows() as u64;
        let expected = self.dataset().totals.models;
        if rows > expected {
            return Err(EngineError::Part("it has more rows than the manifest says".to_owned()));
        }
        self.cross.reset();
        (self.exact, self.brush, self.row_mask) = (None, None, None);
        (self.sizes, self.falling, self.liked) = (None, None, None);
        self.table.append(part, &self.layout)?;
        self.is_joined = false;
        Ok(())
    }

    /// Brings the totals of every facet, and of the measure over time, up to date with a question, and gives the sums of
    /// its slice: the part of an answer that follows every touch.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn totals(&mut self, query: &Query) -> Result<Sums, EngineError> {
        let (clauses, _) = self.resolve(query)?;
        Ok(match self.brushed(query, &clauses) {
            Some(brushed) => brushed.sums,
            None => self.filter(query, &clauses)?,
        })
    }

    /// Gets ready for changes of one facet's clause, while measure, split and all other clauses stay: [`totals`] and
    /// [`answer`] then take a fraction of a millisecond. A facet with very many values is answered as before, and so is a
    /// question about the history.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    ///
    /// [`totals`]: Engine::totals
    /// [`answer`]: Engine::answer
    pub fn prepare(&mut self, query: &Query, facet: Facet) -> Result<(), EngineError> {
        let (mut clauses, _) = self.resolve(query)?;
        if query.is_of_history() || !self.layout.collection().has(facet) {
            return Ok(());
        }
        if self
            .brushed(query, &clauses)
            .is_some_and(|brushed| brushed.is_of(facet))
        {
            return Ok(());
        }
        self.brush = None;
        clauses.retain(|clause| clause.facet != facet);
        self.filter(query, &clauses)?;
        let (subject, joints) = (self.subject(query), self.table.joints());
        self.brush = Brush::build(self.ground(), joints, subject, facet, &clauses, &self.cross);
        Ok(())
    }

    /// Answers a question over the rows appended so far, without statistics. `progress` is handed through to the answer.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn answer(&mut self, query: &Query, progress: Progress) -> Result<Answer, EngineError> {
        let (clauses, notes) = self.resolve(query)?;
        let brushed = self.brushed(query, &clauses);
        if let Some(brushed) = &brushed {
            // The totals over everything do not depend on clauses, so those of the last question in full serve.
            debug_assert!(brushed.sums.models <= self.cross.everything().sums.models);
        } else {
            self.filter(query, &clauses)?;
        }
        let counted = match &brushed {
            Some(brushed) => Counted::Brushed(brushed),
            None => Counted::Filtered {
                items: self.cross.occupied(&self.folds),
                rows: self.exact.as_ref().map(|exact| exact.cross().occupied(&self.folds)),
            },
        };
        let totals = |facet: Facet| self.facet_totals(facet, &clauses, &counted);
        Ok(Answer {
            query: query.clone(),
            progress,
            unfiltered: self.cross.everything().sums,
            facets: Facet::ALL.into_iter().map(totals).collect(),
            slice: brushed
                .as_ref()
                .map_or_else(|| self.slice_sums(), |brushed| brushed.sums),
            made: self.made_by_month(query),
            over_time: match self.axis(query) {
                TimeAxis::Made => self.made_over_time(query),
                TimeAxis::Published => {
                    let cells = brushed.map_or_else(|| self.over_time(), |brushed| brushed.over_time);
                    self.time_split(TimeAxis::Published, query, cells)
                }
            },
            notes,
            statistics: None,
            engine_us: 0,
        })
    }

    /// Starts an export of a slice; with a search, of those of its models whose id it has found.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn export(
        &mut self,
        query: &Query,
        search: Option<&Search>,
        header: &ExportHeader,
    ) -> Result<Exporter, EngineError> {
        let slice = self.select(query)?;
        let everything = self.cross.everything().sums;
        let (rows, sums) = match search {
            None => (self.slice_rows().to_vec(), slice),
            Some(search) => {
                let hits = search.hits_in(self.slice_rows());
                let sums = search::sums(&hits, self.table.row_numbers()?);
                (hits, sums)
            }
        };
        Exporter::new(rows, self, &self.layout, query, (&sums, &everything), header)
    }

    /// The rows of a slice, as a set, and the downloads in 30 days of all rows.
    pub(crate) fn slice_of(&mut self, query: &Query) -> Result<(&[u64], Numbers<'_>), EngineError> {
        self.select(query)?;
        Ok((self.slice_rows(), self.table.row_numbers()?.downloads_30d))
    }

    /// What writes the rows of the items as they are joined now.
    pub(crate) fn row_writer(&self) -> &RowWriter {
        let joints = self.table.joints();
        self.row_writer.get_or_init(|| self.layout.row_texts.join(joints))
    }

    pub(crate) fn export_columns(&self) -> Result<ExportColumns<'_>, EngineError> {
        self.table.export_columns()
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            items: self.table.cube().items(),
            blocks: self.table.cube().blocks(),
            layout: &self.layout,
            folds: &self.folds,
        }
    }

    /// The clauses of a question, over all rows that have been appended, and what in it means nothing.
    fn resolve(&mut self, query: &Query) -> Result<(Vec<Arc<Resolved>>, Vec<String>), EngineError> {
        if !self.is_joined {
            let is_complete = self.rows_ready() == self.dataset().totals.models;
            self.table.join(is_complete)?;
            self.folds = Folds::new(&self.layout, self.table.joints());
            self.clauses = Clauses::default();
            self.row_writer = OnceLock::new();
            self.is_joined = true;
        }
        let months = self.layout.months_in(&query.made);
        let (clauses, mut notes) = self.clauses.resolve(&self.layout, &self.folds, query);
        notes.extend(made::note(self.layout.history_months(), &months, query));
        let counted = (query.measure == Measure::DownloadsMade).then_some(months);
        if self.table.count_made(counted) {
            self.exact = None;
            self.sizes.iter_mut().for_each(SizeIndex::forget_measure);
        }
        Ok((clauses, notes))
    }

    /// The totals for these clauses from the index of a brush, where it has them.
    fn brushed(&self, query: &Query, clauses: &[Arc<Resolved>]) -> Option<Brushed> {
        let brush = self.brush.as_ref().filter(|_| !query.is_of_history())?;
        brush.answer(&self.layout, &self.folds, self.subject(query), clauses)
    }

    /// Brings the totals up to date for these clauses and gives the sums of the slice.
    fn filter(&mut self, query: &Query, clauses: &[Arc<Resolved>]) -> Result<Sums, EngineError> {
        // What is left out of an index is taken from the totals: both must be of one subject.
        let subject = self.subject(query);
        self.brush = self.brush.take().filter(|brush| brush.subject() == subject);
        let ground = Ground {
            items: self.table.cube().items(),
            blocks: self.table.cube().blocks(),
            layout: &self.layout,
            folds: &self.folds,
        };
        self.cross.update(ground, subject, clauses, None);
        self.exact = match clauses.iter().find(|clause| clause.exact.is_some()) {
            None => None,
            Some(clause) => Some(match self.exact.take() {
                Some(exact) if exact.is_for(clause) => exact,
                _ => Exact::pick(&self.table, &self.layout, clause)?,
            }),
        };
        if let Some(exact) = &mut self.exact {
            exact.update(&self.layout, &self.folds, subject, clauses);
        }
        Ok(self.slice_sums())
    }

    fn slice_sums(&self) -> Sums {
        let sums = self.cross.slice().sums;
        match &self.exact {
            Some(exact) => sums.plus(&exact.slice().sums),
            None => sums,
        }
    }

    fn over_time(&self) -> Vec<u64> {
        let mut cells = self.cross.slice().over_time.clone();
        if let Some(exact) = &self.exact {
            cells
                .iter_mut()
                .zip(&exact.slice().over_time)
                .for_each(|(cell, more)| *cell += more);
        }
        cells
    }

    fn facet_totals(&self, facet: Facet, clauses: &[Arc<Resolved>], counted: &Counted<'_>) -> FacetTotals {
        if !self.layout.collection().has(facet) {
            return FacetTotals::default();
        }
        let values = self.layout.facet(facet).values;
        let clause = clauses.iter().find(|clause| clause.facet == facet);
        let mut totals = FacetTotals {
            measure: vec![0; values],
            models: vec![0; values],
            measure_unfiltered: self.cross.unfiltered(facet).to_vec(),
            whole: 0,
            selected: clause.map_or_else(|| vec![true; values], |clause| clause.selected.clone()),
        };
        match counted {
            Counted::Brushed(brushed) => brushed.add_facet(&self.layout, facet, &mut totals),
            Counted::Filtered { items, rows } => {
                self.cross.add_facet(&self.folds, facet, items, &mut totals);
                // To the facet that compares exact counts its own clause does not matter: it has them all already.
                let exact = self.exact.as_ref().filter(|exact| exact.facet() != facet);
                if let (Some(exact), Some(rows)) = (exact, rows) {
                    exact.cross().add_facet(&self.folds, facet, rows, &mut totals);
                }
            }
        }
        totals.whole = totals.measure.iter().sum();
        if let Some(sets) = &self.layout.facet(facet).sets {
            for sums in [&mut totals.measure, &mut totals.models, &mut totals.measure_unfiltered] {
                *sums = sets.by_value(sums);
            }
            let admitted = clause.and_then(|clause| clause.members.clone());
            totals.selected = admitted.unwrap_or_else(|| vec![true; sets.members().len()]);
        }
        totals
    }

    /// Brings totals and rows of a question's slice up to date and gives its sums.
    fn select(&mut self, query: &Query) -> Result<Sums, EngineError> {
        let (clauses, _) = self.resolve(query)?;
        let sums = self.filter(query, &clauses)?;
        if self.row_mask.as_ref().is_none_or(|(known, _)| *known != clauses) {
            let cube = self.table.cube();
            let mut rows = cube.rows_of(self.cross.slice_mask(&cube.blocks()));
            if let Some(exact) = &self.exact {
                exact.add_rows(&mut rows);
            }
            self.row_mask = Some((clauses, rows));
        }
        Ok(sums)
    }

    /// The rows of the slice that was selected last.
    fn slice_rows(&self) -> &[u64] {
        self.row_mask
            .as_ref()
            .map(|(_, rows)| rows.as_slice())
            .unwrap_or_default()
    }
}
