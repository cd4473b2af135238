//! The models of a synthetic Hub, one by one.

use std::collections::HashSet;

use crate::lineage::RELATIONS;
use crate::moment::{self, DAY};
use crate::size_in_name::parameters_in_name;

use super::allocation::{Place, allocate, draw_parameters};
use super::downloads_curve::DownloadsCurve;
use super::invented_names::{capitalised, word};
use super::randomness::Randomness;
use super::vocabulary::{LANGUAGES, LIBRARIES, LICENCES, MARKS, TASKS, VARIANTS};
use super::world::{COHORTS, FAMILIES, FIRST_FAMILY, FIRST_STRANGER, TAKEN_ON, World};

/// Published numbers of derived models, in thousands: adapter, finetune, quantized, merge, as positions in [`RELATIONS`].
pub const DERIVED: [(u8, f64); 4] = [(2, 258.0), (1, 218.0), (3, 117.0), (4, 14.0)];

/// Models those are of, in thousands.
pub const DERIVED_OF: f64 = 2_160.0;

/// Published share of models whose files declare a size.
pub const DECLARED: f64 = 0.234;

/// Share of the models of the tail that belong to somebody the registry lists.
const KNOWN_MAKERS: f64 = 0.06;

/// Accounts for each model, in the tail.
const ACCOUNTS_PER_MODEL: f64 = 0.24;

/// How unevenly strangers publish: 1 would give each as many models as any other.
const STRANGERS_SKEW: f64 = 1.6;

/// The first moment the Hub knows.
const HUB_BEGINS: &str = "2022-03-02T23:29:04Z";

/// Models that others are derived from: so many of the head are remembered.
const BASES: usize = 4_000;

/// How a model's size can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declares {
    /// The header of a safetensors file declares it.
    Safetensors,
    /// The header of a GGUF file declares it.
    Gguf,
    /// Nothing does.
    Nothing,
}

