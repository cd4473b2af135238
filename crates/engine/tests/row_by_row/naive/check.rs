//! Engine and slow twin side by side.

use atlas_engine::{Engine, Search};
use atlas_protocol::answer::Progress;
use atlas_protocol::{Answer, Facet, Measure, Query, RowColumn, RowSort, SizeByYear};

use super::answer::{Naive, check_curve};
use super::chance::Chance;
use super::history::Told;
use super::table::{Shape, Table};
use super::{export, questions};

/// Largest slice whose Gini coefficient is computed pair by pair.
const MOST_PAIRED: usize = 1500;

/// How much is asked of one table.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Questions after each part but the last.
    pub between_parts: usize,
    /// Questions once everything is there.
    pub at_the_end: usize,
}

/// Generates a table, hands it to an engine part by part, and asks one question after another in between; every
/// answer, list and export must be the naive one.
pub fn follow(shape: &Shape, effort: Effort) {
    let table = Table::generate(shape);
    let mut chance = Chance::new(shape.seed ^ 0x5eed);
    let mut engine = open(&table);
    let mut query = Query::default();
    let mut searched = None;
    let mut asker = |engine: &mut Engine, rows: usize, questions: usize| {
        for _ in 0..questions {
            if chance.happens(30) {
                let sums = engine.totals(&query).unwrap();
                assert_eq!(
                    sums,
                    Naive::new(&table, rows, &query).slice_sums(),
                    "{query:?} {shape:?}"
                );
            }
            check_answer(engine, &table, rows, &query);
            if chance.happens(25) {
                drag(engine, &table, rows, &query, &mut chance);
            }
            if chance.happens(50) {
                check_rows(engine, &table, rows, &query, &mut chance);
            }
            if chance.happens(30) {
                check_export(engine, &table, rows, &query, &mut chance);
            }
            if chance.happens(30) {
                searched = Some(check_search(engine, &table, rows, &query, searched.take(), &mut chance));
            }
            query = questions::next(&table, &query, &mut chance);
        }
    };
    let parts = table.parts();
    let mut moments = Chance::new(shape.seed ^ 0x4157);
    give_history(&mut engine, &table, &mut moments);
    asker(&mut engine, 0, 1);
    for (at, rows) in parts.iter().enumerate() {
        engine.append(table.columns(rows.clone())).unwrap();
        assert_eq!(engine.rows_ready(), rows.end as u64);
        give_history(&mut engine, &table, &mut moments);
        let is_last = at + 1 == parts.len();
        let questions = if is_last {
            effort.at_the_end
        } else {
            effort.between_parts
        };
        asker(&mut engine, rows.end, questions);
    }
    if table.history.left() > 0 {
        engine
            .append_history(&table.history.give(table.history.left()))
            .unwrap();
        asker(&mut engine, table.models.len(), effort.at_the_end);
    }
}

/// Hands the engine a part of the history, or none, or all that is left: it comes when it comes.
fn give_history(engine: &mut Engine, table: &Table, chance: &mut Chance) {
    let left = table.history.left();
    let count = *chance.pick(&[0, left, chance.clone().below(left + 1)]);
    engine.append_history(&table.history.give(count)).unwrap();
}

/// Changes one facet's clause several times, as a reader does who drags a brush over it.
fn drag(engine: &mut Engine, table: &Table, rows: usize, query: &Query, chance: &mut Chance) {
    let facet = *chance.pick(&Facet::ALL);
    engine.prepare(query, facet).unwrap();
    let mut query = query.clone();
    for _ in 0..4 {
        match chance.happens(15) {
            true => drop(query.clauses.remove(&facet)),
            false => drop(query.clauses.insert(facet, questions::clause(table, facet, chance))),
        }
        check_answer(engine, table, rows, &query);
    }
}

