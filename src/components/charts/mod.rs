//! The large charts, each in the frame that all share.

pub mod frame;
mod reading;
mod saving;

use std::sync::Arc;

use atlas_protocol::{Answer, Dataset, Facet};
use leptos::prelude::*;

use crate::charts::Chart;
use crate::charts::concentration::Concentrated;
use crate::charts::leaders::Leaders;
use crate::charts::sizes::Sizes;
use crate::charts::time::OverTime;
use crate::charts::typical::Typical;
use crate::components::buttons::choice;
use crate::components::markup::{element, live};
use crate::platform::page;
use crate::state::view::{Grain, Named, SPLITS, TimeMode, View};
use crate::state::{Atlas, atlas};
use frame::{Shown, chart_frame};

/// A chart of the newest answer, drawn again when the answer changes, or what `of` reads of the view.
fn chart(of: impl Fn(&Answer, &Dataset) -> Arc<dyn Chart> + Send + Sync + 'static) -> Memo<Option<Shown>> {
    let atlas = atlas();
    // Boxed, so that five charts are one kind of memo.
    let of: Box<dyn Fn(&Answer, &Dataset) -> Arc<dyn Chart> + Send + Sync> = Box::new(of);
    followed(atlas, of)
}

fn followed(atlas: Atlas, of: Box<dyn Fn(&Answer, &Dataset) -> Arc<dyn Chart> + Send + Sync>) -> Memo<Option<Shown>> {
    Memo::new(move |_| atlas.answered().map(|(answer, dataset)| Shown(of(&answer, &dataset))))
}

/// Measure over time.
#[component]
pub fn OverTimeChart() -> impl IntoView {
    let atlas = atlas();
    let look = Memo::new(move |_| atlas.view.with(|view| (view.grain, view.over_time)));
    let chart = chart(move |answer, dataset| {
        let (grain, mode) = look.get();
        Arc::new(OverTime::new(answer, dataset, grain, mode))
    });
    let controls = view! {
        <Split />
        {named::<TimeMode>("How time is drawn", "over-time-mode", |view| view.over_time, |view, mode| view.over_time = mode)}
        {named::<Grain>("How time is cut", "grain", |view| view.grain, |view, grain| view.grain = grain)}
    };
    chart_frame("over-time", chart, controls.into_any())
}

/// Distribution of sizes.
#[component]
pub fn SizesChart() -> impl IntoView {
    chart_frame(
        "sizes",
        chart(|answer, dataset| Arc::new(Sizes::new(answer, dataset))),
        ().into_any(),
    )
}

/// Median and mean sizes by year.
#[component]
pub fn TypicalChart() -> impl IntoView {
    chart_frame(
        "typical-size",
        chart(|answer, dataset| Arc::new(Typical::new(answer, dataset))),
        ().into_any(),
    )
}

/// Concentration.
#[component]
pub fn ConcentrationChart() -> impl IntoView {
    chart_frame(
        "concentration",
        chart(|answer, _| Arc::new(Concentrated::new(answer))),
        ().into_any(),
    )
}

/// Leading organisations.
#[component]
pub fn LeadersChart() -> impl IntoView {
    chart_frame(
        "leaders",
        chart(|answer, dataset| Arc::new(Leaders::new(answer, dataset))),
        ().into_any(),
    )
}

/// The facet by which time is split.
#[component]
fn Split() -> impl IntoView {
    let atlas = atlas();
    let now = move || atlas.view.with(|view| view.query.split);
    let options = live(move || {
        let option = |facet: Facet| {
            let option = element("option").with("value", facet.key()).words(facet.label());
            option.flag("selected", now() == facet)
        };
        SPLITS.into_iter().map(option).collect::<Vec<_>>()
    });
    let take = move |event: leptos::ev::Event| {
        if let Some(facet) = Facet::from_key(&page::field_text(&event)) {
            atlas.step(|view| view.query.split = facet);
        }
    };
    view! {
        <label class="field">
            <span>"by"</span>
            <select data-testid="split" aria-label="Split by" prop:value=move || now().key() on:change=take>{options}</select>
        </label>
    }
}

/// Buttons for one of the page's own choices.
fn named<T: Named + Send + Sync>(
    label: &'static str,
    name: &'static str,
    of: fn(&View) -> T,
    put: fn(&mut View, T),
) -> AnyView {
    let atlas = atlas();
    let list = move || {
        let options = T::ALL.iter().map(|(_, key, label)| (*key, *label)).collect();
        (options, atlas.view.with(|view| of(view).key()))
    };
    let choose = move |key: &str| {
        if let Some(value) = T::from_key(key) {
            atlas.step(|view| put(view, value));
        }
    };
    choice(label, name, list, choose)
}
