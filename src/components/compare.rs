//! Two snapshots side by side: totals by the facet that splits, and what rose, fell, appeared and vanished.

use atlas_protocol::comparison::{Change, Group, ModelChange, ValueChange};
use atlas_protocol::{Comparison, Dataset};

use super::markup::{Element, element};
use super::place::{Live, field, fill_now, live};
use crate::numbers;
use crate::reactive::*;
use crate::state::sentence::phrases;
use crate::state::{Atlas, atlas};

/// Id of the field for the other snapshot's address.
const FIELD: &str = "compare-url";

/// Takes the other snapshot's address, and shows the one in force.
pub fn follow_address(atlas: Atlas) {
    let now = move || atlas.view.with(|view| view.compare.clone());
    let take = move |address: &str| atlas.step(|view| view.compare = address.trim().to_owned());
    fill_now(FIELD, field(Vec::new, now, take));
}

/// What is being waited for, and the totals of both snapshots in one sentence.
pub fn lead() -> Live {
    let atlas = atlas();
    live(move || {
        // Without an address there is nothing to say, whatever was compared before.
        if atlas.compares().is_none() || atlas.cannot_compare() {
            return String::new();
        }
        match atlas.comparison().zip(atlas.dataset()) {
            Some((comparison, dataset)) => totals(&comparison, &dataset),
            None => "The other snapshot, and the names in both, are being fetched …".to_owned(),
        }
    })
}

/// Totals by value, and the models of each kind of change.
pub fn changes() -> Live {
    let atlas = atlas();
    live(
        move || match atlas.comparison().filter(|_| atlas.compares().is_some()) {
            Some(comparison) => compared(&comparison),
            None => Vec::new(),
        },
    )
}

fn totals(comparison: &Comparison, dataset: &Dataset) -> String {
    let filters = phrases(&comparison.query.clauses, dataset);
    let (before, after) = (&comparison.before, &comparison.after);
    format!(
        "{}odels {filters}{}from {} to {}: {} downloads in 30 days, then {}; {}, then {}; {} unchanged.",
        if comparison.synthetic { "Synthetic m" } else { "M" },
        if filters.is_empty() { "" } else { ", " },
        numbers::day(&comparison.taken_before),
        numbers::day(&comparison.taken_after),
        numbers::exact(before.downloads_30d),
        numbers::exact(after.downloads_30d),
        numbers::counted(before.models, "model", "models"),
        numbers::exact(after.models),
        numbers::exact(comparison.unchanged),
    )
}

fn compared(comparison: &Comparison) -> Vec<Element> {
    let (before, after) = (comparison.before.downloads_30d, comparison.after.downloads_30d);
    let value = |value: &ValueChange| {
        let shares = [(value.before, before), (value.after, after)];
        let name = element("span").words(value.label.clone());
        row(&value.key, name, value.before, value.after)
            .children(shares.map(|(part, whole)| numeric(numbers::percent(part, whole))))
    };
    let split = comparison.query.split.label();
    let values = comparison.values.iter().map(value).collect();
    let values = table(split, split, &["Share before", "Share after"], values);
    let mut told = vec![values.with("data-testid", "compared-values")];
    comparison.groups.iter().for_each(|group| told.extend(changed(group)));
    told
}

fn changed(group: &Group) -> Vec<Element> {
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
    let lead = element("p")
        .class("muted")
        .with("data-testid", "compared-lead")
        .with("data-key", group.change.key())
        .words(lead);
    let model = |change: &ModelChange| {
        let id = change.id.clone().unwrap_or_default();
        let elsewhere = element("span")
            .class("muted")
            .words(" (outside these filters in the other)");
        let name = element("span")
            .words(id.clone())
            .children(Some(elsewhere).filter(|_| change.elsewhere));
        row(&id, name, change.before, change.after)
    };
    let mut told = vec![element("h3").words(heading), lead];
    if !group.rows.is_empty() {
        let rows = table(heading, "Model", &[], group.rows.iter().map(model).collect());
        told.push(
            rows.with("data-testid", "compared")
                .with("data-key", group.change.key()),
        );
    }
    told
}

/// A table with a name of its own, whose first column says what the others are about.
fn table(name: &'static str, of: &'static str, more: &[&'static str], rows: Vec<Element>) -> Element {
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
    element("div")
        .class("table-room")
        .with("tabindex", "0")
        .with("role", "region")
        .with("aria-label", name)
        .child(table)
}

fn row(key: &str, name: Element, before: u64, after: u64) -> Element {
    let change = match after.checked_sub(before) {
        Some(0) => "0".to_owned(),
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
