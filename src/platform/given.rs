//! Files that the reader drops onto the page or chooses.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DragEvent, File, FileList, HtmlInputElement};

use super::page;

/// Files that the reader gave, at least one.
pub struct Given(Array);

impl Given {
    fn of(list: Option<FileList>) -> Option<Given> {
        let files = Array::from(&JsValue::from(list?));
        (files.length() > 0).then_some(Given(files))
    }

    /// The files.
    pub fn files(self) -> JsValue {
        self.0.into()
    }

    /// The files, a name before each, where one of them has this name.
    pub fn with_names(&self, wanted: &str) -> Option<JsValue> {
        let named = Array::new();
        let mut is_there = false;
        for file in self.0.iter() {
            let name = file.unchecked_ref::<File>().name();
            is_there |= name == wanted;
            named.push(&name.into());
            named.push(&file);
        }
        is_there.then(|| named.into())
    }
}

/// Calls back with files that are dropped anywhere onto the page. While files are held over it, the body says so in an
/// attribute.
pub fn on_drop(call: impl Fn(Given) + 'static) {
    let heard = move |event: &page::PageEvent| {
        let held = event.dyn_ref().and_then(DragEvent::data_transfer);
        let Some(held) = held else { return };
        if !held.types().includes(&"Files".into(), 0) {
            return;
        }
        event.prevent_default();
        let is_over = event.type_() == OVER;
        page::mark_body("data-dropping", if is_over { "true" } else { "false" });
        if let Some(given) = Given::of(held.files()).filter(|_| event.type_() == DROP) {
            call(given);
        }
    };
    if let Some(window) = web_sys::window() {
        page::listen(&window, &[OVER, LEAVE, DROP], Box::new(heard));
    }
}

const OVER: &str = "dragover";
const LEAVE: &str = "dragleave";
const DROP: &str = "drop";

/// Calls back with files that are chosen in the field with this id.
pub fn on_choice(id: &str, call: impl Fn(Given) + 'static) {
    let field = page::element(id).and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return };
    let chosen = field.clone();
    let heard = move |_: &page::PageEvent| {
        if let Some(given) = Given::of(chosen.files()) {
            call(given);
            // The same files can be chosen again.
            chosen.set_value("");
        }
    };
    page::listen(&field, &["change"], Box::new(heard));
}
