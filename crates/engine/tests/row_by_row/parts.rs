//! What the engine says to parts and exports that do not fit.

use atlas_engine::{EngineError, ExportHeader, IdLookup};
use atlas_protocol::answer::Progress;
use atlas_protocol::{Clause, Facet, Query};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::naive::check::{check_answer, open};
use crate::naive::shape;
use crate::naive::table::{Shape, Table};

/// Every id is the number of its row.
struct Numbered(Vec<String>);

impl Numbered {
    fn up_to(rows: usize) -> Numbered {
        Numbered((0..rows).map(|row| format!("id/{row}")).collect())
    }
}

impl IdLookup for Numbered {
    fn id(&self, row: u64) -> Option<&str> {
        self.0.get(usize::try_from(row).ok()?).map(String::as_str)
    }
}

#[test]
fn a_part_with_more_rows_than_the_manifest_has_is_refused_and_changes_nothing() {
    let table = Table::generate(&shape(100));
    let mut engine = open(&table);
    engine.append(table.columns(0..60)).unwrap();
    let error = engine.append(table.columns(0..41)).unwrap_err();
    assert!(
        error.to_string().contains("more rows than the manifest says"),
        "{error}"
    );
    check_answer(&mut engine, &table, 60, &Query::default());
    engine.append(table.columns(60..100)).unwrap();
    check_answer(&mut engine, &table, 100, &Query::default());
}

#[test]
fn a_part_with_other_columns_than_the_first_is_refused_and_changes_nothing() {
    let table = Table::generate(&shape(100));
    let mut engine = open(&table);
    engine.append(table.columns(0..60)).unwrap();
    let mut other = table.columns(60..100);
    other.likes = None;
    let error = engine.append(other).unwrap_err();
    assert!(matches!(error, EngineError::Part(_)), "{error}");
    check_answer(&mut engine, &table, 60, &Query::default());
    engine.append(table.columns(60..100)).unwrap();
    check_answer(&mut engine, &table, 100, &Query::default());
}

#[test]
fn questions_and_parts_that_come_during_an_export_do_not_change_it() {
    let table = Table::generate(&Shape {
        cuts: vec![500],
        ..shape(400)
    });
    let mut engine = open(&table);
    engine.append(table.columns(0..200)).unwrap();
    let mut query = Query::default();
    let some = table.models[3].value(Facet::Task).to_owned();
    query.clauses.insert(Facet::Task, Clause::SomeOf([some].into()));
    let ids = Numbered::up_to(400);
    let whole = |engine: &mut atlas_engine::Engine| {
        let mut export = engine.export(&query, None, &ExportHeader::default()).unwrap();
        let file = export.next_piece(engine, &ids, 400, usize::MAX >> 1).unwrap();
        assert!(export.is_finished());
        file
    };
    let expected = whole(&mut engine);
    let mut export = engine.export(&query, None, &ExportHeader::default()).unwrap();
    let mut file = export.next_piece(&engine, &ids, 400, 500).unwrap();
    assert!(!export.is_finished());
    engine.answer(&Query::default(), Progress::default()).unwrap();
    file.extend(export.next_piece(&engine, &ids, 400, 500).unwrap());
    engine.append(table.columns(200..400)).unwrap();
    while !export.is_finished() {
        file.extend(export.next_piece(&engine, &ids, 400, 500).unwrap());
    }
    assert_eq!(
        String::from_utf8(file).unwrap(),
        String::from_utf8(expected.clone()).unwrap()
    );
    assert_ne!(whole(&mut engine), expected);
}

#[test]
fn pieces_of_an_export_are_about_as_long_as_asked_for() {
    let table = Table::generate(&shape(400));
    let mut engine = open(&table);
    engine.append(table.columns(0..400)).unwrap();
    let mut export = engine
        .export(&Query::default(), None, &ExportHeader::default())
        .unwrap();
    let ids = Numbered::up_to(400);
    while !export.is_finished() {
        let piece = export.next_piece(&engine, &ids, 400, 20_000).unwrap();
        assert!(piece.len() < 22_000, "{}", piece.len());
        assert!(piece.len() >= 20_000 || export.is_finished());
    }
}

#[test]
fn an_export_stops_before_rows_whose_ids_are_not_there_yet_and_fails_where_an_id_is_missing() {
    let table = Table::generate(&shape(50));
    let mut engine = open(&table);
    engine.append(table.columns(0..50)).unwrap();
    let mut export = engine
        .export(&Query::default(), None, &ExportHeader::default())
        .unwrap();
    let ids = Numbered::up_to(20);
    export.next_piece(&engine, &ids, 20, usize::MAX >> 1).unwrap();
    assert_eq!(
        (export.rows_done(), export.next_row(), export.is_finished()),
        (20, Some(20), false)
    );
    assert_eq!(export.next_piece(&engine, &ids, 20, 1000).unwrap(), b"");
    let error = export.next_piece(&engine, &ids, 50, 1000).unwrap_err();
    assert!(error.to_string().contains("row 20"), "{error}");
}

#[test]
fn an_export_begun_on_another_snapshot_fails_instead_of_mixing_the_two() {
    let large = Table::generate(&shape(50));
    let mut first = open(&large);
    first.append(large.columns(0..50)).unwrap();
    let mut export = first.export(&Query::default(), None, &ExportHeader::default()).unwrap();
    let small = Table::generate(&shape(10));
    let mut second = open(&small);
    second.append(small.columns(0..10)).unwrap();
    let error = export
        .next_piece(&second, &Numbered::up_to(50), 50, usize::MAX >> 1)
        .unwrap_err();
    assert!(error.to_string().contains("another snapshot"), "{error}");
}
