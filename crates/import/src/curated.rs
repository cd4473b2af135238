//! Reading the CSV files of curated facts (`data/`), strictly: they are ours, and a slip in them must not pass.

use csv::StringRecord;

/// What is wrong with a file of curated facts.
#[derive(Debug, thiserror::Error)]
pub enum CuratedError {
    /// It is not CSV.
    #[error("{file}: {source}. It must be CSV in UTF-8 with a header line.")]
    Csv {
        /// File name.
        file: String,
        /// What the CSV reader says.
        source: csv::Error,
    },
    /// Its header lacks a column.
    #[error("{file}: the column “{column}” is missing; the header must name {expected}.")]
    Column {
        /// File name.
        file: String,
        /// The column.
        column: String,
        /// All columns wanted.
        expected: String,
    },
    /// A row is wrong.
    #[error("{file}, line {line}, column “{column}”: “{value}” is {what}. Correct the row.")]
    Row {
        /// File name.
        file: String,
        /// Line, from 1.
        line: u64,
        /// Column.
        column: String,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        what: String,
    },
}

/// The rows of a curated file.
pub struct Rows {
    file: String,
    columns: Vec<(String, usize)>,
    records: Vec<StringRecord>,
}

/// One row of a curated file.
pub struct Row<'a> {
    rows: &'a Rows,
    record: &'a StringRecord,
}

impl Rows {
    /// Parses CSV text whose header names at least these columns.
    ///
    /// # Errors
    /// When it is not CSV, or a column is missing.
    pub fn parse(file: &str, text: &str, columns: &[&str]) -> Result<Rows, CuratedError> {
        let failed = |source| CuratedError::Csv {
            file: file.to_owned(),
            source,
        };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(failed)?.clone();
        let position = |column: &&str| {
            let missing = || CuratedError::Column {
                file: file.to_owned(),
                column: (*column).to_owned(),
                expected: columns.join(", "),
            };
            let at = header.iter().position(|name| name == *column).ok_or_else(missing)?;
            Ok(((*column).to_owned(), at))
        };
        Ok(Rows {
            file: file.to_owned(),
            columns: columns.iter().map(position).collect::<Result<_, CuratedError>>()?,
            records: reader.records().collect::<Result<_, _>>().map_err(failed)?,
        })
    }

    /// The rows in file order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row { rows: self, record })
    }
}

impl Row<'_> {
    /// The trimmed text of a column.
    pub fn get(&self, column: &str) -> &str {
        let position = self.rows.columns.iter().find(|(name, _)| name == column);
        position
            .and_then(|(_, at)| self.record.get(*at))
            .unwrap_or_default()
            .trim()
    }

    /// The column as `true` or `false`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn flag(&self, column: &str) -> Result<bool, CuratedError> {
        match self.get(column) {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.wrong(column, "neither true nor false")),
        }
    }

    /// An error about a column of this row.
    pub fn wrong(&self, column: &str, what: &str) -> CuratedError {
        CuratedError::Row {
            file: self.rows.file.clone(),
            line: self.record.position().map_or(0, |position| position.line()),
            column: column.to_owned(),
            value: self.get(column).to_owned(),
            what: what.to_owned(),
        }
    }
}
