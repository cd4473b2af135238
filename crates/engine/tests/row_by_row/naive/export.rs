//! What an exported file must hold, checked on the parsed JSON.

use atlas_engine::{Engine, ExportHeader, IdLookup, Search};
use atlas_protocol::{Clause, Collection, Facet, Measure, Query, Sums};
use serde_json::{Map, Value, json};

use super::answer::Naive;
use super::chance::Chance;
use super::table::{Model, UNKNOWN};

struct PlainIds<'a>(&'a [Model]);

impl IdLookup for PlainIds<'_> {
    fn id(&self, row: u64) -> Option<&str> {
        Some(self.0.get(usize::try_from(row).ok()?)?.id.as_str())
    }
}

/// Exports a slice in pieces of random sizes, with ids that arrive bit by bit, and checks the file; returns its length.
pub fn check(engine: &mut Engine, naive: &Naive<'_>, search: Option<(&Search, &str)>, chance: &mut Chance) -> u64 {
    let header = ExportHeader {
        link: format!("https://example.org/?note={}&q=\"x\"", chance.below(10)),
        search: search.map(|(_, text)| text.to_owned()).unwrap_or_default(),
    };
    let search = search.map(|(search, _)| search);
    let mut export = engine.export(naive.query, search, &header).unwrap();
    assert_eq!(export.rows_total(), naive.slice().len() as u64);
    let mut file = Vec::new();
    let mut ids_at_hand = 0;
    while !export.is_finished() {
        if let Some(next) = export.next_row()
            && next >= ids_at_hand
        {
            ids_at_hand = next + 1 + chance.below(40) as u64;
        }
        let ids = PlainIds(&naive.models[..naive.models.len().min(ids_at_hand as usize)]);
        let wanted = 1 + chance.below(3000);
        file.extend(export.next_piece(engine, &ids, ids_at_hand, wanted).unwrap());
    }
    assert_eq!(export.rows_done(), export.rows_total());
    let parsed: Value =
        serde_json::from_slice(&file).unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&file)));
    check_file(&parsed, engine, naive, &header);
    file.len() as u64
}

fn check_file(file: &Value, engine: &Engine, naive: &Naive<'_>, header: &ExportHeader) {
    let (table, dataset) = (naive.table, engine.dataset());
    assert_eq!(file["format"], "hub-atlas-slice-1");
    assert_eq!(file["link"], header.link.as_str());
    let says_synthetic = file["notice"]
        .as_str()
        .is_some_and(|notice| notice.contains("synthetic"));
    assert_eq!(says_synthetic, table.shape.synthetic);
    let mut snapshot = file["snapshot"].clone();
    let scope = snapshot.as_object_mut().unwrap().remove("scope");
    let stated = json!({ "models": "the rows of a \"test\"", "complete": false });
    assert_eq!(scope, (!table.shape.synthetic).then_some(stated));
    assert_eq!(
        snapshot,
        json!({
            "collection": table.shape.collection.key(),
            "taken_on": "2026-08-22",
            "synthetic": table.shape.synthetic,
            "checksum": dataset.checksum,
            "sources": [{
                "name": "generated \"rows\"",
                "url": "https://example.org/?a=1&b=<2>",
                "licence": null,
                "attribution": "nobody",
            }],
        })
    );
    assert_eq!(file["query"], question(naive.query, &header.search));
    assert_eq!(
        file["definitions"],
        json!({ "downloads_30d": "Downloads in the 30 days before \\ the snapshot." })
    );
    assert_eq!(file["models_counted"], json!(naive.models.len()));
    assert_eq!(file["models_in_snapshot"], json!(table.models.len()));
    assert_eq!(file["totals"], totals(naive, &naive.slice_sums()));
    assert_eq!(file["totals_unfiltered"], totals(naive, &naive.unfiltered()));
    let months = &table.history.months;
    let stated: Vec<&Value> = file["months_stated"].as_array().into_iter().flatten().collect();
    let counted = months.iter().filter(|month| counts_made(naive) && naive.counts(month));
    assert!(stated.iter().map(|month| &month["month"]).eq(counted), "{stated:?}");
    let rows: Vec<Value> = naive
        .slice()
        .into_iter()
        .map(|row| spelled(naive, &naive.models[row]))
        .collect();
    let found = file["rows"].as_array().unwrap();
    assert_eq!(found, &rows);
    let sum = |key: &str| -> u64 { found.iter().filter_map(|row| row[key].as_u64()).sum() };
    assert_eq!(json!(sum("downloads_30d")), file["totals"]["downloads_30d"]);
    if table.shape.has_all_time {
        assert_eq!(json!(sum("downloads_all_time")), file["totals"]["downloads_all_time"]);
    }
    if table.shape.has_likes {
        assert_eq!(json!(sum("likes")), file["totals"]["likes"]);
    }
    assert_eq!(json!(found.len()), file["totals"]["models"]);
}

fn question(query: &Query, search: &str) -> Value {
    let clause = |clause: &Clause| match clause {
        Clause::SomeOf(keys) => json!({ "some_of": keys }),
        Clause::NoneOf(keys) => json!({ "none_of": keys }),
        Clause::Range { from, to } => json!({ "range": { "from": from, "to": to } }),
    };
    let clauses: Map<String, Value> = query
        .clauses
        .iter()
        .map(|(facet, one)| (facet.key().to_owned(), clause(one)))
        .collect();
    let mut question = json!({ "measure": query.measure.key(), "clauses": clauses });
    if query.measure == Measure::DownloadsMade {
        question["made"] = json!({ "from": query.made.from, "to": query.made.to });
    }
    if !search.is_empty() {
        question["search"] = json!(search);
    }
    question
}

fn counts_made(naive: &Naive<'_>) -> bool {
    naive.query.measure == Measure::DownloadsMade
}

fn totals(naive: &Naive<'_>, sums: &Sums) -> Value {
    let table = naive.table;
    let mut totals = json!({ "models": sums.models, "downloads_30d": sums.downloads_30d });
    if table.shape.has_all_time {
        totals["downloads_all_time"] = json!(sums.downloads_all_time);
    }
    if table.shape.has_likes {
        totals["likes"] = json!(sums.likes);
    }
    if counts_made(naive) {
        totals["downloads_made"] = json!(sums.downloads_made);
    }
    totals
}

fn spelled(naive: &Naive<'_>, model: &Model) -> Value {
    let table = naive.table;
    let mut row = json!({
        "id": model.id,
        "downloads_30d": model.downloads_30d,
    });
    if table.shape.collection == Collection::Models {
        row["parameters"] = json!(model.parameters);
        row["parameters_source"] = json!(model.parameters_source);
    }
    if table.shape.has_all_time {
        row["downloads_all_time"] = json!(model.downloads_all_time);
    }
    if table.shape.has_likes {
        row["likes"] = json!(model.likes);
    }
    if counts_made(naive) {
        row["downloads_made"] = json!(naive.downloads_made(model));
    }
    let folded = [Facet::Size, Facet::Parameters, Facet::Year];
    for facet in Facet::ALL
        .into_iter()
        .filter(|facet| table.has(*facet) && !folded.contains(facet))
    {
        row[facet.key()] = match (table.shape.collection, facet) {
            (Collection::Datasets, Facet::Task) => {
                let known = table
                    .values_of(model, facet)
                    .into_iter()
                    .filter(|task| *task != UNKNOWN);
                json!(known.collect::<Vec<_>>())
            }
            _ => json!(model.value(facet)),
        };
    }
    row
}
