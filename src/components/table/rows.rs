//! The first rows of the slice, sortable.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::query::ROW_FACETS;
use atlas_protocol::{Facet, Measure, Row, RowColumn, RowSort, RowsAnswer};
use leptos::prelude::*;

use crate::numbers;
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
    let listed = Memo::new(move |_| atlas.rows());
    let lead = move || match listed.get() {
        Some(rows) => format!(
            "The first {} of {} of the slice.",
            numbers::exact(rows.rows.len() as u64),
            numbers::counted(rows.rows_in_slice, "model", "models")
        ),
        None => "The models of the slice are being listed: their names are fetched first, which may take a moment …"
            .to_owned(),
    };
    let body = move || listed.get().map(|rows| body(&rows, &atlas)).unwrap_or_default();
    view! {
        <h2>"Models of the slice"</h2>
        <p class="muted" data-testid="rows-lead">{lead} " " {format!("At most {LISTED} are shown; a download has all of them.")}</p>
        <div class="table-room" tabindex="0" role="region" aria-label="Models of the slice">
            <table class="rows" data-testid="rows">
                <thead><tr>{move || head(atlas)}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
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
    columns.extend([(RowColumn::Parameters, "Parameters"), (RowColumn::Month, "Published")]);
    columns
}

fn head(atlas: Atlas) -> Vec<AnyView> {
    let sort = atlas.view.with(|view| view.sort);
    let sortable = |(column, label): (RowColumn, &'static str)| {
        let now = (sort.column == column).then_some(sort.descending);
        let aria = match now {
            Some(true) => "descending",
            Some(false) => "ascending",
            None => "none",
        };
        let arrow = match now {
            Some(true) => "↓",
            Some(false) => "↑",
            None => "",
        };
        let press = move |_| {
            atlas.step(|view| {
                view.sort = RowSort {
                    column,
                    descending: now != Some(true),
                }
            })
        };
        view! {
            <th scope="col" class="numeric" aria-sort=aria>
                <button type="button" data-testid="sort" data-value=column.key() on:click=press>{label}<span class="arrow" aria-hidden="true">{arrow}</span></button>
            </th>
        }
        .into_any()
    };
    let mut head = vec![view! { <th scope="col">"Model"</th> }.into_any()];
    head.extend(columns(&atlas).into_iter().map(sortable));
    head.extend(FACETS.map(|facet| view! { <th scope="col">{facet.label()}</th> }.into_any()));
    head
}

fn body(rows: &RowsAnswer, atlas: &Atlas) -> Vec<AnyView> {
    let columns = columns(atlas);
    let synthetic = atlas.dataset().is_none_or(|dataset| dataset.synthetic);
    let label = |facet: Facet, key: &str| {
        let dataset = atlas.dataset();
        dataset.map_or_else(
            || key.to_owned(),
            |dataset| crate::state::sentence::label(facet, key, &dataset),
        )
    };
    let row = |row: &Row| {
        let number = |(column, _): &(RowColumn, &'static str)| numeric_cell(row, *column, &label);
        let facet = |facet: Facet| {
            let key = row.facet(facet).unwrap_or(UNKNOWN);
            let class = if key == UNKNOWN { "muted" } else { "" };
            view! { <td class=class data-facet=facet.key() data-key=key.to_owned()>{label(facet, key)}</td> }.into_any()
        };
        view! {
            <tr data-testid="row" data-key=row.id.clone()>
                <th scope="row">{id_cell(row, synthetic)}</th>
                {columns.iter().map(number).collect::<Vec<_>>()}
                {FACETS.into_iter().filter(|facet| ROW_FACETS.contains(facet)).map(facet).collect::<Vec<_>>()}
            </tr>
        }
        .into_any()
    };
    rows.rows.iter().map(row).collect()
}

fn numeric_cell(row: &Row, column: RowColumn, label: &impl Fn(Facet, &str) -> String) -> AnyView {
    let count = match column {
        RowColumn::Downloads30d => Some(row.downloads_30d),
        RowColumn::DownloadsAllTime => row.downloads_all_time,
        RowColumn::Likes => row.likes,
        RowColumn::Parameters => row.parameters,
        RowColumn::Month => {
            let key = row.facet(Facet::Month).unwrap_or(UNKNOWN);
            return view! { <td class="numeric" data-facet="month" data-key=key.to_owned()>{label(Facet::Month, key)}</td> }.into_any();
        }
    };
    let (shown, title) = match (column, count) {
        (_, None) => ("unknown".to_owned(), None),
        (RowColumn::Parameters, Some(count)) => (
            numbers::short_size(count as f64),
            Some(format!(
                "{} parameters, from: {}",
                numbers::exact(count),
                row.parameters_source
            )),
        ),
        (_, Some(count)) => (numbers::exact(count), None),
    };
    let class = if count.is_none() { "numeric muted" } else { "numeric" };
    view! { <td class=class title=title data-column=column.key() data-exact=count.map(|count| count.to_string())>{shown}</td> }.into_any()
}

fn id_cell(row: &Row, synthetic: bool) -> AnyView {
    match &row.id {
        None => view! { <span class="muted">"name not loaded"</span> }.into_any(),
        Some(id) if !synthetic && is_plain(id) => {
            view! { <a href=format!("{HUB}{id}") rel="noopener noreferrer" target="_blank">{id.clone()}</a> }.into_any()
        }
        Some(id) => view! { <span>{id.clone()}</span> }.into_any(),
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
