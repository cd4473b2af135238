//! The first rows of the slice, or of those a search has found, sortable.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Collection, Dataset, Facet, Measure, Row, RowColumn, RowSort, RowsAnswer};

use crate::components::markup::{Element, element};
use crate::components::place::{Live, live};
use crate::components::sentence::with_pieces;
use crate::numbers;
use crate::platform::page::{self, PageEvent};
use crate::reactive::*;
use crate::state::counted::number_of;
use crate::state::search::cut;
use crate::state::sentence::label;
use crate::state::session::LISTED;
use crate::state::{Atlas, atlas};

/// Facets with a column of their own where the collection has them, in order.
const FACETS: [Facet; 9] = [
    Facet::Organisation,
    Facet::Region,
    Facet::OrganisationType,
    Facet::Task,
    Facet::Library,
    Facet::Licence,
    Facet::Relation,
    Facet::Origin,
    Facet::SizeCategory,
];

/// What is listed, or was found.
pub fn lead() -> Live {
    let atlas = atlas();
    live(move || {
        let lead = element("p").class("muted").with("data-testid", "rows-lead");
        if let Some(found) = atlas.search_told() {
            return vec![
                with_pieces(element("p").class("found").with("data-testid", "found"), found),
                lead.words(MOST),
            ];
        }
        let first = match atlas.rows().zip(atlas.dataset()) {
            Some((rows, dataset)) => format!(
                "The first {} of {} of the slice.",
                numbers::exact(rows.rows.len() as u64),
                number_of(dataset.collection, rows.rows_in_slice)
            ),
            None => "They are being listed …".to_owned(),
        };
        vec![lead.words(format!("{first} {MOST}"))]
    })
}

/// The headings of the table. A press sorts by a column, a second press turns the order around.
pub fn headings() -> Live {
    let atlas = atlas();
    let press = move |event: &PageEvent| {
        let pressed = page::nearest(event, "data-value").and_then(|(_, key)| RowColumn::from_key(&key));
        if let Some(column) = pressed {
            atlas.step(|view| {
                let descending = view.sort.column != column || !view.sort.descending;
                view.sort = RowSort { column, descending };
            });
        }
    };
    live(move || head(&atlas)).on_press(press)
}

/// Rows of one part of the table: as many as are told in one turn.
const ROWS: usize = 10;

/// Parts of the table, each in a place of its own in index.html.
pub const PARTS: usize = (LISTED as usize).div_ceil(ROWS);

/// One part of the rows; nothing where there are not so many.
pub fn rows(part: usize) -> Live {
    let atlas = atlas();
    live(move || {
        let listed = atlas.rows().zip(atlas.dataset());
        let part = listed.and_then(|(rows, dataset)| {
            let part = rows.rows.chunks(ROWS).nth(part)?;
            Some(told(part, &rows, &dataset, &columns(&atlas)))
        });
        part.unwrap_or_default()
    })
}

/// Said of every list.
const MOST: &str = "At most 100 are shown; a download has all of them.";

fn columns(atlas: &Atlas) -> Vec<(RowColumn, &'static str)> {
    let has = |measure| {
        atlas
            .dataset()
            .is_none_or(|dataset| dataset.measures.contains(&measure))
    };
    let mut columns = vec![(RowColumn::Downloads30d, "Downloads, 30 days")];
    if has(Measure::DownloadsAllTime) {
        columns.push((RowColumn::DownloadsAllTime, "All time"));
    }
    if has(Measure::Likes) {
        columns.push((RowColumn::Likes, "Likes"));
    }
    // Its months stand in the sentence above.
    if atlas.view.with(|view| view.query.measure == Measure::DownloadsMade) {
        columns.push((RowColumn::DownloadsMade, "Made in those months"));
    }
    columns.extend([(RowColumn::Parameters, "Parameters"), (RowColumn::Month, "Published")]);
    let offered = atlas.collection().description().row_columns;
    columns.retain(|(column, _)| offered.contains(column));
    columns
}

fn facets(collection: Collection) -> impl Iterator<Item = Facet> {
    FACETS.into_iter().filter(move |facet| collection.has(*facet))
}

fn head(atlas: &Atlas) -> Element {
    let sort = atlas.view.with(|view| view.sort);
    let sortable = |(column, label): (RowColumn, &'static str)| {
        let (aria, arrow) = match (sort.column == column).then_some(sort.descending) {
            Some(true) => ("descending", "↓"),
            Some(false) => ("ascending", "↑"),
            None => ("none", ""),
        };
        let button = element("button")
            .with("type", "button")
            .with("data-testid", "sort")
            .with("data-value", column.key())
            .words(label)
            .child(element("span").class("arrow").with("aria-hidden", "true").words(arrow));
        element("th")
            .with("scope", "col")
            .class("numeric")
            .with("aria-sort", aria)
            .child(button)
    };
    let plain = |label: &'static str| element("th").with("scope", "col").words(label);
    element("tr")
        .child(plain("Name"))
        .children(columns(atlas).into_iter().map(sortable))
        .children(facets(atlas.collection()).map(|facet| plain(atlas.collection().label(facet))))
}

