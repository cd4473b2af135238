//! The header: which snapshot this is, the sections, and what can be done with the view.

use atlas_protocol::Dataset;

use super::buttons::{Button, buttons};
use super::data::download::open_download;
use super::data::sources::open_sources;
use super::markup::{Element, element};
use super::number::{Number, number};
use super::place::{Live, live};
use crate::numbers;
use crate::platform::page::PageEvent;
use crate::platform::theme::Theme;
use crate::platform::{address, page};
use crate::reactive::*;
use crate::state::atlas;
use crate::state::view::{Named, Section, View};

/// Date, number of models and source of the snapshot; loudly when its models are made up.
pub fn snapshot() -> Live {
    let atlas = atlas();
    live(move || match atlas.dataset() {
        Some(dataset) => chip(&dataset, &atlas.view.with(|view| elsewhere(&view.snapshot))),
        None => vec![element("span").words("Opening the snapshot …")],
    })
}

/// Which other host the snapshot at an address comes from, as words that follow its source.
fn elsewhere(address: &str) -> String {
    let host = address
        .split_once("//")
        .map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    host.map_or_else(String::new, |host| format!(" · from {host}"))
}

fn chip(dataset: &Dataset, elsewhere: &str) -> Vec<Element> {
    let made_up = element("strong")
        .class("synthetic")
        .with("data-testid", "synthetic")
        .words("Synthetic sample");
    let source = dataset
        .sources
        .first()
        .map_or_else(String::new, |source| format!(" · {}", source.name));
    let part = dataset.scope.as_ref().filter(|scope| !scope.complete).map(|scope| {
        element("strong")
            .class("part")
            .with("data-testid", "scope")
            .with("title", scope.models.clone())
            .words("Not the whole Hub")
    });
    let about = element("span")
        .with("data-testid", "snapshot")
        .words(format!("{} · ", numbers::day(&dataset.taken_on)))
        .child(number(Number::models(dataset.totals.models, "snapshot-models")))
        .words(format!(" {}", dataset.collection.noun(dataset.totals.models)))
        .words(elsewhere.to_owned())
        .child(element("span").class("source").words(source));
    let made_up = Some(made_up).filter(|_| dataset.synthetic);
    made_up.into_iter().chain(part).chain([about]).collect()
}

/// Links to the parts of the page.
pub fn sections() -> Live {
    let atlas = atlas();
    let link = move |(section, key, label): &(Section, &'static str, &'static str)| {
        let view = View {
            section: *section,
            ..atlas.view.get()
        };
        let current = atlas.view.with(|view| view.section == *section);
        element("a")
            .with("href", format!("?{}", view.to_link()))
            .maybe("aria-current", current.then_some("page"))
            .with("data-testid", "section")
            .with("data-value", *key)
            .words(*label)
    };
    let press = move |event: &PageEvent| {
        let section = page::nearest(event, "data-value").and_then(|(_, key)| Section::from_key(&key));
        if let Some(section) = section.filter(|_| !page::leads_elsewhere(event)) {
            event.prevent_default();
            atlas.open_section(section);
            page::scroll_to_top();
        }
    };
    live(move || Section::ALL.iter().map(link).collect::<Vec<_>>()).on_press(press)
}

/// How long the page says that something was copied, in milliseconds.
const COPIED_MS: i32 = 2_000;

/// Share, theme, download.
pub fn actions() -> Live {
    let atlas = atlas();
    let copied = atlas.copied;
    let list = move || {
        let share = match copied.get() {
            None => "Share",
            Some(true) => "Link copied",
            Some(false) => "Copy the address",
        };
        let theme = if atlas.theme() == Theme::Dark { "Light" } else { "Dark" };
        vec![
            Button::quiet("data", "Data").title("Open other data: a snapshot, files, or the live Hub"),
            Button::quiet("share", share).title("Copy a link to this view"),
            Button::quiet("theme", theme).title(format!("Change to the {} theme", atlas.theme().other().key())),
            Button::main("download", "Download").disabled(atlas.answer().is_none()),
        ]
    };
    let press = move |name: &str, _: &str| match name {
        "share" => page::copy(&address::whole(), move |done| {
            copied.set(Some(done));
            page::after(COPIED_MS, move || copied.set(None));
        }),
        "theme" => atlas.switch_theme(),
        "data" => open_sources(),
        "download" => open_download(),
        _ => {}
    };
    buttons(list, press)
}

/// Whether the link was copied, for screen readers.
pub fn shared() -> Live {
    let copied = atlas().copied;
    live(move || match copied.get() {
        None => String::new(),
        Some(true) => "The link was copied.".to_owned(),
        Some(false) => "The link could not be copied.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_snapshot_elsewhere_is_named_whatever_it_says_of_itself() {
        assert_eq!(
            elsewhere("https://data.example:8443/hub/manifest.json"),
            " · from data.example:8443"
        );
        assert_eq!(elsewhere("//data.example"), " · from data.example");
        assert_eq!(elsewhere("other/"), "");
        assert_eq!(elsewhere(""), "");
    }
}
