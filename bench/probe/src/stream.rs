//! The floor under every step: reading the bytes of its columns once, and nothing else.

use wasm_bindgen::prelude::*;

/// Bytes added up at a time: wide enough for SIMD and to hide the latency of the addition.
const LANES: usize = 8;

/// As many bytes as a step has to read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Stream {
    words: Vec<u64>,
}

#[wasm_bindgen]
impl Stream {
    /// Reserves `bytes` bytes and fills them with different values, so that each lies in memory of its own.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: usize) -> Stream {
        let words = bytes.div_ceil(8) as u64;
        Stream {
            words: (0..words).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect(),
        }
    }

    /// Reads them all; the sum keeps the compiler from leaving that out.
    pub fn read(&self) -> f64 {
        let (chunks, rest) = self.words.as_chunks::<LANES>();
        let mut sums = [0_u64; LANES];
        for chunk in chunks {
            for (sum, word) in sums.iter_mut().zip(chunk) {
                *sum = sum.wrapping_add(*word);
            }
        }
        let sum = sums
            .iter()
            .chain(rest)
            .fold(0, |sum: u64, word| sum.wrapping_add(*word));
        (sum >> 12) as f64
    }
}
