//! The loops over items: adding their weights to the totals of what they are.

use crate::bitmap::Set;
use crate::items::{CHUNK, Code, ItemCodes, Items, Weights, on_joint, on_weights};
use crate::joints::{JOINTS, LINEAGE, OWNER, PUBLISHED};
use crate::weigh::{Weight, each};

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

impl OverTime<'_> {
    #[inline(always)]
    fn cell(&self, published: usize, split: usize) -> usize {
        (self.month_start[published] + self.split_value[split]) as usize
    }
}

/// Adds a set of blocks to the cells of every joint that blocks have, and to the cells over time where the split has such a
/// joint. Blocks of one publisher and one time stand together: those two and what follows from them are told once for all
/// that follow one another.
pub(crate) fn add_blocks(
    blocks: &Items<'_>,
    measure: Weights<'_>,
    set: Set<'_>,
    sign: Sign,
    over_time: Option<OverTime<'_>>,
    totals: (&mut [Vec<Cell>; JOINTS], &mut [u64]),
) {
    match blocks.codes {
        ItemCodes::U16(codes) => on_weights!(measure, measure => match sign {
            Sign::Add => each_block::<_, _, false>(codes, (measure, blocks.models), set, over_time, totals),
            Sign::TakeAway => each_block::<_, _, true>(codes, (measure, blocks.models), set, over_time, totals),
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => match sign {
            Sign::Add => each_block::<_, _, false>(codes, (measure, blocks.models), set, over_time, totals),
            Sign::TakeAway => each_block::<_, _, true>(codes, (measure, blocks.models), set, over_time, totals),
        }),
    }
}

fn each_block<C: Code + Eq, W: Weight, const TAKE_AWAY: bool>(
    codes: [&[C]; JOINTS],
    (measure, models): (&[W], &[u32]),
    set: Set<'_>,
    over_time: Option<OverTime<'_>>,
    (joints, times): (&mut [Vec<Cell>; JOINTS], &mut [u64]),
) {
    let [owners, lineages, _, publications] = joints;
    let along = |joint: usize| over_time.filter(|over_time| over_time.split_joint == joint);
    let (of_owner, of_lineage, of_published) = (along(OWNER), along(LINEAGE), along(PUBLISHED));
    let mut run: Option<(usize, usize)> = None;
    let mut sums = [0, 0];
    let change_time = |times: &mut [u64], at: usize, weight: u64| times[at] = changed::<TAKE_AWAY>(times[at], weight);
    let mut finish = |run: Option<(usize, usize)>, sums: Cell, times: &mut [u64]| {
        let Some((owner, published)) = run else { return };
        change::<TAKE_AWAY>(&mut owners[owner], sums);
        change::<TAKE_AWAY>(&mut publications[published], sums);
        if let Some(over_time) = &of_owner {
            change_time(times, over_time.cell(published, owner), sums[0]);
        } else if let Some(over_time) = &of_published {
            change_time(times, over_time.cell(published, published), sums[0]);
        }
    };
    set.each_word(|at, word| {
        let start = at * CHUNK;
        let chunk = |joint: usize| codes[joint][start..].first_chunk::<CHUNK>();
        let (Some(owner), Some(lineage), Some(published)) = (chunk(OWNER), chunk(LINEAGE), chunk(PUBLISHED)) else {
            return;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        each(word, |at| {
            let cell = [measure[at].into(), models[at].into()];
            change::<TAKE_AWAY>(&mut lineages[lineage[at].position()], cell);
            if let Some(over_time) = &of_lineage {
                let at = over_time.cell(published[at].position(), lineage[at].position());
                change_time(times, at, cell[0]);
            }
            let next = Some((owner[at].position(), published[at].position()));
            if run != next {
                finish(run, sums, times);
                (run, sums) = (next, [0, 0]);
            }
            add_cell(&mut sums, cell);
        });
    });
    finish(run, sums, times);
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

/// Adds the items of a set to the cells over time.
pub(crate) fn add_over_time(
    items: &Items<'_>,
    measure: Weights<'_>,
    set: Set<'_>,
    sign: Sign,
    over_time: OverTime<'_>,
    times: &mut [u64],
) {
    match items.codes {
        ItemCodes::U16(codes) => {
            on_weights!(measure, measure => along_time(codes, measure, set, sign, over_time, times))
        }
        ItemCodes::U32(codes) => {
            on_weights!(measure, measure => along_time(codes, measure, set, sign, over_time, times))
        }
    }
}

fn along_time<C: Code, W: Weight>(
    codes: [&[C]; JOINTS],
    measure: &[W],
    set: Set<'_>,
    sign: Sign,
    over_time: OverTime<'_>,
    times: &mut [u64],
) {
    set.each_word(|at, word| {
        let start = at * CHUNK;
        let measure = W::chunk(measure, start);
        let chunk = |joint: usize| codes[joint][start..].first_chunk::<CHUNK>();
        let (Some(published), Some(split)) = (chunk(PUBLISHED), chunk(over_time.split_joint)) else {
            return;
        };
        each(word, |at| {
            let time = &mut times[over_time.cell(published[at].position(), split[at].position())];
            *time = time.wrapping_add(sign.of(measure[at].into()));
        });
    });
}

/// Adds the items of a set to the cells of one joint.
pub(crate) fn add_joint(
    items: &Items<'_>,
    measure: Weights<'_>,
    set: Set<'_>,
    sign: Sign,
    joint: usize,
    cells: &mut [Cell],
) {
    let models = items.models;
    if !matches!(joint, OWNER | PUBLISHED) {
        return on_joint!(items.codes.joint(joint), codes => on_weights!(measure, measure => match sign {
            Sign::Add => into_joint::<_, _, false>(codes, (measure, models), set, cells),
            Sign::TakeAway => into_joint::<_, _, true>(codes, (measure, models), set, cells),
        }));
    }
    // What pads the last chunk is in no order.
    let in_order = if items.in_order { items.len } else { 0 };
    match items.codes {
        ItemCodes::U16(codes) => {
            let codes = (codes[joint], &codes[PUBLISHED][..in_order]);
            on_weights!(measure, measure => match sign {
                Sign::Add => runs_into_joint::<_, _, false>(codes, (measure, models), set, cells),
                Sign::TakeAway => runs_into_joint::<_, _, true>(codes, (measure, models), set, cells),
            })
        }
        ItemCodes::U32(codes) => {
            let codes = (codes[joint], &codes[PUBLISHED][..in_order]);
            on_weights!(measure, measure => match sign {
                Sign::Add => runs_into_joint::<_, _, false>(codes, (measure, models), set, cells),
                Sign::TakeAway => runs_into_joint::<_, _, true>(codes, (measure, models), set, cells),
            })
        }
    }
}

/// As [`into_joint`], for codes of which many stand together: each run of one code is added at once. `published` are the
/// codes in the order of which the items stand, as far as they do: of a chunk that begins and ends with the same publisher
/// and time, all items are of these.
fn runs_into_joint<C: Code + Eq, W: Weight, const TAKE_AWAY: bool>(
    (codes, published): (&[C], &[C]),
    (measure, models): (&[W], &[u32]),
    set: Set<'_>,
    cells: &mut [Cell],
) {
    let (mut run, mut sums) = (0, [0, 0]);
    set.each_word(|at, word| {
        let start = at * CHUNK;
        let Some(codes) = codes[start..].first_chunk::<CHUNK>() else {
            return;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        let published = published.get(start..).and_then(<[C]>::first_chunk::<CHUNK>);
        let is_one = |codes: &[C; CHUNK]| codes[0] == codes[CHUNK - 1];
        let is_one_code = is_one(codes) && published.is_some_and(is_one);
        let mut change_run = |code: usize, run: &mut usize, sums: &mut Cell| {
            if code != *run {
                change::<TAKE_AWAY>(&mut cells[*run], *sums);
                (*run, *sums) = (code, [0, 0]);
            }
        };
        if is_one_code {
            change_run(codes[0].position(), &mut run, &mut sums);
            add_cell(
                &mut sums,
                [W::sum_of_word(measure, word), u32::sum_of_word(models, word)],
            );
        } else {
            each(word, |at| {
                change_run(codes[at].position(), &mut run, &mut sums);
                add_cell(&mut sums, [measure[at].into(), models[at].into()]);
            });
        }
    });
    if let Some(cell) = cells.get_mut(run) {
        change::<TAKE_AWAY>(cell, sums);
    }
}

/// Adds all items of some blocks to the cells of one joint.
pub(crate) fn add_items_of_blocks(
    items: &Items<'_>,
    starts: &[u32],
    measure: Weights<'_>,
    blocks: Set<'_>,
    sign: Sign,
    joint: usize,
    cells: &mut [Cell],
) {
    let models = items.models;
    on_joint!(items.codes.joint(joint), codes => on_weights!(measure, measure => {
        blocks_into_joint(codes, (measure, models), starts, blocks, sign, cells);
    }));
}

fn blocks_into_joint<C: Code, W: Weight>(
    codes: &[C],
    (measure, models): (&[W], &[u32]),
    starts: &[u32],
    blocks: Set<'_>,
    sign: Sign,
    cells: &mut [Cell],
) {
    // A measure that nobody counts has no weights, which is 0 of it.
    let measure = |item: usize| measure.get(item).map_or(0, |measure| (*measure).into());
    blocks.each_word(|at, word| {
        each(word, |block| {
            let block = at * CHUNK + block;
            for item in starts[block] as usize..starts[block + 1] as usize {
                let by = [sign.of(measure(item)), sign.of(models[item].into())];
                change::<false>(&mut cells[codes[item].position()], by);
            }
        });
    });
}

fn into_joint<C: Code, W: Weight, const TAKE_AWAY: bool>(
    codes: &[C],
    (measure, models): (&[W], &[u32]),
    set: Set<'_>,
    cells: &mut [Cell],
) {
    set.each_word(|at, word| {
        let start = at * CHUNK;
        let Some(codes) = codes[start..].first_chunk::<CHUNK>() else {
            return;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        each(word, |at| {
            let cell = [measure[at].into(), models[at].into()];
            change::<TAKE_AWAY>(&mut cells[codes[at].position()], cell);
        });
    });
}
