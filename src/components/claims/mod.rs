//! Figures of the snapshot beside what is said of the Hub. The claims themselves stand in index.html, which is written
//! from `data/claims.csv` and `data/claim_figures.csv`.

use std::rc::Rc;

use atlas_protocol::{Checked, Collection};

use super::markup::{Element, element};
use super::number::number;
use super::place::{Live, fill_now, follow, live};
use crate::numbers;
use crate::platform::page::{self, PageEvent};
use crate::reactive::*;
use crate::state::claims::Figure;
use crate::state::view::{Section, View};
use crate::state::{Atlas, atlas};

#[cfg(test)]
mod written;

/// The figures of index.html, in its order; nothing for what is only to be looked at.
type Figures = Rc<Vec<Option<Figure>>>;

/// What the figures are counted over, or why there are none.
pub fn lead() -> Live {
    let atlas = atlas();
    live(move || {
        let Some(dataset) = atlas.dataset() else {
            return "The figures follow once a snapshot is open.".to_owned();
        };
        if dataset.synthetic {
            return "This snapshot is a synthetic sample. Made-up models neither confirm nor refute a claim, so nothing is \
                    counted here: open real data first (Data, above)."
                .to_owned();
        }
        if !atlas.can_check() {
            return "The figures follow once all of the snapshot has arrived.".to_owned();
        }
        let part = dataset.scope.as_ref().is_some_and(|scope| !scope.complete);
        format!(
            "The figures are counted over {} {} of {}{}, whatever filters are set.",
            numbers::exact(dataset.totals.models),
            dataset.collection.noun(dataset.totals.models),
            numbers::day(&dataset.taken_on),
            if part { ", which are not the whole Hub" } else { "" },
        )
    })
}

/// Counts the figures while the claims are open, and follows what is pressed to be looked at.
pub fn follow_claims(atlas: Atlas) {
    page::on_events("claims", &["click"], move |event| look(atlas, event));
    let is_open = Memo::new(move |_| atlas.view.with(|view| view.section == Section::Claims));
    let read: StoredValue<Option<Figures>, LocalStorage> = StoredValue::new_local(None);
    let figures = move || {
        read.with_value(Clone::clone).unwrap_or_else(|| {
            let figures = Rc::new(read_figures());
            read.set_value(Some(figures.clone()));
            untrack(|| fill(atlas, &figures));
            figures
        })
    };
    follow(move || {
        if is_open.get() {
            figures();
        }
    });
    let wanted = Memo::new(move |_| {
        let checksum = atlas.dataset().map(|dataset| dataset.checksum.clone());
        (is_open.get() && atlas.can_check()).then_some(checksum)
    });
    follow(move || {
        if wanted.get().is_some() {
            let figures = figures();
            let of_collection = among(&figures, untrack(|| atlas.collection()));
            atlas.check(of_collection.flat_map(|(_, figure)| figure.checks()).collect());
        }
    });
}

/// The figures that are counted in a collection, and their places.
fn among(figures: &[Option<Figure>], collection: Collection) -> impl Iterator<Item = (usize, &Figure)> {
    let figures = figures.iter().enumerate();
    let known = figures.filter_map(|(at, figure)| figure.as_ref().map(|figure| (at, figure)));
    known.filter(move |(_, figure)| figure.among == collection)
}

fn row_id(at: usize) -> String {
    format!("figure-{at}")
}

fn read_figures() -> Vec<Option<Figure>> {
    let rows = (0..).map_while(|at| page::element(&row_id(at)));
    rows.map(|row| {
        let told = |name: &str| row.get_attribute(name).unwrap_or_default();
        Figure::read(
            &told("data-kind"),
            &told("data-among"),
            &told("data-part"),
            &told("data-whole"),
        )
    })
    .collect()
}

/// Puts every figure in its place, and keeps it there.
fn fill(atlas: Atlas, figures: &Figures) {
    for (at, figure) in figures.iter().enumerate() {
        if figure.is_some() {
            let figures = figures.clone();
            fill_now(&format!("{}-is", row_id(at)), live(move || cell(atlas, &figures, at)));
        }
    }
}

fn cell(atlas: Atlas, figures: &[Option<Figure>], at: usize) -> Element {
    let muted = |words: &'static str| element("span").class("muted").words(words);
    let Some(figure) = figures.get(at).and_then(Option::as_ref) else {
        return muted("");
    };
    let collection = atlas.collection();
    if atlas.dataset().is_some() && figure.among != collection {
        return muted(match figure.among {
            Collection::Models => "among models",
            Collection::Datasets => "among datasets",
        });
    }
    if !atlas.can_check() {
        return muted("–");
    }
    let Some(checked) = atlas.checked() else {
        return muted("…");
    };
    let before = among(figures, collection).take_while(|(place, _)| *place < at);
    let first: usize = before.map(|(_, figure)| figure.checks().len()).sum();
    let found: &[Option<Checked>] = checked.get(first..).unwrap_or_default();
    match figure.number(found) {
        Some(figure) => number(figure),
        None => muted("not in this snapshot"),
    }
}

/// Shows what a figure is counted over: in the snapshot that is open, if it is one of the same kind.
fn look(atlas: Atlas, event: &PageEvent) {
    let (Some((_, link)), Some((_, among))) = (page::nearest(event, "href"), page::nearest(event, "data-among")) else {
        return;
    };
    if page::leads_elsewhere(event) {
        return;
    }
    event.prevent_default();
    let (wanted, _) = View::from_link(link.trim_start_matches('?'));
    let is_open = Collection::from_key(&among) == Some(atlas.collection());
    atlas.step(|view| {
        let snapshot = match is_open {
            true => std::mem::take(&mut view.snapshot),
            false => wanted.snapshot.clone(),
        };
        *view = View { snapshot, ..wanted };
    });
    page::scroll_to_top();
}
