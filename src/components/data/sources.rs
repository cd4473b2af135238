//! The data menu: its words and fields are in index.html, what they do and how far it has come is here.

use atlas_protocol::import::HubQuestion;

use crate::components::buttons::{Button, buttons};
use crate::components::markup::element;
use crate::components::place::{Live, follow, live};
use crate::platform::{address, given, page};
use crate::state::source::Import;
use crate::state::{Atlas, atlas};

/// Id of the dialog in the page.
const DIALOG: &str = "data";

/// Opens the data menu.
pub fn open_sources() {
    page::show_dialog(DIALOG, true);
}

/// What is being brought, and how far that has come.
pub fn import_state() -> Live {
    let atlas = atlas();
    live(move || match atlas.import() {
        Import::Idle | Import::Done => Vec::new(),
        Import::Running { text, done, total } => {
            let bar = element("progress")
                .with("aria-label", "Progress")
                .maybe("max", Some(total.to_string()).filter(|_| total > 0))
                .maybe("value", Some(done.to_string()).filter(|_| total > 0));
            vec![bar, element("p").with("data-testid", "import-running").words(text)]
        }
        Import::Failed(reason) => vec![
            element("p")
                .class("error")
                .with("role", "alert")
                .with("data-testid", "import-failed")
                .words(format!("{reason} What is shown stays as it is.")),
        ],
    })
}

/// To hold it back, to end it.
pub fn import_buttons() -> Live {
    let atlas = atlas();
    let list = move || {
        let pause = atlas.live_import().map(|paused| if paused { "Go on" } else { "Pause" });
        let cancel = Some("Cancel").filter(|_| matches!(atlas.import(), Import::Running { .. }));
        let named = [("import-pause", pause), ("import-cancel", cancel)];
        let shown = named
            .into_iter()
            .filter_map(|(name, label)| Some(Button::quiet(name, label?)));
        shown.collect()
    };
    let press = move |name: &str, _: &str| match name {
        "import-pause" => atlas.pause_import(),
        _ => atlas.end_import(),
    };
    buttons(list, press)
}

/// Does what the fields of the menu say, and takes files that are dropped anywhere.
pub fn follow_sources(atlas: Atlas) {
    let take = move |files| {
        open_sources();
        atlas.open_given(files, page::text_of("files-day"));
    };
    given::on_drop(take);
    given::on_choice("files", take);
    page::on_press("open-bundled", move || atlas.open_address(""));
    page::on_press("open-address", move || {
        atlas.open_address(&page::text_of("snapshot-address"))
    });
    for (button, anew) in [("ask-hub", false), ("ask-anew", true)] {
        page::on_press(button, move || {
            atlas.ask_hub(HubQuestion {
                by_likes: page::text_of("hub-order") == "likes",
                most: page::text_of("hub-most").parse().unwrap_or(0),
                author: page::text_of("hub-author"),
                search: page::text_of("hub-search"),
                anew,
                page_query: address::query(),
            });
        });
    }
    page::on_press("close-data", || page::show_dialog(DIALOG, false));
    follow(move || match atlas.import() {
        // What was brought is there to be looked at.
        Import::Done => page::show_dialog(DIALOG, false),
        Import::Failed(_) => open_sources(),
        _ => {}
    });
}
