//! Cohorts of models: when they were published, who makes them where, and how large they are.
//!
//! The tables are chosen so that the published shares come out: downloads by size over all models, mean and median size
//! of the cohorts of 2023 and 2025, industry's and individuals' shares before 2022 and in 2025, and China's share of the
//! past year. Each row is a distribution of the cohort's downloads.

use atlas_import::registry::ORGANISATION_TYPES;

/// The day every sample pretends to be taken.
pub const TAKEN_ON: &str = "2026-08-22";

/// Models published in one stretch of time.
pub struct Cohort {
    /// First and last month, as year and month (1 to 12).
    pub months: [(u16, u16); 2],
    /// Share of all models.
    pub models: f64,
    /// Share of all downloads.
    pub downloads: f64,
    /// Share of its downloads by organisation type: industry, academia, non-profit, government, community, individual.
    pub by_type: [f64; 6],
    /// Share of industry's downloads by region: china, us, europe, other.
    pub industry: [f64; 4],
    /// The same for academia.
    pub academia: [f64; 4],
    /// The same for non-profit.
    pub non_profit: [f64; 4],
    /// Share of its downloads by size, as in [`SIZE_CLASSES`].
    pub by_size: [f64; 10],
}

/// Cohorts in order of time. The last two are those of the year before [`TAKEN_ON`].
pub const COHORTS: [Cohort; 7] = [
    Cohort {
        months: [(2022, 3), (2022, 3)],
        models: 0.012,
        downloads: 0.56,
        by_type: [0.70, 0.115, 0.015, 0.0, 0.0, 0.17],
        industry: [0.01, 0.86, 0.11, 0.02],
        academia: [0.05, 0.12, 0.80, 0.03],
        non_profit: [0.0, 0.9, 0.1, 0.0],
        by_size: EARLY_SIZES,
    },
    Cohort {
        months: [(2022, 4), (2022, 12)],
        models: 0.033,
        downloads: 0.14,
        by_type: [0.48, 0.27, 0.05, 0.01, 0.02, 0.17],
        industry: [0.06, 0.70, 0.20, 0.04],
        academia: [0.12, 0.20, 0.60, 0.08],
        non_profit: [0.3, 0.5, 0.2, 0.0],
        by_size: EARLY_SIZES,
    },
    Cohort {
        months: [(2023, 1), (2023, 12)],
        models: 0.13,
        downloads: 0.13,
        by_type: [0.44, 0.27, 0.06, 0.01, 0.02, 0.20],
        industry: [0.20, 0.60, 0.15, 0.05],
        academia: [0.30, 0.20, 0.40, 0.10],
        non_profit: [0.40, 0.40, 0.15, 0.05],
        by_size: [0.20, 0.14, 0.30, 0.22, 0.0995, 0.0405, 0.0, 0.0, 0.0, 0.0],
    },
    Cohort {
        months: [(2024, 1), (2024, 12)],
        models: 0.27,
        downloads: 0.10,
        by_type: [0.38, 0.27, 0.07, 0.01, 0.02, 0.25],
        industry: [0.38, 0.45, 0.11, 0.06],
        academia: [0.45, 0.15, 0.30, 0.10],
        non_profit: [0.60, 0.25, 0.10, 0.05],
        by_size: [0.19, 0.13, 0.28, 0.15, 0.13, 0.07, 0.035, 0.01, 0.004, 0.001],
    },
    Cohort {
        months: [(2025, 1), (2025, 8)],
        models: 0.21,
        downloads: 0.035,
        by_type: RECENT_TYPES,
        industry: [0.72, 0.18, 0.05, 0.05],
        academia: [0.65, 0.10, 0.15, 0.10],
        non_profit: [0.75, 0.15, 0.05, 0.05],
        by_size: RECENT_SIZES,
    },
    Cohort {
        months: [(2025, 9), (2025, 12)],
        models: 0.12,
        downloads: 0.015,
        by_type: RECENT_TYPES,
        industry: [0.72, 0.18, 0.05, 0.05],
        academia: [0.65, 0.10, 0.15, 0.10],
        non_profit: [0.75, 0.15, 0.05, 0.05],
        by_size: RECENT_SIZES,
    },
    Cohort {
        months: [(2026, 1), (2026, 12)],
        models: 0.225,
        downloads: 0.02,
        by_type: RECENT_TYPES,
        industry: [0.72, 0.18, 0.05, 0.05],
        academia: [0.65, 0.10, 0.15, 0.10],
        non_profit: [0.75, 0.15, 0.05, 0.05],
        by_size: RECENT_SIZES,
    },
];

