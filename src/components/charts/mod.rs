//! The large charts, each in the frame that all share.

pub mod frame;
mod reading;
mod saving;

use std::sync::Arc;

use atlas_protocol::{Answer, Dataset, Facet, Statistics, TimeAxis};

use crate::charts::concentration::Concentrated;
use crate::charts::leaders::Leaders;
use crate::charts::sizes::{Sizes, Typically};
use crate::charts::time::OverTime;
use crate::charts::typical::Typical;
use crate::charts::{Chart, HEIGHT, time};
use crate::components::buttons::choice;
use crate::components::markup::element;
use crate::components::place::{Live, field, fill_now};
use crate::reactive::*;
use crate::state::view::{Grain, Named, SPLITS, TimeMode, View};
use crate::state::{Atlas, atlas};
use frame::{Shown, chart_frame};

/// A chart that is told anew whenever what `of` reads has changed, while the charts are on the page at all.
fn chart(of: impl Fn(&Atlas) -> Option<Arc<dyn Chart>> + Send + Sync + 'static) -> Memo<Option<Shown>> {
    // Boxed, so that five charts are one kind of memo.
    followed(atlas(), Box::new(of))
}

type Tell = Box<dyn Fn(&Atlas) -> Option<Arc<dyn Chart>> + Send + Sync>;

fn followed(atlas: Atlas, of: Tell) -> Memo<Option<Shown>> {
    Memo::new(move |former: Option<&Option<Shown>>| match former {
        Some(former) if !atlas.explores.get() => former.clone(),
        _ => of(&atlas).map(Shown),
    })
}

/// A chart of the newest totals, which every answer brings.
fn of_totals<C: Chart>(of: impl Fn(&Answer, &Dataset) -> C + Send + Sync + 'static) -> Memo<Option<Shown>> {
    chart(move |atlas| {
        let (answer, dataset) = atlas.answered()?;
        Some(Arc::new(of(&answer, &dataset)))
    })
}

/// A chart of the newest statistics, which follow the answer.
fn of_statistics<C: Chart>(
    of: impl Fn(&Answer, &Statistics, &Dataset) -> C + Send + Sync + 'static,
) -> Memo<Option<Shown>> {
    chart(move |atlas| {
        let (measured, dataset) = atlas.measured().zip(atlas.dataset())?;
        Some(Arc::new(of(&measured.answer, &measured.statistics, &dataset)))
    })
}

/// What the months over which the measure is drawn can be of.
const AXES: [(&str, &str); 2] = [
    (TimeAxis::Published.key(), "Published in"),
    (TimeAxis::Made.key(), "Downloads made in"),
];

/// Measure over time.
pub fn over_time() {
    let atlas = atlas();
    let look = Memo::new(move |_| atlas.view.with(|view| (view.grain, view.over_time)));
    let chart = of_totals(move |answer, dataset| {
        let (grain, mode) = look.get();
        OverTime::new(answer, dataset, grain, mode)
    });
    let axes = move || {
        let has_history = atlas.with_history().is_some();
        let options = if has_history { AXES.to_vec() } else { Vec::new() };
        (options, atlas.view.with(|view| view.query.axis.key()))
    };
    let put_axis = move |key: &str| {
        if let Some(axis) = TimeAxis::from_key(key) {
            atlas.step(|view| view.put_axis(axis));
        }
    };
    fill_now("axis", choice(axes, put_axis));
    fill_now("split", split(atlas));
    let mode = named::<TimeMode>(|view| view.over_time, |view, mode| view.over_time = mode);
    fill_now("over-time-mode", mode);
    fill_now(
        "grain",
        named::<Grain>(|view| view.grain, |view, grain| view.grain = grain),
    );
    chart_frame("over-time", time::height, chart);
}

/// Distribution of sizes.
pub fn sizes() {
    let chart = chart(|atlas| {
        let (answer, dataset) = atlas.answered()?;
        let current = atlas.is_measured();
        let statistics = atlas.measured().map(|measured| Typically {
            sizes: measured.statistics.sizes,
            current,
        });
        Some(Arc::new(Sizes::new(&answer, &dataset, statistics)))
    });
    chart_frame("sizes", |_| HEIGHT, chart);
}

/// Median and mean sizes by year.
pub fn typical_size() {
    chart_frame("typical-size", |_| HEIGHT, of_statistics(Typical::new));
}

/// Concentration.
pub fn concentration() {
    let chart = of_statistics(Concentrated::new);
    chart_frame("concentration", |_| HEIGHT, chart);
}

/// Leading organisations.
pub fn leaders() {
    chart_frame("leaders", |_| HEIGHT, of_totals(Leaders::new));
}

/// The facet by which time is split.
fn split(atlas: Atlas) -> Live {
    let option = move |facet: Facet| {
        let words = atlas.collection().label(facet);
        element("option").with("value", facet.key()).words(words)
    };
    let options = move || {
        let offered = SPLITS.into_iter().filter(|facet| atlas.collection().has(*facet));
        offered.map(option).collect::<Vec<_>>()
    };
    // As the engine answers where the collection does not have the facet.
    let now = move || {
        let asked = atlas.view.with(|view| view.query.split);
        let split = if atlas.collection().has(asked) {
            asked
        } else {
            Facet::Region
        };
        split.key().to_owned()
    };
    field(options, now, move |key| {
        if let Some(facet) = Facet::from_key(key) {
            atlas.step(|view| view.query.split = facet);
        }
    })
}

/// Buttons for one of the page's own choices.
fn named<T: Named + Send + Sync>(of: fn(&View) -> T, put: fn(&mut View, T)) -> Live {
    let atlas = atlas();
    let list = move || {
        let options = T::ALL.iter().map(|(_, key, label)| (*key, *label)).collect();
        (options, atlas.view.with(|view| of(view).key()))
    };
    choice(list, move |key| {
        if let Some(value) = T::from_key(key) {
            atlas.step(|view| put(view, value));
        }
    })
}
