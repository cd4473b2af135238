//! Light or dark: what the system says, or what the reader chose.

use super::page;

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on light paper.
    Light,
    /// Light ink on dark paper.
    Dark,
}

impl Theme {
    /// The other one.
    pub const fn other(self) -> Theme {
        match self {
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Light,
        }
    }

    /// The name in attributes and storage.
    pub const fn key(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// Key in the browser's storage; index.html reads it before the first paint.
const STORED: &str = "hub-atlas-theme";

/// Attribute of the document's root by which style sheets choose their inks.
const IN_FORCE: &str = "data-theme";

/// Attribute of the document's root that says the reader chose.
const CHOSEN: &str = "data-theme-chosen";

const DARK_SYSTEM: &str = "(prefers-color-scheme: dark)";

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

fn system() -> Option<web_sys::MediaQueryList> {
    web_sys::window()?.match_media(DARK_SYSTEM).ok()?
}

/// The theme in force: index.html has set it before the first paint, from the reader's choice or the system's.
pub fn current() -> Theme {
    match root().and_then(|root| root.get_attribute(IN_FORCE)) {
        Some(name) if name == Theme::Dark.key() => Theme::Dark,
        _ => Theme::Light,
    }
}

/// Puts a theme in force and remembers it, where the browser lets the page remember anything.
pub fn choose(theme: Theme) {
    put(IN_FORCE, theme);
    put(CHOSEN, theme);
    if let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) {
        drop(storage.set_item(STORED, theme.key()));
    }
}

fn put(attribute: &str, theme: Theme) {
    if let Some(root) = root() {
        drop(root.set_attribute(attribute, theme.key()));
    }
}

/// Calls back when the system changes and the reader has chosen nothing.
pub fn on_system_change(mut call: impl FnMut(Theme) + 'static) {
    let Some(query) = system() else { return };
    let watched = query.clone();
    let changed = move |_: &page::PageEvent| {
        if root().is_some_and(|root| root.has_attribute(CHOSEN)) {
            return;
        }
        let theme = if watched.matches() { Theme::Dark } else { Theme::Light };
        put(IN_FORCE, theme);
        call(theme);
    };
    page::listen(&query, &["change"], Box::new(changed));
}
