//! Plain rows of generated models, and the same rows as a manifest and parts for the engine.

use std::collections::BTreeMap;
use std::ops::Range;

use atlas_protocol::{Collection, Facet, Row};
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{
    DICTIONARIES, Definition, DictionaryValue, Manifest, Part, PartKind, Scope, Source, Totals, dictionary_columns,
    part_path,
};
use atlas_snapshot::{CodeColumn, Ids, ModelColumns, sha256_hex};

use super::chance::Chance;
use super::history::{Generated, Told};

pub const UNKNOWN: &str = "unknown";

/// Stands between the values of a row that has several; no generated value of a facet that can be several holds it.
const SEPARATOR: char = ',';

/// The columns of the stored facets of a collection.
fn columns_of(collection: Collection) -> [&'static str; DICTIONARIES - 1] {
    let [_, columns @ ..] = dictionary_columns(collection);
    columns
}

/// The published buckets and where each begins, written down once more.
pub const BUCKETS: [(&str, u64); 9] = [
    ("lt100m", 0),
    ("100m-500m", 100_000_000),
    ("500m-1b", 500_000_000),
    ("1b-5b", 1_000_000_000),
    ("5b-10b", 5_000_000_000),
    ("10b-50b", 10_000_000_000),
    ("50b-100b", 50_000_000_000),
    ("100b-250b", 100_000_000_000),
    ("ge250b", 250_000_000_000),
];

/// Where the bins of parameter counts begin: 0, then the Renard series R10 from 100,000 to 10 trillion.
pub fn bin_starts() -> Vec<u64> {
    let mut starts = vec![0];
    let mut thousandth = 1_000;
    while thousandth < 100_000_000_000 {
        starts.extend([100, 125, 160, 200, 250, 315, 400, 500, 630, 800].map(|step| step * thousandth));
        thousandth *= 10;
    }
    starts.push(10_000_000_000_000);
    starts
}

/// One model, every value spelled out.
#[derive(Clone, Debug)]
pub struct Model {
    pub id: String,
    pub downloads_30d: u64,
    pub downloads_all_time: Option<u64>,
    pub likes: Option<u64>,
    pub parameters: Option<u64>,
    pub parameters_source: String,
    /// The value of each facet, in the order of [`Facet::ALL`]; empty where the collection does not store it. Several values
    /// are joined by commas.
    pub values: Vec<String>,
    /// Positions in the history of what it states of the model.
    pub stated: Range<usize>,
}

impl Model {
    pub fn value(&self, facet: Facet) -> &str {
        &self.values[facet.index()]
    }

    /// The model as rows are listed, with the downloads made that the question counts.
    pub fn row(&self, collection: Collection, downloads_made: Option<u64>) -> Row {
        Row {
            id: None,
            downloads_30d: self.downloads_30d,
            downloads_all_time: self.downloads_all_time,
            likes: self.likes,
            downloads_made,
            parameters: self.parameters,
            parameters_source: self.parameters_source.clone(),
            facets: columns_of(collection)
                .map(|column| self.value(Facet::from_key(column).unwrap()).to_owned())
                .into(),
        }
    }
}

/// How large the generated numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magnitude {
    /// All alike, 0 included.
    Constant(u64),
    /// A few heads and a long tail, many ties.
    PowerLaw,
    /// So large that the sum approaches 2^63 - 1, the most a snapshot can hold.
    Huge,
}

/// What a generated table looks like.
#[derive(Clone, Debug)]
pub struct Shape {
    pub seed: u64,
    pub rows: usize,
    pub collection: Collection,
    /// Number of known values in each of the dictionary columns.
    pub dictionaries: [usize; DICTIONARIES],
    /// Distinct combinations of values that rows are drawn from; `None` gives each row values of its own.
    pub combinations: Option<usize>,
    pub magnitude: Magnitude,
    /// Share of values that are unknown, in per cent.
    pub unknown: usize,
    pub has_all_time: bool,
    pub has_likes: bool,
    /// Where the table is cut into parts: ascending, in thousandths of the rows.
    pub cuts: Vec<usize>,
    pub synthetic: bool,
    /// What its history says.
    pub told: Told,
}

/// Generated models in the order of a snapshot, with its dictionaries and its history.
#[derive(Debug)]
pub struct Table {
    pub shape: Shape,
    pub models: Vec<Model>,
    pub dictionaries: BTreeMap<String, Vec<DictionaryValue>>,
    pub history: Generated,
}

