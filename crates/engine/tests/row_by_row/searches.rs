//! Searches of ids against looking at each id.

use atlas_engine::Search;
use atlas_protocol::{Query, RowSort};
use proptest::prelude::*;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::naive::chance::Chance;
use crate::naive::check::{check_search, open};
use crate::naive::shape;
use crate::naive::table::{Magnitude, Shape, Table};

/// Rows in the order of their ids, which are given: without downloads, nothing else orders them.
fn table(ids: &[String]) -> Table {
    let mut table = Table::generate(&Shape {
        magnitude: Magnitude::Constant(1),
        ..shape(ids.len())
    });
    for (model, id) in table.models.iter_mut().zip(ids) {
        model.id.clone_from(id);
    }
    table
}

/// Ids of few letters, so that texts are found often, begin in one and end in the next, and stand on edges of blocks.
fn ids(seed: u64, letters: &[&str], longest: usize, count: usize) -> Vec<String> {
    let mut chance = Chance::new(seed);
    let mut id = || {
        let length = chance.below(longest + 1);
        (0..length).map(|_| *chance.pick(letters)).collect()
    };
    (0..count).map(|_| id()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_the_ids_that_hold_its_text_and_no_others(
        seed in any::<u64>(),
        longest in 0..70usize,
        count in 0..300usize,
        common in any::<bool>(),
    ) {
        let letters: &[&str] = if common { &["a", "A", "b"] } else { &["a", "B", "/", "-", "Q", "é", "0", "@", "`", "["] };
        let table = table(&ids(seed, letters, longest, count));
        let mut engine = open(&table);
        if count > 0 {
            engine.append(table.columns(0..count)).unwrap();
        }
        let mut chance = Chance::new(seed);
        let mut searched = None;
        for _ in 0..4 {
            searched = Some(check_search(&mut engine, &table, count, &Query::default(), searched, &mut chance));
        }
    }
}

#[test]
fn letters_match_in_either_case_and_nothing_else_does() {
    let ids = ["a/É[", "A/é{", "b/`@", "@/`"].map(str::to_owned);
    let table = table(&ids);
    let mut engine = open(&table);
    engine.append(table.columns(0..ids.len())).unwrap();
    let mut found = |text: &str| -> Vec<u32> {
        let mut search = Search::new(text, None).unwrap();
        search.extend(&table.ids(0..ids.len()));
        let listing = engine
            .list_rows(&Query::default(), Some(&search), RowSort::default(), 9)
            .unwrap();
        listing.rows.iter().map(|(row, _)| *row).collect()
    };
    assert_eq!(found("A/"), [0, 1]);
    assert_eq!(found("É"), [0]);
    assert_eq!(found("é{"), [1]);
    assert_eq!(found("["), [0]);
    assert_eq!(found("`"), [2, 3]);
    assert_eq!(found("@"), [2, 3]);
    assert_eq!(found("B/`@"), [2]);
    assert_eq!(found("@@"), [0; 0]);
    assert!(Search::new("", None).is_none());
}
