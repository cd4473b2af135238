//! The shapes of dumps that `hub-atlas import` reads, and what it makes of them.

#![allow(clippy::unwrap_used)]

mod dumps;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, Int64Array, ListArray, StringArray, StructArray, TimestampMicrosecondArray,
    TimestampMillisecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::Field;
use dumps::{folder, hub_atlas, import, manifest, names, numbers, rows, succeeded, texts, write};

const REGISTRY: &str = "account,organisation,country,region,type,source,verified,note
velmora,Velmora Works,CN,china,industry,invented,true,
tuskal,Tuskal University,FR,europe,academia,invented,true,
zerbix,unknown,unknown,unknown,individual,invented,true,
dovfen,unknown,unknown,us,unknown,invented,true,
guess,Guessed,US,us,industry,invented,false,
gulhax,Velmora Works,CN,china,industry,invented,true,
oldtimer,Velmora Works,CN,china,industry,invented,true,
";
const OVERRIDES: &str = "id,parameters,source,verified,note
tuskal/embed,22713728,invented,true,
velmora/jor-7b,1,invented,false,
";

fn struct_of(fields: Vec<(&str, ArrayRef)>, there: Vec<bool>) -> ArrayRef {
    let schema: Vec<Field> = fields
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = fields.into_iter().map(|(_, array)| array).collect();
    Arc::new(StructArray::new(schema.into(), arrays, Some(NullBuffer::from(there))))
}

const IDS: [&str; 9] = [
    "velmora/jor-7b",
    "tuskal/embed",
    "zerbix/jor-7b-lora",
    "dovfen/kip-350M-GGUF",
    "stranger/lun",
    "guess/nop-8x7B",
    "gulhax/jor-merge",
    "oldtimer",
    "zerbix/absurd",
];
const DATES: [&str; 9] = [
    "2025-03-04T05:06:07.000Z",
    "2022-03-02T23:29:04.000Z",
    "2026-08-22T19:05:11.000Z",
    "2024-12-31T23:59:59.999Z",
    "2025-01-01T00:00:00.000Z",
    "2023-06-01T00:00:00.000Z",
    "2026-01-01T00:00:00.000Z",
    "2021-01-01T00:00:00.000Z",
    "2025-03-04T05:06:07.000Z",
];
const DOWNLOADS: [i64; 9] = [900, 5000, 30, 40, 40, 20, 10, 7, 3];

fn tags(row: usize) -> Vec<&'static str> {
    match row {
        0 => vec!["transformers", "license:apache-2.0", "license:mit", "region:us"],
        1 => vec!["license:mit"],
        2 => vec!["base_model:velmora/jor-7b", "base_model:adapter:velmora/jor-7b"],
        3 => vec!["base_model:quantized:kip-350M", "license:unknown"],
        4 => vec!["base_model:velmora/jor-7b"],
        6 => vec!["base_model:merge:tuskal/a", "base_model:merge:velmora/b"],
        _ => vec![],
    }
}

