//! The worker's global scope: posting, the clock, and giving way.

use atlas_protocol::{Event, to_bytes};
use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

/// The scope this code runs in.
pub(crate) fn worker() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Posts an event to the page.
pub(crate) fn post(event: &Event) {
    post_with(event, None);
}

/// Posts an event and, beside it, bytes that are not part of the protocol's own encoding.
pub(crate) fn post_with(event: &Event, payload: Option<&[u8]>) {
    // An event that cannot be written, or a page that is gone, leaves nobody to tell but the console.
    let outcome = to_bytes(event)
        .map_err(|error| JsValue::from(error.to_string()))
        .and_then(|bytes| {
            let (message, transfer) = (Array::new(), Array::new());
            for bytes in [Some(bytes.as_slice()), payload].into_iter().flatten() {
                let array = Uint8Array::from(bytes);
                transfer.push(&array.buffer());
                message.push(&array);
            }
            worker().post_message_with_transfer(&message, &transfer)
        });
    if let Err(error) = outcome {
        web_sys::console::error_1(&error);
    }
}

/// Milliseconds since the worker started.
pub(crate) fn now_ms() -> f64 {
    worker().performance().map_or(0.0, |clock| clock.now())
}

/// Whole microseconds since a time that [`now_ms`] gave.
pub(crate) fn us_since(started_ms: f64) -> u64 {
    ((now_ms() - started_ms) * 1000.0) as u64
}

/// Lets other messages be handled before going on. Unlike a timer, which browsers hold back for 4 ms once several have
/// followed each other, a message to oneself comes at once.
pub(crate) async fn give_way() {
    let promise = Promise::new(&mut |resolve: Function, _| {
        let posted = MessageChannel::new().and_then(|channel| {
            channel.port1().set_onmessage(Some(&resolve));
            channel.port2().post_message(&JsValue::NULL)
        });
        if posted.is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // The promise never rejects.
    let _ = JsFuture::from(promise).await;
}

/// Whether a promise settles within some milliseconds. It can be awaited again afterwards.
pub(crate) async fn settles_within(promise: &Promise, ms: i32) -> bool {
    let late = JsValue::from("late");
    let timer = Promise::new(&mut |resolve: Function, _| {
        if worker()
            .set_timeout_with_callback_and_timeout_and_arguments_1(&resolve, ms, &late)
            .is_err()
        {
            let _ = resolve.call1(&JsValue::NULL, &late);
        }
    });
    let first = JsFuture::from(Promise::race(&Array::of2(promise, &timer))).await;
    first.map_or(true, |value| value != late)
}
