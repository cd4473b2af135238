//! The search box above the rows, which index.html holds, and what can be done after a search.

use crate::components::buttons::{Button, buttons};
use crate::components::place::{Live, follow};
use crate::platform::page::{self, Pause, Typing};
use crate::reactive::*;
use crate::state::search::wanted;
use crate::state::{Atlas, atlas};

/// Id of the search box.
pub const FIELD: &str = "find";

/// After so long a rest, in milliseconds, what is typed next is another step.
const REST_MS: i32 = 1_000;

/// Follows what is typed, and writes what is in force where that comes from elsewhere, such as undo or an address.
pub fn follow_find(atlas: Atlas) {
    let rest = Pause::default();
    page::on_typing(FIELD, move |typing, text| match typing {
        Typing::Goes => {
            atlas.drag(|view| view.search = wanted(text));
            rest.restart(REST_MS, move || atlas.release());
        }
        Typing::Ends => atlas.release(),
    });
    page::on_press("find-clear", move || {
        clear_find(atlas);
    });
    follow(move || {
        atlas.view.with(|view| {
            // Blanks at the end are left to who is still typing.
            if wanted(&page::text_of(FIELD)) != view.search {
                page::put_text(FIELD, &view.search);
            }
        });
    });
}

/// Empties the search box and comes back to it; whether there was anything in it.
pub fn clear_find(atlas: Atlas) -> bool {
    let held = !page::text_of(FIELD).is_empty();
    page::put_text(FIELD, "");
    atlas.step(|view| view.search.clear());
    page::focus(FIELD);
    held
}

/// What helps on: where nothing was found, and where ids could not be fetched.
pub fn ways_on() -> Live {
    let atlas = atlas();
    let list = move || {
        let mut list = Vec::new();
        if atlas.search_told().is_none() {
            return list;
        }
        if atlas.lacks_ids() {
            list.push(Button::main("find-retry", "Try again"));
        }
        if atlas.rows().is_some_and(|rows| rows.rows.is_empty()) {
            list.push(Button::quiet("find-nothing", "Clear the search"));
            if atlas.view.with(|view| !view.query.clauses.is_empty()) {
                list.push(Button::quiet("find-everywhere", "Search without filters"));
            }
        }
        list
    };
    let press = move |name: &str, _: &str| match name {
        "find-retry" => atlas.retry(),
        "find-everywhere" => {
            atlas.clear();
            page::focus(FIELD);
        }
        _ => {
            clear_find(atlas);
        }
    };
    buttons(list, press)
}
