//! How the facets of a snapshot lie on its base columns.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::size::{self, BUCKETS};
use atlas_protocol::{Catalogue, Collection, Dataset, Facet, FacetValue, Measure, MonthCoverage, MonthRange};
use atlas_snapshot::Manifest;
use atlas_snapshot::history::History;
use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, DictionaryValue, dictionary_columns};

use crate::items::{BASES, BIN, MONTH};
use crate::json_row::RowTexts;
use crate::sets::Sets;

/// Facets, their values, and the base column each is counted on.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// What the snapshot says of itself.
    pub(crate) dataset: Dataset,
    /// Keys of the values of `parameters_source`, in code order.
    pub(crate) parameter_sources: Vec<String>,
    /// Number of codes of each base column.
    pub(crate) base_lengths: [usize; BASES],
    /// What rows are written with in exports.
    pub(crate) row_texts: RowTexts,
    facets: Vec<FacetLayout>,
    /// Keys of the values of each stored column, in code order.
    stored_keys: Vec<Vec<String>>,
}

/// Where one facet is counted. Where rows have sets of values, the values here are the sets: whatever is counted is counted
/// by set, and [`Sets`] makes values of them at the edge.
#[derive(Clone, Debug)]
pub(crate) struct FacetLayout {
    /// Base column.
    pub(crate) base: usize,
    /// For a facet coarser than its base column, its value for each code; else code and value are the same.
    pub(crate) fold: Option<Vec<usize>>,
    /// Number of values; 0 for a facet of which the collection has no column.
    pub(crate) values: usize,
    /// Which values are in which set, where rows have sets of them.
    pub(crate) sets: Option<Sets>,
    positions: HashMap<String, usize>,
}

impl FacetLayout {
    /// The value of a base code.
    pub(crate) fn value_of(&self, code: usize) -> usize {
        self.fold.as_ref().map_or(code, |fold| fold[code])
    }

    /// The position of a value key in the catalogue, or `None` when the snapshot does not have it.
    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        self.positions.get(key).copied()
    }
}

impl Layout {
    pub(crate) fn new(manifest: &Manifest, checksum: String) -> Layout {
        let collection = manifest.collection;
        let mut catalogues: Vec<Catalogue> = Facet::ALL
            .into_iter()
            .map(|facet| Catalogue {
                facet,
                values: values(manifest, facet),
            })
            .collect();
        let mut facets: Vec<FacetLayout> = catalogues
            .iter()
            .map(|catalogue| facet_layout(catalogue, &catalogues))
            .collect();
        for facet in collection.description().sets {
            let catalogue = &mut catalogues[facet.index()];
            let sets = Sets::of(&catalogue.values);
            catalogue.values = sets.members().to_vec();
            facets[facet.index()].positions = positions(&catalogue.values);
            facets[facet.index()].sets = Some(sets);
        }
        // Sizes are counted in every collection, and offered where there are any.
        catalogues
            .iter_mut()
            .filter(|catalogue| !collection.has(catalogue.facet))
            .for_each(|catalogue| catalogue.values.clear());
        let columns = &dictionary_columns(collection)[1..];
        let mut base_lengths = [usize::from(size::UNKNOWN_BIN) + 1; BASES];
        for (length, column) in base_lengths.iter_mut().zip(columns) {
            *length = dictionary(manifest, column).len();
        }
        let mut measures = manifest.totals.measures();
        measures.extend(manifest.history.as_ref().map(|_| Measure::DownloadsMade));
        let dataset = Dataset {
            collection,
            taken_on: manifest.taken_on.clone(),
            synthetic: manifest.synthetic,
            scope: manifest.scope.clone(),
            sources: manifest.sources.iter().map(|source| source.note()).collect(),
            checksum,
            totals: manifest.totals.sums(),
            measures,
            definitions: manifest
                .definitions
                .iter()
                .map(|entry| (entry.term.clone(), entry.meaning.clone()))
                .collect(),
            catalogues,
            history: manifest.history.as_ref().map(History::note),
        };
        let parameter_sources: Vec<String> = dictionary(manifest, DICTIONARY_COLUMNS[0])
            .iter()
            .map(|value| value.key.clone())
            .collect();
        let keys = |column: &str| -> Vec<&str> {
            let values = dictionary(manifest, column).iter();
            values.map(|value| value.key.as_str()).collect()
        };
        let stored_keys = columns
            .iter()
            .map(|column| keys(column).into_iter().map(str::to_owned).collect());
        Layout {
            stored_keys: stored_keys.collect(),
            row_texts: RowTexts::new(collection, keys),
            dataset,
            parameter_sources,
            base_lengths,
            facets,
        }
    }

    /// What the snapshot collects.
    pub(crate) fn collection(&self) -> Collection {
        self.dataset.collection
    }

    /// The facet that splits a measure over time: region, where the collection does not have the one asked for.
    pub(crate) fn split(&self, asked: Facet) -> Facet {
        match self.collection().has(asked) {
            true => asked,
            false => Facet::Region,
        }
    }

    pub(crate) fn facet(&self, facet: Facet) -> &FacetLayout {
        &self.facets[facet.index()]
    }

