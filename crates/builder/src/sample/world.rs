//! The invented world: cohorts of models, who makes them where, and how large they are.
//!
//! The tables are chosen so that the published shares come out: downloads by size over all models, mean and median size
//! of the cohorts of 2023 and 2025, industry's and individuals' shares before 2022 and in 2025, China's share of the past
//! year, and the top 50 entities by type. Each cohort's row is a distribution of its downloads.

use crate::countries::REGIONS;
use crate::registry::ORGANISATION_TYPES;

use super::downloads_curve::TOP_PERCENT_SHARE;
use super::invented_names::title;
use super::randomness::Randomness;

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
    /// Share of the cohort's downloads of a type and a region (position in [`REGIONS`]).
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

/// Share of all downloads that the top 50 entities have.
pub const TOP_ENTITIES_SHARE: f64 = 0.802;

/// Share of the top 50 entities' downloads by type: company, university, non-profit, individual.
pub const TOP_ENTITIES_BY_TYPE: [(usize, f64); 4] = [(0, 0.632), (1, 0.207), (2, 0.038), (INDIVIDUAL, 0.121)];

/// How many of the top 50 entities there are of each type and region: type, then china, us, europe, other, unknown.
const TOP_ENTITIES: [(usize, [usize; 5]); 4] = [
    (0, [5, 14, 5, 2, 0]),
    (1, [3, 2, 4, 1, 0]),
    (2, [1, 1, 1, 0, 0]),
    (INDIVIDUAL, [0, 0, 0, 0, 11]),
];

/// Countries of the organisations of each region, with weights.
const COUNTRIES: [&[(&str, f64)]; 4] = [
    &[("CN", 0.95), ("HK", 0.05)],
    &[("US", 1.0)],
    &[
        ("FR", 0.3),
        ("DE", 0.3),
        ("GB", 0.25),
        ("CH", 0.05),
        ("NL", 0.05),
        ("SE", 0.05),
    ],
    &[
        ("KR", 0.3),
        ("JP", 0.2),
        ("IN", 0.15),
        ("CA", 0.15),
        ("IL", 0.1),
        ("AE", 0.1),
    ],
];

/// What an invented organisation of each type is called.
const KINDS: [&[&str]; TYPES] = [
    &["Labs", "Works", "Systems", "Computing", "Intelligence", "Industries"],
    &["University", "Institute of Technology", "College"],
    &["Foundation", "Institute"],
    &["National Library", "Agency"],
    &["Collective", "Community"],
    &[""],
];

/// Somebody who publishes models.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Accounts, the main one first.
    pub accounts: Vec<String>,
    /// Name, or `unknown` for a person.
    pub organisation: String,
    /// Country code, or `unknown`.
    pub country: &'static str,
    /// Position in [`REGIONS`].
    pub region: usize,
    /// Position in [`ORGANISATION_TYPES`].
    pub organisation_type: usize,
    /// Numbers of the words its model families are called by.
    pub families: Vec<u64>,
}

/// All entities of one type and region.
#[derive(Clone, Debug)]
pub struct Group {
    /// Position in [`ORGANISATION_TYPES`].
    pub organisation_type: usize,
    /// Position in [`REGIONS`].
    pub region: usize,
    /// Members of the top 50, with their shares of the group's downloads.
    pub leaders: Vec<(usize, f64)>,
    /// All others, as a range of entities.
    pub others: std::ops::Range<usize>,
}

/// Entities and groups.
#[derive(Clone, Debug)]
pub struct World {
    /// Everybody whom the synthetic registry lists.
    pub entities: Vec<Entity>,
    /// They by type and region.
    pub groups: Vec<Group>,
}

impl World {
    /// Invents a world for so many models.
    pub fn new(models: u64, seed: u64) -> World {
        let mut world = World {
            entities: Vec::new(),
            groups: Vec::new(),
        };
        let mut randomness = Randomness::new(seed, 1);
        for organisation_type in 0..TYPES {
            for region in 0..REGIONS.len() {
                let share = overall(organisation_type, region..region + 1);
                if share > 0.0 {
                    world.add_group(organisation_type, region, share, models, &mut randomness);
                }
            }
        }
        world
    }

