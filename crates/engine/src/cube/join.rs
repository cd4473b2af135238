//! Joining the rows that are alike in every facet.

use super::LotCodes;
use crate::items::CHUNK;
use crate::joints::{JOINTS, Joints, Key, Keys, LINEAGE, OWNER, PUBLISHED, TOPIC};

/// Joints from the fastest to the slowest changing one along the items.
const FASTEST_FIRST: [usize; JOINTS] = [TOPIC, LINEAGE, OWNER, PUBLISHED];

/// Items and which rows they are of.
pub(super) struct Joined {
    pub(super) len: usize,
    pub(super) codes: LotCodes,
    pub(super) item_of_row: Vec<u32>,
}

/// Joins the rows with these keys.
pub(super) fn join(joints: &Joints) -> Joined {
    match joints.keys() {
        Keys::Narrow(keys) => joined_in_buckets(keys, joints).unwrap_or_else(|| joined(keys, joints)),
        Keys::Wide(keys) => joined(keys, joints),
    }
}

/// Joins rows in buckets of one publication month and size each, small enough to be sorted in a processor's cache.
///
/// `None` when the other codes and a place in the largest bucket do not fit 64 bits together.
fn joined_in_buckets(keys: &[u64], joints: &Joints) -> Option<Joined> {
    let ranks: [&[u32]; JOINTS] = std::array::from_fn(|joint| joints.ranks(joint));
    let rank = |key: &u64, joint: usize| ranks[joint][key.code(joint)];
    let mut starts = vec![0usize; joints.len(PUBLISHED) + 1];
    keys.iter()
        .for_each(|key| starts[rank(key, PUBLISHED) as usize + 1] += 1);
    let bits = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
    let place_bits = bits(starts.iter().copied().max().unwrap_or(0));
    let [owner_bits, lineage_bits, topic_bits] = [OWNER, LINEAGE, TOPIC].map(|joint| bits(joints.len(joint)));
    if owner_bits + lineage_bits + topic_bits + place_bits > u64::BITS {
        return None;
    }
    for code in 1..starts.len() {
        starts[code] += starts[code - 1];
    }
    let mut next = starts.clone();
    let (mut packed, mut rows) = (vec![0u64; keys.len()], vec![0u32; keys.len()]);
    for (key, row) in keys.iter().zip(0u32..) {
        let bucket = rank(key, PUBLISHED) as usize;
        let at = next[bucket];
        next[bucket] += 1;
        let [owner, lineage, topic] = [OWNER, LINEAGE, TOPIC].map(|joint| u64::from(rank(key, joint)));
        let codes = (owner << lineage_bits | lineage) << topic_bits | topic;
        packed[at] = codes << place_bits | (at - starts[bucket]) as u64;
        rows[at] = row;
    }
    let buckets = || starts.windows(2).map(|ends| ends[0]..ends[1]);
    let mut len = 0;
    for bucket in buckets() {
        let packed = &mut packed[bucket];
        packed.sort_unstable();
        len += packed
            .chunk_by(|one, other| one >> place_bits == other >> place_bits)
            .count();
    }
    let padded = len.next_multiple_of(CHUNK);
    let mut codes: [Vec<u16>; JOINTS] = std::array::from_fn(|_| Vec::with_capacity(padded));
    let mut item_of_row = vec![0u32; keys.len()];
    let mask = |bits: u32| (1u64 << bits) - 1;
    for (published, bucket) in buckets().enumerate() {
        let rows = &rows[bucket.clone()];
        for item in packed[bucket].chunk_by(|one, other| one >> place_bits == other >> place_bits) {
            let number = codes[PUBLISHED].len() as u32;
            let key = item[0] >> place_bits;
            codes[OWNER].push((key >> topic_bits >> lineage_bits) as u16);
            codes[LINEAGE].push((key >> topic_bits & mask(lineage_bits)) as u16);
            codes[TOPIC].push((key & mask(topic_bits)) as u16);
            codes[PUBLISHED].push(published as u16);
            for packed in item {
                item_of_row[rows[(packed & mask(place_bits)) as usize] as usize] = number;
            }
        }
    }
    codes.iter_mut().for_each(|codes| codes.resize(padded, 0));
    Some(Joined {
        len,
        codes: LotCodes::U16(codes),
        item_of_row,
    })
}

fn joined<K: Key>(keys: &[K], joints: &Joints) -> Joined {
    let (order, mut item_of_row) = ordered(keys, joints);
    // The first row of each item.
    let mut firsts: Vec<u32> = Vec::new();
    let mut last = None;
    for row in &order {
        let key = keys[*row as usize];
        if last != Some(key) {
            last = Some(key);
            firsts.push(*row);
        }
        item_of_row[*row as usize] = firsts.len() as u32 - 1;
    }
    drop(order);
    let padded = firsts.len().next_multiple_of(CHUNK);
    let code = |joint: usize| {
        let ranks = joints.ranks(joint);
        firsts.iter().map(move |row| ranks[keys[*row as usize].code(joint)])
    };
    let is_narrow = (0..JOINTS).all(|joint| joints.len(joint) <= 0x1_0000);
    let codes = match is_narrow {
        true => LotCodes::U16(std::array::from_fn(|joint| {
            filled(code(joint).map(|code| code as u16), padded)
        })),
        false => LotCodes::U32(std::array::from_fn(|joint| filled(code(joint), padded))),
    };
    Joined {
        len: firsts.len(),
        codes,
        item_of_row,
    }
}

/// The codes, and nothing up to a length.
fn filled<C: Copy + Default>(codes: impl Iterator<Item = C>, length: usize) -> Vec<C> {
    let mut column = Vec::with_capacity(length);
    column.extend(codes);
    column.resize(length, C::default());
    column
}

/// The rows in the order of their keys, equal ones in their own order, and room for as many numbers again.
fn ordered<K: Key>(keys: &[K], joints: &Joints) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    let mut next = vec![0u32; keys.len()];
    for joint in FASTEST_FIRST {
        let rank = |key: &K| joints.ranks(joint)[key.code(joint)] as usize;
        let mut starts = vec![0u32; joints.len(joint) + 1];
        keys.iter().for_each(|key| starts[rank(key) + 1] += 1);
        for code in 1..starts.len() {
            starts[code] += starts[code - 1];
        }
        for row in &order {
            let start = &mut starts[rank(&keys[*row as usize])];
            next[*start as usize] = *row;
            *start += 1;
        }
        std::mem::swap(&mut order, &mut next);
    }
    (order, next)
}
