//! The loops over items: adding their weights to the totals of what they are.

use crate::items::{CHUNK, Code, ItemCodes, Items, Weights, on_joint, on_weights};
use crate::joints::{JOINTS, PUBLISHED};

/// Sum of the measure and number of models of one code.
pub(crate) type Cell = [u64; 2];

/// Adds the totals of one code to those of another.
pub(crate) fn add_cell(to: &mut Cell, from: Cell) {
    to[0] += from[0];
    to[1] += from[1];
}

/// Whether items come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Add,
    TakeAway,
}

impl Sign {
    /// All bits set to take away. Totals are whole numbers modulo 2^64: x ^ −1 − (−1) = −x.
    #[inline(always)]
    fn bits(self) -> u64 {
        match self {
            Sign::Add => 0,
            Sign::TakeAway => u64::MAX,
        }
    }

    #[inline(always)]
    pub(crate) fn of(self, weight: u64) -> u64 {
        (weight ^ self.bits()).wrapping_sub(self.bits())
    }
}

/// Where the measure falls over time: for each item the cell is `month of its publication · values + value of the split`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverTime<'a> {
    /// Month (times `values`) of each combination of the joint [`PUBLISHED`].
    pub(crate) month_start: &'a [u32],
    /// Joint of the facet that splits.
    pub(crate) split_joint: usize,
    /// Value of the split in each combination of its joint.
    pub(crate) split_value: &'a [u32],
}

/// A weight that is read in chunks.
trait Weight: Copy + Into<u64> + 'static {
    /// A chunk of nothing, for what would lie beyond the end.
    const NOTHING: &'static [Self; CHUNK];

    #[inline(always)]
    fn chunk(weights: &[Self], first: usize) -> &[Self; CHUNK] {
        let rest = weights.get(first..).unwrap_or_default();
        rest.first_chunk().unwrap_or(Self::NOTHING)
    }
}

impl Weight for u32 {
    const NOTHING: &'static [u32; CHUNK] = &[0; CHUNK];
}

impl Weight for u64 {
    const NOTHING: &'static [u64; CHUNK] = &[0; CHUNK];
}

/// Calls a function with the place of each item in a word, below [`CHUNK`].
#[inline(always)]
pub(crate) fn each(word: u64, mut visit: impl FnMut(usize)) {
    let mut rest = word;
    while rest != 0 {
        visit(rest.trailing_zeros() as usize % CHUNK);
        rest &= rest - 1;
    }
}

