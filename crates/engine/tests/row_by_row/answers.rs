//! Every answer of the engine equals the one found by looking at plain rows one by one.

use atlas_protocol::{Clause, Collection, Facet, Measure, Query};
use proptest::prelude::*;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::naive::chance::Chance;
use crate::naive::check::{Effort, check_answer, check_export, check_rows, follow, open};
use crate::naive::history::Told;
use crate::naive::table::{Magnitude, Shape, Table};
use crate::naive::{shape, shapes};

const THOROUGH: Effort = Effort {
    between_parts: 3,
    at_the_end: 12,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_questions_over_any_table_is_answered_as_row_by_row(shape in shapes(1200)) {
        follow(&shape, THOROUGH);
    }
}

#[test]
fn datasets_count_in_each_of_their_tasks_and_a_task_stands_for_every_set_that_holds_it() {
    let datasets = Shape {
        collection: Collection::Datasets,
        combinations: Some(50),
        ..shape(600)
    };
    let table = Table::generate(&datasets);
    let mut engine = open(&table);
    engine.append(table.columns(0..600)).unwrap();
    let mut query = Query {
        measure: Measure::Models,
        split: Facet::Task,
        ..Query::default()
    };
    let everything = check_answer(&mut engine, &table, 600, &query);
    let tasks = everything.facet(Facet::Task).unwrap();
    assert!(tasks.models.iter().sum::<u64>() > 600, "rows have several tasks");
    assert_eq!(everything.over_time.totals.iter().sum::<u64>(), 600);
    let catalogue = table.catalogue(Facet::Task);
    for (task, models) in catalogue.iter().zip(&tasks.models) {
        query.clauses.insert(Facet::Task, some_of(&[task]));
        let with = check_answer(&mut engine, &table, 600, &query);
        assert_eq!(with.slice.models, *models, "{task}");
        query.clauses.insert(Facet::Task, Clause::NoneOf([task.clone()].into()));
        let without = check_answer(&mut engine, &table, 600, &query);
        assert_eq!(without.slice.models, 600 - models, "{task}");
    }
    query.clauses.insert(Facet::Library, some_of(&["a library"]));
    query.split = Facet::Parameters;
    let answer = check_answer(&mut engine, &table, 600, &query);
    assert!(answer.notes[0].contains("no library of datasets"), "{:?}", answer.notes);
    check_rows(&mut engine, &table, 600, &query, &mut Chance::new(1));
    check_export(&mut engine, &table, 600, &query, &mut Chance::new(1));
}

fn some_of(keys: &[&str]) -> Clause {
    Clause::SomeOf(keys.iter().map(|key| (*key).to_owned()).collect())
}

fn range(from: &str, to: &str) -> Clause {
    let end = |end: &str| (!end.is_empty()).then(|| end.to_owned());
    Clause::Range {
        from: end(from),
        to: end(to),
    }
}

#[test]
fn a_snapshot_without_models_has_an_answer_to_every_question() {
    follow(&shape(0), THOROUGH);
}

#[test]
fn a_snapshot_of_one_model_has_an_answer_to_every_question() {
    follow(&shape(1), THOROUGH);
}

#[test]
fn a_snapshot_in_which_nothing_is_known_has_an_answer_to_every_question() {
    let mut nothing = shape(300);
    (nothing.dictionaries, nothing.unknown) = ([0; 11], 100);
    follow(&nothing, THOROUGH);
}

#[test]
fn totals_stay_exact_up_to_the_most_a_snapshot_can_hold() {
    for combinations in [None, Some(40)] {
        let huge = Shape {
            combinations,
            magnitude: Magnitude::Huge,
            ..shape(900)
        };
        let table = Table::generate(&huge);
        let total = table.manifest().totals.downloads_30d;
        assert!(total > i64::MAX as u64 - (1 << 40) && total <= i64::MAX as u64);
        follow(&huge, THOROUGH);
    }
}

#[test]
fn more_than_65_536_organisations_and_256_tasks_are_counted_each() {
    let mut wide = shape(70_000);
    wide.dictionaries[5] = 69_000;
    wide.dictionaries[6] = 300;
    wide.cuts = vec![40];
    let table = Table::generate(&wide);
    let distinct: std::collections::HashSet<&str> = table
        .models
        .iter()
        .map(|model| model.value(Facet::Organisation))
        .collect();
    assert!(distinct.len() > 25_000, "{}", distinct.len());
    let mut engine = open(&table);
    let mut query = Query {
        split: Facet::Task,
        ..Query::default()
    };
    for rows in table.parts() {
        engine.append(table.columns(rows.clone())).unwrap();
        check_answer(&mut engine, &table, rows.end, &query);
    }
    let last = table.dictionaries["organisation"].len() - 2;
    let rare = [
        &table.dictionaries["organisation"][last].key,
        table.models[69_999].value(Facet::Organisation),
    ];
    for (facet, clause) in [
        (Facet::Organisation, Clause::NoneOf(rare.map(str::to_owned).into())),
        (Facet::Task, some_of(&["task-7", "task-290", "unknown"])),
        (Facet::Parameters, range("1000000001", "")),
        (Facet::Organisation, some_of(&rare)),
    ] {
        query.clauses.insert(facet, clause);
        query.split = facet;
        check_answer(&mut engine, &table, 70_000, &query);
    }
    query.clauses.remove(&Facet::Organisation);
    check_export(&mut engine, &table, 70_000, &query, &mut Chance::new(3));
}

