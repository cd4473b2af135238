//! Joints: base columns that go together, counted as one.
//!
//! An organisation decides its region, country and kind, and a library most of a task: the combinations that occur are
//! few. A joint holds one code for each combination of its members, so that a kernel adds an item once a joint instead of
//! once a column, and the totals of a member follow from those of the joint.

use std::cmp::Ordering;

use atlas_snapshot::CodeColumn;
use hashbrown::HashMap;

use crate::items::{BASES, BIN, Code, Codes, MONTH, on_codes};

/// Number of joints.
pub(crate) const JOINTS: usize = 4;

/// Position of the joint of who published: region, country, kind and organisation.
pub(crate) const OWNER: usize = 0;

/// Position of the joint of what a model was made from.
pub(crate) const LINEAGE: usize = 1;

/// Position of the joint of what a model is for, with which library and under which licence.
pub(crate) const TOPIC: usize = 2;

/// Position of the joint of month and bin of the parameter count.
pub(crate) const PUBLISHED: usize = 3;

/// The joints in which all items of a block are alike.
pub(crate) const BY_BLOCK: [usize; 3] = [OWNER, LINEAGE, PUBLISHED];

/// The base columns of each joint: who published, from what, on what and under which terms, when and how large.
pub(crate) const MEMBERS: [&[usize]; JOINTS] = [&[1, 2, 3, 4], &[8, 9], &[5, 6, 7], &[MONTH, BIN]];

/// Largest table in which a pair of codes is looked up by position; pairs beyond are hashed.
const DENSE_ENTRIES: usize = 1 << 22;

/// Marks a pair that has not occurred.
const ABSENT: u32 = u32::MAX;

/// The joints of a table, and the key of each of its rows.
#[derive(Clone, Debug)]
pub(crate) struct Joints {
    joints: [Joint; JOINTS],
    keys: Keys,
}

/// The combinations of one joint.
#[derive(Clone, Debug, Default)]
struct Joint {
    pairings: Vec<Pairing>,
    /// For each member, its code in each combination, as they occurred.
    members: Vec<Vec<u32>>,
    /// The place of each combination, as they occurred, in the order of their members.
    ranks: Vec<u32>,
    /// The members of the combinations in that order.
    ordered: Vec<Vec<u32>>,
}

/// The codes of a row in every joint, packed: 16 bits a joint while that is enough, else 32.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    Narrow(Vec<u64>),
    Wide(Vec<u128>),
}

/// A row's packed codes.
pub(crate) trait Key: Copy + Eq {
    /// The code in one joint.
    fn code(self, joint: usize) -> usize;
}

impl Key for u64 {
    #[inline(always)]
    fn code(self, joint: usize) -> usize {
        (self >> (16 * joint)) as usize & 0xffff
    }
}

impl Key for u128 {
    #[inline(always)]
    fn code(self, joint: usize) -> usize {
        (self >> (32 * joint)) as u32 as usize
    }
}

impl Default for Joints {
    fn default() -> Joints {
        Joints {
            joints: Default::default(),
            keys: Keys::Narrow(Vec::new()),
        }
    }
}

impl Joints {
    /// Adds rows, given the codes of every base column; `lengths` are the numbers of codes of the base columns.
    pub(crate) fn append(&mut self, columns: &[CodeColumn; BASES], lengths: &[usize; BASES]) {
        let rows = columns[MONTH].len();
        let first = self.keys.len();
        self.keys.grow(rows);
        for (at, joint) in self.joints.iter_mut().enumerate() {
            let codes = joint.codes(MEMBERS[at], columns, lengths);
            self.keys.put(at, first, &codes);
        }
    }

    /// The keys of all rows, unless they have been [`forget_keys`](Joints::forget_keys)ed.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Gives the memory of the keys back: no more rows will come.
    pub(crate) fn forget_keys(&mut self) {
        self.keys = Keys::Narrow(Vec::new());
    }

    /// Number of combinations of a joint.
    pub(crate) fn len(&self, joint: usize) -> usize {
        self.joints[joint].members.first().map_or(0, Vec::len)
    }