/// An engine for a table, without rows, whose catalogues are those the documentation describes.
pub fn open(table: &Table) -> Engine {
    let mut engine = Engine::open(&table.manifest(), "0".repeat(64));
    let ids: usize = table.models.iter().map(|model| model.id.len()).sum();
    // Quotes in the ids take an escape each.
    engine.set_mean_id_bytes(ids as f64 / table.models.len().max(1) as f64 + 2.0);
    for facet in Facet::ALL {
        let found = engine.dataset().catalogue(facet).unwrap();
        let keys: Vec<String> = found.values.iter().map(|value| value.key.clone()).collect();
        assert_eq!(found.facet, facet);
        assert_eq!(keys, table.catalogue(facet), "values of {facet:?}");
    }
    let mut measures = vec![Measure::Downloads30d];
    measures.extend(table.shape.has_all_time.then_some(Measure::DownloadsAllTime));
    measures.push(Measure::Models);
    measures.extend(table.shape.has_likes.then_some(Measure::Likes));
    measures.extend((table.shape.told != Told::Nothing).then_some(Measure::DownloadsMade));
    assert_eq!(engine.dataset().measures, measures);
    engine
}

/// Asks one question and compares everything in the answer.
pub fn check_answer(engine: &mut Engine, table: &Table, rows: usize, query: &Query) -> Answer {
    let naive = Naive::new(table, rows, query);
    let progress = Progress {
        bytes_done: 1,
        bytes_total: 2,
        rows_ready: rows as u64,
        rows_total: table.models.len() as u64,
    };
    let answer = engine.answer(query, progress).unwrap();
    let context = format!("{query:?} over {rows} rows of {:?}", table.shape);
    assert_eq!(answer.query, *query);
    assert_eq!(answer.progress, progress);
    assert_eq!(answer.unfiltered, naive.unfiltered(), "unfiltered sums: {context}");
    assert_eq!(answer.slice, naive.slice_sums(), "slice sums: {context}");
    assert_eq!(answer.facets.len(), Facet::ALL.len());
    for facet in Facet::ALL {
        assert_eq!(
            answer.facet(facet).unwrap(),
            &naive.facet(facet),
            "{facet:?}: {context}"
        );
    }
    assert_eq!(answer.made, naive.made(), "downloads made: {context}");
    assert_eq!(answer.over_time.axis, naive.axis(), "{context}");
    assert_eq!(answer.over_time.split, naive.split());
    assert_eq!(answer.over_time.values, table.catalogue(naive.split()).len());
    assert_eq!(answer.over_time.totals, naive.by_month(), "by month: {context}");
    assert_eq!(answer.over_time.cells, naive.over_time(), "over time: {context}");
    assert_eq!(answer.statistics, None);
    let statistics = engine.statistics(query).unwrap();
    let by_year = naive.sizes_by_year();
    assert_eq!(statistics.sizes_by_year.len(), by_year.len());
    for (found, expected) in statistics.sizes_by_year.iter().zip(&by_year) {
        check_sizes(found, expected, &context);
    }
    check_sizes(&statistics.sizes, &naive.sizes(), &context);
    let held = naive.held_by_largest();
    check_curve(&statistics.concentration, &held, &context);
    if held.len() <= MOST_PAIRED {
        check_close(statistics.concentration.gini, naive.gini(), "Gini", &context);
    }
    assert_eq!(statistics.export.rows, held.len() as u64);
    assert_eq!(answer.notes.len(), naive.meaningless(), "{:?}: {context}", answer.notes);
    Answer {
        statistics: Some(Box::new(statistics)),
        ..answer
    }
}

fn check_sizes(found: &SizeByYear, expected: &SizeByYear, context: &str) {
    check_close(found.mean, expected.mean, "mean", context);
    check_close(found.mean_weighted, expected.mean_weighted, "weighted mean", context);
    let exact = |sizes: &SizeByYear| SizeByYear {
        mean: None,
        mean_weighted: None,
        ..*sizes
    };
    assert_eq!(exact(found), exact(expected), "sizes: {context}");
}

