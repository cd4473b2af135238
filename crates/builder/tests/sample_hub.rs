//! The synthetic Hub: made up, loud about it, repeatable, and close to what was published.

#![allow(clippy::unwrap_used)]

mod dumps;

use std::fs;

use dumps::{folder, hub_atlas, import, manifest, names, succeeded};

fn sample(out: &std::path::Path, more: &[&str]) -> std::process::Output {
    hub_atlas(&[&["sample", "--out", out.to_str().unwrap()], more].concat())
}

#[test]
fn a_sample_repeats_and_says_that_it_is_synthetic() {
    let home = folder("sample-repeats");
    let (a, b) = (home.join("a"), home.join("b"));
    for out in [&a, &b] {
        succeeded(&sample(out, &["--models", "5000", "--seed", "7"]));
    }
    assert_eq!(names(&home), ["a", "b"]);
    for name in names(&a) {
        assert_eq!(
            fs::read(a.join(&name)).unwrap(),
            fs::read(b.join(&name)).unwrap(),
            "{name}"
        );
    }
    let manifest = manifest(&a);
    assert!(manifest.synthetic && manifest.sources[0].name.contains("Synthetic"));
    assert_eq!(manifest.totals.rows, 5000);
    assert!(
        !names(&a).contains(&"rejects.jsonl".to_owned()),
        "no invented row is left out"
    );
    succeeded(&hub_atlas(&["inspect", a.to_str().unwrap()]));
}

#[test]
fn another_seed_gives_another_hub_and_tiny_ones_work() {
    let home = folder("sample-seeds");
    let (a, b, tiny) = (home.join("a"), home.join("b"), home.join("tiny"));
    succeeded(&sample(&a, &["--models", "2000", "--seed", "1"]));
    succeeded(&sample(&b, &["--models", "2000", "--seed", "2"]));
    assert_ne!(manifest(&a).parts, manifest(&b).parts);
    succeeded(&sample(&tiny, &["--models", "1"]));
    assert_eq!(manifest(&tiny).totals.rows, 1);
    assert!(!sample(&home.join("none"), &["--models", "0"]).status.success());
}

#[test]
fn the_hub_file_that_is_kept_imports_like_any_dump() {
    let home = folder("sample-kept");
    let (out, kept) = (home.join("sample"), home.join("hub.parquet"));
    succeeded(&sample(
        &out,
        &["--models", "3000", "--keep-hub-file", kept.to_str().unwrap()],
    ));
    let (imported, output) = import(&kept, &[]);
    succeeded(&output);
    let (sampled, imported) = (manifest(&out), manifest(&imported));
    assert_eq!(sampled.totals, imported.totals);
    assert!(!imported.synthetic);
    assert_ne!(
        sampled.coverage, imported.coverage,
        "our registry knows none of the invented accounts"
    );
}

#[test]
fn what_is_generated_is_near_to_what_was_published() {
    let home = folder("sample-calibration");
    let report = home.join("report.json");
    succeeded(&sample(
        &home.join("sample"),
        &["--models", "150000", "--report", report.to_str().unwrap()],
    ));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let figures = report["calibration"].as_array().unwrap();
    assert!(figures.len() >= 25, "{}", figures.len());
    for figure in figures {
        let (published, generated) = (
            figure["published"].as_f64().unwrap(),
            figure["generated"].as_f64().unwrap(),
        );
        let is_near = match figure["unit"].as_str().unwrap() {
            "share" => (published - generated).abs() < 0.02,
            "downloads" => (generated / published - 1.0).abs() < 0.02,
            _ => (generated / published - 1.0).abs() < 0.15,
        };
        assert!(is_near, "{figure}");
    }
}
