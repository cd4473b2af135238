//! `manifest.json`: what a snapshot says of itself.

use std::collections::BTreeMap;

pub use atlas_protocol::message::Scope;
use atlas_protocol::message::SourceNote;
use atlas_protocol::query::ROW_FACETS;
use atlas_protocol::{Collection, Measure, Sums};
use serde::{Deserialize, Serialize};

use crate::SnapshotError;
use crate::history::History;

mod check;

/// The only format this version reads and writes.
pub const FORMAT: u32 = 1;

/// Name of the manifest inside a snapshot folder.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Largest manifest that is read, in bytes.
pub const LARGEST_MANIFEST: usize = 64 << 20;

/// Largest part, in bytes: every browser holds it in one piece.
pub const LARGEST_PART: u64 = 1 << 30;

/// What a snapshot says of itself. `docs/SNAPSHOT.md` describes the JSON for readers without this crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: u32,
    /// What the rows are; models where it does not say.
    #[serde(default)]
    pub collection: Collection,
    /// Day the metadata were taken from the Hub, `YYYY-MM-DD`.
    pub taken_on: String,
    /// Whether the models are made up.
    pub synthetic: bool,
    /// Which models of the Hub the rows are, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Name and version of the program that wrote the snapshot.
    pub built_by: String,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Totals over all rows.
    pub totals: Totals,
    /// How much of the downloads has a known value, by column.
    pub coverage: Vec<Coverage>,
    /// Term and meaning, in reading order.
    pub definitions: Vec<Definition>,
    /// The values of each dictionary column, by column name, in the order of their codes; the last one is `unknown`.
    pub dictionaries: BTreeMap<String, Vec<DictionaryValue>>,
    /// The files, in row order: first every part with analytic columns, then every `ids` part.
    pub parts: Vec<Part>,
    /// Downloads of the models by month, where the snapshot has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// One source of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What the reader sees, such as `hub-stats models.parquet`.
    pub name: String,
    /// Address, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Licence, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whom to credit and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// SHA-256 of the file read, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Size of the file read, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Rows read from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

impl Source {
    /// The source as the page shows it.
    pub fn note(&self) -> SourceNote {
        SourceNote {
            name: self.name.clone(),
            url: self.url.clone(),
            licence: self.licence.clone(),
            attribution: self.attribution.clone(),
        }
    }
}

/// Totals over all rows; a measure the source lacks is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Number of models.
    pub rows: u64,
    /// Sum of downloads in 30 days.
    pub downloads_30d: u64,
    /// Sum of all-time downloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloads_all_time: Option<u64>,
    /// Sum of likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<u64>,
}

impl Totals {
    /// The measures the snapshot holds.
    pub fn measures(&self) -> Vec<Measure> {
        let mut measures = vec![Measure::Downloads30d];
        measures.extend(self.downloads_all_time.map(|_| Measure::DownloadsAllTime));
        measures.push(Measure::Models);
        measures.extend(self.likes.map(|_| Measure::Likes));
        measures
    }

    /// The totals as sums; 0 for a measure the source lacks.
    pub fn sums(&self) -> Sums {
        Sums {
            models: self.rows,
            downloads_30d: self.downloads_30d,
            downloads_all_time: self.downloads_all_time.unwrap_or(0),
            likes: self.likes.unwrap_or(0),
            downloads_made: 0,
        }
    }
}

/// How much of one column is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Column name, such as `region` or `parameters`.
    pub column: String,
    /// Models whose value is known.
    pub rows_known: u64,
    /// Downloads in 30 days of those models.
    pub downloads_30d_known: u64,
}

/// A term and its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The term, such as `downloads_30d`.
    pub term: String,
    /// One or two sentences.
    pub meaning: String,
}

/// One value of a dictionary column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryValue {
    /// The string that stands in the Parquet column.
    pub key: String,
    /// What a reader sees; absent where it is the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// For a country, the key of its region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// What a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// Analytic columns of some rows of a collection of models.
    Models,
    /// Analytic columns of some rows of a collection of datasets.
    Datasets,
    /// Ids of some rows.
    Ids,
}

