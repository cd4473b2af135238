//! A manifest is read only when it agrees with itself.

use std::sync::LazyLock;

use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, LARGEST_MANIFEST, LARGEST_PART, is_date};
use atlas_snapshot::{Manifest, PartKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::invented::{invent, value};

static SOUND: LazyLock<Manifest> = LazyLock::new(|| Folder::write(&invent(60, 4), &[10]).manifest);

fn sound() -> Manifest {
    SOUND.clone()
}

/// What reading says after `change` to a sound manifest.
fn error_after(change: impl FnOnce(&mut Value)) -> String {
    let mut json: Value = serde_json::from_slice(&sound().to_json().unwrap()).unwrap();
    change(&mut json);
    Manifest::from_json(&serde_json::to_vec(&json).unwrap())
        .unwrap_err()
        .to_string()
}

fn check_refused(what: &str, change: impl FnOnce(&mut Value)) {
    let error = error_after(change);
    assert!(error.starts_with("manifest.json cannot be used: "), "{error}");
    assert!(error.contains(what), "“{what}” is not in: {error}");
    assert!(
        error.ends_with("Build the snapshot again with `hub-atlas import`."),
        "{error}"
    );
}

#[test]
fn a_manifest_comes_back_as_it_went_and_ends_with_a_newline() {
    let manifest = sound();
    let json = manifest.to_json().unwrap();
    assert_eq!(json.last(), Some(&b'\n'));
    assert_eq!(Manifest::from_json(&json).unwrap(), manifest);
    assert_eq!(manifest.to_json().unwrap(), json);
}

#[test]
fn fields_of_later_versions_are_passed_over() {
    let mut json: Value = serde_json::from_slice(&sound().to_json().unwrap()).unwrap();
    json["a_later_field"] = json!({"any": 1});
    json["parts"][0]["a_later_field"] = json!([1]);
    assert_eq!(
        Manifest::from_json(&serde_json::to_vec(&json).unwrap()).unwrap(),
        sound()
    );
}

#[test]
fn another_format_is_named_before_anything_else_is_read() {
    let error = Manifest::from_json(br#"{"format": 2, "everything": "else is different"}"#).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("is of format 2") && text.contains("reads format 1") && text.contains("Use a newer page"),
        "{text}"
    );
}

#[test]
fn what_is_not_a_manifest_is_refused() {
    for text in [
        "",
        "<!doctype html>",
        "[]",
        "{}",
        r#"{"format": "1"}"#,
        r#"{"format": -1}"#,
        r#"{"format": 1}"#,
    ] {
        let error = Manifest::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("manifest.json cannot be used: "), "{text}: {error}");
    }
    let error = Manifest::from_json(&vec![b' '; LARGEST_MANIFEST + 1])
        .unwrap_err()
        .to_string();
    assert!(error.contains("67108865 bytes"), "{error}");
}

#[test]
fn names_and_dates_are_checked() {
    check_refused(
        "collection is \"spaces\", and this version knows “models” and “datasets”",
        |json| json["collection"] = json!("spaces"),
    );
    check_refused("collection is 7", |json| json["collection"] = json!(7));
    for date in [
        "",
        "2026-8-22",
        "22.08.2026",
        "2026-02-29",
        "2026-13-01",
        "2026-04-31",
        "1899-12-31",
        "+026-01-01",
        "2026-08-22T00:00",
    ] {
        check_refused("not a date like 2026-08-22", |json| json["taken_on"] = json!(date));
    }
    assert!(is_date("2024-02-29") && is_date("2000-02-29") && !is_date("1900-02-29"));
}

#[test]
fn dictionaries_are_checked() {
    for column in DICTIONARY_COLUMNS {
        check_refused(&format!("the dictionary of the column {column} is missing"), |json| {
            json["dictionaries"].as_object_mut().unwrap().remove(column);
        });
        check_refused(
            &format!("the dictionary of the column {column} does not end with “unknown”"),
            |json| {
                json["dictionaries"][column].as_array_mut().unwrap().pop();
            },
        );
        check_refused(
            &format!("the dictionary of the column {column} holds “unknown” twice"),
            |json| {
                json["dictionaries"][column]
                    .as_array_mut()
                    .unwrap()
                    .insert(0, json!({"key": "unknown"}));
            },
        );
        check_refused(
            &format!("the dictionary of the column {column} holds an empty value"),
            |json| {
                json["dictionaries"][column]
                    .as_array_mut()
                    .unwrap()
                    .insert(0, json!({"key": ""}));
            },
        );
    }
    check_refused("the column month holds “2026-13”", |json| {
        json["dictionaries"]["month"][0]["key"] = json!("2026-13")
    });
    check_refused("“CN” lies in the region “atlantis”", |json| {
        json["dictionaries"]["country"][0]["parent"] = json!("atlantis");
    });
}

/// A sound manifest as one of datasets.
fn of_datasets() -> Value {
    let mut json: Value = serde_json::from_slice(&sound().to_json().unwrap()).unwrap();
    json["collection"] = json!("datasets");
    for part in json["parts"].as_array_mut().unwrap() {
        if part["kind"] == "models" {
            part["kind"] = json!("datasets");
            part["path"] = json!(part["path"].as_str().unwrap().replace("models", "datasets"));
        }
    }
    let dictionaries = json["dictionaries"].as_object_mut().unwrap();
    let library = dictionaries.remove("library").unwrap();
    dictionaries.insert("size_category".to_owned(), library);
    json
}

