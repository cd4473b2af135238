//! What `hub-atlas import` says of input it cannot use, and what it leaves behind.

#![allow(clippy::unwrap_used)]

mod dumps;

use std::fs;
use std::process::Command;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use dumps::{folder, hub_atlas, import, names, numbers, rejects, rows, stderr, succeeded, texts, write};

/// Fails with one line on standard error that holds all of these words, and leaves no snapshot.
fn refuses(name: &str, content: &[u8], words: &[&str]) {
    let home = folder(name);
    let models = home.join("models.parquet");
    fs::write(&models, content).unwrap();
    let (_, output) = import(&models, &[]);
    let message = stderr(&output);
    assert!(!output.status.success());
    for word in words {
        assert!(message.contains(word), "{word} is not in: {message}");
    }
    assert_eq!(message.lines().count(), 1, "{message}");
    assert_eq!(names(&home), ["models.parquet"], "something was left behind");
}

fn small_dump() -> Vec<(&'static str, ArrayRef)> {
    vec![("id", texts(&["a/b", "c/d"])), ("downloads", numbers(&[5, 7]))]
}

fn bytes_of(columns: Vec<(&str, ArrayRef)>, name: &str) -> Vec<u8> {
    let path = folder(name).join("whole.parquet");
    write(&path, columns, 1000);
    fs::read(path).unwrap()
}

#[test]
fn a_file_that_is_not_parquet_is_called_that() {
    refuses(
        "not-parquet",
        b"id,downloads\na/b,5\n",
        &["models.parquet", "not a Parquet file", "converted"],
    );
    refuses("empty", b"", &["not a Parquet file", "0 bytes"]);
}

#[test]
fn a_truncated_file_is_to_be_downloaded_again() {
    let whole = bytes_of(small_dump(), "truncated-source");
    refuses(
        "truncated",
        &whole[..whole.len() - 40],
        &["cut short", "Download it again"],
    );
    refuses("four-bytes", b"PAR1", &["cut short"]);
}

#[test]
fn a_damaged_file_is_named_with_the_row_group() {
    let ids: Vec<String> = (0..5000)
        .map(|number| format!("account{number}/name-{}", number * 7919 % 5000))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let downloads: Vec<i64> = (0..5000).collect();
    let mut bytes = bytes_of(
        vec![("id", texts(&ids)), ("downloads", numbers(&downloads))],
        "damaged-source",
    );
    bytes[200..3000].fill(0xff);
    refuses(
        "damaged",
        &bytes,
        &["models.parquet", "row group 0", "Download the file again"],
    );
    let footer = bytes.len() - 60;
    bytes[footer..footer + 40].fill(0xff);
    refuses("damaged-footer", &bytes, &["footer", "Download it again"]);
}

#[test]
fn a_missing_column_is_named_with_those_there_are() {
    let without_id = bytes_of(
        vec![("name", texts(&["a/b"])), ("downloads", numbers(&[5]))],
        "no-id-source",
    );
    refuses("no-id", &without_id, &["“id” is missing", "name, downloads"]);
    let without_downloads = bytes_of(
        vec![("id", texts(&["a/b"])), ("likes", numbers(&[5]))],
        "no-downloads-source",
    );
    refuses(
        "no-downloads",
        &without_downloads,
        &["“downloads” is missing", "id, likes"],
    );
}

#[test]
fn a_column_of_the_wrong_type_is_named_with_its_type() {
    let flags: ArrayRef = Arc::new(arrow_array::BooleanArray::from(vec![true]));
    let wrong = bytes_of(vec![("id", texts(&["a/b"])), ("downloads", flags)], "wrong-type-source");
    refuses("wrong-type", &wrong, &["“downloads”", "Boolean", "Convert it"]);
}

#[test]
fn a_file_of_which_no_row_is_left_makes_no_snapshot() {
    let all_bad = bytes_of(
        vec![("id", texts(&["a/b", "<i>"])), ("downloads", numbers(&[-5, 7]))],
        "all-bad-source",
    );
    refuses(
        "all-bad",
        &all_bad,
        &[
            "no row can be kept of the 2 read",
            "a count is negative",
            "characters that no Hub id has",
        ],
    );
    let empty = bytes_of(vec![("id", texts(&[])), ("downloads", numbers(&[]))], "no-rows-source");
    refuses("no-rows", &empty, &["no row can be kept of the 0 read"]);
}

