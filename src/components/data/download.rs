//! The dialog that turns the slice into a JSON file.

use leptos::prelude::*;

use crate::numbers;
use crate::platform::page;
use crate::state::export::Export;
use crate::state::sentence::{Piece, sentence};
use crate::state::{Atlas, Phase, atlas};

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
    let slice = move || {
        let answered = atlas.answered();
        answered.map(|(answer, dataset)| sentence(&answer, &dataset).iter().map(Piece::text).collect::<String>())
    };
    let size = move || {
        let measured = atlas.answer().and_then(|answer| answer.statistics.clone());
        measured.map(|statistics| {
            let export = statistics.export;
            view! {
                <p class="export-size">
                    <strong data-testid="export-rows" data-exact=export.rows.to_string()>{numbers::counted(export.rows, "row", "rows")}</strong>
                    ", about "
                    <strong data-testid="export-bytes" data-exact=export.bytes.to_string()>{numbers::bytes(export.bytes)}</strong>
                    " of JSON."
                </p>
            }
        })
    };
    let partial = move || {
        (atlas.phase() != Phase::Complete)
            .then_some("Not all of the snapshot has loaded: the file will say so and hold what has.")
    };
    let close = move |_| {
        atlas.end_export();
        page::show_dialog(DIALOG, false);
    };
    view! {
        <h2>"Download the slice"</h2>
        <p>{slice}</p>
        {size}
        <p class="muted">"The file has the question, the snapshot’s date, sources, checksum and definitions, the totals, and every model of the slice."</p>
        <p class="warning">{partial}</p>
        <div class="export-state" role="status" data-testid="export-state">{move || state(&atlas.export())}</div>
        <div class="dialog-buttons">
            {move || start(atlas)}
            <button type="button" class="quiet" data-testid="export-close" on:click=close>
                {move || if matches!(atlas.export(), Export::Running { .. }) { "Stop" } else { "Close" }}
            </button>
        </div>
    }
}

fn start(atlas: Atlas) -> AnyView {
    let running = matches!(atlas.export(), Export::Running { .. });
    view! {
        <button type="button" class="main" data-testid="export-start" disabled=running on:click=move |_| atlas.start_export()>"Download JSON"</button>
    }
    .into_any()
}

fn state(export: &Export) -> AnyView {
    match export {
        Export::Idle => ().into_any(),
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
            view! { <progress max=rows_total.to_string() value=rows_done.to_string() aria-label="Rows written"></progress> <p>{text}</p> }.into_any()
        }
        Export::Saved { rows, bytes, name } => {
            let text = format!(
                "Saved {name}: {}, {}.",
                numbers::counted(*rows, "row", "rows"),
                numbers::bytes(*bytes)
            );
            view! { <p data-testid="export-saved" data-exact=rows.to_string()>{text}</p> }.into_any()
        }
        Export::Failed(reason) => {
            view! { <p class="error" data-testid="export-failed">{reason.clone()}</p> }.into_any()
        }
    }
}
