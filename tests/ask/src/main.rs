//! `atlas-ask FOLDER`: opens a snapshot and answers questions, one link a line on standard input, one line of JSON each.
//!
//! A link is what stands after `?` in the page's address. `sort=likes`, `ascending=yes` and `rows=N` besides it order the
//! listed rows and say how many there are (100 otherwise); `find=TEXT` keeps the rows whose id holds a text; `compare=FOLDER` compares
//! with another snapshot. Sums are JSON strings, because they exceed what JavaScript
//! keeps exact.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;

use atlas_engine::{Engine, Matched, Search, compare};
use atlas_protocol::answer::{Progress, Statistics};
use atlas_protocol::comparison::{Change, Group, ModelChange, ValueChange};
use atlas_protocol::{
    Answer, Dataset, Facet, FacetValue, Measure, Query, Row, RowColumn, RowSort, SizeByYear, Sums, TimeAxis, link,
};
use atlas_snapshot::manifest::MANIFEST_FILE;
use atlas_snapshot::read::{read_history, read_ids, read_models};
use atlas_snapshot::{Ids, Manifest, PartKind, sha256_hex};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Models listed of each kind of change.
const CHANGES: usize = 25;

/// Rows listed where the link does not say.
const ROWS: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder of a snapshot")?;
    let mut snapshot = Snapshot::open(Path::new(&folder))?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        serde_json::to_writer(&mut out, &snapshot.ask(&line?)?)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

struct Snapshot {
    engine: Engine,
    ids: Vec<Ids>,
    rows: u64,
}

impl Snapshot {
    fn open(folder: &Path) -> Result<Snapshot, Box<dyn Error>> {
        let bytes = std::fs::read(folder.join(MANIFEST_FILE))?;
        let manifest = Manifest::from_json(&bytes)?;
        let mut engine = Engine::open(&manifest, sha256_hex(&bytes));
        let read = |path: &str| std::fs::read(folder.join(path)).map(Bytes::from);
        for part in manifest.row_parts() {
            engine.append(read_models(read(&part.path)?, part, &manifest)?)?;
        }
        if let Some(history) = &manifest.history {
            for part in &history.parts {
                engine.append_history(&read_history(read(&part.path)?, part, history, manifest.totals.rows)?)?;
            }
        }
        let ids = manifest
            .parts_of(PartKind::Ids)
            .map(|part| Ok(read_ids(read(&part.path)?, part)?))
            .collect::<Result<_, Box<dyn Error>>>()?;
        Ok(Snapshot {
            engine,
            ids,
            rows: manifest.totals.rows,
        })
    }

    fn ask(&mut self, text: &str) -> Result<Value, Box<dyn Error>> {
        let link = link::read(text);
        let progress = Progress {
            rows_ready: self.rows,
            rows_total: self.rows,
            ..Progress::default()
        };
        let answer = self.engine.answer(&link.query, progress)?;
        let statistics = self.engine.statistics(&link.query)?;
        let extra = |key: &str| link.extras.get(key).map(String::as_str);
        let sort = RowSort {
            column: extra("sort").and_then(RowColumn::from_key).unwrap_or_default(),
            descending: extra("ascending").is_none(),
        };
        let limit = extra("rows").map_or(Ok(ROWS), str::parse)?;
        let search = extra("find")
            .and_then(|text| Search::new(text, None))
            .map(|mut search| {
                self.ids.iter().for_each(|ids| search.extend(ids));
                search
            });
        let listing = self.engine.list_rows(&link.query, search.as_ref(), sort, limit)?;
        let listed = listing.rows.iter();
        let rows: Vec<Value> = listed.map(|(at, row)| self.row(*at as usize, row)).collect();
        let comparison = extra("compare")
            .map(|folder| self.compare(folder, &link.query))
            .transpose()?;
        let mut spelled = spell(self.engine.dataset(), &link.query, &answer, &statistics);
        spelled["problems"] = json!(link.problems);
        spelled["rows_in_slice"] = json!(listing.rows_in_slice.to_string());
        spelled["found"] = sums(&link.query, &listing.found);
        spelled["rows"] = json!(rows);
        spelled["comparison"] = json!(comparison);
        Ok(spelled)
    }

    /// Compares with the snapshot in another folder.
    fn compare(&mut self, folder: &str, query: &Query) -> Result<Value, Box<dyn Error>> {
        let mut other = Snapshot::open(Path::new(folder))?;
        let matched = Matched::new(
            &other.ids.iter().collect::<Vec<_>>(),
            &self.ids.iter().collect::<Vec<_>>(),
        );
        let found = compare(&mut other.engine, &mut self.engine, &matched, query, CHANGES)?;
        let row = |group: &Group, change: &ModelChange| {
            let side = if group.change == Change::Vanished {
                &other
            } else {
                &*self
            };
            let (before, after) = (change.before.to_string(), change.after.to_string());
            json!([side.id(change.row as usize), before, after, change.elsewhere])
        };
        let group = |group: &Group| {
            let rows: Vec<Value> = group.rows.iter().map(|change| row(group, change)).collect();
            let (before, after) = (group.before.to_string(), group.after.to_string());
            json!({ "change": group.change.key(), "models": group.models, "before": before, "after": after, "rows": rows })
        };
        let mut values: Vec<_> = found.values.iter().collect();
        values.sort_by(|one, other| one.key.cmp(&other.key));
        let value = |value: &&ValueChange| json!([value.key, value.before.to_string(), value.after.to_string()]);
        Ok(json!({
            "taken_before": found.taken_before,
            "taken_after": found.taken_after,
            "values": values.iter().map(value).collect::<Vec<_>>(),
            "groups": found.groups.iter().map(group).collect::<Vec<_>>(),
            "unchanged": found.unchanged,
        }))
    }