#[test]
fn counts_that_add_up_to_too_much_are_refused() {
    let ids: Vec<String> = (0..10_000).map(|number| format!("a/{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let counts = numbers(&vec![1_000_000_000_000_000; ids.len()]);
    let bytes = bytes_of(vec![("id", texts(&ids)), ("downloads", counts)], "overflow-source");
    refuses("overflow", &bytes, &["downloads add up to more"]);
}

#[test]
fn a_date_that_is_none_and_a_file_that_is_not_there_are_said_plainly() {
    let home = folder("arguments");
    let models = home.join("models.parquet");
    write(&models, small_dump(), 10);
    let run = |models: &str, day: &str| {
        let out = home.join("out");
        hub_atlas(&[
            "import",
            "--models",
            models,
            "--taken-on",
            day,
            "--out",
            out.to_str().unwrap(),
        ])
    };
    let message = stderr(&run(models.to_str().unwrap(), "22.8.2026"));
    assert!(
        message.contains("22.8.2026") && message.contains("2026-08-22"),
        "{message}"
    );
    let message = stderr(&run(home.join("absent.parquet").to_str().unwrap(), "2026-08-22"));
    assert!(message.contains("absent.parquet"), "{message}");
    assert_eq!(names(&home), ["models.parquet"]);
}

#[test]
fn rows_that_cannot_be_used_are_listed_and_the_others_kept() {
    let home = folder("rejects");
    let models = home.join("models.parquet");
    let long = "x".repeat(600);
    let rows_in: [(&str, f64, f64, &str); 14] = [
        ("good/one", 10.0, 1.0, "2024-05-06"),
        ("bad/negative", -1.0, 1.0, "2024-05-06"),
        ("bad/fraction", 1.5, 1.0, "2024-05-06"),
        ("bad/not-a-number", f64::NAN, 1.0, "2024-05-06"),
        ("bad/absurd", 1e17, 1.0, "2024-05-06"),
        ("bad/likes", 10.0, -3.0, "2024-05-06"),
        ("bad/date", 10.0, 1.0, "sometime"),
        ("bad/epoch", 10.0, 1.0, "1970-01-01"),
        ("bad/future", 10.0, 1.0, "2027-01-01"),
        ("", 10.0, 1.0, "2024-05-06"),
        ("bad/<script>", 10.0, 1.0, "2024-05-06"),
        ("bad/bell\u{7}", 10.0, 1.0, "2024-05-06"),
        (&long, 10.0, 1.0, "2024-05-06"),
        ("good/two", 30.0, 1.0, ""),
    ];
    let column = |pick: fn(&(&str, f64, f64, &str)) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from(rows_in.iter().map(pick).collect::<Vec<f64>>()))
    };
    let ids: Vec<&str> = rows_in.iter().map(|row| row.0).collect();
    let dates: Vec<&str> = rows_in.iter().map(|row| row.3).collect();
    let columns = vec![
        ("id", texts(&ids)),
        ("downloads", column(|row| row.1)),
        ("likes", column(|row| row.2)),
        ("createdAt", texts(&dates)),
    ];
    write(&models, columns, 4);
    let (out, output) = import(&models, &["--report", home.join("report.json").to_str().unwrap()]);
    succeeded(&output);
    assert_eq!(
        rejects(&out),
        [
            "1 count_negative downloads",
            "2 count_absurd downloads",
            "3 count_absurd downloads",
            "4 count_absurd downloads",
            "5 count_negative likes",
            "6 date_unreadable createdAt",
            "7 date_out_of_range createdAt",
            "8 date_out_of_range createdAt",
            "9 id_missing id",
            "10 id_not_of_the_hub id",
            "11 id_not_of_the_hub id",
            "12 id_not_of_the_hub id",
        ]
    );
    let ids: Vec<String> = rows(&out)
        .iter()
        .map(|row| row.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["good/two", "good/one"]);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(home.join("report.json")).unwrap()).unwrap();
    assert_eq!(
        (&report["rows_read"], &report["rows_kept"], &report["rows_rejected"]),
        (&14.into(), &2.into(), &12.into())
    );
    assert_eq!(report["rejected"]["id_not_of_the_hub"], 3);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("12 rows left out") && said.contains("a count is negative"),
        "{said}"
    );
    let line = fs::read_to_string(out.join("rejects.jsonl")).unwrap();
    assert!(
        line.contains("bell\\u0007") && !line.contains('\u{7}'),
        "control characters are escaped"
    );
}

