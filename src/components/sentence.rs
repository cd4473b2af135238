//! The slice in words.

use leptos::prelude::*;

use super::number;
use crate::platform::page;
use crate::state::atlas;
use crate::state::sentence::{Piece, sentence};

/// The sentence, and for screen readers the news of each new one.
#[component]
pub fn Sentence() -> impl IntoView {
    let atlas = atlas();
    let pieces = Memo::new(move |_| {
        atlas
            .answered()
            .map(|(answer, dataset)| sentence(&answer, &dataset))
            .unwrap_or_default()
    });
    let shown = move || {
        let pieces = pieces.get();
        if pieces.is_empty() {
            return view! { <p class="sentence muted">"The models are being counted …"</p> }.into_any();
        }
        let pieces = pieces.into_iter().map(piece).collect::<Vec<_>>();
        view! { <p class="sentence" data-testid="sentence">{pieces}</p> }.into_any()
    };
    view! { {shown} <Announcer pieces /> }
}

fn piece(piece: Piece) -> AnyView {
    match piece {
        Piece::Words(words) => words.into_any(),
        Piece::Count { name: "measure", exact } => {
            view! { <strong>{number::count(exact, "measure")}</strong> }.into_any()
        }
        Piece::Count { name, exact } => view! { <strong>{number::models(exact, name)}</strong> }.into_any(),
        Piece::Share { part, whole } => view! { <strong>{number::share(part, whole, "share")}</strong> }.into_any(),
    }
}

/// How long the sentence must stand still before it is read out, in milliseconds.
const QUIET_MS: i32 = 600;

#[component]
fn Announcer(pieces: Memo<Vec<Piece>>) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let waiting = StoredValue::new(None);
    Effect::new(move |_| {
        let text: String = pieces.with(|pieces| pieces.iter().map(Piece::text).collect());
        if let Some(handle) = waiting.get_value() {
            page::cancel_after(handle);
        }
        waiting.set_value(page::after(QUIET_MS, move || said.set(text)));
    });
    view! { <p class="unseen" role="status" aria-live="polite" data-testid="announcer">{move || said.get()}</p> }
}
