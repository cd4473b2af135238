//! How far loading has come, and what went wrong.

use atlas_protocol::Progress;
use leptos::prelude::*;

use crate::numbers;
use crate::state::{Phase, atlas};

/// One line under the header: what is being waited for, and later how long the counting took.
#[component]
pub fn Loading() -> impl IntoView {
    let atlas = atlas();
    let done = move || {
        let Progress {
            bytes_done,
            bytes_total,
            ..
        } = atlas.progress();
        if atlas.phase() == Phase::Complete || bytes_total == 0 {
            None
        } else {
            Some(bytes_done as f64 / bytes_total as f64)
        }
    };
    let width = move || format!("{:.1}%", done().unwrap_or(0.0) * 100.0);
    view! {
        <div class="loading-bar" aria-hidden="true"><div style:width=width></div></div>
        <p data-testid="progress">{move || line(&atlas.progress(), atlas.phase(), atlas.answer().map(|answer| answer.engine_us))}</p>
    }
}

fn line(progress: &Progress, phase: Phase, engine_us: Option<u64>) -> String {
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
            "All {} counted in your browser{counted}.",
            numbers::counted(rows_total, "model is", "models are")
        ),
        _ if rows_total == 0 => "Waiting for the list of files of the snapshot …".to_owned(),
        Phase::Error => format!(
            "Stopped after {} of {}.",
            numbers::bytes(bytes_done),
            numbers::bytes(bytes_total)
        ),
        _ => format!(
            "Loading {} of {} · {} of {} models ready …",
            numbers::bytes(bytes_done),
            numbers::bytes(bytes_total),
            numbers::exact(rows_ready),
            numbers::exact(rows_total)
        ),
    }
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1_000, microseconds % 1_000 / 100)
}

/// Failures with a way to try again, and what the address said wrongly.
#[component]
pub fn Notices() -> impl IntoView {
    let atlas = atlas();
    let failures = move || {
        let failure = |failure: atlas_protocol::Failure| {
            let retry = failure.can_retry.then(|| {
                view! { <button type="button" class="main" data-testid="retry" on:click=move |_| atlas.retry()>"Try again"</button> }
            });
            let works = atlas.answer().is_some().then_some(" What had loaded still works.");
            view! {
                <div class="notice error" role="alert" data-testid="failure">
                    <p>{failure.message} {works}</p>
                    {retry}
                </div>
            }
            .into_any()
        };
        atlas.failures().into_iter().map(failure).collect::<Vec<_>>()
    };
    let problems = move || {
        let problems = atlas.problems();
        (!problems.is_empty()).then(|| {
            view! { <div class="notice" role="status" data-testid="problems"><p>{problems.join(" ")}</p></div> }
        })
    };
    view! { {failures} {problems} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_waited_for_and_how_long_it_took() {
        let mut progress = Progress::default();
        assert_eq!(
            line(&progress, Phase::Loading, None),
            "Waiting for the list of files of the snapshot …"
        );
        progress = Progress {
            bytes_done: 1_200_000,
            bytes_total: 4_500_000,
            rows_ready: 32_768,
            rows_total: 3_000_000,
        };
        assert_eq!(
            line(&progress, Phase::Partial, Some(1)),
            "Loading 1.2 MB of 4.5 MB · 32,768 of 3,000,000 models ready …"
        );
        assert_eq!(line(&progress, Phase::Error, None), "Stopped after 1.2 MB of 4.5 MB.");
        assert_eq!(
            line(&progress, Phase::Complete, Some(1_240)),
            "All 3,000,000 models are counted in your browser, the last time in 1.2 ms."
        );
    }
}
