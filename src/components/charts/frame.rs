//! The frame around a chart: title, drawing with its tooltip, table, files.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::reading::{legend, table, tooltip};
use crate::charts::palette::{DARK, Ink, LIGHT};
use crate::charts::pen::Pen;
use crate::charts::{Chart, Mark};
use crate::platform::page::WidthWatch;
use crate::platform::theme::Theme;
use crate::platform::{canvas, page};
use crate::state::{Atlas, atlas};

/// A chart to show; a new one is always another one.
#[derive(Clone)]
pub struct Shown(pub Arc<dyn Chart>);

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Everything a frame keeps.
#[derive(Clone, Copy)]
pub struct Frame {
    pub(super) atlas: Atlas,
    pub(super) chart: Memo<Option<Shown>>,
    pub(super) width: RwSignal<f64>,
    /// Rises when the screen changes its density.
    pub(super) screen: RwSignal<u32>,
    pub(super) marks: StoredValue<Vec<Mark>>,
    /// Position of the mark pointed at.
    pub(super) pointed: RwSignal<Option<usize>>,
    pub(super) failure: RwSignal<Option<String>>,
    pub(super) as_table: RwSignal<bool>,
    pub(super) canvas: NodeRef<html::Canvas>,
}

/// A chart in its frame. `name` is its id in the page.
pub fn chart_frame(name: &'static str, chart: Memo<Option<Shown>>, controls: AnyView) -> AnyView {
    let frame = Frame {
        atlas: atlas(),
        chart,
        width: RwSignal::new(0.0),
        screen: RwSignal::new(0),
        marks: StoredValue::new(Vec::new()),
        pointed: RwSignal::new(None),
        failure: RwSignal::new(None),
        as_table: RwSignal::new(false),
        canvas: NodeRef::new(),
    };
    let plot = NodeRef::<html::Div>::new();
    let watch = StoredValue::new_local(None::<WidthWatch>);
    Effect::new(move |_| {
        if let Some(plot) = plot.get() {
            watch.set_value(WidthWatch::new(&plot, move |width| frame.width.set(width)));
        }
    });
    page::on_density_change(move || frame.screen.update(|screen| *screen = screen.wrapping_add(1)));
    let waiting = StoredValue::new(false);
    Effect::new(move |_| {
        frame.chart.track();
        frame.width.track();
        frame.screen.track();
        frame.as_table.track();
        frame.atlas.theme();
        // One drawing a frame, however many of these change.
        if !waiting.get_value() {
            waiting.set_value(true);
            page::before_paint(move || {
                waiting.set_value(false);
                frame.draw();
            });
        }
    });
    let title = move || frame.chart.with(|chart| chart.as_ref().map(|chart| chart.0.title()));
    let note = move || frame.chart.with(|chart| chart.as_ref().map(|chart| chart.0.note()));
    let table_label = move || if frame.as_table.get() { "Chart" } else { "Table" };
    let has_none = move || frame.chart.with(Option::is_none);
    let file = move |kind: &'static str, label: &'static str| {
        let title = format!("Save {label} of this chart");
        view! { <button type="button" class="quiet" data-testid="save" data-value=kind title=title disabled=has_none on:click=move |_| frame.save(kind)>{label}</button> }.into_any()
    };
    view! {
        <div class="chart-head">
            <h2 id=format!("title-{name}")>{title}</h2>
            <div class="controls">{controls}</div>
        </div>
        <div class="plot" node_ref=plot>{drawing(frame, name)}</div>
        <div class="legend-room">{move || legend(frame)}</div>
        <p class="note muted">{note}</p>
        <div class="files">
            <button type="button" class="quiet" data-testid="as-table" aria-pressed=move || frame.as_table.get().to_string() disabled=has_none
                on:click=move |_| frame.as_table.update(|table| *table = !*table)>{table_label}</button>
            {file("png", "PNG")} {file("svg", "SVG")} {file("csv", "CSV")} {file("json", "JSON")}
        </div>
    }
    .into_any()
}

fn drawing(frame: Frame, name: &'static str) -> AnyView {
    let height = move || {
        let height = frame
            .chart
            .with(|chart| chart.as_ref().map(|chart| chart.0.height(frame.width.get())));
        height.map(|height| format!("height:{height}px"))
    };
    let summary = move || frame.chart.with(|chart| chart.as_ref().map(|chart| chart.0.summary()));
    let empty = move || {
        frame
            .chart
            .with(|chart| chart.as_ref().is_some_and(|chart| chart.0.is_empty()))
    };
    let message = move || match frame.failure.get() {
        Some(failure) => Some(failure),
        None => empty().then(|| "Nothing in the slice to draw here.".to_owned()),
    };
    view! {
        <div class="canvas-room" style=height class:gone=move || frame.as_table.get()>
            <div class="pointing" role="application" aria-roledescription="chart" tabindex="0" aria-label=summary
                aria-describedby=format!("hint-{name}") class:pressable=move || frame.can_press() data-testid="chart" data-name=name
                on:pointermove=move |event| frame.point(&event) on:pointerleave=move |_| frame.pointed.set(None)
                on:click=move |event| frame.click(&event) on:keydown=move |event| frame.key(&event) on:blur=move |_| frame.pointed.set(None)>
                <canvas node_ref=frame.canvas aria-hidden="true"></canvas>
                {move || tooltip(frame)}
            </div>
            <p class="unseen" id=format!("hint-{name}")>"Arrow keys move through the chart, Enter filters by what is pointed at, Escape leaves."</p>
            <p class="unseen" role="status">{move || frame.spoken()}</p>
            <p class="empty muted">{message}</p>
        </div>
        {move || frame.as_table.get().then(|| table(frame))}
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
    /// The chart in force, without following it.
    pub(super) fn shown(&self) -> Option<Shown> {
        self.chart.get_untracked()
    }

    /// The inks in force, without following them.
    pub(super) fn ink(&self) -> &'static Ink {
        ink(untrack(|| self.atlas.theme()))
    }

    fn draw(&self) {
        let (Some(Shown(chart)), Some(canvas)) = (self.shown(), self.canvas.get_untracked()) else {
            return;
        };
        let width = self.width.get_untracked();
        if width < 1.0 || self.as_table.get_untracked() {
            return;
        }
        let density = canvas::density();
        let ink = self.ink();
        let drawn = canvas::surface(&canvas, width, chart.height(width), density).and_then(|surface| {
            let pen = Pen::new(surface, density, ink);
            let marks = if chart.is_empty() { Vec::new() } else { chart.draw(&pen) };
            pen.finish().map(|()| marks)
        });
        let (marks, failure) = match drawn {
            Ok(marks) => (marks, None),
            Err(failure) => (Vec::new(), Some(failure.to_string())),
        };
        self.pointed
            .update(|pointed| *pointed = pointed.filter(|at| *at < marks.len()));
        self.marks.set_value(marks);
        if self.failure.with_untracked(|now| *now != failure) {
            self.failure.set(failure);
        }
    }
}
