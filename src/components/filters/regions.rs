//! Regions, each with its countries inside.

use std::collections::BTreeMap;

use atlas_protocol::{Facet, Measure};
use leptos::prelude::*;

use super::values::{act, bars_of, list, row};
use crate::platform::page;
use crate::state::bars::{Bar, Choice};
use crate::state::{Atlas, atlas};

/// Regions as bars; those with several countries open to show them.
#[component]
pub fn Regions() -> impl IntoView {
    let atlas = atlas();
    let open = RwSignal::new(Vec::<String>::new());
    let bars = bars_of(atlas, Facet::Region, Signal::derive(Choice::default));
    let measure = Memo::new(move |_| atlas.answer().map_or(Measure::default(), |answer| answer.query.measure));
    let nested = Memo::new(move |_| regions_with_countries(&atlas));
    let press = move |event: leptos::ev::MouseEvent| match page::nearest(&event, "data-open") {
        Some((_, key)) => open.update(|open| match open.iter().position(|other| *other == key) {
            Some(at) => drop(open.remove(at)),
            None => open.push(key),
        }),
        // The list of countries takes note of its own presses.
        None if page::nearest(&event, "data-facet").is_some_and(|(_, key)| key == Facet::Region.key()) => {
            act(atlas, Facet::Region, &event);
        }
        None => {}
    };
    let region = move |bar: &Bar| {
        let key = bar.key.clone();
        let is_open = open.with(|open| open.contains(&key));
        let lead = if nested.with(|nested| nested.contains(&key)) {
            let label = format!("Countries of {}", bar.label);
            let open = is_open.to_string();
            view! { <button type="button" class="disclose" data-open=key.clone() aria-expanded=open aria-label=label data-testid="countries"></button> }.into_any()
        } else {
            ().into_any()
        };
        let countries = is_open.then(|| {
            let choice = Choice {
                parent: Some(key),
                search: String::new(),
                largest: Some(MOST),
            };
            view! { <li class="nested">{list(Facet::Country, Signal::derive(move || choice.clone()))}</li> }
        });
        view! { {row(Facet::Region, bar, measure.get(), lead)} {countries} }.into_any()
    };
    view! {
        <ul class="values regions" aria-label="Region" on:click=press>
            {move || bars.with(|bars| bars.bars.iter().map(region).collect::<Vec<_>>())}
        </ul>
    }
}

/// Countries shown of a region; no region has more.
const MOST: usize = 100;

/// Regions that hold more than one country.
fn regions_with_countries(atlas: &Atlas) -> Vec<String> {
    let Some(dataset) = atlas.dataset() else {
        return Vec::new();
    };
    let Some(countries) = dataset.catalogue(Facet::Country) else {
        return Vec::new();
    };
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for region in countries.values.iter().filter_map(|country| country.parent.as_deref()) {
        *seen.entry(region).or_default() += 1;
    }
    seen.into_iter()
        .filter(|(_, countries)| *countries > 1)
        .map(|(region, _)| region.to_owned())
        .collect()
}