#[test]
fn models_alike_in_all_but_their_topics_are_told_apart_by_them() {
    // One publisher, one month and a few sizes: whole words of items differ in task, library and licence only.
    let mut alike = shape(8_000);
    (alike.dictionaries, alike.unknown) = ([1; 11], 0);
    for topic in [6, 7, 8] {
        alike.dictionaries[topic] = 40;
    }
    let table = Table::generate(&alike);
    let mut engine = open(&table);
    engine.append(table.columns(0..8_000)).unwrap();
    let mut query = Query::default();
    let half = |facet: Facet, text: &str| -> Vec<String> {
        let mut keys = table.catalogue(facet);
        keys.retain(|key| key.ends_with(text));
        keys
    };
    let without_threes = |facet: Facet| Clause::NoneOf(half(facet, "3").into_iter().collect());
    for (facet, clause) in [
        (Facet::Task, Some(without_threes(Facet::Task))),
        (
            Facet::Size,
            Some(Clause::NoneOf(["unknown".to_owned(), "1b-5b".to_owned()].into())),
        ),
        (Facet::Library, Some(without_threes(Facet::Library))),
        (Facet::Task, None),
        (
            Facet::Licence,
            Some(Clause::SomeOf(half(Facet::Licence, "7").into_iter().collect())),
        ),
        (Facet::Size, None),
        (Facet::Library, None),
        (Facet::Licence, None),
    ] {
        match clause {
            Some(clause) => query.clauses.insert(facet, clause),
            None => query.clauses.remove(&facet),
        };
        for split in [Facet::Region, Facet::Task] {
            query.split = split;
            let answer = check_answer(&mut engine, &table, 8_000, &query);
            assert!(answer.slice.models > 100, "{query:?}");
        }
    }
}

#[test]
fn months_in_which_nothing_was_made_are_counted_as_nothing_however_few_models_change() {
    // Eighteen kinds of datasets, of which a clause exchanges one or two, and a history that tells little.
    let mut little = shape(56);
    (little.seed, little.collection, little.told) = (9_065_765_612_446_710_837, Collection::Datasets, Told::Little);
    (little.dictionaries, little.combinations) = ([1, 300, 0, 2, 350, 0, 389, 10, 256, 255, 0], Some(18));
    (little.magnitude, little.has_all_time, little.unknown, little.cuts) = (Magnitude::Huge, false, 16, vec![625]);
    follow(&little, THOROUGH);
}

#[test]
fn codes_wider_than_128_bits_together_are_counted_as_well() {
    let mut wide = shape(700);
    (wide.dictionaries, wide.combinations) = ([8000; 11], Some(30));
    // Nine columns of 13 bits, 9 bits of months, 7 of bins.
    wide.dictionaries[1] = 400;
    follow(
        &wide,
        Effort {
            between_parts: 0,
            at_the_end: 6,
        },
    );
}

#[test]
fn a_range_of_parameters_that_cuts_a_bin_counts_models_to_the_last_digit() {
    let table = Table::generate(&Shape {
        combinations: Some(60),
        ..shape(800)
    });
    let mut engine = open(&table);
    engine.append(table.columns(0..800)).unwrap();
    let known: Vec<u64> = table.models.iter().filter_map(|model| model.parameters).collect();
    for count in known.iter().take(60).filter(|count| **count < i64::MAX as u64) {
        let below = (count + 1).to_string();
        let mut query = Query::default();
        query
            .clauses
            .insert(Facet::Parameters, range(&count.to_string(), &below));
        let answer = check_answer(&mut engine, &table, 800, &query);
        assert_eq!(
            answer.slice.models,
            known.iter().filter(|other| *other == count).count() as u64
        );
        query
            .clauses
            .insert(Facet::Parameters, range(&below, &count.to_string()));
        assert_eq!(check_answer(&mut engine, &table, 800, &query).slice.models, 0);
    }
}

#[test]
fn clauses_that_contradict_each_other_leave_nothing_and_facets_still_show_the_alternatives() {
    let table = Table::generate(&shape(400));
    let mut engine = open(&table);
    engine.append(table.columns(0..400)).unwrap();
    let mut query = Query {
        measure: Measure::Models,
        ..Query::default()
    };
    query.clauses.insert(Facet::Size, some_of(&["1b-5b"]));
    query
        .clauses
        .insert(Facet::Parameters, range("7000000000", "8000000000"));
    let answer = check_answer(&mut engine, &table, 400, &query);
    assert_eq!(answer.slice.models, 0);
    assert_eq!(answer.statistics.as_ref().unwrap().concentration.gini, None);
    let alternatives: u64 = answer.facet(Facet::Size).unwrap().models.iter().sum();
    assert_eq!(
        alternatives,
        table
            .models
            .iter()
            .filter(|model| matches!(model.parameters, Some(7_000_000_000..8_000_000_000)))
            .count() as u64
    );
    assert!(alternatives > 0);
    check_rows(&mut engine, &table, 400, &query, &mut Chance::new(1));
    check_export(&mut engine, &table, 400, &query, &mut Chance::new(1));
}

#[test]
fn what_means_nothing_in_a_snapshot_is_said_and_left_out() {
    let table = Table::generate(&shape(200));
    let mut engine = open(&table);
    engine.append(table.columns(0..200)).unwrap();
    let mut query = Query::default();
    query.clauses.insert(Facet::Region, range("region-1", "region-3"));
    query.clauses.insert(Facet::Parameters, range("many", ""));
    query.clauses.insert(Facet::Size, range("unknown", ""));
    query.clauses.insert(Facet::Year, range("", "soon"));
    let answer = check_answer(&mut engine, &table, 200, &query);
    assert_eq!(answer.slice.models, 200);
    assert_eq!(answer.notes.len(), 4);
    query.clauses = [(Facet::Task, some_of(&["a task nobody has"]))].into();
    let answer = check_answer(&mut engine, &table, 200, &query);
    assert_eq!(answer.slice.models, 0);
    assert!(answer.notes[0].contains("a task nobody has"), "{:?}", answer.notes);
}
