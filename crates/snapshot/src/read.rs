//! Parquet bytes to columns.
//!
//! Container, pages, compression and number encodings are the parquet crate's; dictionary columns are decoded here,
//! straight from the page's indices to the codes of the manifest, without a string for each row.

use std::collections::HashMap;

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::Page;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;

use crate::SnapshotError;
use crate::checksum::sha256_hex;
use crate::columns::{CodeColumn, Ids, ModelColumns, UNKNOWN_NUMBER};
use crate::hybrid;
use crate::manifest::{DICTIONARY_COLUMNS, DictionaryValue, Manifest, Part};

/// Decodes a models part after checking that it is the file the manifest names.
///
/// Columns may stand in any order and use any Parquet encoding and any compression compiled in; extra columns are
/// ignored. A null in a dictionary column reads as `unknown`.
///
/// # Errors
/// When size, checksum or number of rows differ from the manifest's, a column is missing or malformed, or a value is not
/// in the manifest's dictionary.
pub fn read_models(bytes: Bytes, part: &Part, manifest: &Manifest) -> Result<ModelColumns, SnapshotError> {
    check(&bytes, part)?;
    let file = PartFile::open(bytes, part)?;
    let required = |name: &str| {
        file.numbers(name)?
            .ok_or_else(|| file.damaged(format!("it has no column {name}")))
    };
    let mut codes = Vec::with_capacity(DICTIONARY_COLUMNS.len());
    for column in DICTIONARY_COLUMNS {
        let values = manifest.dictionaries.get(column).map(Vec::as_slice).unwrap_or_default();
        codes.push(file.codes(column, values)?);
    }
    let known = |name: &str, values: Vec<u64>| match values.contains(&UNKNOWN_NUMBER) {
        true => Err(file.damaged(format!("a value of the column {name} is missing"))),
        false => Ok(values),
    };
    Ok(ModelColumns {
        downloads_30d: known("downloads_30d", required("downloads_30d")?)?,
        downloads_all_time: file.numbers("downloads_all_time")?,
        likes: file
            .numbers("likes")?
            .map(|values| known("likes", values))
            .transpose()?,
        parameters: required("parameters")?,
        codes,
    })
}

/// Decodes an ids part after checking that it is the file the manifest names.
///
/// # Errors
/// When size, checksum or number of rows differ from the manifest's, or the column `id` is missing or malformed.
pub fn read_ids(bytes: Bytes, part: &Part) -> Result<Ids, SnapshotError> {
    check(&bytes, part)?;
    let file = PartFile::open(bytes, part)?;
    let mut ids = Ids::default();
    for group in 0..file.reader.num_row_groups() {
        let rows = file.reader.get_row_group(group).map_err(|error| file.failed(error))?;
        let at = file
            .position("id")
            .ok_or_else(|| file.damaged("it has no column id".to_owned()))?;
        let ColumnReader::ByteArrayColumnReader(column) =
            rows.get_column_reader(at).map_err(|error| file.failed(error))?
        else {
            return Err(file.damaged("its column id holds no text".to_owned()));
        };
        let (values, _) = file.values::<ByteArrayType>(column, row_count(&*rows))?;
        for value in values {
            ids.push(
                std::str::from_utf8(value.data()).map_err(|_| file.damaged("an id is not valid UTF-8".to_owned()))?,
            );
        }
    }
    if ids.len() as u64 != part.rows {
        return Err(file.damaged(format!("it holds {} ids, the manifest says {}", ids.len(), part.rows)));
    }
    Ok(ids)
}

fn check(bytes: &Bytes, part: &Part) -> Result<(), SnapshotError> {
    let damaged = |what| {
        Err(SnapshotError::Part {
            path: part.path.clone(),
            what,
        })
    };
    if bytes.len() as u64 != part.bytes {
        return damaged(format!(
            "it has {} bytes, the manifest says {}",
            bytes.len(),
            part.bytes
        ));
    }
    let found = sha256_hex(bytes);
    if found != part.sha256 {
        return damaged(format!("its SHA-256 is {found}, the manifest says {}", part.sha256));
    }
    Ok(())
}

struct PartFile<'a> {
    part: &'a Part,
    reader: SerializedFileReader<Bytes>,
}

