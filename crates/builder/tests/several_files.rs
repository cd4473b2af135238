//! Several files in one import: Parquet and JSON, folders, and which reading of a model stays.

#![allow(clippy::unwrap_used)]

mod dumps;
mod hub_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use dumps::{folder, hub_atlas, import, manifest, numbers, rejects, rows, stderr, succeeded, texts, write};
use hub_server::{HubServer, invented};
use serde_json::{Value, json};

/// Imports files and folders into `out` of a home folder.
fn import_all(home: &Path, models: &[&Path], more: &[&str]) -> (PathBuf, Output) {
    let out = home.join("out");
    let mut arguments = vec![
        "import",
        "--taken-on",
        "2026-08-22",
        "--replace",
        "--out",
        out.to_str().unwrap(),
    ];
    arguments.push("--models");
    arguments.extend(models.iter().map(|path| path.to_str().unwrap()));
    arguments.extend(more);
    let output = hub_atlas(&arguments);
    (out, output)
}

/// `id downloads` of every row of a snapshot.
fn downloads(snapshot: &Path) -> Vec<String> {
    let first_two = |row: &String| {
        row.split(' ')
            .take(2)
            .collect::<Vec<_>>()
            .join(" ")
            .replace("downloads_30d=", "")
    };
    rows(snapshot).iter().map(first_two).collect()
}

fn json_file(home: &Path, name: &str, models: &Value) -> PathBuf {
    let path = home.join(name);
    fs::write(&path, models.to_string()).unwrap();
    path
}

#[test]
fn the_reading_of_the_later_day_stays_then_of_the_later_change_then_of_the_file_named_later() {
    let home = folder("several-newest");
    let day = |name: &str, counts: [i64; 4]| {
        let path = home.join(name);
        write(
            &path,
            vec![
                (
                    "id",
                    texts(&["a/day", "a/changed", "a/order", name.split('.').next().unwrap()]),
                ),
                ("downloads", numbers(&counts)),
            ],
            2,
        );
        path
    };
    let old = day("x-2026-08-01.parquet", [900, 910, 920, 1]);
    let older = day("x-2026-07-01.parquet", [800, 810, 820, 2]);
    let changed = |name: &str, counts: [i64; 2], changes: [Option<&str>; 2]| {
        let model = |at: usize, id: &str| json!({"id": id, "downloads": counts[at], "lastModified": changes[at]});
        json_file(&home, name, &json!([model(0, "a/changed"), model(1, "a/order")]))
    };
    let first = changed(
        "first.json",
        [10, 20],
        [Some("2026-08-03T00:00:00Z"), Some("2026-08-03T00:00:00Z")],
    );
    let second = changed(
        "second.json",
        [11, 21],
        [Some("2026-08-02T00:00:00Z"), Some("2026-08-03T00:00:00Z")],
    );
    let third = changed("third.json", [12, 19], [None, None]);

    let report = home.join("report.json");
    let files = [&old, &first, &second, &older, &third].map(PathBuf::as_path);
    let (out, output) = import_all(&home, &files, &["--report", report.to_str().unwrap()]);
    succeeded(&output);
    assert_eq!(
        downloads(&out),
        [
            "a/day 900",
            "a/order 21",
            "a/changed 10",
            "x-2026-07-01 2",
            "x-2026-08-01 1"
        ]
    );

    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let counted: Vec<String> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            let number = |name: &str| file[name].to_string();
            format!(
                "{} {} {} {} {}",
                file["file"].as_str().unwrap(),
                file["day"].as_str().unwrap(),
                number("rows_read"),
                number("rows_kept"),
                number("rows_superseded")
            )
        })
        .collect();
    assert_eq!(
        counted,
        [
            "x-2026-08-01.parquet 2026-08-01 4 2 2",
            "first.json 2026-08-22 2 1 1",
            "second.json 2026-08-22 2 1 1",
            "x-2026-07-01.parquet 2026-07-01 4 1 3",
            "third.json 2026-08-22 2 0 2",
        ]
    );
    assert_eq!(
        (&report["rows_read"], &report["rows_kept"], &report["rows_superseded"]),
        (&json!(14), &json!(5), &json!(9))
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("9 rows have a newer reading") && said.contains("The newest stays"),
        "{said}"
    );

    let sources = manifest(&out).sources;
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(
        names[..2],
        ["x-2026-08-01.parquet of 2026-08-01", "first.json of 2026-08-22"]
    );
    assert_eq!((sources[0].rows, sources[4].rows), (Some(4), Some(2)));
    assert!(
        sources[..5]
            .iter()
            .all(|source| source.sha256.is_some() && source.bytes.is_some())
    );
    succeeded(&hub_atlas(&["inspect", out.to_str().unwrap()]));
}

