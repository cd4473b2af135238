//! The dialog that turns the slice into a JSON file.

use crate::components::buttons::{Button, buttons};
use crate::components::markup::{Element, element};
use crate::components::place::{Live, live};
use crate::numbers;
use crate::platform::page;
use crate::state::export::{Content, Export, file_name};
use crate::state::search::repeated;
use crate::state::sentence::{sentence, text};
use crate::state::{Phase, atlas};

/// Id of the dialog in the page.
const DIALOG: &str = "download";

/// Opens the dialog.
pub fn open_download() {
    page::show_dialog(DIALOG, true);
}

/// What the file would hold.
pub fn about_download() -> Live {
    let atlas = atlas();
    live(move || {
        let Some((answer, dataset)) = atlas.answered() else {
            return Vec::new();
        };
        let Some(Content {
            rows,
            bytes,
            search,
            growing,
        }) = atlas.export_content()
        else {
            return Vec::new();
        };
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
            .words(if growing { " of JSON so far." } else { " of JSON." });
        let mut told = vec![element("p").words(text(&sentence(&answer, &dataset))), size];
        if !search.is_empty() {
            let only = format!(
                "Only {} with “{}” in their id.",
                dataset.collection.noun(2),
                repeated(&search)
            );
            let only = element("p").with("data-testid", "export-search").words(only);
            told.insert(1, only);
        }
        let name = file_name(&dataset, rows);
        let holds = format!(
            "{name}: the question, {HOLDS} {} {}.",
            dataset.collection.noun(1),
            if search.is_empty() { "of the slice" } else { "found" }
        );
        told.push(element("p").class("muted").words(holds));
        if growing {
            told.push(element("p").class("warning").words(GROWING));
        }
        if atlas.phase() != Phase::Complete {
            told.push(element("p").class("warning").words(PARTIAL));
        }
        told
    })
}

/// How far the file has come.
pub fn download_state() -> Live {
    let atlas = atlas();
    live(move || state(&atlas.export()))
}

/// To begin, to stop, to close.
pub fn download_buttons() -> Live {
    let atlas = atlas();
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
    buttons(list, press)
}

const HOLDS: &str = "the snapshot’s date, sources, checksum and definitions, the totals, and every";
const GROWING: &str =
    "Ids are still being searched. The file will wait for all of them, and its name will say how many rows it has.";
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
