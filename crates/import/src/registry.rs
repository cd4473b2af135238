//! Who is behind an account: `data/organisations.csv`, compiled in, or another file of the same form.
//!
//! A row says of one Hub account which organisation it belongs to, that organisation's country, region and type, and
//! where each of these comes from. Only rows marked `verified` resolve anything unless the caller asks for all: a fact
//! that nobody has published is not one the atlas states. An account without a row is unknown.

use std::collections::HashMap;

use crate::countries::{Countries, UNKNOWN_REGION, region_index};
use crate::curated::{CuratedError, Row, Rows};
use crate::hub_id::is_hub_id;

/// Organisation types in the order in which a snapshot lists them.
pub const ORGANISATION_TYPES: [&str; 7] = [
    "industry",
    "academia",
    "non-profit",
    "government",
    "community",
    "individual",
    "unknown",
];

/// What a reader sees for each of [`ORGANISATION_TYPES`].
pub const ORGANISATION_TYPE_LABELS: [&str; 7] = [
    "Industry",
    "Academia",
    "Non-profit",
    "Government",
    "Community",
    "Individual",
    "Unknown",
];

/// The registry compiled in, as text.
pub const BUILT_IN_CSV: &str = include_str!("../../../data/organisations.csv");

/// Its path in the repository.
pub const BUILT_IN_FILE: &str = "data/organisations.csv";

const COLUMNS: [&str; 8] = [
    "account",
    "organisation",
    "country",
    "region",
    "type",
    "source",
    "verified",
    "note",
];
const UNKNOWN: &str = "unknown";
const INDIVIDUAL: u8 = 5;

/// What is known of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position in [`Registry::organisations`], or `None` when not known.
    pub organisation: Option<u32>,
    /// Position in [`Countries`], or `None` when not known.
    pub country: Option<u16>,
    /// Position in [`crate::countries::REGIONS`].
    pub region: u8,
    /// Position in [`ORGANISATION_TYPES`].
    pub organisation_type: u8,
}

/// Accounts and the organisations behind them.
#[derive(Clone, Debug)]
pub struct Registry {
    countries: Countries,
    organisations: Vec<String>,
    entries: Vec<Entry>,
    by_account: HashMap<String, u32, foldhash::fast::FixedState>,
    set_aside: std::collections::HashSet<String>,
}

impl Registry {
    /// Parses a registry.
    ///
    /// `file` names it in errors. With `use_unverified` rows marked `verified=false` resolve accounts too.
    ///
    /// # Errors
    /// When the text is not CSV of the form of `data/organisations.csv`, names an account twice, or contradicts itself.
    pub fn parse(file: &str, text: &str, use_unverified: bool) -> Result<Registry, CuratedError> {
        let rows = Rows::parse(file, text, &COLUMNS)?;
        let mut registry = Registry::without_accounts()?;
        let mut seen = std::collections::HashSet::new();
        let mut names = HashMap::new();
        for row in rows.iter() {
            let account = row.get("account").to_owned();
            if !is_hub_id(&account) {
                return Err(row.wrong("account", "no account of the Hub"));
            }
            if !seen.insert(account.clone()) {
                return Err(row.wrong("account", "listed twice"));
            }
            let entry = registry.entry(&row, &mut names)?;
            if row.flag("verified")? || use_unverified {
                registry.by_account.insert(account, registry.entries.len() as u32);
                registry.entries.push(entry);
            } else {
                registry.set_aside.insert(account);
            }
        }
        Ok(registry)
    }

    fn entry(&mut self, row: &Row<'_>, names: &mut HashMap<String, u32>) -> Result<Entry, CuratedError> {
        let wrong = |column: &str, what: &str| Err(row.wrong(column, what));
        if row.get("source").is_empty() {
            return wrong("source", "empty; every row names its source");
        }
        let Some(organisation_type) = ORGANISATION_TYPES.iter().position(|key| *key == row.get("type")) else {
            return wrong(
                "type",
                "not one of industry, academia, non-profit, government, community, individual, unknown",
            );
        };
        let Some(region) = region_index(row.get("region")) else {
            return wrong("region", "not one of china, us, europe, other, unknown");
        };
        let country = match row.get("country") {
            UNKNOWN => None,
            code => match self.countries.index(code) {
                Some(country) => Some(country),
                None => return wrong("country", "no ISO 3166-1 code in upper case, nor unknown"),
            },
        };
        let region_of_country = country
            .and_then(|at| self.countries.get(at))
            .map(|country| country.region);
        if region_of_country.is_some_and(|expected| expected != region) {
            return wrong("region", "not the region of the row's country");
        }
        let organisation = match row.get("organisation") {
            UNKNOWN => None,
            "" => return wrong("organisation", "empty; write unknown"),
            "own" => return wrong("organisation", "the word for models without a base model"),
            name if name.chars().any(char::is_control) => {
                return wrong("organisation", "a text with control characters");
            }
            name => Some(*names.entry(name.to_owned()).or_insert_with(|| {
                self.organisations.push(name.to_owned());
                self.organisations.len() as u32 - 1
            })),
        };
        let organisation_type = organisation_type as u8;
        let is_person = organisation_type == INDIVIDUAL;
        if is_person && (organisation.is_some() || country.is_some() || region != UNKNOWN_REGION) {
            return wrong("type", "a person’s account, which carries a type and nothing else");
        }
        Ok(Entry {
            organisation,
            country,
            region,
            organisation_type,
        })
    }

