//! The engine: a table of rows, and the answers to questions about them.

use atlas_protocol::answer::{Answer, Concentration, ExportEstimate, Progress, Statistics, TimeSplit};
use atlas_protocol::{Dataset, Facet, Measure, Query, Row, RowSort, Sums};
use atlas_snapshot::{Manifest, ModelColumns};

use crate::bitmap::{self, Bitmap};
use crate::clause::{self, Resolved};
use crate::concentration::concentration;
use crate::cross_filter::{CrossFilter, Subject};
use crate::cube::Cube;
use crate::items::{Items, MONTH, Numbers};
use crate::layout::Layout;
use crate::rows::first_rows;
use crate::sizes::SizeIndex;
use crate::table::{ExportColumns, Table};
use crate::{EngineError, ExportHeader, Exporter, export};

/// Bytes of an id where none has been seen yet; only export estimates use it.
const TYPICAL_ID_BYTES: f64 = 26.0;

/// Answers questions about the models of one snapshot.
#[derive(Clone, Debug)]
pub struct Engine {
    layout: Layout,
    table: Table,
    cube: Option<Cube>,
    over_rows: CrossFilter,
    over_cube: CrossFilter,
    sizes: Option<SizeIndex>,
    ranking: Option<(Measure, Vec<u32>)>,
    id_bytes: f64,
}

/// Which rows a set of items stands for.
struct Membership<'a> {
    mask: &'a Bitmap,
    item_of_row: Option<&'a [u32]>,
    rows: usize,
}

impl Membership<'_> {
    #[inline(always)]
    fn contains(&self, row: u32) -> bool {
        let item = match self.item_of_row {
            Some(items) => items[row as usize],
            None => row,
        };
        bitmap::contains(self.mask, item as usize)
    }

    fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.rows as u32).filter(|row| self.contains(*row))
    }

    fn row_mask(&self) -> Bitmap {
        let Some(items) = self.item_of_row else {
            return self.mask.clone();
        };
        let word = |items: &[u32]| {
            let bit = |(at, item): (usize, &u32)| u64::from(bitmap::contains(self.mask, *item as usize)) << at;
            items.iter().enumerate().map(bit).fold(0, |word, bit| word | bit)
        };
        items.chunks(64).map(word).collect()
    }
}

impl Engine {
    /// An engine for a snapshot, with no rows yet. `checksum` is the SHA-256 of the manifest's bytes in hex.
    pub fn open(manifest: &Manifest, checksum: String) -> Engine {
        Engine {
            layout: Layout::new(manifest, checksum),
            table: Table::default(),
            cube: None,
            over_rows: CrossFilter::default(),
            over_cube: CrossFilter::default(),
            sizes: None,
            ranking: None,
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

    /// Appends the rows of a part. Once the last one is there, rows that are alike in every facet are joined.
    ///
    /// # Errors
    /// When the part has other columns than those before it, or memory runs out.
    pub fn append(&mut self, part: ModelColumns) -> Result<(), EngineError> {
        if self.rows_ready() + part.rows() as u64 > self.dataset().totals.models {
            return Err(EngineError::Part("it has more rows than the manifest says".to_owned()));
        }
        self.table.append(part)?;
        self.over_rows.reset();
        self.over_cube.reset();
        self.sizes = None;
        self.ranking = None;
        self.cube = None;
        if self.rows_ready() == self.dataset().totals.models {
            self.cube = Cube::build(&self.table.items()?, &self.layout);
        }
        Ok(())
    }

    /// Brings the totals of every facet, and of the measure over time, up to date with a question, and gives the sums of
    /// its slice: the part of an answer that follows every touch.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn totals(&mut self, query: &Query) -> Result<Sums, EngineError> {
        let (clauses, _) = clause::resolve(&self.layout, query);
        let on_cube = self.filter(query, &clauses)?;
        Ok(self.filtered(on_cube).0.slice().sums)
    }

    /// Gets ready for changes of one facet's clause, while measure, split and all other clauses stay.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn prepare(&mut self, query: &Query, _facet: Facet) -> Result<(), EngineError> {
        self.totals(query).map(|_| ())
    }

