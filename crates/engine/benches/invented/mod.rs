//! A table with the shape of the Hub's: a power law of downloads, a long tail of models that repeat each other's facets, a
//! quarter of known sizes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use atlas_engine::Engine;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, DictionaryValue, MANIFEST_FILE, Part, Totals};
use atlas_snapshot::read::read_models;
use atlas_snapshot::{CodeColumn, Manifest, ModelColumns, NumberColumn};

/// Number of models to measure with.
pub fn models() -> usize {
    std::env::var("HUB_ATLAS_BENCH_MODELS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3_000_000)
}

/// Values in each dictionary column, `unknown` included.
const VALUES: [usize; DICTIONARY_COLUMNS.len()] = [5, 55, 5, 40, 7, 300, 56, 400, 90, 6, 300];

/// Xorshift (Marsaglia 2003): the same table each time.
pub struct Random(pub u64);

impl Random {
    /// At least 0, below 1.
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A position below `values`, small ones much more often.
    pub fn skewed(&mut self, values: usize, power: i32) -> u32 {
        ((self.next().powi(power) * values as f64) as u32).min(values as u32 - 1)
    }
}

fn table(models: usize) -> (Manifest, ModelColumns) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let dictionaries: BTreeMap<String, Vec<DictionaryValue>> =
        DICTIONARY_COLUMNS.iter().zip(VALUES).map(dictionary).collect();
    let mut codes: Vec<CodeColumn> = VALUES
        .iter()
        .map(|values| CodeColumn::for_dictionary(*values, models))
        .collect();
    let mut columns = ModelColumns {
        downloads_30d: NumberColumn::with_capacity(models),
        downloads_all_time: Some(NumberColumn::with_capacity(models)),
        likes: Some(NumberColumn::with_capacity(models)),
        parameters: NumberColumn::with_capacity(models),
        codes: Vec::new(),
    };
    for row in 0..models {
        let downloads = (2.0e8 / (row as f64 + 1.0).powf(1.1)) as u64;
        columns.downloads_30d.push(downloads);
        columns
            .downloads_all_time
            .get_or_insert_with(|| NumberColumn::with_capacity(models))
            .push(downloads * 9 + u64::from(random.skewed(60, 3)));
        columns
            .likes
            .get_or_insert_with(|| NumberColumn::with_capacity(models))
            .push(u64::from(random.skewed(2000, 12)));
        let size = 10f64.powf(6.0 + 5.5 * random.next());
        columns.parameters.push(if random.next() < 0.234 {
            (size / 997.0) as u64 * 997
        } else {
            UNKNOWN_NUMBER
        });
        let known = random.next() < if row < 30_000 { 0.9 } else { 0.05 };
        let organisation = if known { random.skewed(299, 2) } else { 299 };
        for (at, codes) in codes.iter_mut().enumerate() {
            let last = VALUES[at] as u32 - 1;
            let code = match DICTIONARY_COLUMNS[at] {
                "organisation" => organisation,
                "region" | "country" | "organisation_type" if known => organisation % last,
                "region" | "country" | "organisation_type" => last,
                "month" => last - random.skewed(last as usize, 2),
                "task" | "library" | "licence" if random.next() < 0.45 => last,
                "origin" if random.next() < 0.7 => 0,
                _ => random.skewed(VALUES[at], 4),
            };
            codes.push_run(code, 1);
        }
    }
    columns.codes = codes;
    let total = |values: &NumberColumn| values.iter().sum::<u64>();
    let manifest = Manifest {
        format: 1,
        collection: atlas_protocol::Collection::Models,
        taken_on: "2026-01-01".to_owned(),
        synthetic: true,
        built_by: "bench".to_owned(),
        scope: None,
        sources: Vec::new(),
        totals: Totals {
            rows: models as u64,
            downloads_30d: total(&columns.downloads_30d),
            downloads_all_time: columns.downloads_all_time.as_ref().map(total),
            likes: columns.likes.as_ref().map(total),
        },
        coverage: Vec::new(),
        definitions: Vec::new(),
        dictionaries,
        parts: Vec::new(),
        history: None,
    };
    (manifest, columns)
}

fn dictionary((column, values): (&&str, usize)) -> (String, Vec<DictionaryValue>) {
    let key = |code: usize| match (*column, code) {
        ("region", code @ 0..4) => ["china", "us", "europe", "other"][code].to_owned(),
        (_, code) if code + 1 == values => "unknown".to_owned(),
        ("month", code) => format!("{}-{:02}", 2022 + (code + 2) / 12, (code + 2) % 12 + 1),
        _ => format!("{column} {code}"),
    };
    (
        (*column).to_owned(),
        (0..values)
            .map(|code| DictionaryValue {
                key: key(code),
                label: None,
                parent: None,
            })
            .collect(),
    )
}

/// The parts of a snapshot, decoded.
pub fn parts() -> (Manifest, Vec<ModelColumns>) {
    let Some(folder) = std::env::var_os("HUB_ATLAS_BENCH_SNAPSHOT").map(PathBuf::from) else {
        let (manifest, columns) = table(models());
        return (manifest, vec![columns]);
    };
    let read = |path: &str| std::fs::read(folder.join(path)).expect("the file can be read");
    let manifest = Manifest::from_json(&read(MANIFEST_FILE)).expect("the manifest is sound");
    let decode = |part: &Part| read_models(read(&part.path).into(), part, &manifest).expect("the part is sound");
    let parts = manifest.row_parts().map(decode).collect();
    (manifest, parts)
}

/// An engine that holds all of them.
pub fn engine() -> Engine {
    let (manifest, parts) = parts();
    let mut engine = Engine::open(&manifest, String::new());
    for part in parts {
        engine.append(part).expect("the part fits its manifest");
    }
    engine
}
