//! The dimensions a reader can filter and split by.

use serde::{Deserialize, Serialize};

use crate::collection::Collection;

/// The key of the value that stands for "the source does not say" in every facet.
pub const UNKNOWN: &str = "unknown";

/// A dimension of a collection. Which ones it has, [`Collection`](crate::Collection) says.
///
/// Each row has exactly one value of each facet, or, where the collection says so, a set of them; where the source does not
/// tell, that value is [`UNKNOWN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Facet {
    /// Region of the organisation's home base: `china`, `us`, `europe`, `other`, `unknown`.
    Region,
    /// Country of the organisation's home base, ISO 3166-1 alpha-2 in upper case.
    Country,
    /// Kind of organisation behind the account: industry, academia, non-profit, government, community, individual.
    OrganisationType,
    /// Who is behind the account, by name.
    Organisation,
    /// Parameter count in the ten published buckets (see [`crate::size::BUCKETS`]).
    Size,
    /// Parameter count in fine logarithmic bins (see [`crate::size::bin_of`]); each bin lies inside one size bucket.
    Parameters,
    /// Calendar year (UTC) in which the model was published.
    Year,
    /// Calendar month (UTC) in which the model was published, as `YYYY-MM`.
    Month,
    /// The Hub's `pipeline_tag`.
    Task,
    /// The Hub's `library_name`.
    Library,
    /// The `license:` tag.
    Licence,
    /// Relation to a base model: `base`, `finetune`, `adapter`, `quantized`, `merge`, `unknown`.
    Relation,
    /// `own` for a model that declares no base model, else the organisation behind its base model.
    Origin,
    /// How many rows a dataset has, in the size categories of the Hub (see [`SIZE_CATEGORIES`]).
    SizeCategory,
}

/// The Hub's size categories of datasets, from the smallest to the largest, each with what a reader sees.
pub const SIZE_CATEGORIES: [(&str, &str); 11] = [
    ("n<1K", "Below 1K"),
    ("1K<n<10K", "1K to 10K"),
    ("10K<n<100K", "10K to 100K"),
    ("100K<n<1M", "100K to 1M"),
    ("1M<n<10M", "1M to 10M"),
    ("10M<n<100M", "10M to 100M"),
    ("100M<n<1B", "100M to 1B"),
    ("1B<n<10B", "1B to 10B"),
    ("10B<n<100B", "10B to 100B"),
    ("100B<n<1T", "100B to 1T"),
    ("n>1T", "Above 1T"),
];

impl Facet {
    /// Every facet, in the order in which answers list them.
    pub const ALL: [Facet; 14] = [
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
        Facet::SizeCategory,
    ];

    /// The name of the facet in addresses, exports and snapshot columns, such as `organisation_type`.
    pub const fn key(self) -> &'static str {
        match self {
            Facet::Region => "region",
            Facet::Country => "country",
            Facet::OrganisationType => "organisation_type",
            Facet::Organisation => "organisation",
            Facet::Size => "size",
            Facet::Parameters => "parameters",
            Facet::Year => "year",
            Facet::Month => "month",
            Facet::Task => "task",
            Facet::Library => "library",
            Facet::Licence => "licence",
            Facet::Relation => "relation",
            Facet::Origin => "origin",
            Facet::SizeCategory => "size_category",
        }
    }

    /// The facet whose [`key`](Facet::key) this is, or `None`.
    pub fn from_key(key: &str) -> Option<Facet> {
        Facet::ALL.into_iter().find(|facet| facet.key() == key)
    }

    /// The name a reader sees, in sentence case.
    pub const fn label(self) -> &'static str {
        match self {
            Facet::Region => "Region",
            Facet::Country => "Country",
            Facet::OrganisationType => "Organisation type",
            Facet::Organisation => "Organisation",
            Facet::Size => "Size",
            Facet::Parameters => "Parameters",
            Facet::Year => "Year published",
            Facet::Month => "Month published",
            Facet::Task => "Task",
            Facet::Library => "Library",
            Facet::Licence => "Licence",
            Facet::Relation => "Relation to base model",
            Facet::Origin => "Origin",
            Facet::SizeCategory => "Number of rows",
        }
    }

    /// Whether the values have an order of their own, so that a range clause makes sense.
    pub const fn is_ordered(self) -> bool {
        matches!(
            self,
            Facet::Size | Facet::Parameters | Facet::Year | Facet::Month | Facet::SizeCategory
        )
    }

    /// The place of its column among the stored ones, or `None` for a facet that follows from others. Facets of different
    /// collections may share a place.
    pub fn place(self) -> Option<usize> {
        let of = |collection: Collection| {
            let stored = &collection.description().stored;
            stored.iter().position(|facet| *facet == self)
        };
        Collection::ALL.into_iter().find_map(of)
    }

    /// The position of this facet in [`Facet::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_each_facet_once_and_index_follows_the_order() {
        for (index, facet) in Facet::ALL.into_iter().enumerate() {
            assert_eq!(facet.index(), index);
            assert_eq!(Facet::from_key(facet.key()), Some(facet));
        }
        assert_eq!(Facet::from_key("Region"), None);
    }
}
