//! How long a snapshot takes from bytes to columns and back: `cargo bench -p atlas-snapshot`.
//!
//! The models are the invented ones of the tests, in parts as the builder cuts them. `HUB_ATLAS_BENCH_MODELS` sets their
//! number (3,000,000). The bytes a model takes are printed first.

#![expect(clippy::expect_used, reason = "a bench has nobody to hand an error to")]

#[path = "../tests/snapshot/invented.rs"]
mod invented;

use std::sync::OnceLock;

use atlas_snapshot::manifest::{FORMAT, Totals, part_path};
use atlas_snapshot::read::{read_ids, read_models};
use atlas_snapshot::write::{Packing, write_ids, write_models};
use atlas_snapshot::{CodeColumn, Collection, Ids, Manifest, ModelColumns, NumberColumn, Part, PartKind, sha256_hex};
use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;

use crate::invented::{InventedHub, invent};

/// Rows of the first part and of every other, as in the builder.
const PART_ROWS: [usize; 2] = [32_768, 1_048_576];

fn main() {
    let snapshot = snapshot();
    for kind in [PartKind::Models, PartKind::Ids] {
        let bytes: u64 = snapshot.manifest.parts_of(kind).map(|part| part.bytes).sum();
        println!("{kind:?}: {:.3} bytes a model", bytes as f64 / models() as f64);
    }
    divan::main();
}

fn models() -> usize {
    std::env::var("HUB_ATLAS_BENCH_MODELS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3_000_000)
}

/// All models parts, one after the other, each dropped before the next.
#[divan::bench(sample_count = 10)]
fn models_to_columns(bencher: Bencher) {
    let snapshot = snapshot();
    bencher.counter(ItemsCount::new(models())).bench_local(|| {
        for (part, bytes) in snapshot.parts(PartKind::Models) {
            divan::black_box(read_models(bytes, part, &snapshot.manifest).expect("the part is whole"));
        }
    });
}

/// The first part: what a reader waits for before anything is seen.
#[divan::bench(sample_count = 20)]
fn first_models_part_to_columns(bencher: Bencher) {
    let snapshot = snapshot();
    let (part, bytes) = snapshot.parts(PartKind::Models).next().expect("there is a part");
    bencher
        .counter(ItemsCount::new(part.rows))
        .bench_local(|| read_models(bytes.clone(), part, &snapshot.manifest).expect("the part is whole"));
}

/// All ids parts.
#[divan::bench(sample_count = 10)]
fn ids_to_text(bencher: Bencher) {
    let snapshot = snapshot();
    bencher.counter(ItemsCount::new(models())).bench_local(|| {
        for (part, bytes) in snapshot.parts(PartKind::Ids) {
            divan::black_box(read_ids(bytes, part).expect("the part is whole"));
        }
    });
}

/// Columns of the last models part to bytes.
#[divan::bench(sample_count = 3)]
fn columns_to_models(bencher: Bencher) {
    let snapshot = snapshot();
    let (part, bytes) = snapshot.parts(PartKind::Models).last().expect("there is a part");
    let columns = read_models(bytes, part, &snapshot.manifest).expect("the part is whole");
    bencher.counter(ItemsCount::new(part.rows)).bench_local(|| {
        write_models(
            Collection::Models,
            &columns,
            &snapshot.manifest.dictionaries,
            Packing::Published,
        )
        .expect("the columns fit together")
    });
}

struct Snapshot {
    manifest: Manifest,
    files: Vec<Bytes>,
}

impl Snapshot {
    fn parts(&self, kind: PartKind) -> impl Iterator<Item = (&Part, Bytes)> {
        let all = self.manifest.parts.iter().zip(self.files.iter().cloned());
        all.filter(move |(part, _)| part.kind == kind)
    }
}

fn snapshot() -> &'static Snapshot {
    static SNAPSHOT: OnceLock<Snapshot> = OnceLock::new();
    SNAPSHOT.get_or_init(|| write(&invent(models(), 1)))
}

fn write(hub: &InventedHub) -> Snapshot {
    let (mut parts, mut files) = (Vec::new(), Vec::new());
    let mut start = 0;
    while start < hub.columns.rows() {
        let end = hub.columns.rows().min(start + PART_ROWS[usize::from(start > 0)]);
        let columns = columns_of(&hub.columns, start, end);
        let mut ids = Ids::default();
        (start..end).for_each(|row| ids.push(hub.ids.get(row).expect("every row has an id")));
        let downloads = columns.downloads_30d.iter().sum();
        for (kind, bytes) in [
            (
                PartKind::Models,
                write_models(Collection::Models, &columns, &hub.dictionaries, Packing::Published),
            ),
            (PartKind::Ids, write_ids(&ids, Packing::Published)),
        ] {
            let bytes = bytes.expect("the columns fit together");
            let sha256 = sha256_hex(&bytes);
            parts.push(Part {
                kind,
                path: part_path(kind, &sha256),
                first_row: start as u64,
                rows: (end - start) as u64,
                bytes: bytes.len() as u64,
                sha256,
                downloads_30d: (kind == PartKind::Models).then_some(downloads),
            });
            files.push(Bytes::from(bytes));
        }
        start = end;
    }
    let manifest = Manifest {
        format: FORMAT,
        collection: Collection::Models,
        taken_on: "2026-01-01".to_owned(),
        synthetic: true,
        built_by: "bench".to_owned(),
        scope: None,
        sources: Vec::new(),
        // The reader asks for nothing but which columns have a total.
        totals: Totals {
            downloads_all_time: Some(0),
            likes: Some(0),
            ..Totals::default()
        },
        coverage: Vec::new(),
        definitions: Vec::new(),
        dictionaries: hub.dictionaries.clone(),
        parts,
        history: None,
    };
    Snapshot { manifest, files }
}

fn columns_of(columns: &ModelColumns, start: usize, end: usize) -> ModelColumns {
    let numbers = |numbers: &NumberColumn| numbers.iter().take(end).skip(start).collect();
    let codes = |codes: &CodeColumn| match codes {
        CodeColumn::U8(codes) => CodeColumn::U8(codes[start..end].to_vec()),
        CodeColumn::U16(codes) => CodeColumn::U16(codes[start..end].to_vec()),
        CodeColumn::U32(codes) => CodeColumn::U32(codes[start..end].to_vec()),
    };
    ModelColumns {
        downloads_30d: numbers(&columns.downloads_30d),
        downloads_all_time: columns.downloads_all_time.as_ref().map(numbers),
        likes: columns.likes.as_ref().map(numbers),
        parameters: numbers(&columns.parameters),
        codes: columns.codes.iter().map(codes).collect(),
    }
}
