//! `hub-atlas import --history`: readings of other days become downloads by month, and what cannot is said.

#![allow(clippy::unwrap_used)]

mod dumps;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMicrosecondArray};
use atlas_snapshot::history::{History, HistoryMeasure, OUTSIDE};
use atlas_snapshot::read::read_history;
use dumps::{folder, hub_atlas, import, manifest, names, numbers, rejects, stderr, succeeded, texts, write};
use serde_json::Value;

/// The models of the snapshot, and dated readings of them and of one model more.
fn crawls(home: &Path) -> (PathBuf, PathBuf) {
    let models = home.join("models.parquet");
    write(
        &models,
        vec![
            ("id", texts(&["a/small", "b/large", "b/none"])),
            ("downloads", numbers(&[10, 900, 0])),
        ],
        10,
    );
    let history = home.join("history");
    fs::create_dir_all(&history).unwrap();
    let crawl = |day: &str, ids: &[&str], counts: &[i64]| {
        let path = history.join(format!("models-{day}.parquet"));
        write(
            &path,
            vec![
                ("id", texts(ids)),
                ("downloads", numbers(counts)),
                ("likes", numbers(counts)),
            ],
            10,
        );
    };
    crawl("2026-05-01", &["b/large", "gone/model"], &[3000, 300]);
    crawl(
        "2026-06-01",
        &["a/small", "b/large", "bad id", "gone/model"],
        &[31, 6000, 9, 600],
    );
    // The reading of 1 July is missing.
    crawl("2026-08-01", &["a/small", "b/large", "b/large"], &[62, 1, 9000]);
    (models, history)
}

fn history_of(snapshot: &Path) -> History {
    manifest(snapshot).history.unwrap()
}

/// Every row of a history as `row month downloads`.
fn rows(snapshot: &Path) -> Vec<String> {
    let (history, models) = (history_of(snapshot), manifest(snapshot).totals.rows);
    let mut lines = Vec::new();
    for part in &history.parts {
        let bytes = fs::read(snapshot.join(&part.path)).unwrap();
        let columns = read_history(bytes.into(), part, &history, models).unwrap();
        for at in 0..columns.rows.len() {
            let row = match columns.rows[at] {
                OUTSIDE => "outside".to_owned(),
                row => row.to_string(),
            };
            let month = &history.months[usize::from(columns.months[at])].month;
            lines.push(format!("{row} {month} {}", columns.downloads[at]));
        }
    }
    lines
}

fn with_history(models: &Path, history: &Path, more: &[&str]) -> (PathBuf, Output) {
    let mut arguments = vec!["--history", history.to_str().unwrap()];
    arguments.extend(more);
    import(models, &arguments)
}

