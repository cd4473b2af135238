//! The table of rows: polars-core holds the columns, the kernels read their slices.

use atlas_protocol::query::ROW_FACETS;
use atlas_protocol::size::bin_of;
use atlas_protocol::{Facet, Row};
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::DICTIONARY_COLUMNS;
use atlas_snapshot::{CodeColumn, ModelColumns};
use polars_core::prelude::*;

use crate::EngineError;
use crate::items::{BASES, Codes, Items, Numbers};
use crate::layout::Layout;

/// All loaded rows, in the snapshot's order.
///
/// The columns are held one by one and not as a frame: a frame reaches its columns through tables of every operation
/// on every type, which the browser would have to download.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    columns: Option<Columns>,
}

#[derive(Clone, Debug)]
struct Columns {
    downloads_30d: UInt64Chunked,
    downloads_all_time: Option<AllTime>,
    likes: Option<UInt64Chunked>,
    parameters: UInt64Chunked,
    /// The dictionary columns, in file order.
    codes: Vec<CodeChunks>,
    /// Bins of the parameter counts, derived when a part is appended.
    bins: CodeChunks,
}

#[derive(Clone, Debug)]
struct AllTime {
    /// [`UNKNOWN_NUMBER`] where not known.
    counts: UInt64Chunked,
    /// 0 where not known.
    known: UInt64Chunked,
}

/// Codes of one column, in the width of its dictionary.
#[derive(Clone, Debug)]
enum CodeChunks {
    U8(UInt8Chunked),
    U16(UInt16Chunked),
    U32(UInt32Chunked),
}

impl Table {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.columns.as_ref().map_or(0, |columns| columns.downloads_30d.len())
    }

    /// Appends the rows of a part.
    pub(crate) fn append(&mut self, part: ModelColumns) -> Result<(), EngineError> {
        let part = Columns::of_part(part);
        match &mut self.columns {
            None => self.columns = Some(part),
            Some(columns) if !columns.matches(&part) => {
                return Err(EngineError::Part("it has other columns".to_owned()));
            }
            Some(columns) => columns.append(part)?,
        }
        Ok(())
    }

    /// The rows as items, each of weight one model.
    pub(crate) fn items(&self) -> Result<Items<'_>, EngineError> {
        let mut codes = [Codes::U8(&[]); BASES];
        let Some(columns) = &self.columns else {
            let none = Numbers::U64(&[]);
            return Ok(Items {
                len: 0,
                codes,
                models: none,
                downloads_30d: none,
                downloads_all_time: none,
                likes: none,
            });
        };
        let held = columns.codes.iter().skip(1).chain([&columns.bins]);
        for (codes, held) in codes.iter_mut().zip(held) {
            *codes = held.codes()?;
        }
        let all_time = columns.downloads_all_time.as_ref().map(|all_time| &all_time.known);
        Ok(Items {
            len: columns.downloads_30d.len(),
            codes,
            models: Numbers::Constant(1),
            downloads_30d: numbers(&columns.downloads_30d)?,
            downloads_all_time: all_time.map_or(Ok(Numbers::Constant(0)), numbers)?,
            likes: columns.likes.as_ref().map_or(Ok(Numbers::Constant(0)), numbers)?,
        })
    }

    /// Parameter counts, [`UNKNOWN_NUMBER`] where not known.
    pub(crate) fn parameters(&self) -> Result<&[u64], EngineError> {
        match &self.columns {
            None => Ok(&[]),
            Some(columns) => Ok(columns.parameters.cont_slice()?),
        }
    }

    /// Rows at the given positions, spelled out, without ids.
    pub(crate) fn rows(&self, positions: &[u32], layout: &Layout) -> Result<Vec<Row>, EngineError> {
        let columns = self.export_columns()?;
        let known = |value: u64| (value != UNKNOWN_NUMBER).then_some(value);
        let spell = |at: usize| Row {
            id: None,
            downloads_30d: columns.items.downloads_30d.get(at),
            downloads_all_time: columns.downloads_all_time.and_then(|values| known(values.get(at))),
            likes: columns.likes.map(|values| values.get(at)),
            parameters: columns.parameters.get(at).copied().and_then(known),
            parameters_source: layout
                .parameter_sources
                .get(columns.sources.position(at))
                .cloned()
                .unwrap_or_default(),
            facets: ROW_FACETS
                .iter()
                .map(|facet| key(layout, &columns.items, *facet, at))
                .collect(),
        };
        let rows = positions.iter().map(|position| *position as usize);
        Ok(rows.filter(|at| *at < columns.items.len).map(spell).collect())
    }

    /// Everything an export needs to spell out row after row.
    pub(crate) fn export_columns(&self) -> Result<ExportColumns<'_>, EngineError> {
        let Some(columns) = &self.columns else {
            return Ok(ExportColumns {
                items: self.items()?,
                parameters: &[],
                downloads_all_time: None,
                likes: None,
                sources: Codes::U8(&[]),
            });
        };
        let all_time = columns.downloads_all_time.as_ref().map(|all_time| &all_time.counts);
        Ok(ExportColumns {
            items: self.items()?,
            parameters: self.parameters()?,
            downloads_all_time: all_time.map(numbers).transpose()?,
            likes: columns.likes.as_ref().map(numbers).transpose()?,
            sources: columns.codes.first().map_or(Ok(Codes::U8(&[])), CodeChunks::codes)?,
        })
    }
}