#[test]
fn a_measure_that_only_some_files_have_is_unknown_in_the_rows_of_the_others() {
    let home = folder("several-measures");
    let (plain, full) = (home.join("plain.parquet"), home.join("full.parquet"));
    write(
        &plain,
        vec![("id", texts(&["a/plain"])), ("downloads", numbers(&[7]))],
        10,
    );
    let columns = vec![
        ("id", texts(&["a/full"])),
        ("downloads", numbers(&[5])),
        ("downloadsAllTime", numbers(&[50])),
        ("likes", numbers(&[3])),
    ];
    write(&full, columns, 10);
    let (out, output) = import_all(&home, &[&plain, &full], &["--source-name", "Ours"]);
    succeeded(&output);
    let rows = rows(&out);
    assert!(
        rows[0].starts_with("a/plain downloads_30d=7 likes=0 parameters_source"),
        "{}",
        rows[0]
    );
    assert!(
        rows[1].starts_with("a/full downloads_30d=5 downloads_all_time=50 likes=3 "),
        "{}",
        rows[1]
    );
    let manifest = manifest(&out);
    assert_eq!(
        (manifest.totals.downloads_all_time, manifest.totals.likes),
        (Some(50), Some(3))
    );
    assert_eq!(manifest.sources[1].name, "Ours: full.parquet of 2026-08-22");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("1 rows kept where the likes are empty"), "{said}");
}

