//! The engine and the ids it lists, exports and searches.

use atlas_engine::{Engine, ExportHeader, Exporter, IdLookup, Search};
use atlas_protocol::answer::Progress;
use atlas_protocol::{Answer, Facet, Query, RowColumn, RowSort, link};
use atlas_snapshot::read::{read_ids, read_models};
use atlas_snapshot::{Ids, Manifest, Part, sha256_hex};
use bytes::Bytes;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::ProbeError;

/// An engine with a snapshot in it. Questions are links, as in the page's address.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Probe {
    manifest: Manifest,
    engine: Engine,
    ids: IdParts,
    exporter: Option<Exporter>,
    /// What the last step told.
    told: Vec<f64>,
}

#[derive(Debug, Default)]
struct IdParts(Vec<(u64, Ids)>);

impl IdLookup for IdParts {
    fn id(&self, row: u64) -> Option<&str> {
        let part = self.0.partition_point(|(first, _)| *first <= row).checked_sub(1)?;
        let (first, ids) = self.0.get(part)?;
        ids.get(usize::try_from(row - first).ok()?)
    }
}

#[wasm_bindgen]
impl Probe {
    /// Opens a snapshot by the bytes of its manifest.
    ///
    /// # Errors
    /// When the manifest cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &[u8]) -> Result<Probe, JsError> {
        let checksum = sha256_hex(manifest);
        let manifest = Manifest::from_json(manifest)?;
        Ok(Probe {
            engine: Engine::open(&manifest, checksum),
            manifest,
            ids: IdParts::default(),
            exporter: None,
            told: Vec::new(),
        })
    }

    /// What the snapshot says of itself, as JSON: above all the values of every facet, in order.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn dataset(&self) -> Result<String, JsError> {
        Ok(serde_json::to_string(self.engine.dataset()).map_err(ProbeError::from)?)
    }

    /// Decodes a models part and appends its rows.
    ///
    /// # Errors
    /// When the part cannot be read, or does not fit.
    pub fn append(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), JsError> {
        let part = part_named(&self.manifest, path)?;
        self.engine
            .append(read_models(Bytes::from(bytes), part, &self.manifest)?)?;
        Ok(())
    }

    /// Decodes an ids part and keeps it.
    ///
    /// # Errors
    /// When the part cannot be read.
    pub fn append_ids(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), JsError> {
        let part = part_named(&self.manifest, path)?;
        self.ids.0.push((part.first_row, read_ids(Bytes::from(bytes), part)?));
        Ok(())
    }

    /// A step. What it tells lies in memory from [`Probe::told_at`] on, until the next call.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn step(&mut self, question: &str) -> Result<(), JsError> {
        let answer = self.answer(question)?;
        self.told.clear();
        write_down(&answer, &mut self.told);
        Ok(())
    }

    /// Where the numbers of the last step begin: by facet and value the measure, then by facet and value the number of
    /// models, then the measure by month and value of the split, month-major.
    pub fn told_at(&self) -> *const f64 {
        self.told.as_ptr()
    }

    /// How many numbers the last step told.
    pub fn told_len(&self) -> usize {
        self.told.len()
    }

    /// The measure by month and value of the split alone, month-major.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn pivot(&mut self, question: &str) -> Result<Vec<f64>, JsError> {
        Ok(numbers(&self.answer(question)?.over_time.cells).collect())
    }

    /// By year: quantiles of the parameters over models, then weighted by the measure; NaN where there is none.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn sizes(&mut self, question: &str) -> Result<Vec<f64>, JsError> {
        let statistics = self.engine.statistics(&query(question))?;
        let number = |count: Option<u64>| count.map_or(f64::NAN, |count| count as f64);
        let by_year = statistics.sizes_by_year.iter();
        Ok(by_year
            .flat_map(|year| year.quantiles.into_iter().chain(year.quantiles_weighted))
            .map(number)
            .collect())
    }

    /// Gets ready for a drag over one facet's values, while everything else about the question stays.
    ///
    /// # Errors
    /// When there is no such facet, or the table of rows cannot be read.
    pub fn prepare(&mut self, question: &str, facet: &str) -> Result<(), JsError> {
        let facet = Facet::from_key(facet).ok_or_else(|| ProbeError::Missing(format!("facet {facet}")))?;
        Ok(self.engine.prepare(&query(question), facet)?)
    }

    /// The first rows of a slice, as JSON: `[{"row": 0, "id": …, …}]`.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn top(&mut self, question: &str, column: &str, limit: usize) -> Result<String, JsError> {
        let sort = RowSort {
            column: RowColumn::from_key(column).ok_or_else(|| ProbeError::Missing(format!("column {column}")))?,
            descending: true,
        };
        let listing = self.engine.list_rows(&query(question), None, sort, limit)?;
        let spelled: Vec<Value> = listing
            .rows
            .iter()
            .map(|(at, row)| {
                json!({
                    "row": at,
                    "id": self.ids.id(u64::from(*at)),
                    "downloads_30d": row.downloads_30d,
                    "downloads_all_time": row.downloads_all_time,
                    "likes": row.likes,
                    "parameters": row.parameters,
                    "parameters_source": row.parameters_source,
                    "facets": row.facets,
                })
            })
            .collect();
        Ok(serde_json::to_string(&spelled).map_err(ProbeError::from)?)
    }

    /// Searches all ids for a text and lists the first rows found, as JSON: `{"count": 2, "first": [ids]}`.
    ///
    /// # Errors
    /// When the text is empty, or the table of rows cannot be read.
    pub fn search(&mut self, text: &str, limit: usize) -> Result<String, JsError> {
        let search = Search::new(text, None).ok_or_else(|| ProbeError::Missing("text to search for".to_owned()))?;
        let search = self.ids.0.iter().fold(search, |mut search, (_, ids)| {
            search.extend(ids);
            search
        });
        let listing = self
            .engine
            .list_rows(&Query::default(), Some(&search), RowSort::default(), limit)?;
        let first: Vec<Option<&str>> = listing.rows.iter().map(|(at, _)| self.ids.id(u64::from(*at))).collect();
        let found = json!({ "count": listing.found.models, "first": first });
        Ok(serde_json::to_string(&found).map_err(ProbeError::from)?)
    }

    /// Starts an export; [`Probe::export_piece`] writes it.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn export(&mut self, question: &str) -> Result<(), JsError> {
        self.exporter = Some(self.engine.export(&query(question), None, &ExportHeader::default())?);
        Ok(())
    }

    /// The next piece of the export, of about `bytes` bytes; nothing once it is finished.
    ///
    /// # Errors
    /// When an id is not at hand.
    pub fn export_piece(&mut self, bytes: usize) -> Result<Option<Vec<u8>>, JsError> {
        let Some(exporter) = self.exporter.as_mut().filter(|exporter| !exporter.is_finished()) else {
            return Ok(None);
        };
        Ok(Some(exporter.next_piece(&self.engine, &self.ids, u64::MAX, bytes)?))
    }
}

impl Probe {
    fn answer(&mut self, question: &str) -> Result<Answer, ProbeError> {
        Ok(self.engine.answer(&query(question), Progress::default())?)
    }
}

/// The part of this name.
pub(crate) fn part_named<'a>(manifest: &'a Manifest, path: &str) -> Result<&'a Part, ProbeError> {
    let named = manifest.parts.iter().find(|part| part.path == path);
    named.ok_or_else(|| ProbeError::Missing(format!("part {path} in the manifest")))
}

fn query(question: &str) -> Query {
    link::read(question).query
}

fn numbers(sums: &[u64]) -> impl Iterator<Item = f64> + '_ {
    sums.iter().map(|sum| *sum as f64)
}

fn write_down(answer: &Answer, to: &mut Vec<f64>) {
    let facets = || Facet::ALL.iter().filter_map(|facet| answer.facet(*facet));
    facets().for_each(|facet| to.extend(numbers(&facet.measure)));
    facets().for_each(|facet| to.extend(numbers(&facet.models)));
    to.extend(numbers(&answer.over_time.cells));
}
