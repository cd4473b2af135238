//! All that an address says: the question, and how the reader looks at the answer.

use std::collections::BTreeMap;

use atlas_protocol::{Clause, Collection, Facet, Measure, MonthRange, Query, RowColumn, RowSort, TimeAxis, link};

use super::search;

/// How measure over time is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeMode {
    /// Every period fills the height.
    #[default]
    Share,
    /// Values on top of each other.
    Stack,
    /// One line a value.
    Lines,
    /// One line a value: its place among all values, the largest first.
    Rank,
}

/// How time is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grain {
    /// Calendar years.
    #[default]
    Year,
    /// Calendar months.
    Month,
}

/// The part of the page that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Charts.
    #[default]
    Explore,
    /// What is said of the Hub, and how near the snapshot comes to it.
    Claims,
    /// The models themselves.
    Rows,
    /// Another snapshot beside this one.
    Compare,
    /// Where the numbers come from.
    About,
}

/// Something with a name in addresses.
pub trait Named: Copy + PartialEq + Default + 'static {
    /// Key of the parameter in an address.
    const PARAMETER: &'static str;
    /// Every value, with its name in addresses and the one a reader sees.
    const ALL: &'static [(Self, &'static str, &'static str)];

    /// The name in addresses.
    fn key(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(value, ..)| *value == self)
            .map_or("", |(_, key, _)| key)
    }

    /// The value of this name, or `None`.
    fn from_key(key: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, other, _)| *other == key)
            .map(|(value, ..)| *value)
    }
}

impl Named for TimeMode {
    const PARAMETER: &'static str = "over_time";
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (TimeMode::Share, "share", "Share"),
        (TimeMode::Stack, "stack", "Stack"),
        (TimeMode::Lines, "lines", "Lines"),
        (TimeMode::Rank, "rank", "Rank"),
    ];
}

impl Named for Grain {
    const PARAMETER: &'static str = "grain";
    const ALL: &'static [(Self, &'static str, &'static str)] =
        &[(Grain::Year, "year", "Years"), (Grain::Month, "month", "Months")];
}

impl Named for Section {
    const PARAMETER: &'static str = "section";
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Section::Explore, "explore", "Explore"),
        (Section::Claims, "claims", "Claims"),
        (Section::Rows, "rows", "Rows"),
        (Section::Compare, "compare", "Compare"),
        (Section::About, "about", "About"),
    ];
}

/// Facets by which measure over time can be split.
pub const SPLITS: [Facet; 11] = [
    Facet::Region,
    Facet::Country,
    Facet::OrganisationType,
    Facet::Organisation,
    Facet::Size,
    Facet::Task,
    Facet::Library,
    Facet::Licence,
    Facet::Relation,
    Facet::Origin,
    Facet::SizeCategory,
];

/// A view of the snapshot: what its address says, no more and no less.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The question.
    pub query: Query,
    /// How measure over time is drawn.
    pub over_time: TimeMode,
    /// How time is cut.
    pub grain: Grain,
    /// Order of the rows.
    pub sort: RowSort,
    /// What the ids of the rows must hold, as [`search::wanted`] leaves it; empty for all rows of the slice.
    pub search: String,
    /// The part of the page that is open.
    pub section: Section,
    /// Where the snapshot lies: the address of its manifest or folder; empty for the one beside the page.
    pub snapshot: String,
    /// Where the snapshot to compare with lies, as the reader wrote it; empty for none.
    pub compare: String,
}

/// Key of the parameter that says where the snapshot lies; index.html reads it too.
const SNAPSHOT: &str = "snapshot";

/// Where the datasets lie beside the models of a published page.
pub const DATASETS: &str = "snapshot-datasets/";

/// Parameter of the snapshot to compare with.
const COMPARE: &str = "compare";

/// Ending of the `sort` parameter for smallest first.
const ASCENDING: &str = ".ascending";

/// Key of the searched text in an address.
const FIND: &str = "find";

impl View {
    /// The text by which the rows on the page are searched: none while another part of the page is open.
    pub fn searched(&self) -> &str {
        if self.section == Section::Rows {
            &self.search
        } else {
            ""
        }
    }

