//! How long the engine takes for the touches of a reader: `cargo bench -p atlas-engine`.
//!
//! The table is made up here, with the shape of the Hub's: a power law of downloads, a long tail of models that repeat
//! each other's facets, a quarter of known sizes. `HUB_ATLAS_BENCH_MODELS` sets the number of models (3,000,000);
//! `HUB_ATLAS_BENCH_SNAPSHOT` names the folder of a snapshot to take instead.

#![expect(clippy::expect_used, reason = "a bench has nobody to hand an error to")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use atlas_engine::Engine;
use atlas_protocol::{Clause, Facet, Measure, Progress, Query, RowColumn, RowSort, size};
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, DictionaryValue, MANIFEST_FILE, Part, PartKind, Totals};
use atlas_snapshot::read::read_models;
use atlas_snapshot::{CodeColumn, Manifest, ModelColumns, NumberColumn};

fn main() {
    divan::main();
}

fn models() -> usize {
    std::env::var("HUB_ATLAS_BENCH_MODELS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3_000_000)
}

/// Values in each dictionary column, `unknown` included.
const VALUES: [usize; DICTIONARY_COLUMNS.len()] = [5, 55, 5, 40, 7, 300, 56, 400, 90, 6, 300];

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A position below `values`, small ones much more often.
    fn skewed(&mut self, values: usize, power: i32) -> u32 {
        ((self.next().powi(power) * values as f64) as u32).min(values as u32 - 1)
    }
}

fn table(models: usize) -> (Manifest, ModelColumns) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let dictionaries: BTreeMap<String, Vec<DictionaryValue>> =
        DICTIONARY_COLUMNS.iter().zip(VALUES).map(dictionary).collect();
    let mut codes: Vec<CodeColumn> = VALUES
        .iter()
        .map(|values| CodeColumn::for_dictionary(*values, models))
        .collect();
    let mut columns = ModelColumns {
        downloads_30d: NumberColumn::with_capacity(models),
        downloads_all_time: Some(NumberColumn::with_capacity(models)),
        likes: Some(NumberColumn::with_capacity(models)),
        parameters: NumberColumn::with_capacity(models),
        codes: Vec::new(),
    };
    for row in 0..models {
        let downloads = (2.0e8 / (row as f64 + 1.0).powf(1.1)) as u64;
        columns.downloads_30d.push(downloads);
        columns
            .downloads_all_time
            .get_or_insert_with(|| NumberColumn::with_capacity(models))
            .push(downloads * 9 + u64::from(random.skewed(60, 3)));
        columns
            .likes
            .get_or_insert_with(|| NumberColumn::with_capacity(models))
            .push(u64::from(random.skewed(2000, 12)));
        let size = 10f64.powf(6.0 + 5.5 * random.next());
        columns.parameters.push(if random.next() < 0.234 {
            (size / 997.0) as u64 * 997
        } else {
            UNKNOWN_NUMBER
        });
        let known = random.next() < if row < 30_000 { 0.9 } else { 0.05 };
        let organisation = if known { random.skewed(299, 2) } else { 299 };
        for (at, codes) in codes.iter_mut().enumerate() {
            let last = VALUES[at] as u32 - 1;
            let code = match DICTIONARY_COLUMNS[at] {
                "organisation" => organisation,
                "region" | "country" | "organisation_type" if known => organisation % last,
                "region" | "country" | "organisation_type" => last,
                "month" => last - random.skewed(last as usize, 2),
                "task" | "library" | "licence" if random.next() < 0.45 => last,
                "origin" if random.next() < 0.7 => 0,
                _ => random.skewed(VALUES[at], 4),
            };
            codes.push_run(code, 1);
        }
    }
    columns.codes = codes;
    let total = |values: &NumberColumn| values.iter().sum::<u64>();
    let manifest = Manifest {
        format: 1,
        collection: "models".to_owned(),
        taken_on: "2026-01-01".to_owned(),
        synthetic: true,
        built_by: "bench".to_owned(),
        sources: Vec::new(),
        totals: Totals {
            rows: models as u64,
            downloads_30d: total(&columns.downloads_30d),
            downloads_all_time: columns.downloads_all_time.as_ref().map(total),
            likes: columns.likes.as_ref().map(total),
        },
        coverage: Vec::new(),
        definitions: Vec::new(),
        dictionaries,
        parts: Vec::new(),
    };
    (manifest, columns)
}