    fn id(&self, mut row: usize) -> Option<&str> {
        for part in &self.ids {
            if row < part.len() {
                return part.get(row);
            }
            row -= part.len();
        }
        None
    }

    fn row(&self, at: usize, row: &Row) -> Value {
        let number = |count: Option<u64>| count.map(|count| count.to_string());
        let mut spelled = json!({
            "id": self.id(at),
            "downloads_30d": row.downloads_30d.to_string(),
            "downloads_all_time": number(row.downloads_all_time),
            "likes": number(row.likes),
            "downloads_made": number(row.downloads_made),
            "parameters": number(row.parameters),
            "parameters_source": row.parameters_source,
        });
        for facet in self.engine.dataset().collection.description().stored {
            spelled[facet.key()] = json!(row.facet(facet));
        }
        spelled
    }
}

fn spell(dataset: &Dataset, query: &Query, answer: &Answer, statistics: &Statistics) -> Value {
    let by_year = values(dataset, Facet::Year).iter().zip(&statistics.sizes_by_year);
    json!({
        "measure": query.measure.key(),
        "notes": answer.notes,
        "unfiltered": sums(query, &answer.unfiltered),
        "slice": sums(query, &answer.slice),
        "facets": Facet::ALL
            .into_iter()
            .map(|facet| (facet.key().to_owned(), facet_totals(dataset, answer, facet)))
            .collect::<Map<_, _>>(),
        "over_time": over_time(dataset, answer),
        "month_totals": answer.over_time.totals.iter().map(u64::to_string).collect::<Vec<_>>(),
        "made": answer.made.iter().map(u64::to_string).collect::<Vec<_>>(),
        "sizes": sizes(&statistics.sizes),
        "sizes_by_year": by_year.map(|(year, stated)| (year.key.clone(), sizes(stated))).collect::<Map<_, _>>(),
        "concentration": {
            "points": statistics.concentration.points.iter().map(|(rank, held)| [rank.to_string(), held.to_string()]).collect::<Vec<_>>(),
            "gini": statistics.concentration.gini,
        },
        "export": { "rows": statistics.export.rows.to_string(), "bytes": statistics.export.bytes.to_string() },
    })
}

fn values(dataset: &Dataset, facet: Facet) -> &[FacetValue] {
    dataset
        .catalogue(facet)
        .map(|catalogue| catalogue.values.as_slice())
        .unwrap_or_default()
}

/// By measure; downloads made only where the question counts them.
fn sums(query: &Query, sums: &Sums) -> Value {
    let has = |measure: &Measure| *measure != Measure::DownloadsMade || query.measure == *measure;
    Measure::ALL
        .into_iter()
        .filter(has)
        .map(|measure| (measure.key().to_owned(), json!(sums.of(measure).to_string())))
        .collect::<Map<_, _>>()
        .into()
}

/// By value: `[measure, models, measure unfiltered, selected]`.
fn facet_totals(dataset: &Dataset, answer: &Answer, facet: Facet) -> Value {
    let Some(totals) = answer.facet(facet) else {
        return Value::Null;
    };
    let counts = totals
        .measure
        .iter()
        .zip(&totals.models)
        .zip(&totals.measure_unfiltered)
        .zip(&totals.selected);
    values(dataset, facet)
        .iter()
        .zip(counts)
        .map(|(value, (((measure, models), unfiltered), selected))| {
            let totals = json!([
                measure.to_string(),
                models.to_string(),
                unfiltered.to_string(),
                selected
            ]);
            (value.key.clone(), totals)
        })
        .collect::<Map<_, _>>()
        .into()
}

/// `[month, value, sum]` for each cell that is not 0.
fn over_time(dataset: &Dataset, answer: &Answer) -> Value {
    let split = values(dataset, answer.over_time.split);
    let keys = |values: &[FacetValue]| values.iter().map(|value| value.key.clone()).collect();
    let months: Vec<String> = match (answer.over_time.axis, &dataset.history) {
        (TimeAxis::Made, Some(history)) => history.months.iter().map(|month| month.month.clone()).collect(),
        _ => keys(values(dataset, Facet::Month)),
    };
    let rows = answer.over_time.cells.chunks(answer.over_time.values.max(1));
    let cells = rows.zip(&months).flat_map(|(row, month)| {
        let cells = row.iter().zip(split).filter(|(sum, _)| **sum > 0);
        cells.map(move |(sum, value)| json!([month, value.key, sum.to_string()]))
    });
    cells.collect::<Vec<_>>().into()
}

fn sizes(sizes: &SizeByYear) -> Value {
    let number = |count: Option<u64>| count.map(|count| count.to_string());
    json!({
        "models_known": sizes.models_known.to_string(),
        "models_unknown": sizes.models_unknown.to_string(),
        "weight_known": sizes.weight_known.to_string(),
        "weight_unknown": sizes.weight_unknown.to_string(),
        "mean": sizes.mean,
        "mean_weighted": sizes.mean_weighted,
        "quantiles": sizes.quantiles.map(number),
        "quantiles_weighted": sizes.quantiles_weighted.map(number),
    })
}
