//! Columns survive being written and read.

use std::collections::BTreeMap;

use atlas_protocol::facet::UNKNOWN;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, DictionaryValue};
use atlas_snapshot::write::{Packing, write_ids, write_models};
use atlas_snapshot::{CodeColumn, Collection, Ids, ModelColumns, NumberColumn};
use proptest::prelude::*;

use crate::folder::Folder;
use crate::invented::{InventedHub, invent, value};

/// The dictionary of a column with `values` values, `unknown` included.
fn dictionary(column: &str, values: usize) -> Vec<DictionaryValue> {
    let key = |at: usize| match column {
        "month" => format!("{}-{:02}", 1900 + at / 12, at % 12 + 1),
        _ => format!("{column} № {at}"),
    };
    let mut values: Vec<DictionaryValue> = (1..values).map(|at| value(&key(at), None, None)).collect();
    values.push(value(UNKNOWN, None, None));
    values
}

/// Columns of `seeds.len()` rows; `values` says how many values each dictionary has.
fn hub_of(seeds: &[[u64; 4]], values: &[usize], has_all_time: bool, has_likes: bool) -> InventedHub {
    let rows = seeds.len();
    let dictionaries: BTreeMap<String, Vec<DictionaryValue>> = DICTIONARY_COLUMNS
        .iter()
        .zip(values)
        .map(|(column, values)| ((*column).to_owned(), dictionary(column, *values)))
        .collect();
    let known = |seed: u64| seed >> 1 >> (seed % 60);
    // The sums of a manifest have 64 bits.
    let added_up = |seed: u64| known(seed) / rows as u64;
    let or_unknown = |seed: u64, number: u64| if seed.is_multiple_of(3) { UNKNOWN_NUMBER } else { number };
    let mut downloads_30d: Vec<u64> = seeds.iter().map(|seed| added_up(seed[0])).collect();
    downloads_30d.sort_by_key(|downloads| std::cmp::Reverse(*downloads));
    let codes = values.iter().enumerate().map(|(column, values)| {
        let mut codes = CodeColumn::for_dictionary(*values, rows);
        seeds
            .iter()
            .for_each(|seed| codes.push_run((seed[3].rotate_left(column as u32 * 5) % *values as u64) as u32, 1));
        codes
    });
    let mut ids = Ids::default();
    seeds.iter().for_each(|seed| {
        ids.push(&format!(
            "{}/é{:x}",
            ["a", "bb", "", "ключ"][seed[1] as usize % 4],
            seed[2] >> (seed[2] % 64)
        ))
    });
    InventedHub {
        columns: ModelColumns {
            downloads_30d: downloads_30d.into_iter().collect(),
            downloads_all_time: has_all_time.then(|| {
                seeds
                    .iter()
                    .map(|seed| or_unknown(seed[1], added_up(seed[1])))
                    .collect()
            }),
            likes: has_likes.then(|| seeds.iter().map(|seed| added_up(seed[2])).collect()),
            parameters: seeds.iter().map(|seed| or_unknown(seed[2], known(seed[2]))).collect(),
            codes: codes.collect(),
        },
        ids,
        dictionaries,
    }
}