/// A dump as hub-stats writes it.
fn native_shape(path: &Path, group_rows: usize) {
    let created: Vec<i64> = [
        1_741_064_767_000,
        1_646_263_744_000,
        1_787_425_511_000,
        1_735_689_599_999,
        1_735_689_600_000,
        1_685_577_600_000,
        1_767_225_600_000,
        1_609_459_200_000,
        1_741_064_767_000,
    ]
    .into();
    let mut tag_lists = ListBuilder::new(StringBuilder::new());
    for row in 0..IDS.len() {
        tags(row)
            .into_iter()
            .for_each(|tag| tag_lists.values().append_value(tag));
        tag_lists.append(row != 5);
    }
    let bases: Vec<Option<(&str, &str)>> = (0..IDS.len())
        .map(|row| (row == 3).then_some(("quantized", "tuskal/kip-350M")))
        .collect();
    let relations: ArrayRef = Arc::new(StringArray::from_iter(
        bases.iter().map(|base| base.map(|(relation, _)| relation)),
    ));
    let base_ids: ArrayRef = Arc::new(StringArray::from_iter_values(bases.iter().flatten().map(|(_, id)| *id)));
    let items = struct_of(vec![("_id", texts(&["x"])), ("id", base_ids)], vec![true]);
    let offsets = OffsetBuffer::from_lengths(bases.iter().map(|base| usize::from(base.is_some())));
    let item = Arc::new(Field::new("element", items.data_type().clone(), true));
    let lists: ArrayRef = Arc::new(ListArray::new(item, offsets, items, None));
    let there = bases.iter().map(Option::is_some).collect();
    let totals: Vec<Option<i64>> = vec![
        Some(7_241_732_096),
        None,
        Some(20_000_000),
        None,
        None,
        None,
        None,
        None,
        Some(-4),
    ];
    let declared = totals.iter().map(Option::is_some).collect();
    let in_gguf: Vec<Option<i64>> = vec![Some(1), None, None, Some(362_000_000), None, None, None, None, None];
    let gguf_there = in_gguf.iter().map(Option::is_some).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("author", texts(&["x"; 9])),
        ("id", texts(&IDS)),
        (
            "createdAt",
            Arc::new(TimestampMillisecondArray::from(created).with_timezone("UTC")),
        ),
        ("downloads", numbers(&DOWNLOADS)),
        ("downloadsAllTime", numbers(&DOWNLOADS.map(|count| count * 10))),
        ("likes", numbers(&[1, 2, 3, 4, 5, 6, 7, 8, 9])),
        (
            "pipeline_tag",
            Arc::new(StringArray::from(vec![Some("text-generation"); 9])),
        ),
        (
            "library_name",
            Arc::new(StringArray::from(vec![
                None,
                Some("peft"),
                None,
                None,
                None,
                None,
                None,
                None,
                None,
            ])),
        ),
        ("tags", Arc::new(tag_lists.finish())),
        (
            "baseModels",
            struct_of(vec![("relation", relations), ("models", lists)], there),
        ),
        (
            "safetensors",
            struct_of(vec![("total", Arc::new(Int64Array::from(totals)))], declared),
        ),
        (
            "gguf",
            struct_of(vec![("total", Arc::new(Int64Array::from(in_gguf)))], gguf_there),
        ),
    ];
    write(path, columns, group_rows);
}