fn dictionary((column, values): (&&str, usize)) -> (String, Vec<DictionaryValue>) {
    let key = |code: usize| match (*column, code) {
        ("region", code @ 0..4) => ["china", "us", "europe", "other"][code].to_owned(),
        (_, code) if code + 1 == values => "unknown".to_owned(),
        ("month", code) => format!("{}-{:02}", 2022 + (code + 2) / 12, (code + 2) % 12 + 1),
        _ => format!("{column} {code}"),
    };
    (
        (*column).to_owned(),
        (0..values)
            .map(|code| DictionaryValue {
                key: key(code),
                label: None,
                parent: None,
            })
            .collect(),
    )
}

/// The parts of a snapshot, decoded.
fn parts() -> (Manifest, Vec<ModelColumns>) {
    let Some(folder) = std::env::var_os("HUB_ATLAS_BENCH_SNAPSHOT").map(PathBuf::from) else {
        let (manifest, columns) = table(models());
        return (manifest, vec![columns]);
    };
    let read = |path: &str| std::fs::read(folder.join(path)).expect("the file can be read");
    let manifest = Manifest::from_json(&read(MANIFEST_FILE)).expect("the manifest is sound");
    let decode = |part: &Part| read_models(read(&part.path).into(), part, &manifest).expect("the part is sound");
    let parts = manifest.parts_of(PartKind::Models).map(decode).collect();
    (manifest, parts)
}

fn engine() -> Engine {
    let (manifest, parts) = parts();
    let mut engine = Engine::open(&manifest, String::new());
    for part in parts {
        engine.append(part).expect("the part fits its manifest");
    }
    engine
}

fn some_of(keys: &[&str]) -> Clause {
    Clause::SomeOf(keys.iter().map(|key| (*key).to_owned()).collect())
}

fn query(clauses: &[(Facet, Clause)]) -> Query {
    Query {
        clauses: clauses.iter().cloned().collect(),
        ..Query::default()
    }
}

/// Questions a reader steps through, over and over.
fn steps(engine: &mut Engine, bencher: divan::Bencher, questions: &[Query]) {
    let mut at = 0;
    for question in questions {
        engine.totals(question).expect("the table can be read");
    }
    bencher.bench_local(|| {
        at = (at + 1) % questions.len();
        engine.totals(&questions[at]).expect("the table can be read");
    });
}

/// Region, size and year filtered; the region changes.
#[divan::bench(sample_count = 40)]
fn step_narrow(bencher: divan::Bencher) {
    let mut engine = engine();
    let narrow = |region: &str, size: &str| {
        query(&[
            (Facet::Region, some_of(&[region])),
            (Facet::Size, some_of(&[size])),
            (Facet::Year, some_of(&["2025", "2026"])),
        ])
    };
    let questions = [
        narrow("china", "1b-5b"),
        narrow("us", "1b-5b"),
        narrow("us", "unknown"),
        narrow("europe", "unknown"),
    ];
    steps(&mut engine, bencher, &questions);
}

/// Few filters or none; large groups come and go.
#[divan::bench(sample_count = 40)]
fn step_wide(bencher: divan::Bencher) {
    let mut engine = engine();
    let questions = [
        query(&[]),
        query(&[(Facet::Task, Clause::NoneOf(["unknown".to_owned()].into()))]),
        query(&[(Facet::Year, some_of(&["2025", "2026"]))]),
        query(&[(Facet::Region, some_of(&["unknown"]))]),
        query(&[(Facet::Region, Clause::NoneOf(["unknown".to_owned()].into()))]),
    ];
    steps(&mut engine, bencher, &questions);
}

/// One frame of dragging a range over sizes, after the index has been built.
#[divan::bench(sample_count = 100)]
fn brush_size(bencher: divan::Bencher) {
    let frames: Vec<Query> = (1..60).map(|step| parameters_below(size::EDGES[step])).collect();
    brush(bencher, Facet::Parameters, &frames);
}

