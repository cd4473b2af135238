//! Collected rows to the parts and the manifest of a snapshot.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use atlas_protocol::Facet;
use atlas_protocol::facet::UNKNOWN;
use atlas_snapshot::columns::{CodeColumn, ModelColumns, NumberColumn, UNKNOWN_NUMBER};
use atlas_snapshot::history::History;
use atlas_snapshot::manifest::{
    Coverage, DictionaryValue, FORMAT, Manifest, Part, PartKind, Scope, Source, Totals, dictionary_columns, part_path,
};
use atlas_snapshot::write::{Packing, write_ids, write_models};
use atlas_snapshot::{Collection, SnapshotError, sha256_hex};

use crate::collect::{Collector, ids_in_order};
use crate::definitions::{Words, definitions};
use crate::dictionaries::{Dictionary, dictionaries};
use crate::hub_columns::{ColumnsPresent, HubColumn};
use crate::registry::Registry;
use crate::row_block::RowBlock;

/// Name and version of this program, as manifests state it.
pub const BUILT_BY: &str = concat!("hub-atlas ", env!("CARGO_PKG_VERSION"));

/// Rows of the first part unless told otherwise.
pub const HEAD_ROWS: usize = 32_768;

/// Rows of every other part unless told otherwise.
pub const PART_ROWS: usize = 1_048_576;

/// Why collected rows make no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// Nothing is left.
    #[error("no row can be kept of the {rows_read} read. The report says why each was left out.")]
    NoRows {
        /// Rows read.
        rows_read: u64,
    },
    /// A sum is too large.
    #[error("the {measure} add up to more than a signed 64-bit number holds. The counts in the file cannot be right.")]
    SumTooLarge {
        /// The measure.
        measure: &'static str,
    },
    /// The snapshot writer refuses.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Which rows a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartPlan {
    /// What it holds of them.
    pub kind: PartKind,
    /// Position of the first row in the snapshot.
    pub first_row: usize,
    /// Number of rows.
    pub rows: usize,
}

/// What a manifest says beside what is in the rows.
#[derive(Clone, Debug)]
pub struct About {
    /// Day the metadata were taken, `YYYY-MM-DD`.
    pub taken_on: String,
    /// Whether the models are made up.
    pub synthetic: bool,
    /// Which models of the Hub the rows are, where that is known.
    pub scope: Option<Scope>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Downloads by month, where they are known.
    pub history: Option<History>,
}

/// A snapshot ready to be written.
pub struct Assembly<'a> {
    collection: Collection,
    rows: &'a RowBlock,
    order: Vec<u32>,
    dictionaries: Vec<Dictionary<'a>>,
    totals: Totals,
}