impl PartKind {
    /// The kind of the parts with the analytic columns of a collection.
    pub const fn rows_of(collection: Collection) -> PartKind {
        match collection {
            Collection::Models => PartKind::Models,
            Collection::Datasets => PartKind::Datasets,
        }
    }

    /// The first word of the part's file name.
    pub const fn prefix(self) -> &'static str {
        match self {
            PartKind::Models => "models",
            PartKind::Datasets => "datasets",
            PartKind::Ids => "ids",
        }
    }
}

/// One file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it holds.
    pub kind: PartKind,
    /// File name inside the snapshot folder: kind, a dash, the first 16 hex digits of the SHA-256, `.parquet`.
    pub path: String,
    /// Position of its first row in the snapshot.
    pub first_row: u64,
    /// Number of rows.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Sum of downloads in 30 days of its rows; absent for ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloads_30d: Option<u64>,
}

/// Number of dictionary columns: one for each stored facet, and where the parameter count comes from.
pub const DICTIONARIES: usize = ROW_FACETS.len() + 1;

/// The dictionary columns of a models part, in file order: where the parameter count comes from and the stored facets.
pub const DICTIONARY_COLUMNS: [&str; DICTIONARIES] = dictionary_columns(Collection::Models);

/// The dictionary columns of a part with the rows of a collection, in file order: where the parameter count comes from, which
/// of what has no parameters is unknown, and the stored facets.
pub const fn dictionary_columns(collection: Collection) -> [&'static str; DICTIONARIES] {
    let mut columns = ["parameters_source"; DICTIONARIES];
    let mut place = 0;
    while place < ROW_FACETS.len() {
        columns[place + 1] = collection.description().stored[place].key();
        place += 1;
    }
    columns
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When the text is not JSON of this shape, is of another format, or contradicts itself.
    pub fn from_json(bytes: &[u8]) -> Result<Manifest, SnapshotError> {
        if bytes.len() > LARGEST_MANIFEST {
            return Err(SnapshotError::Manifest(format!(
                "it has {} bytes, more than the {LARGEST_MANIFEST} that are read",
                bytes.len()
            )));
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
            #[serde(default = "models")]
            collection: serde_json::Value,
        }
        fn models() -> serde_json::Value {
            Collection::Models.key().into()
        }
        let wrong = |error: serde_json::Error| SnapshotError::Manifest(error.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(wrong)?;
        if version.format != FORMAT {
            return Err(SnapshotError::Format { found: version.format });
        }
        if version.collection.as_str().and_then(Collection::from_key).is_none() {
            let known = Collection::ALL.map(|collection| format!("“{}”", collection.key()));
            return Err(SnapshotError::Manifest(format!(
                "its collection is {}, and this version knows {}",
                version.collection,
                known.join(" and ")
            )));
        }
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(wrong)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Writes the manifest as indented JSON with a final newline; the same manifest gives the same bytes.
    ///
    /// # Errors
    /// When the manifest contradicts itself.
    pub fn to_json(&self) -> Result<Vec<u8>, SnapshotError> {
        self.check()?;
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| SnapshotError::Manifest(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The parts with analytic columns, in row order.
    pub fn row_parts(&self) -> impl Iterator<Item = &Part> {
        self.parts_of(PartKind::rows_of(self.collection))
    }

    /// The parts of one kind, in row order.
    pub fn parts_of(&self, kind: PartKind) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }
}

/// The file name of a part with this SHA-256 (lower-case hex).
pub fn part_path(kind: PartKind, sha256: &str) -> String {
    format!("{}-{}.parquet", kind.prefix(), sha256.get(..16).unwrap_or(sha256))
}

/// Whether a text is a calendar date in the form `YYYY-MM-DD`, years 1900 to 2999.
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return false,
    };
    (1900..3000).contains(&year) && (1..=days).contains(&day)
}