impl PartFile<'_> {
    fn open(bytes: Bytes, part: &Part) -> Result<PartFile<'_>, SnapshotError> {
        let damaged = |what: String| SnapshotError::Part {
            path: part.path.clone(),
            what,
        };
        let reader = SerializedFileReader::new(bytes).map_err(|error| damaged(error.to_string()))?;
        let rows = reader.metadata().file_metadata().num_rows();
        if u64::try_from(rows) != Ok(part.rows) {
            return Err(damaged(format!(
                "it holds {rows} rows, the manifest says {}",
                part.rows
            )));
        }
        Ok(PartFile { part, reader })
    }

    fn damaged(&self, what: String) -> SnapshotError {
        SnapshotError::Part {
            path: self.part.path.clone(),
            what,
        }
    }

    fn failed(&self, error: ParquetError) -> SnapshotError {
        self.damaged(error.to_string())
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.reader
            .metadata()
            .file_metadata()
            .schema_descr()
            .columns()
            .iter()
            .position(|column| {
                column.path().parts() == [name] && column.max_rep_level() == 0 && column.max_def_level() <= 1
            })
    }

    fn rows(&self) -> usize {
        self.part.rows as usize
    }

    /// A column of whole numbers, `None` when the part has no such column.
    fn numbers(&self, name: &str) -> Result<Option<Vec<u64>>, SnapshotError> {
        let Some(at) = self.position(name) else { return Ok(None) };
        let mut out = Vec::with_capacity(self.rows());
        for group in 0..self.reader.num_row_groups() {
            let rows = self.reader.get_row_group(group).map_err(|error| self.failed(error))?;
            let count = row_count(&*rows);
            let spread = |value: Option<i64>| match value {
                None => Ok(UNKNOWN_NUMBER),
                Some(value) => {
                    u64::try_from(value).map_err(|_| self.damaged(format!("the column {name} holds {value}")))
                }
            };
            match rows.get_column_reader(at).map_err(|error| self.failed(error))? {
                ColumnReader::Int64ColumnReader(column) => {
                    let (values, levels) = self.values::<Int64Type>(column, count)?;
                    push_spread(&values, &levels, |value| spread(value.copied()), &mut out)?;
                }
                ColumnReader::Int32ColumnReader(column) => {
                    let (values, levels) = self.values::<Int32Type>(column, count)?;
                    push_spread(
                        &values,
                        &levels,
                        |value| spread(value.map(|value| i64::from(*value))),
                        &mut out,
                    )?;
                }
                _ => return Err(self.damaged(format!("its column {name} holds no whole numbers"))),
            }
        }
        if out.len() != self.rows() {
            return Err(self.damaged(format!("its column {name} holds {} values", out.len())));
        }
        Ok(Some(out))
    }

    /// The present values of a column and, for an optional column, whether each row has one.
    fn values<T: DataType>(
        &self,
        mut column: ColumnReaderImpl<T>,
        rows: usize,
    ) -> Result<(Vec<T::T>, Vec<i16>), SnapshotError> {
        let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::new());
        let mut read = 0;
        while read < rows {
            let (records, _, _) = column
                .read_records(rows - read, Some(&mut levels), None, &mut values)
                .map_err(|error| self.failed(error))?;
            if records == 0 {
                return Err(self.damaged("a column ends early".to_owned()));
            }
            read += records;
        }
        Ok((values, levels))
    }

    fn codes(&self, name: &str, dictionary: &[DictionaryValue]) -> Result<CodeColumn, SnapshotError> {
        let at = self
            .position(name)
            .ok_or_else(|| self.damaged(format!("it has no column {name}")))?;
        let lookup: HashMap<&[u8], u32> = dictionary
            .iter()
            .enumerate()
            .map(|(code, value)| (value.key.as_bytes(), code as u32))
            .collect();
        let mut out = CodeColumn::for_dictionary(dictionary.len(), self.rows());
        for group in 0..self.reader.num_row_groups() {
            let rows = self.reader.get_row_group(group).map_err(|error| self.failed(error))?;
            if rows.metadata().column(at).column_type() != Type::BYTE_ARRAY {
                return Err(self.damaged(format!("its column {name} holds no text")));
            }
            let optional = rows.metadata().column(at).column_descr().max_def_level() == 1;
            let mut pages = rows.get_column_page_reader(at).map_err(|error| self.failed(error))?;
            let mut column = DictionaryColumn {
                file: self,
                name,
                optional,
                lookup: &lookup,
                local: Vec::new(),
            };
            while let Some(page) = pages.get_next_page().map_err(|error| self.failed(error))? {
                column.read_page(&page, &mut out)?;
            }
        }
        if out.len() != self.rows() {
            return Err(self.damaged(format!("its column {name} holds {} values", out.len())));
        }
        Ok(out)
    }
}

/// One dictionary column of one row group on its way to codes.
struct DictionaryColumn<'a> {
    file: &'a PartFile<'a>,
    name: &'a str,
    optional: bool,
    lookup: &'a HashMap<&'a [u8], u32>,
    /// The manifest's code of each entry of the row group's own dictionary.
    local: Vec<u32>,
}

