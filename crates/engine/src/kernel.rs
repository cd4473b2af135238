//! The loops over items: adding their weights to the totals of what they are.

use crate::bitmap::Words;
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

/// Adds what may be less than nothing: totals are whole numbers modulo 2^64.
#[inline(always)]
fn change(cell: &mut Cell, by: Cell) {
    *cell = [cell[0].wrapping_add(by[0]), cell[1].wrapping_add(by[1])];
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
    fn of(self, weight: u64) -> u64 {
        (weight ^ self.bits()).wrapping_sub(self.bits())
    }

    #[inline(always)]
    fn of_cell(self, cell: Cell) -> Cell {
        [self.of(cell[0]), self.of(cell[1])]
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
    words: &Words,
    sign: Sign,
    over_time: Option<OverTime<'_>>,
    totals: (&mut [Vec<Cell>; JOINTS], &mut [u64]),
) {
    match blocks.codes {
        ItemCodes::U16(codes) => on_weights!(measure, measure => {
            each_block(codes, (measure, blocks.models), words, sign, over_time, totals);
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => {
            each_block(codes, (measure, blocks.models), words, sign, over_time, totals);
        }),
    }
}

fn each_block<C: Code + Eq, W: Weight>(
    codes: [&[C]; JOINTS],
    (measure, models): (&[W], &[u32]),
    words: &Words,
    sign: Sign,
    over_time: Option<OverTime<'_>>,
    (joints, times): (&mut [Vec<Cell>; JOINTS], &mut [u64]),
) {
    let [owners, lineages, _, publications] = joints;
    let along = |joint: usize| over_time.filter(|over_time| over_time.split_joint == joint);
    let (of_owner, of_lineage, of_published) = (along(OWNER), along(LINEAGE), along(PUBLISHED));
    let mut run: Option<(usize, usize)> = None;
    let mut sums = [0, 0];
    let change_time = |times: &mut [u64], at: usize, by: u64| times[at] = times[at].wrapping_add(by);
    let mut finish = |run: Option<(usize, usize)>, sums: Cell, times: &mut [u64]| {
        let Some((owner, published)) = run else { return };
        change(&mut owners[owner], sums);
        change(&mut publications[published], sums);
        if let Some(over_time) = &of_owner {
            change_time(times, over_time.cell(published, owner), sums[0]);
        } else if let Some(over_time) = &of_published {
            change_time(times, over_time.cell(published, published), sums[0]);
        }
    };
    words.each_word(|at, word| {
        let start = at * CHUNK;
        let chunk = |joint: usize| codes[joint][start..].first_chunk::<CHUNK>();
        let (Some(owner), Some(lineage), Some(published)) = (chunk(OWNER), chunk(LINEAGE), chunk(PUBLISHED)) else {
            return;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        each(word, |at| {
            let cell = sign.of_cell([measure[at].into(), models[at].into()]);
            change(&mut lineages[lineage[at].position()], cell);
            if let Some(over_time) = &of_lineage {
                let at = over_time.cell(published[at].position(), lineage[at].position());
                change_time(times, at, cell[0]);
            }
            let next = Some((owner[at].position(), published[at].position()));
            if run != next {
                finish(run, sums, times);
                (run, sums) = (next, [0, 0]);
            }
            change(&mut sums, cell);
        });
    });
    finish(run, sums, times);
}

/// Adds the items of a set to the cells over time.
pub(crate) fn add_over_time(
    items: &Items<'_>,
    measure: Weights<'_>,
    words: &Words,
    sign: Sign,
    over_time: OverTime<'_>,
    times: &mut [u64],
) {
    match items.codes {
        ItemCodes::U16(codes) => {
            on_weights!(measure, measure => along_time(codes, measure, words, sign, over_time, times))
        }
        ItemCodes::U32(codes) => {
            on_weights!(measure, measure => along_time(codes, measure, words, sign, over_time, times))
        }
    }
}

fn along_time<C: Code, W: Weight>(
    codes: [&[C]; JOINTS],
    measure: &[W],
    words: &Words,
    sign: Sign,
    over_time: OverTime<'_>,
    times: &mut [u64],
) {
    words.each_word(|at, word| {
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
    words: &Words,
    sign: Sign,
    joint: usize,
    cells: &mut [Cell],
) {
    on_joint!(items.codes.joint(joint), codes => on_weights!(measure, measure => {
        into_cells(codes, (measure, items.models), words, sign, cells, |code| code);
    }));
}

/// Adds the items of a set to the cells of one facet, given its joint and the value of each of its codes.
pub(crate) fn add_values(
    items: &Items<'_>,
    measure: Weights<'_>,
    words: &Words,
    sign: Sign,
    (joint, values): (usize, &[u32]),
    cells: &mut [Cell],
) {
    let models = items.models;
    if !matches!(joint, OWNER | PUBLISHED) {
        return on_joint!(items.codes.joint(joint), codes => on_weights!(measure, measure => {
            into_cells(codes, (measure, models), words, sign, cells, |code| values[code] as usize);
        }));
    }
    // What pads the last chunk is in no order.
    let in_order = if items.in_order { items.len } else { 0 };
    match items.codes {
        ItemCodes::U16(codes) => {
            let codes = (codes[joint], &codes[PUBLISHED][..in_order]);
            on_weights!(measure, measure => runs_into_values(codes, (measure, models), words, sign, values, cells))
        }
        ItemCodes::U32(codes) => {
            let codes = (codes[joint], &codes[PUBLISHED][..in_order]);
            on_weights!(measure, measure => runs_into_values(codes, (measure, models), words, sign, values, cells))
        }
    }
}

fn into_cells<C: Code, W: Weight>(
    codes: &[C],
    (measure, models): (&[W], &[u32]),
    words: &Words,
    sign: Sign,
    cells: &mut [Cell],
    cell: impl Fn(usize) -> usize,
) {
    words.each_word(|at, word| {
        let start = at * CHUNK;
        let Some(codes) = codes[start..].first_chunk::<CHUNK>() else {
            return;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        each(word, |at| {
            let by = sign.of_cell([measure[at].into(), models[at].into()]);
            change(&mut cells[cell(codes[at].position())], by);
        });
    });
}

/// As [`into_cells`], for codes of which many stand together: each run of one code is added at once. `published` are the
/// codes in the order of which the items stand, as far as they do: of a chunk that begins and ends with the same publisher
/// and time, all items are of these.
fn runs_into_values<C: Code + Eq, W: Weight>(
    (codes, published): (&[C], &[C]),
    (measure, models): (&[W], &[u32]),
    words: &Words,
    sign: Sign,
    values: &[u32],
    cells: &mut [Cell],
) {
    let mut run: Option<usize> = None;
    let mut sums = [0, 0];
    let mut finish = |run: Option<usize>, sums: Cell| {
        if let Some(code) = run {
            change(&mut cells[values[code] as usize], sign.of_cell(sums));
        }
    };
    words.each_word(|at, word| {
        let start = at * CHUNK;
        let Some(codes) = codes[start..].first_chunk::<CHUNK>() else {
            return;
        };
        let (measure, models) = (W::chunk(measure, start), u32::chunk(models, start));
        let published = published.get(start..).and_then(<[C]>::first_chunk::<CHUNK>);
        let is_one = |codes: &[C; CHUNK]| codes[0] == codes[CHUNK - 1];
        let mut go_on = |code: C, by: Cell| {
            let next = Some(code.position());
            if run != next {
                finish(run, sums);
                (run, sums) = (next, [0, 0]);
            }
            change(&mut sums, by);
        };
        if is_one(codes) && published.is_some_and(is_one) {
            go_on(
                codes[0],
                [W::sum_of_word(measure, word), u32::sum_of_word(models, word)],
            );
        } else {
            each(word, |at| go_on(codes[at], [measure[at].into(), models[at].into()]));
        }
    });
    finish(run, sums);
}

/// Adds all items of some blocks to the cells of one joint.
pub(crate) fn add_items_of_blocks(
    items: &Items<'_>,
    starts: &[u32],
    measure: Weights<'_>,
    blocks: &Words,
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
    blocks: &Words,
    sign: Sign,
    cells: &mut [Cell],
) {
    blocks.each_word(|at, word| {
        let mut rest = word;
        while rest != 0 {
            // Blocks that follow one another have items that do.
            let first = rest.trailing_zeros() as usize;
            let end = first + (!(rest >> first)).trailing_zeros() as usize;
            rest = if end < CHUNK { rest & u64::MAX << end } else { 0 };
            let items = starts[at * CHUNK + first] as usize..starts[at * CHUNK + end] as usize;
            let models = codes[items.clone()].iter().zip(&models[items.clone()]);
            let mut add = |code: &C, measure: u64, models: &u32| {
                change(&mut cells[code.position()], sign.of_cell([measure, (*models).into()]));
            };
            match measure.get(items) {
                Some(measure) => models.zip(measure).for_each(|((code, models), measure)| {
                    add(code, (*measure).into(), models);
                }),
                // A measure that nobody counts has no weights, which is 0 of it.
                None => models.for_each(|(code, models)| add(code, 0, models)),
            }
        }
    });
}