/// A cell as it is shown.
#[derive(Default)]
struct Shown {
    text: String,
    title: Option<String>,
    exact: Option<u64>,
    key: Option<String>,
    name: &'static str,
    numeric: bool,
    unknown: bool,
}

fn told(part: &[Row], rows: &RowsAnswer, dataset: &Dataset, columns: &[(RowColumn, &'static str)]) -> Vec<Element> {
    let text = rows.found.as_ref().map_or("", |found| &found.text);
    let row = |row: &Row| {
        let numbers = columns.iter().map(|(column, _)| number(row, *column, dataset));
        let facets = facets(dataset.collection).map(|facet| of_facet(row, facet, dataset));
        let name = match &row.id {
            Some(id) if !dataset.synthetic && is_plain(id) => {
                let link = element("a")
                    .with("href", dataset.collection.address_of(id))
                    .with("rel", "noopener noreferrer")
                    .with("target", "_blank");
                marked(link, id, text)
            }
            Some(id) => marked(element("span"), id, text),
            None => element("span").class("muted").words("name not loaded"),
        };
        element("tr")
            .with("data-testid", "row")
            .maybe("data-key", row.id.clone())
            .child(element("th").with("scope", "row").child(name))
            .children(numbers.chain(facets).map(cell))
    };
    part.iter().map(row).collect()
}

/// An element with an id inside, what was searched for marked in it.
fn marked(name: Element, id: &str, text: &str) -> Element {
    cut(id, text).into_iter().fold(name, |around, (piece, hit)| {
        let piece = piece.to_owned();
        if hit {
            around.child(element("mark").words(piece))
        } else {
            around.words(piece)
        }
    })
}

fn cell(cell: Shown) -> Element {
    let class = match (cell.numeric, cell.unknown) {
        (true, true) => "numeric muted",
        (true, false) => "numeric",
        (false, true) => "muted",
        (false, false) => "",
    };
    let of = if cell.key.is_some() {
        "data-facet"
    } else {
        "data-column"
    };
    element("td")
        .class(class)
        .maybe("title", cell.title)
        .with(of, cell.name)
        .maybe("data-key", cell.key)
        .maybe("data-exact", cell.exact.map(|exact| exact.to_string()))
        .words(cell.text)
}

fn of_facet(row: &Row, facet: Facet, dataset: &Dataset) -> Shown {
    let key = row.facet(facet).unwrap_or(UNKNOWN);
    let (text, unknown) = (label(facet, key, dataset), key == UNKNOWN);
    Shown {
        text,
        key: Some(key.to_owned()),
        name: facet.key(),
        unknown,
        ..Shown::default()
    }
}

fn number(row: &Row, column: RowColumn, dataset: &Dataset) -> Shown {
    let exact = match column {
        RowColumn::Downloads30d => Some(row.downloads_30d),
        RowColumn::DownloadsAllTime => row.downloads_all_time,
        RowColumn::Likes => row.likes,
        RowColumn::DownloadsMade => row.downloads_made,
        RowColumn::Parameters => row.parameters,
        RowColumn::Month => {
            return Shown {
                numeric: true,
                ..of_facet(row, Facet::Month, dataset)
            };
        }
    };
    let source = |count: u64| format!("{} parameters, from: {}", numbers::exact(count), row.parameters_source);
    let (text, title) = match (column, exact) {
        (_, None) => ("unknown".to_owned(), None),
        (RowColumn::Parameters, Some(count)) => (numbers::short_size(count as f64), Some(source(count))),
        (_, Some(count)) => (numbers::exact(count), None),
    };
    Shown {
        text,
        title,
        exact,
        key: None,
        name: column.key(),
        numeric: true,
        unknown: exact.is_none(),
    }
}

/// Whether an id is of the Hub's own alphabet, and so can stand in an address as it is.
fn is_plain(id: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    !id.is_empty() && id.chars().all(allowed) && !id.starts_with(['/', '.']) && !id.contains("..") && !id.contains("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_the_hubs_alphabet_become_links() {
        for id in ["Qwen/Qwen2.5-7B-Instruct", "bert-base-uncased", "a_b/c.d"] {
            assert!(is_plain(id), "{id}");
        }
        for id in [
            "",
            "../x",
            "/etc",
            "a//b",
            "a b",
            "javascript:alert(1)",
            "a/b?c",
            "a/b#c",
            "é/x",
            "a/../b",
        ] {
            assert!(!is_plain(id), "{id}");
        }
    }
}
