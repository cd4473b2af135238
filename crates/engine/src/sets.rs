//! Facets of which a row has a set of values, such as the tasks of a dataset.
//!
//! Rows are counted by set like by any other value: the sets that occur are few, and no kernel knows of them. Only where
//! totals leave the engine does each set count in every value it holds, and only where a clause enters it does a value
//! stand for the sets that hold it.

use std::collections::HashMap;

use atlas_protocol::FacetValue;
use atlas_protocol::collection::set_keys;
use atlas_protocol::facet::UNKNOWN;

/// The values that the sets of a facet consist of.
#[derive(Clone, Debug)]
pub(crate) struct Sets {
    members: Vec<FacetValue>,
    /// For each set the positions of its values in `members`.
    of_set: Vec<Vec<u32>>,
}

impl Sets {
    /// Takes the values of a dictionary apart. The values stand in the order in which the sets name them, `unknown` last.
    pub(crate) fn of(sets: &[FacetValue]) -> Sets {
        let mut members: Vec<FacetValue> = Vec::new();
        let mut positions: HashMap<&str, u32> = HashMap::new();
        let known = sets.iter().filter(|set| set.key != UNKNOWN);
        for key in known.flat_map(|set| set_keys(&set.key)) {
            positions.entry(key).or_insert_with(|| {
                members.push(FacetValue {
                    key: key.to_owned(),
                    label: key.to_owned(),
                    parent: None,
                });
                members.len() as u32 - 1
            });
        }
        let unknown = members.len() as u32;
        members.extend(sets.iter().find(|set| set.key == UNKNOWN).cloned());
        let position = |key: &str| positions.get(key).copied().unwrap_or(unknown);
        let of_set = sets.iter().map(|set| set_keys(&set.key).map(position).collect());
        Sets {
            of_set: of_set.collect(),
            members,
        }
    }

    /// The values, as a catalogue lists them.
    pub(crate) fn members(&self) -> &[FacetValue] {
        &self.members
    }

    /// Whether each set holds any of some values.
    pub(crate) fn that_hold(&self, some: &[bool]) -> Vec<bool> {
        let holds = |set: &Vec<u32>| set.iter().any(|value| some[*value as usize]);
        self.of_set.iter().map(holds).collect()
    }

    /// Sums by set as sums by value; in each row of a table of several, if it has several.
    pub(crate) fn by_value(&self, by_set: &[u64]) -> Vec<u64> {
        let rows = by_set.len() / self.of_set.len().max(1);
        let mut sums = vec![0; rows * self.members.len()];
        let tables = by_set.chunks(self.of_set.len().max(1));
        for (by_set, sums) in tables.zip(sums.chunks_mut(self.members.len().max(1))) {
            for (sum, set) in by_set.iter().zip(&self.of_set) {
                set.iter().for_each(|value| sums[*value as usize] += sum);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_counts_in_each_of_its_values_and_the_empty_one_in_unknown() {
        let value = |key: &str| FacetValue {
            key: key.to_owned(),
            label: key.to_owned(),
            parent: None,
        };
        let sets = Sets::of(&["b", "a,b", "c,b", "unknown"].map(value));
        let keys: Vec<&str> = sets.members().iter().map(|value| value.key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "c", "unknown"]);
        assert_eq!(sets.by_value(&[1, 10, 100, 1000]), [111, 10, 100, 1000]);
        assert_eq!(
            sets.by_value(&[1, 10, 100, 1000, 2, 0, 0, 0]),
            [111, 10, 100, 1000, 2, 0, 0, 0]
        );
        assert_eq!(sets.that_hold(&[false, true, true, false]), [false, true, true, false]);
        assert_eq!(
            sets.that_hold(&[false, false, false, true]),
            [false, false, false, true]
        );
    }
}
