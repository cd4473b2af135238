//! Names of invented models, and ids that no two of them share.

use super::invented_names::{capitalised, word};
use super::randomness::Randomness;
use super::vocabulary::VARIANTS;
use super::world::{FAMILIES, FIRST_FAMILY, FIRST_STRANGER, World};

/// Share of the models of the tail that belong to somebody the registry lists.
const KNOWN_MAKERS: f64 = 0.06;

/// Accounts for each model, in the tail.
const ACCOUNTS_PER_MODEL: f64 = 0.24;

/// How unevenly strangers publish: 1 would give each as many models as any other.
const STRANGERS_SKEW: f64 = 1.6;

/// Gives every rank below the head an id of its own.
#[derive(Clone, Debug)]
pub struct TailIds {
    models: u64,
    strangers: u64,
    stride: u64,
}

impl TailIds {
    /// Ids for a collection of so many models.
    pub fn new(models: u64) -> TailIds {
        TailIds {
            models,
            strangers: ((models as f64 * ACCOUNTS_PER_MODEL) as u64).max(1),
            stride: stride(models),
        }
    }

    /// An id that no other rank has: the strangers' models are numbered within each account, and the few of makers whom
    /// the registry lists carry a mark of their rank.
    pub fn tail_id(&self, world: &World, rank: u64, stem: &str, randomness: &mut Randomness) -> String {
        if randomness.chance(KNOWN_MAKERS)
            && let Some(entity) = world
                .entities
                .get(randomness.below(world.entities.len() as u64) as usize)
            && let Some(account) = entity.accounts.first()
        {
            return format!("{account}/{stem}-{}", mark(rank));
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
}

/// Five letters or digits that no other rank has.
pub fn mark(rank: u64) -> String {
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

/// The name of a base model of a family, which states the size if one is given.
pub fn family_name(family: u64, parameters: Option<f64>, randomness: &mut Randomness) -> String {
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

/// The name of a model made from a base model.
pub fn derived_name(base: &str, randomness: &mut Randomness) -> String {
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

/// A number without a common divisor with `models`, near its golden section, so that multiples of it visit every rank.
pub fn stride(models: u64) -> u64 {
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
    use atlas_import::size_in_name::parameters_in_name;

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
