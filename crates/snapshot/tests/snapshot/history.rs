//! History parts: written, read back, and refused when they are not what the manifest says.

use atlas_snapshot::history::{History, HistoryColumns, HistoryMonth, HistoryPart, OUTSIDE, history_path};
use atlas_snapshot::read::read_history;
use atlas_snapshot::sha256_hex;
use atlas_snapshot::write_history::write_history;
use proptest::prelude::*;

const MODELS: u64 = 1000;

/// A history of twelve months whose only part holds these rows, and the bytes of the part.
fn sealed(columns: &HistoryColumns) -> (History, Vec<u8>) {
    let mut history = History {
        months: (1..=12)
            .map(|month| HistoryMonth {
                month: format!("2025-{month:02}"),
                downloads: 0,
                models: 0,
                accounts: 0,
                models_outside: 0,
                downloads_outside: 0,
            })
            .collect(),
        ..History::default()
    };
    let bytes = write_history(columns, &history).unwrap();
    let sha256 = sha256_hex(&bytes);
    let downloads = columns.downloads.iter().sum();
    history.parts.push(HistoryPart {
        path: history_path(&sha256),
        first_row: 0,
        rows: columns.rows.len() as u64,
        bytes: bytes.len() as u64,
        sha256,
        downloads,
    });
    history.months[0].downloads = downloads;
    (history, bytes)
}

fn small() -> HistoryColumns {
    HistoryColumns {
        rows: vec![0, 0, 7, OUTSIDE],
        months: vec![2, 3, 0, 11],
        downloads: vec![5, 0, 1 << 40, 9],
    }
}

fn refused(history: &History, bytes: Vec<u8>, models: u64, word: &str) {
    let message = read_history(bytes.into(), &history.parts[0], history, models)
        .unwrap_err()
        .to_string();
    assert!(message.contains(word), "{message}");
}

#[test]
fn what_is_written_is_read_and_the_same_rows_are_the_same_bytes() {
    let (history, bytes) = sealed(&small());
    assert_eq!(bytes, sealed(&small()).1);
    assert_eq!(
        read_history(bytes.into(), &history.parts[0], &history, MODELS).unwrap(),
        small()
    );
}

#[test]
fn a_part_that_is_not_what_the_manifest_says_is_refused() {
    let (history, bytes) = sealed(&small());
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    refused(&history, flipped, MODELS, "SHA-256");
    refused(&history, bytes[1..].to_vec(), MODELS, "bytes");
    refused(&history, bytes.clone(), 7, "the model of row 7, and there are 7");
    let with = |change: fn(&mut History)| {
        let mut changed = history.clone();
        change(&mut changed);
        changed
    };
    refused(
        &with(|history| history.parts[0].downloads += 1),
        bytes.clone(),
        MODELS,
        "add up to",
    );
    refused(
        &with(|history| history.parts[0].rows -= 1),
        bytes.clone(),
        MODELS,
        "rows",
    );
    refused(&with(|history| history.months.truncate(3)), bytes, MODELS, "2025-04");
}

#[test]
fn rows_out_of_order_or_without_a_month_are_not_written() {
    for (change, word) in [
        (
            (|columns: &mut HistoryColumns| columns.rows[1] = 9) as fn(&mut HistoryColumns),
            "row 2 of the history is out of order",
        ),
        (|columns| columns.months[1] = 2, "row 1 of the history is out of order"),
        (|columns| columns.months[3] = 12, "no month 12"),
        (|columns| columns.downloads[0] = u64::MAX, "signed 64-bit"),
        (|columns| columns.downloads.truncate(1), "differ in number"),
    ] {
        let mut columns = small();
        let (history, _) = sealed(&columns);
        change(&mut columns);
        let message = write_history(&columns, &history).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}

proptest! {
    #[test]
    fn any_history_comes_back(cells in prop::collection::btree_map((prop_oneof![0..MODELS as u32, Just(OUTSIDE)], 0..12u16), 0..u64::MAX >> 20, 1..300)) {
        let columns = HistoryColumns {
            rows: cells.keys().map(|(row, _)| *row).collect(),
            months: cells.keys().map(|(_, month)| *month).collect(),
            downloads: cells.values().copied().collect(),
        };
        let (history, bytes) = sealed(&columns);
        prop_assert_eq!(read_history(bytes.into(), &history.parts[0], &history, MODELS).unwrap(), columns);
    }
}
