//! How long the engine takes for the touches of a reader: `cargo bench -p atlas-engine`.
//!
//! `HUB_ATLAS_BENCH_MODELS` sets the number of models (3,000,000); `HUB_ATLAS_BENCH_SNAPSHOT` names the folder of a snapshot
//! to take instead.

#![expect(clippy::expect_used, reason = "a bench has nobody to hand an error to")]

mod invented;

use atlas_engine::Engine;
use atlas_protocol::{Clause, Facet, Measure, Progress, Query, RowColumn, RowSort, size};

use invented::{engine, parts};

fn main() {
    divan::main();
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
            .list_rows(&questions[at], None, sort, 100)
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

/// Appending all rows and answering the first question about them.
#[divan::bench(sample_count = 5)]
fn append(bencher: divan::Bencher) {
    let (manifest, parts) = parts();
    bencher.with_inputs(|| parts.clone()).bench_local_values(|parts| {
        let mut engine = Engine::open(&manifest, String::new());
        for part in parts {
            engine.append(part).expect("the part fits its manifest");
        }
        engine.totals(&Query::default()).expect("the table can be read");
        engine
    });
}
