//! Files and the live Hub to snapshots, in a worker of the browser.
//!
//! Each message from the page is an array: the postcard bytes of an [`ImportRequest`], then the files it is about. Each
//! message to the page is an array: the bytes of an [`ImportEvent`], then, with [`ImportEvent::Done`], the files of the
//! snapshot, a name before each. An import ends when its worker is ended.

mod browser_file;
mod files;
mod kept;
mod live;
mod parts;
mod scope;

use std::rc::Rc;

use atlas_protocol::from_bytes;
use atlas_protocol::import::{ImportEvent, ImportRequest};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use live::Pause;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        scope::post(&ImportEvent::Failed(
            "The importer stopped: something in the file is not as it should be, or the browser has no more memory."
                .to_owned(),
        ));
    }));
    let pause = Rc::new(Pause::default());
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let parts: Array = message.data().dyn_into().unwrap_or_default();
        let bytes = parts.get(0).dyn_into::<Uint8Array>();
        match from_bytes(&bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()) {
            Ok(request) => handle(request, &parts.get(1), &pause),
            Err(error) => scope::post(&ImportEvent::Failed(format!("{error}."))),
        }
    });
    scope::worker().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // The listener lives as long as the worker.
    listener.forget();
    scope::post(&ImportEvent::Ready);
}

fn handle(request: ImportRequest, beside: &JsValue, pause: &Rc<Pause>) {
    match request {
        ImportRequest::Files { day } => {
            let outcome = files::import(beside, &day);
            scope::tell(outcome);
        }
        ImportRequest::Ask(question) => {
            let pause = pause.clone();
            spawn_local(async move { scope::tell(live::answer(&question, &pause).await) });
        }
        ImportRequest::Pause(paused) => pause.set(paused),
    }
}
