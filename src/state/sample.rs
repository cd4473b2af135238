//! A small made-up snapshot for unit tests.

use atlas_protocol::size::{BINS, BUCKETS, bin_range, bucket_of_bin};
use atlas_protocol::{
    Answer, Catalogue, Collection, Dataset, Facet, FacetTotals, FacetValue, HistoryNote, Measure, MonthCoverage,
    Progress, Query, SizeByYear, Statistics, Sums, TimeAxis, TimeSplit,
};

use crate::numbers;

fn value(key: &str, label: &str, parent: Option<&str>) -> FacetValue {
    FacetValue {
        key: key.to_owned(),
        label: label.to_owned(),
        parent: parent.map(str::to_owned),
    }
}

fn values(facet: Facet) -> Vec<FacetValue> {
    let mut values: Vec<FacetValue> = match facet {
        Facet::Region => [
            ("china", "China"),
            ("us", "United States"),
            ("europe", "Europe"),
            ("other", "Other regions"),
        ]
        .map(|(key, label)| value(key, label, None))
        .to_vec(),
        Facet::Country => [
            ("CN", "China", "china"),
            ("FR", "France", "europe"),
            ("DE", "Germany", "europe"),
        ]
        .map(|(key, label, region)| value(key, label, Some(region)))
        .to_vec(),
        Facet::Size => BUCKETS
            .iter()
            .map(|bucket| value(bucket.key, bucket.label, None))
            .collect(),
        Facet::Parameters => (0..BINS)
            .filter_map(|bin| {
                let (from, _) = bin_range(bin)?;
                let bucket = BUCKETS.get(bucket_of_bin(bin) as usize)?;
                Some(value(&from.to_string(), &numbers::written_size(from), Some(bucket.key)))
            })
            .collect(),
        Facet::Year => ["2025", "2026"].map(|year| value(year, year, None)).to_vec(),
        Facet::Month => [("2025-11", "Nov 2025"), ("2026-01", "Jan 2026")]
            .map(|(key, label)| value(key, label, Some(&key[..4])))
            .to_vec(),
        Facet::Relation => ["base", "finetune", "adapter", "quantized", "merge"]
            .map(|key| value(key, key, None))
            .to_vec(),
        _ => ["one", "two", "three"].map(|key| value(key, key, None)).to_vec(),
    };
    values.push(value("unknown", "Unknown", None));
    values
}

/// A data set with a few values of every facet.
pub fn dataset() -> Dataset {
    Dataset {
        collection: Collection::Models,
        taken_on: "2026-08-22".to_owned(),
        synthetic: true,
        scope: None,
        sources: Vec::new(),
        checksum: String::new(),
        totals: Sums::default(),
        measures: Measure::ALL.to_vec(),
        definitions: Vec::new(),
        catalogues: Facet::ALL
            .map(|facet| Catalogue {
                facet,
                values: values(facet),
            })
            .to_vec(),
        history: Some(HistoryNote {
            months: [
                ("2025-11", 19, 400, 7),
                ("2025-12", 30, 500, 0),
                ("2026-01", 65, 900, 3),
            ]
            .map(|(month, accounts, models, models_outside)| MonthCoverage {
                month: month.to_owned(),
                downloads: 1_000,
                models,
                accounts,
                models_outside,
                downloads_outside: models_outside,
            })
            .to_vec(),
            readings: Vec::new(),
        }),
    }
}

/// An answer whose sums all differ: value `i` of a facet holds `100 * (i + 1)`.
pub fn answer(query: Query) -> Answer {
    let dataset = dataset();
    let facets = dataset
        .catalogues
        .iter()
        .map(|catalogue| {
            let counts: Vec<u64> = (1..=catalogue.values.len() as u64).map(|at| at * 100).collect();
            FacetTotals {
                models: counts.iter().map(|count| count / 100).collect(),
                measure_unfiltered: counts.iter().map(|count| count * 2).collect(),
                selected: vec![true; counts.len()],
                whole: counts.iter().sum(),
                measure: counts,
            }
        })
        .collect();
    let length = |facet: Facet| dataset.catalogue(facet).map_or(0, |catalogue| catalogue.values.len());
    let months = match query.axis {
        TimeAxis::Published => length(Facet::Month),
        TimeAxis::Made => dataset.history.as_ref().map_or(0, |history| history.months.len()),
    };
    let cells: Vec<u64> = (1..=(months * length(query.split)) as u64).map(|at| at * 10).collect();
    Answer {
        made: if query.is_of_history() {
            vec![100, 200, 300]
        } else {
            Vec::new()
        },
        over_time: TimeSplit {
            axis: query.axis,
            split: query.split,
            values: length(query.split),
            totals: cells
                .chunks(length(query.split))
                .map(|month| month.iter().sum())
                .collect(),
            cells,
        },
        query,
        progress: Progress {
            bytes_done: 9,
            bytes_total: 9,
            rows_ready: 15,
            rows_total: 15,
        },
        unfiltered: Sums {
            models: 20,
            downloads_30d: 3_000,
            ..Sums::default()
        },
        slice: Sums {
            models: 15,
            downloads_30d: 1_500,
            ..Sums::default()
        },
        facets,
        notes: Vec::new(),
        statistics: None,
        engine_us: 0,
    }
}

/// The statistics of that answer.
pub fn statistics() -> Statistics {
    let year = SizeByYear {
        models_known: 10,
        models_unknown: 5,
        weight_known: 1_000,
        weight_unknown: 500,
        mean: Some(20.8e9),
        mean_weighted: Some(3.2e9),
        quantiles: [60_000_000, 125_000_000, 406_000_000, 7_000_000_000, 32_000_000_000].map(Some),
        quantiles_weighted: [22_000_000, 66_000_000, 110_000_000, 560_000_000, 8_000_000_000].map(Some),
    };
    let years = dataset()
        .catalogue(Facet::Year)
        .map_or(0, |catalogue| catalogue.values.len());
    Statistics {
        sizes_by_year: vec![year; years],
        sizes: year,
        concentration: atlas_protocol::answer::Concentration {
            points: vec![(1, 500), (10, 1_400), (15, 1_500)],
            gini: Some(0.75),
        },
        ..Statistics::default()
    }
}
