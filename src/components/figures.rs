//! The key figures of the slice.

use atlas_protocol::{Answer, Measure};
use leptos::prelude::*;

use super::markup::{Element, element, live};
use super::number::{Number, number};
use crate::numbers;
use crate::state::atlas;

/// One figure: its heading, its number, and a word about it.
struct Figure(&'static str, Number, String);

/// Measure, share, models, median and mean size.
#[component]
pub fn Figures() -> impl IntoView {
    let atlas = atlas();
    live(move || {
        let figures = atlas.answer().map_or_else(blank, |answer| figures(&answer));
        element("dl").class("figures").children(figures.into_iter().map(figure))
    })
}

/// The figures before there is an answer, as tall as those after it.
fn blank() -> Vec<Figure> {
    ["In the slice", "Share of all", "Models", "Median size", "Mean size"]
        .map(|heading| Figure(heading, Number::size(None, ""), "\u{a0}".to_owned()))
        .into()
}

fn figures(answer: &Answer) -> Vec<Figure> {
    let measure = answer.query.measure;
    let (slice, all) = (answer.slice.of(measure), answer.unfiltered.of(measure));
    let sizes = &answer.sizes;
    let by_use = |by_use: Option<f64>| match by_use {
        Some(by_use) if measure != Measure::Models => format!("by use {}", numbers::short_size(by_use)),
        _ => format!(
            "known for {}",
            numbers::percent(sizes.models_known, sizes.models_known + sizes.models_unknown)
        ),
    };
    let mut figures = Vec::new();
    if measure != Measure::Models {
        figures.push(Figure(
            "In the slice",
            Number::count(slice, "slice-measure"),
            measure.label().to_owned(),
        ));
    }
    let whole = format!("of {}", numbers::short(all));
    figures.push(Figure("Share of all", Number::share(slice, all, "slice-share"), whole));
    let models = format!("of {}", numbers::exact(answer.unfiltered.models));
    figures.push(Figure(
        "Models",
        Number::models(answer.slice.models, "slice-models"),
        models,
    ));
    let whole = |median: u64| median as f64;
    let median = Number::size(sizes.median.map(whole), "median");
    figures.push(Figure("Median size", median, by_use(sizes.median_weighted.map(whole))));
    figures.push(Figure(
        "Mean size",
        Number::size(sizes.mean, "mean"),
        by_use(sizes.mean_weighted),
    ));
    figures
}

fn figure(Figure(heading, value, aside): Figure) -> Element {
    element("div")
        .class("figure")
        .child(element("dt").words(heading))
        .child(element("dd").class("value").child(number(value)))
        .child(element("dd").class("aside").words(aside))
}