    /// The view as the part of an address after `?`, in canonical form; empty for the view the page opens with.
    pub fn to_link(&self) -> String {
        let mut extras = BTreeMap::new();
        put(&mut extras, self.over_time);
        put(&mut extras, self.grain);
        put(&mut extras, self.section);
        if !self.compare.is_empty() {
            extras.insert(COMPARE.to_owned(), self.compare.clone());
        }
        if self.sort != RowSort::default() {
            let direction = if self.sort.descending { "" } else { ASCENDING };
            extras.insert("sort".to_owned(), format!("{}{direction}", self.sort.column.key()));
        }
        if !self.snapshot.is_empty() {
            extras.insert(SNAPSHOT.to_owned(), self.snapshot.clone());
        }
        if !self.search.is_empty() {
            extras.insert(FIND.to_owned(), self.search.clone());
        }
        link::write(&self.query, &extras)
    }

    /// As much of this view as there is in another collection, of the snapshot beside the page that holds it.
    pub fn of_collection(&self, collection: Collection) -> View {
        let Query { clauses, split, .. } = &self.query;
        let has = |(facet, _): &(&Facet, &Clause)| collection.has(**facet);
        let clauses = clauses.iter().filter(has);
        View {
            query: Query {
                measure: Some(self.query.measure)
                    .filter(|measure| *measure != Measure::DownloadsMade)
                    .unwrap_or_default(),
                clauses: clauses.map(|(facet, clause)| (*facet, clause.clone())).collect(),
                split: Some(*split)
                    .filter(|split| collection.has(*split))
                    .unwrap_or(Facet::Region),
                ..Query::default()
            },
            over_time: self.over_time,
            grain: self.grain,
            sort: Some(self.sort)
                .filter(|sort| !matches!(sort.column, RowColumn::Parameters | RowColumn::DownloadsMade))
                .unwrap_or_default(),
            section: self.section,
            snapshot: match collection {
                Collection::Models => String::new(),
                Collection::Datasets => DATASETS.to_owned(),
            },
            ..View::default()
        }
    }

    /// Puts months published or months of download on the axis of time; the latter are few, so they are drawn each.
    pub fn put_axis(&mut self, axis: TimeAxis) {
        if axis == TimeAxis::Made && self.query.axis != axis {
            self.grain = Grain::Month;
        }
        self.query.axis = axis;
    }

    /// Counts downloads made in some months. Where nothing counts them yet, the measure becomes that.
    pub fn count_made(&mut self, months: MonthRange) {
        if !self.query.is_of_history() && !months.is_open() {
            self.query.measure = Measure::DownloadsMade;
        }
        self.query.made = months;
    }

    /// Forgets months of download that nothing counts, so that no filter is named that filters nothing.
    pub fn tidy(&mut self) {
        if !self.query.is_of_history() {
            self.query.made = MonthRange::default();
        }
    }

    /// How many filters are in force.
    pub fn filters(&self) -> usize {
        self.query.clauses.len() + usize::from(!self.query.made.is_open())
    }

    /// Reads the part of an address after `?`; what cannot be understood is left out and said in a sentence.
    pub fn from_link(text: &str) -> (View, Vec<String>) {
        let link::Link {
            query,
            mut extras,
            mut problems,
        } = link::read(text);
        let mut view = View {
            query,
            over_time: take(&mut extras, &mut problems),
            grain: take(&mut extras, &mut problems),
            section: take(&mut extras, &mut problems),
            sort: RowSort::default(),
            snapshot: extras.remove(SNAPSHOT).unwrap_or_default(),
            search: String::new(),
            compare: extras.remove(COMPARE).unwrap_or_default(),
        };
        if let Some(text) = extras.remove(FIND) {
            view.search = search::wanted(&text);
            if view.search.len() < text.trim().len() {
                problems.push(SHORTENED.to_owned());
            }
        }
        if !SPLITS.contains(&view.query.split) {
            problems.push(format!(
                "Time cannot be split by {}; regions are shown.",
                view.query.split.label().to_ascii_lowercase()
            ));
            view.query.split = Facet::Region;
        }
        if let Some(text) = extras.remove("sort") {
            let (key, descending) = match text.strip_suffix(ASCENDING) {
                Some(key) => (key, false),
                None => (text.as_str(), true),
            };
            match RowColumn::from_key(key) {
                Some(column) => view.sort = RowSort { column, descending },
                None => problems.push("The address sorts by a column that does not exist.".to_owned()),
            }
        }
        view.tidy();
        (view, problems)
    }
}

