//! The loops over items: adding their weights to the totals of what they are.

use crate::items::{CHUNK, Code, ItemCodes, Items, Numbers, on_codes};
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

/// Weights that are read a chunk at a time.
trait Weights: Copy {
    type Chunk: Weight;
    fn chunk(self, first: usize) -> Self::Chunk;
}

/// The weights of the items of a chunk.
trait Weight: Copy {
    fn of(self, at: usize) -> u64;
}

impl Weights for u64 {
    type Chunk = u64;
    #[inline(always)]
    fn chunk(self, _: usize) -> u64 {
        self
    }
}

impl Weight for u64 {
    #[inline(always)]
    fn of(self, _: usize) -> u64 {
        self
    }
}

impl<'a, N: Copy + Into<u64> + Nothing> Weights for &'a [N] {
    type Chunk = &'a [N; CHUNK];
    #[inline(always)]
    fn chunk(self, first: usize) -> Self::Chunk {
        self[first..].first_chunk().unwrap_or(N::NOTHING)
    }
}

impl<N: Copy + Into<u64>> Weight for &[N; CHUNK] {
    #[inline(always)]
    fn of(self, at: usize) -> u64 {
        self[at % CHUNK].into()
    }
}

/// A chunk of nothing, for what would lie beyond the end.
trait Nothing: Sized + 'static {
    const NOTHING: &'static [Self; CHUNK];
}

impl Nothing for u16 {
    const NOTHING: &'static [u16; CHUNK] = &[0; CHUNK];
}

impl Nothing for u32 {
    const NOTHING: &'static [u32; CHUNK] = &[0; CHUNK];
}

impl Nothing for u64 {
    const NOTHING: &'static [u64; CHUNK] = &[0; CHUNK];
}

/// Runs an expression on the weights inside [`Numbers`], once for each width.
macro_rules! on_weights {
    ($numbers:expr, $weights:ident => $body:expr) => {
        match $numbers {
            Numbers::Constant($weights) => $body,
            Numbers::U16($weights) => $body,
            Numbers::U32($weights) => $body,
            Numbers::U64($weights) => $body,
        }
    };
}

/// Calls a function with the place of each item in a word.
#[inline(always)]
fn each(word: u64, mut visit: impl FnMut(usize)) {
    if word == u64::MAX {
        for at in 0..CHUNK {
            visit(at);
        }
        return;
    }
    let mut rest = word;
    while rest != 0 {
        visit(rest.trailing_zeros() as usize);
        rest &= rest - 1;
    }
}

/// Adds the items of a set to the cells of every joint and to the cells over time.
pub(crate) fn add_everywhere(
    items: &Items<'_>,
    measure: Numbers<'_>,
    set: &[u64],
    sign: Sign,
    over_time: OverTime<'_>,
    cells: &mut [Vec<Cell>; JOINTS],
    time_cells: &mut [u64],
) {
    let Numbers::U32(models) = items.models else { return };
    match items.codes {
        ItemCodes::U16(codes) => on_weights!(measure, measure => {
            everywhere(codes, measure, models, set, sign, over_time, cells, time_cells)
        }),
        ItemCodes::U32(codes) => on_weights!(measure, measure => {
            everywhere(codes, measure, models, set, sign, over_time, cells, time_cells)
        }),
    }
}

#[expect(clippy::too_many_arguments, reason = "a loop and all that it reads and writes")]
fn everywhere<'a, C: Code, W: Weights>(
    codes: [&'a [C]; JOINTS],
    measure: W,
    models: &'a [u32],
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
        let (measure, models) = (measure.chunk(start), models.chunk(start));
        each(*word, |at| {
            let weight = sign.of(measure.of(at));
            let count = sign.of(models.of(at));
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
    measure: Numbers<'_>,
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

fn along_time<C: Code, W: Weights>(
    codes: [&[C]; JOINTS],
    measure: W,
    set: &[u64],
    over_time: OverTime<'_>,
    time_cells: &mut [u64],
) {
    for (at, word) in set.iter().enumerate() {
        let start = at * CHUNK;
        let measure = measure.chunk(start);
        each(*word, |at| {
            let published = codes[PUBLISHED][start + at].position();
            let split = codes[over_time.split_joint][start + at].position();
            let cell = over_time.month_start[published] + over_time.split_value[split];
            time_cells[cell as usize] += measure.of(at);
        });
    }
}

/// Adds the items of a set to the cells of one joint.
pub(crate) fn add_joint(
    items: &Items<'_>,
    measure: Numbers<'_>,
    set: &[u64],
    sign: Sign,
    joint: usize,
    cells: &mut [Cell],
) {
    let Numbers::U32(models) = items.models else { return };
    on_codes!(items.codes.joint(joint), codes => on_weights!(measure, measure => {
        for (at, word) in set.iter().enumerate() {
            if *word == 0 {
                continue;
            }
            let start = at * CHUNK;
            let (measure, models) = (measure.chunk(start), models.chunk(start));
            let codes = &codes[start..];
            each(*word, |at| {
                let (weight, count) = (sign.of(measure.of(at)), sign.of(models.of(at)));
                add(&mut cells[codes[at].position()], weight, count);
            });
        }
    }));
}

/// The sum of the weights of a set.
pub(crate) fn sum(numbers: Numbers<'_>, set: &[u64]) -> u64 {
    on_weights!(numbers, numbers => {
        let mut total = 0u64;
        for (at, word) in set.iter().enumerate() {
            if *word != 0 {
                let chunk = numbers.chunk(at * CHUNK);
                each(*word, |at| total = total.wrapping_add(chunk.of(at)));
            }
        }
        total
    })
}
