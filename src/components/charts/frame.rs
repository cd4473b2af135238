//! The frame around a chart: title, drawing with its tooltip, table, files.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::reading::{legend, table, tooltip};
use crate::charts::palette::{DARK, Ink, LIGHT};
use crate::charts::pen::Pen;
use crate::charts::{Chart, Mark};
use crate::components::buttons::{Button, buttons};
use crate::components::markup::{element, live};
use crate::platform::page::{Seen, Watch};
use crate::platform::theme::Theme;
use crate::platform::{canvas, page};
use crate::state::{Atlas, atlas};

/// A chart to show; one that says the same as another is not drawn again.
#[derive(Clone)]
pub struct Shown(pub Arc<dyn Chart>);

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        self.0.is_same(other.0.as_ref())
    }
}

/// Everything a frame keeps.
#[derive(Clone, Copy)]
pub struct Frame {
    pub(super) atlas: Atlas,
    pub(super) chart: Memo<Option<Shown>>,
    pub(super) width: RwSignal<f64>,
    /// Device pixels to a CSS pixel.
    pub(super) density: RwSignal<f64>,
    /// Whether it is on the screen, or close to it.
    pub(super) in_sight: RwSignal<bool>,
    pub(super) marks: StoredValue<Vec<Mark>>,
    /// Position of the mark pointed at.
    pub(super) pointed: RwSignal<Option<usize>>,
    pub(super) failure: RwSignal<Option<String>>,
    pub(super) as_table: RwSignal<bool>,
    pub(super) canvas: NodeRef<html::Canvas>,
}

/// A chart in its frame. `name` is its id in the page.
///
/// `height` is that of the chart at a width, in CSS pixels, so that its room is kept before there is one.
pub fn chart_frame(
    name: &'static str,
    height: fn(f64) -> f64,
    chart: Memo<Option<Shown>>,
    controls: AnyView,
) -> AnyView {
    let frame = Frame {
        atlas: atlas(),
        chart,
        width: RwSignal::new(0.0),
        density: RwSignal::new(canvas::density()),
        in_sight: RwSignal::new(false),
        marks: StoredValue::new(Vec::new()),
        pointed: RwSignal::new(None),
        failure: RwSignal::new(None),
        as_table: RwSignal::new(false),
        canvas: NodeRef::new(),
    };
    let plot = NodeRef::<html::Div>::new();
    let watch = StoredValue::new_local(None::<Watch>);
    Effect::new(move |_| {
        if let Some(plot) = plot.get() {
            watch.set_value(Watch::new(&plot, move |seen| match seen {
                Seen::Width(width) => frame.width.set(width),
                Seen::InSight(in_sight) => frame.in_sight.set(in_sight),
            }));
        }
    });
    // A chart out of sight follows nothing, and is drawn as things stand when it comes into sight.
    Effect::new(move |_| {
        if frame.in_sight.get() {
            frame.draw();
        }
    });
    page::on_window("resize", move || {
        let density = canvas::density();
        if frame.density.get_untracked() != density {
            frame.density.set(density);
        }
    });
    // Paper shows what the screen does not.
    page::on_window("beforeprint", move || untrack(|| frame.draw()));
    let files = move || {
        let none = frame.chart.with(Option::is_none);
        let table = frame.as_table.get();
        let table = Button {
            pressed: Some(table),
            ..Button::quiet("as-table", if table { "Chart" } else { "Table" })
        };
        let file = |(kind, label): (&'static str, &'static str)| Button {
            value: kind,
            ..Button::quiet("save", label).title(format!("Save {label} of this chart"))
        };
        let files = [("png", "PNG"), ("svg", "SVG"), ("csv", "CSV"), ("json", "JSON")].map(file);
        std::iter::once(table)
            .chain(files)
            .map(|button| button.disabled(none))
            .collect()
    };
    let press = move |name: &str, kind: &str| match name {
        "as-table" => frame.as_table.update(|table| *table = !*table),
        _ => frame.save(kind),
    };
    let title = live(move || frame.told(|chart| chart.title()));
    let below = live(move || {
        let legend = |chart: &dyn Chart| legend(chart, frame.width.get(), ink(frame.atlas.theme()));
        let legend = element("div").class("legend-room").children(frame.of_chart(legend));
        vec![
            legend,
            element("p").class("note muted").words(frame.told(|chart| chart.note())),
        ]
    });
    let as_table = live(move || {
        let table = frame.as_table.get().then(|| frame.of_chart(table));
        table.flatten().into_iter().collect::<Vec<_>>()
    });
    view! {
        <div class="chart-head">
            <h2 id=format!("title-{name}")>{title}</h2>
            <div class="controls">{controls}</div>
        </div>
        <div class="plot" node_ref=plot>{drawing(frame, name, height)} {as_table}</div>
        {below}
        {buttons("files", "Table and files", files, press)}
    }
    .into_any()
}