impl Table {
    pub fn generate(shape: &Shape) -> Table {
        let mut chance = Chance::new(shape.seed);
        let is_set = |column: &str| shape.collection == Collection::Datasets && column == "task";
        let made = |column: &'static str, values, chance: &mut Chance| match is_set(column) {
            true => dictionary_of_sets(values, chance),
            false => dictionary(column, values, chance),
        };
        let dictionaries: BTreeMap<String, Vec<DictionaryValue>> = dictionary_columns(shape.collection)
            .into_iter()
            .zip(shape.dictionaries)
            .map(|(column, values)| (column.to_owned(), made(column, values, &mut chance)))
            .collect();
        let pool: Vec<Combination> = (0..shape.combinations.unwrap_or(0).min(shape.rows))
            .map(|_| combination(shape, &dictionaries, &mut chance))
            .collect();
        let mut models: Vec<Model> = (0..shape.rows)
            .map(|at| {
                let combination = match pool.is_empty() {
                    true => combination(shape, &dictionaries, &mut chance),
                    false => chance.pick(&pool).clone(),
                };
                model(shape, at, combination, &mut chance)
            })
            .collect();
        models.sort_by(|a, b| {
            b.downloads_30d
                .cmp(&a.downloads_30d)
                .then_with(|| a.id.as_bytes().cmp(b.id.as_bytes()))
        });
        let history = Generated::new(shape, &mut chance);
        for (at, stated) in history.stated.iter().enumerate() {
            if let Some(model) = stated.row.map(|row| &mut models[row]) {
                let first = if model.stated.is_empty() {
                    at
                } else {
                    model.stated.start
                };
                model.stated = first..at + 1;
            }
        }
        Table {
            shape: shape.clone(),
            models,
            dictionaries,
            history,
        }
    }

    /// Rows of each part, in order, none empty.
    pub fn parts(&self) -> Vec<Range<usize>> {
        let rows = self.models.len();
        let mut ends: Vec<usize> = self.shape.cuts.iter().map(|cut| cut * rows / 1000).collect();
        ends.push(rows);
        let mut start = 0;
        let mut parts = Vec::new();
        for end in ends {
            if end > start {
                parts.push(start..end);
                start = end;
            }
        }
        parts
    }

    pub fn manifest(&self) -> Manifest {
        let all_time = |model: &Model| model.downloads_all_time.unwrap_or(0);
        let kinds = [PartKind::rows_of(self.shape.collection), PartKind::Ids];
        let parts = kinds
            .into_iter()
            .flat_map(|kind| self.parts().into_iter().map(move |rows| self.manifest_part(kind, rows)));
        let manifest = Manifest {
            format: 1,
            collection: self.shape.collection,
            taken_on: "2026-08-22".to_owned(),
            synthetic: self.shape.synthetic,
            built_by: "the engine's tests".to_owned(),
            scope: (!self.shape.synthetic).then(|| Scope {
                models: "the rows of a \"test\"".to_owned(),
                complete: false,
            }),
            sources: vec![Source {
                name: "generated \"rows\"".to_owned(),
                url: Some("https://example.org/?a=1&b=<2>".to_owned()),
                licence: None,
                attribution: Some("nobody".to_owned()),
                sha256: None,
                bytes: None,
                rows: Some(self.models.len() as u64),
            }],
            totals: Totals {
                rows: self.models.len() as u64,
                downloads_30d: self.models.iter().map(|model| model.downloads_30d).sum(),
                downloads_all_time: self.shape.has_all_time.then(|| self.models.iter().map(all_time).sum()),
                likes: self
                    .shape
                    .has_likes
                    .then(|| self.models.iter().filter_map(|model| model.likes).sum()),
            },
            coverage: Vec::new(),
            definitions: vec![Definition {
                term: "downloads_30d".to_owned(),
                meaning: "Downloads in the 30 days before \\ the snapshot.".to_owned(),
            }],
            dictionaries: self.dictionaries.clone(),
            parts: parts.collect(),
            history: self.history.manifest(),
        };
        manifest.to_json().unwrap();
        manifest
    }

    fn manifest_part(&self, kind: PartKind, rows: Range<usize>) -> Part {
        let sha256 = sha256_hex(format!("{kind:?} {rows:?}").as_bytes());
        let downloads = self.models[rows.clone()].iter().map(|model| model.downloads_30d);
        Part {
            kind,
            path: part_path(kind, &sha256),
            first_row: rows.start as u64,
            rows: rows.len() as u64,
            bytes: 1,
            sha256,
            downloads_30d: (kind != PartKind::Ids).then(|| downloads.sum()),
        }
    }

    /// Some rows as the snapshot's columns.
    pub fn columns(&self, rows: Range<usize>) -> ModelColumns {
        let models = &self.models[rows];
        let number = |value: Option<u64>| value.unwrap_or(UNKNOWN_NUMBER);
        let codes = |column: &str| {
            let values = &self.dictionaries[column];
            let positions: BTreeMap<&str, u32> = values.iter().map(|value| value.key.as_str()).zip(0..).collect();
            let mut codes = CodeColumn::for_dictionary(values.len(), models.len());
            for model in models {
                let key = match Facet::from_key(column) {
                    Some(facet) => model.value(facet),
                    None => &model.parameters_source,
                };
                codes.push_run(positions[key], 1);
            }
            codes
        };
        ModelColumns {
            downloads_30d: models.iter().map(|model| model.downloads_30d).collect(),
            downloads_all_time: self
                .shape
                .has_all_time
                .then(|| models.iter().map(|model| number(model.downloads_all_time)).collect()),
            likes: self
                .shape
                .has_likes
                .then(|| models.iter().map(|model| number(model.likes)).collect()),
            parameters: models.iter().map(|model| number(model.parameters)).collect(),
            codes: dictionary_columns(self.shape.collection).map(codes).into(),
        }
    }

    /// The ids of some rows.
    pub fn ids(&self, rows: Range<usize>) -> Ids {
        let mut ids = Ids::default();
        self.models[rows].iter().for_each(|model| ids.push(&model.id));
        ids
    }

    /// Whether the collection has a facet, as its description in words says.
    pub fn has(&self, facet: Facet) -> bool {
        match self.shape.collection {
            Collection::Models => facet != Facet::SizeCategory,
            Collection::Datasets => ![
                Facet::Size,
                Facet::Parameters,
                Facet::Library,
                Facet::Relation,
                Facet::Origin,
            ]
            .contains(&facet),
        }
    }

    /// The values of a facet that a model has: one, but for the tasks of a dataset.
    pub fn values_of<'a>(&self, model: &'a Model, facet: Facet) -> Vec<&'a str> {
        match (self.shape.collection, facet) {
            (Collection::Datasets, Facet::Task) => model.value(facet).split(SEPARATOR).collect(),
            _ if !self.has(facet) => Vec::new(),
            _ => vec![model.value(facet)],
        }
    }

    /// Whether a model has a value, or has it among several.
    pub fn is_of(&self, model: &Model, facet: Facet, key: &str) -> bool {
        self.values_of(model, facet).contains(&key)
    }

    /// The values of a facet in catalogue order, as the documentation describes them.
    pub fn catalogue(&self, facet: Facet) -> Vec<String> {
        let unknown = || UNKNOWN.to_owned();
        match facet {
            lacking if !self.has(lacking) => Vec::new(),
            Facet::Task if self.shape.collection == Collection::Datasets => {
                let mut tasks: Vec<String> = Vec::new();
                for set in &self.dictionaries["task"] {
                    let new = |task: &&str| *task != UNKNOWN && !tasks.iter().any(|known| known == task);
                    let new: Vec<String> = set.key.split(SEPARATOR).filter(new).map(str::to_owned).collect();
                    tasks.extend(new);
                }
                tasks.into_iter().chain([unknown()]).collect()
            }
            Facet::Size => BUCKETS
                .iter()
                .map(|(key, _)| (*key).to_owned())
                .chain([unknown()])
                .collect(),
            Facet::Parameters => bin_starts().iter().map(u64::to_string).chain([unknown()]).collect(),
            Facet::Year => {
                let months = self.dictionaries["month"].iter().filter(|month| month.key != UNKNOWN);
                let mut years: Vec<String> = months.map(|month| month.key[..4].to_owned()).collect();
                years.sort();
                years.dedup();
                years.into_iter().chain([unknown()]).collect()
            }
            stored => self.dictionaries[stored.key()]
                .iter()
                .map(|value| value.key.clone())
                .collect(),
        }
    }
}

