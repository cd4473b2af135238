//! Parameter counts of models whose files declare none: `data/size_overrides.csv`, compiled in.

use std::collections::HashMap;

use crate::curated::{CuratedError, Rows};
use crate::hub_id::is_hub_id;
use crate::size_in_name::LARGEST_PARAMETERS;

/// The overrides compiled in, as text.
pub const BUILT_IN_CSV: &str = include_str!("../../../data/size_overrides.csv");

/// Their path in the repository.
pub const BUILT_IN_FILE: &str = "data/size_overrides.csv";

/// Parameter counts by model id.
#[derive(Clone, Debug, Default)]
pub struct SizeOverrides {
    by_id: HashMap<String, u64, foldhash::fast::FixedState>,
    set_aside: usize,
}

impl SizeOverrides {
    /// Parses overrides. Rows marked `verified=false` count only with `use_unverified`.
    ///
    /// # Errors
    /// When the text is not CSV of the form of `data/size_overrides.csv`, or names a model twice.
    pub fn parse(file: &str, text: &str, use_unverified: bool) -> Result<SizeOverrides, CuratedError> {
        let rows = Rows::parse(file, text, &["id", "parameters", "source", "verified", "note"])?;
        let mut overrides = SizeOverrides::default();
        let mut seen = std::collections::HashSet::new();
        for row in rows.iter() {
            let id = row.get("id").to_owned();
            if !is_hub_id(&id) || !seen.insert(id.clone()) {
                return Err(row.wrong("id", "no id of the Hub, or listed twice"));
            }
            if row.get("source").is_empty() {
                return Err(row.wrong("source", "empty; every row names its source"));
            }
            let parameters = row.get("parameters").parse::<u64>().ok();
            let Some(parameters) = parameters.filter(|count| (1..=LARGEST_PARAMETERS).contains(count)) else {
                return Err(row.wrong("parameters", "no whole number of parameters"));
            };
            if row.flag("verified")? || use_unverified {
                overrides.by_id.insert(id, parameters);
            } else {
                overrides.set_aside += 1;
            }
        }
        Ok(overrides)
    }

    /// The parameter count of a model, where one is listed.
    pub fn find(&self, id: &str) -> Option<u64> {
        self.by_id.get(id).copied()
    }

    /// Number of models listed and used.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Number of rows not used because they are not verified.
    pub fn set_aside(&self) -> usize {
        self.set_aside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verified_rows_count_unless_all_are_asked_for() {
        let text = "id,parameters,source,verified,note\na/b,100,x,true,\na/c,200,y,false,\n";
        let verified = SizeOverrides::parse("test.csv", text, false).unwrap();
        assert_eq!(
            (verified.find("a/b"), verified.find("a/c"), verified.set_aside()),
            (Some(100), None, 1)
        );
        let all = SizeOverrides::parse("test.csv", text, true).unwrap();
        assert_eq!(all.find("a/c"), Some(200));
    }

    #[test]
    fn the_overrides_compiled_in_parse() {
        let verified = SizeOverrides::parse(BUILT_IN_FILE, BUILT_IN_CSV, false).unwrap();
        assert!(!verified.is_empty() && verified.set_aside() > 0);
    }

    #[test]
    fn a_count_that_is_none_is_refused() {
        for count in ["", "0", "-1", "1.5", "2000000000000000"] {
            let text = format!("id,parameters,source,verified,note\na/b,{count},x,true,\n");
            assert!(SizeOverrides::parse("test.csv", &text, false).is_err(), "{count}");
        }
    }
}
