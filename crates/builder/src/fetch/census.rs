//! Which of all readings of a model is its newest, and which models are wanted.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::dump_writer::Stated;
use atlas_import::hub_api::listed_model::ListedModel;

/// A list read in pages, while it changed: a model that moved from one page to the next is met twice.
#[derive(Default)]
pub struct Census {
    /// Position in `models` by 128 bits of hash, so that ids need not be kept: among 10 million models two have the same
    /// hash with a chance below 10^-24.
    positions: HashMap<u128, u32, foldhash::fast::FixedState>,
    /// In the order in which models were first met.
    models: Vec<Newest>,
    readings: u32,
    stated: Stated,
}

/// The newest reading of a model.
struct Newest {
    reading: u32,
    downloads: Option<i64>,
}

impl Census {
    /// Adds the next reading.
    pub fn add(&mut self, model: &ListedModel) {
        let newest = Newest {
            reading: self.readings,
            downloads: model.downloads,
        };
        self.readings += 1;
        self.stated.add(model);
        let next = self.models.len() as u32;
        let position = *self.positions.entry(hash(&model.id)).or_insert(next);
        match self.models.get_mut(position as usize) {
            Some(known) => *known = newest,
            None => self.models.push(newest),
        }
    }

    /// Number of different models.
    pub fn models(&self) -> u64 {
        self.models.len() as u64
    }

    /// Number of readings that a newer one replaces.
    pub fn superseded(&self) -> u64 {
        u64::from(self.readings) - self.models()
    }

    /// What the models state.
    pub fn stated(&self) -> &Stated {
        &self.stated
    }

    /// For each reading whether it is the newest of a model that is among the `most` most downloaded; of models with as
    /// many downloads those that were met first.
    pub fn newest(&self, most: u64) -> Vec<bool> {
        let mut wanted: Vec<(Reverse<Option<i64>>, u32, u32)> = self
            .models
            .iter()
            .enumerate()
            .map(|(at, newest)| (Reverse(newest.downloads), at as u32, newest.reading))
            .collect();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if most < wanted.len() {
            wanted.sort_unstable();
            wanted.truncate(most);
        }
        let mut kept = vec![false; self.readings as usize];
        for (_, _, reading) in wanted {
            if let Some(kept) = kept.get_mut(reading as usize) {
                *kept = true;
            }
        }
        kept
    }
}

fn hash(id: &str) -> u128 {
    let half = |seed| u128::from(FixedState::with_seed(seed).hash_one(id));
    half(1) << 64 | half(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_model_the_newest_reading_stays_and_of_all_the_most_downloaded() {
        let mut census = Census::default();
        for (id, downloads) in [
            ("a", Some(9)),
            ("b", Some(8)),
            ("c", None),
            ("b", Some(2)),
            ("d", Some(2)),
            ("a", Some(1)),
        ] {
            census.add(&ListedModel {
                id: id.to_owned(),
                downloads,
                ..ListedModel::default()
            });
        }
        assert_eq!((census.models(), census.superseded()), (4, 2));
        assert_eq!(census.newest(u64::MAX), [false, false, true, true, true, true]);
        assert_eq!(census.newest(2), [false, false, false, true, true, false]);
        assert_eq!(census.newest(1), [false, false, false, true, false, false]);
    }
}