fn drawing(frame: Frame, name: &'static str, height: fn(f64) -> f64) -> AnyView {
    let height = move || {
        let width = frame.width.get();
        if frame.as_table.get() {
            "display:none".to_owned()
        } else if width > 0.0 {
            format!("height:{}px", height(width) as u32)
        } else {
            // The style sheet’s height, until there is a width.
            String::new()
        }
    };
    let message = live(move || {
        let empty = frame.of_chart(|chart| chart.is_empty()) == Some(true);
        let message = if empty {
            "Nothing in the slice to draw here."
        } else {
            ""
        };
        frame.failure.get().unwrap_or_else(|| message.to_owned())
    });
    let hint = format!("hint-{name}");
    view! {
        <div class="canvas-room" style=height>
            <div class="pointing" role="application" aria-roledescription="chart" tabindex="0" aria-label=move || frame.told(|chart| chart.summary())
                aria-describedby=hint.clone() data-testid="chart" data-name=name
                on:pointermove=move |event| frame.point(&event) on:pointerleave=move |_| frame.pointed.set(None)
                on:click=move |event| frame.click(&event) on:keydown=move |event| frame.key(&event) on:blur=move |_| frame.pointed.set(None)>
                <canvas node_ref=frame.canvas aria-hidden="true"></canvas>
                {live(move || tooltip(frame))}
            </div>
            <p class="unseen" id=hint>"Arrow keys move through the chart, Enter filters by what is pointed at, Escape leaves."</p>
            <p class="empty muted">{message}</p>
        </div>
    }
    .into_any()
}

/// The inks of a theme.
pub(super) const fn ink(theme: Theme) -> &'static Ink {
    match theme {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

impl Frame {
    fn of_chart<T>(&self, tell: impl FnOnce(&dyn Chart) -> T) -> Option<T> {
        self.chart
            .with(|chart| chart.as_ref().map(|chart| tell(chart.0.as_ref())))
    }

    fn told(&self, tell: fn(&dyn Chart) -> String) -> String {
        self.of_chart(tell).unwrap_or_default()
    }

    /// The chart in force, without following it. Files are made of it, whatever the canvas shows.
    pub(super) fn shown(&self) -> Option<Shown> {
        self.chart.get_untracked()
    }

    /// The inks in force, without following them.
    pub(super) fn ink(&self) -> &'static Ink {
        ink(untrack(|| self.atlas.theme()))
    }

    /// Draws the chart in force. There is nothing to draw before there is one, nor while its table is shown.
    fn draw(&self) {
        let (Some(Shown(chart)), Some(canvas)) = (self.chart.get(), self.canvas.get()) else {
            return;
        };
        let (width, density, ink) = (self.width.get(), self.density.get(), ink(self.atlas.theme()));
        if width < 1.0 || self.as_table.get() {
            return;
        }
        let drawn = canvas::surface(&canvas, width, chart.height(width), density).and_then(|surface| {
            let pen = Pen::new(surface, density, ink);
            let marks = if chart.is_empty() { Vec::new() } else { chart.draw(&pen) };
            pen.finish().map(|()| marks)
        });
        let (marks, failure) = match drawn {
            Ok(marks) => (marks, None),
            Err(failure) => (Vec::new(), Some(failure.to_string())),
        };
        let pointed = self.pointed.get_untracked();
        let there = pointed.filter(|at| *at < marks.len());
        self.marks.set_value(marks);
        // The tooltip tells what the mark means in the new drawing.
        if pointed.is_some() {
            self.pointed.set(there);
        }
        if self.failure.with_untracked(|now| *now != failure) {
            self.failure.set(failure);
        }
    }
}