/// The values of the dictionary columns and the parameter count of a model.
#[derive(Clone, Debug)]
struct Combination {
    parameters: Option<u64>,
    values: BTreeMap<String, String>,
}

fn combination(
    shape: &Shape,
    dictionaries: &BTreeMap<String, Vec<DictionaryValue>>,
    chance: &mut Chance,
) -> Combination {
    let value = |values: &[DictionaryValue], chance: &mut Chance| match values {
        [_] => UNKNOWN.to_owned(),
        _ if chance.happens(shape.unknown) => UNKNOWN.to_owned(),
        // The square of an even chance makes some values common and others rare.
        [known @ .., _] => {
            let both = chance.below(known.len()) as u64 * chance.below(known.len()) as u64;
            let common = (both / known.len() as u64) as usize;
            let at = if chance.happens(50) {
                common
            } else {
                chance.below(known.len())
            };
            known[at].key.clone()
        }
        [] => unreachable!("a dictionary ends with unknown"),
    };
    Combination {
        parameters: (!chance.happens(shape.unknown)).then(|| parameters(chance)),
        values: dictionaries
            .iter()
            .map(|(column, values)| (column.clone(), value(values, chance)))
            .collect(),
    }
}

/// Parameter counts of every size, many of them on or beside an edge.
fn parameters(chance: &mut Chance) -> u64 {
    match chance.below(6) {
        0 => *chance.pick(&bin_starts()),
        1 => chance.pick(&bin_starts()).saturating_sub(1),
        2 => chance.pick(&BUCKETS).1,
        3 => chance.of_any_magnitude(63),
        4 => 1_000_000 * chance.below(400_000) as u64,
        _ => *chance.pick(&[0, 1, 7_000_000_000, 7_241_732_096, i64::MAX as u64]),
    }
}