/// A model as the Hub would describe it.
#[derive(Clone, Debug)]
pub struct Model {
    /// Account and name.
    pub id: String,
    /// Seconds from 1970.
    pub created: i64,
    /// Downloads since then.
    pub downloads_all_time: u64,
    /// Downloads in the last 30 days.
    pub downloads_30d: u64,
    /// Likes.
    pub likes: u64,
    /// Position in [`RELATIONS`].
    pub relation: u8,
    /// Id of the base model; empty for a base.
    pub base_model: String,
    /// Number of parameters its files declare; 0 when they declare none.
    pub parameters: u64,
    /// What declares it.
    pub declares: Declares,
    /// Task, where stated.
    pub task: Option<&'static str>,
    /// Library, where stated.
    pub library: Option<&'static str>,
    /// Licence, where stated.
    pub licence: Option<&'static str>,
    /// Tags.
    pub tags: Vec<String>,
}

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
    strangers: u64,
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
            strangers: ((models as f64 * ACCOUNTS_PER_MODEL) as u64).max(1),
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

    /// The world the models come from.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The model at a position of the file. Positions and ranks are shuffled, as dumps are not sorted by downloads.
    pub fn model(&self, position: u64) -> Model {
        let shuffled = (u128::from(position) * u128::from(self.stride)) % u128::from(self.models);
        let rank = shuffled as u64 + 1;
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
        self.describe(
            Draft {
                id: id.to_owned(),
                created,
                downloads: place.downloads,
                relation,
                base_model: base.map(|base| base.id.clone()).unwrap_or_default(),
                parameters: place.parameters.unwrap_or(0.0),
                declares,
            },
            &mut randomness,
        )
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
            (Some(base), Some(&"adapter")) => base.parameters * (0.002 + 0.02 * randomness.unit()),
            (Some(base), _) => base.parameters,
            _ => draw_parameters(cohort, &mut randomness).unwrap_or(1e8),
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
        let id = self.tail_id(rank, &stem, &mut randomness);
        let base_model = base.map(|base| base.id.clone()).unwrap_or_default();
        self.describe(
            Draft {
                id,
                created,
                downloads,
                relation,
                base_model,
                parameters,
                declares,
            },
            &mut randomness,
        )
    }

    /// An id that no other rank has: the strangers' models are numbered within each account, and the few of makers whom
    /// the registry lists carry a mark of their rank.
    fn tail_id(&self, rank: u64, stem: &str, randomness: &mut Randomness) -> String {
        if randomness.chance(KNOWN_MAKERS)
            && let Some(entity) = self
                .world
                .entities
                .get(randomness.below(self.world.entities.len() as u64) as usize)
            && let Some(account) = entity.accounts.first()
        {
            return format!("{account}/{stem}-{}", self.mark(rank));
        }
        let place = (u128::from(rank) * u128::from(self.stride) % u128::from(self.models)) as u64;
        let stranger = self.stranger_at(place);
        let mut first =
            (self.models as f64 * (stranger as f64 / self.strangers as f64).powf(1.0 / STRANGERS_SKEW)) as u64;
        while first > 0 && self.stranger_at(first - 1) == stranger {
            first -= 1;
        }
        while self.stranger_at(first) < stranger {
            first += 1;
        }
        let name = word(FIRST_STRANGER + stranger);
        let account = match stranger % 7 {
            0 => capitalised(&name),
            1 => format!("{name}{}", stranger % 97),
            2 => format!("{name}-ai"),
            _ => name,
        };
        match (place - first, stranger % 5) {
            (0, _) => format!("{account}/{stem}"),
            (at, 0) => format!("{account}/{stem}-seed-{at}"),
            (at, 1) => format!("{account}/{stem}-checkpoint-{at}00"),
            (at, 2) => format!("{account}/{stem}-run{at}"),
            (at, _) => format!("{account}/{stem}-v{}", at + 1),
        }
    }

    /// The stranger whose models stand at a place: some publish hundreds, most a few.
    fn stranger_at(&self, place: u64) -> u64 {
        ((place as f64 / self.models as f64).powf(STRANGERS_SKEW) * self.strangers as f64) as u64
    }

    /// Five letters or digits that no other rank has.
    fn mark(&self, rank: u64) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        const RANGE: u64 = 36 * 36 * 36 * 36 * 36;
        let mut number = rank.wrapping_mul(30_119_653) % RANGE;
        let mut mark = if rank >= RANGE {
            (rank / RANGE).to_string()
        } else {
            String::new()
        };
        for _ in 0..5 {
            mark.push(DIGITS.get((number % 36) as usize).copied().map_or('0', char::from));
            number /= 36;
        }
        mark
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

    fn describe(&self, draft: Draft, randomness: &mut Randomness) -> Model {
        let age_months = (self.end - draft.created) as f64 / (30.0 * DAY as f64);
        let pace = (1.1 / (age_months + 0.6)) * (0.6 * randomness.normal()).exp();
        let recent = if age_months <= 1.0 { 1.0 } else { pace.min(1.0) };
        let downloads_30d = (draft.downloads as f64 * recent) as u64;
        let liking = (downloads_30d as f64).powf(0.55) * (0.9 * randomness.normal()).exp() * 0.12;
        let is_adapter = RELATIONS.get(usize::from(draft.relation)) == Some(&"adapter");
        let library = match draft.declares {
            Declares::Gguf => Some("gguf"),
            _ if is_adapter && randomness.chance(0.7) => Some("peft"),
            _ if randomness.chance(0.66) => randomness.weighted(&LIBRARIES),
            _ => None,
        };
        let mut model = Model {
            parameters: if draft.declares == Declares::Nothing {
                0
            } else {
                draft.parameters.max(1.0) as u64
            },
            id: draft.id,
            created: draft.created,
            downloads_all_time: draft.downloads,
            downloads_30d,
            likes: liking as u64,
            relation: draft.relation,
            base_model: draft.base_model,
            declares: draft.declares,
            task: randomness.chance(0.6).then(|| randomness.weighted(&TASKS)).flatten(),
            library,
            licence: randomness.chance(0.7).then(|| randomness.weighted(&LICENCES)).flatten(),
            tags: Vec::new(),
        };
        model.tags = tags(&model, randomness);
        model
    }
}

