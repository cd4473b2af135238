//! The frame around a chart: title, drawing with its tooltip, table, files.

use std::sync::Arc;

use super::reading::{legend, table, tooltip};
use crate::charts::palette::{DARK, Ink, LIGHT};
use crate::charts::pen::Pen;
use crate::charts::{Chart, Mark};
use crate::components::buttons::{Button, buttons};
use crate::components::markup::Element;
use crate::components::place::{Live, fill_now, follow, live};
use crate::platform::page::{PageEvent, Seen, Watch};
use crate::platform::theme::Theme;
use crate::platform::{canvas, page};
use crate::reactive::*;
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
    /// The chart’s name, with which the ids of its places end in index.html.
    name: &'static str,
}

/// Fills the frame that index.html holds for a chart of this name.
///
/// `height` is that of the chart at a width, in CSS pixels, so that its room is kept before there is one.
pub fn chart_frame(name: &'static str, height: fn(f64) -> f64, chart: Memo<Option<Shown>>) {
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
        name,
    };
    frame.fill("title", live(move || frame.told(|chart| chart.title())));
    frame.fill("tip", live(move || tooltip(frame)));
    frame.fill("empty", live(move || frame.message()));
    frame.fill("table", live(move || frame.table()));
    frame.fill("legend", live(move || frame.legend()));
    frame.fill("note", live(move || frame.told(|chart| chart.note())));
    let press = move |name: &str, kind: &str| match name {
        "as-table" => frame.as_table.update(|table| *table = !*table),
        _ => frame.save(kind),
    };
    frame.fill("files", buttons(move || frame.files(), press));
    page::on_events(&frame.id("pointing"), &EVENTS, move |event| frame.hear(event));
    follow(move || {
        page::mark(
            &frame.id("pointing"),
            "aria-label",
            &frame.told(|chart| chart.summary()),
        )
    });
    follow(move || page::mark(&frame.id("room"), "style", &frame.room(height)));
    // A chart out of sight follows nothing, and is drawn as things stand when it comes into sight.
    follow(move || {
        if frame.in_sight.get() {
            frame.draw();
        }
    });
    frame.watch();
}

/// What a chart hears.
const EVENTS: [&str; 5] = ["pointermove", "pointerleave", "click", "keydown", "blur"];

/// The inks of a theme.
pub(super) const fn ink(theme: Theme) -> &'static Ink {
    match theme {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

impl Frame {
    /// The id of one of its places.
    fn id(&self, place: &str) -> String {
        format!("{place}-{}", self.name)
    }

    fn fill(&self, place: &str, live: Live) {
        fill_now(&self.id(place), live);
    }

    /// Follows how wide it is, whether it is in sight, and when it is printed.
    fn watch(self) {
        let seen = move |seen| match seen {
            Seen::Width(width) => self.width.set(width),
            Seen::InSight(in_sight) => self.in_sight.set(in_sight),
        };
        // The page ends with its tab.
        std::mem::forget(page::element(&self.id("plot")).and_then(|plot| Watch::new(&plot, seen)));
        page::on_window("resize", move || {
            let density = canvas::density();
            if self.density.get_untracked() != density {
                self.density.set(density);
            }
        });
        // Paper shows what the screen does not.
        page::on_window("beforeprint", move || untrack(|| self.draw()));
    }

    /// Does what an event in the chart asks for.
    fn hear(&self, event: &PageEvent) {
        match event.type_().as_str() {
            "pointermove" => self.point(event),
            "click" => self.click(event),
            "keydown" => self.key(event),
            _ => self.pointed.set(None),
        }
    }

    /// The style of the room it is drawn in.
    fn room(&self, height: fn(f64) -> f64) -> String {
        let width = self.width.get();
        if self.as_table.get() {
            "display:none".to_owned()
        } else if width > 0.0 {
            format!("height:{}px", height(width) as u32)
        } else {
            // The style sheet’s height, until there is a width.
            String::new()
        }
    }

    /// What is said in the place of a drawing.
    fn message(&self) -> String {
        let empty = self.of_chart(|chart| chart.is_empty()) == Some(true);
        let message = if empty {
            "Nothing in the slice to draw here."
        } else {
            ""
        };
        self.failure.get().unwrap_or_else(|| message.to_owned())
    }

    fn table(&self) -> Vec<Element> {
        let table = self.as_table.get().then(|| self.of_chart(table));
        table.flatten().into_iter().collect()
    }

    fn legend(&self) -> Vec<Element> {
        let legend = |chart: &dyn Chart| legend(chart, self.width.get(), ink(self.atlas.theme()));
        self.of_chart(legend).into_iter().collect()
    }

    /// The buttons below it.
    fn files(&self) -> Vec<Button> {
        let none = self.chart.with(Option::is_none);
        let table = self.as_table.get();
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
    }

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
        let (Some(Shown(chart)), Some(canvas)) = (self.chart.get(), canvas::of(&self.id("canvas"))) else {
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