#[test]
fn dated_readings_become_downloads_by_month_beside_what_each_reading_saw() {
    let home = folder("history-crawls");
    let (models, history) = crawls(&home);
    let report = home.join("report.json");
    let (out, output) = with_history(&models, &history, &["--report", report.to_str().unwrap()]);
    succeeded(&output);
    // April has 30 days; May has 31, of which 30 are known; the 30 days before 1 August are all but one of July's.
    assert_eq!(
        rows(&out),
        [
            "0 2026-04 3000",
            "0 2026-05 6200",
            "0 2026-07 9300",
            "1 2026-05 32",
            "1 2026-07 64",
            "outside 2026-04 300",
            "outside 2026-05 620",
        ]
    );
    let history = history_of(&out);
    let months: Vec<_> = history
        .months
        .iter()
        .map(|month| {
            (
                month.month.as_str(),
                month.downloads,
                month.models,
                month.accounts,
                month.models_outside,
                month.downloads_outside,
            )
        })
        .collect();
    assert_eq!(
        months,
        [
            ("2026-04", 3300, 2, 2, 1, 300),
            ("2026-05", 6852, 3, 3, 1, 620),
            ("2026-06", 0, 0, 0, 0, 0),
            ("2026-07", 9364, 2, 2, 0, 0),
        ]
    );
    let readings: Vec<_> = history
        .readings
        .iter()
        .map(|reading| {
            (
                reading.day.as_str(),
                reading.measure,
                reading.models,
                reading.accounts,
                reading.downloads,
            )
        })
        .collect();
    let thirty = HistoryMeasure::Downloads30d;
    assert_eq!(
        readings,
        [
            ("2026-05-01", thirty, 2, 2, 3300),
            ("2026-06-01", thirty, 3, 3, 6631),
            ("2026-08-01", thirty, 2, 2, 9062),
        ]
    );
    assert_eq!(rejects(&out), ["2 id_not_of_the_hub id"]);
    assert!(
        fs::read_to_string(out.join("rejects.jsonl"))
            .unwrap()
            .contains("models-2026-06-01.parquet")
    );
    let sources: Vec<String> = manifest(&out).sources.into_iter().map(|source| source.name).collect();
    assert_eq!(sources[1], "History: models-2026-05-01.parquet");
    assert!(
        manifest(&out)
            .definitions
            .iter()
            .any(|definition| definition.term == "downloads_by_month")
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("9 rows read from 3 files, 1 left out") && said.contains("2026-06             0 models"),
        "{said}"
    );
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(
        (&report["history"]["rows"], &report["history"]["months"][1]["downloads"]),
        (&7.into(), &6852.into())
    );
    let inspected = hub_atlas(&["inspect", out.to_str().unwrap()]);
    succeeded(&inspected);
    assert!(
        String::from_utf8(inspected.stdout)
            .unwrap()
            .contains("downloads by month from 2026-04 to 2026-07, from 3 readings")
    );
    succeeded(&with_history(&models, &history_folder(&home), &["--replace"]).1);
}

fn history_folder(home: &Path) -> PathBuf {
    home.join("history")
}

