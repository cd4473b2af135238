//! The models of a synthetic Hub, one by one.

use std::collections::HashSet;

use atlas_import::lineage::RELATIONS;
use atlas_import::moment::{self, DAY};
use atlas_import::size_in_name::parameters_in_name;

use super::allocation::{Place, allocate, draw_parameters};
use super::cohorts::{COHORTS, TAKEN_ON};
use super::description::{Declares, Draft, Model};
use super::downloads_curve::DownloadsCurve;
use super::naming::{TailIds, derived_name, family_name, stride};
use super::randomness::Randomness;
use super::world::{FAMILIES, FIRST_FAMILY, World};

/// Published numbers of derived models, in thousands: adapter, finetune, quantized, merge, as positions in [`RELATIONS`].
pub const DERIVED: [(u8, f64); 4] = [(2, 258.0), (1, 218.0), (3, 117.0), (4, 14.0)];

/// Models those are of, in thousands.
pub const DERIVED_OF: f64 = 2_160.0;

/// Published share of models whose files declare a size.
pub const DECLARED: f64 = 0.234;

/// The first moment the Hub knows.
const HUB_BEGINS: &str = "2022-03-02T23:29:04Z";

/// Models that others are derived from: so many of the head are remembered.
const BASES: usize = 4_000;

struct Base {
    id: String,
    cohort: usize,
    parameters: f64,
}

/// A synthetic Hub, of which any model can be asked for.
pub struct SyntheticHub {
    models: u64,
    seed: u64,
    end: i64,
    world: World,
    curve: DownloadsCurve,
    head: Vec<(Place, String, Option<u32>)>,
    bases: Vec<Base>,
    usual_sizes: Vec<f64>,
    tail_ids: TailIds,
    tail_declares: f64,
    stride: u64,
}

impl SyntheticHub {
    /// Invents a Hub of so many models, at least one, as of the end of [`TAKEN_ON`].
    pub fn new(models: u64, seed: u64) -> SyntheticHub {
        let models = models.max(1);
        let taken_on = moment::day_start(TAKEN_ON).unwrap_or(0);
        let world = World::new(models, seed);
        let curve = DownloadsCurve::new(models);
        let places = allocate(&curve, &world, seed);
        let mut hub = SyntheticHub {
            models,
            seed,
            end: taken_on + DAY - 1,
            world,
            curve,
            head: Vec::with_capacity(places.len()),
            bases: Vec::new(),
            usual_sizes: Vec::new(),
            tail_ids: TailIds::new(models),
            tail_declares: DECLARED,
            stride: stride(models),
        };
        hub.name_head(places);
        hub
    }

    /// Number of models.
    pub fn len(&self) -> u64 {
        self.models
    }

