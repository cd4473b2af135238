//! The frame around a chart: title, drawing with its tooltip, table, files.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use crate::charts::palette::{self, DARK, Ink, LIGHT};
use crate::charts::pen::Pen;
use crate::charts::surface::{DrawFailed, Surface};
use crate::charts::{Chart, Mark, Press};
use crate::numbers;
use crate::platform::page::WidthWatch;
use crate::platform::theme::Theme;
use crate::platform::{address, canvas, files, page};
use crate::state::{Atlas, atlas};

/// A chart to show; a new one is always another one.
#[derive(Clone)]
pub struct Shown(pub Arc<dyn Chart>);

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Width of a picture that is taken away, in CSS pixels, and its density.
const PICTURE: (f64, f64) = (900.0, 2.0);

/// Everything a frame keeps.
#[derive(Clone, Copy)]
struct Frame {
    atlas: Atlas,
    chart: Memo<Option<Shown>>,
    width: RwSignal<f64>,
    /// Rises when the screen changes its density.
    screen: RwSignal<u32>,
    marks: StoredValue<Vec<Mark>>,
    /// Position of the mark pointed at.
    pointed: RwSignal<Option<usize>>,
    failure: RwSignal<Option<String>>,
    as_table: RwSignal<bool>,
    canvas: NodeRef<html::Canvas>,
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
                aria-describedby=format!("hint-{name}") data-testid="chart" data-name=name
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

fn tooltip(frame: Frame) -> Option<AnyView> {
    let at = frame.pointed.get()?;
    let mark = frame.marks.with_value(|marks| marks.get(at).cloned())?;
    let (x, y) = mark.anchor;
    let width = frame.width.get();
    let side = if x > width * 0.6 { "tip left" } else { "tip right" };
    let target = mark.target;
    let band = format!(
        "left:{:.1}px;top:{:.1}px;width:{:.1}px;height:{:.1}px",
        target.left,
        target.top,
        target.right - target.left,
        target.bottom - target.top
    );
    let line = |(colour, name, value): (Option<palette::Colour>, String, String)| {
        let swatch = match colour {
            Some(colour) => view! { <i style=format!("background:{}", palette::css(colour))></i> }.into_any(),
            None => view! { <i class="none"></i> }.into_any(),
        };
        view! { <li>{swatch}<span>{name}</span><b>{value}</b></li> }.into_any()
    };
    let place = format!("left:{x:.1}px;top:{y:.1}px");
    Some(
        view! {
            <div class="band" style=band></div>
            <div class=side style=place data-testid="tooltip">
                <strong>{mark.title}</strong>
                <ul>{mark.lines.into_iter().map(line).collect::<Vec<_>>()}</ul>
            </div>
        }
        .into_any(),
    )
}

fn legend(frame: Frame) -> Option<AnyView> {
    let ink = ink(frame.atlas.theme());
    let entries = frame
        .chart
        .with(|chart| chart.as_ref().map(|chart| chart.0.legend(ink)))?;
    let entry = |(colour, label): (palette::Colour, String)| {
        let pale = if palette::needs_outline(colour, ink) {
            "outlined"
        } else {
            ""
        };
        view! { <li><i class=pale style=format!("background:{}", palette::css(colour))></i>{label}</li> }.into_any()
    };
    (!entries.is_empty())
        .then(|| view! { <ul class="legend">{entries.into_iter().map(entry).collect::<Vec<_>>()}</ul> }.into_any())
}

fn table(frame: Frame) -> Option<AnyView> {
    let (title, sheet) = frame
        .chart
        .with(|chart| chart.as_ref().map(|chart| (chart.0.title(), chart.0.sheet())))?;
    let class = |numeric: bool| if numeric { "numeric" } else { "" };
    let head = sheet
        .columns
        .iter()
        .map(|column| view! { <th scope="col" class=class(column.numeric)>{column.label.clone()}</th> }.into_any());
    let row = |cells: &Vec<crate::charts::sheet::Cell>| {
        let cell = |(cell, column): (&crate::charts::sheet::Cell, &crate::charts::sheet::Column)| {
            view! { <td class=class(column.numeric)>{cell.shown()}</td> }.into_any()
        };
        view! { <tr>{cells.iter().zip(&sheet.columns).map(cell).collect::<Vec<_>>()}</tr> }.into_any()
    };
    Some(
        view! {
            <div class="table-room" tabindex="0" role="region" aria-label=title>
                <table data-testid="chart-table">
                    <thead><tr>{head.collect::<Vec<_>>()}</tr></thead>
                    <tbody>{sheet.rows.iter().map(row).collect::<Vec<_>>()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}

const fn ink(theme: Theme) -> &'static Ink {
    match theme {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

impl Frame {
    fn shown(&self) -> Option<Shown> {
        self.chart.get_untracked()
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
        let ink = ink(untrack(|| self.atlas.theme()));
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

    fn spoken(&self) -> Option<String> {
        let at = self.pointed.get()?;
        self.marks.with_value(|marks| marks.get(at).map(Mark::spoken))
    }

    fn mark_under(&self, event: &leptos::ev::MouseEvent) -> Option<usize> {
        let (area, _) = page::nearest(event, "data-name")?;
        let ((x, y), _) = page::place_in(&area, event);
        self.marks
            .with_value(|marks| marks.iter().position(|mark| mark.target.holds(x, y)))
    }

    fn point(&self, event: &leptos::ev::PointerEvent) {
        let under = self.mark_under(event);
        if self.pointed.get_untracked() != under {
            self.pointed.set(under);
        }
    }

    fn click(&self, event: &leptos::ev::MouseEvent) {
        let under = self.mark_under(event);
        self.press(under);
    }

    fn press(&self, at: Option<usize>) {
        let press = at.and_then(|at| self.marks.with_value(|marks| marks.get(at)?.press.clone()));
        match press {
            Some(Press::Toggle(facet, key)) => self.atlas.toggle(facet, &key),
            Some(Press::Without(facet, key)) => self.atlas.without(facet, &key),
            None => {}
        }
    }

    fn key(&self, event: &leptos::ev::KeyboardEvent) {
        let now = self.pointed.get_untracked();
        let next = self.marks.with_value(|marks| {
            let stops: Vec<usize> = (0..marks.len()).filter(|at| marks[*at].stop).collect();
            let after = || {
                stops
                    .iter()
                    .find(|at| now.is_none_or(|now| **at > now))
                    .or(stops.last())
                    .copied()
            };
            let before = || {
                stops
                    .iter()
                    .rfind(|at| now.is_none_or(|now| **at < now))
                    .or(stops.first())
                    .copied()
            };
            match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => Some(after()),
                "ArrowLeft" | "ArrowUp" => Some(before()),
                "Home" => Some(stops.first().copied()),
                "End" => Some(stops.last().copied()),
                "Escape" => Some(None),
                _ => None,
            }
        });
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            self.press(now);
        } else if let Some(next) = next {
            event.prevent_default();
            self.pointed.set(next);
        }
    }

    fn save(&self, kind: &'static str) {
        let Some(Shown(chart)) = self.shown() else { return };
        let name = format!("hub-atlas-{}.{kind}", chart.name());
        let saved = match kind {
            "csv" => files::save_text(&chart.sheet().csv(), &name, "text/csv"),
            "json" => {
                let text = chart.sheet().json(&chart.title(), &self.source(), &address::whole());
                files::save_text(&text, &name, "application/json")
            }
            "svg" => self
                .svg(chart.as_ref())
                .map_err(|failure| failure.to_string())
                .and_then(|text| files::save_text(&text, &name, "image/svg+xml")),
            _ => self.png(chart.as_ref(), name).map_err(|failure| failure.to_string()),
        };
        self.failure.set(saved.err());
    }

    /// Where the numbers come from, for files that leave the page.
    fn source(&self) -> String {
        let dataset = untrack(|| self.atlas.dataset());
        dataset.map_or_else(String::new, |dataset| {
            let kind = if dataset.synthetic {
                "synthetic sample"
            } else {
                "snapshot"
            };
            format!(
                "Hub Atlas, {kind} of {}, {}",
                numbers::day(&dataset.taken_on),
                dataset.checksum
            )
        })
    }

    fn svg(&self, chart: &dyn Chart) -> Result<String, DrawFailed> {
        let mut text = String::new();
        let (width, _) = PICTURE;
        let size = (width as u32, chart.height(width) as u32);
        let pen = Pen::new(
            Surface::Svg(plotters_svg::SVGBackend::with_string(&mut text, size)),
            1.0,
            ink(untrack(|| self.atlas.theme())),
        );
        chart.draw(&pen);
        pen.finish()?;
        Ok(text)
    }

    fn png(&self, chart: &dyn Chart, name: String) -> Result<(), DrawFailed> {
        let canvas = canvas::detached().ok_or_else(|| DrawFailed::because("this browser gives no canvas"))?;
        let (width, density) = PICTURE;
        let surface = canvas::surface(&canvas, width, chart.height(width), density)?;
        let pen = Pen::new(surface, density, ink(untrack(|| self.atlas.theme())));
        chart.draw(&pen);
        pen.finish()?;
        canvas::png(&canvas, move |blob| {
            files::save_blob(&blob, &name);
        })
    }
}
