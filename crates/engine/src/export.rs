//! The slice as JSON, written in pieces.

use std::collections::BTreeMap;
use std::sync::Arc;

use atlas_protocol::message::Scope;
use atlas_protocol::{Clause, Collection, Measure, MonthCoverage, Query, Sums};
use serde::Serialize;

use crate::bitmap::{self, Bitmap};
use crate::json_row::{BATCH, Lines};
use crate::layout::Layout;
use crate::made::Made;
use crate::{Engine, EngineError};

/// Most bytes reserved for a piece before it is written: a caller may ask for everything at once.
const LARGEST_RESERVE: usize = 4 << 20;

/// Finds the ids of rows that are being written.
pub trait IdLookup {
    /// The id of a row of the snapshot, or `None` when it is not at hand.
    fn id(&self, row: u64) -> Option<&str>;
}

/// What an export says of itself besides its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportHeader {
    /// The address of the view that shows the same slice.
    pub link: String,
    /// The text that ids were searched for; empty when all models of the slice are written.
    pub search: String,
}

/// An export under way. The rows are fixed when it starts; later questions do not change it.
#[derive(Clone, Debug)]
pub struct Exporter {
    rows: Bitmap,
    rows_total: u64,
    rows_done: u64,
    next_row: u64,
    head: Option<Vec<u8>>,
    /// The downloads made that are written, where they are: a later question may count others.
    made: Option<Arc<Made>>,
    finished: bool,
}

impl Exporter {
    /// Starts an export of these rows (a set over row positions).
    pub(crate) fn new(
        rows: Bitmap,
        engine: &Engine,
        layout: &Layout,
        query: &Query,
        sums: (&Sums, &Sums),
        header: &ExportHeader,
    ) -> Result<Exporter, EngineError> {
        let head = head(engine, layout, query, sums, header)?;
        Ok(Exporter {
            rows_total: bitmap::count(&rows) as u64,
            rows,
            rows_done: 0,
            next_row: 0,
            head: Some(head),
            made: engine.made(),
            finished: false,
        })
    }

    /// Rows in all.
    pub fn rows_total(&self) -> u64 {
        self.rows_total
    }

    /// Rows written so far.
    pub fn rows_done(&self) -> u64 {
        self.rows_done
    }

    /// Whether the last piece has been handed out.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The first row that has not been written yet and belongs to the slice: its id is needed next. `None` at the end.
    pub fn next_row(&self) -> Option<u64> {
        bitmap::next(&self.rows, self.next_row as usize).map(|row| row as u64)
    }

    /// The next rows of the slice before `until`, as many as are looked up together.
    fn next_rows(&self, until: u64) -> Vec<usize> {
        let mut rows = Vec::with_capacity(BATCH);
        let mut next = self.next_row as usize;
        while rows.len() < BATCH
            && let Some(row) = bitmap::next(&self.rows, next)
            && (row as u64) < until
        {
            rows.push(row);
            next = row + 1;
        }
        rows
    }

    /// Writes the next piece: about `bytes` bytes of JSON, or less when the slice ends or a row at or beyond `until`
    /// comes next, whose id the caller has yet to find.
    ///
    /// # Errors
    /// When an id before `until` cannot be found, or the table has changed under the export.
    pub fn next_piece(
        &mut self,
        engine: &Engine,
        ids: &dyn IdLookup,
        until: u64,
        bytes: usize,
    ) -> Result<Vec<u8>, EngineError> {
        let (mut columns, texts) = (engine.export_columns()?, engine.row_writer());
        columns.made = self.made.as_deref();
        // The piece may end with a row that begins just before it is long enough.
        let room = bytes.min(LARGEST_RESERVE) + 2 * texts.longest();
        let mut out = Lines::after(self.head.take().unwrap_or_default(), room);
        while out.len() < bytes {
            let rows = self.next_rows(until);
            let Some(first) = rows.first() else {
                if self.next_row().is_none() {
                    out.make_room(8);
                    out.put(if self.rows_done == 0 { b"]\n}\n" } else { b"\n]\n}\n" });
                    self.finished = true;
                }
                break;
            };
            let batch = texts.look_up(&columns, &rows)?;
            // Rows beyond the end of the piece are looked up in vain, and their ids may not be at hand yet.
            let known: Vec<&str> = rows.iter().map_while(|row| ids.id(*row as u64)).collect();
            if known.is_empty() {
                return Err(EngineError::Export(format!("the id of row {first} is not at hand")));
            }
            for (at, (row, id)) in rows.iter().zip(known).enumerate() {
                if out.len() >= bytes {
                    break;
                }
                out.make_room(2);
                out.put(if self.rows_done == 0 { b"\n" } else { b",\n" });
                texts.write(&columns, &batch, at, id, &mut out);
                self.rows_done += 1;
                self.next_row = *row as u64 + 1;
            }
        }
        Ok(out.into_bytes())
    }
}

