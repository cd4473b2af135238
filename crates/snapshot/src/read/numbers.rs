//! Columns of whole numbers.

use std::fmt::Display;

use parquet::basic::{Encoding, Type};

use crate::SnapshotError;
use crate::columns::{NumberColumn, UNKNOWN_NARROW, UNKNOWN_NUMBER};
use crate::numbers::{narrow, widened};
use crate::read::delta::DeltaError;
use crate::read::file::{ColumnShape, PageConsumer, PartFile};
use crate::read::hybrid::HybridError;
use crate::read::page::{Damage, PageValues};
use crate::read::{delta, hybrid};

impl PartFile<'_> {
    /// A column of whole numbers, unknown for null.
    pub(super) fn numbers(&self, name: &str) -> Result<NumberColumn, SnapshotError> {
        let mut numbers = Numbers {
            out: NumberColumn::U32(self.room()?),
            dictionary: Vec::new(),
        };
        self.read_column(name, &mut numbers)?;
        Ok(numbers.out)
    }

    /// A column of whole numbers without nulls.
    pub(super) fn known_numbers(&self, name: &str) -> Result<NumberColumn, SnapshotError> {
        let numbers = self.numbers(name)?;
        let unknown = numbers.iter().position(|number| number == UNKNOWN_NUMBER);
        match unknown {
            Some(row) => Err(self.damaged(format!("its column {name} has no value in row {row}"))),
            None => Ok(numbers),
        }
    }
}

struct Numbers {
    out: NumberColumn,
    dictionary: Vec<u64>,
}

impl PageConsumer for Numbers {
    fn dictionary(&mut self, bytes: &[u8], values: usize, shape: ColumnShape) -> Result<(), Damage> {
        self.dictionary.clear();
        append_plain(bytes, values, shape, &mut self.dictionary).map_err(Stop::into_damage)
    }

    /// Decodes in 32 bits while the numbers fit, and from the first page on in which they do not, in 64.
    fn values(&mut self, page: &PageValues<'_>, shape: ColumnShape) -> Result<(), Damage> {
        if let NumberColumn::U32(numbers) = &mut self.out {
            let start = numbers.len();
            match append_page(page, shape, &self.dictionary, numbers) {
                Err(Stop::TooWide) => {
                    numbers.truncate(start);
                    self.out = NumberColumn::U64(widened(numbers));
                }
                done => return done.map_err(Stop::into_damage),
            }
        }
        match &mut self.out {
            NumberColumn::U64(numbers) => {
                append_page(page, shape, &self.dictionary, numbers).map_err(Stop::into_damage)
            }
            NumberColumn::U32(_) => Ok(()),
        }
    }
}

/// Why a page is not decoded.
enum Stop {
    /// A number does not fit the width.
    TooWide,
    /// The page is not what it should be.
    Damage(Damage),
}

impl Stop {
    fn into_damage(self) -> Damage {
        match self {
            Stop::TooWide => Damage::new("a number is wider than 64 bits"),
            Stop::Damage(damage) => damage,
        }
    }
}

impl From<Damage> for Stop {
    fn from(damage: Damage) -> Stop {
        Stop::Damage(damage)
    }
}

impl From<HybridError> for Stop {
    fn from(error: HybridError) -> Stop {
        Stop::Damage(error.into())
    }
}

impl From<DeltaError> for Stop {
    fn from(error: DeltaError) -> Stop {
        Stop::Damage(error.into())
    }
}

/// A number as wide as a column holds it.
trait Width: Copy {
    const UNKNOWN: Self;

    fn of(number: u64) -> Result<Self, Stop>;
}

impl Width for u32 {
    const UNKNOWN: u32 = UNKNOWN_NARROW;

    fn of(number: u64) -> Result<u32, Stop> {
        narrow(number).ok_or(Stop::TooWide)
    }
}

impl Width for u64 {
    const UNKNOWN: u64 = UNKNOWN_NUMBER;

    fn of(number: u64) -> Result<u64, Stop> {
        Ok(number)
    }
}

