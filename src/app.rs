//! The page put together: which component fills which place of index.html, and what happens by itself.

use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use crate::components::charts::{ConcentrationChart, LeadersChart, OverTimeChart, SizesChart, TypicalChart};
use crate::components::chips::{Toolbar, open_drawer};
use crate::components::data::about::{About, Definitions};
use crate::components::data::download::Download;
use crate::components::data::sources::{Bringing, follow_sources};
use crate::components::figures::Figures;
use crate::components::filters::histogram::{MadeRange, MonthRange, SizeRange};
use crate::components::filters::regions::Regions;
use crate::components::filters::values::{LongValues, Values};
use crate::components::header::{Actions, Sections, Snapshot};
use crate::components::loading::{Loading, Notices};
use crate::components::sentence::Sentence;
use crate::components::table::rows::Rows;
use crate::platform::{address, page, theme};
use crate::state::Atlas;
use crate::state::view::{Named, Section};
use atlas_protocol::Facet;

/// Brings the page to life, for as long as it is open.
pub fn start() {
    if page::is_too_old() {
        return;
    }
    let owner = Owner::new();
    owner.with(|| {
        let atlas = Atlas::from_address();
        provide_context(atlas);
        // The first mounting starts what runs effects, so it comes before them.
        fill_places();
        follow_reader(atlas);
        follow_state(atlas);
        atlas.start_engine();
    });
    // The page ends with its tab.
    std::mem::forget(owner);
}

/// Fills the places that index.html keeps for what changes.
fn fill_places() {
    place("snapshot", || view! { <Snapshot /> }.into_any());
    place("sections", || view! { <Sections /> }.into_any());
    place("actions", || view! { <Actions /> }.into_any());
    place("loading", || view! { <Loading /> }.into_any());
    place("notices", || view! { <Notices /> }.into_any());
    place("toolbar", || view! { <Toolbar /> }.into_any());
    place("sentence", || view! { <Sentence /> }.into_any());
    place("figures", || view! { <Figures /> }.into_any());
    place("facet-region", || view! { <Regions /> }.into_any());
    place("facet-parameters", || view! { <SizeRange /> }.into_any());
    place("facet-month", || view! { <MonthRange /> }.into_any());
    place("made", || view! { <MadeRange /> }.into_any());
    for facet in [Facet::Size, Facet::Year, Facet::OrganisationType, Facet::Relation] {
        place(&format!("facet-{}", facet.key()), move || {
            view! { <Values facet /> }.into_any()
        });
    }
    for facet in [
        Facet::Task,
        Facet::Organisation,
        Facet::Library,
        Facet::Licence,
        Facet::Origin,
    ] {
        place(&format!("facet-{}", facet.key()), move || {
            view! { <LongValues facet /> }.into_any()
        });
    }
    place("chart-over-time", || view! { <OverTimeChart /> }.into_any());
    place("chart-sizes", || view! { <SizesChart /> }.into_any());
    place("chart-typical-size", || view! { <TypicalChart /> }.into_any());
    place("chart-concentration", || view! { <ConcentrationChart /> }.into_any());
    place("chart-leaders", || view! { <LeadersChart /> }.into_any());
    place("rows", || view! { <Rows /> }.into_any());
    place("about-snapshot", || view! { <About /> }.into_any());
    place("about-definitions", || view! { <Definitions /> }.into_any());
    place("download", || view! { <Download /> }.into_any());
    place("import-state", || view! { <Bringing /> }.into_any());
}

fn place(id: &str, fill: impl FnOnce() -> AnyView + 'static) {
    match page::emptied(id) {
        Some(element) => mount_to(element, fill).forget(),
        None => leptos::logging::error!("index.html has no element #{id}"),
    }
}

/// How long a pointer rests on a filter before the engine gets ready for a press, in milliseconds.
const REST_MS: i32 = 80;

/// What the reader does that no component sees: back and forward, keys, another theme of the system.
fn follow_reader(atlas: Atlas) {
    address::on_travel(move || atlas.follow_address());
    theme::on_system_change(move |theme| atlas.follow_theme(theme));
    page::on_key(move |key, command, shift| match (key, command, shift) {
        ("z" | "Z", true, false) => {
            atlas.undo();
            true
        }
        ("z" | "Z", true, true) | ("y", true, false) => {
            atlas.redo();
            true
        }
        ("Escape", false, false) => {
            open_drawer(false);
            false
        }
        _ => false,
    });
    page::on_press("close-filters", || open_drawer(false));
    follow_sources(atlas);
    page::on_approach("filters", "data-facet", REST_MS, move |key| {
        if let Some(facet) = Facet::from_key(key) {
            atlas.prepare(facet);
        }
    });
}

/// Places that show statistics, which follow an answer within a frame or two.
const OF_STATISTICS: [&str; 2] = ["chart-typical-size", "chart-concentration"];

/// What follows from the state outside the page's own elements: questions to the engine, marks on the body.
fn follow_state(atlas: Atlas) {
    let query = Memo::new(move |_| atlas.view.with(|view| view.query.clone()));
    // Another snapshot with as many rows is another thing to ask about.
    let loaded = Memo::new(move |_| {
        let checksum = atlas.dataset().map(|dataset| dataset.checksum.clone());
        atlas.can_ask().then(|| (atlas.progress().rows_ready, checksum))
    });
    let snapshot = Memo::new(move |_| atlas.view.with(|view| view.snapshot.clone()));
    Effect::new(move |_| atlas.follow_snapshot(&snapshot.get()));
    Effect::new(move |_| {
        if loaded.get().is_some() {
            atlas.ask(query.get());
        }
    });
    let listing = Memo::new(move |_| {
        let listed =
            |view: &crate::state::view::View| (view.section == Section::Rows).then(|| (view.query.clone(), view.sort));
        atlas.view.with(listed)
    });
    Effect::new(move |_| {
        if let (Some(_), Some((query, sort))) = (loaded.get(), listing.get()) {
            atlas.list_rows(query, sort);
        }
    });
    Effect::new(move |_| {
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
