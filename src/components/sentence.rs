//! The slice in words, shown and spoken.

use super::markup::{Element, element};
use super::number::{Number, number};
use super::place::{Live, follow, live};
use crate::platform::page::Pause;
use crate::reactive::*;
use crate::state::atlas;
use crate::state::sentence::{Piece, is_measure, partial, sentence, text};

/// The sentence about the slice.
pub fn slice() -> Live {
    let atlas = atlas();
    live(move || {
        let Some((answer, dataset)) = atlas.answered() else {
            return element("p").class("sentence muted").words("Being counted …");
        };
        // Another sentence over more models, rather than one in which words move about.
        let counted = answer.progress.rows_ready;
        let told = with_pieces(
            element("p").class("sentence").edition(counted),
            sentence(&answer, &dataset),
        );
        let partial = with_pieces(element("p").class("partial muted"), partial(&answer));
        element("div")
            .with("data-testid", "sentence")
            .child(told)
            .child(partial)
    })
}

/// An element with a sentence inside, after what is there.
pub fn with_pieces(element: Element, pieces: Vec<Piece>) -> Element {
    pieces.into_iter().fold(element, with_piece)
}

fn with_piece(sentence: Element, piece: Piece) -> Element {
    let told = match piece {
        Piece::Words(words) => return sentence.words(words),
        Piece::Count { name, exact } if is_measure(name) => Number::count(exact, name),
        Piece::Count { name, exact } => Number::models(exact, name),
        Piece::Share { part, whole } => Number::share(part, whole, "share"),
    };
    sentence.child(element("strong").child(number(told)))
}

/// How long the sentence must stand still before it is read out, in milliseconds.
const QUIET_MS: i32 = 600;

/// For screen readers, the news of each new sentence, or of what a search has found.
pub fn announcer() -> Live {
    let atlas = atlas();
    let said = RwSignal::new(String::new());
    let pause = Pause::default();
    follow(move || {
        let slice = || {
            let (answer, dataset) = atlas.answered()?;
            let mut told = sentence(&answer, &dataset);
            told.extend(partial(&answer));
            Some(told)
        };
        let news = atlas.search_told().or_else(slice).unwrap_or_default();
        pause.restart(QUIET_MS, move || said.set(text(&news)));
    });
    live(move || said.get())
}
