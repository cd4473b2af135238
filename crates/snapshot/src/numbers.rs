//! Columns of whole numbers in the narrower of two widths.

/// Marks a number that is not known in a column of 64-bit numbers, and wherever else numbers have that width.
pub const UNKNOWN_NUMBER: u64 = u64::MAX;

/// Marks a number that is not known in a column of 32-bit numbers.
pub const UNKNOWN_NARROW: u32 = u32::MAX;

/// Whole numbers, one for each row, some of them unknown.
///
/// A column begins narrow and becomes wide with the first known number above 4,294,967,294; it never becomes narrow
/// again. Two columns of equal numbers are equal whatever their widths.
///
/// ```
/// use atlas_snapshot::columns::{NumberColumn, UNKNOWN_NARROW, UNKNOWN_NUMBER};
///
/// let mut likes = NumberColumn::from_iter([3, UNKNOWN_NUMBER]);
/// assert!(matches!(&likes, NumberColumn::U32(likes) if *likes == [3, UNKNOWN_NARROW]));
/// likes.push(5_000_000_000);
/// assert!(matches!(&likes, NumberColumn::U64(likes) if *likes == [3, UNKNOWN_NUMBER, 5_000_000_000]));
/// ```
#[derive(Clone, Debug)]
pub enum NumberColumn {
    /// Numbers up to 4,294,967,294, [`UNKNOWN_NARROW`] where not known.
    U32(Vec<u32>),
    /// Numbers of 64 bits, [`UNKNOWN_NUMBER`] where not known.
    U64(Vec<u64>),
}

impl NumberColumn {
    /// An empty column with room for `rows` narrow numbers.
    pub fn with_capacity(rows: usize) -> NumberColumn {
        NumberColumn::U32(Vec::with_capacity(rows))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            NumberColumn::U32(numbers) => numbers.len(),
            NumberColumn::U64(numbers) => numbers.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a row, [`UNKNOWN_NUMBER`] where not known, or `None` beyond the end.
    pub fn get(&self, row: usize) -> Option<u64> {
        match self {
            NumberColumn::U32(numbers) => numbers.get(row).copied().map(widen),
            NumberColumn::U64(numbers) => numbers.get(row).copied(),
        }
    }

    /// The numbers in row order, [`UNKNOWN_NUMBER`] where not known.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u64> + Clone + '_ {
        let (narrow, wide) = match self {
            NumberColumn::U32(numbers) => (numbers.as_slice(), [].as_slice()),
            NumberColumn::U64(numbers) => ([].as_slice(), numbers.as_slice()),
        };
        narrow.iter().copied().map(widen).chain(wide.iter().copied())
    }

    /// Sum of the known numbers.
    pub fn sum(&self) -> u128 {
        let known = self.iter().filter(|number| *number != UNKNOWN_NUMBER);
        known.map(u128::from).sum()
    }

    /// Adds a row, [`UNKNOWN_NUMBER`] where not known.
    pub fn push(&mut self, number: u64) {
        match self {
            NumberColumn::U64(numbers) => numbers.push(number),
            NumberColumn::U32(numbers) => match narrow(number) {
                Some(number) => numbers.push(number),
                None => {
                    let mut wide = widened(numbers);
                    wide.push(number);
                    *self = NumberColumn::U64(wide);
                }
            },
        }
    }

    /// The numbers as 64-bit numbers, [`UNKNOWN_NUMBER`] where not known.
    pub fn into_wide(self) -> Vec<u64> {
        match self {
            NumberColumn::U32(numbers) => widened(&numbers),
            NumberColumn::U64(numbers) => numbers,
        }
    }
}

impl PartialEq for NumberColumn {
    fn eq(&self, other: &NumberColumn) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for NumberColumn {}

impl Extend<u64> for NumberColumn {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, numbers: I) {
        numbers.into_iter().for_each(|number| self.push(number));
    }
}

impl FromIterator<u64> for NumberColumn {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> NumberColumn {
        let numbers = numbers.into_iter();
        let mut column = NumberColumn::with_capacity(numbers.size_hint().0);
        column.extend(numbers);
        column
    }
}

/// The same numbers with room for as many rows.
pub(crate) fn widened(numbers: &Vec<u32>) -> Vec<u64> {
    let mut wide = Vec::with_capacity(numbers.capacity());
    wide.extend(numbers.iter().copied().map(widen));
    wide
}

fn widen(number: u32) -> u64 {
    match number {
        UNKNOWN_NARROW => UNKNOWN_NUMBER,
        known => u64::from(known),
    }
}

/// The number, [`UNKNOWN_NUMBER`] included, in 32 bits, or `None` when it needs more.
pub(crate) fn narrow(number: u64) -> Option<u32> {
    match number {
        UNKNOWN_NUMBER => Some(UNKNOWN_NARROW),
        known => u32::try_from(known).ok().filter(|known| *known != UNKNOWN_NARROW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_becomes_wide_with_the_first_number_that_needs_it() {
        let most = u64::from(UNKNOWN_NARROW) - 1;
        let mut column = NumberColumn::from_iter([most, UNKNOWN_NUMBER, 0]);
        assert!(matches!(&column, NumberColumn::U32(numbers) if *numbers == [most as u32, UNKNOWN_NARROW, 0]));
        column.push(most + 1);
        assert!(matches!(&column, NumberColumn::U64(numbers) if *numbers == [most, UNKNOWN_NUMBER, 0, most + 1]));
        column.push(1);
        assert_eq!(column.sum(), 2 * u128::from(most) + 2);
        assert_eq!(
            (column.len(), column.get(1), column.get(5)),
            (5, Some(UNKNOWN_NUMBER), None)
        );
        assert_eq!(column.into_wide(), [most, UNKNOWN_NUMBER, 0, most + 1, 1]);
    }

    #[test]
    fn widths_do_not_tell_columns_apart_and_numbers_do() {
        let narrow = NumberColumn::from_iter([7, UNKNOWN_NUMBER]);
        assert_eq!(narrow, NumberColumn::U64(vec![7, UNKNOWN_NUMBER]));
        assert_ne!(narrow, NumberColumn::U64(vec![7, u64::from(UNKNOWN_NARROW)]));
        assert_ne!(narrow, NumberColumn::from_iter([7]));
    }
}
