//! Reading a chart: tooltip, legend, table; pointing at marks and pressing them.

use leptos::prelude::*;

use super::frame::{Frame, ink};
use crate::charts::sheet::{Cell, Column};
use crate::charts::{Mark, Press, palette};
use crate::platform::page;

/// The tooltip of the mark pointed at.
pub(super) fn tooltip(frame: Frame) -> Option<AnyView> {
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

/// What the colours stand for, where the drawing does not say it.
pub(super) fn legend(frame: Frame) -> Option<AnyView> {
    let ink = ink(frame.atlas.theme());
    let entries = frame
        .chart
        .with(|chart| chart.as_ref().map(|chart| chart.0.legend(frame.width.get(), ink)))?;
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

/// The numbers of the chart.
pub(super) fn table(frame: Frame) -> Option<AnyView> {
    let (title, sheet) = frame
        .chart
        .with(|chart| chart.as_ref().map(|chart| (chart.0.title(), chart.0.sheet())))?;
    let class = |numeric: bool| if numeric { "numeric" } else { "" };
    let head = sheet
        .columns
        .iter()
        .map(|column| view! { <th scope="col" class=class(column.numeric)>{column.label.clone()}</th> }.into_any());
    let row = |cells: &Vec<Cell>| {
        let cell =
            |(cell, column): (&Cell, &Column)| view! { <td class=class(column.numeric)>{cell.shown()}</td> }.into_any();
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

impl Frame {
    /// Whether a press on what is pointed at does anything.
    pub(super) fn can_press(&self) -> bool {
        let pointed = self.pointed.get();
        pointed.is_some_and(|at| {
            self.marks
                .with_value(|marks| marks.get(at).is_some_and(|mark| mark.press.is_some()))
        })
    }

    /// What is pointed at, in words.
    pub(super) fn spoken(&self) -> Option<String> {
        let at = self.pointed.get()?;
        self.marks.with_value(|marks| marks.get(at).map(Mark::spoken))
    }

    fn mark_under(&self, event: &leptos::ev::MouseEvent) -> Option<usize> {
        let (area, _) = page::nearest(event, "data-name")?;
        let ((x, y), _) = page::place_in(&area, event);
        self.marks
            .with_value(|marks| marks.iter().position(|mark| mark.target.holds(x, y)))
    }

    /// Points at what is under the pointer.
    pub(super) fn point(&self, event: &leptos::ev::PointerEvent) {
        let under = self.mark_under(event);
        if self.pointed.get_untracked() != under {
            self.pointed.set(under);
        }
    }

    /// Does what a press on a mark does.
    pub(super) fn click(&self, event: &leptos::ev::MouseEvent) {
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

    /// Moves through the marks, or presses the one pointed at, with the keyboard.
    pub(super) fn key(&self, event: &leptos::ev::KeyboardEvent) {
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
}
