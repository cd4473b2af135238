//! Dictionary columns: a page's indices to the codes of the manifest, without a text for each row.

use std::collections::HashMap;

use atlas_protocol::facet::UNKNOWN;
use parquet::basic::{Encoding, Type};

use crate::SnapshotError;
use crate::columns::CodeColumn;
use crate::manifest::DictionaryValue;
use crate::read::file::{ColumnShape, PageConsumer, PartFile};
use crate::read::hybrid;
use crate::read::page::{Damage, PageValues};
use crate::read::texts::{self, TextDictionary};

/// Longest beginning of a text that an error message shows, in bytes.
const LONGEST_QUOTE: usize = 60;

impl PartFile<'_> {
    /// A column of texts as codes of `dictionary`; null is `unknown`.
    pub(super) fn codes(&self, name: &str, dictionary: &[DictionaryValue]) -> Result<CodeColumn, SnapshotError> {
        let lookup = Lookup {
            codes: dictionary
                .iter()
                .enumerate()
                .map(|(code, value)| (value.key.as_bytes(), code as u32))
                .collect(),
        };
        match CodeColumn::for_dictionary(dictionary.len(), 0) {
            CodeColumn::U8(_) => self.codes_of(name, &lookup).map(CodeColumn::U8),
            CodeColumn::U16(_) => self.codes_of(name, &lookup).map(CodeColumn::U16),
            CodeColumn::U32(_) => self.codes_of(name, &lookup).map(CodeColumn::U32),
        }
    }

    fn codes_of<T: Code>(&self, name: &str, lookup: &Lookup<'_>) -> Result<Vec<T>, SnapshotError> {
        let mut codes = Codes {
            lookup,
            local: Vec::new(),
            out: self.room()?,
        };
        self.read_column(name, &mut codes)?;
        Ok(codes.out)
    }
}

/// A code as wide as the dictionary needs.
trait Code: Copy + Default {
    fn narrow(code: u32) -> Self;
}

impl Code for u8 {
    fn narrow(code: u32) -> u8 {
        code as u8
    }
}

impl Code for u16 {
    fn narrow(code: u32) -> u16 {
        code as u16
    }
}

impl Code for u32 {
    fn narrow(code: u32) -> u32 {
        code
    }
}

struct Lookup<'a> {
    codes: HashMap<&'a [u8], u32>,
}

impl Lookup<'_> {
    fn code<T: Code>(&self, text: &[u8]) -> Result<T, Damage> {
        match self.codes.get(text) {
            Some(code) => Ok(T::narrow(*code)),
            None => {
                let text = String::from_utf8_lossy(text.get(..LONGEST_QUOTE).unwrap_or(text));
                Err(Damage::new(format!(
                    "the value {text:?} is not in the manifest's dictionary"
                )))
            }
        }
    }
}

struct Codes<'a, T> {
    lookup: &'a Lookup<'a>,
    /// The manifest's code of each entry of the row group's own dictionary.
    local: Vec<T>,
    out: Vec<T>,
}

impl<T: Code> PageConsumer for Codes<'_, T> {
    fn dictionary(&mut self, bytes: &[u8], values: usize, shape: ColumnShape) -> Result<(), Damage> {
        check_text(shape)?;
        let dictionary = TextDictionary::read(bytes, values)?;
        self.local = dictionary
            .iter()
            .map(|text| self.lookup.code(text))
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    fn values(&mut self, page: &PageValues<'_>, shape: ColumnShape) -> Result<(), Damage> {
        check_text(shape)?;
        let Some(present) = &page.present else {
            let Codes { lookup, local, out } = self;
            return append(lookup, local, page, out);
        };
        let mut known = Vec::with_capacity(page.known);
        append(self.lookup, &self.local, page, &mut known)?;
        let unknown = self.lookup.code(UNKNOWN.as_bytes())?;
        let mut known = known.into_iter();
        self.out.extend(present.iter().map(|present| match present {
            true => known.next().unwrap_or(unknown),
            false => unknown,
        }));
        Ok(())
    }
}

/// Appends the codes of the page's known values.
fn append<T: Code>(lookup: &Lookup<'_>, local: &[T], page: &PageValues<'_>, out: &mut Vec<T>) -> Result<(), Damage> {
    let indexed = matches!(page.encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
    if !indexed {
        return texts::for_each(page, &TextDictionary::default(), |text| {
            out.push(lookup.code(text)?);
            Ok(())
        });
    }
    if page.known == 0 {
        return Ok(());
    }
    let (width, indices) = page.bytes.split_first().ok_or_else(Damage::cut_short)?;
    hybrid::decode(indices, *width, page.known, local, out)?;
    Ok(())
}

fn check_text(shape: ColumnShape) -> Result<(), Damage> {
    match shape.physical {
        Type::BYTE_ARRAY => Ok(()),
        other => Err(Damage::new(format!("there are no texts but {other}"))),
    }
}
