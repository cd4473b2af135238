//! The page put together: which component fills which place of index.html, and what happens by itself.

use crate::components::chips::open_drawer;
use crate::components::data::sources::follow_sources;
use crate::components::data::{about, download, sources};
use crate::components::filters::{histogram, regions, values};
use crate::components::place::{Live, fill_place, follow, later};
use crate::components::table::find::{FIELD, clear_find, follow_find};
use crate::components::table::{find, rows};
use crate::components::{charts, chips, claims, compare, figures, header, loading, sentence};
use crate::platform::page::Key;
use crate::platform::{address, page, theme, turns};
use crate::reactive::*;
use crate::state::Atlas;
use crate::state::view::Named;
use atlas_protocol::{Collection, Facet};

/// Brings the page to life, for as long as it is open.
pub fn start() {
    if page::is_too_old() {
        return;
    }
    turns::start();
    let owner = Owner::new();
    owner.with(|| {
        let atlas = Atlas::from_address();
        provide_context(atlas);
        page::mark_body("data-section", atlas.view.with_untracked(|view| view.section).key());
        fill_places();
        later(move || {
            follow_reader(atlas);
            follow_state(atlas);
            atlas.start_engine();
        });
    });
    // The page ends with its tab.
    std::mem::forget(owner);
}

/// Makes what comes into a place.
type Fill = fn() -> Live;

/// Places with what comes into them, from top to bottom; index.html has an element of each name.
const PLACES: [(&str, Fill); 26] = [
    ("snapshot", header::snapshot),
    ("sections", header::sections),
    ("actions", header::actions),
    ("shared", header::shared),
    ("loading", loading::loading),
    ("notices", loading::notices),
    ("measure", chips::measures),
    ("steps", chips::steps),
    ("chips", chips::chips),
    ("sentence", sentence::slice),
    ("announcer", sentence::announcer),
    ("figures", figures::figures),
    ("facet-region", regions::regions),
    ("rows-lead", rows::lead),
    ("ways-on", find::ways_on),
    ("rows-head", rows::headings),
    ("claims-lead", claims::lead),
    ("comparison-lead", compare::lead),
    ("comparison", compare::changes),
    ("about-snapshot", about::about),
    ("about-definitions", about::definitions),
    ("download-about", download::about_download),
    ("download-state", download::download_state),
    ("download-buttons", download::download_buttons),
    ("import-state", sources::import_state),
    ("import-buttons", sources::import_buttons),
];

/// What fills several places at once, each in a turn of its own.
const GROUPS: [fn(); 8] = [
    histogram::size_range,
    histogram::month_range,
    histogram::made_range,
    charts::over_time,
    charts::sizes,
    charts::typical_size,
    charts::concentration,
    charts::leaders,
];

/// Facets whose values are all shown.
const SHORT: [Facet; 5] = [
    Facet::Size,
    Facet::Year,
    Facet::OrganisationType,
    Facet::Relation,
    Facet::SizeCategory,
];

/// Facets of which the largest values are shown.
const LONG: [Facet; 5] = [
    Facet::Task,
    Facet::Organisation,
    Facet::Library,
    Facet::Licence,
    Facet::Origin,
];

fn fill_places() {
    for (id, fill) in PLACES {
        fill_place(id, fill);
    }
    for fill in GROUPS {
        later(fill);
    }
    let facet_place = |facet: Facet, fill: fn(Facet) -> Live| {
        fill_place(&format!("facet-{}", facet.key()), move || fill(facet));
    };
    for facet in SHORT {
        facet_place(facet, values::values);
    }
    for facet in LONG {
        facet_place(facet, values::long_values);
    }
    for part in 0..rows::PARTS {
        fill_place(&format!("rows-{part}"), move || rows::rows(part));
    }
}

/// How long a pointer rests on a filter before the engine gets ready for a press, in milliseconds.
const REST_MS: i32 = 80;

/// What the reader does that no component sees: back and forward, keys, another theme of the system.
fn follow_reader(atlas: Atlas) {
    address::on_travel(move || atlas.follow_address());
    theme::on_system_change(move |theme| atlas.follow_theme(theme));
    page::on_key(move |key| act_on(atlas, key));
    follow_find(atlas);
    compare::follow_address(atlas);
    claims::follow_claims(atlas);
    page::on_press("close-filters", || open_drawer(false));
    follow_sources(atlas);
    page::on_approach("filters", "data-facet", REST_MS, move |key| {
        if let Some(facet) = Facet::from_key(key) {
            atlas.prepare(facet);
        }
    });
}

