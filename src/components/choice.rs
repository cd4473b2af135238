//! One of a few, as buttons side by side.

use leptos::prelude::*;

/// A row of buttons of which one is pressed in. `options` are keys and labels.
pub fn choice(
    label: &'static str,
    name: &'static str,
    options: Signal<Vec<(&'static str, &'static str)>>,
    chosen: Signal<&'static str>,
    choose: impl Fn(&'static str) + Copy + Send + Sync + 'static,
) -> AnyView {
    let button = move |(key, text): (&'static str, &'static str)| {
        view! {
            <button type="button" aria-pressed=move || (chosen.get() == key).to_string() data-value=key on:click=move |_| choose(key)>
                {text}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="choice" role="group" aria-label=label data-testid=name>
            {move || options.get().into_iter().map(button).collect::<Vec<_>>()}
        </div>
    }
    .into_any()
}
