//! Columns of whole numbers.

use parquet::basic::{Encoding, Type};

use crate::SnapshotError;
use crate::columns::UNKNOWN_NUMBER;
use crate::read::file::{ColumnShape, PageConsumer, PartFile};
use crate::read::page::{Damage, PageValues};
use crate::read::{delta, hybrid};

impl PartFile<'_> {
    /// A column of whole numbers, [`UNKNOWN_NUMBER`] for null.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<u64>, SnapshotError> {
        let mut numbers = Numbers {
            out: self.room()?,
            dictionary: Vec::new(),
        };
        self.read_column(name, &mut numbers)?;
        Ok(numbers.out)
    }

    /// A column of whole numbers without nulls.
    pub(super) fn known_numbers(&self, name: &str) -> Result<Vec<u64>, SnapshotError> {
        let numbers = self.numbers(name)?;
        match numbers.iter().position(|number| *number == UNKNOWN_NUMBER) {
            Some(row) => Err(self.damaged(format!("its column {name} has no value in row {row}"))),
            None => Ok(numbers),
        }
    }
}

struct Numbers {
    out: Vec<u64>,
    dictionary: Vec<u64>,
}

impl PageConsumer for Numbers {
    fn dictionary(&mut self, bytes: &[u8], values: usize, shape: ColumnShape) -> Result<(), Damage> {
        self.dictionary.clear();
        plain(bytes, values, shape, &mut self.dictionary)
    }

    fn values(&mut self, page: &PageValues<'_>, shape: ColumnShape) -> Result<(), Damage> {
        let Some(present) = &page.present else {
            return self.decode(page, shape);
        };
        // The known values go to the end of the column first and are then spread over the page's rows from the back.
        let start = self.out.len();
        self.decode(page, shape)?;
        self.out.resize(start + page.rows, UNKNOWN_NUMBER);
        let rows = self.out.get_mut(start..).unwrap_or_default();
        let mut next = page.known;
        for (row, present) in present.iter().enumerate().rev() {
            let mut number = UNKNOWN_NUMBER;
            if *present {
                next = next.saturating_sub(1);
                number = rows.get(next).copied().unwrap_or(UNKNOWN_NUMBER);
            }
            if let Some(place) = rows.get_mut(row) {
                *place = number;
            }
        }
        Ok(())
    }
}

impl Numbers {
    /// Appends the page's known values.
    fn decode(&mut self, page: &PageValues<'_>, shape: ColumnShape) -> Result<(), Damage> {
        let (bytes, known) = (page.bytes, page.known);
        match page.encoding {
            Encoding::PLAIN => plain(bytes, known, shape, &mut self.out),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY if known == 0 => Ok(()),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                let (width, indices) = bytes.split_first().ok_or_else(Damage::cut_short)?;
                hybrid::decode(indices, *width, known, &self.dictionary, &mut self.out)?;
                Ok(())
            }
            Encoding::DELTA_BINARY_PACKED => {
                let integer = Integer::of(shape)?;
                delta::decode(bytes, known, |bits| {
                    self.out.push(integer.whole(bits)?);
                    Ok::<_, Damage>(())
                })?;
                Ok(())
            }
            Encoding::BYTE_STREAM_SPLIT => byte_stream_split(bytes, known, shape, &mut self.out),
            other => Err(Damage::new(format!("numbers have the encoding {other}"))),
        }
    }
}

/// Numbers one after the other, little-endian.
fn plain(bytes: &[u8], count: usize, shape: ColumnShape, out: &mut Vec<u64>) -> Result<(), Damage> {
    let integer = Integer::of(shape)?;
    let length = count.checked_mul(integer.bytes()).ok_or_else(Damage::cut_short)?;
    let bytes = bytes.get(..length).ok_or_else(Damage::cut_short)?;
    out.reserve(count);
    for number in bytes.chunks_exact(integer.bytes()) {
        out.push(integer.whole(little_endian(number))?);
    }
    Ok(())
}

/// First the lowest byte of every number, then the second of every number, and so on.
fn byte_stream_split(bytes: &[u8], count: usize, shape: ColumnShape, out: &mut Vec<u64>) -> Result<(), Damage> {
    let integer = Integer::of(shape)?;
    let length = count.checked_mul(integer.bytes()).ok_or_else(Damage::cut_short)?;
    let bytes = bytes.get(..length).ok_or_else(Damage::cut_short)?;
    let start = out.len();
    out.resize(start + count, 0);
    let numbers = out.get_mut(start..).unwrap_or_default();
    if count > 0 {
        for (place, stream) in bytes.chunks_exact(count).enumerate() {
            for (number, byte) in numbers.iter_mut().zip(stream) {
                *number |= u64::from(*byte) << (8 * place);
            }
        }
    }
    for number in numbers {
        *number = integer.whole(*number)?;
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
            Integer::I32 => i128::from(bits as i32),
            Integer::U32 => i128::from(bits as u32),
            Integer::I64 => i128::from(bits as i64),
            Integer::U64 => i128::from(bits),
        };
        match i64::try_from(number).map(u64::try_from) {
            Ok(Ok(number)) => Ok(number),
            _ => Err(Damage::new(format!("{number} is not a number from 0 to {}", i64::MAX))),
        }
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
