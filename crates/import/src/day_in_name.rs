//! The day that the name of a file tells.

use atlas_snapshot::manifest::is_date;

/// The date in the name of a file, such as `2026-08-22` in `models-2026-08-22.parquet`; the last one of several.
pub fn day_in_name(name: &str) -> Option<String> {
    let is_apart = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_digit);
    let bytes = name.as_bytes();
    let starts = (0..name.len().saturating_sub(9)).rev();
    let dates = starts
        .filter(|at| is_apart(at.checked_sub(1).and_then(|before| bytes.get(before))) && is_apart(bytes.get(at + 10)));
    dates
        .filter_map(|at| name.get(at..at + 10))
        .find(|text| is_date(text))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_file_is_the_last_date_in_its_name() {
        for (name, day) in [
            ("models-2026-08-22.parquet", Some("2026-08-22")),
            ("2025-09-07.json", Some("2025-09-07")),
            ("from-2024-01-01-to-2024-12-31.ndjson", Some("2024-12-31")),
            ("models-2026-13-22.parquet", None),
            ("models-12026-08-221.parquet", None),
            ("2025-02-2", None),
            ("größe-2025-02-28", Some("2025-02-28")),
            ("models.parquet", None),
        ] {
            assert_eq!(day_in_name(name).as_deref(), day, "{name}");
        }
    }
}
