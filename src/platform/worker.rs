//! The engine's worker: bytes to it, bytes from it.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// A running worker; it ends when this is dropped.
pub struct Engine {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

/// Where index.html keeps the worker that it started, and what that has said.
const STARTED: &str = "atlasEngine";

/// The worker that index.html started, for one use.
fn started() -> Option<(Worker, Array)> {
    let window = web_sys::window()?;
    let pair: Array = Reflect::get(&window, &STARTED.into()).ok()?.dyn_into().ok()?;
    Reflect::delete_property(&window, &STARTED.into()).ok()?;
    Some((pair.get(0).dyn_into().ok()?, pair.get(1).dyn_into().ok()?))
}

/// What a worker said before anybody listened.
pub struct Early {
    worker: Worker,
    heard: Array,
}

impl Early {
    /// Lets the worker say it again.
    pub fn repeat(self) {
        for event in self.heard.iter() {
            drop(self.worker.dispatch_event(event.unchecked_ref()));
        }
    }
}

/// What a worker says: an event, and the bytes that travel beside it.
pub struct Message {
    /// The event as postcard bytes.
    pub event: Vec<u8>,
    /// A piece of an export.
    pub payload: Option<Uint8Array>,
}

impl Engine {
    /// Takes over the worker that index.html has started, or starts the module worker at an address.
    ///
    /// `on_message` gets what it says, `None` for what is no message of ours; `on_error` is called when its script
    /// cannot be loaded or fails. What the worker has said already is to be repeated once the engine is in its place.
    pub fn start(
        address: &str,
        mut on_message: impl FnMut(Option<Message>) + 'static,
        mut on_error: impl FnMut(String) + 'static,
    ) -> Result<(Engine, Early), String> {
        let (worker, heard) = match started() {
            Some(started) => started,
            None => {
                let options = WorkerOptions::new();
                options.set_type(WorkerType::Module);
                let worker = Worker::new_with_options(address, &options)
                    .map_err(|_| "This browser does not start module workers.".to_owned())?;
                (worker, Array::new())
            }
        };
        let on_message = Closure::new(move |event: MessageEvent| on_message(message(&event.data())));
        let on_error = Closure::new(move |event: web_sys::Event| {
            let reason = event.dyn_ref::<web_sys::ErrorEvent>().map(web_sys::ErrorEvent::message);
            on_error(
                reason
                    .filter(|reason| !reason.is_empty())
                    .unwrap_or_else(|| "its script did not load".to_owned()),
            );
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        let early = Early {
            worker: worker.clone(),
            heard,
        };
        let engine = Engine {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        };
        Ok((engine, early))
    }

    /// Sends bytes; they are moved, not copied again, on their way.
    pub fn send(&self, bytes: &[u8]) -> Result<(), String> {
        let bytes = Uint8Array::from(bytes);
        let moved = Array::of1(&bytes.buffer());
        self.worker
            .post_message_with_transfer(&bytes, &moved)
            .map_err(|_| "The engine could not be reached.".to_owned())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}

fn message(data: &JsValue) -> Option<Message> {
    let parts: &Array = data.dyn_ref()?;
    let event = parts.get(0).dyn_into::<Uint8Array>().ok()?.to_vec();
    Some(Message {
        event,
        payload: parts.get(1).dyn_into().ok(),
    })
}
