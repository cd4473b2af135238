//! The address of the page: read, written, watched.

use wasm_bindgen::prelude::*;
use web_sys::{Document, Window};

use super::page;

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// The part of the address after `?`, or the empty string.
pub fn query() -> String {
    window()
        .and_then(|window| window.location().search().ok())
        .unwrap_or_default()
}

/// The whole address, as a reader would copy it.
pub fn whole() -> String {
    window()
        .and_then(|window| window.location().href().ok())
        .unwrap_or_default()
}

/// Writes the part of the address after `?`, as a step of its own in the browser's history.
///
/// A browser may refuse when this happens too often; the page works on, only its address is older than the view.
pub fn write(query: &str) {
    let Some(window) = window() else { return };
    let (Ok(history), Ok(path)) = (window.history(), window.location().pathname()) else {
        return;
    };
    let address = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    drop(history.push_state_with_url(&JsValue::NULL, "", Some(&address)));
}

/// Calls back when the reader goes back or forward.
pub fn on_travel(call: impl FnMut() + 'static) {
    page::on_window("popstate", call);
}

/// An address relative to the page's, made absolute.
pub fn absolute(relative: &str) -> String {
    let base = document()
        .and_then(|document| document.base_uri().ok().flatten())
        .unwrap_or_default();
    web_sys::Url::new_with_base(relative, &base).map_or_else(|_| relative.to_owned(), |url| url.href())
}

/// The content of a `<meta name=...>` of the page.
pub fn meta(name: &str) -> Option<String> {
    document()?
        .query_selector(&format!("meta[name='{name}']"))
        .ok()??
        .get_attribute("content")
}
