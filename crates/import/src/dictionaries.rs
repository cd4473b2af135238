//! The dictionaries of a snapshot: which values each column has, in which order, and the code of every row.

use atlas_protocol::facet::SIZE_CATEGORIES;
use atlas_snapshot::Collection;
use atlas_snapshot::manifest::{DictionaryValue, dictionary_columns};

use crate::assemble::unknown_value;
use crate::countries::{REGION_LABELS, REGIONS};
use crate::lineage::{RELATION_LABELS, RELATIONS};
use crate::moment::Month;
use crate::registry::{Entry, ORGANISATION_TYPE_LABELS, ORGANISATION_TYPES, Registry};
use crate::row_block::{
    LIBRARY, LICENCE, MONTH_NOT_KNOWN, NOT_KNOWN, ORIGIN_OWN, PARAMETERS_SOURCE_LABELS, PARAMETERS_SOURCES, RowBlock,
    SIZE_CATEGORY, TASK,
};

/// Sums over the rows of one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueSums {
    /// Number of rows.
    pub rows: u64,
    /// Downloads in 30 days.
    pub downloads: u64,
}

/// One dictionary column.
pub struct Dictionary<'a> {
    /// The values in the order of their codes; the last one is `unknown`.
    pub values: Vec<DictionaryValue>,
    /// Sums over the rows whose value is `unknown`.
    pub unknown: ValueSums,
    raw: RawCodes<'a>,
    codes: Vec<u32>,
}

impl Dictionary<'_> {
    /// The code of a row: a position in `values`.
    pub fn code(&self, rows: &RowBlock, row: usize) -> u32 {
        let unknown = self.values.len() as u32 - 1;
        self.codes
            .get(self.raw.of(rows, row) as usize)
            .copied()
            .unwrap_or(unknown)
    }
}

/// Where the codes of a column come from, before its values are put in order.
#[derive(Clone, Copy)]
enum RawCodes<'a> {
    ParametersSource,
    Month(u16),
    Account(&'a Registry, fn(&Entry) -> u32),
    Text(usize),
    Relation,
    Origin(u32),
}

impl RawCodes<'_> {
    fn of(&self, rows: &RowBlock, row: usize) -> u32 {
        let small = |codes: &[u8]| codes.get(row).map_or(NOT_KNOWN, |code| u32::from(*code));
        let wide = |codes: &[u32]| codes.get(row).copied().unwrap_or(NOT_KNOWN);
        match self {
            RawCodes::ParametersSource => small(&rows.parameters_source),
            RawCodes::Month(first) => match rows.month.get(row) {
                Some(month) if *month != MONTH_NOT_KNOWN => u32::from(month - first),
                _ => NOT_KNOWN,
            },
            RawCodes::Account(registry, part) => registry.entry_at(wide(&rows.account)).map_or(NOT_KNOWN, part),
            RawCodes::Text(at) => rows.text_codes.get(*at).map_or(NOT_KNOWN, |codes| wide(codes)),
            RawCodes::Relation => small(&rows.relation),
            RawCodes::Origin(own) => match wide(&rows.origin) {
                ORIGIN_OWN => *own,
                origin => origin,
            },
        }
    }
}

/// In which order the values of a dictionary stand, and which of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// All of them, as given.
    AsGiven,
    /// Those that occur, by downloads, descending, then by key.
    ByDownloads,
}

/// The dictionaries of a collection's [`dictionary_columns`] over the rows in `order`.
pub fn dictionaries<'a>(
    collection: Collection,
    rows: &RowBlock,
    order: &[u32],
    registry: &'a Registry,
) -> Vec<Dictionary<'a>> {
    let column = |name| {
        let (raw, values, listed) = source(name, rows, order, registry);
        dictionary(rows, order, raw, values, listed)
    };
    dictionary_columns(collection).map(column).into()
}