/// Appends the rows of a page.
fn append_page<T: Width>(
    page: &PageValues<'_>,
    shape: ColumnShape,
    dictionary: &[u64],
    out: &mut Vec<T>,
) -> Result<(), Stop> {
    let start = out.len();
    append_known(page, shape, dictionary, out)?;
    let Some(present) = &page.present else {
        return Ok(());
    };
    // The known values stand at the end of the column now; they are spread over the page's rows from the back.
    out.resize(start + page.rows, T::UNKNOWN);
    let rows = out.get_mut(start..).unwrap_or_default();
    let mut next = page.known;
    for (row, present) in present.iter().enumerate().rev() {
        let mut number = T::UNKNOWN;
        if *present {
            next = next.saturating_sub(1);
            number = rows.get(next).copied().unwrap_or(T::UNKNOWN);
        }
        if let Some(place) = rows.get_mut(row) {
            *place = number;
        }
    }
    Ok(())
}

/// Appends the page's known values.
fn append_known<T: Width>(
    page: &PageValues<'_>,
    shape: ColumnShape,
    dictionary: &[u64],
    out: &mut Vec<T>,
) -> Result<(), Stop> {
    let (bytes, known) = (page.bytes, page.known);
    match page.encoding {
        Encoding::PLAIN => append_plain(bytes, known, shape, out),
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY if known == 0 => Ok(()),
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
            let (width, indices) = bytes.split_first().ok_or_else(Damage::cut_short)?;
            let values = dictionary
                .iter()
                .map(|number| T::of(*number))
                .collect::<Result<Vec<T>, _>>()?;
            Ok(hybrid::decode(indices, *width, known, &values, out)?)
        }
        Encoding::DELTA_BINARY_PACKED => {
            let integer = Integer::of(shape)?;
            delta::decode(bytes, known, |bits| {
                out.push(T::of(integer.whole(bits)?)?);
                Ok::<_, Stop>(())
            })?;
            Ok(())
        }
        Encoding::BYTE_STREAM_SPLIT => append_streams(bytes, known, shape, out),
        other => Err(Damage::new(format!("numbers have the encoding {other}")).into()),
    }
}

/// Numbers one after the other, little-endian.
fn append_plain<T: Width>(bytes: &[u8], count: usize, shape: ColumnShape, out: &mut Vec<T>) -> Result<(), Stop> {
    let integer = Integer::of(shape)?;
    let length = count.checked_mul(integer.bytes()).ok_or_else(Damage::cut_short)?;
    let bytes = bytes.get(..length).ok_or_else(Damage::cut_short)?;
    out.reserve(count);
    for number in bytes.chunks_exact(integer.bytes()) {
        out.push(T::of(integer.whole(little_endian(number))?)?);
    }
    Ok(())
}

/// First the lowest byte of every number, then the second of every number, and so on.
fn append_streams<T: Width>(bytes: &[u8], count: usize, shape: ColumnShape, out: &mut Vec<T>) -> Result<(), Stop> {
    let integer = Integer::of(shape)?;
    let length = count.checked_mul(integer.bytes()).ok_or_else(Damage::cut_short)?;
    let bytes = bytes.get(..length).ok_or_else(Damage::cut_short)?;
    out.reserve(count);
    for row in 0..count {
        let of_row = bytes.iter().skip(row).step_by(count).rev();
        let bits = of_row.fold(0, |number, byte| number << 8 | u64::from(*byte));
        out.push(T::of(integer.whole(bits)?)?);
    }
    Ok(())
}

/// The integer types of Parquet.
#[derive(Clone, Copy)]
enum Integer {
    I32,
    U32,
    I64,
    U64,
}

impl Integer {
    fn of(shape: ColumnShape) -> Result<Integer, Damage> {
        match (shape.physical, shape.unsigned) {
            (Type::INT32, false) => Ok(Integer::I32),
            (Type::INT32, true) => Ok(Integer::U32),
            (Type::INT64, false) => Ok(Integer::I64),
            (Type::INT64, true) => Ok(Integer::U64),
            (other, _) => Err(Damage::new(format!("there are no whole numbers but {other}"))),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Integer::I32 | Integer::U32 => 4,
            Integer::I64 | Integer::U64 => 8,
        }
    }

    /// The number that the lowest bits stand for.
    fn whole(self, bits: u64) -> Result<u64, Damage> {
        let number = match self {
            Integer::I32 => i64::from(bits as i32) as u64,
            Integer::U32 => u64::from(bits as u32),
            Integer::I64 | Integer::U64 => bits,
        };
        match (i64::try_from(number), self) {
            (Ok(_), _) => Ok(number),
            (Err(_), Integer::U64) => Err(Damage::new(not_whole(number))),
            (Err(_), _) => Err(Damage::new(not_whole(number as i64))),
        }
    }
}

fn not_whole(number: impl Display) -> String {
    format!("{number} is not a number from 0 to {}", i64::MAX)
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
