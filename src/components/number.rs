//! A number that is short on the page and exact on hover.

use leptos::prelude::*;

use crate::numbers;

/// A count, short, with the exact value on hover and for tests.
pub fn count(exact: u64, name: &'static str) -> impl IntoView {
    let full = numbers::exact(exact);
    view! { <data class="number" value=exact.to_string() data-exact=exact.to_string() data-testid=name title=full>{numbers::short(exact)}</data> }
}

/// A number of models: written out up to a million, because readers compare it digit by digit.
pub fn models(exact: u64, name: &'static str) -> impl IntoView {
    let full = numbers::exact(exact);
    view! { <data class="number" value=exact.to_string() data-exact=exact.to_string() data-testid=name title=full>{numbers::models(exact)}</data> }
}

/// A part of a whole as a percentage, with both on hover and for tests.
pub fn share(part: u64, whole: u64, name: &'static str) -> impl IntoView {
    let full = format!("{} of {}", numbers::exact(part), numbers::exact(whole));
    view! {
        <data class="number" value=numbers::percent(part, whole) data-exact=part.to_string() data-whole=whole.to_string() data-testid=name title=full>
            {numbers::percent(part, whole)}
        </data>
    }
}
