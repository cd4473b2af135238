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

/// Column of the bins of the parameter counts, derived when a part is appended.
const BIN_COLUMN: &str = "bin";

/// All loaded rows, in the snapshot's order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    frame: Option<DataFrame>,
}

impl Table {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.frame.as_ref().map_or(0, DataFrame::height)
    }

    /// Appends the rows of a part.
    pub(crate) fn append(&mut self, part: ModelColumns) -> Result<(), EngineError> {
        let part = frame(part)?;
        match &mut self.frame {
            None => self.frame = Some(part),
            Some(frame) => {
                if frame.width() != part.width() {
                    return Err(EngineError::Part("it has other columns".to_owned()));
                }
                frame.vstack_mut_owned(part)?;
                frame.rechunk_mut();
            }
        }
        Ok(())
    }

    /// The rows as items, each of weight one model.
    pub(crate) fn items(&self) -> Result<Items<'_>, EngineError> {
        let mut codes = [Codes::U8(&[]); BASES];
        let Some(frame) = &self.frame else {
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
        let names = DICTIONARY_COLUMNS.iter().skip(1).chain([&BIN_COLUMN]);
        for (codes, name) in codes.iter_mut().zip(names) {
            *codes = column_codes(frame.column(name)?)?;
        }
        Ok(Items {
            len: frame.height(),
            codes,
            models: Numbers::Constant(1),
            downloads_30d: self.numbers("downloads_30d")?.unwrap_or(Numbers::Constant(0)),
            downloads_all_time: self
                .numbers("downloads_all_time_known")?
                .unwrap_or(Numbers::Constant(0)),
            likes: self.numbers("likes")?.unwrap_or(Numbers::Constant(0)),
        })
    }

    /// Parameter counts, [`UNKNOWN_NUMBER`] where not known.
    pub(crate) fn parameters(&self) -> Result<&[u64], EngineError> {
        match &self.frame {
            None => Ok(&[]),
            Some(frame) => Ok(frame.column("parameters")?.u64()?.cont_slice()?),
        }
    }

    fn numbers(&self, name: &str) -> Result<Option<Numbers<'_>>, EngineError> {
        let Some(frame) = &self.frame else { return Ok(None) };
        let Ok(column) = frame.column(name) else {
            return Ok(None);
        };
        Ok(Some(Numbers::U64(column.u64()?.cont_slice()?)))
    }

    /// Rows at the given positions, spelled out, without ids.
    pub(crate) fn rows(&self, positions: &[u32], layout: &Layout) -> Result<Vec<Row>, EngineError> {
        let Some(frame) = &self.frame else {
            return Ok(Vec::new());
        };
        let picked = frame.take(&IdxCa::from_slice("row".into(), positions))?;
        let picked = Table { frame: Some(picked) };
        let items = picked.items()?;
        let parameters = picked.parameters()?;
        let all_time = picked.numbers("downloads_all_time")?;
        let likes = picked.numbers("likes")?;
        let sources = picked.source_codes()?;
        let known = |value: u64| (value != UNKNOWN_NUMBER).then_some(value);
        let spell = |at: usize| Row {
            id: None,
            downloads_30d: items.downloads_30d.get(at),
            downloads_all_time: all_time.and_then(|values| known(values.get(at))),
            likes: likes.map(|values| values.get(at)),
            parameters: parameters.get(at).copied().and_then(known),
            parameters_source: layout
                .parameter_sources
                .get(sources.position(at))
                .cloned()
                .unwrap_or_default(),
            facets: ROW_FACETS.iter().map(|facet| key(layout, &items, *facet, at)).collect(),
        };
        Ok((0..items.len).map(spell).collect())
    }

    fn source_codes(&self) -> Result<Codes<'_>, EngineError> {
        match &self.frame {
            None => Ok(Codes::U8(&[])),
            Some(frame) => column_codes(frame.column(DICTIONARY_COLUMNS[0])?),
        }
    }

    /// Everything an export needs to spell out row after row.
    pub(crate) fn export_columns(&self) -> Result<ExportColumns<'_>, EngineError> {
        Ok(ExportColumns {
            items: self.items()?,
            parameters: self.parameters()?,
            downloads_all_time: self.numbers("downloads_all_time")?,
            likes: self.numbers("likes")?,
            sources: self.source_codes()?,
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

fn frame(part: ModelColumns) -> Result<DataFrame, EngineError> {
    let rows = part.rows();
    let bins: Vec<u8> = part
        .parameters
        .iter()
        .map(|count| bin_of((*count != UNKNOWN_NUMBER).then_some(*count)))
        .collect();
    let mut columns = vec![numbers("downloads_30d", part.downloads_30d)];
    if let Some(values) = part.downloads_all_time {
        let known = values
            .iter()
            .map(|value| if *value == UNKNOWN_NUMBER { 0 } else { *value })
            .collect();
        columns.push(numbers("downloads_all_time_known", known));
        columns.push(numbers("downloads_all_time", values));
    }
    columns.extend(part.likes.map(|values| numbers("likes", values)));
    columns.push(numbers("parameters", part.parameters));
    for (name, codes) in DICTIONARY_COLUMNS.iter().zip(part.codes) {
        columns.push(match codes {
            CodeColumn::U8(codes) => UInt8Chunked::from_vec((*name).into(), codes).into_column(),
            CodeColumn::U16(codes) => UInt16Chunked::from_vec((*name).into(), codes).into_column(),
            CodeColumn::U32(codes) => UInt32Chunked::from_vec((*name).into(), codes).into_column(),
        });
    }
    columns.push(UInt8Chunked::from_vec(BIN_COLUMN.into(), bins).into_column());
    Ok(DataFrame::new(rows, columns)?)
}

fn numbers(name: &str, values: Vec<u64>) -> Column {
    UInt64Chunked::from_vec(name.into(), values).into_column()
}

fn column_codes(column: &Column) -> Result<Codes<'_>, EngineError> {
    Ok(match column.dtype() {
        DataType::UInt8 => Codes::U8(column.u8()?.cont_slice()?),
        DataType::UInt16 => Codes::U16(column.u16()?.cont_slice()?),
        _ => Codes::U32(column.u32()?.cont_slice()?),
    })
}
