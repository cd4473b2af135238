//! The dialog that turns the slice into a JSON file.

use leptos::prelude::*;

use crate::components::buttons::{Button, buttons};
use crate::components::markup::{Element, element, live};
use crate::numbers;
use crate::platform::page;
use crate::state::export::Export;
use crate::state::sentence::{Piece, sentence};
use crate::state::{Phase, atlas};

/// Id of the dialog in the page.
const DIALOG: &str = "download";

/// Opens the dialog.
pub fn open_download() {
    page::show_dialog(DIALOG, true);
}

/// What the dialog holds.
#[component]
pub fn Download() -> impl IntoView {
    let atlas = atlas();
    let about = live(move || {
        let Some((answer, dataset)) = atlas.answered() else {
            return Vec::new();
        };
        let rows = answer.slice.models;
        let bytes = atlas.measured().map_or(0, |measured| measured.statistics.export.bytes);
        let former = !atlas.is_measured();
        let number = |name, exact: u64, shown| {
            element("strong")
                .with("data-testid", name)
                .with("data-exact", exact.to_string())
                .words(shown)
        };
        let size = element("p")
            .class("export-size")
            .child(number("export-rows", rows, numbers::counted(rows, "row", "rows")))
            .words(", about ")
            .child(number("export-bytes", bytes, numbers::bytes(bytes)).maybe("aria-busy", former.then_some("true")))
            .words(" of JSON.");
        let told: String = sentence(&answer, &dataset).iter().map(Piece::text).collect();
        let partial = element("p").class("warning").words(PARTIAL);
        vec![element("p").words(told), size, element("p").class("muted").words(HOLDS)]
            .into_iter()
            .chain(Some(partial).filter(|_| atlas.phase() != Phase::Complete))
            .collect()
    });
    let list = move || {
        let running = matches!(atlas.export(), Export::Running { .. });
        vec![
            Button::main("export-start", "Download JSON").disabled(running),
            Button::quiet("export-close", if running { "Stop" } else { "Close" }),
        ]
    };
    let press = move |name: &str, _: &str| match name {
        "export-start" => atlas.start_export(),
        _ => {
            atlas.end_export();
            page::show_dialog(DIALOG, false);
        }
    };
    view! {
        <h2>"Download the slice"</h2>
        {about}
        <div class="export-state" role="status" data-testid="export-state">{live(move || state(&atlas.export()))}</div>
        {buttons("dialog-buttons", "Download or close", list, press)}
    }
}

const HOLDS: &str = "The file has the question, the snapshot’s date, sources, checksum and definitions, the totals, and every model of the slice.";
const PARTIAL: &str = "Not all of the snapshot has loaded: the file will say so and hold what has.";

fn state(export: &Export) -> Vec<Element> {
    let line = |name: &'static str, text: String| element("p").with("data-testid", name).words(text);
    match export {
        Export::Idle => Vec::new(),
        Export::Running {
            rows_done,
            rows_total,
            bytes,
            ..
        } => {
            let text = format!(
                "{} of {} rows, {} so far",
                numbers::exact(*rows_done),
                numbers::exact(*rows_total),
                numbers::bytes(*bytes)
            );
            let bar = element("progress")
                .with("max", rows_total.to_string())
                .with("value", rows_done.to_string())
                .with("aria-label", "Rows written");
            vec![bar, line("export-running", text)]
        }
        Export::Saved { rows, bytes, name } => {
            let text = format!(
                "Saved {name}: {}, {}.",
                numbers::counted(*rows, "row", "rows"),
                numbers::bytes(*bytes)
            );
            vec![line("export-saved", text).with("data-exact", rows.to_string())]
        }
        Export::Failed(reason) => vec![line("export-failed", reason.clone()).class("error")],
    }
}
