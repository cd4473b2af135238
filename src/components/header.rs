//! The header: which snapshot this is, the sections, and what can be done with the view.

use atlas_protocol::Dataset;
use leptos::prelude::*;

use super::data::download::open_download;
use super::number;
use crate::numbers;
use crate::platform::theme::Theme;
use crate::platform::{address, page};
use crate::state::atlas;
use crate::state::view::{Named, Section};

/// Date, number of models and source of the snapshot; loudly when its models are made up.
#[component]
pub fn Snapshot() -> impl IntoView {
    let atlas = atlas();
    move || match atlas.dataset() {
        Some(dataset) => chip(&dataset),
        None => view! { <span class="muted">"Opening the snapshot …"</span> }.into_any(),
    }
}

fn chip(dataset: &Dataset) -> AnyView {
    let source = dataset.sources.first().map(|source| format!(" · {}", source.name));
    let made_up = dataset
        .synthetic
        .then(|| view! { <strong class="synthetic" data-testid="synthetic">"Synthetic sample"</strong> });
    view! {
        {made_up}
        <span data-testid="snapshot">
            {format!("{} · ", numbers::day(&dataset.taken_on))}
            {number::models(dataset.totals.models, "snapshot-models")} " models"
            <span class="source">{source}</span>
        </span>
    }
    .into_any()
}

/// Links to the parts of the page.
#[component]
pub fn Sections() -> impl IntoView {
    let atlas = atlas();
    let link = move |(section, key, label): &(Section, &'static str, &'static str)| {
        let section = *section;
        let href = move || {
            let mut view = atlas.view.get();
            view.section = section;
            format!("?{}", view.to_link())
        };
        let current = move || atlas.view.with(|view| view.section == section).then_some("page");
        let open = move |event: leptos::ev::MouseEvent| {
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                atlas.open_section(section);
                page::scroll_to_top();
            }
        };
        view! { <a href=href aria-current=current data-testid="section" data-value=*key on:click=open>{*label}</a> }
            .into_any()
    };
    Section::ALL.iter().map(link).collect::<Vec<_>>()
}

/// How long the page says that something was copied, in milliseconds.
const COPIED_MS: i32 = 2_000;

/// Share, download, theme.
#[component]
pub fn Actions() -> impl IntoView {
    let atlas = atlas();
    let copied = RwSignal::new(None::<bool>);
    let share = move |_| {
        page::copy(&address::whole(), move |done| {
            copied.set(Some(done));
            page::after(COPIED_MS, move || copied.set(None));
        });
    };
    let share_label = move || match copied.get() {
        None => "Share",
        Some(true) => "Link copied",
        Some(false) => "Copy the address",
    };
    let (theme_label, theme_title) = (
        move || if atlas.theme() == Theme::Dark { "Light" } else { "Dark" },
        move || format!("Change to the {} theme", atlas.theme().other().key()),
    );
    view! {
        <button type="button" class="quiet" data-testid="share" title="Copy a link to this view" on:click=share>
            <span aria-live="polite">{share_label}</span>
        </button>
        <button type="button" class="quiet" data-testid="theme" title=theme_title aria-label=theme_title on:click=move |_| atlas.switch_theme()>
            {theme_label}
        </button>
        <button type="button" class="main" data-testid="download" disabled=move || atlas.answer().is_none() on:click=move |_| open_download()>
            "Download"
        </button>
    }
}
