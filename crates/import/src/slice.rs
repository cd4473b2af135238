//! A slice that the page exported as JSON, back to a snapshot: every value as it was exported, nothing resolved anew.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::BufReader;
use std::sync::Arc;

use atlas_protocol::collection::set_text;
use atlas_protocol::facet::SIZE_CATEGORIES;
use atlas_snapshot::Collection;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{Part, Scope, Source};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::assemble::{About, Assembly};
use crate::collect::Collector;
use crate::countries::region_index;
use crate::curated::CuratedError;
use crate::dataset_words::push_size;
use crate::digits::grouped;
use crate::dump::BATCH_ROWS;
use crate::hub_columns::ColumnsPresent;
use crate::hub_id::is_hub_id;
use crate::lineage::RELATIONS;
use crate::moment::{self, Month};
use crate::one_by_one::{ImportError, Imported, Stage, write_parts};
use crate::registry::{Entry, ORGANISATION_TYPES, Registry};
use crate::row_block::{LIBRARY, LICENCE, MONTH_NOT_KNOWN, NOT_KNOWN, ORIGIN_OWN, PARAMETERS_SOURCES, RowBlock, TASK};
use crate::source::{ByteSource, SourceReader};

/// What an export calls its own form.
const FORMAT: &str = "hub-atlas-slice-1";

const UNKNOWN: &str = "unknown";

/// Counts beyond this are not believed, as in dumps: 10^15.
const LARGEST: u64 = 1_000_000_000_000_000;

/// Whether a file that begins like this is a slice that some version of the page exported.
pub fn is_slice(beginning: &[u8]) -> bool {
    let text: Vec<u8> = beginning
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .take(64)
        .collect();
    text.starts_with(b"{\"format\":\"hub-atlas-slice-")
}

/// What an export says before its rows.
#[derive(Debug, Default)]
struct Head {
    format: String,
    link: String,
    snapshot: SnapshotOf,
    query: QueryOf,
    models_in_snapshot: u64,
    totals: TotalsOf,
}

#[derive(Debug, Default, Deserialize)]
struct SnapshotOf {
    #[serde(default)]
    collection: Collection,
    taken_on: String,
    synthetic: bool,
    #[serde(default)]
    scope: Option<Scope>,
    sources: Vec<Source>,
}

#[derive(Debug, Default, Deserialize)]
struct QueryOf {
    #[serde(default)]
    search: String,
    clauses: BTreeMap<String, ClauseOf>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClauseOf {
    SomeOf(Vec<String>),
    NoneOf(Vec<String>),
    Range { from: Option<String>, to: Option<String> },
}

#[derive(Debug, Default, Deserialize)]
struct TotalsOf {
    models: u64,
    downloads_30d: u64,
    #[serde(default)]
    downloads_all_time: Option<u64>,
    #[serde(default)]
    likes: Option<u64>,
}

/// A model or a dataset as an export writes it.
#[derive(Debug, Deserialize)]
struct RowOf {
    id: String,
    downloads_30d: u64,
    #[serde(default)]
    downloads_all_time: Option<u64>,
    #[serde(default)]
    likes: Option<u64>,
    #[serde(default)]
    parameters: Option<u64>,
    #[serde(default = "unknown")]
    parameters_source: String,
    month: String,
    region: String,
    country: String,
    organisation_type: String,
    organisation: String,
    task: Words,
    #[serde(default = "unknown")]
    library: String,
    #[serde(default = "unknown")]
    size_category: String,
    licence: String,
    #[serde(default = "unknown")]
    relation: String,
    #[serde(default = "unknown")]
    origin: String,
}

fn unknown() -> String {
    UNKNOWN.to_owned()
}

/// One word, or a set of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Set(Vec<String>),
}

impl Words {
    fn text(&self) -> String {
        match self {
            Words::One(word) => word.clone(),
            Words::Set(words) => set_text(words.iter().map(String::as_str)),
        }
    }
}