    fn add_group(
        &mut self,
        organisation_type: usize,
        region: usize,
        share: f64,
        models: u64,
        randomness: &mut Randomness,
    ) {
        let of_type = |entry: &&(usize, [usize; 5])| entry.0 == organisation_type;
        let counts = TOP_ENTITIES
            .iter()
            .find(of_type)
            .map(|(_, counts)| *counts)
            .unwrap_or_default();
        let count = counts.get(region).copied().unwrap_or(0);
        let with_leaders = (0..REGIONS.len()).filter(|region| counts.get(*region).is_some_and(|count| *count > 0));
        let led: f64 = with_leaders
            .map(|region| overall(organisation_type, region..region + 1))
            .sum();
        let target = TOP_ENTITIES_BY_TYPE
            .iter()
            .find(|(of, _)| *of == organisation_type)
            .map_or(0.0, |(_, share)| *share);
        let leaders_share = if led > 0.0 {
            (target * TOP_ENTITIES_SHARE / TOP_PERCENT_SHARE / led).min(1.0)
        } else {
            0.0
        };
        // The k-th leader has a share in proportion to 1/(k+1): steep, but none dwarfs the rest.
        let weight = |rank: usize| 1.0 / (rank + 2) as f64;
        let weights: f64 = (0..count).map(weight).sum();
        let leaders: Vec<(usize, f64)> = (0..count)
            .map(|rank| {
                (
                    self.add_entity(organisation_type, region, true, randomness),
                    leaders_share * weight(rank) / weights,
                )
            })
            .collect();
        let per_model = if organisation_type == INDIVIDUAL {
            0.004
        } else {
            0.002 * share
        };
        let others = ((models as f64 * per_model) as usize).clamp(60, 12_000);
        let first = self.entities.len();
        for _ in 0..others {
            self.add_entity(organisation_type, region, false, randomness);
        }
        self.groups.push(Group {
            organisation_type,
            region,
            leaders,
            others: first..self.entities.len(),
        });
    }

    fn add_entity(
        &mut self,
        organisation_type: usize,
        region: usize,
        leads: bool,
        randomness: &mut Randomness,
    ) -> usize {
        let at = self.entities.len();
        let number = at as u64;
        let is_person = organisation_type == INDIVIDUAL;
        let kinds = KINDS.get(organisation_type).copied().unwrap_or_default();
        let kind = randomness.one_of(kinds).unwrap_or_default();
        let name = title(number);
        let main = account(number, kind, randomness);
        let mut accounts = vec![main];
        if leads && !is_person && randomness.chance(0.4) {
            accounts.push(format!("{}-research", name.to_lowercase()));
        }
        let families = 1 + randomness.below(if leads { 5 } else { 2 });
        self.entities.push(Entity {
            accounts,
            organisation: if is_person {
                "unknown".to_owned()
            } else {
                format!("{name} {kind}")
            },
            country: match COUNTRIES.get(region) {
                Some(countries) if !is_person => randomness.weighted(countries).unwrap_or("unknown"),
                _ => "unknown",
            },
            region: if is_person { REGIONS.len() - 1 } else { region },
            organisation_type,
            families: (0..families)
                .map(|_| FIRST_FAMILY + randomness.below(FAMILIES))
                .collect(),
        });
        at
    }

    /// The registry of this world, as CSV of the form of `data/organisations.csv`.
    pub fn registry_csv(&self) -> String {
        let mut text = "account,organisation,country,region,type,source,verified,note\n".to_owned();
        for entity in &self.entities {
            let region = REGIONS.get(entity.region).copied().unwrap_or("unknown");
            let organisation_type = ORGANISATION_TYPES
                .get(entity.organisation_type)
                .copied()
                .unwrap_or("unknown");
            for account in &entity.accounts {
                let (organisation, country) = (&entity.organisation, entity.country);
                text.push_str(&format!(
                    "{account},{organisation},{country},{region},{organisation_type},invented,true,\n"
                ));
            }
        }
        text
    }
}

/// Words from this number on name model families, so that no family is called like an organisation.
pub const FIRST_FAMILY: u64 = 100_000;

/// Number of words for model families.
pub const FAMILIES: u64 = 1_500;

/// Words from this number on name accounts that no registry lists.
pub const FIRST_STRANGER: u64 = 300_000;

fn account(number: u64, kind: &str, randomness: &mut Randomness) -> String {
    let name = title(number);
    match randomness.below(4) {
        0 => name,
        1 => name.to_lowercase(),
        2 if !kind.is_empty() => format!(
            "{}-{}",
            name.to_lowercase(),
            kind.split(' ').next().unwrap_or("lab").to_lowercase()
        ),
        _ => format!("{}{}", name.to_lowercase(), randomness.below(90) + 10),
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
    use std::collections::HashSet;

    use super::*;
    use crate::registry::Registry;

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
        assert_eq!(TOP_ENTITIES.iter().flat_map(|(_, counts)| counts).sum::<usize>(), 50);
    }

    #[test]
    fn the_registry_of_a_world_is_one_that_imports_take() {
        let world = World::new(200_000, 1);
        let registry = Registry::parse("invented.csv", &world.registry_csv(), false).unwrap();
        let accounts: HashSet<&String> = world.entities.iter().flat_map(|entity| &entity.accounts).collect();
        assert_eq!(registry.accounts(), accounts.len());
        assert!(world.groups.iter().flat_map(|group| &group.leaders).count() == 50);
        assert_ne!(World::new(200_000, 2).registry_csv(), world.registry_csv());
    }
}
