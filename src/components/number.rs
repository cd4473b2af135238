//! A number that is short on the page and exact on hover.

use super::markup::{Element, element};
use crate::numbers;

/// A number to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// What it is, for tests.
    pub name: &'static str,
    /// What the reader sees.
    pub shown: String,
    /// Its exact value, where it has one.
    pub exact: Option<u64>,
    /// The whole of which it is a part, for shares.
    pub whole: Option<u64>,
    /// What the reader sees on hover.
    pub title: String,
}

impl Number {
    /// A count, short.
    pub fn count(exact: u64, name: &'static str) -> Number {
        Number {
            name,
            shown: numbers::short(exact),
            exact: Some(exact),
            whole: None,
            title: numbers::exact(exact),
        }
    }

    /// A number of models: written out up to a million, because readers compare it digit by digit.
    pub fn models(exact: u64, name: &'static str) -> Number {
        Number {
            shown: numbers::models(exact),
            ..Number::count(exact, name)
        }
    }

    /// A part of a whole, as a percentage; the exact value is that of the part.
    pub fn share(part: u64, whole: u64, name: &'static str) -> Number {
        let title = format!("{} of {}", numbers::exact(part), numbers::exact(whole));
        Number {
            name,
            shown: numbers::percent(part, whole),
            exact: Some(part),
            whole: Some(whole),
            title,
        }
    }

    /// A size in parameters, where there is one.
    pub fn size(parameters: Option<f64>, name: &'static str) -> Number {
        let exact = parameters.map(|parameters| parameters.max(0.0).round() as u64);
        Number {
            name,
            shown: parameters.map_or_else(|| "–".to_owned(), numbers::short_size),
            exact,
            whole: None,
            title: exact
                .map(|exact| format!("{} parameters", numbers::exact(exact)))
                .unwrap_or_default(),
        }
    }
}

/// A number on the page.
pub fn number(number: Number) -> Element {
    let exact = number.exact.map(|exact| exact.to_string());
    element("data")
        .class("number")
        .maybe("value", exact.clone())
        .maybe("data-exact", exact)
        .maybe("data-whole", number.whole.map(|whole| whole.to_string()))
        .with("data-testid", number.name)
        .with("title", number.title)
        .words(number.shown)
}