#[test]
fn a_record_of_cumulative_counts_becomes_downloads_by_month() {
    let home = folder("history-record");
    let models = home.join("models.parquet");
    write(
        &models,
        vec![("id", texts(&["a/one", "a/two"])), ("downloads", numbers(&[1, 2]))],
        10,
    );
    let day = |text: &str| atlas_import::moment::day_start(text).unwrap() * 1_000_000;
    let rows_in: [(&str, &str, i64, &str); 8] = [
        ("a/two", "2026-05-01", 100, "2026-04-11"),
        ("a/one", "2026-04-01", 1000, "2022-03-02"),
        ("a/one", "2026-05-01", 1600, "2022-03-02"),
        ("a/one", "2026-06-01", 1290, "2022-03-02"),
        ("a/one", "2026-07-01", 1590, "2022-03-02"),
        ("a/two", "2026-06-01", 410, "2026-04-11"),
        ("a/two", "2027-01-01", 1, "2026-04-11"),
        ("a/two", "2026-06-08", -1, "2026-04-11"),
    ];
    let column = |pick: fn(&(&'static str, &'static str, i64, &'static str)) -> &'static str| -> Vec<&str> {
        rows_in.iter().map(pick).collect()
    };
    let times = TimestampMicrosecondArray::from(column(|row| row.1).into_iter().map(day).collect::<Vec<i64>>());
    let record = home.join("all_downloads.parquet");
    write(
        &record,
        vec![
            ("_id", texts(&column(|row| row.0))),
            ("model", texts(&column(|row| row.0))),
            ("author", texts(&column(|_| "a"))),
            ("time", Arc::new(times) as ArrayRef),
            ("created", texts(&column(|row| row.3))),
            ("downloadsAllTime", numbers(&rows_in.map(|row| row.2))),
        ],
        3,
    );
    let (out, output) = with_history(&models, &record, &["--part-rows", "2"]);
    succeeded(&output);
    // Of a/one, May is a gap: the count fell. Of a/two, April begins with nothing on the 11th.
    assert_eq!(
        rows(&out),
        ["0 2026-04 100", "0 2026-05 310", "1 2026-04 600", "1 2026-06 300"]
    );
    assert_eq!(
        history_of(&out).parts.iter().map(|part| part.rows).collect::<Vec<_>>(),
        [2, 2]
    );
    let readings = history_of(&out).readings;
    assert!(
        readings
            .iter()
            .all(|reading| reading.measure == HistoryMeasure::DownloadsAllTime)
    );
    assert_eq!(
        rejects(&out),
        ["6 date_out_of_range time", "7 count_negative downloadsAllTime"]
    );
    succeeded(&hub_atlas(&["inspect", out.to_str().unwrap()]));
}

#[test]
fn a_history_does_not_change_the_parts_that_readers_of_format_1_know() {
    let home = folder("history-beside");
    let (models, history) = crawls(&home);
    let (plain, output) = import(&models, &[]);
    succeeded(&output);
    let before = manifest(&plain);
    let (out, output) = with_history(&models, &history, &["--replace"]);
    succeeded(&output);
    let after = manifest(&out);
    assert_eq!(
        (after.format, &after.parts, after.totals),
        (1, &before.parts, before.totals)
    );
    assert!(before.history.is_none() && !before.parts.is_empty());
    let history: Vec<String> = names(&out)
        .into_iter()
        .filter(|name| name.starts_with("history-"))
        .collect();
    assert_eq!(history, [history_of(&out).parts[0].path.clone()]);
}

#[test]
fn what_tells_no_month_or_no_day_is_said() {
    let home = folder("history-errors");
    let (models, _) = crawls(&home);
    let refuses = |name: &str, columns: Vec<(&str, ArrayRef)>, words: &[&str]| {
        let path = home.join(name);
        write(&path, columns, 10);
        let (out, output) = with_history(&models, &path, &[]);
        let message = stderr(&output);
        assert!(!output.status.success() && !out.exists(), "{name}");
        for word in words {
            assert!(message.contains(word), "{word} is not in: {message}");
        }
    };
    let dump = || vec![("id", texts(&["a/b"])), ("downloads", numbers(&[5]))];
    refuses(
        "undated.parquet",
        dump(),
        &[
            "undated.parquet",
            "says of no day",
            "models-2026-08-22.parquet",
            "model, time",
        ],
    );
    refuses(
        "late-2026-08-23.parquet",
        dump(),
        &["late-2026-08-23.parquet", "after --taken-on"],
    );
    refuses(
        "old-2015-08-23.parquet",
        dump(),
        &["old-2015-08-23.parquet", "before 2016"],
    );
    // The 30 days before 16 June are half of May and half of June.
    refuses(
        "half-2026-06-16.parquet",
        dump(),
        &["says of no month", "two thirds", "HISTORY.md"],
    );
    let flags: ArrayRef = Arc::new(arrow_array::BooleanArray::from(vec![true]));
    let record = vec![
        ("model", texts(&["a/b"])),
        ("time", flags),
        ("downloadsAllTime", numbers(&[5])),
    ];
    refuses("record.parquet", record, &["record.parquet", "“time”", "Boolean"]);
}

#[test]
fn inspect_finds_a_month_that_is_not_what_the_rows_say() {
    let home = folder("history-inspect");
    let (models, history) = crawls(&home);
    let (out, output) = with_history(&models, &history, &[]);
    succeeded(&output);
    let path = out.join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["history"]["months"][0]["models"] = 3.into();
    fs::write(&path, json.to_string()).unwrap();
    let message = stderr(&hub_atlas(&["inspect", out.to_str().unwrap()]));
    assert!(message.contains("of 2026-04 the history holds"), "{message}");
    fs::write(&path, text).unwrap();
    fs::remove_file(out.join(&history_of(&out).parts[0].path)).unwrap();
    assert!(stderr(&hub_atlas(&["inspect", out.to_str().unwrap()])).contains("cannot be read"));
}