    /// A registry without accounts, for rows that say themselves who is behind them.
    pub(crate) fn without_accounts() -> Result<Registry, CuratedError> {
        Ok(Registry {
            countries: Countries::built_in()?,
            organisations: Vec::new(),
            entries: Vec::new(),
            by_account: HashMap::default(),
            set_aside: std::collections::HashSet::new(),
        })
    }

    /// Adds an organisation and gives its position.
    pub(crate) fn add_organisation(&mut self, name: &str) -> u32 {
        self.organisations.push(name.to_owned());
        self.organisations.len() as u32 - 1
    }

    /// Adds an entry of no account and gives its position.
    pub(crate) fn add_entry(&mut self, entry: Entry) -> u32 {
        self.entries.push(entry);
        self.entries.len() as u32 - 1
    }

    /// The position of an account's entry, or `None` when the registry does not list it.
    pub fn find(&self, account: &str) -> Option<u32> {
        self.by_account.get(account).copied()
    }

    /// An entry by position.
    pub fn entry_at(&self, position: u32) -> Option<&Entry> {
        self.entries.get(position as usize)
    }

    /// The names of all organisations.
    pub fn organisations(&self) -> &[String] {
        &self.organisations
    }

    /// The table of countries in which [`Entry::country`] is a position.
    pub fn countries(&self) -> &Countries {
        &self.countries
    }

    /// Number of accounts that resolve.
    pub fn accounts(&self) -> usize {
        self.entries.len()
    }

    /// Number of rows not used because they are not verified.
    pub fn set_aside(&self) -> usize {
        self.set_aside.len()
    }

    /// Whether an account has a row that is not used because it is not verified.
    pub fn is_set_aside(&self, account: &str) -> bool {
        self.set_aside.contains(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "account,organisation,country,region,type,source,verified,note\n";

    fn parse(rows: &str) -> Result<Registry, CuratedError> {
        Registry::parse("test.csv", &format!("{HEADER}{rows}"), false)
    }

    #[test]
    fn the_registry_compiled_in_parses_and_only_its_verified_rows_resolve() {
        let verified = Registry::parse(BUILT_IN_FILE, BUILT_IN_CSV, false).unwrap();
        let all = Registry::parse(BUILT_IN_FILE, BUILT_IN_CSV, true).unwrap();
        assert!(verified.set_aside() > 0);
        assert_eq!(all.set_aside(), 0);
        assert_eq!(all.accounts(), verified.accounts() + verified.set_aside());
        assert!(verified.find("Qwen").is_some());
        assert!(verified.find("qwen").is_none(), "accounts are told apart by case");
    }

    #[test]
    fn accounts_of_one_organisation_share_its_name() {
        let registry = parse("a,Velmora,FR,europe,industry,x,true,\nb,Velmora,FR,europe,industry,x,true,\n").unwrap();
        let of = |account| *registry.entry_at(registry.find(account).unwrap()).unwrap();
        assert_eq!(of("a"), of("b"));
        assert_eq!(registry.organisations(), ["Velmora"]);
    }

    #[test]
    fn a_row_that_is_wrong_is_named_by_line_and_column() {
        for (rows, column) in [
            ("a,V,FR,us,industry,x,true,\n", "region"),
            ("a,V,ZZ,us,industry,x,true,\n", "country"),
            ("a,V,FR,europe,company,x,true,\n", "type"),
            ("a,V,FR,europe,industry,,true,\n", "source"),
            ("a,V,FR,europe,industry,x,yes,\n", "verified"),
            ("a,,FR,europe,industry,x,true,\n", "organisation"),
            ("a,own,FR,europe,industry,x,true,\n", "organisation"),
            ("<a>,V,FR,europe,industry,x,true,\n", "account"),
            ("a,unknown,FR,europe,individual,x,true,\n", "type"),
        ] {
            let message = parse(rows).unwrap_err().to_string();
            assert!(message.contains("line 2") && message.contains(column), "{message}");
        }
        let twice = "a,V,FR,europe,industry,x,true,\na,W,FR,europe,industry,x,true,\n";
        assert!(parse(twice).unwrap_err().to_string().contains("line 3"));
        let header = Registry::parse("test.csv", "account,organisation\n", false)
            .unwrap_err()
            .to_string();
        assert!(header.contains("country"), "{header}");
    }
}
