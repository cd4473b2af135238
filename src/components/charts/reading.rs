//! Reading a chart: tooltip, legend, table; pointing at marks and pressing them.

use super::frame::Frame;
use crate::charts::palette::{self, Ink};
use crate::charts::pen::Frame as Extent;
use crate::charts::sheet::{Cell, Column};
use crate::charts::{Chart, Mark, Press};
use crate::components::markup::{Element, element};
use crate::numbers::tenths;
use crate::platform::page::{self, PageEvent};
use crate::reactive::*;

/// The tooltip of the mark pointed at, with its words for a screen reader.
pub(super) fn tooltip(frame: Frame) -> Vec<Element> {
    let mark = frame
        .pointed
        .get()
        .and_then(|at| frame.marks.with_value(|marks| marks.get(at).cloned()));
    let spoken = mark.as_ref().map(Mark::spoken).unwrap_or_default();
    let mut shown = vec![element("p").class("unseen").with("role", "status").words(spoken)];
    let Some(mark) = mark else { return shown };
    let Extent {
        left,
        top,
        right,
        bottom,
    } = mark.target;
    let band = format!(
        "left:{}px;top:{}px;width:{}px;height:{}px",
        tenths(left),
        tenths(top),
        tenths(right - left),
        tenths(bottom - top)
    );
    let class = if mark.press.is_some() { "band pressable" } else { "band" };
    shown.push(element("div").class(class).with("style", band));
    let line = |(colour, name, value): (Option<palette::Colour>, String, String)| {
        let swatch = element("i").maybe(
            "style",
            colour.map(|colour| format!("background:{}", palette::css(colour))),
        );
        element("li")
            .child(swatch)
            .child(element("span").words(name))
            .child(element("b").words(value))
    };
    let (x, y) = mark.anchor;
    let side = if x > frame.width.get_untracked() * 0.6 {
        "tip left"
    } else {
        "tip right"
    };
    let tip = element("div")
        .class(side)
        .with("style", format!("left:{}px;top:{}px", tenths(x), tenths(y)))
        .with("data-testid", "tooltip")
        .child(element("strong").words(mark.title))
        .child(element("ul").children(mark.lines.into_iter().map(line)));
    shown.push(tip);
    shown
}

/// What the colours stand for, where the drawing does not say it.
pub(super) fn legend(chart: &dyn Chart, width: f64, ink: &Ink) -> Element {
    let entry = |(colour, label): (palette::Colour, String)| {
        let pale = if palette::needs_outline(colour, ink) {
            "outlined"
        } else {
            ""
        };
        let swatch = element("i")
            .class(pale)
            .with("style", format!("background:{}", palette::css(colour)));
        element("li").child(swatch).words(label)
    };
    element("ul")
        .class("legend")
        .children(chart.legend(width, ink).into_iter().map(entry))
}

/// The numbers of the chart.
pub(super) fn table(chart: &dyn Chart) -> Element {
    let sheet = chart.sheet();
    let class = |numeric: bool| if numeric { "numeric" } else { "" };
    let heading = |column: &Column| {
        element("th")
            .with("scope", "col")
            .class(class(column.numeric))
            .words(column.label.clone())
    };
    let row = |cells: &Vec<Cell>| {
        let cell = |(cell, column): (&Cell, &Column)| element("td").class(class(column.numeric)).words(cell.shown());
        element("tr").children(cells.iter().zip(&sheet.columns).map(cell))
    };
    let head = element("thead").child(element("tr").children(sheet.columns.iter().map(heading)));
    let body = element("tbody").children(sheet.rows.iter().map(row));
    element("div")
        .class("table-room")
        .with("tabindex", "0")
        .with("role", "region")
        .with("aria-label", chart.title())
        .child(
            element("table")
                .with("data-testid", "chart-table")
                .child(head)
                .child(body),
        )
}

impl Frame {
    fn mark_under(&self, event: &PageEvent) -> Option<usize> {
        let (area, _) = page::nearest(event, "data-name")?;
        let ((x, y), _) = page::place_in(&area, event)?;
        self.marks
            .with_value(|marks| marks.iter().position(|mark| mark.target.holds(x, y)))
    }

    /// Points at what is under the pointer.
    pub(super) fn point(&self, event: &PageEvent) {
        let under = self.mark_under(event);
        if self.pointed.get_untracked() != under {
            self.pointed.set(under);
        }
    }

    /// Does what a press on a mark does.
    pub(super) fn click(&self, event: &PageEvent) {
        let under = self.mark_under(event);
        self.press(under);
    }

    fn press(&self, at: Option<usize>) {
        let press = at.and_then(|at| self.marks.with_value(|marks| marks.get(at)?.press.clone()));
        match press {
            Some(Press::Toggle(facet, key)) => self.atlas.toggle(facet, &key),
            Some(Press::Without(facet, key)) => self.atlas.without(facet, &key),
            Some(Press::Made(months)) => self.atlas.step(|view| view.query.made = months),
            None => {}
        }
    }

    /// Moves through the marks, or presses the one pointed at, with the keyboard.
    pub(super) fn key(&self, event: &PageEvent) {
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
            match page::key_name(event).as_str() {
                "ArrowRight" | "ArrowDown" => Some(after()),
                "ArrowLeft" | "ArrowUp" => Some(before()),
                "Home" => Some(stops.first().copied()),
                "End" => Some(stops.last().copied()),
                "Escape" => Some(None),
                _ => None,
            }
        });
        if matches!(page::key_name(event).as_str(), "Enter" | " ") {
            event.prevent_default();
            self.press(now);
        } else if let Some(next) = next {
            event.prevent_default();
            self.pointed.set(next);
        }
    }
}
