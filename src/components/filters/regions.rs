//! Regions, each with its countries inside.

use atlas_protocol::Facet;

use super::values::{Disclosure, act, bars_of, row};
use crate::components::markup::{Element, element};
use crate::components::place::{Live, live};
use crate::platform::page::{self, PageEvent};
use crate::reactive::*;
use crate::state::atlas;
use crate::state::bars::{Bars, Choice};

/// Regions as bars; those with several countries open to show them.
pub fn regions() -> Live {
    let atlas = atlas();
    let open = RwSignal::new(Vec::<String>::new());
    let regions = bars_of(atlas, Facet::Region, Signal::derive(Choice::default));
    let inside = Choice {
        largest: Some(MOST),
        ..Choice::default()
    };
    let countries = bars_of(atlas, Facet::Country, Signal::derive(move || inside.clone()));
    let press = move |event: &PageEvent| match page::nearest(event, "data-open") {
        Some((_, key)) => open.update(|open| match open.iter().position(|other| *other == key) {
            Some(at) => drop(open.remove(at)),
            None => open.push(key),
        }),
        None => {
            let facet = page::nearest(event, "data-facet").and_then(|(_, key)| Facet::from_key(&key));
            act(atlas, facet.unwrap_or(Facet::Region), event);
        }
    };
    let told = move || {
        let open = open.get();
        regions.with(|regions| countries.with(|countries| tree(regions, countries, &open)))
    };
    live(told).on_press(press)
}

/// Every region, and under each that is open its countries.
fn tree(regions: &Bars, countries: &Bars, open: &[String]) -> Vec<Element> {
    let mut rows = Vec::new();
    for bar in &regions.bars {
        let inside = || {
            countries
                .bars
                .iter()
                .filter(|country| country.parent.as_ref() == Some(&bar.key))
        };
        let is_open = open.contains(&bar.key);
        let lead = (inside().count() > 1).then(|| Disclosure {
            key: bar.key.clone(),
            label: format!("Countries of {}", bar.label),
            open: is_open,
        });
        rows.push(row(Facet::Region, bar, &regions.measure, lead));
        if is_open {
            let countries = inside().map(|country| row(Facet::Country, country, &regions.measure, None));
            rows.push(element("li").class("nested").child(element("ul").children(countries)));
        }
    }
    rows
}

/// Countries shown; the world has fewer than three hundred.
const MOST: usize = 300;