#[test]
fn a_manifest_without_a_collection_is_one_of_models() {
    let mut json: Value = serde_json::from_slice(&sound().to_json().unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("collection");
    let read = Manifest::from_json(&serde_json::to_vec(&json).unwrap()).unwrap();
    assert_eq!(read, sound());
}

#[test]
fn tasks_of_datasets_are_sets_in_one_form() {
    let read = |json: &Value| Manifest::from_json(&serde_json::to_vec(json).unwrap());
    let mut json = of_datasets();
    json["dictionaries"]["task"] = json!([{"key": "audio,robotics"}, {"key": "robotics"}, {"key": "unknown"}]);
    assert_eq!(read(&json).unwrap().collection.key(), "datasets");
    for wrong in [
        "robotics,audio",
        "audio,audio",
        "audio,,robotics",
        ",audio",
        "audio,unknown",
    ] {
        json["dictionaries"]["task"][0]["key"] = json!(wrong);
        let error = read(&json).unwrap_err().to_string();
        assert!(
            error.contains(&format!("“{wrong}”, not keys in ascending order")),
            "{error}"
        );
    }
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    for path in [
        "../../secret",
        "/etc/passwd",
        "https://example.org/models.parquet",
        "models-0000000000000000.parquet",
        "",
        "a\\b",
    ] {
        check_refused("is not named by its kind and hash", |json| {
            json["parts"][0]["path"] = json!(path)
        });
    }
    check_refused("is not named by its kind and hash", |json| {
        json["parts"][2]["kind"] = json!("models")
    });
    check_refused("is not of its collection, models", |json| {
        json["parts"][0]["kind"] = json!("datasets")
    });
    for hash in ["", "../..", &"G".repeat(64), &"A".repeat(64), &"0".repeat(63)] {
        check_refused("has no SHA-256", |json| json["parts"][0]["sha256"] = json!(hash));
    }
}

#[test]
fn parts_have_to_add_up() {
    check_refused("does not begin where the part before it ends", |json| {
        json["parts"][1]["first_row"] = json!(11)
    });
    check_refused("does not begin where the part before it ends", |json| {
        json["parts"][0]["rows"] = json!(9)
    });
    check_refused("its models parts hold 59 rows, its totals 60", |json| {
        json["parts"][1]["rows"] = json!(49)
    });
    check_refused("its ids parts hold 10 rows, its totals 60", |json| {
        drop(json["parts"].as_array_mut().unwrap().pop())
    });
    check_refused("its totals 61", |json| json["totals"]["rows"] = json!(61));
    check_refused("has no rows", |json| json["parts"][0]["rows"] = json!(0));
    check_refused("more than the 4294967295", |json| {
        json["totals"]["rows"] = json!(u64::MAX)
    });
    check_refused("more than a part can hold", |json| {
        json["parts"][0]["rows"] = json!(1u64 << 32)
    });
    check_refused("more than the 1 GiB", |json| {
        json["parts"][0]["bytes"] = json!(LARGEST_PART + 1)
    });
    check_refused("has no bytes", |json| json["parts"][0]["bytes"] = json!(0));
    check_refused("does not say how many downloads", |json| {
        json["parts"][0].as_object_mut().unwrap().remove("downloads_30d");
    });
    check_refused("holds ids and says", |json| {
        json["parts"][2]["downloads_30d"] = json!(0)
    });
    check_refused("downloads, its totals to", |json| {
        json["totals"]["downloads_30d"] = json!(1)
    });
    check_refused("downloads, its totals to", |json| {
        json["parts"][0]["downloads_30d"] = json!(u64::MAX)
    });
    check_refused("more of the column region is known", |json| {
        json["coverage"][0]["rows_known"] = json!(61)
    });
    check_refused("more of the column region is known", |json| {
        json["coverage"][0]["downloads_30d_known"] = json!(u64::MAX);
    });
}

#[test]
fn a_manifest_that_contradicts_itself_is_not_written() {
    let mut manifest = sound();
    manifest.totals.rows += 1;
    assert!(manifest.to_json().unwrap_err().to_string().contains("its totals 61"));
    let mut manifest = sound();
    manifest
        .dictionaries
        .get_mut("licence")
        .unwrap()
        .insert(0, value("mit", None, None));
    assert!(
        manifest
            .to_json()
            .unwrap_err()
            .to_string()
            .contains("holds “mit” twice")
    );
}

#[test]
fn an_empty_snapshot_is_one() {
    let mut manifest = sound();
    manifest.parts.clear();
    manifest.coverage.clear();
    manifest.totals = Default::default();
    let read = Manifest::from_json(&manifest.to_json().unwrap()).unwrap();
    assert_eq!(read.parts_of(PartKind::Models).count(), 0);
}

proptest! {
    #[test]
    fn no_change_to_its_bytes_makes_reading_panic(at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
        let mut json = sound().to_json().unwrap();
        let at = at.index(json.len());
        json[at] = byte;
        if cut {
            json.truncate(at);
        }
        if let Ok(manifest) = Manifest::from_json(&json) {
            prop_assert_eq!(Manifest::from_json(&manifest.to_json().unwrap()).unwrap(), manifest);
        }
    }
}
