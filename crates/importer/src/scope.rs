//! The worker's global scope: posting, the clock, waiting.

use std::cell::Cell;

use atlas_protocol::import::ImportEvent;
use atlas_protocol::to_bytes;
use js_sys::{Array, Date, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

/// A snapshot that is ready: what is to be said of it, and its files, a name before each.
pub(crate) struct Ready {
    pub(crate) note: String,
    pub(crate) files: Array,
}

/// The scope this code runs in.
pub(crate) fn worker() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Posts an event to the page.
pub(crate) fn post(event: &ImportEvent) {
    post_with(event, &JsValue::UNDEFINED);
}

/// Tells the page how an import ended.
pub(crate) fn tell(outcome: Result<Ready, String>) {
    match outcome {
        Ok(ready) => post_with(&ImportEvent::Done { note: ready.note }, &ready.files),
        Err(message) => post(&ImportEvent::Failed(message)),
    }
}

fn post_with(event: &ImportEvent, beside: &JsValue) {
    // An event that cannot be written, or a page that is gone, leaves nobody to tell but the console.
    let outcome = to_bytes(event)
        .map_err(|error| JsValue::from(error.to_string()))
        .and_then(|bytes| worker().post_message(&Array::of2(&Uint8Array::from(bytes.as_slice()), beside)));
    if let Err(error) = outcome {
        web_sys::console::error_1(&error);
    }
}

/// Milliseconds between two reports of progress.
const REPORT_MS: f64 = 100.0;

/// Tells the page how far an import has come, no more often than anybody can read.
#[derive(Default)]
pub(crate) struct Reporter {
    last_ms: Cell<f64>,
}

impl Reporter {
    /// Tells that `done` of `total` are done, 0 where the end is not known.
    pub(crate) fn report(&self, text: impl FnOnce() -> String, done: u64, total: u64) {
        let now = worker().performance().map_or(0.0, |clock| clock.now());
        if self.last_ms.get() == 0.0 || now - self.last_ms.get() >= REPORT_MS {
            self.last_ms.set(now);
            report(text(), done, total);
        }
    }
}

/// Tells the page at once.
pub(crate) fn report(text: String, done: u64, total: u64) {
    post(&ImportEvent::Progressed { text, done, total });
}

/// Waits some milliseconds.
pub(crate) async fn sleep(ms: i32) {
    let timer = Promise::new(&mut |resolve: Function, _| {
        if worker()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms)
            .is_err()
        {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // The promise never rejects.
    let _ = JsFuture::from(timer).await;
}

/// The day of a moment in milliseconds from 1970, in UTC, `YYYY-MM-DD`.
pub(crate) fn day_of(ms: f64) -> String {
    let written = Date::new(&ms.into()).to_iso_string();
    written.as_string().unwrap_or_default().chars().take(10).collect()
}

/// Today in UTC.
pub(crate) fn today() -> String {
    day_of(Date::now())
}