/// Makes a snapshot of a slice and hands each part on as it is done; `name` names the file in errors.
///
/// # Errors
/// When the file is cut short, of another version, or its rows are not those its head tells of; or `take` fails.
pub fn import(
    name: &str,
    source: Arc<dyn ByteSource>,
    progress: &dyn Fn(Stage),
    take: impl FnMut(&Part, Vec<u8>) -> Result<(), String>,
) -> Result<Imported, ImportError> {
    let failed = |what: String| ImportError::Slice {
        file: name.to_owned(),
        what,
    };
    let bytes = source.size();
    let mut rows = Rows::new(progress)?;
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, SourceReader::new(source)));
    let read = File(&mut rows).deserialize(&mut json);
    let head = read.and_then(|head| json.end().map(|()| head)).map_err(|error| {
        failed(match error.is_eof() {
            true => format!("it ends in the middle ({error}). Export it again"),
            false => error.to_string(),
        })
    })?;
    rows.finish()?;
    check(&head, &rows).map_err(failed)?;
    progress(Stage::Sorting);
    let assembly = Assembly::new(&rows.collector, &rows.people.registry, &present(&head.totals));
    let without_reasons = |error| ImportError::Assemble {
        error,
        rejected: Vec::new(),
    };
    let assembly = assembly.map_err(without_reasons)?;
    let about = About {
        taken_on: head.snapshot.taken_on.clone(),
        synthetic: head.snapshot.synthetic,
        scope: head.scope(),
        sources: head.sources(name, bytes),
        history: None,
    };
    let parts = write_parts(&assembly, progress, take, without_reasons)?;
    Ok(Imported {
        manifest: assembly.manifest(about, parts),
        rows_read: rows.collector.rows_read(),
        rejected: Vec::new(),
    })
}

/// The rows must be those the head tells of.
fn check(head: &Head, rows: &Rows<'_>) -> Result<(), String> {
    if head.format != FORMAT {
        return Err(format!(
            "it is of the form “{}”, and this page reads {FORMAT}. Use a newer page",
            head.format
        ));
    }
    if moment::day_start(&head.snapshot.taken_on).is_none() {
        return Err(format!("its day, “{}”, is not a date", head.snapshot.taken_on));
    }
    let found = (rows.collector.rows().ids.len() as u64, rows.downloads);
    let told = (head.totals.models, u128::from(head.totals.downloads_30d));
    if found != told {
        return Err(format!(
            "it holds {} {} with {} downloads, and its head tells of {} with {}. It was changed; export it again",
            found.0,
            head.snapshot.collection.noun(2),
            found.1,
            told.0,
            told.1
        ));
    }
    Ok(())
}

fn present(totals: &TotalsOf) -> ColumnsPresent {
    let all_time = totals.downloads_all_time.map(|_| "downloadsAllTime");
    let likes = totals.likes.map(|_| "likes");
    let names = ["id", "downloads"].into_iter().chain(all_time).chain(likes);
    // Both required columns are among them.
    ColumnsPresent::find(names).unwrap_or_else(|_| ColumnsPresent::united([]))
}

impl Head {
    fn is_whole(&self) -> bool {
        self.query.clauses.is_empty() && self.query.search.is_empty() && self.totals.models == self.models_in_snapshot
    }

    /// The question in words, such as `region china; month from 2025-01`.
    fn question(&self) -> String {
        let clause = |(facet, clause): (&String, &ClauseOf)| match clause {
            ClauseOf::SomeOf(keys) => format!("{facet} {}", keys.join(", ")),
            ClauseOf::NoneOf(keys) => format!("{facet} without {}", keys.join(", ")),
            ClauseOf::Range { from, to } => {
                let end = |word: &str, end: &Option<String>| end.as_ref().map(|end| format!(" {word} {end}"));
                let ends: String = [end("from", from), end("to", to)].into_iter().flatten().collect();
                format!("{facet}{ends}")
            }
        };
        let mut words: Vec<String> = self.query.clauses.iter().map(clause).collect();
        if !self.query.search.is_empty() {
            words.push(format!("id holds “{}”", self.query.search));
        }
        words.join("; ")
    }