#[test]
fn of_rows_with_one_id_the_most_downloaded_stays() {
    let home = folder("duplicates");
    let models = home.join("models.parquet");
    let ids = ["a/b", "bad id", "c/d", "a/b", "a/b", "c/d", "e/f"];
    write(
        &models,
        vec![("id", texts(&ids)), ("downloads", numbers(&[5, 1, 7, 9, 9, 7, 1]))],
        2,
    );
    let (out, output) = import(&models, &[]);
    succeeded(&output);
    assert_eq!(
        rejects(&out),
        [
            "1 id_not_of_the_hub id",
            "0 id_duplicate id",
            "4 id_duplicate id",
            "5 id_duplicate id"
        ]
    );
    let kept: Vec<String> = rows(&out)
        .iter()
        .map(|row| row.split(" parameters").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        kept,
        ["a/b downloads_30d=9", "c/d downloads_30d=7", "e/f downloads_30d=1"]
    );
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let home = folder("not-empty");
    let models = home.join("models.parquet");
    write(&models, small_dump(), 10);
    let out = home.join("models.snapshot");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("thesis.txt"), "mine").unwrap();
    let (_, output) = import(&models, &[]);
    assert!(
        stderr(&output).contains("not empty") && stderr(&output).contains("--replace"),
        "{}",
        stderr(&output)
    );
    let (_, output) = import(&models, &["--replace"]);
    assert!(stderr(&output).contains("thesis.txt"), "{}", stderr(&output));
    assert_eq!(names(&out), ["thesis.txt"]);
}

#[test]
fn a_disk_that_fills_up_leaves_the_former_snapshot_as_it_was() {
    let home = folder("full-disk");
    let models = home.join("models.parquet");
    let ids: Vec<String> = (0..20_000u64)
        .map(|number| format!("account/{:x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let downloads: Vec<i64> = (0..20_000).collect();
    write(&models, small_dump(), 10);
    let (out, output) = import(&models, &[]);
    succeeded(&output);
    let before = fs::read(out.join("manifest.json")).unwrap();
    write(
        &models,
        vec![("id", texts(&ids)), ("downloads", numbers(&downloads))],
        10_000,
    );

    // A limit on the size of any file written stands for the full disk: writing beyond it fails in the same place.
    let script = r#"trap '' XFSZ; ulimit -f 16; exec "$0" "$@""#;
    let output = Command::new("bash")
        .args([
            "-c",
            script,
            env!("CARGO_BIN_EXE_hub-atlas"),
            "import",
            "--taken-on",
            "2026-08-22",
            "--replace",
        ])
        .args([
            "--models".as_ref(),
            models.as_os_str(),
            "--out".as_ref(),
            out.as_os_str(),
        ])
        .output()
        .unwrap();
    let message = stderr(&output);
    assert!(!output.status.success());
    assert!(
        message.contains("ids-") && message.contains("disk is full") && message.contains("Free some space"),
        "{message}"
    );
    assert_eq!(fs::read(out.join("manifest.json")).unwrap(), before);
    assert_eq!(names(&home), ["models.parquet", "models.snapshot"]);
    succeeded(&hub_atlas(&["inspect", out.to_str().unwrap()]));
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_from_the_start_is_named() {
    let home = folder("dev-full");
    let out = home.join("sample");
    let arguments = [
        "sample",
        "--models",
        "100",
        "--out",
        out.to_str().unwrap(),
        "--keep-hub-file",
        "/dev/full",
    ];
    let message = stderr(&hub_atlas(&arguments));
    assert!(
        message.contains("/dev/full") && message.contains("disk is full"),
        "{message}"
    );
    assert!(names(&home).is_empty());
}

#[test]
fn a_registry_with_a_slip_is_refused_by_line_and_column() {
    let home = folder("registry");
    let models = home.join("models.parquet");
    write(&models, small_dump(), 10);
    let registry = home.join("registry.csv");
    fs::write(
        &registry,
        "account,organisation,country,region,type,source,verified,note\na,V,FR,us,industry,x,true,\n",
    )
    .unwrap();
    let (_, output) = import(&models, &["--registry", registry.to_str().unwrap()]);
    let message = stderr(&output);
    assert!(message.contains("registry.csv, line 2, column “region”"), "{message}");
}
