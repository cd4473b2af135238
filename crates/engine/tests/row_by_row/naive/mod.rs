//! The slow twin of the engine: plain rows of text, looked at one by one.
//!
//! It is written from the documentation of `atlas-protocol` and shares no code with the engine. It names no operating
//! system, so that the same checks run natively and in WebAssembly.

pub mod answer;
pub mod chance;
pub mod check;
pub mod export;
pub mod history;
pub mod questions;
pub mod table;

use atlas_protocol::Collection;
use atlas_snapshot::manifest::DICTIONARIES;
use proptest::prelude::*;

use history::Told;
use table::{Magnitude, Shape};

/// Shapes of small tables: every number of rows from none, dictionaries narrow and wide, rows alike and all different.
pub fn shapes(most_rows: usize) -> impl Strategy<Value = Shape> {
    let dictionary = prop_oneof![Just(0usize), 1..4usize, 4..30usize, Just(255), Just(256), 257..400usize];
    let dictionaries = prop::array::uniform11(dictionary);
    let rows = prop_oneof![1 => Just(0), 1 => Just(1), 2 => 2..100usize, 4 => 100..most_rows];
    let magnitude = prop_oneof![
        4 => Just(Magnitude::PowerLaw),
        3 => Just(Magnitude::Huge),
        1 => (0..3u64).prop_map(Magnitude::Constant),
    ];
    let combinations = prop::option::weighted(0.7, 1..80usize);
    let unknown = prop_oneof![Just(0usize), 5..60usize, Just(100)];
    let cuts = prop::collection::vec(0..1000usize, 0..4);
    let collection = prop::sample::select(Collection::ALL.to_vec());
    let head = (any::<u64>(), rows, dictionaries, combinations, collection);
    let told = prop::sample::select(vec![Told::Nothing, Told::Little, Told::Much, Told::Huge]);
    (head, magnitude, unknown, any::<[bool; 3]>(), cuts, told).prop_map(
        |(
            (seed, rows, mut dictionaries, combinations, collection),
            magnitude,
            unknown,
            [all_time, likes, synthetic],
            mut cuts,
            told,
        )| {
            cuts.sort_unstable();
            dictionaries[0] = dictionaries[0].min(6);
            Shape {
                seed,
                rows,
                collection,
                dictionaries,
                combinations,
                magnitude,
                unknown,
                has_all_time: all_time,
                has_likes: likes,
                cuts,
                synthetic,
                told,
            }
        },
    )
}

/// A table in one part that differs from the ordinary one only where a test says so.
pub fn shape(rows: usize) -> Shape {
    Shape {
        seed: 1,
        rows,
        collection: Collection::Models,
        dictionaries: [5; DICTIONARIES],
        combinations: None,
        magnitude: Magnitude::PowerLaw,
        unknown: 15,
        has_all_time: true,
        has_likes: true,
        cuts: Vec::new(),
        synthetic: false,
        told: Told::Much,
    }
}
