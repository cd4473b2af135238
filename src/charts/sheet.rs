//! The numbers of a chart as a table, and as CSV and JSON for a reader to take away.

use crate::numbers;

/// A column of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What the reader sees, with the unit.
    pub label: String,
    /// Whether it holds numbers.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn words(label: impl Into<String>) -> Column {
        Column {
            label: label.into(),
            numeric: false,
        }
    }

    /// A column of numbers.
    pub fn numbers(label: impl Into<String>) -> Column {
        Column {
            label: label.into(),
            numeric: true,
        }
    }
}

/// One entry of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Words(String),
    /// A count.
    Count(u64),
    /// A part of a whole.
    Share(u64, u64),
    /// Any other number.
    Number(f64),
    /// Nothing to tell.
    Nothing,
}

impl Cell {
    /// What the reader sees.
    pub fn shown(&self) -> String {
        match self {
            Cell::Words(words) => words.clone(),
            Cell::Count(count) => numbers::exact(*count),
            Cell::Share(part, whole) => numbers::percent(*part, *whole),
            Cell::Number(number) if *number < 100.0 => numbers::thousandths(*number),
            Cell::Number(number) => numbers::exact(number.round().max(0.0) as u64),
            Cell::Nothing => "–".to_owned(),
        }
    }

    fn json(&self) -> String {
        match self {
            Cell::Words(words) => json_text(words),
            Cell::Count(count) => count.to_string(),
            Cell::Share(_, 0) | Cell::Nothing => "null".to_owned(),
            Cell::Share(part, whole) => numbers::written(*part as f64 / *whole as f64),
            Cell::Number(number) if number.is_finite() => numbers::written(*number),
            Cell::Number(_) => "null".to_owned(),
        }
    }

    fn csv(&self) -> String {
        match self {
            Cell::Words(words) => csv_text(words),
            other => Some(other.json()).filter(|text| text != "null").unwrap_or_default(),
        }
    }
}

/// The numbers of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Columns, left to right.
    pub columns: Vec<Column>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// Comma-separated values with a header line (RFC 4180). Shares are fractions of one.
    pub fn csv(&self) -> String {
        let header: Vec<_> = self.columns.iter().map(|column| csv_text(&column.label)).collect();
        let mut out = header.join(",") + "\r\n";
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(Cell::csv).collect();
            out += &cells.join(",");
            out += "\r\n";
        }
        out
    }

    /// A JSON object with `title`, `source`, `link` and `rows`, one object a row. Shares are fractions of one.
    pub fn json(&self, title: &str, source: &str, link: &str) -> String {
        let mut out = String::from("{");
        for (key, text) in [("title", title), ("source", source), ("link", link)] {
            out += &format!("\n  {}: {},", json_text(key), json_text(text));
        }
        out += "\n  \"rows\": [";
        for (at, row) in self.rows.iter().enumerate() {
            let pairs: Vec<_> = self
                .columns
                .iter()
                .zip(row)
                .map(|(column, cell)| format!("{}: {}", json_text(&column.label), cell.json()))
                .collect();
            out += if at == 0 { "\n    {" } else { ",\n    {" };
            out += &pairs.join(", ");
            out.push('}');
        }
        out + "\n  ]\n}\n"
    }
}

/// A text as JSON writes it.
fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            control if control < ' ' => out += &format!("\\u{:04x}", control as u32),
            other => out.push(other),
        }
    }
    out + "\""
}

/// A text as CSV writes it: quoted where it must be, and where a spreadsheet would take it for a formula.
fn csv_text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t']);
    if formula || text.contains([',', '"', '\n', '\r']) {
        let guard = if formula { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            columns: vec![
                Column::words("Organisation"),
                Column::numbers("Downloads"),
                Column::numbers("Share"),
            ],
            rows: vec![
                vec![
                    Cell::Words("Ai2, \"Seattle\"".to_owned()),
                    Cell::Count(u64::MAX),
                    Cell::Share(1, 4),
                ],
                vec![Cell::Words("=cmd()".to_owned()), Cell::Nothing, Cell::Share(0, 0)],
            ],
        }
    }

    #[test]
    fn csv_quotes_what_must_be_quoted() {
        assert_eq!(
            sheet().csv(),
            "Organisation,Downloads,Share\r\n\"Ai2, \"\"Seattle\"\"\",18446744073709551615,0.25\r\n\"'=cmd()\",,\r\n"
        );
    }

    #[test]
    fn json_escapes_and_keeps_every_digit() {
        let json = sheet().json("A \"title\"", "x\u{1}", "");
        assert!(json.contains(r#""title": "A \"title\"","#), "{json}");
        assert!(json.contains(r#""source": "x\u0001""#), "{json}");
        assert!(
            json.contains(r#"{"Organisation": "Ai2, \"Seattle\"", "Downloads": 18446744073709551615, "Share": 0.25}"#),
            "{json}"
        );
        assert!(json.contains(r#""Downloads": null, "Share": null"#), "{json}");
    }

    #[test]
    fn cells_show_exact_numbers() {
        assert_eq!(Cell::Count(2_184_003_115).shown(), "2,184,003,115");
        assert_eq!(Cell::Share(1, 3).shown(), "33.3%");
        assert_eq!(Cell::Number(0.98765).shown(), "0.988");
        assert_eq!(Cell::Nothing.shown(), "–");
    }
}
