//! The engine's worker: bytes to it, bytes from it.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// A running worker; it ends when this is dropped.
pub struct Engine {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

/// What a worker says: an event, and the bytes that travel beside it.
pub struct Message {
    /// The event as postcard bytes.
    pub event: Vec<u8>,
    /// A piece of an export.
    pub payload: Option<Uint8Array>,
}

impl Engine {
    /// Starts the module worker at an address.
    ///
    /// `on_message` gets what it says, `None` for what is no message of ours; `on_error` is called when its script
    /// cannot be loaded or fails.
    pub fn start(
        address: &str,
        mut on_message: impl FnMut(Option<Message>) + 'static,
        mut on_error: impl FnMut(String) + 'static,
    ) -> Result<Engine, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(address, &options)
            .map_err(|_| "This browser does not start module workers.".to_owned())?;
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
        Ok(Engine {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
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