/// Estimated bytes of an export of these rows: the head, and the average of up to 200 rows spread evenly over them.
pub(crate) fn estimate(
    rows: &[u64],
    rows_total: u64,
    head_bytes: u64,
    engine: &Engine,
    id_bytes: f64,
) -> Result<u64, EngineError> {
    let columns = engine.export_columns()?;
    let step = (rows_total / 200).max(1);
    let mut scratch = Lines::default();
    let (mut sampled, mut seen) = (0u64, 0u64);
    for (at, word) in rows.iter().enumerate() {
        let here = u64::from(word.count_ones());
        // The next sampled member of the slice, counted from its beginning, may stand in this word.
        while seen + here > sampled * step {
            let mut rest = *word;
            for _ in 0..sampled * step - seen {
                rest &= rest - 1;
            }
            let row = at * 64 + rest.trailing_zeros() as usize;
            let batch = engine.row_writer().look_up(&columns, &[row])?;
            engine.row_writer().write(&columns, &batch, 0, "", &mut scratch);
            sampled += 1;
        }
        seen += here;
    }
    let head = head_bytes + 6;
    if sampled == 0 {
        return Ok(head);
    }
    let row_bytes = scratch.len() as f64 / sampled as f64 + id_bytes + 2.0;
    Ok(head + (row_bytes * rows_total as f64) as u64)
}

#[derive(Serialize)]
struct Head<'a> {
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    link: &'a str,
    snapshot: Snapshot<'a>,
    query: Question<'a>,
    definitions: BTreeMap<&'a str, &'a str>,
    /// Of how many models and accounts each month is stated: not the same ones throughout.
    #[serde(skip_serializing_if = "<[MonthCoverage]>::is_empty")]
    months_stated: &'a [MonthCoverage],
    models_counted: u64,
    models_in_snapshot: u64,
    totals: TotalsOf,
    totals_unfiltered: TotalsOf,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    collection: Collection,
    taken_on: &'a str,
    synthetic: bool,
    checksum: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a Scope>,
    sources: Vec<SourceOf<'a>>,
}

#[derive(Serialize)]
struct SourceOf<'a> {
    name: &'a str,
    url: Option<&'a str>,
    licence: Option<&'a str>,
    attribution: Option<&'a str>,
}

#[derive(Serialize)]
struct Question<'a> {
    measure: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    search: &'a str,
    clauses: BTreeMap<&'a str, ClauseOf<'a>>,
    /// The months whose downloads are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<MonthsOf<'a>>,
}

#[derive(Serialize)]
struct MonthsOf<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ClauseOf<'a> {
    SomeOf(Vec<&'a str>),
    NoneOf(Vec<&'a str>),
    Range { from: Option<&'a str>, to: Option<&'a str> },
}

#[derive(Serialize)]
struct TotalsOf {
    models: u64,
    downloads_30d: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    downloads_all_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    likes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    downloads_made: Option<u64>,
}

/// The file up to its first row.
pub(crate) fn head(
    engine: &Engine,
    layout: &Layout,
    query: &Query,
    (slice, unfiltered): (&Sums, &Sums),
    header: &ExportHeader,
) -> Result<Vec<u8>, EngineError> {
    let dataset = &layout.dataset;
    let has = |measure| dataset.measures.contains(&measure);
    let counts_made = query.measure == Measure::DownloadsMade;
    let totals = |sums: &Sums| TotalsOf {
        models: sums.models,
        downloads_30d: sums.downloads_30d,
        downloads_all_time: has(Measure::DownloadsAllTime).then_some(sums.downloads_all_time),
        likes: has(Measure::Likes).then_some(sums.likes),
        downloads_made: counts_made.then_some(sums.downloads_made),
    };
    let head = Head {
        format: "hub-atlas-slice-1",
        notice: dataset.synthetic.then(|| {
            let noun = dataset.collection.noun(1);
            format!("This is synthetic data: every {noun} and organisation in it is made up.")
        }),
        link: &header.link,
        snapshot: Snapshot {
            collection: dataset.collection,
            taken_on: &dataset.taken_on,
            synthetic: dataset.synthetic,
            checksum: &dataset.checksum,
            scope: dataset.scope.as_ref(),
            sources: dataset
                .sources
                .iter()
                .map(|source| SourceOf {
                    name: &source.name,
                    url: source.url.as_deref(),
                    licence: source.licence.as_deref(),
                    attribution: source.attribution.as_deref(),
                })
                .collect(),
        },
        query: Question {
            measure: query.measure.key(),
            search: &header.search,
            clauses: query
                .clauses
                .iter()
                .map(|(facet, clause)| (facet.key(), clause_of(clause)))
                .collect(),
            made: counts_made.then_some(MonthsOf {
                from: query.made.from.as_deref(),
                to: query.made.to.as_deref(),
            }),
        },
        definitions: dataset
            .definitions
            .iter()
            .map(|(term, meaning)| (term.as_str(), meaning.as_str()))
            .collect(),
        months_stated: match counts_made {
            true => &layout.history_months()[layout.months_in(&query.made)],
            false => &[],
        },
        models_counted: engine.rows_ready(),
        models_in_snapshot: dataset.totals.models,
        totals: totals(slice),
        totals_unfiltered: totals(unfiltered),
    };
    let mut bytes = serde_json::to_vec_pretty(&head).map_err(|error| EngineError::Export(error.to_string()))?;
    // The rows follow inside the same object, one to a line.
    bytes.truncate(bytes.len().saturating_sub(2));
    bytes.extend_from_slice(b",\n  \"rows\": [");
    Ok(bytes)
}

fn clause_of(clause: &Clause) -> ClauseOf<'_> {
    match clause {
        Clause::SomeOf(keys) => ClauseOf::SomeOf(keys.iter().map(String::as_str).collect()),
        Clause::NoneOf(keys) => ClauseOf::NoneOf(keys.iter().map(String::as_str).collect()),
        Clause::Range { from, to } => ClauseOf::Range {
            from: from.as_deref(),
            to: to.as_deref(),
        },
    }
}
