//! Two snapshots side by side, against plain rows looked up by id.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use atlas_engine::{Engine, Matched, compare};
use atlas_protocol::comparison::{Change, Group, ModelChange};
use atlas_protocol::{Collection, Comparison, Measure, Query};
use atlas_snapshot::Ids;
use proptest::prelude::*;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::naive::answer::Naive;
use crate::naive::chance::Chance;
use crate::naive::check::open;
use crate::naive::history::{Generated, Told};
use crate::naive::table::{Magnitude, Model, Shape, Table};
use crate::naive::{questions, shape, shapes};

/// Models listed of each kind of change.
const LIMIT: usize = 5;

/// The same models some time later: some are gone, some are new, some are counted or described otherwise.
fn later(earlier: &Table, chance: &mut Chance) -> Table {
    let mut models = Vec::new();
    for model in &earlier.models {
        let mut model = model.clone();
        match chance.below(8) {
            0 => continue,
            1 => model.id += "-renamed",
            2 => model.downloads_30d /= 2,
            3 => model.downloads_30d += chance.below(50) as u64,
            4 => {
                let other = chance.pick(&earlier.models);
                (model.parameters, model.values) = (other.parameters, other.values.clone());
            }
            _ => {}
        }
        models.push(model);
    }
    models.sort_by(|a, b| b.downloads_30d.cmp(&a.downloads_30d).then_with(|| a.id.cmp(&b.id)));
    Table {
        shape: earlier.shape.clone(),
        models,
        dictionaries: earlier.dictionaries.clone(),
        history: Generated::new(&earlier.shape, chance),
    }
}

fn engine(table: &Table) -> Engine {
    let mut engine = open(table);
    for rows in table.parts() {
        engine.append(table.columns(rows)).unwrap();
    }
    engine
}

/// The models of a slice by id, with their rows.
fn slice<'a>(table: &'a Table, query: &Query) -> HashMap<&'a str, (usize, &'a Model)> {
    let rows = Naive::new(table, table.models.len(), query).slice();
    let model = |row: usize| (table.models[row].id.as_str(), (row, &table.models[row]));
    rows.into_iter().map(model).collect()
}

/// The models of each kind of change, and how many did not change.
fn changes(earlier: &Table, later: &Table, query: &Query) -> (Vec<Group>, u64) {
    let (then, now) = (slice(earlier, query), slice(later, query));
    let known = |table: &Table, id: &str| table.models.iter().any(|model| model.id == id);
    let mut found: BTreeMap<usize, Vec<ModelChange>> = BTreeMap::new();
    let mut unchanged = 0;
    let mut note = |kind, row: usize, before, after, elsewhere| {
        found.entry(kind).or_default().push(ModelChange {
            id: None,
            row: row as u32,
            before,
            after,
            elsewhere,
        });
    };
    for (id, (row, model)) in &now {
        let after = model.downloads_30d;
        match then.get(id).map(|(_, former)| former.downloads_30d) {
            None => note(2, *row, 0, after, known(earlier, id)),
            Some(before) => match after.cmp(&before) {
                Ordering::Greater => note(0, *row, before, after, false),
                Ordering::Less => note(1, *row, before, after, false),
                Ordering::Equal => unchanged += 1,
            },
        }
    }
    for (id, (row, model)) in then.iter().filter(|(id, _)| !now.contains_key(*id)) {
        note(3, *row, model.downloads_30d, 0, known(later, id));
    }
    let group = |(kind, change): (usize, Change)| {
        let mut rows = found.remove(&kind).unwrap_or_default();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.before.abs_diff(row.after)), row.row));
        let (before, after) = (|row: &ModelChange| row.before, |row: &ModelChange| row.after);
        let mut group = Group {
            change,
            models: rows.len() as u64,
            before: rows.iter().map(before).sum(),
            after: rows.iter().map(after).sum(),
            rows,
        };
        group.rows.truncate(LIMIT);
        group
    };
    let groups = Change::ALL.into_iter().enumerate().map(group).collect();
    (groups, unchanged)
}

