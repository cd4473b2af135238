//! What is counted, and the filters in force, each one press from being gone.

use atlas_protocol::{Clause, Facet, Measure, MonthRange};
use leptos::prelude::*;

use super::buttons::{Button, buttons, choice};
use super::markup::{Element, element, live};
use crate::platform::page;
use crate::state::counted::made_in;
use crate::state::sentence::phrase;
use crate::state::view::View;
use crate::state::{Atlas, atlas};

/// The measure, the drawer's button, undo, redo and clear, and a chip for every filter.
#[component]
pub fn Toolbar() -> impl IntoView {
    let atlas = atlas();
    let measures = move || {
        // Few snapshots have a history, so its measure is offered once it is known to be there.
        let has = |measure: &Measure| match atlas.dataset() {
            Some(dataset) => dataset.measures.contains(measure),
            None => *measure != Measure::DownloadsMade,
        };
        let offered = Measure::ALL
            .into_iter()
            .filter(has)
            .map(|measure| (measure.key(), short_name(measure)));
        (offered.collect(), atlas.view.with(|view| view.query.measure.key()))
    };
    let choose = move |key: &str| {
        if let Some(measure) = Measure::from_key(key) {
            atlas.step(|view| view.query.measure = measure);
        }
    };
    view! {
        <div class="toolbar">
            {choice("What is counted", "measure", measures, choose)}
            {buttons("steps", "Filters and steps", move || steps(atlas), move |name, _| take_step(atlas, name))}
        </div>
        <Chips />
    }
}

const fn short_name(measure: Measure) -> &'static str {
    match measure {
        Measure::Downloads30d => "Downloads, 30 days",
        Measure::DownloadsAllTime => "All time",
        Measure::Models => "Models",
        Measure::Likes => "Likes",
        Measure::DownloadsMade => "Made by month",
    }
}

fn steps(atlas: Atlas) -> Vec<Button> {
    let filters = atlas.view.with(View::filters);
    let label = if filters == 0 {
        "Filters".to_owned()
    } else {
        format!("Filters ({filters})")
    };
    let (can_undo, can_redo) = atlas.can_undo_redo();
    vec![
        Button {
            class: "quiet drawer-open",
            ..Button::quiet("open-filters", label)
        },
        Button::quiet("undo", "Undo").title("Undo (Ctrl Z)").disabled(!can_undo),
        Button::quiet("redo", "Redo")
            .title("Redo (Ctrl Shift Z)")
            .disabled(!can_redo),
        Button::quiet("clear", "Clear")
            .title("Remove all filters")
            .disabled(filters == 0),
    ]
}

fn take_step(atlas: Atlas, name: &str) {
    match name {
        "open-filters" => open_drawer(true),
        "undo" => atlas.undo(),
        "redo" => atlas.redo(),
        "clear" => atlas.clear(),
        _ => {}
    }
}

#[component]
fn Chips() -> impl IntoView {
    let atlas = atlas();
    let chips = live(move || {
        let (clauses, made, filters) = atlas
            .view
            .with(|view| (view.query.clauses.clone(), view.query.made.clone(), view.filters()));
        if filters == 0 {
            return vec![element("li").class("muted").words("No filter: everything is counted.")];
        }
        let dataset = atlas.dataset();
        let text = |facet: Facet, clause: &Clause| match &dataset {
            Some(dataset) => phrase(facet, clause, dataset),
            None => facet.label().to_owned(),
        };
        let dataset = dataset.as_ref().filter(|_| !made.is_open());
        let months = dataset.map(|dataset| chip(MADE, format!("downloads made {}", made_in(&made, dataset))));
        clauses
            .iter()
            .map(|(facet, clause)| chip(facet.key(), text(*facet, clause)))
            .chain(months)
            .collect()
    });
    let press = move |event: leptos::ev::MouseEvent| {
        if let Some((_, key)) = page::nearest(&event, "data-clear") {
            match Facet::from_key(&key) {
                Some(facet) => atlas.set_clause(facet, None),
                None => atlas.step(|view| view.query.made = MonthRange::default()),
            }
            page::focus("main");
        }
    };
    view! { <ul class="chips" aria-label="Active filters" on:click=press>{chips}</ul> }
}

/// Names the filter of months of download where facets name theirs.
const MADE: &str = "made";

fn chip(facet: &'static str, text: String) -> Element {
    let remove = format!("Remove the filter “{text}”");
    let button = element("button")
        .with("type", "button")
        .with("aria-label", remove)
        .with("data-clear", facet)
        .words("×");
    element("li")
        .class("chip")
        .with("data-testid", "chip")
        .with("data-facet", facet)
        .child(element("span").words(text))
        .child(button)
}

/// Opens or closes the drawer that holds the filters on narrow screens.
pub fn open_drawer(open: bool) {
    page::mark_body("data-drawer", if open { "open" } else { "closed" });
    page::set_inert("main", open);
    page::set_inert("top", open);
    page::focus(if open { "filters" } else { "main" });
}