    fn scope(&self) -> Option<Scope> {
        if self.is_whole() {
            return self.snapshot.scope.clone();
        }
        let question = match self.question() {
            question if question.is_empty() => String::new(),
            question => format!(" ({question})"),
        };
        Some(Scope {
            models: format!(
                "a slice of {} of {} {}{question}",
                grouped(self.totals.models),
                grouped(self.models_in_snapshot),
                self.snapshot.collection.noun(self.models_in_snapshot)
            ),
            complete: false,
        })
    }

    /// The slice itself, then where its snapshot came from.
    fn sources(&self, file: &str, bytes: u64) -> Vec<Source> {
        let of = self.snapshot.sources.first().map(|source| source.name.as_str());
        let slice = Source {
            name: format!(
                "{file}, a slice exported by Hub Atlas from {}",
                of.unwrap_or("a snapshot")
            ),
            url: Some(self.link.clone()).filter(|link| link.starts_with("https://")),
            licence: None,
            attribution: None,
            sha256: None,
            bytes: Some(bytes),
            rows: Some(self.totals.models),
        };
        std::iter::once(slice)
            .chain(self.snapshot.sources.iter().cloned())
            .collect()
    }
}

/// Rows as they arrive.
struct Rows<'a> {
    collector: Collector,
    block: RowBlock,
    people: People,
    downloads: u128,
    progress: &'a dyn Fn(Stage),
}