fn check_columns(hub: &InventedHub) {
    let rows = hub.columns.rows();
    for cuts in [&[][..], &[rows / 3, rows / 2]] {
        assert_eq!(Folder::write(hub, cuts).read().unwrap(), *hub);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_columns_come_back_as_they_went(
        seeds in prop::collection::vec(any::<[u64; 4]>(), 1..300),
        values in prop::collection::vec(prop_oneof![Just(1usize), 2usize..8, 250usize..260], 11),
        has_all_time: bool,
        has_likes: bool,
    ) {
        check_columns(&hub_of(&seeds, &values, has_all_time, has_likes));
    }
}

#[test]
fn an_invented_hub_comes_back_as_it_went_however_it_is_cut() {
    let hub = invent(5000, 3);
    assert!(
        hub.columns
            .downloads_all_time
            .iter()
            .flat_map(NumberColumn::iter)
            .any(|number| number == UNKNOWN_NUMBER)
    );
    for cuts in [&[][..], &[1], &[100, 2500, 4999]] {
        assert_eq!(Folder::write(&hub, cuts).read().unwrap(), hub);
    }
}

#[test]
fn one_row_and_nothing_known_comes_back() {
    let hub = hub_of(&[[0, 0, 0, 0]], &[1; 11], true, true);
    assert_eq!(hub.columns.parameters, NumberColumn::from_iter([UNKNOWN_NUMBER]));
    check_columns(&hub);
}

#[test]
fn a_whole_table_of_unknowns_comes_back() {
    let hub = hub_of(&[[0, 0, 0, 0]; 9000], &[1; 11], true, false);
    assert!(
        hub.columns
            .codes
            .iter()
            .all(|codes| *codes == CodeColumn::U8(vec![0; 9000]))
    );
    check_columns(&hub);
}

#[test]
fn dictionaries_around_each_width_and_beyond_65_536_values_come_back() {
    // Row r has value r in every column, as far as the dictionary goes.
    let sizes = [2, 255, 256, 257, 300, 65_535, 65_536, 65_537, 70_000, 3, 1];
    let seeds: Vec<[u64; 4]> = (0..70_000).map(|row| [row, row, row, row]).collect();
    let mut hub = hub_of(&seeds, &sizes, true, true);
    for (codes, size) in hub.columns.codes.iter_mut().zip(sizes) {
        let mut wide = CodeColumn::for_dictionary(size, seeds.len());
        (0..seeds.len()).for_each(|row| wide.push_run((row % size) as u32, 1));
        *codes = wide;
    }
    assert!(matches!(hub.columns.codes[2], CodeColumn::U8(_)));
    assert!(matches!(hub.columns.codes[3], CodeColumn::U16(_)));
    assert!(matches!(hub.columns.codes[6], CodeColumn::U16(_)));
    assert!(matches!(hub.columns.codes[7], CodeColumn::U32(_)));
    assert_eq!(Folder::write(&hub, &[35_000]).read().unwrap(), hub);
}

#[test]
fn numbers_up_to_the_largest_of_63_bits_come_back() {
    let mut hub = hub_of(&[[0, 1, 2, 3]; 3], &[2; 11], true, true);
    let most = i64::MAX as u64;
    let column = NumberColumn::from_iter::<[u64; 3]>;
    hub.columns.downloads_30d = column([most, most, 1]);
    hub.columns.downloads_all_time = Some(column([most, UNKNOWN_NUMBER, 0]));
    hub.columns.likes = Some(column([0, most, 1]));
    hub.columns.parameters = column([most, 0, most - 1]);
    assert_eq!(Folder::write(&hub, &[]).read().unwrap(), hub);
    assert_eq!(Folder::write(&hub, &[2]).manifest.totals.downloads_30d, u64::MAX);
}

#[test]
fn numbers_are_read_in_32_bits_exactly_where_they_all_fit() {
    let most = u64::from(u32::MAX) - 1;
    for largest in [most, most + 1, most + 2, i64::MAX as u64] {
        for (repeated, rows) in [(true, 40), (false, 40), (false, 1)] {
            let mut hub = hub_of(&vec![[0, 1, 2, 3]; rows], &[2; 11], true, true);
            let number = |row: usize| if repeated { row as u64 % 3 } else { row as u64 };
            let with_unknown = |row: usize| if row % 4 == 1 { UNKNOWN_NUMBER } else { number(row) };
            let last = |row: usize| row + 1 == rows;
            hub.columns.downloads_30d = (0..rows).map(|row| if row == 0 { largest } else { 7 }).collect();
            hub.columns.likes = Some(
                (0..rows)
                    .map(|row| if last(row) { largest } else { number(row) })
                    .collect(),
            );
            hub.columns.parameters = (0..rows)
                .map(|row| if last(row) { largest } else { with_unknown(row) })
                .collect();
            hub.columns.downloads_all_time = Some((0..rows).map(with_unknown).collect());
            let read = Folder::write(&hub, &[]).read().unwrap();
            assert_eq!(read, hub);
            let narrow = |column: &NumberColumn| matches!(column, NumberColumn::U32(_));
            let is_narrow = [
                &read.columns.downloads_30d,
                read.columns.likes.as_ref().unwrap(),
                &read.columns.parameters,
            ];
            assert_eq!(is_narrow.map(narrow), [largest == most; 3], "{largest}, {rows} rows");
            assert!(read.columns.downloads_all_time.as_ref().is_some_and(narrow));
        }
    }
}

#[test]
fn numbers_with_more_than_65_536_values_come_back() {
    let rows = 140_000;
    let mut hub = hub_of(&vec![[0, 0, 0, 0]; rows], &[1; 11], true, true);
    let spread = |row: usize, values: usize| (row % values) as u64 * 61_403;
    hub.columns.likes = Some((0..rows).map(|row| spread(row, 70_000)).collect());
    hub.columns.downloads_all_time = Some((0..rows).map(|row| spread(row, 65_537)).collect());
    hub.columns.parameters = (0..rows).map(|row| spread(row, rows)).collect();
    assert_eq!(Folder::write(&hub, &[]).read().unwrap(), hub);
}

#[test]
fn a_column_that_the_manifest_has_no_total_for_is_not_read() {
    let hub = invent(50, 1);
    let mut folder = Folder::write(&hub, &[]);
    folder.manifest.totals.downloads_all_time = None;
    folder.manifest.totals.likes = None;
    let columns = folder.read_first().unwrap();
    assert_eq!((columns.downloads_all_time, columns.likes), (None, None));
    assert_eq!(columns.parameters, hub.columns.parameters);
}

#[test]
fn the_same_columns_give_the_same_bytes() {
    let hub = invent(3000, 9);
    let again = invent(3000, 9);
    assert_eq!(
        write_models(Collection::Models, &hub.columns, &hub.dictionaries, Packing::Published).unwrap(),
        write_models(
            Collection::Models,
            &again.columns,
            &again.dictionaries,
            Packing::Published
        )
        .unwrap()
    );
    assert_eq!(
        write_ids(&hub.ids, Packing::Published).unwrap(),
        write_ids(&again.ids, Packing::Published).unwrap()
    );
}

#[test]
fn columns_that_do_not_fit_together_are_not_written() {
    let hub = invent(20, 1);
    type Spoil = fn(&mut InventedHub);
    fn first(number: u64, numbers: &NumberColumn) -> NumberColumn {
        [number].into_iter().chain(numbers.iter().skip(1)).collect()
    }
    let cases: [(&str, Spoil); 8] = [
        ("differ in number of rows", |hub| hub.columns.downloads_30d.push(0)),
        ("differ in number of rows", |hub| {
            hub.columns.likes = hub
                .columns
                .likes
                .iter()
                .flat_map(NumberColumn::iter)
                .take(19)
                .collect::<NumberColumn>()
                .into()
        }),
        ("differ in number of rows", |hub| hub.columns.codes[4].push_run(0, 1)),
        ("one is missing", |hub| hub.columns.codes.truncate(10)),
        ("not sorted", |hub| {
            hub.columns.downloads_30d = hub.columns.downloads_30d.iter().rev().collect();
        }),
        ("a code of the column task has no value", |hub| {
            hub.dictionaries.get_mut("task").unwrap().truncate(1);
        }),
        ("18446744073709551615 is more than", |hub| {
            hub.columns.downloads_30d = first(UNKNOWN_NUMBER, &hub.columns.downloads_30d)
        }),
        ("9223372036854775808 is more than", |hub| {
            hub.columns.parameters = first(1 << 63, &hub.columns.parameters)
        }),
    ];
    for (what, spoil) in cases {
        let mut spoilt = hub.clone();
        spoil(&mut spoilt);
        let error = write_models(
            Collection::Models,
            &spoilt.columns,
            &spoilt.dictionaries,
            Packing::Published,
        )
        .unwrap_err()
        .to_string();
        assert!(error.contains("cannot be written") && error.contains(what), "{error}");
    }
    for ends in [vec![1, 3], vec![3, 2, 4], vec![2, 9, 4]] {
        let ids = Ids {
            text: "abcd".to_owned(),
            ends,
        };
        assert!(
            write_ids(&ids, Packing::Published)
                .unwrap_err()
                .to_string()
                .contains("cannot be written")
        );
    }
}