const SHORTENED: &str = "The address searches for more than an id can hold: control characters, and whatever is longer than 512 characters, were left out.";

fn put<T: Named>(extras: &mut BTreeMap<String, String>, value: T) {
    if value != T::default() {
        extras.insert(T::PARAMETER.to_owned(), value.key().to_owned());
    }
}

fn take<T: Named>(extras: &mut BTreeMap<String, String>, problems: &mut Vec<String>) -> T {
    let Some(text) = extras.remove(T::PARAMETER) else {
        return T::default();
    };
    T::from_key(&text).unwrap_or_else(|| {
        let names: Vec<_> = T::ALL.iter().map(|(_, key, _)| *key).collect();
        problems.push(format!(
            "The address says something unknown of {}; it can be {}.",
            T::PARAMETER,
            names.join(", ")
        ));
        T::default()
    })
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Clause;

    use super::*;

    #[test]
    fn the_opening_view_has_an_empty_address() {
        assert_eq!(View::default().to_link(), "");
        assert_eq!(View::from_link(""), (View::default(), Vec::new()));
    }

    #[test]
    fn a_view_comes_back_from_its_address() {
        let mut view = View {
            over_time: TimeMode::Lines,
            grain: Grain::Month,
            section: Section::Rows,
            sort: RowSort {
                column: RowColumn::Likes,
                descending: false,
            },
            snapshot: "https://example.org/a b/".to_owned(),
            search: "Llama 3/<é>".to_owned(),
            ..View::default()
        };
        view.query.split = Facet::Size;
        view.query
            .clauses
            .insert(Facet::Region, Clause::SomeOf(["china".to_owned()].into()));
        let text = view.to_link();
        assert_eq!(
            text,
            "region=china&split=size&find=Llama%203%2F%3C%C3%A9%3E&grain=month&over_time=lines&section=rows&snapshot=https%3A%2F%2Fexample.org%2Fa%20b%2F&sort=likes.ascending"
        );
        assert_eq!(View::from_link(&text), (view, Vec::new()));
    }

    #[test]
    fn months_of_download_stay_only_while_something_counts_them() {
        let (view, _) = View::from_link("made=2025-01..2025-06");
        assert_eq!(view, View::default());
        let mut view = View::default();
        view.count_made(View::from_link("made=2025-01..&axis=made").0.query.made);
        assert_eq!(view.to_link(), "measure=downloads_made&made=2025-01..");
        assert_eq!(view.filters(), 1);
        view.query.measure = Measure::Likes;
        view.tidy();
        assert_eq!(view.to_link(), "measure=likes");
        let (view, _) = View::from_link("made=..2025-06&axis=made&measure=likes");
        assert_eq!(view.to_link(), "measure=likes&made=..2025-06&axis=made");
    }

    #[test]
    fn the_snapshot_to_compare_with_is_part_of_the_address() {
        let (view, problems) =
            View::from_link("?section=compare&compare=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%2Fmanifest.json");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(view.compare, "https://example.org/a?b=1/manifest.json");
        assert_eq!(View::from_link(&view.to_link()).0, view);
        assert_eq!(View::from_link("compare=").0, View::default());
    }

    #[test]
    fn what_an_address_says_wrongly_is_named_and_left_out() {
        let (view, problems) = View::from_link("?over_time=pie&sort=beauty&split=month&grain=year&utm_source=x");
        assert_eq!(view, View::default());
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn a_search_is_of_the_rows_and_stays_in_the_address_elsewhere() {
        let (mut view, problems) = View::from_link("find=+llama+&section=rows");
        assert_eq!((view.searched(), problems.len()), ("llama", 0));
        view.section = Section::Explore;
        assert_eq!((view.searched(), view.to_link().as_str()), ("", "find=llama"));
    }

    #[test]
    fn a_hostile_search_is_cut_to_what_an_id_can_hold_and_said_so() {
        let (view, problems) = View::from_link(&format!("find={}", "%00%3Cb%3E".repeat(1_600)));
        assert_eq!(view.search, search::wanted(&"<b>".repeat(1_600)));
        assert_eq!(view.search.len(), search::LONGEST);
        assert_eq!(problems, [SHORTENED]);
        assert_eq!(View::from_link(&view.to_link()), (view, Vec::new()));
    }
}
