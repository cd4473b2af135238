//! The slice in words.

use leptos::prelude::*;

use super::markup::{Element, element, live};
use super::number::{Number, number};
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
    let shown = live(move || {
        let pieces = pieces.get();
        if pieces.is_empty() {
            return element("p")
                .class("sentence muted")
                .words("The models are being counted …");
        }
        let sentence = element("p").class("sentence").with("data-testid", "sentence");
        pieces.into_iter().fold(sentence, with_piece)
    });
    view! { {shown} <Announcer pieces /> }
}

fn with_piece(sentence: Element, piece: Piece) -> Element {
    let told = match piece {
        Piece::Words(words) => return sentence.words(words),
        Piece::Count { name: "measure", exact } => Number::count(exact, "measure"),
        Piece::Count { name, exact } => Number::models(exact, name),
        Piece::Share { part, whole } => Number::share(part, whole, "share"),
    };
    sentence.child(element("strong").child(number(told)))
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
    let told = live(move || said.get());
    view! { <p class="unseen" role="status" aria-live="polite" data-testid="announcer">{told}</p> }
}
