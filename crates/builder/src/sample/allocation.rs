//! Who made each of the most downloaded models, when, and how large it is.
//!
//! A few hundred models hold most downloads, so drawing their makers at random would miss every published share by tens
//! of points. Instead each share is a quota, in downloads. Models are taken by rank, and each goes to a quota that it
//! still fits in, chosen at random in proportion to what is left there. The many small models fill the gaps.

use super::cohorts::{COHORTS, SIZE_CLASSES};
use super::downloads_curve::{DownloadsCurve, TOP_PERCENT_SHARE};
use super::randomness::Randomness;
use super::world::{Group, World};

/// Share of the downloads of each cohort whose size nobody knows.
const UNKNOWN_SIZES: f64 = 0.08;

/// Largest share of all downloads of an entity that is not one of the top 50.
const LARGEST_OTHER: f64 = 0.0025;

/// What the quotas decide about a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Position in [`COHORTS`].
    pub cohort: usize,
    /// Position in [`World::entities`].
    pub entity: usize,
    /// Number of parameters, or `None` when nobody knows.
    pub parameters: Option<f64>,
    /// All-time downloads.
    pub downloads: u64,
}

struct Quota<T> {
    value: T,
    left: f64,
}

/// The places of the head of the curve, by rank.
pub fn allocate(curve: &DownloadsCurve, world: &World, seed: u64) -> Vec<Place> {
    let mut randomness = Randomness::new(seed, 2);
    let total = curve.total() * TOP_PERCENT_SHARE;
    let mut makers = maker_quotas(world, total);
    let mut sizes: Vec<_> = COHORTS
        .iter()
        .map(|cohort| size_quotas(&cohort.by_size, cohort.downloads * total))
        .collect();
    let mut used = vec![0.0; world.entities.len()];
    let largest_other = LARGEST_OTHER * total;
    let mut places = Vec::with_capacity(curve.head_end() as usize);
    for rank in 1..=curve.head_end() {
        let downloads = curve.downloads(rank, &mut randomness);
        let weight = downloads as f64;
        let fits = |maker: &Maker| !maker.is_open() || weight <= largest_other;
        let Some(Maker { cohort, group, leader }) = take(&mut makers, weight, fits, &mut randomness) else {
            continue;
        };
        let entity = match (leader, world.groups.get(group)) {
            (Some(entity), _) => entity,
            (None, Some(group)) => other_entity(group, weight, largest_other, &mut used, &mut randomness),
            (None, None) => continue,
        };
        let bin = sizes
            .get_mut(cohort)
            .and_then(|quotas| take(quotas, weight, |_| true, &mut randomness));
        let parameters = bin
            .flatten()
            .map(|(from, to)| from * (to / from).powf(randomness.unit()) * 1e6);
        places.push(Place {
            cohort,
            entity,
            parameters,
            downloads,
        });
    }
    places
}

/// One of the top 50 in one cohort, or all others of a group.
#[derive(Clone, Copy)]
struct Maker {
    cohort: usize,
    group: usize,
    leader: Option<usize>,
}

impl Maker {
    fn is_open(&self) -> bool {
        self.leader.is_none()
    }
}

fn maker_quotas(world: &World, total: f64) -> Vec<Quota<Maker>> {
    let mut quotas = Vec::new();
    for (at, cohort) in COHORTS.iter().enumerate() {
        for (group_at, group) in world.groups.iter().enumerate() {
            let share = cohort.downloads * cohort.share(group.organisation_type, group.region) * total;
            let maker = |leader| Maker {
                cohort: at,
                group: group_at,
                leader,
            };
            let led: f64 = group.leaders.iter().map(|(_, part)| part).sum();
            let leaders = group
                .leaders
                .iter()
                .map(|(entity, part)| (maker(Some(*entity)), share * part));
            let all = leaders.chain([(maker(None), share * (1.0 - led))]);
            quotas.extend(
                all.filter(|(_, left)| *left > 0.0)
                    .map(|(value, left)| Quota { value, left }),
            );
        }
    }
    quotas
}