impl<'a> Rows<'a> {
    fn new(progress: &'a dyn Fn(Stage)) -> Result<Rows<'a>, CuratedError> {
        let mut collector = Collector::default();
        collector.begin_file(0, 0, false);
        Ok(Rows {
            collector,
            block: RowBlock::default(),
            people: People {
                registry: Registry::without_accounts()?,
                organisations: HashMap::new(),
                entries: HashMap::new(),
            },
            downloads: 0,
            progress,
        })
    }

    fn push(&mut self, row: &RowOf) -> Result<(), String> {
        if !is_hub_id(&row.id) {
            return Err(format!("“{}” is no id of the Hub", row.id.escape_debug()));
        }
        let counts = [
            Some(row.downloads_30d),
            row.downloads_all_time,
            row.likes,
            row.parameters,
        ];
        if counts.into_iter().flatten().any(|count| count > LARGEST) {
            return Err(format!("a count of {} is beyond 10^15", row.id));
        }
        let block = &mut self.block;
        block.rows_read += 1;
        block.ids.push(&row.id);
        block.downloads_30d.push(row.downloads_30d);
        block
            .downloads_all_time
            .push(row.downloads_all_time.unwrap_or(UNKNOWN_NUMBER));
        block.likes.push(row.likes.unwrap_or(0));
        block.parameters.push(row.parameters.unwrap_or(UNKNOWN_NUMBER));
        block
            .parameters_source
            .push(place("parameters_source", &PARAMETERS_SOURCES, &row.parameters_source)?);
        block.month.push(month(&row.month)?);
        block.account.push(self.people.entry(row)?);
        block.relation.push(place("relation", &RELATIONS, &row.relation)?);
        block.origin.push(match row.origin.as_str() {
            "own" => ORIGIN_OWN,
            name => self.people.organisation(name).unwrap_or(NOT_KNOWN),
        });
        let task = row.task.text();
        let mut texts = vec![(TASK, task.as_str()), (LICENCE, &row.licence)];
        match self.collector.collection() {
            Collection::Models => texts.push((LIBRARY, &row.library)),
            Collection::Datasets => {
                let size = SIZE_CATEGORIES.iter().position(|(key, _)| *key == row.size_category);
                push_size(size.map_or(NOT_KNOWN, |at| at as u32), block);
            }
        }
        for (at, text) in texts {
            let code = match text {
                UNKNOWN => Some(NOT_KNOWN),
                text => block.texts.get_mut(at).map(|texts| texts.code(text)),
            };
            block.push_code(at, code.unwrap_or(NOT_KNOWN));
        }
        self.downloads += u128::from(row.downloads_30d);
        if block.rows_read as usize >= BATCH_ROWS {
            self.flush().map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        self.collector.append(std::mem::take(&mut self.block))?;
        (self.progress)(Stage::Reading(self.collector.rows_read(), 0));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ImportError> {
        self.flush()?;
        self.collector.end_file();
        Ok(())
    }
}

/// Who is behind the rows, as the rows say.
struct People {
    registry: Registry,
    organisations: HashMap<String, u32>,
    entries: HashMap<(Option<u32>, Option<u16>, u8, u8), u32>,
}

impl People {
    fn organisation(&mut self, name: &str) -> Option<u32> {
        if name == UNKNOWN {
            return None;
        }
        if let Some(position) = self.organisations.get(name) {
            return Some(*position);
        }
        let position = self.registry.add_organisation(name);
        self.organisations.insert(name.to_owned(), position);
        Some(position)
    }

    fn entry(&mut self, row: &RowOf) -> Result<u32, String> {
        let region = region_index(&row.region)
            .ok_or_else(|| format!("its region “{}” is not one this page knows", row.region.escape_debug()))?;
        let entry = Entry {
            organisation: self.organisation(&row.organisation),
            country: self.registry.countries().index(&row.country),
            region,
            organisation_type: place("organisation_type", &ORGANISATION_TYPES, &row.organisation_type)?,
        };
        let key = (entry.organisation, entry.country, entry.region, entry.organisation_type);
        if let Some(position) = self.entries.get(&key) {
            return Ok(*position);
        }
        let position = self.registry.add_entry(entry);
        self.entries.insert(key, position);
        Ok(position)
    }
}

fn place(what: &str, keys: &[&str], key: &str) -> Result<u8, String> {
    let place = keys.iter().position(|other| *other == key);
    place
        .map(|at| at as u8)
        .ok_or_else(|| format!("its {what} “{}” is not one this page knows", key.escape_debug()))
}

fn month(key: &str) -> Result<u16, String> {
    if key == UNKNOWN {
        return Ok(MONTH_NOT_KNOWN);
    }
    let month = moment::day_start(&format!("{key}-01")).and_then(Month::of);
    month
        .map(|month| month.0)
        .ok_or_else(|| format!("its month “{}” is none", key.escape_debug()))
}

/// The whole file: its head comes back, its rows go where they belong.
struct File<'a, 'b>(&'a mut Rows<'b>);

impl<'de> DeserializeSeed<'de> for File<'_, '_> {
    type Value = Head;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Head, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_, '_> {
    type Value = Head;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a slice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Head, A::Error> {
        let mut head = Head::default();
        while let Some(field) = fields.next_key::<String>()? {
            match field.as_str() {
                "format" => head.format = fields.next_value()?,
                "link" => head.link = fields.next_value()?,
                "snapshot" => {
                    head.snapshot = fields.next_value()?;
                    self.0.collector.set_collection(head.snapshot.collection);
                }
                "query" => head.query = fields.next_value()?,
                "models_in_snapshot" => head.models_in_snapshot = fields.next_value()?,
                "totals" => head.totals = fields.next_value()?,
                "rows" => fields.next_value_seed(RowList(self.0))?,
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(head)
    }
}

struct RowList<'a, 'b>(&'a mut Rows<'b>);

impl<'de> DeserializeSeed<'de> for RowList<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowList<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(row) = list.next_element::<RowOf>()? {
            self.0.push(&row).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
