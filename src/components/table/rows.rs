//! The first rows of the slice, sortable.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Dataset, Facet, Measure, Row, RowColumn, RowSort, RowsAnswer};
use leptos::prelude::*;

use crate::components::markup::{Element, element, live};
use crate::numbers;
use crate::platform::page;
use crate::state::sentence::label;
use crate::state::session::LISTED;
use crate::state::{Atlas, atlas};

/// Facets with a column of their own, in order.
const FACETS: [Facet; 8] = [
    Facet::Organisation,
    Facet::Region,
    Facet::OrganisationType,
    Facet::Task,
    Facet::Library,
    Facet::Licence,
    Facet::Relation,
    Facet::Origin,
];

/// Where the models of a real snapshot can be visited.
const HUB: &str = "https://huggingface.co/";

/// The table of models.
#[component]
pub fn Rows() -> impl IntoView {
    let atlas = atlas();
    let lead = live(move || {
        let lead = match atlas.rows() {
            Some(rows) => format!(
                "The first {} of {} of the slice.",
                numbers::exact(rows.rows.len() as u64),
                numbers::counted(rows.rows_in_slice, "model", "models")
            ),
            None => "The models are being listed: their names are fetched first, which may take a moment …".to_owned(),
        };
        format!("{lead} At most {LISTED} are shown; a download has all of them.")
    });
    let table = live(move || {
        let body = atlas
            .rows()
            .zip(atlas.dataset())
            .map(|(rows, dataset)| body(&rows, &dataset, &columns(&atlas)));
        let table = element("table").class("rows").with("data-testid", "rows");
        table
            .child(element("thead").child(head(&atlas)))
            .child(body.unwrap_or_else(|| element("tbody")))
    });
    view! {
        <h2>"Models of the slice"</h2>
        <p class="muted" data-testid="rows-lead">{lead}</p>
        <div class="table-room" tabindex="0" role="region" aria-label="Models of the slice"
            on:click=move |event| sort_by_pressed(atlas, &event)>{table}</div>
    }
}

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
    columns
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
        .child(plain("Model"))
        .children(columns(atlas).into_iter().map(sortable))
        .children(FACETS.into_iter().map(|facet| plain(facet.label())))
}

/// Sorts by the column of the pressed heading; a second press turns the order around.
fn sort_by_pressed(atlas: Atlas, event: &leptos::ev::MouseEvent) {
    let pressed = page::nearest(event, "data-value").and_then(|(_, key)| RowColumn::from_key(&key));
    if let Some(column) = pressed {
        atlas.step(|view| {
            let descending = view.sort.column != column || !view.sort.descending;
            view.sort = RowSort { column, descending };
        });
    }
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

fn body(rows: &RowsAnswer, dataset: &Dataset, columns: &[(RowColumn, &'static str)]) -> Element {
    let row = |row: &Row| {
        let numbers = columns.iter().map(|(column, _)| number(row, *column, dataset));
        let facets = FACETS.into_iter().map(|facet| of_facet(row, facet, dataset));
        let name = match &row.id {
            Some(id) if !dataset.synthetic && is_plain(id) => element("a")
                .with("href", format!("{HUB}{id}"))
                .with("rel", "noopener noreferrer")
                .with("target", "_blank")
                .words(id.clone()),
            Some(id) => element("span").words(id.clone()),
            None => element("span").class("muted").words("name not loaded"),
        };
        element("tr")
            .with("data-testid", "row")
            .maybe("data-key", row.id.clone())
            .child(element("th").with("scope", "row").child(name))
            .children(numbers.chain(facets).map(cell))
    };
    element("tbody").children(rows.rows.iter().map(row))
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