struct Draft {
    id: String,
    created: i64,
    downloads: u64,
    relation: u8,
    base_model: String,
    parameters: f64,
    declares: Declares,
}

fn derived_relation(randomness: &mut Randomness) -> u8 {
    randomness.weighted(&DERIVED).unwrap_or(0)
}

fn family_name(family: u64, parameters: Option<f64>, randomness: &mut Randomness) -> String {
    let mut name = capitalised(&word(family));
    if randomness.chance(0.5) {
        let minor = randomness.below(8);
        name.push_str(&format!(
            "{}{}",
            1 + randomness.below(4),
            if minor < 5 { String::new() } else { format!(".{minor}") }
        ));
    }
    if let Some(size) = parameters.and_then(nominal_size) {
        name.push('-');
        name.push_str(&size);
    }
    let variant = randomness.weighted(&VARIANTS).unwrap_or_default();
    if !variant.is_empty() {
        name.push('-');
        name.push_str(&capitalised(variant));
    }
    if randomness.chance(0.35) {
        name.to_lowercase()
    } else {
        name
    }
}

/// A parameter count as names state it; `None` below a million.
fn nominal_size(parameters: f64) -> Option<String> {
    let (scaled, unit) = match parameters {
        size if size >= 1e9 => (size / 1e9, "B"),
        size if size >= 1e6 => (size / 1e6, "M"),
        _ => return None,
    };
    Some(if scaled < 10.0 {
        format!("{scaled:.1}{unit}").replace(".0", "")
    } else {
        format!("{scaled:.0}{unit}")
    })
}

fn derived_name(base: &str, randomness: &mut Randomness) -> String {
    let stem = base.rsplit('/').next().unwrap_or(base);
    let end = match randomness.below(8) {
        0 => "GGUF".to_owned(),
        1 => "4bit".to_owned(),
        2 => "lora".to_owned(),
        3 => format!("{}-lora", word(FIRST_FAMILY + randomness.below(FAMILIES))),
        4 => format!("ft-{}", word(FIRST_FAMILY + randomness.below(FAMILIES))),
        5 => "AWQ".to_owned(),
        6 => format!("sft-{}", word(FIRST_FAMILY + randomness.below(FAMILIES))),
        _ => "merged".to_owned(),
    };
    format!("{stem}-{end}")
}

fn tags(model: &Model, randomness: &mut Randomness) -> Vec<String> {
    let mut tags: Vec<String> = Vec::with_capacity(12);
    tags.extend(model.library.map(str::to_owned));
    if model.declares == Declares::Safetensors {
        tags.push("safetensors".to_owned());
    }
    tags.extend(model.task.map(str::to_owned));
    for _ in 0..randomness.below(4) {
        tags.extend(randomness.weighted(&MARKS).map(str::to_owned));
    }
    if randomness.chance(0.35) {
        tags.extend(randomness.weighted(&LANGUAGES).map(|language| language.to_owned()));
    }
    if !model.base_model.is_empty() {
        let relation = RELATIONS.get(usize::from(model.relation)).copied().unwrap_or_default();
        tags.push(format!("base_model:{}", model.base_model));
        tags.push(format!("base_model:{relation}:{}", model.base_model));
    }
    tags.extend(model.licence.map(|licence| format!("license:{licence}")));
    tags.push("region:us".to_owned());
    tags
}

/// A number without a common divisor with `models`, near its golden section, so that multiples of it visit every rank.
fn stride(models: u64) -> u64 {
    let common = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let mut stride = ((models as f64 * 0.618_033_988_75) as u64).max(1);
    while common(stride, models) != 1 {
        stride += 1;
    }
    stride
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub_id::is_hub_id;

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

    #[test]
    fn sizes_in_names_are_read_back_as_they_were_meant() {
        for (parameters, read) in [
            (7.2e9, 7_200_000_000),
            (1.04e9, 1_000_000_000),
            (3.26e8, 326_000_000),
            (6.5e11, 650_000_000_000),
        ] {
            let name = format!("a/tusk-{}", nominal_size(parameters).unwrap());
            assert_eq!(parameters_in_name(&name), Some(read), "{name}");
        }
    }
}