#[test]
fn rows_that_cannot_be_used_are_listed_with_their_file_and_doubles_within_a_file_stay_a_matter_of_that_file() {
    let home = folder("several-rejects");
    let (a, b) = (home.join("a.parquet"), home.join("b.parquet"));
    let columns = |ids: &[&str], counts: &[i64]| vec![("id", texts(ids)), ("downloads", numbers(counts))];
    write(&a, columns(&["x/1", "bad id", "x/2", "x/1"], &[5, 1, 9, 8]), 2);
    write(&b, columns(&["bad\u{7}id", "x/1", "x/3", "x/1"], &[1, 4, 2, 3]), 3);
    let (out, output) = import_all(&home, &[&a, &b], &[]);
    succeeded(&output);
    assert_eq!(downloads(&out), ["x/2 9", "x/1 4", "x/3 2"]);
    let (lines, listed) = (fs::read_to_string(out.join("rejects.jsonl")).unwrap(), rejects(&out));
    let file = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["file"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let listed: Vec<String> = lines
        .lines()
        .zip(listed)
        .map(|(line, reject)| format!("{} {reject}", file(line)))
        .collect();
    assert_eq!(
        listed,
        [
            "a.parquet 1 id_not_of_the_hub id",
            "a.parquet 0 id_duplicate id",
            "b.parquet 0 id_not_of_the_hub id",
            "b.parquet 3 id_duplicate id",
        ]
    );
}

#[test]
fn a_list_objects_in_a_row_and_the_fetched_file_make_the_same_snapshot() {
    let home = folder("several-json");
    let models = invented(500);
    let list = json_file(&home, "list.json", &Value::Array(models.clone()));
    let lines = home.join("lines.ndjson");
    let text: Vec<String> = models.iter().map(Value::to_string).collect();
    fs::write(&lines, text.join("\n")).unwrap();
    let parquet = home.join("fetched.parquet");
    let server = HubServer::well(models);
    let fetch = [
        "fetch",
        "--all",
        "--page-size",
        "200",
        "--endpoint",
        server.address(),
        "--out",
        parquet.to_str().unwrap(),
    ];
    succeeded(&hub_atlas(&fetch));
    let parts: Vec<_> = [&list, &lines, &parquet]
        .into_iter()
        .map(|file| {
            let (out, output) = import(file, &[]);
            succeeded(&output);
            (rows(&out), manifest(&out).parts)
        })
        .collect();
    assert_eq!(parts[0].0.len(), 500);
    assert_eq!(parts[0], parts[1]);
    assert_eq!(parts[0], parts[2]);
}

#[test]
fn a_folder_stands_for_its_files_by_name() {
    let home = folder("several-folder");
    let inner = home.join("dumps");
    fs::create_dir_all(inner.join("deeper")).unwrap();
    for (name, count) in [
        ("b.parquet", 2),
        ("a.parquet", 1),
        (".hidden.parquet", 9),
        ("notes.txt", 9),
        ("deeper/c.parquet", 9),
    ] {
        write(
            &inner.join(name),
            vec![("id", texts(&["x/1"])), ("downloads", numbers(&[count]))],
            10,
        );
    }
    let (out, output) = import_all(&home, &[&inner], &[]);
    succeeded(&output);
    assert_eq!(
        downloads(&out),
        ["x/1 2"],
        "a, then b; nothing hidden, deeper or of another kind"
    );
}

#[test]
fn what_cannot_be_read_is_named_with_file_and_place() {
    let home = folder("several-errors");
    let good = home.join("good.parquet");
    write(&good, vec![("id", texts(&["x/1"])), ("downloads", numbers(&[1]))], 10);
    let refuses = |name: &str, content: &[u8], words: &[&str]| {
        let path = home.join(name);
        fs::write(&path, content).unwrap();
        let (out, output) = import_all(&home, &[&good, &path], &[]);
        let message = stderr(&output);
        assert!(!output.status.success() && !out.exists(), "{name}");
        for word in words {
            assert!(message.contains(word), "{word} is not in: {message}");
        }
        assert_eq!(message.lines().count(), 1, "{message}");
    };
    refuses(
        "cut.json",
        b"[{\"id\":\"a/b\",\"downloads\":1},\n{\"id\"",
        &["cut.json", "line 2 column 5", "save it again"],
    );
    refuses(
        "lines.ndjson",
        b"{\"id\":\"a/b\",\"downloads\":1}\n{\"id\":,}\n",
        &["lines.ndjson", "line 2 column 7"],
    );
    refuses(
        "numbers.json",
        b"[1,2]",
        &["numbers.json", "element 0", "no object but 1"],
    );
    refuses(
        "fields.json",
        b"[{\"name\":\"a/b\"}]",
        &["fields.json", "“id” is missing", "are name"],
    );
    refuses(
        "table.csv",
        b"id,downloads\na/b,5\n",
        &["table.csv", "not a Parquet file, nor JSON", "converted"],
    );
    refuses(
        "list.json.gz",
        b"\x1f\x8b\x08\x00",
        &["list.json.gz", "Decompress it first"],
    );
    let mut parquet = fs::read(&good).unwrap();
    parquet.truncate(parquet.len() - 9);
    refuses("cut.parquet", &parquet, &["cut.parquet", "cut short"]);
    let whole = fs::read(&good).unwrap();
    refuses(
        "late-2026-08-23.parquet",
        &whole,
        &["late-2026-08-23.parquet", "after --taken-on 2026-08-22"],
    );
    let empty = home.join("empty");
    fs::create_dir(&empty).unwrap();
    let (_, output) = import_all(&home, &[&empty], &[]);
    assert!(stderr(&output).contains("empty holds no file"), "{}", stderr(&output));
    let (_, output) = import_all(&home, &[&json_file(&home, "none.json", &json!([]))], &[]);
    assert!(
        stderr(&output).contains("no row can be kept of the 0 read"),
        "{}",
        stderr(&output)
    );
}