const RECENT_TYPES: [f64; 6] = [0.37, 0.15, 0.06, 0.01, 0.02, 0.39];
const EARLY_SIZES: [f64; 10] = [0.493, 0.366, 0.113, 0.018, 0.008, 0.002, 0.0, 0.0, 0.0, 0.0];
const RECENT_SIZES: [f64; 10] = [0.17, 0.12, 0.2717, 0.086, 0.12, 0.09, 0.085, 0.018, 0.0133, 0.026];

/// Share of government's downloads by region, then community's, then individuals': china, us, europe, other, unknown.
const OTHER_TYPES: [[f64; 5]; 3] = [
    [0.0, 0.0, 0.4, 0.6, 0.0],
    [0.05, 0.2, 0.15, 0.0, 0.6],
    [0.0, 0.0, 0.0, 0.0, 1.0],
];

/// Size classes in millions of parameters: bounds of the bins each is cut into. Within a class, sizes are spread evenly
/// on a logarithmic scale.
pub const SIZE_CLASSES: [&[f64]; 10] = [
    &[15.0, 25.0, 35.0, 60.0, 100.0],
    &[100.0, 125.0, 160.0, 200.0],
    &[200.0, 250.0, 326.0, 406.0, 500.0],
    &[500.0, 630.0, 800.0, 1e3],
    &[1e3, 1.6e3, 2.5e3, 4e3, 5e3],
    &[5e3, 6.3e3, 8e3, 1e4],
    &[1e4, 1.6e4, 2.5e4, 4e4, 5e4],
    &[5e4, 7e4, 1e5],
    &[1e5, 1.6e5, 2.5e5],
    &[2.5e5, 4e5, 7e5, 1e6],
];

/// Number of organisation types that entities have; `unknown` is none.
pub const TYPES: usize = ORGANISATION_TYPES.len() - 1;

/// Position of individuals among the types.
pub const INDIVIDUAL: usize = 5;

impl Cohort {
    /// Share of the cohort's downloads of a type and a region, a position in [`atlas_import::countries::REGIONS`].
    pub fn share(&self, organisation_type: usize, region: usize) -> f64 {
        let regions: &[f64] = match organisation_type {
            0 => &self.industry,
            1 => &self.academia,
            2 => &self.non_profit,
            other => OTHER_TYPES.get(other - 3).map(<[f64; 5]>::as_slice).unwrap_or_default(),
        };
        let of_type = self.by_type.get(organisation_type).copied().unwrap_or(0.0);
        of_type * regions.get(region).copied().unwrap_or(0.0)
    }
}

/// Share of all downloads of a type in some regions, over all cohorts.
pub fn overall(organisation_type: usize, regions: std::ops::Range<usize>) -> f64 {
    let of_region = |cohort: &Cohort| {
        regions
            .clone()
            .map(|region| cohort.share(organisation_type, region))
            .sum::<f64>()
    };
    COHORTS.iter().map(|cohort| cohort.downloads * of_region(cohort)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one(sum: f64) -> bool {
        (sum - 1.0).abs() < 1e-9
    }

    #[test]
    fn every_row_of_the_tables_is_a_distribution() {
        assert!(is_one(COHORTS.iter().map(|cohort| cohort.models).sum()));
        assert!(is_one(COHORTS.iter().map(|cohort| cohort.downloads).sum()));
        for cohort in &COHORTS {
            for row in [&cohort.industry, &cohort.academia, &cohort.non_profit] {
                assert!(is_one(row.iter().sum()));
            }
            assert!(is_one(cohort.by_type.iter().sum()) && is_one(cohort.by_size.iter().sum()));
        }
    }
}