    /// Whether there are none; there never are.
    pub fn is_empty(&self) -> bool {
        self.models == 0
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The world the models come from.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The model at a position of the file. Positions and ranks are shuffled, as dumps are not sorted by downloads.
    pub fn model(&self, position: u64) -> Model {
        let shuffled = (u128::from(position) * u128::from(self.stride)) % u128::from(self.models);
        self.model_of_rank(shuffled as u64 + 1)
    }

    /// The model of a rank by downloads, from 1.
    pub fn model_of_rank(&self, rank: u64) -> Model {
        let randomness = Randomness::new(self.seed, rank + 16);
        match self.head.get(rank as usize - 1) {
            Some((place, id, base)) => self.head_model(place, id, *base, randomness),
            None => self.tail_model(rank, randomness),
        }
    }

    /// Names the head, and decides which of it are bases and which derive from which.
    fn name_head(&mut self, places: Vec<Place>) {
        let mut names = HashSet::new();
        for (rank, place) in places.into_iter().enumerate() {
            let mut randomness = Randomness::new(self.seed, rank as u64 + (1 << 40));
            let derived = self.bases.len() > 20 && randomness.chance(0.25);
            let base = if derived {
                self.nearest_base(&place, &mut randomness)
            } else {
                None
            };
            let name = match base.and_then(|base| self.bases.get(base as usize)) {
                Some(base) => derived_name(&base.id, &mut randomness),
                None => self.base_name(&place, &mut randomness),
            };
            let accounts = self
                .world
                .entities
                .get(place.entity)
                .map(|entity| entity.accounts.as_slice())
                .unwrap_or_default();
            let second = accounts.get(1).filter(|_| randomness.chance(0.3));
            let account = second.or(accounts.first()).map(String::as_str).unwrap_or_default();
            let mut id = format!("{account}/{name}");
            let mut version = 2;
            while !names.insert(id.clone()) {
                id = format!("{account}/{name}-v{version}");
                version += 1;
            }
            if base.is_none() && self.bases.len() < BASES {
                self.bases.push(Base {
                    id: id.clone(),
                    cohort: place.cohort,
                    parameters: place.parameters.unwrap_or(1e9),
                });
            }
            self.head.push((place, id, base));
        }
        self.usual_sizes = self.bases.iter().map(|base| base.parameters).collect();
        self.usual_sizes.sort_by(f64::total_cmp);
        let head = self.head.len() as f64;
        let declared_by_head = 0.75 * head;
        let tail = (self.models as f64 - head).max(1.0);
        self.tail_declares = ((DECLARED * self.models as f64 - declared_by_head) / tail).clamp(0.0, 1.0);
    }

    /// Of some bases drawn by popularity, the one whose size is nearest and that is not newer.
    fn nearest_base(&self, place: &Place, randomness: &mut Randomness) -> Option<u32> {
        let parameters = place.parameters.unwrap_or(1e9);
        let mut nearest: Option<(f64, u32)> = None;
        for _ in 0..12 {
            let at = self.popular_base(randomness);
            let Some(base) = self.bases.get(at as usize).filter(|base| base.cohort <= place.cohort) else {
                continue;
            };
            let distance = (base.parameters / parameters).ln().abs();
            if nearest.is_none_or(|(best, _)| distance < best) {
                nearest = Some((distance, at));
            }
        }
        nearest.map(|(_, at)| at)
    }

    fn popular_base(&self, randomness: &mut Randomness) -> u32 {
        (randomness.unit().powi(3) * self.bases.len() as f64) as u32
    }

    /// The size of a base model that is nearest to one: most models have the size of an architecture others share.
    fn usual_size(&self, parameters: f64) -> f64 {
        let at = self.usual_sizes.partition_point(|size| *size < parameters);
        let found = self.usual_sizes.get(at).or(self.usual_sizes.last());
        found.copied().unwrap_or(parameters)
    }

    fn base_name(&self, place: &Place, randomness: &mut Randomness) -> String {
        let families = self
            .world
            .entities
            .get(place.entity)
            .map(|entity| entity.families.as_slice())
            .unwrap_or_default();
        let family = randomness.one_of(families).unwrap_or(FIRST_FAMILY);
        let states_size = randomness.chance(0.6);
        family_name(family, place.parameters.filter(|_| states_size), randomness)
    }

    fn head_model(&self, place: &Place, id: &str, base: Option<u32>, mut randomness: Randomness) -> Model {
        let base = base.and_then(|base| self.bases.get(base as usize));
        let declares = match place.parameters {
            None => Declares::Nothing,
            Some(_) if randomness.chance(0.08) => Declares::Gguf,
            Some(_) if parameters_in_name(id).is_some() && randomness.chance(0.15) => Declares::Nothing,
            Some(_) => Declares::Safetensors,
        };
        let created = self.created(place.cohort, &mut randomness);
        let relation = if base.is_some() {
            derived_relation(&mut randomness)
        } else {
            0
        };
        Draft {
            id: id.to_owned(),
            created,
            downloads: place.downloads,
            relation,
            base_model: base.map(|base| base.id.clone()).unwrap_or_default(),
            parameters: place.parameters.unwrap_or(0.0),
            declares,
        }
        .describe(self.end, &mut randomness)
    }

    fn tail_model(&self, rank: u64, mut randomness: Randomness) -> Model {
        let downloads = self.curve.downloads(rank, &mut randomness);
        let cohort = randomness.weighted(&std::array::from_fn::<(usize, f64), { COHORTS.len() }, _>(|at| {
            (at, COHORTS.get(at).map_or(0.0, |cohort| cohort.models))
        }));
        let cohort = cohort.unwrap_or(0);
        let derived = DERIVED.iter().map(|(_, count)| count).sum::<f64>() / DERIVED_OF;
        let base = match randomness.chance(derived) {
            true => (0..8)
                .map(|_| self.popular_base(&mut randomness))
                .find_map(|at| self.bases.get(at as usize).filter(|base| base.cohort <= cohort)),
            false => None,
        };
        let relation = if base.is_some() {
            derived_relation(&mut randomness)
        } else {
            0
        };
        let declares = match randomness.chance(self.tail_declares) {
            true if relation == 3 && randomness.chance(0.5) => Declares::Gguf,
            true => Declares::Safetensors,
            false => Declares::Nothing,
        };
        let parameters = match (base, RELATIONS.get(usize::from(relation))) {
            // Adapters come in a few ranks, so their sizes are a few fractions of the base's.
            (Some(base), Some(&"adapter")) => base.parameters * 0.001 * f64::from(1u8 << randomness.below(6)),
            (Some(base), _) => base.parameters,
            _ => self.usual_size(draw_parameters(cohort, &mut randomness).unwrap_or(1e8)),
        };
        let stem = match base {
            Some(base) => derived_name(&base.id, &mut randomness),
            None => {
                let family = FIRST_FAMILY + randomness.below(FAMILIES);
                let states_size = randomness.chance(0.12);
                family_name(family, states_size.then_some(parameters), &mut randomness)
            }
        };
        let created = self.created(cohort, &mut randomness);
        let id = self.tail_ids.tail_id(&self.world, rank, &stem, &mut randomness);
        let base_model = base.map(|base| base.id.clone()).unwrap_or_default();
        Draft {
            id,
            created,
            downloads,
            relation,
            base_model,
            parameters,
            declares,
        }
        .describe(self.end, &mut randomness)
    }

    /// A moment in a cohort, later months being likelier.
    fn created(&self, cohort: usize, randomness: &mut Randomness) -> i64 {
        let Some([(first_year, first_month), (last_year, last_month)]) =
            COHORTS.get(cohort).map(|cohort| cohort.months)
        else {
            return self.end;
        };
        let begin = moment::parse(&format!("{first_year:04}-{first_month:02}-01")).unwrap_or(self.end);
        let begin = begin.max(moment::parse(HUB_BEGINS).unwrap_or(begin));
        let (next_year, next_month) = if last_month == 12 {
            (last_year + 1, 1)
        } else {
            (last_year, last_month + 1)
        };
        let end = moment::parse(&format!("{next_year:04}-{next_month:02}-01")).unwrap_or(self.end);
        let end = end.min(self.end).max(begin + 1);
        begin + ((end - begin) as f64 * randomness.unit().powf(0.8)) as i64
    }
}

fn derived_relation(randomness: &mut Randomness) -> u8 {
    randomness.weighted(&DERIVED).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use atlas_import::hub_id::is_hub_id;

    #[test]
    fn every_model_has_an_id_of_its_own_and_numbers_that_fit_together() {
        let taken_on = moment::parse(TAKEN_ON).unwrap();
        let hub = SyntheticHub::new(30_000, 5);
        let mut ids = HashSet::new();
        for position in 0..hub.len() {
            let model = hub.model(position);
            assert!(is_hub_id(&model.id), "{}", model.id);
            assert!(model.downloads_30d <= model.downloads_all_time, "{}", model.id);
            assert!(model.created < taken_on + DAY && model.created >= moment::parse(HUB_BEGINS).unwrap());
            assert_eq!(model.relation == 0, model.base_model.is_empty());
            assert_ne!(model.base_model, model.id);
            assert!(ids.insert(model.id));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_models() {
        let hub = |seed| SyntheticHub::new(2_000, seed);
        let (a, b, other) = (hub(1), hub(1), hub(2));
        let text = |hub: &SyntheticHub, at| format!("{:?}", hub.model(at));
        assert!((0..2_000).all(|at| text(&a, at) == text(&b, at)));
        assert!((0..2_000).any(|at| text(&a, at) != text(&other, at)));
    }
}