/// Adds the items of a set to the cells of every joint and to the cells over time.
pub(crate) fn add_everywhere(
    items: &Items<'_>,
    measure: Weights<'_>,
    set: &[u64],
    sign: Sign,
    over_time: OverTime<'_>,
    cells: &mut [Vec<Cell>; JOINTS],
    time_cells: &mut [u64],
) {
    match items.codes {
        ItemCodes::U16(codes) => on_weights!(measure, measure => {
            everywhere(codes, measure, items.models, set, sign, over_time, cells, time_cells)
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => {
            everywhere(codes, measure, items.models, set, sign, over_time, cells, time_cells)
        }),
    }
}

#[expect(clippy::too_many_arguments, reason = "a loop and all that it reads and writes")]
fn everywhere<C: Code, W: Weight>(
    codes: [&[C]; JOINTS],
    measure: &[W],
    models: &[u32],
    set: &[u64],
    sign: Sign,
    over_time: OverTime<'_>,
    cells: &mut [Vec<Cell>; JOINTS],
    time_cells: &mut [u64],
) {
    let [first, second, third, last] = cells;
    for (at, word) in set.iter().enumerate() {
        if *word == 0 {
            continue;
        }
        let start = at * CHUNK;
        let chunk = |joint: usize| codes[joint][start..].first_chunk::<CHUNK>();
        let (Some(owner), Some(lineage), Some(subject), Some(published), Some(split)) = (
            chunk(0),
            chunk(1),
            chunk(2),
            chunk(PUBLISHED),
            chunk(over_time.split_joint),
        ) else {
            continue;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        each(*word, |at| {
            let weight = sign.of(measure[at].into());
            let count = sign.of(models[at].into());
            add(&mut first[owner[at].position()], weight, count);
            add(&mut second[lineage[at].position()], weight, count);
            add(&mut third[subject[at].position()], weight, count);
            let published = published[at].position();
            add(&mut last[published], weight, count);
            let cell = over_time.month_start[published] + over_time.split_value[split[at].position()];
            let cell = &mut time_cells[cell as usize];
            *cell = cell.wrapping_add(weight);
        });
    }
}

#[inline(always)]
fn add(cell: &mut Cell, weight: u64, count: u64) {
    cell[0] = cell[0].wrapping_add(weight);
    cell[1] = cell[1].wrapping_add(count);
}

/// Adds the items of a set to the cells over time only.
pub(crate) fn add_over_time(
    items: &Items<'_>,
    measure: Weights<'_>,
    set: &[u64],
    over_time: OverTime<'_>,
    time_cells: &mut [u64],
) {
    match items.codes {
        ItemCodes::U16(codes) => on_weights!(measure, measure => {
            along_time(codes, measure, set, over_time, time_cells)
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => {
            along_time(codes, measure, set, over_time, time_cells)
        }),
    }
}

fn along_time<C: Code, W: Weight>(
    codes: [&[C]; JOINTS],
    measure: &[W],
    set: &[u64],
    over_time: OverTime<'_>,
    time_cells: &mut [u64],
) {
    for (at, word) in set.iter().enumerate() {
        let start = at * CHUNK;
        let measure = W::chunk(measure, start);
        each(*word, |at| {
            let published = codes[PUBLISHED][start + at].position();
            let split = codes[over_time.split_joint][start + at].position();
            let cell = over_time.month_start[published] + over_time.split_value[split];
            time_cells[cell as usize] += measure[at].into();
        });
    }
}

/// Adds the items of a set to the cells of one joint.
pub(crate) fn add_joint(
    items: &Items<'_>,
    measure: Weights<'_>,
    set: &[u64],
    sign: Sign,
    joint: usize,
    cells: &mut [Cell],
) {
    on_joint!(items.codes.joint(joint), codes => on_weights!(measure, measure => {
        into_joint(codes, measure, items.models, set, sign, cells);
    }));
}

fn into_joint<C: Code, W: Weight>(
    codes: &[C],
    measure: &[W],
    models: &[u32],
    set: &[u64],
    sign: Sign,
    cells: &mut [Cell],
) {
    for (at, word) in set.iter().enumerate() {
        let start = at * CHUNK;
        let Some(codes) = codes[start..].first_chunk::<CHUNK>().filter(|_| *word != 0) else {
            continue;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        each(*word, |at| {
            let (weight, count) = (sign.of(measure[at].into()), sign.of(models[at].into()));
            add(&mut cells[codes[at].position()], weight, count);
        });
    }
}

/// The sum of the weights of a set, modulo 2^64.
pub(crate) fn sum(weights: Weights<'_>, set: &[u64]) -> u64 {
    on_weights!(weights, weights => sum_of(weights, set))
}

fn sum_of<W: Weight>(weights: &[W], set: &[u64]) -> u64 {
    let mut total = 0u64;
    for (at, word) in set.iter().enumerate() {
        if *word == u64::MAX {
            let chunk = W::chunk(weights, at * CHUNK);
            total = total.wrapping_add(
                chunk
                    .iter()
                    .fold(0, |sum: u64, weight| sum.wrapping_add((*weight).into())),
            );
        } else if *word != 0 {
            let chunk = W::chunk(weights, at * CHUNK);
            each(*word, |at| total = total.wrapping_add(chunk[at].into()));
        }
    }
    total
}
