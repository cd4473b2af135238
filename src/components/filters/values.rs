//! The values of a facet as bars to press.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Facet, Measure};
use leptos::prelude::*;

use crate::numbers;
use crate::platform::page;
use crate::state::bars::{Bar, Bars, Choice, Standing, bars};
use crate::state::{Atlas, atlas};

/// Values of a long facet that are shown at first, and how many more a press on “more” brings.
const FIRST: usize = 7;
const MORE: usize = 20;

/// All values of a short facet, in their own order.
#[component]
pub fn Values(facet: Facet) -> impl IntoView {
    list(facet, Signal::derive(Choice::default))
}

/// The largest values of a long facet, with a search box and a way to see more.
#[component]
pub fn LongValues(facet: Facet) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let most = RwSignal::new(FIRST);
    let choice = Signal::derive(move || Choice {
        parent: None,
        search: search.get(),
        largest: Some(most.get()),
    });
    let bars = bars_of(atlas(), facet, choice);
    let hidden = move || bars.with(|bars| bars.hidden);
    let label = format!("Search {}", facet.label().to_lowercase());
    let more = move || format!("Show more ({} hidden)", numbers::exact(hidden() as u64));
    view! {
        <input type="search" class="search" aria-label=label.clone() placeholder=label data-testid="facet-search" data-facet=facet.key()
            on:input=move |event| search.set(page::field_text(&event)) />
        {rows(facet, bars)}
        <div class="more">
            <button type="button" class="quiet" data-testid="facet-more" data-facet=facet.key() disabled=move || hidden() == 0
                on:click=move |_| most.update(|most| *most += MORE)>{more}</button>
            <button type="button" class="quiet" class:gone=move || most.get() <= FIRST on:click=move |_| most.set(FIRST)>"Show fewer"</button>
        </div>
    }
}

/// The bars of a facet for a choice of its values.
pub fn list(facet: Facet, choice: Signal<Choice>) -> AnyView {
    rows(facet, bars_of(atlas(), facet, choice))
}

/// The bars in force.
pub fn bars_of(atlas: Atlas, facet: Facet, choice: Signal<Choice>) -> Memo<Bars> {
    Memo::new(move |_| {
        let clause = atlas.clause(facet);
        choice.with(|choice| {
            atlas
                .answered()
                .map(|(answer, dataset)| bars(&answer, &dataset, facet, clause.as_ref(), choice))
                .unwrap_or_default()
        })
    })
}

fn rows(facet: Facet, bars: Memo<Bars>) -> AnyView {
    let atlas = atlas();
    let press = move |event: leptos::ev::MouseEvent| act(atlas, facet, &event);
    let measure = Memo::new(move |_| atlas.answer().map_or(Measure::default(), |answer| answer.query.measure));
    let rows = move || {
        let measure = measure.get();
        bars.with(|bars| {
            bars.bars
                .iter()
                .map(|bar| row(facet, bar, measure, ().into_any()))
                .collect::<Vec<_>>()
        })
    };
    view! { <ul class="values" aria-label=facet.label() on:click=press>{rows}</ul> }.into_any()
}

/// Does what the pressed button of a row says.
pub fn act(atlas: Atlas, facet: Facet, event: &leptos::ev::MouseEvent) {
    let Some((button, action)) = page::nearest(event, "data-act") else {
        return;
    };
    let Some(key) = button.get_attribute("data-key") else {
        return;
    };
    match action.as_str() {
        "toggle" => atlas.toggle(facet, &key),
        "only" => atlas.only(facet, &key),
        "without" => atlas.without(facet, &key),
        _ => {}
    }
}

/// One value: what leads it, its bar, and “only” and “without”.
pub fn row(facet: Facet, bar: &Bar, measure: Measure, lead: AnyView) -> AnyView {
    let state = match bar.standing {
        Standing::Free => "free",
        Standing::Chosen => "chosen",
        Standing::Passed => "passed",
        Standing::LeftOut => "left-out",
    };
    let class = format!("value {state} {}", hue(facet, &bar.key));
    let told = told(bar, measure);
    let (only, without) = (format!("Only {}", bar.label), format!("Without {}", bar.label));
    let width = |permille: u32| format!("width:{}.{}%", permille / 10, permille % 10);
    view! {
        <li class=class>
            {lead}
            <button type="button" class="bar" data-act="toggle" data-key=bar.key.clone() data-testid="facet-value" data-facet=facet.key()
                data-measure=bar.measure.to_string() data-models=bar.models.to_string() data-exact=bar.measure.to_string()
                data-all=bar.all.to_string() aria-pressed=(bar.standing == Standing::Chosen).to_string() title=told.clone() aria-label=told>
                <span class="name">{bar.label.clone()}</span>
                <span class="amount">{numbers::short(bar.measure)}</span>
                <span class="track">
                    <span class="ghost" style=width(bar.all_permille)></span>
                    <span class="fill" style=width(bar.slice_permille)></span>
                </span>
            </button>
            <span class="tools">
                <button type="button" data-act="only" data-key=bar.key.clone() data-testid="only" data-facet=facet.key() aria-label=only>"only"</button>
                <button type="button" data-act="without" data-key=bar.key.clone() data-testid="without" data-facet=facet.key() aria-label=without>"not"</button>
            </span>
        </li>
    }
    .into_any()
}

/// A bar in words, with exact numbers.
fn told(bar: &Bar, measure: Measure) -> String {
    let mut told = format!("{}: ", bar.label);
    if measure != Measure::Models {
        told += &format!("{} {}, ", numbers::exact(bar.measure), measure.label());
    }
    told += &numbers::counted(bar.models, "model", "models");
    told += &format!(", {} of the slice", numbers::percent(bar.measure, bar.whole));
    if bar.standing == Standing::LeftOut {
        told += ", left out";
    }
    told
}

/// Class that colours a bar: regions have colours of their own, and `unknown` is grey everywhere.
fn hue(facet: Facet, key: &str) -> &str {
    match (facet, key) {
        (_, UNKNOWN) => "hue-unknown",
        (Facet::Region, "china") => "hue-china",
        (Facet::Region, "us") => "hue-us",
        (Facet::Region, "europe") => "hue-europe",
        (Facet::Region, "other") => "hue-other",
        _ => "hue-plain",
    }
}
