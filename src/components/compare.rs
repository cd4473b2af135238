//! Two snapshots side by side: totals by the facet that splits, and what rose, fell, appeared and vanished.

use atlas_protocol::comparison::{Change, Group, ModelChange, ValueChange};
use atlas_protocol::{Comparison, Dataset};
use leptos::prelude::*;

use super::markup::{Element, element, live};
use crate::numbers;
use crate::platform::page;
use crate::state::atlas;
use crate::state::sentence::phrases;

/// The other snapshot's address, and what the comparison found. The words that do not change are in index.html.
pub fn comparison() -> AnyView {
    let atlas = atlas();
    let url = move || atlas.view.with(|view| view.compare.clone().unwrap_or_default());
    let take = move |event: leptos::ev::Event| {
        let text = page::field_text(&event).trim().to_owned();
        atlas.step(|view| view.compare = Some(text).filter(|text| !text.is_empty()));
    };
    let told = live(
        move || match (atlas.comparison().zip(atlas.dataset()), url().is_empty()) {
            (_, true) => Vec::new(),
            (Some((comparison, dataset)), _) => compared(&comparison, &dataset),
            _ => vec![
                element("p")
                    .class("muted")
                    .words("The other snapshot, and the names in both, are being fetched …"),
            ],
        },
    );
    view! {
        <label class="field">
            <span>"Compare with"</span>
            <input type="text" inputmode="url" autocomplete="off" spellcheck="false" placeholder="https://…/manifest.json" data-testid="compare-url"
                aria-label="Address of the manifest.json of another snapshot" prop:value=url on:change=take />
        </label>
        <div role="status" data-testid="comparison">{told}</div>
    }
    .into_any()
}

fn compared(comparison: &Comparison, dataset: &Dataset) -> Vec<Element> {
    let filters = phrases(&comparison.query.clauses, dataset);
    let (before, after) = (comparison.before.downloads_30d, comparison.after.downloads_30d);
    let lead = format!(
        "{}odels {filters}{}from {} to {}: {} downloads in 30 days, then {}; {} models, then {}; {} unchanged.",
        if comparison.synthetic { "Synthetic m" } else { "M" },
        if filters.is_empty() { "" } else { ", " },
        numbers::day(&comparison.taken_before),
        numbers::day(&comparison.taken_after),
        numbers::exact(before),
        numbers::exact(after),
        numbers::exact(comparison.before.models),
        numbers::exact(comparison.after.models),
        numbers::exact(comparison.unchanged),
    );
    let value = |value: &ValueChange| {
        let shares = [(value.before, before), (value.after, after)];
        row(
            &value.key,
            element("span").words(value.label.clone()),
            value.before,
            value.after,
        )
        .children(shares.map(|(part, whole)| numeric(numbers::percent(part, whole))))
    };
    let split = comparison.query.split.label();
    let totals = table(
        split,
        &["Share before", "Share after"],
        comparison.values.iter().map(value),
    );
    let mut told = vec![element("p").words(lead), totals.with("data-testid", "compared-values")];
    for group in &comparison.groups {
        told.extend(changed(group));
    }
    told
}

fn changed(group: &Group) -> [Element; 3] {
    let heading = match group.change {
        Change::Rose => "Rose",
        Change::Fell => "Fell",
        Change::Appeared => "Appeared",
        Change::Vanished => "Vanished",
    };
    let lead = format!(
        "{}: {} downloads before, {} after.",
        numbers::counted(group.models, "model", "models"),
        numbers::exact(group.before),
        numbers::exact(group.after)
    );
    let model = |change: &ModelChange| {
        let id = change.id.clone().unwrap_or_default();
        let name = element("span").words(id.clone());
        let elsewhere = element("span")
            .class("muted")
            .words(" (outside these filters in the other)");
        let name = name.children(Some(elsewhere).filter(|_| change.elsewhere));
        row(&id, name, change.before, change.after)
    };
    let rows = table("Model", &[], group.rows.iter().map(model));
    [
        element("h3").words(heading),
        element("p")
            .class("muted")
            .words(lead)
            .with("data-testid", "compared-lead")
            .with("data-key", group.change.key()),
        rows.with("data-testid", "compared")
            .with("data-key", group.change.key()),
    ]
}

fn table(of: &'static str, more: &[&'static str], rows: impl Iterator<Item = Element>) -> Element {
    let heading = |(at, text): (usize, &'static str)| {
        let class = if at == 0 { "" } else { "numeric" };
        element("th").with("scope", "col").class(class).words(text)
    };
    let headings = [of, "Before", "After", "Change"]
        .into_iter()
        .chain(more.iter().copied());
    let head = element("tr").children(headings.enumerate().map(heading));
    let table = element("table")
        .child(element("thead").child(head))
        .child(element("tbody").children(rows));
    element("div").class("table-room").with("tabindex", "0").child(table)
}

fn row(key: &str, name: Element, before: u64, after: u64) -> Element {
    let change = match after.checked_sub(before) {
        Some(more) => format!("+{}", numbers::exact(more)),
        None => format!("−{}", numbers::exact(before - after)),
    };
    element("tr")
        .with("data-key", key.to_owned())
        .with("data-before", before.to_string())
        .with("data-after", after.to_string())
        .child(element("th").with("scope", "row").child(name))
        .children([numbers::exact(before), numbers::exact(after), change].map(numeric))
}

fn numeric(text: String) -> Element {
    element("td").class("numeric").words(text)
}