/// The same dump with everything as text.
fn text_shape(path: &Path) {
    let optional = |values: Vec<Option<String>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let of_rows = |value: &dyn Fn(usize) -> Option<String>| optional((0..IDS.len()).map(value).collect());
    let total = |row| match row {
        0 => Some(r#"{"parameters":{"BF16":7241732096},"total":7241732096}"#.to_owned()),
        2 => Some(r#"{"parameters":{"F32":12000000,"I8":8000000}}"#.to_owned()),
        8 => Some(r#"{"total":-4}"#.to_owned()),
        _ => None,
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", texts(&IDS)),
        ("createdAt", texts(&DATES)),
        ("downloads", of_rows(&|row| Some(format!("{}.0", DOWNLOADS[row])))),
        (
            "downloadsAllTime",
            of_rows(&|row| Some((DOWNLOADS[row] * 10).to_string())),
        ),
        ("likes", of_rows(&|row| Some((row + 1).to_string()))),
        ("pipeline_tag", of_rows(&|_| Some("text-generation".to_owned()))),
        ("library_name", of_rows(&|row| (row == 1).then(|| "peft".to_owned()))),
        (
            "tags",
            of_rows(&|row| (row != 5).then(|| serde_json::to_string(&tags(row)).unwrap())),
        ),
        (
            "baseModels",
            of_rows(&|row| {
                (row == 3).then(|| r#"{"relation":"quantized","models":[{"id":"tuskal/kip-350M"}]}"#.to_owned())
            }),
        ),
        ("safetensors", of_rows(&total)),
        (
            "gguf",
            of_rows(&|row| match row {
                0 => Some(r#"{"total":1}"#.to_owned()),
                3 => Some(r#"{"total":362000000.0,"architecture":"kip"}"#.to_owned()),
                _ => Some("null".to_owned()),
            }),
        ),
    ];
    write(path, columns, 3);
}

fn curated(home: &Path) -> [String; 4] {
    let (registry, overrides) = (home.join("registry.csv"), home.join("overrides.csv"));
    fs::write(&registry, REGISTRY).unwrap();
    fs::write(&overrides, OVERRIDES).unwrap();
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    [
        "--registry".to_owned(),
        text(registry),
        "--overrides".to_owned(),
        text(overrides),
    ]
}

const RESOLVED: [&str; 9] = [
    "tuskal/embed downloads_30d=5000 downloads_all_time=50000 likes=2 parameters=22713728 parameters_source=override month=2022-03 region=europe country=FR organisation_type=academia organisation=Tuskal University task=text-generation library=peft licence=mit relation=base origin=own",
    "velmora/jor-7b downloads_30d=900 downloads_all_time=9000 likes=1 parameters=7241732096 parameters_source=safetensors month=2025-03 region=china country=CN organisation_type=industry organisation=Velmora Works task=text-generation library=unknown licence=apache-2.0 relation=base origin=own",
    "dovfen/kip-350M-GGUF downloads_30d=40 downloads_all_time=400 likes=4 parameters=362000000 parameters_source=gguf month=2024-12 region=us country=unknown organisation_type=unknown organisation=unknown task=text-generation library=unknown licence=unknown relation=quantized origin=Tuskal University",
    "stranger/lun downloads_30d=40 downloads_all_time=400 likes=5 parameters_source=unknown month=2025-01 region=unknown country=unknown organisation_type=unknown organisation=unknown task=text-generation library=unknown licence=unknown relation=unknown origin=Velmora Works",
    "zerbix/jor-7b-lora downloads_30d=30 downloads_all_time=300 likes=3 parameters=20000000 parameters_source=safetensors month=2026-08 region=unknown country=unknown organisation_type=individual organisation=unknown task=text-generation library=unknown licence=unknown relation=adapter origin=Velmora Works",
    "guess/nop-8x7B downloads_30d=20 downloads_all_time=200 likes=6 parameters=56000000000 parameters_source=name month=2023-06 region=unknown country=unknown organisation_type=unknown organisation=unknown task=text-generation library=unknown licence=unknown relation=base origin=own",
    "gulhax/jor-merge downloads_30d=10 downloads_all_time=100 likes=7 parameters_source=unknown month=2026-01 region=china country=CN organisation_type=industry organisation=Velmora Works task=text-generation library=unknown licence=unknown relation=merge origin=Tuskal University",
    "oldtimer downloads_30d=7 downloads_all_time=70 likes=8 parameters_source=unknown month=2022-03 region=china country=CN organisation_type=industry organisation=Velmora Works task=text-generation library=unknown licence=unknown relation=base origin=own",
    "zerbix/absurd downloads_30d=3 downloads_all_time=30 likes=9 parameters_source=unknown month=2025-03 region=unknown country=unknown organisation_type=individual organisation=unknown task=text-generation library=unknown licence=unknown relation=base origin=own",
];

#[test]
fn every_fact_of_a_hub_stats_dump_is_resolved_by_the_rules() {
    let home = folder("native");
    let models = home.join("models.parquet");
    native_shape(&models, 100);
    let curated = curated(&home);
    let (out, output) = import(&models, &curated.each_ref().map(String::as_str));
    succeeded(&output);
    assert_eq!(rows(&out), RESOLVED);
    let manifest = manifest(&out);
    assert_eq!((manifest.taken_on.as_str(), manifest.synthetic), ("2026-08-22", false));
    assert_eq!(manifest.totals.downloads_30d, 6050);
    assert_eq!(manifest.totals.downloads_all_time, Some(60_500));
    let known = |column: &str| {
        manifest
            .coverage
            .iter()
            .find(|coverage| coverage.column == column)
            .unwrap()
    };
    assert_eq!(
        (known("region").rows_known, known("region").downloads_30d_known),
        (5, 5957)
    );
    assert_eq!(
        (known("parameters").rows_known, known("parameters").downloads_30d_known),
        (5, 5990)
    );
    assert_eq!(known("relation").rows_known, 8);
    succeeded(&hub_atlas(&["inspect", out.to_str().unwrap()]));
}

#[test]
fn dictionaries_stand_in_their_order_with_labels_and_parents() {
    let home = folder("dictionaries");
    let models = home.join("models.parquet");
    native_shape(&models, 100);
    let curated = curated(&home);
    let (out, output) = import(&models, &curated.each_ref().map(String::as_str));
    succeeded(&output);
    let manifest = manifest(&out);
    let keys = |column: &str| -> Vec<&str> {
        manifest.dictionaries[column]
            .iter()
            .map(|value| value.key.as_str())
            .collect()
    };
    assert_eq!(keys("region"), ["china", "us", "europe", "other", "unknown"]);
    assert_eq!(keys("country"), ["FR", "CN", "unknown"]);
    assert_eq!(keys("organisation"), ["Tuskal University", "Velmora Works", "unknown"]);
    assert_eq!(keys("origin"), ["own", "Velmora Works", "Tuskal University", "unknown"]);
    assert_eq!(
        keys("relation"),
        ["base", "finetune", "adapter", "quantized", "merge", "unknown"]
    );
    assert_eq!(
        keys("parameters_source"),
        ["override", "safetensors", "gguf", "name", "unknown"]
    );
    let months = keys("month");
    assert_eq!(
        (months.len(), months[0], months[1], months[53], months[54]),
        (55, "2022-03", "2022-04", "2026-08", "unknown")
    );
    let label = |column: &str, at: usize| manifest.dictionaries[column][at].label.as_deref().unwrap();
    assert_eq!(
        (label("month", 0), label("month", 53)),
        ("Mar 2022 or before", "Aug 2026")
    );
    assert_eq!((label("region", 1), label("country", 0)), ("United States", "France"));
    assert_eq!(manifest.dictionaries["country"][0].parent.as_deref(), Some("europe"));
    assert_eq!(manifest.dictionaries["task"][0].label, None);
}

#[test]
fn texts_in_place_of_structs_numbers_and_timestamps_say_the_same() {
    let home = folder("texts");
    let (native, text) = (home.join("native.parquet"), home.join("text.parquet"));
    native_shape(&native, 100);
    text_shape(&text);
    let curated = curated(&home);
    let more = curated.each_ref().map(String::as_str);
    let ((native_out, first), (text_out, second)) = (import(&native, &more), import(&text, &more));
    succeeded(&first);
    succeeded(&second);
    assert_eq!(rows(&text_out), rows(&native_out));
    assert_eq!(manifest(&text_out).parts, manifest(&native_out).parts);
}

#[test]
fn unverified_rows_resolve_only_when_asked_for() {
    let home = folder("unverified");
    let models = home.join("models.parquet");
    native_shape(&models, 100);
    let curated = curated(&home);
    let mut more: Vec<&str> = curated.iter().map(String::as_str).collect();
    more.extend(["--unverified-organisations", "--unverified-sizes"]);
    let (out, output) = import(&models, &more);
    succeeded(&output);
    let rows = rows(&out);
    let row = |id: &str| rows.iter().find(|row| row.starts_with(id)).unwrap();
    assert!(row("guess/").contains("organisation=Guessed"));
    assert!(row("velmora/jor-7b").contains("parameters=1 parameters_source=override"));
    assert!(
        manifest(&out)
            .sources
            .iter()
            .any(|source| source.name.contains("unverified rows included"))
    );
}

#[test]
fn a_dump_of_ids_and_downloads_says_that_the_rest_is_unknown() {
    let home = folder("two-columns");
    let models = home.join("models.parquet");
    let ids = ["gpt2", "velmora/jor-7b"];
    write(
        &models,
        vec![
            ("id", texts(&ids)),
            ("downloads", numbers(&[9, 5])),
            ("pipeline_tag", texts(&["text-generation", ""])),
        ],
        10,
    );
    let curated = curated(&home);
    let (out, output) = import(&models, &curated.each_ref().map(String::as_str));
    succeeded(&output);
    let rows = rows(&out);
    assert!(
        rows[0].starts_with("gpt2 downloads_30d=9 parameters_source=unknown month=unknown region=unknown"),
        "{}",
        rows[0]
    );
    assert!(
        rows[1].ends_with("task=unknown library=unknown licence=unknown relation=unknown origin=unknown"),
        "{}",
        rows[1]
    );
    assert!(
        rows[1].contains("parameters=7000000000 parameters_source=name"),
        "{}",
        rows[1]
    );
    let totals = manifest(&out).totals;
    assert_eq!((totals.downloads_all_time, totals.likes), (None, None));
}

#[test]
fn licence_and_base_model_come_from_the_card_where_no_tag_says_them() {
    let home = folder("cards");
    let models = home.join("models.parquet");
    let cards = [
        r#"{"license":"mit","base_model":["velmora/jor-7b"],"base_model_relation":"finetune"}"#,
        r#"{"license":["gpl-3.0","mit"]}"#,
        "{'license': 'mit'}",
    ];
    write(
        &models,
        vec![
            ("id", texts(&["a/b", "c/d", "e/f"])),
            ("downloads", numbers(&[3, 2, 1])),
            ("cardData", texts(&cards)),
        ],
        10,
    );
    let curated = curated(&home);
    let (out, output) = import(&models, &curated.each_ref().map(String::as_str));
    succeeded(&output);
    let ends: Vec<String> = rows(&out)
        .iter()
        .map(|row| row.split(" licence").nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(
        ends,
        [
            "=mit relation=finetune origin=Velmora Works",
            "=gpl-3.0 relation=base origin=own",
            "=unknown relation=unknown origin=unknown"
        ]
    );
}

#[test]
fn dates_in_any_unit_and_zone_fall_in_the_month_of_utc() {
    let home = folder("zones");
    let models = home.join("models.parquet");
    // 2025-01-01T00:30 in Shanghai is still December in UTC.
    let created = TimestampMicrosecondArray::from(vec![1_735_662_600_000_000]).with_timezone("Asia/Shanghai");
    write(
        &models,
        vec![
            ("id", texts(&["a/b"])),
            ("downloads", numbers(&[3])),
            ("createdAt", Arc::new(created)),
        ],
        10,
    );
    let (out, output) = import(&models, &[]);
    succeeded(&output);
    assert!(rows(&out)[0].contains("month=2024-12"), "{}", rows(&out)[0]);
}

#[test]
fn the_same_input_gives_the_same_bytes_however_it_is_cut_into_row_groups() {
    let home = folder("same");
    let models = home.join("models.parquet");
    native_shape(&models, 100);
    let small = home.join("small.parquet");
    native_shape(&small, 2);
    let (first, output) = import(&models, &["--head-rows", "4", "--part-rows", "3"]);
    succeeded(&output);
    let again = home.join("again");
    let arguments = [
        "--taken-on",
        "2026-08-22",
        "--head-rows",
        "4",
        "--part-rows",
        "3",
        "--out",
        again.to_str().unwrap(),
    ];
    succeeded(&hub_atlas(
        &[&["import", "--models", models.to_str().unwrap()], &arguments[..]].concat(),
    ));
    for name in names(&first) {
        assert_eq!(
            fs::read(first.join(&name)).unwrap(),
            fs::read(again.join(&name)).unwrap(),
            "{name}"
        );
    }
    let (other, output) = import(&small, &["--head-rows", "4", "--part-rows", "3"]);
    succeeded(&output);
    let part_rows = |snapshot: &Path| {
        manifest(snapshot)
            .parts
            .iter()
            .map(|part| part.rows)
            .collect::<Vec<u64>>()
    };
    assert_eq!(part_rows(&first), [4, 3, 2, 4, 3, 2]);
    assert_eq!(manifest(&other).parts, manifest(&first).parts);
}

#[test]
fn inspect_finds_a_flipped_byte_and_a_total_that_is_wrong() {
    let home = folder("inspect");
    let models = home.join("models.parquet");
    native_shape(&models, 100);
    let (out, output) = import(&models, &[]);
    succeeded(&output);
    let inspect = || hub_atlas(&["inspect", out.to_str().unwrap()]);
    succeeded(&inspect());
    let part = out.join(&manifest(&out).parts[0].path);
    let good = fs::read(&part).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    fs::write(&part, &flipped).unwrap();
    assert!(dumps::stderr(&inspect()).contains("SHA-256"));
    fs::write(&part, &good).unwrap();
    let path = out.join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let likes = text.replacen("\"likes\": 45", "\"likes\": 46", 1);
    assert_ne!(likes, text);
    fs::write(&path, likes).unwrap();
    assert!(
        dumps::stderr(&inspect()).contains("likes"),
        "{}",
        dumps::stderr(&inspect())
    );
    fs::write(&path, text).unwrap();
    fs::remove_file(&part).unwrap();
    assert!(dumps::stderr(&inspect()).contains("cannot be read"));
}

#[test]
fn the_saved_hub_file_imports_whole() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/hub/models.parquet");
    if !models.exists() {
        println!("skipped: ../shared/data/hub/models.parquet is not here");
        return;
    }
    let out = folder("real").join("snapshot");
    let arguments = ["--taken-on", "2026-08-22", "--out", out.to_str().unwrap()];
    succeeded(&hub_atlas(
        &[&["import", "--models", models.to_str().unwrap()], &arguments[..]].concat(),
    ));
    let totals = manifest(&out).totals;
    // As DuckDB counts the file: count(*), sum(downloads), sum(likes).
    assert_eq!(
        (totals.rows, totals.downloads_30d, totals.likes),
        (15_904, 911_067_134, Some(442_862))
    );
    succeeded(&hub_atlas(&["inspect", out.to_str().unwrap()]));
}