/// Downloads in 30 days by value, of values that hold any in either.
fn by_value(earlier: &Table, later: &Table, query: &Query) -> BTreeMap<String, (u64, u64)> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let split = Naive::new(earlier, earlier.models.len(), query).split();
    for (_, model) in slice(earlier, query).values() {
        for value in earlier.values_of(model, split) {
            sums.entry(value.to_owned()).or_default().0 += model.downloads_30d;
        }
    }
    for (_, model) in slice(later, query).values() {
        for value in later.values_of(model, split) {
            sums.entry(value.to_owned()).or_default().1 += model.downloads_30d;
        }
    }
    sums.retain(|_, sums| *sums != (0, 0));
    sums
}

/// Compares a generated table with its later self, under one question after another.
fn follow(shape: &Shape) {
    let shape = Shape {
        told: Told::Nothing,
        ..shape.clone()
    };
    let mut chance = Chance::new(shape.seed ^ 0xc0de);
    let earlier = Table::generate(&shape);
    let later = later(&earlier, &mut chance);
    let (mut before, mut after) = (engine(&earlier), engine(&later));
    let ids = |table: &Table| -> Vec<Ids> { table.parts().into_iter().map(|rows| table.ids(rows)).collect() };
    let (before_ids, after_ids) = (ids(&earlier), ids(&later));
    let matched = Matched::new(
        &before_ids.iter().collect::<Vec<_>>(),
        &after_ids.iter().collect::<Vec<_>>(),
    );
    let mut query = Query::default();
    for _ in 0..6 {
        let asked = Query {
            measure: Measure::Downloads30d,
            split: query.split,
            clauses: query.clauses.clone(),
            ..Query::default()
        };
        let found = compare(&mut before, &mut after, &matched, &query, LIMIT).unwrap();
        let (groups, unchanged) = changes(&earlier, &later, &asked);
        let values = found.values.iter();
        let values: BTreeMap<_, _> = values
            .map(|value| (value.key.clone(), (value.before, value.after)))
            .collect();
        assert_eq!(values, by_value(&earlier, &later, &asked), "{asked:?} {shape:?}");
        let wanted = Comparison {
            taken_before: "2026-08-22".to_owned(),
            taken_after: "2026-08-22".to_owned(),
            synthetic: shape.synthetic,
            before: Naive::new(&earlier, earlier.models.len(), &asked).slice_sums(),
            after: Naive::new(&later, later.models.len(), &asked).slice_sums(),
            values: found.values.clone(),
            groups,
            unchanged,
            query: asked,
        };
        assert_eq!(found, wanted, "{shape:?}");
        query = questions::next(&earlier, &query, &mut chance);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_two_tables_are_compared_as_row_by_row(shape in shapes(600)) {
        // A later count may be larger, and all of them together must stay within what a snapshot can hold.
        let magnitude = match shape.magnitude {
            Magnitude::Huge => Magnitude::PowerLaw,
            magnitude => magnitude,
        };
        follow(&Shape { magnitude, ..shape });
    }
}

#[test]
fn two_snapshots_without_models_have_nothing_to_compare() {
    follow(&shape(0));
}

#[test]
fn models_are_not_compared_with_datasets() {
    let table = |collection| {
        Table::generate(&Shape {
            collection,
            ..shape(10)
        })
    };
    let [models, datasets] = [Collection::Models, Collection::Datasets].map(table);
    let refused = compare(
        &mut engine(&models),
        &mut engine(&datasets),
        &Matched::default(),
        &Query::default(),
        LIMIT,
    );
    let words = refused.unwrap_err().to_string();
    assert!(words.starts_with("models cannot be compared with datasets"), "{words}");
}

#[test]
fn a_snapshot_beside_itself_has_only_what_is_unchanged() {
    let table = Table::generate(&Shape {
        told: Told::Nothing,
        ..shape(300)
    });
    let (mut one, mut other) = (engine(&table), engine(&table));
    let ids = table.ids(0..300);
    let matched = Matched::new(&[&ids], &[&ids]);
    let found = compare(&mut one, &mut other, &matched, &Query::default(), LIMIT).unwrap();
    assert_eq!(found.unchanged, 300);
    assert!(found.groups.iter().all(|group| group.models == 0));
    assert_eq!(found.before, found.after);
}