/// Quotas of the bins of parameter counts in millions; `None` for sizes that nobody knows.
fn size_quotas(by_class: &[f64; 10], total: f64) -> Vec<Quota<Option<(f64, f64)>>> {
    let mut quotas = vec![Quota {
        value: None,
        left: UNKNOWN_SIZES * total,
    }];
    for (share, bounds) in by_class.iter().zip(SIZE_CLASSES) {
        let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
            continue;
        };
        for bin in bounds.windows(2).filter(|_| *share > 0.0) {
            let [from, to] = bin else { continue };
            let part = (to / from).ln() / (last / first).ln();
            quotas.push(Quota {
                value: Some((*from, *to)),
                left: (1.0 - UNKNOWN_SIZES) * total * share * part,
            });
        }
    }
    quotas
}

/// Takes a weight from a quota it fits in, or else from the one with most left.
fn take<T: Copy>(
    quotas: &mut [Quota<T>],
    weight: f64,
    may: impl Fn(&T) -> bool,
    randomness: &mut Randomness,
) -> Option<T> {
    let fits = |quota: &Quota<T>| quota.left >= weight && may(&quota.value);
    let room: f64 = quotas.iter().filter(|quota| fits(quota)).map(|quota| quota.left).sum();
    let mut left = randomness.unit() * room;
    let drawn = quotas.iter().position(|quota| {
        if fits(quota) {
            left -= quota.left;
        }
        fits(quota) && left < 0.0
    });
    let roomiest = || {
        let may = quotas.iter().enumerate().filter(|(_, quota)| may(&quota.value));
        may.max_by(|a, b| a.1.left.total_cmp(&b.1.left)).map(|(at, _)| at)
    };
    let quota = drawn.or_else(roomiest).and_then(|at| quotas.get_mut(at))?;
    quota.left -= weight;
    Some(quota.value)
}

/// One of a group's many small entities that stays small with this weight added.
fn other_entity(group: &Group, weight: f64, largest: f64, used: &mut [f64], randomness: &mut Randomness) -> usize {
    let members = group.others.len() as u64;
    let mut entity = group.others.start;
    for _ in 0..30 {
        // Squaring favours the first of them, as some are more popular than others.
        let drawn = (randomness.unit().powi(2) * members as f64) as usize;
        entity = group.others.start + drawn;
        if used.get(entity).is_some_and(|used| used + weight <= largest) {
            break;
        }
    }
    if let Some(used) = used.get_mut(entity) {
        *used += weight;
    }
    entity
}

/// Sizes of a cohort's models where no quota is kept: known ones with the cohort's shares.
pub fn draw_parameters(cohort: usize, randomness: &mut Randomness) -> Option<f64> {
    let by_size = COHORTS.get(cohort)?.by_size;
    let class = randomness.weighted(&std::array::from_fn::<(usize, f64), 10, _>(|at| {
        (at, by_size.get(at).copied().unwrap_or(0.0))
    }))?;
    let bounds = SIZE_CLASSES.get(class)?;
    let (first, last) = (bounds.first()?, bounds.last()?);
    Some(first * (last / first).powf(randomness.unit()) * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_met_to_a_tenth_of_a_point() {
        let world = World::new(200_000, 3);
        let curve = DownloadsCurve::new(200_000);
        let places = allocate(&curve, &world, 3);
        let total: u64 = places.iter().map(|place| place.downloads).sum();
        let share = |keep: &dyn Fn(&Place) -> bool| {
            places
                .iter()
                .filter(|place| keep(place))
                .map(|place| place.downloads)
                .sum::<u64>() as f64
                / total as f64
        };
        for (at, cohort) in COHORTS.iter().enumerate() {
            let found = share(&|place| place.cohort == at);
            assert!((found - cohort.downloads).abs() < 0.001, "cohort {at}: {found}");
            for organisation_type in 0..6 {
                let wanted = cohort.downloads
                    * (0..5)
                        .map(|region| cohort.share(organisation_type, region))
                        .sum::<f64>();
                let is_it = |place: &Place| {
                    place.cohort == at && world.entities[place.entity].organisation_type == organisation_type
                };
                let found = share(&is_it);
                assert!(
                    (found - wanted).abs() < 0.002,
                    "cohort {at}, type {organisation_type}: {found}, wanted {wanted}"
                );
            }
        }
    }
}