/// Does what a key stands for, wherever it is pressed; whether it stands for anything.
fn act_on(atlas: Atlas, key: &Key) -> bool {
    // What is typed into the search box is a step like any other; other fields have an undo of their own.
    let finding = key.is_inside("#find");
    if !finding && key.is_inside("input, select, textarea") {
        return false;
    }
    match (key.name.as_str(), key.command, key.shift) {
        ("z" | "Z", true, false) => atlas.undo(),
        ("z" | "Z", true, true) | ("y", true, false) => atlas.redo(),
        ("Escape", false, false) if finding => return clear_find(atlas),
        ("Escape", false, false) => {
            open_drawer(false);
            return false;
        }
        // Only from the rows themselves: elsewhere it may mean something to the browser, or to a voice that dictates.
        ("/", false, _) if !finding && key.is_inside("#rows") => page::focus(FIELD),
        _ => return false,
    }
    true
}

/// Places that show statistics, which follow an answer within a frame or two.
const OF_STATISTICS: [&str; 2] = ["chart-typical-size", "chart-concentration"];

/// Id of the link that leads to a collection.
fn collection_link(collection: Collection) -> String {
    format!("collection-{}", collection.key())
}

/// Marks on the page by which index.html and its styles tell what is collected, and which facets are not offered.
fn mark_collection(open: Collection) {
    let lacking = Facet::ALL.into_iter().filter(|facet| !open.has(*facet));
    let lacking: Vec<&str> = lacking.map(Facet::key).collect();
    page::mark_body("data-collection", open.key());
    page::mark_body("data-lacks", &lacking.join(" "));
    for collection in Collection::ALL {
        page::mark(
            &collection_link(collection),
            "aria-current",
            if collection == open { "page" } else { "false" },
        );
    }
}

/// What follows from the state outside the page's own elements: questions to the engine, marks on the body.
fn follow_state(atlas: Atlas) {
    let query = Memo::new(move |_| atlas.view.with(|view| view.query.clone()));
    // Another snapshot with as many rows is another thing to ask about.
    let loaded = Memo::new(move |_| {
        let checksum = atlas.dataset().map(|dataset| dataset.checksum.clone());
        atlas.can_ask().then(|| (atlas.progress().rows_ready, checksum))
    });
    let snapshot = Memo::new(move |_| atlas.view.with(|view| view.snapshot.clone()));
    follow(move || atlas.follow_snapshot(&snapshot.get()));
    follow(move || {
        if loaded.get().is_some() {
            atlas.ask(query.get());
        }
    });
    follow(move || {
        for collection in Collection::ALL {
            let link = atlas.view.with(|view| view.of_collection(collection)).to_link();
            page::mark(&collection_link(collection), "href", &format!("./?{link}"));
        }
    });
    let collection = Memo::new(move |_| atlas.collection());
    follow(move || mark_collection(collection.get()));
    let listing = Memo::new(move |_| atlas.listing());
    follow(move || {
        if let (Some(_), Some(listing)) = (loaded.get(), listing.get()) {
            atlas.list_rows(listing);
        }
    });
    let comparing = Memo::new(move |_| atlas.compares());
    follow(move || {
        if let (Some(_), Some((address, query))) = (loaded.get(), comparing.get()) {
            atlas.compare(&address, query);
        }
    });
    follow(move || {
        let answers_query = || {
            atlas
                .answer()
                .is_some_and(|answer| query.with(|query| *query == answer.query))
        };
        let measured = atlas.is_measured();
        for id in OF_STATISTICS {
            page::mark(id, "aria-busy", if measured { "false" } else { "true" });
        }
        let settled = if !atlas.is_busy() && measured && answers_query() {
            "true"
        } else {
            "false"
        };
        page::mark_body("data-state", atlas.phase().key());
        page::mark_body("data-section", atlas.view.with(|view| view.section).key());
        page::mark_body("data-settled", settled);
        page::mark_body(
            "data-history",
            if atlas.with_history().is_some() {
                "true"
            } else {
                "false"
            },
        );
    });
}