/// The columns of the table, as an export reads them.
pub(crate) struct ExportColumns<'a> {
    pub(crate) items: Items<'a>,
    pub(crate) parameters: &'a [u64],
    /// With [`UNKNOWN_NUMBER`] where not known; `None` when the source lacks the column.
    pub(crate) downloads_all_time: Option<Numbers<'a>>,
    pub(crate) likes: Option<Numbers<'a>>,
    pub(crate) sources: Codes<'a>,
}

fn key(layout: &Layout, items: &Items<'_>, facet: Facet, at: usize) -> String {
    let code = items.codes[layout.facet(facet).base].position(at);
    layout
        .values(facet)
        .get(code)
        .map(|value| value.key.clone())
        .unwrap_or_default()
}

impl Columns {
    fn of_part(part: ModelColumns) -> Columns {
        let bin = |count: u64| bin_of((count != UNKNOWN_NUMBER).then_some(count));
        let bins = part.parameters.iter().map(bin).collect();
        let known = |value: u64| if value == UNKNOWN_NUMBER { 0 } else { value };
        Columns {
            downloads_30d: counts("downloads_30d", part.downloads_30d.into_wide()),
            downloads_all_time: part.downloads_all_time.map(|values| AllTime {
                known: counts("downloads_all_time_known", values.iter().map(known).collect()),
                counts: counts("downloads_all_time", values.into_wide()),
            }),
            likes: part.likes.map(|values| counts("likes", values.into_wide())),
            parameters: counts("parameters", part.parameters.into_wide()),
            codes: DICTIONARY_COLUMNS
                .iter()
                .zip(part.codes)
                .map(|(name, codes)| CodeChunks::of_column(name, codes))
                .collect(),
            bins: CodeChunks::of_column("bin", CodeColumn::U8(bins)),
        }
    }

    /// Whether both have the same columns in the same widths.
    fn matches(&self, part: &Columns) -> bool {
        let width = std::mem::discriminant;
        self.downloads_all_time.is_some() == part.downloads_all_time.is_some()
            && self.likes.is_some() == part.likes.is_some()
            && self.codes.iter().map(width).eq(part.codes.iter().map(width))
    }

    fn append(&mut self, part: Columns) -> PolarsResult<()> {
        append(&mut self.downloads_30d, part.downloads_30d)?;
        if let (Some(held), Some(new)) = (&mut self.downloads_all_time, part.downloads_all_time) {
            append(&mut held.counts, new.counts)?;
            append(&mut held.known, new.known)?;
        }
        if let (Some(held), Some(new)) = (&mut self.likes, part.likes) {
            append(held, new)?;
        }
        append(&mut self.parameters, part.parameters)?;
        for (held, new) in self.codes.iter_mut().zip(part.codes) {
            held.append(new)?;
        }
        self.bins.append(part.bins)
    }
}

impl CodeChunks {
    fn of_column(name: &str, codes: CodeColumn) -> CodeChunks {
        match codes {
            CodeColumn::U8(codes) => CodeChunks::U8(UInt8Chunked::from_vec(name.into(), codes)),
            CodeColumn::U16(codes) => CodeChunks::U16(UInt16Chunked::from_vec(name.into(), codes)),
            CodeColumn::U32(codes) => CodeChunks::U32(UInt32Chunked::from_vec(name.into(), codes)),
        }
    }

    fn append(&mut self, part: CodeChunks) -> PolarsResult<()> {
        match (self, part) {
            (CodeChunks::U8(held), CodeChunks::U8(new)) => append(held, new),
            (CodeChunks::U16(held), CodeChunks::U16(new)) => append(held, new),
            (CodeChunks::U32(held), CodeChunks::U32(new)) => append(held, new),
            _ => Err(PolarsError::SchemaMismatch(
                "the codes of a column have another width".into(),
            )),
        }
    }

    fn codes(&self) -> Result<Codes<'_>, EngineError> {
        Ok(match self {
            CodeChunks::U8(held) => Codes::U8(held.cont_slice()?),
            CodeChunks::U16(held) => Codes::U16(held.cont_slice()?),
            CodeChunks::U32(held) => Codes::U32(held.cont_slice()?),
        })
    }
}

fn counts(name: &str, values: Vec<u64>) -> UInt64Chunked {
    UInt64Chunked::from_vec(name.into(), values)
}

/// Appends in one piece, so that a kernel reads the values as one slice.
fn append<T: PolarsNumericType>(held: &mut ChunkedArray<T>, new: ChunkedArray<T>) -> PolarsResult<()> {
    let values = [held.cont_slice()?, new.cont_slice()?].concat();
    *held = ChunkedArray::from_vec(held.name().clone(), values);
    Ok(())
}

fn numbers(values: &UInt64Chunked) -> Result<Numbers<'_>, EngineError> {
    Ok(Numbers::U64(values.cont_slice()?))
}
