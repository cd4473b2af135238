//! The key figures of the slice.

use atlas_protocol::{Answer, Facet, Measure};

use super::markup::{Element, element};
use super::number::{Number, number};
use super::place::{Live, live};
use crate::numbers;
use crate::state::counted::Counted;
use crate::state::{Measured, atlas};

/// One figure: its heading, its number, a word about it, and whether it still belongs to a former slice.
struct Figure(String, Number, String, bool);

/// Measure, share, models, median and mean size.
pub fn figures() -> Live {
    let atlas = atlas();
    live(move || {
        let figures = atlas.answered().map_or_else(blank, |(answer, dataset)| {
            let mut figures = totals(&answer, &Counted::of(&answer.query, &dataset));
            if dataset.collection.has(Facet::Size) {
                figures.extend(sizes(atlas.measured().as_deref(), !atlas.is_measured()));
            }
            figures
        });
        element("dl").class("figures").children(figures.into_iter().map(figure))
    })
}

/// A figure that is not known yet, as tall as one that is.
fn unknown(heading: &str) -> Figure {
    Figure(heading.to_owned(), Number::size(None, ""), "\u{a0}".to_owned(), false)
}

fn blank() -> Vec<Figure> {
    ["In the slice", "Share of all", "Models", MEDIAN, MEAN]
        .map(unknown)
        .into()
}

const MEDIAN: &str = "Median size";
const MEAN: &str = "Mean size";

fn totals(answer: &Answer, counted: &Counted) -> Vec<Figure> {
    let measure = answer.query.measure;
    let (slice, all) = (answer.slice.of(measure), answer.unfiltered.of(measure));
    let mut figures = Vec::new();
    if measure != Measure::Models {
        let number = Number::count(slice, "slice-measure");
        figures.push(Figure(
            "In the slice".to_owned(),
            number,
            counted.label().to_owned(),
            false,
        ));
    }
    let number = Number::share(slice, all, "slice-share");
    figures.push(Figure(
        "Share of all".to_owned(),
        number,
        format!("of {}", numbers::short(all)),
        false,
    ));
    let number = Number::models(answer.slice.models, "slice-models");
    let whole = format!("of {}", numbers::exact(answer.unfiltered.models));
    figures.push(Figure(counted.many_title().to_owned(), number, whole, false));
    figures
}

/// What the statistics say of the slice, or of the one before it.
fn sizes(measured: Option<&Measured>, former: bool) -> [Figure; 2] {
    let Some(measured) = measured else {
        return [MEDIAN, MEAN].map(unknown);
    };
    let measure = measured.answer.query.measure;
    let sizes = &measured.statistics.sizes;
    let by_use = |by_use: Option<f64>| match by_use {
        Some(by_use) if measure != Measure::Models => format!("by use {}", numbers::short_size(by_use)),
        _ => format!(
            "known for {}",
            numbers::percent(sizes.models_known, sizes.models_known + sizes.models_unknown)
        ),
    };
    let whole = |median: u64| median as f64;
    let median = Number::size(sizes.median().map(whole), "median");
    [
        Figure(
            MEDIAN.to_owned(),
            median,
            by_use(sizes.median_weighted().map(whole)),
            former,
        ),
        Figure(
            MEAN.to_owned(),
            Number::size(sizes.mean, "mean"),
            by_use(sizes.mean_weighted),
            former,
        ),
    ]
}

fn figure(Figure(heading, value, aside, former): Figure) -> Element {
    element("div")
        .class("figure")
        .maybe("aria-busy", former.then_some("true"))
        .child(element("dt").words(heading))
        .child(element("dd").class("value").child(number(value)))
        .child(element("dd").class("aside").words(aside))
}
