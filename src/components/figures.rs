//! The key figures of the slice.

use atlas_protocol::{Answer, Measure};
use leptos::prelude::*;

use super::number;
use crate::numbers;
use crate::state::atlas;

/// Measure, share, models, median and mean size.
#[component]
pub fn Figures() -> impl IntoView {
    let atlas = atlas();
    let shown = move || match atlas.answer() {
        Some(answer) => figures(&answer),
        None => ["In the slice", "Share of all", "Models", "Median size", "Mean size"]
            .map(|name| figure(name, "–".into_any(), "\u{a0}".to_owned()))
            .into_iter()
            .collect::<Vec<_>>(),
    };
    view! { <dl class="figures">{shown}</dl> }
}

fn figures(answer: &Answer) -> Vec<AnyView> {
    let measure = answer.query.measure;
    let (slice, all) = (answer.slice.of(measure), answer.unfiltered.of(measure));
    let sizes = answer
        .statistics
        .as_ref()
        .map(|statistics| statistics.sizes)
        .unwrap_or_default();
    let size = |name, value: Option<f64>, by_use: Option<f64>| {
        let shown = value.map_or_else(|| "–".to_owned(), numbers::short_size);
        let exact = value.map(|value| (value.round() as u64).to_string());
        let title = value.map(|value| format!("{} parameters", numbers::exact(value.round() as u64)));
        let aside = match by_use {
            Some(by_use) if measure != Measure::Models => format!("by use {}", numbers::short_size(by_use)),
            _ => format!(
                "known for {}",
                numbers::percent(sizes.models_known, sizes.models_known + sizes.models_unknown)
            ),
        };
        let id = if name == "Median size" { "median" } else { "mean" };
        figure(name, view! { <data class="number" value=exact.clone() data-exact=exact data-testid=id title=title>{shown}</data> }.into_any(), aside)
    };
    let mut figures = Vec::new();
    if measure != Measure::Models {
        figures.push(figure(
            "In the slice",
            number::count(slice, "slice-measure").into_any(),
            measure.label().to_owned(),
        ));
    }
    figures.push(figure(
        "Share of all",
        number::share(slice, all, "slice-share").into_any(),
        format!("of {}", numbers::short(all)),
    ));
    figures.push(figure(
        "Models",
        number::models(answer.slice.models, "slice-models").into_any(),
        format!("of {}", numbers::exact(answer.unfiltered.models)),
    ));
    let median = |median: Option<u64>| median.map(|median| median as f64);
    figures.push(size(
        "Median size",
        median(sizes.median()),
        median(sizes.median_weighted()),
    ));
    figures.push(size("Mean size", sizes.mean, sizes.mean_weighted));
    figures
}

fn figure(name: &'static str, value: AnyView, aside: String) -> AnyView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd class="value">{value}</dd>
            <dd class="aside">{aside}</dd>
        </div>
    }
    .into_any()
}