    /// Numbers the combinations anew, in the order of their members, so that those with the same first member (a region, a
    /// month, a relation, a task) stand together. Keys keep the numbers in which the combinations occurred.
    pub(crate) fn order(&mut self) {
        self.joints.iter_mut().for_each(Joint::order);
    }

    /// For each combination that a key names, its number since they were last [`order`](Joints::order)ed.
    pub(crate) fn ranks(&self, joint: usize) -> &[u32] {
        &self.joints[joint].ranks
    }

    /// The code of a base column in each combination of its joint, in their order.
    pub(crate) fn member(&self, base: usize) -> &[u32] {
        let (joint, at) = place(base);
        self.joints[joint]
            .ordered
            .get(at)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// The joint of a base column, and its place among the members.
pub(crate) const fn place(base: usize) -> (usize, usize) {
    PLACES[base]
}

const PLACES: [(usize, usize); BASES] = {
    let mut places = [(0, 0); BASES];
    let mut joint = 0;
    while joint < JOINTS {
        let mut at = 0;
        while at < MEMBERS[joint].len() {
            places[MEMBERS[joint][at]] = (joint, at);
            at += 1;
        }
        joint += 1;
    }
    places
};

impl Keys {
    fn len(&self) -> usize {
        match self {
            Keys::Narrow(keys) => keys.len(),
            Keys::Wide(keys) => keys.len(),
        }
    }

    fn grow(&mut self, rows: usize) {
        match self {
            Keys::Narrow(keys) => {
                keys.reserve_exact(rows);
                keys.resize(keys.len() + rows, 0);
            }
            Keys::Wide(keys) => keys.resize(keys.len() + rows, 0),
        }
    }

    fn put(&mut self, joint: usize, first: usize, codes: &[u32]) {
        if let Keys::Narrow(keys) = self
            && codes.iter().any(|code| *code > 0xffff)
        {
            let widen = |key: &u64| (0..JOINTS).fold(0, |wide, at| wide | (key.code(at) as u128) << (32 * at));
            *self = Keys::Wide(keys.iter().map(widen).collect());
        }
        match self {
            Keys::Narrow(keys) => {
                for (key, code) in keys[first..].iter_mut().zip(codes) {
                    *key |= u64::from(*code) << (16 * joint);
                }
            }
            Keys::Wide(keys) => {
                for (key, code) in keys[first..].iter_mut().zip(codes) {
                    *key |= u128::from(*code) << (32 * joint);
                }
            }
        }
    }
}

impl Joint {
    fn order(&mut self) {
        let combinations = self.members.first().map_or(0, Vec::len) as u32;
        let mut order: Vec<u32> = (0..combinations).collect();
        order.sort_unstable_by(|one, other| {
            let mut codes = self
                .members
                .iter()
                .map(|codes| codes[*one as usize].cmp(&codes[*other as usize]));
            codes.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
        });
        self.ranks = vec![0; order.len()];
        for (rank, at) in (0u32..).zip(&order) {
            self.ranks[*at as usize] = rank;
        }
        let ordered = |codes: &Vec<u32>| order.iter().map(|at| codes[*at as usize]).collect();
        self.ordered = self.members.iter().map(ordered).collect();
    }

    /// The combination of each row.
    fn codes(&mut self, members: &[usize], columns: &[CodeColumn; BASES], lengths: &[usize; BASES]) -> Vec<u32> {
        if self.members.is_empty() {
            self.members = vec![Vec::new(); members.len()];
            self.pairings = members.iter().map(|base| Pairing::new(lengths[*base])).collect();
        }
        let rows = columns[MONTH].len();
        // Pairing with the first member alone gives its codes in the order in which they occur.
        let mut codes = vec![0u32; rows];
        let mut known = 1;
        for (at, base) in members.iter().enumerate() {
            let before = self.pairings[at].pairs.len();
            on_codes!(Codes::of(&columns[*base]), right => self.pairings[at].pair(&mut codes, right));
            known = self.pairings[at].pairs.len();
            debug_assert!(before <= known);
        }
        for combination in self.members[0].len()..known {
            let mut code = combination as u32;
            for (pairing, member) in self.pairings.iter().zip(&mut self.members).rev() {
                let (left, right) = pairing.pairs[code as usize];
                member.push(right);
                code = left;
            }
        }
        codes
    }
}

/// Pairs of codes that occur, numbered in the order in which they do.
#[derive(Clone, Debug)]
struct Pairing {
    /// Number of right codes.
    stride: usize,
    dense: Vec<u32>,
    sparse: HashMap<(u32, u32), u32>,
    pairs: Vec<(u32, u32)>,
}

impl Pairing {
    fn new(stride: usize) -> Pairing {
        Pairing {
            stride: stride.max(1),
            dense: Vec::new(),
            sparse: HashMap::new(),
            pairs: Vec::new(),
        }
    }

    /// Replaces each left code by the code of its pair.
    fn pair<C: Code>(&mut self, left: &mut [u32], right: &[C]) {
        for (left, right) in left.iter_mut().zip(right) {
            let right = right.position();
            // In 64 bits: `usize` has 32 in wasm, and many codes of both sides go beyond.
            let at = u64::from(*left) * self.stride as u64 + right as u64;
            *left = match usize::try_from(at).ok().and_then(|at| self.dense.get(at)) {
                Some(code) if *code != ABSENT => *code,
                _ => self.rare(*left, right as u32, at),
            };
        }
    }

    #[cold]
    fn rare(&mut self, left: u32, right: u32, at: u64) -> u32 {
        let next = self.pairs.len() as u32;
        let code = if at < DENSE_ENTRIES as u64 {
            let at = at as usize;
            if at >= self.dense.len() {
                let rows = (at / self.stride + 1).next_power_of_two();
                self.dense.resize(rows * self.stride, ABSENT);
            }
            self.dense[at] = next;
            next
        } else {
            *self.sparse.entry((left, right)).or_insert(next)
        };
        if code == next {
            self.pairs.push((left, right));
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Columns in which every base column holds its own codes.
    fn columns(rows: &[[u32; BASES]], lengths: &[usize; BASES]) -> [CodeColumn; BASES] {
        std::array::from_fn(|base| {
            let mut column = CodeColumn::for_dictionary(lengths[base], rows.len());
            rows.iter().for_each(|row| column.push_run(row[base], 1));
            column
        })
    }

    fn check(rows: &[[u32; BASES]], lengths: [usize; BASES], cut: usize) {
        let mut joints = Joints::default();
        let (head, rest) = rows.split_at(cut.min(rows.len()));
        joints.append(&columns(head, &lengths), &lengths);
        joints.append(&columns(rest, &lengths), &lengths);
        joints.order();
        for (at, row) in rows.iter().enumerate() {
            for (base, expected) in row.iter().enumerate() {
                let joint = place(base).0;
                let code = match joints.keys() {
                    Keys::Narrow(keys) => keys[at].code(joint),
                    Keys::Wide(keys) => keys[at].code(joint),
                };
                let code = joints.ranks(joint)[code] as usize;
                assert_eq!(joints.member(base)[code], *expected);
            }
        }
        for (joint, members) in MEMBERS.iter().enumerate() {
            let combination = |at: usize| -> Vec<u32> { members.iter().map(|base| joints.member(*base)[at]).collect() };
            assert!((1..joints.len(joint)).all(|at| combination(at - 1) < combination(at)));
        }
    }

    proptest! {
        #[test]
        fn the_members_of_a_row_come_back_from_its_key_and_combinations_stand_in_their_order(
            rows in prop::collection::vec(prop::array::uniform11(0u32..300), 0..200),
            cut in 0usize..200,
        ) {
            check(&rows, [300; BASES], cut);
        }
    }

    #[test]
    fn more_than_65_536_combinations_and_pairs_beyond_the_table_are_kept_apart() {
        let row = |at: u32| std::array::from_fn(|base| if base == 4 || base == 9 { at % 90_000 } else { at % 7 });
        let rows: Vec<[u32; BASES]> = (0..100_000).map(row).collect();
        check(&rows, [100_000; BASES], 500);
    }
}
