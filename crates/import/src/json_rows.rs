//! JSON as the Hub's API gives it, turned into columns: the objects of a list, or one object after the other.
//!
//! Every fact becomes text: a number or a date as it is written, a list or an object as its JSON. The rules for texts in
//! dumps then apply to it like to any other.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::hub_columns::{ColumnsPresent, HubColumn};

/// Why JSON gives no rows.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON, or cut short.
    #[error("it is no whole JSON: {0}. If it was cut short, save it again")]
    Syntax(#[from] serde_json::Error),
    /// An element is not an object.
    #[error(
        "its element {element} (from 0) is no object but {beginning}. A list of models is wanted, as /api/models gives it"
    )]
    NotAnObject {
        /// Position of the element.
        element: u64,
        /// How it begins.
        beginning: String,
    },
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The columns cannot be built.
    #[error(transparent)]
    Columns(#[from] ArrowError),
}

/// The first byte that is not white space; `None` for an empty file.
///
/// # Errors
/// When the reader fails.
pub fn first_byte(reader: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let bytes = reader.fill_buf()?;
        let Some(at) = bytes.iter().position(|byte| !byte.is_ascii_whitespace()) else {
            let length = bytes.len();
            if length == 0 {
                return Ok(None);
            }
            reader.consume(length);
            continue;
        };
        let byte = bytes.get(at).copied();
        reader.consume(at);
        return Ok(byte);
    }
}

/// Hands on every element of a list, or every object of a text of objects, as the JSON it is.
///
/// # Errors
/// When it is not JSON or `take` fails.
pub fn each_element<E: From<JsonError>>(
    mut reader: impl BufRead,
    mut take: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let read = |error: io::Error| E::from(JsonError::Read(error));
    let syntax = |error: serde_json::Error| E::from(JsonError::Syntax(error));
    if first_byte(&mut reader).map_err(read)? == Some(b'[') {
        let mut failure = None;
        let mut json = serde_json::Deserializer::from_reader(reader);
        let visitor = Elements {
            take: &mut take,
            failure: &mut failure,
        };
        let done = json.deserialize_seq(visitor).and_then(|()| json.end());
        return match failure {
            Some(error) => Err(error),
            None => done.map_err(syntax),
        };
    }
    for element in serde_json::Deserializer::from_reader(reader).into_iter::<Box<RawValue>>() {
        take(element.map_err(syntax)?.get())?;
    }
    Ok(())
}

struct Elements<'a, E, F: FnMut(&str) -> Result<(), E>> {
    take: &'a mut F,
    failure: &'a mut Option<E>,
}

impl<'de, E, F: FnMut(&str) -> Result<(), E>> Visitor<'de> for Elements<'_, E, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Box<RawValue>>()? {
            if let Err(error) = (self.take)(element.get()) {
                *self.failure = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// The names of all fields of some objects.
#[derive(Debug, Default)]
pub struct FieldNames {
    names: BTreeSet<String>,
    objects: u64,
}

impl FieldNames {
    /// Adds an object.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn add(&mut self, object: &str) -> Result<(), JsonError> {
        check_object(object, self.objects)?;
        self.objects += 1;
        serde_json::Deserializer::from_str(object).deserialize_map(self)?;
        Ok(())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Number of objects.
    pub fn objects(&self) -> u64 {
        self.objects
    }
}

impl<'de> Visitor<'de> for &mut FieldNames {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_key_seed(NameOf(&mut self.names))?.is_some() {
            fields.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Takes note of a name without a copy of one that is known.
struct NameOf<'a>(&'a mut BTreeSet<String>);

impl<'de> DeserializeSeed<'de> for NameOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameOf<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if !self.0.contains(name) {
            self.0.insert(name.to_owned());
        }
        Ok(())
    }
}

/// Objects on their way to a batch of text columns.
pub struct JsonRows {
    names: Vec<(HubColumn, String)>,
    columns: Vec<StringBuilder>,
    cells: Vec<Option<String>>,
    rows: usize,
    before: u64,
}

impl JsonRows {
    /// An empty batch with the columns of a dump.
    pub fn new(present: &ColumnsPresent) -> JsonRows {
        let names: Vec<(HubColumn, String)> = present
            .columns()
            .map(|(column, name)| (column, name.to_owned()))
            .collect();
        JsonRows {
            columns: names.iter().map(|_| StringBuilder::new()).collect(),
            cells: vec![None; names.len()],
            names,
            rows: 0,
            before: 0,
        }
    }

    /// Number of rows in the batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds an object as a row.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn push(&mut self, object: &str) -> Result<(), JsonError> {
        check_object(object, self.before + self.rows as u64)?;
        self.cells.fill(None);
        serde_json::Deserializer::from_str(object).deserialize_map(Cells {
            names: &self.names,
            cells: &mut self.cells,
        })?;
        for (column, cell) in self.columns.iter_mut().zip(&self.cells) {
            column.append_option(cell.as_deref());
        }
        self.rows += 1;
        Ok(())
    }

    /// Hands the batch over and begins another.
    ///
    /// # Errors
    /// When the columns do not make a batch.
    pub fn take(&mut self) -> Result<RecordBatch, JsonError> {
        let fields: Vec<Field> = self
            .names
            .iter()
            .map(|(_, name)| Field::new(name, DataType::Utf8, true))
            .collect();
        let arrays = self
            .columns
            .iter_mut()
            .map(|column| Arc::new(column.finish()) as ArrayRef)
            .collect();
        self.before += self.rows as u64;
        self.rows = 0;
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }
}

