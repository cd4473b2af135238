//! What is counted, and the filters in force, each one press from being gone.

use atlas_protocol::{Facet, Measure};
use leptos::prelude::*;

use super::choice::choice;
use crate::platform::page;
use crate::state::atlas;
use crate::state::sentence::phrase;

/// The measure, the drawer's button, undo, redo and clear, and a chip for every filter.
#[component]
pub fn Toolbar() -> impl IntoView {
    let atlas = atlas();
    let offered = Signal::derive(move || {
        let has = |measure: &Measure| atlas.dataset().is_none_or(|dataset| dataset.measures.contains(measure));
        Measure::ALL
            .into_iter()
            .filter(has)
            .map(|measure| (measure.key(), short_name(measure)))
            .collect::<Vec<_>>()
    });
    let chosen = Signal::derive(move || atlas.view.with(|view| view.query.measure.key()));
    let choose = move |key: &'static str| {
        if let Some(measure) = Measure::from_key(key) {
            atlas.step(|view| view.query.measure = measure);
        }
    };
    view! {
        <div class="toolbar">
            {choice("What is counted", "measure", offered, chosen, choose)}
            <Steps />
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
    }
}

#[component]
fn Steps() -> impl IntoView {
    let atlas = atlas();
    let filters = move || atlas.view.with(|view| view.query.clauses.len());
    let label = move || match filters() {
        0 => "Filters".to_owned(),
        count => format!("Filters ({count})"),
    };
    view! {
        <div class="steps" role="group" aria-label="Filters and steps">
            <button type="button" class="quiet drawer-open" data-testid="open-filters" on:click=move |_| open_drawer(true)>{label}</button>
            <button type="button" class="quiet" data-testid="undo" title="Undo (Ctrl Z)"
                disabled=move || !atlas.can_undo_redo().0 on:click=move |_| atlas.undo()>"Undo"</button>
            <button type="button" class="quiet" data-testid="redo" title="Redo (Ctrl Shift Z)"
                disabled=move || !atlas.can_undo_redo().1 on:click=move |_| atlas.redo()>"Redo"</button>
            <button type="button" class="quiet" data-testid="clear"
                disabled=move || filters() == 0 on:click=move |_| atlas.clear()>"Clear"</button>
        </div>
    }
}

#[component]
fn Chips() -> impl IntoView {
    let atlas = atlas();
    let chips = move || {
        let clauses = atlas.view.with(|view| view.query.clauses.clone());
        let dataset = atlas.dataset();
        let chip = |(facet, clause)| {
            let text = dataset
                .as_ref()
                .map_or_else(|| facet_name(facet), |dataset| phrase(facet, &clause, dataset));
            let remove = format!("Remove the filter “{text}”");
            view! {
                <li class="chip" data-testid="chip" data-facet=facet.key()>
                    <span>{text}</span>
                    <button type="button" aria-label=remove data-clear=facet.key()>"×"</button>
                </li>
            }
            .into_any()
        };
        clauses.into_iter().map(chip).collect::<Vec<_>>()
    };
    let press = move |event: leptos::ev::MouseEvent| {
        if let Some(facet) = page::nearest(&event, "data-clear").and_then(|(_, key)| Facet::from_key(&key)) {
            atlas.set_clause(facet, None);
            page::focus("main");
        }
    };
    let none = move || atlas.view.with(|view| view.query.clauses.is_empty());
    view! {
        <ul class="chips" aria-label="Active filters" on:click=press>
            {chips}
            {move || none().then(|| view! { <li class="chip-none muted">"No filter: everything is counted."</li> })}
        </ul>
    }
}

fn facet_name(facet: Facet) -> String {
    facet.label().to_owned()
}

/// Opens or closes the drawer that holds the filters on narrow screens.
pub fn open_drawer(open: bool) {
    page::mark_body("data-drawer", if open { "open" } else { "closed" });
    page::set_inert("main", open);
    page::set_inert("top", open);
    page::focus(if open { "filters" } else { "main" });
}
