//! Workers: bytes and files to them, bytes and files from them.

use super::page::PageEvent;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// A running worker, the engine or the importer; it ends when this is dropped.
pub struct Engine {
    worker: Worker,
    _on_message: Listener,
    _on_error: Listener,
}

type Listener = Closure<dyn FnMut(PageEvent)>;

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

/// What a worker says: an event, and what travels beside it.
pub struct Message {
    /// The event as postcard bytes.
    pub event: Vec<u8>,
    /// A piece of an export, or the files of a snapshot.
    pub beside: JsValue,
}

/// Called with what a worker says; `None` for what is no message of ours.
pub type OnMessage = Box<dyn FnMut(Option<Message>)>;

/// Called with a reason when a worker's script cannot be loaded or fails.
pub type OnError = Box<dyn FnMut(String)>;

impl Engine {
    /// Takes over the worker that index.html has started, or starts the engine's module worker at an address.
    ///
    /// What it has said already is to be repeated once the engine is in its place.
    pub fn start(address: &str, on_message: OnMessage, on_error: OnError) -> Result<(Engine, Early), String> {
        let (worker, heard) = match started() {
            Some(started) => started,
            None => (module_worker(address)?, Array::new()),
        };
        let early = Early {
            worker: worker.clone(),
            heard,
        };
        Ok((Engine::listening(worker, on_message, on_error), early))
    }

    /// Starts another module worker at an address.
    pub fn start_other(address: &str, on_message: OnMessage, on_error: OnError) -> Result<Engine, String> {
        Ok(Engine::listening(module_worker(address)?, on_message, on_error))
    }

    fn listening(worker: Worker, mut on_message: OnMessage, mut on_error: OnError) -> Engine {
        let on_message = Listener::new(move |event: PageEvent| {
            on_message(event.dyn_ref().and_then(|event: &MessageEvent| message(&event.data())));
        });
        let on_error = Listener::new(move |event: PageEvent| {
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
        Engine {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        }
    }

    /// Sends bytes; they are moved, not copied again, on their way.
    pub fn send(&self, bytes: &[u8]) -> Result<(), String> {
        let bytes = Uint8Array::from(bytes);
        self.post(&bytes, &Array::of1(&bytes.buffer()))
    }

    /// Sends bytes with files beside them.
    pub fn send_with(&self, bytes: &[u8], files: &JsValue) -> Result<(), String> {
        self.post(&Array::of2(&Uint8Array::from(bytes), files), &Array::new())
    }

    fn post(&self, message: &JsValue, moved: &Array) -> Result<(), String> {
        self.worker
            .post_message_with_transfer(message, moved)
            .map_err(|_| "The engine could not be reached.".to_owned())
    }
}

fn module_worker(address: &str) -> Result<Worker, String> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(address, &options).map_err(|_| "This browser does not start module workers.".to_owned())
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
        beside: parts.get(1),
    })
}
