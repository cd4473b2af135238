//! How long a search of all ids takes, and an export: `cargo bench -p atlas-engine --bench search`.
//!
//! `HUB_ATLAS_BENCH_MODELS` sets the number of models (3,000,000). Ids have 26 bytes on average, as the Hub's have.

#![expect(clippy::expect_used, reason = "a bench has nobody to hand an error to")]

mod invented;

use atlas_engine::{ExportHeader, IdLookup, Search};
use atlas_protocol::{Query, RowColumn, RowSort};
use atlas_snapshot::Ids;
use divan::counter::{BytesCount, ItemsCount};

use invented::{Random, engine, models};

fn main() {
    divan::main();
}

/// Rows of one part of ids in a published snapshot.
const PART: usize = 1_000_000;

/// Rows that a reader is shown.
const LISTED: usize = 100;

/// Pieces of names, the commonest first.
const WORDS: [&str; 24] = [
    "model",
    "llama",
    "bert",
    "finetuned",
    "base",
    "7b",
    "Qwen2.5",
    "lora",
    "Instruct",
    "GGUF",
    "v1",
    "whisper",
    "ppo",
    "distilbert",
    "sentiment",
    "Mistral",
    "wav2vec2",
    "t5",
    "gemma",
    "merged",
    "SDXL",
    "roberta",
    "Phi3",
    "mamba",
];

/// Ids like the Hub's, in parts.
fn ids() -> Vec<Ids> {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut part = |rows: usize| {
        let mut ids = Ids::default();
        for _ in 0..rows {
            let mut id = String::new();
            for _ in 0..5 + random.skewed(5, 1) {
                id.push(char::from(b'a' + random.skewed(26, 2) as u8));
            }
            let mut join = '/';
            for _ in 0..2 + random.skewed(3, 2) {
                id.push(join);
                id.push_str(WORDS[random.skewed(WORDS.len(), 2) as usize]);
                join = '-';
            }
            ids.push(&id);
        }
        ids
    };
    (0..models())
        .step_by(PART)
        .map(|first| part(PART.min(models() - first)))
        .collect()
}

fn search(parts: &[Ids], text: &str) -> Search {
    let mut search = Search::new(text, None).expect("the text is not empty");
    parts.iter().for_each(|ids| search.extend(ids));
    search
}

/// Every match of a text, from rare to nearly everywhere.
#[divan::bench(args = ["zzzzzz", "Qwen2.5", "mamba-", "llama", "7b", "-", "e"], sample_count = 15)]
fn all(bencher: divan::Bencher, text: &str) {
    let parts = ids();
    let bytes: usize = parts.iter().map(|ids| ids.text.len()).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| search(&parts, text));
}

/// The second letter after the first.
#[divan::bench(args = [("qwe", "qwen"), ("llam", "llama")], sample_count = 15)]
fn refined(bencher: divan::Bencher, (before, text): (&str, &str)) {
    let parts = ids();
    let before = search(&parts, before);
    bencher.with_inputs(|| before.clone()).bench_local_values(|before| {
        let mut search = Search::new(text, Some(before)).expect("the text is not empty");
        parts.iter().for_each(|ids| search.extend(ids));
        search
    });
}

/// Sums and first rows of what was found, in two orders.
#[divan::bench(args = ["Qwen2.5", "e"], sample_count = 15)]
fn listed(bencher: divan::Bencher, text: &str) {
    let (mut engine, search) = (engine(), search(&ids(), text));
    let by_likes = RowSort {
        column: RowColumn::Likes,
        descending: true,
    };
    bencher.bench_local(|| {
        [RowSort::default(), by_likes].map(|sort| {
            engine
                .list_rows(&Query::default(), Some(&search), sort, LISTED)
                .expect("the table can be read")
        })
    });
}

struct AllIds(Vec<Ids>);

impl IdLookup for AllIds {
    fn id(&self, row: u64) -> Option<&str> {
        self.0.get(row as usize / PART)?.get(row as usize % PART)
    }
}

/// Up to a million rows as JSON, in pieces.
#[divan::bench(sample_count = 5)]
fn export(bencher: divan::Bencher) {
    let (mut engine, ids) = (engine(), AllIds(ids()));
    let rows = models().min(1_000_000) as u64;
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        let mut export = engine
            .export(&Query::default(), None, &ExportHeader::default())
            .expect("the table can be read");
        let mut bytes = 0;
        while export.rows_done() < rows && !export.is_finished() {
            let piece = export.next_piece(&engine, &ids, rows, 1 << 20);
            bytes += piece.expect("every id is there").len();
        }
        bytes
    });
}
