//! The download of a slice, from the question to the file.

/// How far a download has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// None is under way.
    Idle,
    /// Pieces are arriving.
    Running {
        /// Names it in messages.
        export: u32,
        /// Rows written so far.
        rows_done: u64,
        /// Rows in all.
        rows_total: u64,
        /// Bytes so far.
        bytes: u64,
    },
    /// The file has been handed to the browser.
    Saved {
        /// Rows in it.
        rows: u64,
        /// Its bytes.
        bytes: u64,
        /// Its name.
        name: String,
    },
    /// It failed; the sentence says why.
    Failed(String),
}

impl Export {
    /// Whether pieces of this export are expected.
    pub fn is_running(&self, number: u32) -> bool {
        matches!(self, Export::Running { export, .. } if *export == number)
    }
}

/// The name of the file of a slice: its snapshot's day and its number of rows.
pub fn file_name(taken_on: &str, synthetic: bool, rows: u64) -> String {
    let day: String = taken_on
        .chars()
        .filter(|letter| letter.is_ascii_digit() || *letter == '-')
        .collect();
    let kind = if synthetic { "synthetic-" } else { "" };
    format!("hub-atlas-{kind}{day}-{rows}-models.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_hold_nothing_a_disk_would_mind() {
        assert_eq!(
            file_name("2026-08-22", false, 12),
            "hub-atlas-2026-08-22-12-models.json"
        );
        assert_eq!(file_name("../../x", true, 0), "hub-atlas-synthetic--0-models.json");
    }

    #[test]
    fn pieces_of_an_export_that_was_stopped_are_not_expected() {
        let running = Export::Running {
            export: 2,
            rows_done: 0,
            rows_total: 9,
            bytes: 0,
        };
        assert!(running.is_running(2) && !running.is_running(1));
        assert!(!Export::Idle.is_running(0));
    }
}
