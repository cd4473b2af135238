//! What a snapshot collects: models, or datasets.
//!
//! A collection is described here and nowhere else. Charts, filters and exports read the description of the collection that
//! is open, so another one takes a line in [`Collection`] and a [`Description`] of its own.

use serde::{Deserialize, Serialize};

use crate::facet::Facet;
use crate::query::{ROW_FACETS, RowColumn};

/// A kind of repository on the Hub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Collection {
    /// Models.
    #[default]
    Models,
    /// Datasets.
    Datasets,
}

/// What tells one collection from another.
#[derive(Debug)]
pub struct Description {
    /// The name in manifests, addresses and exports, such as `models`.
    pub key: &'static str,
    /// One of them, in the middle of a sentence.
    pub one: &'static str,
    /// Several of them, in the middle of a sentence.
    pub many: &'static str,
    /// Several of them, at the beginning of a title.
    pub title: &'static str,
    /// What stands before an id in the address of its page.
    pub address: &'static str,
    /// The facets that are offered, in the order in which readers see them.
    pub facets: &'static [Facet],
    /// The facets whose values are stored, in the order of their columns. A facet has the same place in every collection
    /// that stores it. Those that are not offered hold nothing but `unknown`.
    pub stored: [Facet; ROW_FACETS.len()],
    /// The facets of which a row has a set of values: it counts in each of them.
    pub sets: &'static [Facet],
    /// What facets are called where it is not [`Facet::label`].
    pub labels: &'static [(Facet, &'static str)],
    /// The columns by which rows can be listed in order.
    pub row_columns: &'static [RowColumn],
}

static MODELS: Description = Description {
    key: "models",
    one: "model",
    many: "models",
    title: "Models",
    address: "https://huggingface.co/",
    facets: &[
        Facet::Region,
        Facet::Country,
        Facet::OrganisationType,
        Facet::Organisation,
        Facet::Size,
        Facet::Parameters,
        Facet::Year,
        Facet::Month,
        Facet::Task,
        Facet::Library,
        Facet::Licence,
        Facet::Relation,
        Facet::Origin,
    ],
    stored: ROW_FACETS,
    sets: &[],
    labels: &[],
    row_columns: &RowColumn::ALL,
};

static DATASETS: Description = Description {
    key: "datasets",
    one: "dataset",
    many: "datasets",
    title: "Datasets",
    address: "https://huggingface.co/datasets/",
    facets: &[
        Facet::Region,
        Facet::Country,
        Facet::OrganisationType,
        Facet::Organisation,
        Facet::SizeCategory,
        Facet::Year,
        Facet::Month,
        Facet::Task,
        Facet::Licence,
    ],
    stored: {
        let mut stored = ROW_FACETS;
        stored[6] = Facet::SizeCategory;
        stored
    },
    sets: &[Facet::Task],
    labels: &[(Facet::Task, "Tasks")],
    row_columns: &[
        RowColumn::Downloads30d,
        RowColumn::DownloadsAllTime,
        RowColumn::Likes,
        RowColumn::Month,
        RowColumn::DownloadsMade,
    ],
};

impl Collection {
    /// Every collection.
    pub const ALL: [Collection; 2] = [Collection::Models, Collection::Datasets];

    /// What it is.
    pub const fn description(self) -> &'static Description {
        match self {
            Collection::Models => &MODELS,
            Collection::Datasets => &DATASETS,
        }
    }

    /// The name in manifests, addresses and exports.
    pub const fn key(self) -> &'static str {
        self.description().key
    }

    /// The collection whose [`key`](Collection::key) this is, or `None`.
    pub fn from_key(key: &str) -> Option<Collection> {
        Collection::ALL.into_iter().find(|collection| collection.key() == key)
    }

    /// Its noun for a number of them.
    pub const fn noun(self, count: u64) -> &'static str {
        match count {
            1 => self.description().one,
            _ => self.description().many,
        }
    }

    /// Whether it offers a facet.
    pub fn has(self, facet: Facet) -> bool {
        self.description().facets.contains(&facet)
    }

    /// Whether a row has a set of values of a facet, and so counts in several of them.
    pub fn has_sets_of(self, facet: Facet) -> bool {
        self.description().sets.contains(&facet)
    }

    /// What a reader sees as the name of a facet, in sentence case.
    pub fn label(self, facet: Facet) -> &'static str {
        let own = self.description().labels.iter().find(|(other, _)| *other == facet);
        own.map_or(facet.label(), |(_, label)| label)
    }

    /// The address of the page of one of them on the Hub.
    pub fn address_of(self, id: &str) -> String {
        format!("{}{id}", self.description().address)
    }
}

/// Puts a set of values into the text that stands for it: its keys in ascending order, joined by commas. The empty set is
/// [`UNKNOWN`](crate::facet::UNKNOWN).
pub fn set_text<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let keys: std::collections::BTreeSet<&str> = keys.into_iter().filter(|key| !key.is_empty()).collect();
    match keys.is_empty() {
        true => crate::facet::UNKNOWN.to_owned(),
        false => keys.into_iter().collect::<Vec<_>>().join(","),
    }
}

/// The keys of the text of a set; `unknown` alone for the empty one.
pub fn set_keys(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facet_is_offered_once_and_stored_at_one_place_in_every_collection() {
        for collection in Collection::ALL {
            let description = collection.description();
            assert_eq!(Collection::from_key(description.key), Some(collection));
            for (at, facet) in description.facets.iter().enumerate() {
                assert!(!description.facets[..at].contains(facet), "{facet:?}");
                let folded = [Facet::Size, Facet::Parameters, Facet::Year].contains(facet);
                assert_eq!(description.stored.contains(facet), !folded, "{facet:?}");
            }
            for (at, facet) in description.stored.iter().enumerate() {
                assert_eq!(facet.place(), Some(at), "{facet:?}");
            }
            assert!(description.sets.iter().all(|facet| description.stored.contains(facet)));
        }
        assert_eq!(Collection::from_key("spaces"), None);
    }

    #[test]
    fn a_set_is_written_in_one_way_whatever_order_its_values_come_in() {
        assert_eq!(set_text(["robotics", "audio", "", "robotics"]), "audio,robotics");
        assert_eq!(set_text([""]), "unknown");
        assert_eq!(set_keys("audio,robotics").collect::<Vec<_>>(), ["audio", "robotics"]);
        assert_eq!(set_keys("unknown").collect::<Vec<_>>(), ["unknown"]);
    }

    #[test]
    fn in_json_a_collection_is_its_key() {
        for collection in Collection::ALL {
            let json = serde_json::to_string(&collection).unwrap();
            assert_eq!(json, format!("{:?}", collection.key()));
        }
    }
}
