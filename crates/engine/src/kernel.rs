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

/// Adds totals by code to others, modulo 2^64.
pub(crate) fn add_cells(to: &mut [Cell], from: &[Cell]) {
    to.iter_mut()
        .zip(from)
        .for_each(|(to, from)| change::<false>(to, *from));
}

/// Takes totals by code from others, modulo 2^64.
pub(crate) fn take_cells(from: &mut [Cell], these: &[Cell]) {
    from.iter_mut()
        .zip(these)
        .for_each(|(from, these)| change::<true>(from, *these));
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

/// The totals that items are added to or taken from.
pub(crate) struct Cells<'a> {
    pub(crate) joints: &'a mut [Vec<Cell>; JOINTS],
    pub(crate) over_time: &'a mut [u64],
}

/// Adds the items of a set to the cells of every joint and to the cells over time.
pub(crate) fn add_everywhere(
    items: &Items<'_>,
    measure: Weights<'_>,
    set: &[u64],
    sign: Sign,
    over_time: OverTime<'_>,
    cells: Cells<'_>,
) {
    match items.codes {
        ItemCodes::U16(codes) => on_weights!(measure, measure => match sign {
            Sign::Add => everywhere::<_, _, false>(items, codes, measure, set, over_time, cells),
            Sign::TakeAway => everywhere::<_, _, true>(items, codes, measure, set, over_time, cells),
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => match sign {
            Sign::Add => everywhere::<_, _, false>(items, codes, measure, set, over_time, cells),
            Sign::TakeAway => everywhere::<_, _, true>(items, codes, measure, set, over_time, cells),
        }),
    }
}

fn everywhere<C: Code, W: Weight, const TAKE_AWAY: bool>(
    items: &Items<'_>,
    codes: [&[C]; JOINTS],
    measure: &[W],
    set: &[u64],
    over_time: OverTime<'_>,
    Cells {
        joints,
        over_time: times,
    }: Cells<'_>,
) {
    let [first, second, third, last] = joints;
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
        let (measure, models) = (W::chunk(measure, start), u32::chunk(items.models, start));
        let time = |at: usize| {
            let month_start = over_time.month_start[published[at].position()];
            (month_start + over_time.split_value[split[at].position()]) as usize
        };
        let change_time = |cell: &mut u64, weight: u64| *cell = changed::<TAKE_AWAY>(*cell, weight);
        if items.is_steady(at) {
            // Who published and when is told once for all items of the chunk.
            let mut sums = [0, 0];
            each(*word, |at| {
                let cell = [measure[at].into(), models[at].into()];
                change::<TAKE_AWAY>(&mut second[lineage[at].position()], cell);
                change::<TAKE_AWAY>(&mut third[subject[at].position()], cell);
                add_cell(&mut sums, cell);
            });
            change::<TAKE_AWAY>(&mut first[owner[0].position()], sums);
            change::<TAKE_AWAY>(&mut last[published[0].position()], sums);
            match over_time.split_joint {
                0 | PUBLISHED => change_time(&mut times[time(0)], sums[0]),
                _ => each(*word, |at| change_time(&mut times[time(at)], measure[at].into())),
            }
            continue;
        }
        each(*word, |at| {
            let cell = [measure[at].into(), models[at].into()];
            change::<TAKE_AWAY>(&mut first[owner[at].position()], cell);
            change::<TAKE_AWAY>(&mut second[lineage[at].position()], cell);
            change::<TAKE_AWAY>(&mut third[subject[at].position()], cell);
            change::<TAKE_AWAY>(&mut last[published[at].position()], cell);
            change_time(&mut times[time(at)], cell[0]);
        });
    }
}

/// Totals are whole numbers modulo 2^64, so that less than nothing may stand in between.
#[inline(always)]
fn changed<const TAKE_AWAY: bool>(total: u64, by: u64) -> u64 {
    match TAKE_AWAY {
        false => total.wrapping_add(by),
        true => total.wrapping_sub(by),
    }
}

#[inline(always)]
fn change<const TAKE_AWAY: bool>(cell: &mut Cell, by: Cell) {
    *cell = [
        changed::<TAKE_AWAY>(cell[0], by[0]),
        changed::<TAKE_AWAY>(cell[1], by[1]),
    ];
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
            along_time(items, codes, measure, set, over_time, time_cells)
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => {
            along_time(items, codes, measure, set, over_time, time_cells)
        }),
    }
}

fn along_time<C: Code, W: Weight>(
    items: &Items<'_>,
    codes: [&[C]; JOINTS],
    measure: &[W],
    set: &[u64],
    over_time: OverTime<'_>,
    time_cells: &mut [u64],
) {
    for (at, word) in set.iter().enumerate().filter(|(_, word)| **word != 0) {
        let start = at * CHUNK;
        let measure = W::chunk(measure, start);
        let cell = |at: usize| {
            let published = codes[PUBLISHED][start + at].position();
            let split = codes[over_time.split_joint][start + at].position();
            (over_time.month_start[published] + over_time.split_value[split]) as usize
        };
        match over_time.split_joint {
            0 | PUBLISHED if items.is_steady(at) => {
                let mut sum = 0u64;
                each(*word, |at| sum += measure[at].into());
                time_cells[cell(0)] += sum;
            }
            _ => each(*word, |at| time_cells[cell(at)] += measure[at].into()),
        }
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
    let is_steady = |at: usize| matches!(joint, 0 | PUBLISHED) && items.is_steady(at);
    on_joint!(items.codes.joint(joint), codes => on_weights!(measure, measure => match sign {
        Sign::Add => into_joint::<_, _, false>(codes, measure, items.models, set, is_steady, cells),
        Sign::TakeAway => into_joint::<_, _, true>(codes, measure, items.models, set, is_steady, cells),
    }));
}

fn into_joint<C: Code, W: Weight, const TAKE_AWAY: bool>(
    codes: &[C],
    measure: &[W],
    models: &[u32],
    set: &[u64],
    is_steady: impl Fn(usize) -> bool,
    cells: &mut [Cell],
) {
    for (at, word) in set.iter().enumerate() {
        let start = at * CHUNK;
        let Some(codes) = codes[start..].first_chunk::<CHUNK>().filter(|_| *word != 0) else {
            continue;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        let cell = |at: usize| [measure[at].into(), models[at].into()];
        if is_steady(at) {
            let mut sums = [0, 0];
            each(*word, |at| add_cell(&mut sums, cell(at)));
            change::<TAKE_AWAY>(&mut cells[codes[0].position()], sums);
        } else {
            each(*word, |at| {
                change::<TAKE_AWAY>(&mut cells[codes[at].position()], cell(at))
            });
        }
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