impl DictionaryColumn<'_> {
    fn read_page(&mut self, page: &Page, out: &mut CodeColumn) -> Result<(), SnapshotError> {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => {
                self.local = self.plain(buf, *num_values as usize)?;
                Ok(())
            }
            Page::DataPage {
                buf,
                num_values,
                encoding,
                ..
            } => {
                let (levels, values) = if self.optional {
                    self.levels_before(buf)?
                } else {
                    (&[][..], &buf[..])
                };
                self.read_values(levels, values, *num_values as usize, *encoding, out)
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let start = *rep_levels_byte_len as usize;
                let middle = start.saturating_add(*def_levels_byte_len as usize);
                let (Some(levels), Some(values)) = (buf.get(start..middle), buf.get(middle..)) else {
                    return Err(self.cut_short());
                };
                self.read_values(levels, values, *num_values as usize, *encoding, out)
            }
        }
    }

    fn read_values(
        &self,
        levels: &[u8],
        values: &[u8],
        count: usize,
        encoding: Encoding,
        out: &mut CodeColumn,
    ) -> Result<(), SnapshotError> {
        if out.len().saturating_add(count) > self.file.rows() {
            return Err(self
                .file
                .damaged(format!("its column {} holds more values than rows", self.name)));
        }
        let mut present = Vec::new();
        if self.optional {
            self.hybrid(levels, 1, count, &[false, true], &mut present)?;
        }
        let known = if self.optional {
            present.iter().filter(|present| **present).count()
        } else {
            count
        };
        let indexed = matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        if !indexed && encoding != Encoding::PLAIN {
            return Err(self
                .file
                .damaged(format!("its column {} uses the encoding {encoding}", self.name)));
        }
        if known == count {
            return match out {
                CodeColumn::U8(out) => self.append(indexed, values, count, |code| code as u8, out),
                CodeColumn::U16(out) => self.append(indexed, values, count, |code| code as u16, out),
                CodeColumn::U32(out) => self.append(indexed, values, count, |code| code, out),
            };
        }
        let mut codes = Vec::with_capacity(known);
        self.append(indexed, values, known, |code| code, &mut codes)?;
        let unknown = self.code(atlas_protocol::facet::UNKNOWN.as_bytes())?;
        let mut codes = codes.into_iter();
        for present in present {
            let code = if present {
                codes.next().ok_or_else(|| self.cut_short())?
            } else {
                unknown
            };
            out.push_run(code, 1);
        }
        Ok(())
    }

    fn append<T: Copy>(
        &self,
        indexed: bool,
        values: &[u8],
        count: usize,
        narrow: impl Fn(u32) -> T,
        out: &mut Vec<T>,
    ) -> Result<(), SnapshotError> {
        if count == 0 {
            return Ok(());
        }
        if indexed {
            let (width, indices) = values.split_first().ok_or_else(|| self.cut_short())?;
            let local: Vec<T> = self.local.iter().map(|code| narrow(*code)).collect();
            self.hybrid(indices, *width, count, &local, out)
        } else {
            out.extend(self.plain(values, count)?.into_iter().map(narrow));
            Ok(())
        }
    }

    fn hybrid<T: Copy>(
        &self,
        bytes: &[u8],
        width: u8,
        count: usize,
        values: &[T],
        out: &mut Vec<T>,
    ) -> Result<(), SnapshotError> {
        hybrid::decode(bytes, width, count, values, out)
            .map_err(|error| self.file.damaged(format!("in its column {}, {error}", self.name)))
    }

    /// Texts with a length before each, as codes.
    fn plain(&self, mut bytes: &[u8], count: usize) -> Result<Vec<u32>, SnapshotError> {
        let mut codes = Vec::new();
        for _ in 0..count {
            let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| self.cut_short())?;
            let length = u32::from_le_bytes(*length) as usize;
            let (text, rest) = rest.split_at_checked(length).ok_or_else(|| self.cut_short())?;
            codes.push(self.code(text)?);
            bytes = rest;
        }
        Ok(codes)
    }

    fn code(&self, text: &[u8]) -> Result<u32, SnapshotError> {
        self.lookup.get(text).copied().ok_or_else(|| {
            let text = String::from_utf8_lossy(text.get(..60).unwrap_or(text));
            self.file.damaged(format!(
                "its column {} holds {text:?}, which the manifest does not list",
                self.name
            ))
        })
    }

    fn levels_before<'b>(&self, buf: &'b Bytes) -> Result<(&'b [u8], &'b [u8]), SnapshotError> {
        let (length, rest) = buf.split_first_chunk::<4>().ok_or_else(|| self.cut_short())?;
        rest.split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| self.cut_short())
    }

    fn cut_short(&self) -> SnapshotError {
        self.file
            .damaged(format!("a page of its column {} is cut short", self.name))
    }
}

fn row_count(rows: &dyn RowGroupReader) -> usize {
    usize::try_from(rows.metadata().num_rows()).unwrap_or(0)
}

/// Appends one number a row: the present values in turn where the level says so, the missing one elsewhere.
fn push_spread<T>(
    values: &[T],
    levels: &[i16],
    spread: impl Fn(Option<&T>) -> Result<u64, SnapshotError>,
    out: &mut Vec<u64>,
) -> Result<(), SnapshotError> {
    if levels.is_empty() {
        for value in values {
            out.push(spread(Some(value))?);
        }
        return Ok(());
    }
    let mut values = values.iter();
    for level in levels {
        out.push(spread(if *level == 0 { None } else { values.next() })?);
    }
    Ok(())
}