struct Cells<'a> {
    names: &'a [(HubColumn, String)],
    cells: &'a mut [Option<String>],
}

impl<'de> Visitor<'de> for Cells<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(place) = fields.next_key_seed(PlaceOf(self.names))? {
            match place.and_then(|place| self.cells.get_mut(place)) {
                Some(cell) => *cell = text_of(fields.next_value::<&RawValue>()?.get()).map(Cow::into_owned),
                None => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The place of a name among the columns.
struct PlaceOf<'a>(&'a [(HubColumn, String)]);

impl<'de> DeserializeSeed<'de> for PlaceOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for PlaceOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|(_, column)| column == name))
    }
}

/// A JSON value as the text of a cell; `None` for null.
fn text_of(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first() {
        Some(b'n') | None => None,
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) => Some(Cow::Owned(text)),
            // Half of a surrogate pair is JSON, and no text.
            Err(_) => Some(Cow::Borrowed(json)),
        },
        _ => Some(Cow::Borrowed(json)),
    }
}

fn check_object(json: &str, element: u64) -> Result<(), JsonError> {
    if json.starts_with('{') {
        return Ok(());
    }
    Err(JsonError::NotAnObject {
        element,
        beginning: json.chars().take(40).collect(),
    })
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    use super::*;

    fn elements(json: &str) -> Result<Vec<String>, JsonError> {
        let mut found = Vec::new();
        each_element(json.as_bytes(), |element| {
            found.push(element.to_owned());
            Ok::<(), JsonError>(())
        })?;
        Ok(found)
    }

    #[test]
    fn a_list_and_objects_in_a_row_are_the_same_elements() {
        let wanted = [r#"{"id":"a/b"}"#, r#"{"id": "c" }"#];
        for json in [
            r#"[{"id":"a/b"},{"id": "c" }]"#,
            " \n[ {\"id\":\"a/b\"} ,\n {\"id\": \"c\" } ]\n",
            "{\"id\":\"a/b\"}\n{\"id\": \"c\" }\n",
            "\n{\"id\":\"a/b\"} {\"id\": \"c\" }",
        ] {
            assert_eq!(elements(json).unwrap(), wanted, "{json}");
        }
        assert!(elements("").unwrap().is_empty() && elements(" [ ] ").unwrap().is_empty());
    }

    #[test]
    fn what_is_cut_short_or_goes_on_after_its_end_is_refused_with_the_place() {
        for (json, place) in [
            ("[{\"id\":1},\n{\"id\"", "line 2 column 5"),
            ("{\"id\":1}\n{\"id\":", "line 2 column 6"),
            ("[] x", "line 1 column 4"),
            ("[{\"id\":1}", "line 1 column 9"),
            ("id,downloads", "line 1 column 1"),
        ] {
            let message = elements(json).unwrap_err().to_string();
            assert!(message.contains(place), "{message}");
        }
        let mut names = FieldNames::default();
        names.add("{}").unwrap();
        let message = names.add("[1]").unwrap_err().to_string();
        assert!(
            message.contains("element 1 (from 0)") && message.contains("[1]"),
            "{message}"
        );
    }

    #[test]
    fn every_fact_becomes_the_text_it_is() {
        let objects = [
            r#"{"modelId":"a/b","id":"a\/b","downloads":7,"likes":null,"safetensors":{"total":1},"tags":["x"],"private":false}"#,
            r#"{"id":"c","downloads":"8","tags":null,"createdAt":"2025-01-01T00:00:00.000Z","likes":-1.5}"#,
        ];
        let mut names = FieldNames::default();
        objects.iter().for_each(|object| names.add(object).unwrap());
        assert_eq!(names.objects(), 2);
        let present = ColumnsPresent::find(names.names()).unwrap();
        let mut rows = JsonRows::new(&present);
        objects.iter().for_each(|object| rows.push(object).unwrap());
        let batch = rows.take().unwrap();
        let column = |name: &str| -> Vec<Option<String>> {
            let texts = batch.column_by_name(name).unwrap().as_string::<i32>();
            (0..texts.len())
                .map(|row| texts.is_valid(row).then(|| texts.value(row).to_owned()))
                .collect()
        };
        let texts = |a: Option<&str>, b: Option<&str>| vec![a.map(str::to_owned), b.map(str::to_owned)];
        assert_eq!(column("id"), texts(Some("a/b"), Some("c")));
        assert_eq!(column("downloads"), texts(Some("7"), Some("8")));
        assert_eq!(column("likes"), texts(None, Some("-1.5")));
        assert_eq!(column("tags"), texts(Some("[\"x\"]"), None));
        assert_eq!(column("safetensors"), texts(Some("{\"total\":1}"), None));
        assert!(batch.column_by_name("modelId").is_none() && batch.column_by_name("private").is_none());
        assert_eq!(rows.rows(), 0);
    }
}