/// One frame of dragging a range over months, with a clause on the region.
#[divan::bench(sample_count = 100)]
fn brush_month(bencher: divan::Bencher) {
    let month = |step: usize| format!("{}-{:02}", 2023 + step / 12, step % 12 + 1);
    let frames: Vec<Query> = (0..36)
        .map(|step| {
            let range = Clause::Range {
                from: Some(month(step)),
                to: None,
            };
            query(&[(Facet::Month, range), (Facet::Region, some_of(&["china", "us"]))])
        })
        .collect();
    brush(bencher, Facet::Month, &frames);
}

fn brush(bencher: divan::Bencher, facet: Facet, frames: &[Query]) {
    let mut engine = engine();
    engine.prepare(&frames[0], facet).expect("the table can be read");
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % frames.len();
        engine
            .answer(&frames[at], Progress::default())
            .expect("the table can be read")
    });
}

/// What the beginning of a drag costs.
#[divan::bench(sample_count = 20)]
fn brush_begins(bencher: divan::Bencher) {
    let mut engine = engine();
    let regions = ["china", "us"].map(|region| query(&[(Facet::Region, some_of(&[region]))]));
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % regions.len();
        engine
            .prepare(&regions[at], Facet::Parameters)
            .expect("the table can be read");
    });
}

/// A range of parameters that cuts through bins: its rows are compared one by one.
#[divan::bench(sample_count = 20)]
fn step_exact(bencher: divan::Bencher) {
    let mut engine = engine();
    steps(
        &mut engine,
        bencher,
        &[parameters_below(7_000_000_001), parameters_below(9_000_000_001)],
    );
}

fn parameters_below(count: u64) -> Query {
    let range = Clause::Range {
        from: Some("1000000".to_owned()),
        to: Some(count.to_string()),
    };
    query(&[(Facet::Parameters, range)])
}

/// Mean, quantiles and concentration of everything and of a narrow slice in turn.
#[divan::bench(sample_count = 20, args = [Measure::Downloads30d, Measure::DownloadsAllTime, Measure::Likes])]
fn statistics(bencher: divan::Bencher, measure: Measure) {
    let mut engine = engine();
    let mut questions = [
        query(&[]),
        query(&[(Facet::Region, some_of(&["china"])), (Facet::Size, some_of(&["1b-5b"]))]),
    ];
    questions.iter_mut().for_each(|question| question.measure = measure);
    let mut at = 0;
    engine.statistics(&questions[0]).expect("the table can be read");
    bencher.bench_local(|| {
        at = (at + 1) % questions.len();
        engine.statistics(&questions[at]).expect("the table can be read")
    });
}

/// The first hundred rows in the snapshot's order and in another.
#[divan::bench(sample_count = 20, args = [RowColumn::Downloads30d, RowColumn::Likes])]
fn first_rows(bencher: divan::Bencher, column: RowColumn) {
    let mut engine = engine();
    let questions = ["us", "china"].map(|region| query(&[(Facet::Region, some_of(&[region]))]));
    let sort = RowSort {
        column,
        descending: true,
    };
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % questions.len();
        engine
            .list_rows(&questions[at], sort, 100)
            .expect("the table can be read")
    });
}

/// A change of measure: everything is added up anew.
#[divan::bench(sample_count = 10)]
fn measure(bencher: divan::Bencher) {
    let mut engine = engine();
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % Measure::ALL.len();
        engine
            .totals(&Query {
                measure: Measure::ALL[at],
                ..Query::default()
            })
            .expect("the table can be read");
    });
}

/// Appending all rows and joining the ones that are alike.
#[divan::bench(sample_count = 5)]
fn append(bencher: divan::Bencher) {
    let (manifest, parts) = parts();
    bencher.with_inputs(|| parts.clone()).bench_local_values(|parts| {
        let mut engine = Engine::open(&manifest, String::new());
        for part in parts {
            engine.append(part).expect("the part fits its manifest");
        }
        engine
    });
}
