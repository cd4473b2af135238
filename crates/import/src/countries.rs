//! Countries, their names and their regions: `data/countries.csv`, compiled in.

use std::collections::HashMap;

use crate::curated::{CuratedError, Rows};

/// Region keys in the order in which a snapshot lists them.
pub const REGIONS: [&str; 5] = ["china", "us", "europe", "other", "unknown"];

/// What a reader sees for each of [`REGIONS`].
pub const REGION_LABELS: [&str; 5] = ["China", "United States", "Europe", "Other regions", "Unknown"];

/// Position of `unknown` in [`REGIONS`].
pub const UNKNOWN_REGION: u8 = 4;

const COUNTRIES_CSV: &str = include_str!("../../../data/countries.csv");

/// A country or territory of ISO 3166-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// Two upper-case letters.
    pub code: String,
    /// English short name.
    pub name: String,
    /// Position in [`REGIONS`].
    pub region: u8,
}

/// All countries, by code.
#[derive(Clone, Debug)]
pub struct Countries {
    countries: Vec<Country>,
    by_code: HashMap<String, u16>,
}

impl Countries {
    /// The table compiled in.
    ///
    /// # Errors
    /// When the table is malformed; a test pins that it is not.
    pub fn built_in() -> Result<Countries, CuratedError> {
        let rows = Rows::parse("data/countries.csv", COUNTRIES_CSV, &["code", "name", "region"])?;
        let mut countries = Countries {
            countries: Vec::new(),
            by_code: HashMap::new(),
        };
        for row in rows.iter() {
            let code = row.get("code");
            let country = Country {
                code: code.to_owned(),
                name: row.get("name").to_owned(),
                region: region_index(row.get("region")).ok_or_else(|| row.wrong("region", "not one of the regions"))?,
            };
            let index = countries.countries.len() as u16;
            if code.len() != 2 || countries.by_code.insert(code.to_owned(), index).is_some() {
                return Err(row.wrong("code", "not two letters, or there twice"));
            }
            countries.countries.push(country);
        }
        Ok(countries)
    }

    /// The position of a country in [`Countries::get`], by code.
    pub fn index(&self, code: &str) -> Option<u16> {
        self.by_code.get(code).copied()
    }

    /// A country by position.
    pub fn get(&self, index: u16) -> Option<&Country> {
        self.countries.get(usize::from(index))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.countries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.countries.is_empty()
    }
}

/// Position of a region key in [`REGIONS`].
pub fn region_index(key: &str) -> Option<u8> {
    REGIONS.iter().position(|region| *region == key).map(|at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_holds_iso_3166_with_a_region_for_each() {
        let countries = Countries::built_in().unwrap();
        assert_eq!(countries.len(), 249);
        let region_of = |code| {
            let country = countries.get(countries.index(code).unwrap()).unwrap();
            REGIONS[usize::from(country.region)]
        };
        assert_eq!(
            ["CN", "HK", "US", "FR", "GB", "CH", "JP", "RU", "TW"].map(region_of),
            [
                "china", "china", "us", "europe", "europe", "europe", "other", "other", "other"
            ]
        );
        assert!(countries.index("cn").is_none());
    }
}