impl<'a> Assembly<'a> {
    /// Sorts the rows and orders every dictionary; `present` are the columns that the files had.
    ///
    /// # Errors
    /// When no row is left or a sum is too large.
    pub fn new(
        collector: &'a Collector,
        registry: &'a Registry,
        present: &ColumnsPresent,
    ) -> Result<Assembly<'a>, AssembleError> {
        let rows = collector.rows();
        let order = row_order(rows);
        if order.is_empty() {
            return Err(AssembleError::NoRows {
                rows_read: rows.rows_read,
            });
        }
        let sum = |measure, values: &[u64]| sum_of(measure, values, &order);
        let totals = Totals {
            rows: order.len() as u64,
            downloads_30d: sum("downloads", &rows.downloads_30d)?,
            downloads_all_time: match present.has(HubColumn::DownloadsAllTime) {
                true => Some(sum("all-time downloads", &rows.downloads_all_time)?),
                false => None,
            },
            likes: match present.has(HubColumn::Likes) {
                true => Some(sum("likes", &rows.likes)?),
                false => None,
            },
        };
        let collection = collector.collection();
        let dictionaries = dictionaries(collection, rows, &order, registry);
        Ok(Assembly {
            collection,
            rows,
            order,
            dictionaries,
            totals,
        })
    }

    /// The ids in snapshot order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let ids = &self.rows.ids;
        self.order.iter().map(|row| ids.get(*row as usize).unwrap_or_default())
    }

    /// The rows of the collector in snapshot order.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Totals over all rows.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Cuts the rows into parts: a head of `head_rows`, then parts of `part_rows`; all columns first, then all ids.
    pub fn plan(&self, head_rows: usize, part_rows: usize) -> Vec<PartPlan> {
        let mut cuts = Vec::new();
        let mut first_row = 0;
        while first_row < self.order.len() {
            let most = if first_row == 0 { head_rows } else { part_rows };
            let rows = most.max(1).min(self.order.len() - first_row);
            cuts.push((first_row, rows));
            first_row += rows;
        }
        let of_kind = |kind| {
            cuts.iter().map(move |(first_row, rows)| PartPlan {
                kind,
                first_row: *first_row,
                rows: *rows,
            })
        };
        let rows_of = of_kind(PartKind::rows_of(self.collection));
        rows_of.chain(of_kind(PartKind::Ids)).collect()
    }

    /// The manifest entry and the bytes of a part.
    ///
    /// # Errors
    /// When the snapshot writer refuses the columns.
    pub fn encode(&self, plan: PartPlan, packing: Packing) -> Result<(Part, Vec<u8>), AssembleError> {
        let rows = self
            .order
            .get(plan.first_row..plan.first_row + plan.rows)
            .unwrap_or_default();
        let (bytes, downloads_30d) = match plan.kind {
            PartKind::Models | PartKind::Datasets => {
                let columns = self.columns(rows);
                let downloads = columns.downloads_30d.iter().sum();
                (
                    write_models(self.collection, &columns, &self.dictionary_values(), packing)?,
                    Some(downloads),
                )
            }
            PartKind::Ids => (write_ids(&ids_in_order(&self.rows.ids, rows), packing)?, None),
        };
        let sha256 = sha256_hex(&bytes);
        let part = Part {
            kind: plan.kind,
            path: part_path(plan.kind, &sha256),
            first_row: plan.first_row as u64,
            rows: plan.rows as u64,
            bytes: bytes.len() as u64,
            sha256,
            downloads_30d,
        };
        Ok((part, bytes))
    }

    fn columns(&self, rows: &[u32]) -> ModelColumns {
        let pick = |values: &[u64]| -> NumberColumn {
            rows.iter()
                .map(|row| values.get(*row as usize).copied().unwrap_or(UNKNOWN_NUMBER))
                .collect()
        };
        let codes = |dictionary: &Dictionary<'_>| {
            let mut column = CodeColumn::for_dictionary(dictionary.values.len(), rows.len());
            rows.iter()
                .for_each(|row| column.push_run(dictionary.code(self.rows, *row as usize), 1));
            column
        };
        ModelColumns {
            downloads_30d: pick(&self.rows.downloads_30d),
            downloads_all_time: self
                .totals
                .downloads_all_time
                .map(|_| pick(&self.rows.downloads_all_time)),
            likes: self.totals.likes.map(|_| pick(&self.rows.likes)),
            parameters: pick(&self.rows.parameters),
            codes: self.dictionaries.iter().map(codes).collect(),
        }
    }

    fn dictionary_values(&self) -> BTreeMap<String, Vec<DictionaryValue>> {
        let named = dictionary_columns(self.collection).into_iter().zip(&self.dictionaries);
        named
            .map(|(column, dictionary)| (column.to_owned(), dictionary.values.clone()))
            .collect()
    }

    /// How much of each column is known, in the order in which manifests state it.
    pub fn coverage(&self) -> Vec<Coverage> {
        let covered = [
            ("region", "region"),
            ("organisation_type", "organisation_type"),
            ("organisation", "organisation"),
            ("parameters", "parameters_source"),
            ("month", "month"),
            ("task", "task"),
            ("library", "library"),
            ("size_category", "size_category"),
            ("licence", "licence"),
            ("relation", "relation"),
            ("origin", "origin"),
        ];
        let of_column = |(column, dictionary): (&str, &str)| {
            Facet::from_key(column).filter(|facet| self.collection.has(*facet))?;
            let columns = dictionary_columns(self.collection);
            let at = columns.iter().position(|name| *name == dictionary)?;
            let dictionary = self.dictionaries.get(at)?;
            Some(Coverage {
                column: column.to_owned(),
                rows_known: self.totals.rows - dictionary.unknown.rows,
                downloads_30d_known: self.totals.downloads_30d - dictionary.unknown.downloads,
            })
        };
        covered.into_iter().filter_map(of_column).collect()
    }

    /// The manifest of a snapshot of these parts, in the order of [`Assembly::plan`].
    pub fn manifest(&self, about: About, parts: Vec<Part>) -> Manifest {
        Manifest {
            format: FORMAT,
            collection: self.collection,
            taken_on: about.taken_on,
            synthetic: about.synthetic,
            built_by: BUILT_BY.to_owned(),
            scope: about.scope,
            sources: about.sources,
            totals: self.totals,
            coverage: self.coverage(),
            definitions: definitions(
                self.collection,
                Words {
                    all_time: self.totals.downloads_all_time.is_some(),
                    likes: self.totals.likes.is_some(),
                    history: about.history.is_some(),
                },
            ),
            dictionaries: self.dictionary_values(),
            parts,
            history: about.history,
        }
    }
}

/// The rows by downloads, descending, then by id, ascending in byte order.
fn row_order(rows: &RowBlock) -> Vec<u32> {
    // Most ids differ within the first 16 bytes, so most comparisons never touch the text.
    let beginning = |row: u32| {
        let id = rows.ids.get(row as usize).unwrap_or_default().as_bytes();
        let mut first = [0; 16];
        first.iter_mut().zip(id).for_each(|(to, from)| *to = *from);
        u128::from_be_bytes(first)
    };
    let downloads = |row: u32| rows.downloads_30d.get(row as usize).copied().unwrap_or(0);
    let mut keyed: Vec<(Reverse<u64>, u128, u32)> = (0..rows.ids.len() as u32)
        .map(|row| (Reverse(downloads(row)), beginning(row), row))
        .collect();
    keyed.sort_unstable_by(|a, b| {
        let ids = || rows.ids.get(a.2 as usize).cmp(&rows.ids.get(b.2 as usize));
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(ids)
    });
    keyed.into_iter().map(|(_, _, row)| row).collect()
}

fn sum_of(measure: &'static str, values: &[u64], order: &[u32]) -> Result<u64, AssembleError> {
    let known = order
        .iter()
        .filter_map(|row| values.get(*row as usize))
        .filter(|value| **value != UNKNOWN_NUMBER);
    let sum: u128 = known.map(|value| u128::from(*value)).sum();
    match i64::try_from(sum) {
        Ok(sum) => Ok(sum as u64),
        Err(_) => Err(AssembleError::SumTooLarge { measure }),
    }
}

/// The last value of every dictionary.
pub(crate) fn unknown_value() -> DictionaryValue {
    DictionaryValue {
        key: UNKNOWN.to_owned(),
        label: Some("Unknown".to_owned()),
        parent: None,
    }
}