fn source<'a>(
    column: &str,
    rows: &RowBlock,
    order: &[u32],
    registry: &'a Registry,
) -> (RawCodes<'a>, Vec<DictionaryValue>, Order) {
    let texts = |at: usize| {
        let keys = rows.texts.get(at).map(|texts| texts.values()).unwrap_or_default();
        (
            RawCodes::Text(at),
            keys.iter().map(|key| plain(key)).collect(),
            Order::ByDownloads,
        )
    };
    let account = |part| RawCodes::Account(registry, part);
    match column {
        "parameters_source" => {
            let values = labelled(&PARAMETERS_SOURCES, &PARAMETERS_SOURCE_LABELS);
            (RawCodes::ParametersSource, values, Order::AsGiven)
        }
        "month" => {
            let (first, values) = months(rows, order);
            (RawCodes::Month(first), values, Order::AsGiven)
        }
        "region" => {
            let region = account(|entry| u32::from(entry.region));
            (region, labelled(&REGIONS, &REGION_LABELS), Order::AsGiven)
        }
        "country" => {
            let country = account(|entry| entry.country.map_or(NOT_KNOWN, u32::from));
            (country, countries(registry), Order::ByDownloads)
        }
        "organisation_type" => {
            let organisation_type = account(|entry| u32::from(entry.organisation_type));
            let values = labelled(&ORGANISATION_TYPES, &ORGANISATION_TYPE_LABELS);
            (organisation_type, values, Order::AsGiven)
        }
        "organisation" => {
            let organisation = account(|entry| entry.organisation.unwrap_or(NOT_KNOWN));
            let values = registry.organisations().iter().map(|name| plain(name)).collect();
            (organisation, values, Order::ByDownloads)
        }
        "task" => texts(TASK),
        "library" => texts(LIBRARY),
        "size_category" => {
            let (keys, labels): (Vec<&str>, Vec<&str>) = SIZE_CATEGORIES.iter().copied().unzip();
            (RawCodes::Text(SIZE_CATEGORY), labelled(&keys, &labels), Order::AsGiven)
        }
        "licence" => texts(LICENCE),
        "relation" => (
            RawCodes::Relation,
            labelled(&RELATIONS, &RELATION_LABELS),
            Order::AsGiven,
        ),
        _ => {
            let mut values: Vec<_> = registry.organisations().iter().map(|name| plain(name)).collect();
            let own = values.len() as u32;
            values.push(value("own", Some("Own"), None));
            (RawCodes::Origin(own), values, Order::ByDownloads)
        }
    }
}

fn dictionary<'a>(
    rows: &RowBlock,
    order: &[u32],
    raw: RawCodes<'a>,
    values: Vec<DictionaryValue>,
    listed: Order,
) -> Dictionary<'a> {
    let unknown_key = unknown_value().key;
    let mut sums = vec![ValueSums::default(); values.len()];
    let mut unknown = ValueSums::default();
    for row in order {
        let at = raw.of(rows, *row as usize) as usize;
        let sums = match values.get(at) {
            Some(value) if value.key != unknown_key => sums.get_mut(at).unwrap_or(&mut unknown),
            _ => &mut unknown,
        };
        sums.rows += 1;
        sums.downloads += rows.downloads_30d.get(*row as usize).copied().unwrap_or(0);
    }
    let sums_of = |at: u32| sums.get(at as usize).copied().unwrap_or_default();
    let mut kept: Vec<u32> = (0..values.len() as u32).collect();
    kept.retain(|at| values.get(*at as usize).is_some_and(|value| value.key != unknown_key));
    if listed == Order::ByDownloads {
        kept.retain(|at| sums_of(*at).rows > 0);
        kept.sort_by(|a, b| {
            let key = |at: u32| values.get(at as usize).map(|value| value.key.as_str());
            sums_of(*b)
                .downloads
                .cmp(&sums_of(*a).downloads)
                .then_with(|| key(*a).cmp(&key(*b)))
        });
    }
    let mut codes = vec![kept.len() as u32; values.len()];
    for (code, at) in kept.iter().enumerate() {
        if let Some(slot) = codes.get_mut(*at as usize) {
            *slot = code as u32;
        }
    }
    let mut ordered: Vec<DictionaryValue> = kept.iter().filter_map(|at| values.get(*at as usize)).cloned().collect();
    ordered.push(unknown_value());
    Dictionary {
        values: ordered,
        unknown,
        raw,
        codes,
    }
}

/// Every month from the first to the last that occurs, so that a time axis has no holes.
fn months(rows: &RowBlock, order: &[u32]) -> (u16, Vec<DictionaryValue>) {
    let known = || {
        let months = order.iter().filter_map(|row| rows.month.get(*row as usize).copied());
        months.filter(|month| *month != MONTH_NOT_KNOWN)
    };
    match (known().min(), known().max()) {
        (Some(first), Some(last)) => {
            let months = (first..=last).map(Month);
            (
                first,
                months
                    .map(|month| value(&month.key(), Some(&month.label()), None))
                    .collect(),
            )
        }
        _ => (0, Vec::new()),
    }
}

fn countries(registry: &Registry) -> Vec<DictionaryValue> {
    let countries = registry.countries();
    let all = (0..countries.len() as u16).filter_map(|at| countries.get(at));
    all.map(|country| {
        value(
            &country.code,
            Some(&country.name),
            REGIONS.get(usize::from(country.region)).copied(),
        )
    })
    .collect()
}

fn labelled(keys: &[&str], labels: &[&str]) -> Vec<DictionaryValue> {
    keys.iter()
        .zip(labels)
        .map(|(key, label)| value(key, Some(label), None))
        .collect()
}

fn plain(key: &str) -> DictionaryValue {
    value(key, None, None)
}

fn value(key: &str, label: Option<&str>, parent: Option<&str>) -> DictionaryValue {
    DictionaryValue {
        key: key.to_owned(),
        label: label.map(str::to_owned),
        parent: parent.map(str::to_owned),
    }
}
