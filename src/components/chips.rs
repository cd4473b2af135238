//! What is counted, and the filters in force, each one press from being gone.

use atlas_protocol::{Collection, Facet, Measure, MonthRange};

use super::buttons::{Button, buttons, choice};
use super::markup::{Element, element};
use super::place::{Live, live};
use crate::platform::page::{self, PageEvent};
use crate::reactive::*;
use crate::state::counted::made_in;
use crate::state::sentence::phrase;
use crate::state::view::View;
use crate::state::{Atlas, atlas};

/// What is counted.
pub fn measures() -> Live {
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
            .map(|measure| (measure.key(), short_name(measure, atlas.collection())));
        (offered.collect(), atlas.view.with(|view| view.query.measure.key()))
    };
    let choose = move |key: &str| {
        if let Some(measure) = Measure::from_key(key) {
            atlas.step(|view| view.query.measure = measure);
        }
    };
    choice(measures, choose)
}

/// The drawer's button, undo, redo and clear.
pub fn steps() -> Live {
    let atlas = atlas();
    let press = move |name: &str, _: &str| take_step(atlas, name);
    buttons(move || step_buttons(atlas), press)
}

const fn short_name(measure: Measure, collection: Collection) -> &'static str {
    match measure {
        Measure::Downloads30d => "Downloads, 30 days",
        Measure::DownloadsAllTime => "All time",
        Measure::Models => collection.description().title,
        Measure::Likes => "Likes",
        Measure::DownloadsMade => "Made by month",
    }
}

fn step_buttons(atlas: Atlas) -> Vec<Button> {
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

/// A chip for every filter in force.
pub fn chips() -> Live {
    let atlas = atlas();
    let press = move |event: &PageEvent| {
        if let Some((_, key)) = page::nearest(event, "data-clear") {
            match Facet::from_key(&key) {
                Some(facet) => atlas.set_clause(facet, None),
                None => atlas.step(|view| view.query.made = MonthRange::default()),
            }
            page::focus("main");
        }
    };
    let list = move || {
        let (clauses, made, filters) = atlas
            .view
            .with(|view| (view.query.clauses.clone(), view.query.made.clone(), view.filters()));
        if filters == 0 {
            return vec![element("li").class("muted").words("No filter: everything is counted.")];
        }
        // Without the names of values there are no words for filters yet.
        let Some(dataset) = atlas.dataset() else {
            return Vec::new();
        };
        let facets = clauses
            .iter()
            .map(|(facet, clause)| chip(facet.key(), phrase(*facet, clause, &dataset)));
        let months = (!made.is_open()).then(|| chip(MADE, format!("downloads made {}", made_in(&made, &dataset))));
        facets.chain(months).collect::<Vec<_>>()
    };
    live(list).on_press(press)
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