fn check_close(found: Option<f64>, expected: Option<f64>, what: &str, context: &str) {
    let close = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-12 * expected.abs().max(f64::MIN_POSITIVE),
        (found, expected) => found == expected,
    };
    assert!(close, "{what} is {found:?}, not {expected:?}: {context}");
}

/// Lists rows in every order.
pub fn check_rows(engine: &mut Engine, table: &Table, rows: usize, query: &Query, chance: &mut Chance) {
    let naive = Naive::new(table, rows, query);
    let in_slice = naive.slice().len();
    for column in RowColumn::ALL {
        for descending in [false, true] {
            let sort = RowSort { column, descending };
            check_listing(engine, &naive, None, in_slice, sort, chance);
        }
    }
}

/// Searches the ids of the first rows, part by part, and lists what was found; gives the search.
pub fn check_search(
    engine: &mut Engine,
    table: &Table,
    rows: usize,
    query: &Query,
    before: Option<Searched>,
    chance: &mut Chance,
) -> Searched {
    let text = questions::search(table, before.as_ref().map(|before| before.text.as_str()), chance);
    let mut search = Search::new(&text, before.map(|before| before.search)).unwrap();
    // Ids may arrive before their rows do, or after.
    let most = *chance.pick(&[rows, table.models.len()]);
    let mut searched = 0;
    while searched < most {
        let next = most.min(searched + 1 + chance.below(most));
        search.extend(&table.ids(searched..next));
        searched = next;
        assert_eq!(search.rows_searched(), searched as u64);
        let naive = Naive::new(table, rows, query).searched(&text, searched);
        let in_slice = Naive::new(table, rows, query).slice().len();
        let sort = RowSort {
            column: *chance.pick(&RowColumn::ALL),
            descending: chance.happens(50),
        };
        check_listing(engine, &naive, Some(&search), in_slice, sort, chance);
    }
    let naive = Naive::new(table, rows, query).searched(&text, searched);
    export::check(engine, &naive, Some((&search, &text)), chance);
    Searched { text, search }
}

/// A search and what it was for.
#[derive(Clone, Debug)]
pub struct Searched {
    pub text: String,
    pub search: Search,
}

fn check_listing(
    engine: &mut Engine,
    naive: &Naive<'_>,
    search: Option<&Search>,
    in_slice: usize,
    sort: RowSort,
    chance: &mut Chance,
) {
    let (table, query) = (naive.table, naive.query);
    let limit = *chance.pick(&[0, 1, 7, 100, 100_000]);
    let listing = engine.list_rows(query, search, sort, limit).unwrap();
    let expected: Vec<(u32, atlas_protocol::Row)> = naive
        .first_rows(sort, limit)
        .into_iter()
        .map(|row| {
            (
                row as u32,
                table.models[row].row(table.shape.collection, naive.downloads_made(&table.models[row])),
            )
        })
        .collect();
    let rows = naive.models.len();
    let context = format!("{sort:?} {limit}: {query:?} over {rows} rows of {:?}", table.shape);
    assert_eq!(listing.rows_in_slice, in_slice as u64);
    assert_eq!(listing.found, naive.slice_sums(), "{context}");
    assert_eq!(listing.rows, expected, "{context}");
}

/// Exports the slice and compares file and estimate.
pub fn check_export(engine: &mut Engine, table: &Table, rows: usize, query: &Query, chance: &mut Chance) {
    let naive = Naive::new(table, rows, query);
    let bytes = export::check(engine, &naive, None, chance);
    let estimate = engine.statistics(query).unwrap().export;
    if estimate.rows > 50 {
        let off = estimate.bytes.abs_diff(bytes) as f64 / bytes as f64;
        assert!(
            off <= 0.2,
            "{} bytes estimated, {bytes} written: {query:?}",
            estimate.bytes
        );
    }
}