fn model(shape: &Shape, at: usize, combination: Combination, chance: &mut Chance) -> Model {
    let most = i64::MAX as u64 / shape.rows as u64;
    let number = |chance: &mut Chance| match shape.magnitude {
        Magnitude::Constant(value) => value,
        Magnitude::PowerLaw => 1_000_000 / (1 + chance.below(2000) as u64).pow(2),
        Magnitude::Huge => most - chance.of_any_magnitude(20).min(most),
    };
    let Combination { parameters, mut values } = combination;
    let parameters_source = values.remove("parameters_source").unwrap();
    let month = values["month"].clone();
    let year = if month == UNKNOWN { UNKNOWN } else { &month[..4] };
    let key_at = |starts: &[u64]| {
        starts
            .iter()
            .rposition(|start| Some(*start) <= parameters && parameters.is_some())
    };
    let bins = bin_starts();
    let size = key_at(&BUCKETS.map(|(_, start)| start)).map_or(UNKNOWN, |at| BUCKETS[at].0);
    let bin = key_at(&bins).map_or(UNKNOWN.to_owned(), |at| bins[at].to_string());
    let value = |facet: Facet| match facet {
        Facet::Size => size.to_owned(),
        Facet::Parameters => bin.clone(),
        Facet::Year => year.to_owned(),
        stored => values.get(stored.key()).cloned().unwrap_or_default(),
    };
    Model {
        id: id(at, chance),
        downloads_30d: number(chance),
        downloads_all_time: (shape.has_all_time && !chance.happens(10)).then(|| number(chance)),
        likes: shape.has_likes.then(|| number(chance)),
        parameters,
        parameters_source,
        values: Facet::ALL.into_iter().map(value).collect(),
        stated: 0..0,
    }
}

/// An id that no other row has, in either case, with what JSON must escape now and then.
fn id(at: usize, chance: &mut Chance) -> String {
    let account = *chance.pick(&["account", "Org", "q", "ACME-labs"]);
    let name = *chance.pick(&["llama", "Llama", "QWEN2.5", "bert-Base", "model"]);
    let ending = *chance.pick(&["", "", "-GGUF", "_q4", " \"é\"", "\\\n"]);
    format!("{account}-{:03}/{name}-{at}{ending}", chance.below(1000))
}

/// Invented sets of one to four of a few values, in no particular order, the empty one last.
fn dictionary_of_sets(values: usize, chance: &mut Chance) -> Vec<DictionaryValue> {
    let tasks = 2 + values / 3;
    let mut sets = std::collections::BTreeSet::new();
    for _ in 0..4 * values {
        let members = 1 + chance.below(4);
        let members: std::collections::BTreeSet<String> = (0..members)
            .map(|_| format!("task-{} \"é\"", chance.below(tasks)))
            .collect();
        sets.insert(members.into_iter().collect::<Vec<_>>().join(","));
    }
    let mut keys: Vec<String> = sets.into_iter().collect();
    chance.shuffle(&mut keys);
    keys.truncate(values);
    keys.push(UNKNOWN.to_owned());
    let value = |key| DictionaryValue {
        key,
        label: None,
        parent: None,
    };
    keys.into_iter().map(value).collect()
}

/// Invented values in no particular order, `unknown` last. Some need escaping in JSON.
fn dictionary(column: &str, values: usize, chance: &mut Chance) -> Vec<DictionaryValue> {
    let key = |at: usize| match (column, at) {
        ("month", at) => format!("{:04}-{:02}", 2022 + at / 12, at % 12 + 1),
        (_, 1) => format!("{column} \"quoted\", with \\ and\nnew line"),
        (_, 2) => format!("{column} <script>é漢字</script>"),
        (_, at) => format!("{column}-{at}"),
    };
    let mut keys: Vec<String> = (0..values).map(key).collect();
    chance.shuffle(&mut keys);
    keys.push(UNKNOWN.to_owned());
    let value = |key| DictionaryValue {
        key,
        label: None,
        parent: None,
    };
    keys.into_iter().map(value).collect()
}
