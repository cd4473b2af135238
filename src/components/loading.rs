//! How far loading has come, and what went wrong.

use atlas_protocol::{Collection, Failure, Progress};

use super::markup::{Element, element};
use super::place::{Live, live};
use crate::numbers;
use crate::platform::page;
use crate::state::counted::number_of;
use crate::state::{Phase, atlas};

/// One line under the header: what is being waited for, and later how long the counting took.
pub fn loading() -> Live {
    let atlas = atlas();
    live(move || {
        let progress = atlas.progress();
        let phase = atlas.phase();
        let total = progress.bytes_total.max(1);
        let done = if phase == Phase::Complete {
            0
        } else {
            progress.bytes_done.saturating_mul(100) / total
        };
        let bar = element("div").with("style", format!("width:{done}%"));
        vec![
            element("div")
                .class("loading-bar")
                .with("aria-hidden", "true")
                .child(bar),
            element("p").with("data-testid", "progress").words(
                match atlas.waits_for_history() && phase == Phase::Complete {
                    true => "Waiting for the downloads by month …".to_owned(),
                    false => {
                        let engine_us = atlas.answer().map(|answer| answer.engine_us);
                        line(&progress, phase, engine_us, atlas.collection())
                    }
                },
            ),
        ]
    })
}

fn line(progress: &Progress, phase: Phase, engine_us: Option<u64>, collection: Collection) -> String {
    let Progress {
        bytes_done,
        bytes_total,
        rows_ready,
        rows_total,
    } = *progress;
    let counted = engine_us
        .filter(|time| *time > 0)
        .map(|time| format!(", the last time in {}", milliseconds(time)))
        .unwrap_or_default();
    match phase {
        Phase::Complete => format!(
            "All {} {} counted in your browser{counted}.",
            number_of(collection, rows_total),
            if rows_total == 1 { "is" } else { "are" }
        ),
        _ if rows_total == 0 => "Waiting for the list of files of the snapshot …".to_owned(),
        Phase::Error => format!(
            "Stopped after {} of {}.",
            numbers::bytes(bytes_done),
            numbers::bytes(bytes_total)
        ),
        _ => format!(
            "Loading {} of {} · {} of {} {} ready …",
            numbers::bytes(bytes_done),
            numbers::bytes(bytes_total),
            numbers::exact(rows_ready),
            numbers::exact(rows_total),
            collection.noun(2)
        ),
    }
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1_000, microseconds % 1_000 / 100)
}

/// Failures with a way to try again, and what the address said wrongly.
pub fn notices() -> Live {
    let atlas = atlas();
    let notices = move || {
        let loaded = atlas.answer().is_some();
        let mut notices: Vec<_> = atlas.failures().iter().map(|failure| failed(failure, loaded)).collect();
        let problems = atlas.problems();
        if !problems.is_empty() {
            let notice = element("div")
                .class("notice")
                .with("role", "status")
                .with("data-testid", "problems");
            notices.push(notice.child(element("p").words(problems.join(" "))));
        }
        notices
    };
    live(notices).on_press(move |event| {
        if page::nearest(event, "data-testid").is_some_and(|(_, name)| name == RETRY) {
            atlas.retry();
        }
    })
}

/// Name of the button that tries again.
const RETRY: &str = "retry";

fn failed(failure: &Failure, loaded: bool) -> Element {
    let works = if loaded { " What had loaded still works." } else { "" };
    let retry = element("button")
        .with("type", "button")
        .class("main")
        .with("data-testid", RETRY)
        .words("Try again");
    element("div")
        .class("notice error")
        .with("role", "alert")
        .with("data-testid", "failure")
        .child(element("p").words(format!("{}{works}", failure.message)))
        .children(Some(retry).filter(|_| failure.can_retry))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: Collection = Collection::Models;

    #[test]
    fn the_line_says_what_is_waited_for_and_how_long_it_took() {
        let mut progress = Progress::default();
        assert_eq!(
            line(&progress, Phase::Loading, None, MODELS),
            "Waiting for the list of files of the snapshot …"
        );
        progress = Progress {
            bytes_done: 1_200_000,
            bytes_total: 4_500_000,
            rows_ready: 32_768,
            rows_total: 3_000_000,
        };
        assert_eq!(
            line(&progress, Phase::Partial, Some(1), MODELS),
            "Loading 1.2 MB of 4.5 MB · 32,768 of 3,000,000 models ready …"
        );
        assert_eq!(
            line(&progress, Phase::Error, None, MODELS),
            "Stopped after 1.2 MB of 4.5 MB."
        );
        assert_eq!(
            line(&progress, Phase::Complete, Some(1_240), MODELS),
            "All 3,000,000 models are counted in your browser, the last time in 1.2 ms."
        );
    }
}