    /// The months of the history; none where the snapshot has no history.
    pub(crate) fn history_months(&self) -> &[MonthCoverage] {
        let history = self.dataset.history.as_ref();
        history.map(|history| history.months.as_slice()).unwrap_or_default()
    }

    /// Positions of the months of the history that lie in a range.
    pub(crate) fn months_in(&self, range: &MonthRange) -> Range<usize> {
        let months = self.history_months();
        let before = |end: &str| months.partition_point(|month| month.month.as_str() < end);
        let up_to = |end: &str| months.partition_point(|month| month.month.as_str() <= end);
        let first = range.from.as_deref().map_or(0, before);
        first..range.to.as_deref().map_or(months.len(), up_to).max(first)
    }

    /// The text that stands for a code in the column of a stored facet.
    pub(crate) fn stored_key(&self, place: usize, code: usize) -> String {
        let key = self.stored_keys.get(place).and_then(|keys| keys.get(code));
        key.cloned().unwrap_or_default()
    }

    /// The values of a facet as its catalogue has them.
    pub(crate) fn values(&self, facet: Facet) -> &[FacetValue] {
        &self.dataset.catalogues[facet.index()].values
    }
}

fn dictionary<'a>(manifest: &'a Manifest, column: &str) -> &'a [DictionaryValue] {
    manifest.dictionaries.get(column).map(Vec::as_slice).unwrap_or_default()
}

fn values(manifest: &Manifest, facet: Facet) -> Vec<FacetValue> {
    match facet {
        Facet::Size => {
            let known = BUCKETS.iter().map(|bucket| value(bucket.key, bucket.label, None));
            known.chain([unknown()]).collect()
        }
        Facet::Parameters => (0..size::BINS).map(bin_value).chain([unknown()]).collect(),
        Facet::Year => {
            let months = dictionary(manifest, Facet::Month.key());
            let years: BTreeSet<&str> = months.iter().filter_map(|month| year_of(&month.key)).collect();
            years
                .into_iter()
                .map(|year| value(year, &year_label(year), None))
                .chain([unknown()])
                .collect()
        }
        stored => dictionary(manifest, stored.key())
            .iter()
            .map(|entry| stored_value(stored, entry))
            .collect(),
    }
}

fn stored_value(facet: Facet, entry: &DictionaryValue) -> FacetValue {
    let parent = match facet {
        Facet::Month => Some(year_of(&entry.key).unwrap_or(UNKNOWN).to_owned()),
        _ => entry.parent.clone(),
    };
    let label = match &entry.label {
        Some(label) => label.clone(),
        None if entry.key == UNKNOWN => "Unknown".to_owned(),
        None => entry.key.clone(),
    };
    FacetValue {
        key: entry.key.clone(),
        label,
        parent,
    }
}

fn bin_value(bin: u8) -> FacetValue {
    let (from, below) = size::bin_range(bin).unwrap_or_default();
    let bucket = BUCKETS
        .get(usize::from(size::bucket_of_bin(bin)))
        .map(|bucket| bucket.key);
    let label = match (from, below) {
        (0, below) => format!("< {}", short_count(below)),
        (from, u64::MAX) => format!("≥ {}", short_count(from)),
        (from, below) => format!("{}–{}", short_count(from), short_count(below)),
    };
    value(&from.to_string(), &label, bucket)
}

/// A bin edge as people write it: 125K, 3.15B.
fn short_count(count: u64) -> String {
    let (scale, unit) = match count {
        0..1_000_000 => (1_000, "K"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "B"),
        _ => (1_000_000_000_000, "T"),
    };
    let hundredths = count / (scale / 100);
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The year of a month key like `2026-08`, or `None` for `unknown`.
fn year_of(month: &str) -> Option<&str> {
    month.split_once('-').map(|(year, _)| year)
}

fn year_label(year: &str) -> String {
    if year == "2022" {
        "2022 or before".to_owned()
    } else {
        year.to_owned()
    }
}

fn value(key: &str, label: &str, parent: Option<&str>) -> FacetValue {
    FacetValue {
        key: key.to_owned(),
        label: label.to_owned(),
        parent: parent.map(str::to_owned),
    }
}

fn unknown() -> FacetValue {
    value(UNKNOWN, "Unknown", None)
}

fn facet_layout(catalogue: &Catalogue, all: &[Catalogue]) -> FacetLayout {
    let positions = positions(&catalogue.values);
    let fold_from = |base: Facet| {
        let last = catalogue.values.len().saturating_sub(1);
        let parent = |value: &FacetValue| {
            value
                .parent
                .as_ref()
                .and_then(|key| positions.get(key))
                .copied()
                .unwrap_or(last)
        };
        all.get(base.index())
            .map(|base| base.values.iter().map(parent).collect())
    };
    let (base, fold) = match catalogue.facet {
        Facet::Size => (BIN, fold_from(Facet::Parameters)),
        Facet::Parameters => (BIN, None),
        Facet::Year => (MONTH, fold_from(Facet::Month)),
        stored => (stored.place().unwrap_or(MONTH), None),
    };
    FacetLayout {
        base,
        fold,
        values: catalogue.values.len(),
        sets: None,
        positions,
    }
}

fn positions(values: &[FacetValue]) -> HashMap<String, usize> {
    let keys = values.iter().map(|value| value.key.clone());
    keys.zip(0..).collect()
}
