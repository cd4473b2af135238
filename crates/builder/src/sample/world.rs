//! The invented world: everybody who publishes models, and the registry that lists them.

use atlas_import::countries::REGIONS;
use atlas_import::registry::ORGANISATION_TYPES;

use super::cohorts::{INDIVIDUAL, TYPES, overall};
use super::downloads_curve::TOP_PERCENT_SHARE;
use super::invented_names::title;
use super::randomness::Randomness;

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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use atlas_import::registry::Registry;

    #[test]
    fn the_registry_of_a_world_is_one_that_imports_take() {
        let world = World::new(200_000, 1);
        let registry = Registry::parse("invented.csv", &world.registry_csv(), false).unwrap();
        let accounts: HashSet<&String> = world.entities.iter().flat_map(|entity| &entity.accounts).collect();
        assert_eq!(registry.accounts(), accounts.len());
        assert_eq!(world.groups.iter().flat_map(|group| &group.leaders).count(), 50);
        assert_ne!(World::new(200_000, 2).registry_csv(), world.registry_csv());
    }
}