    /// Answers a question over the rows appended so far. `progress` is handed through to the answer.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn answer(&mut self, query: &Query, progress: Progress) -> Result<Answer, EngineError> {
        let (clauses, notes) = clause::resolve(&self.layout, query);
        let on_cube = self.filter(query, &clauses)?;
        let cross = self.filtered(on_cube).0;
        Ok(Answer {
            query: query.clone(),
            progress,
            unfiltered: cross.everything().sums,
            slice: cross.slice().sums,
            facets: Facet::ALL
                .into_iter()
                .map(|facet| cross.facet_totals(&self.layout, facet))
                .collect(),
            over_time: TimeSplit {
                split: query.split,
                values: self.layout.facet(query.split).values,
                cells: cross.over_time(&self.layout, query.split),
            },
            notes,
            statistics: None,
            engine_us: 0,
        })
    }

    /// The statistics of a question's slice over the rows appended so far.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn statistics(&mut self, query: &Query) -> Result<Statistics, EngineError> {
        let (clauses, _) = clause::resolve(&self.layout, query);
        let on_cube = self.filter(query, &clauses)?;
        self.prepare_statistics(query.measure)?;
        let (cross, membership) = self.filtered(on_cube);
        let in_slice = membership.row_mask();
        let rows = self.table.items()?;
        let slice = cross.slice();
        let weights = rows.measure(query.measure);
        let mut sizes = match &self.sizes {
            Some(index) => index.statistics(
                |row| bitmap::contains(&in_slice, row as usize),
                weights,
                &slice.columns[MONTH],
                &self.layout,
            ),
            None => Vec::new(),
        };
        let overall = sizes.pop().unwrap_or_default();
        let head = export::head(
            self,
            &self.layout,
            query,
            (&slice.sums, &cross.everything().sums),
            &ExportHeader::default(),
        )?;
        Ok(Statistics {
            sizes_by_year: sizes,
            sizes: overall,
            concentration: self.concentration(&in_slice, query, weights, slice.sums.models),
            export: ExportEstimate {
                rows: slice.sums.models,
                bytes: export::estimate(&in_slice, slice.sums.models, head.len() as u64, self, self.id_bytes)?,
            },
            engine_us: 0,
        })
    }

    /// Positions of the first rows of a slice in an order, and the rows themselves without ids.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn list_rows(
        &mut self,
        query: &Query,
        sort: RowSort,
        limit: usize,
    ) -> Result<(u64, Vec<(u32, Row)>), EngineError> {
        let (clauses, _) = clause::resolve(&self.layout, query);
        let on_cube = self.filter(query, &clauses)?;
        let (cross, membership) = self.filtered(on_cube);
        let positions = first_rows(&self.table, &self.layout, membership.rows(), sort, limit)?;
        let rows = self.table.rows(&positions, &self.layout)?;
        Ok((cross.slice().sums.models, positions.into_iter().zip(rows).collect()))
    }

    /// Starts an export of a slice.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn export(&mut self, query: &Query, header: &ExportHeader) -> Result<Exporter, EngineError> {
        let (clauses, _) = clause::resolve(&self.layout, query);
        let on_cube = self.filter(query, &clauses)?;
        let (cross, membership) = self.filtered(on_cube);
        self.exporter(query, cross, &membership, header)
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn export_columns(&self) -> Result<ExportColumns<'_>, EngineError> {
        self.table.export_columns()
    }

    fn exporter(
        &self,
        query: &Query,
        cross: &CrossFilter,
        membership: &Membership<'_>,
        header: &ExportHeader,
    ) -> Result<Exporter, EngineError> {
        let sums = (&cross.slice().sums, &cross.everything().sums);
        Exporter::new(membership.row_mask(), self, &self.layout, query, sums, header)
    }

    /// Brings the totals up to date for these clauses; true when they were counted on joined rows.
    fn filter(&mut self, query: &Query, clauses: &[Resolved]) -> Result<bool, EngineError> {
        let subject = Subject {
            measure: query.measure,
            split: query.split,
        };
        match &self.cube {
            Some(cube) if clauses.iter().all(|clause| clause.exact.is_none()) => {
                self.over_cube
                    .update(&cube.items(), &self.layout, subject, clauses, &[]);
                Ok(true)
            }
            _ => {
                let (items, parameters): (Items<'_>, &[u64]) = (self.table.items()?, self.table.parameters()?);
                self.over_rows
                    .update(&items, &self.layout, subject, clauses, parameters);
                Ok(false)
            }
        }
    }

    fn filtered(&self, on_cube: bool) -> (&CrossFilter, Membership<'_>) {
        let cross = if on_cube { &self.over_cube } else { &self.over_rows };
        let item_of_row = self.cube.as_ref().filter(|_| on_cube).map(Cube::item_of_row);
        (
            cross,
            Membership {
                mask: cross.slice_mask(),
                item_of_row,
                rows: self.table.len(),
            },
        )
    }

    fn prepare_statistics(&mut self, measure: Measure) -> Result<(), EngineError> {
        let items = self.table.items()?;
        if self.sizes.is_none() {
            let year = self.layout.facet(Facet::Year);
            self.sizes = Some(SizeIndex::build(self.table.parameters()?, items.codes[MONTH], year));
        }
        let in_order = matches!(measure, Measure::Downloads30d | Measure::Models);
        if !in_order && self.ranking.as_ref().is_none_or(|(ranked, _)| *ranked != measure) {
            let weights = items.measure(measure);
            let mut order: Vec<u32> = (0..items.len as u32).collect();
            order.sort_unstable_by_key(|row| (std::cmp::Reverse(weights.get(*row as usize)), *row));
            self.ranking = Some((measure, order));
        }
        Ok(())
    }

    fn concentration(&self, in_slice: &Bitmap, query: &Query, weights: Numbers<'_>, models: u64) -> Concentration {
        match &self.ranking {
            Some((measure, order)) if *measure == query.measure => concentration(
                order
                    .iter()
                    .copied()
                    .filter(|row| bitmap::contains(in_slice, *row as usize)),
                weights,
                models,
            ),
            _ => concentration(bitmap::members(in_slice), weights, models),
        }
    }
}
