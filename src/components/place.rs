//! The places that index.html keeps for what changes, and how they come to be filled.

use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use leptos::task::spawn_local;

use crate::platform::page;

/// Fills the place with this id, in a turn of its own.
pub fn fill_place(id: &str, fill: impl FnOnce() -> AnyView + 'static) {
    // Boxed, so that all places are filled by the same code.
    fill_boxed(id.to_owned(), Box::new(fill));
}

fn fill_boxed(id: String, fill: Box<dyn FnOnce() -> AnyView>) {
    later(move || match page::emptied(&id) {
        Some(element) => mount_to(element, fill).forget(),
        None => leptos::logging::error!("index.html has no element #{id}"),
    });
}

/// Does something in a turn of its own, on behalf of the page.
pub fn later(act: impl FnOnce() + 'static) {
    let owner = Owner::current();
    let act: Box<dyn FnOnce()> = Box::new(act);
    spawn_local(async move {
        if let Some(owner) = owner {
            owner.with(act);
        }
    });
}
