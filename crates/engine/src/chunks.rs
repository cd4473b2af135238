//! One column of whole numbers in polars-core, in the narrowest of three widths.

use polars_core::prelude::*;

use crate::EngineError;
use crate::items::Numbers;

/// A column of whole numbers that grows part by part and is always one slice.
#[derive(Clone, Debug)]
pub(crate) enum NumberChunks {
    U16(UInt16Chunked),
    U32(UInt32Chunked),
    U64(UInt64Chunked),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    U16,
    U32,
    U64,
}

impl NumberChunks {
    pub(crate) fn new(name: &str, values: impl Iterator<Item = u64> + Clone) -> Result<NumberChunks, EngineError> {
        let mut column = NumberChunks::U16(UInt16Chunked::from_vec(name.into(), Vec::new()));
        column.append(values)?;
        Ok(column)
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            NumberChunks::U16(held) => held.len(),
            NumberChunks::U32(held) => held.len(),
            NumberChunks::U64(held) => held.len(),
        }
    }

    /// Appends numbers, and widens the column where they need it.
    pub(crate) fn append(&mut self, values: impl Iterator<Item = u64> + Clone) -> Result<(), EngineError> {
        let name = self.name();
        *self = match width_for(values.clone()).max(self.width()) {
            Width::U16 => NumberChunks::U16(self.extended(name, values, |value| value as u16)?),
            Width::U32 => NumberChunks::U32(self.extended(name, values, |value| value as u32)?),
            Width::U64 => NumberChunks::U64(self.extended(name, values, |value| value)?),
        };
        Ok(())
    }

    fn extended<T: PolarsNumericType>(
        &self,
        name: PlSmallStr,
        new: impl Iterator<Item = u64> + Clone,
        narrow: impl Fn(u64) -> T::Native + Copy,
    ) -> Result<ChunkedArray<T>, EngineError> {
        let held = self.numbers()?;
        let mut values = Vec::with_capacity(self.len() + new.clone().count());
        values.extend((0..self.len()).map(|row| narrow(held.get(row))));
        values.extend(new.map(narrow));
        Ok(ChunkedArray::from_vec(name, values))
    }

    /// The numbers as weights.
    pub(crate) fn numbers(&self) -> Result<Numbers<'_>, EngineError> {
        Ok(match self {
            NumberChunks::U16(held) => Numbers::U16(held.cont_slice()?),
            NumberChunks::U32(held) => Numbers::U32(held.cont_slice()?),
            NumberChunks::U64(held) => Numbers::U64(held.cont_slice()?),
        })
    }

    fn name(&self) -> PlSmallStr {
        match self {
            NumberChunks::U16(held) => held.name().clone(),
            NumberChunks::U32(held) => held.name().clone(),
            NumberChunks::U64(held) => held.name().clone(),
        }
    }

    fn width(&self) -> Width {
        match self {
            NumberChunks::U16(_) => Width::U16,
            NumberChunks::U32(_) => Width::U32,
            NumberChunks::U64(_) => Width::U64,
        }
    }
}

fn width_for(values: impl Iterator<Item = u64>) -> Width {
    match values.fold(0, |all, value| all | value) {
        0..=0xffff => Width::U16,
        0x1_0000..=0xffff_ffff => Width::U32,
        _ => Width::U64,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back_from_whatever_width_their_parts_need(
            parts in prop::collection::vec((prop::sample::select(vec![7u32, 16, 17, 32, 33, 64]), prop::collection::vec(any::<u64>(), 0..40)), 1..5)
        ) {
            let parts: Vec<Vec<u64>> = parts.into_iter().map(|(bits, values)| values.into_iter().map(|value| value >> (64 - bits)).collect()).collect();
            let mut column = NumberChunks::new("numbers", parts[0].iter().copied()).unwrap();
            for part in &parts[1..] {
                column.append(part.iter().copied()).unwrap();
            }
            let expected = parts.concat();
            prop_assert_eq!(column.len(), expected.len());
            let numbers = column.numbers().unwrap();
            let found: Vec<u64> = (0..column.len()).map(|row| numbers.get(row)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
