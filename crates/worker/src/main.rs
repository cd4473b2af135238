//! The engine behind the protocol, off the page's thread.
//!
//! Each message from the page is the postcard bytes of a [`Request`](atlas_protocol::Request) in a `Uint8Array`, or an array
//! of these bytes and the files of a snapshot. Each
//! message to the page is an array whose first entry holds the bytes of an [`Event`](atlas_protocol::Event); for a piece
//! of an export the second entry holds the piece. All buffers are transferred, not copied.

mod checks;
mod compare;
mod exports;
mod fetch;
mod history;
mod ids;
mod listings;
mod loading;
mod origin;
mod scope;
mod search;
mod session;

use atlas_protocol::{Event, Failure, FailureKind, Request, from_bytes};
use js_sys::{Array, Uint8Array};
use session::Session;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

fn main() {
    std::panic::set_hook(Box::new(|info| web_sys::console::error_1(&info.to_string().into())));
    let session = Session::default();
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let data = message.data();
        let parts: Array = data.clone().dyn_into().unwrap_or_else(|_| Array::of1(&data));
        let bytes = parts.get(0).dyn_into::<Uint8Array>();
        match from_bytes::<Request>(&bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()) {
            Ok(request) => session.handle(request, &parts.get(1)),
            Err(error) => scope::post(&Event::Failed(Failure {
                kind: FailureKind::Protocol,
                message: format!("{error}."),
                can_retry: false,
            })),
        }
    });
    scope::worker().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // The listener lives as long as the worker.
    listener.forget();
    scope::post(&Event::Ready);
}
