//! Fetching files of a snapshot, with progress, and errors a reader can act on.

use gloo_net::http::{Request, Response};
use js_sys::{Map, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStream, ReadableStreamDefaultReader, RequestCache};

use crate::origin::other_host;
use crate::scope;

/// Fetches a file whole.
///
/// `expected_bytes` is the size the manifest states, or the largest size that is accepted where it is not known;
/// `on_progress` is told the number of bytes received so far.
///
/// # Errors
/// A sentence that names the file, what went wrong and what to do.
pub(crate) async fn fetch(
    url: &str,
    name: &str,
    cache: RequestCache,
    most_bytes: u64,
    mut on_progress: impl FnMut(u64),
) -> Result<Vec<u8>, String> {
    let unreachable = || {
        let allow = match other_host(url) {
            Some(host) => format!(
                " {host} must send the header Access-Control-Allow-Origin with every file; else download the files of the snapshot and drop them onto this page."
            ),
            None => String::new(),
        };
        format!(
            "{name} could not be fetched: the server cannot be reached, or it does not allow this page to read it. Check the connection and try again.{allow}"
        )
    };
    let response = match early(url) {
        Some(answer) => JsFuture::from(answer)
            .await
            .ok()
            .map(|answer| Response::from(answer.unchecked_into::<web_sys::Response>())),
        None => Request::get(url).cache(cache).send().await.ok(),
    };
    let response = response.ok_or_else(unreachable)?;
    if !response.ok() {
        return Err(format!(
            "{name} could not be fetched: the server answered {} {}. Try again; if it stays so, the snapshot was published incompletely.",
            response.status(),
            response.status_text()
        ));
    }
    let broken = || format!("{name} stopped arriving half-way. Check the connection and try again.");
    match response.body() {
        Some(body) => read(body, name, broken, most_bytes, &mut on_progress).await,
        None => Ok(Vec::new()),
    }
}

/// Reads a file that the reader gave, whole; otherwise as [`fetch`].
///
/// # Errors
/// A sentence that names the file, what went wrong and what to do.
pub(crate) async fn read_blob(
    blob: &Blob,
    name: &str,
    most_bytes: u64,
    mut on_progress: impl FnMut(u64),
) -> Result<Vec<u8>, String> {
    let broken = || format!("{name} can no longer be read: it was moved or changed. Choose it again.");
    read(blob.stream(), name, broken, most_bytes, &mut on_progress).await
}

async fn read(
    body: ReadableStream,
    name: &str,
    broken: impl Fn() -> String,
    most_bytes: u64,
    on_progress: &mut impl FnMut(u64),
) -> Result<Vec<u8>, String> {
    let broken = |_: JsValue| broken();
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into().map_err(|value| broken(value.into()))?;
    let mut bytes = Vec::new();
    loop {
        let step = JsFuture::from(reader.read()).await.map_err(broken)?;
        if Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            return Ok(bytes);
        }
        let chunk: Uint8Array = Reflect::get(&step, &"value".into()).map_err(broken)?.unchecked_into();
        let start = bytes.len();
        let length = start + chunk.length() as usize;
        if length as u64 > most_bytes {
            // Nothing more is read; the connection closes with the reader.
            let _ = reader.cancel();
            return Err(format!(
                "{name} is larger than the {most_bytes} bytes it should have at most. The snapshot is damaged: publish it again."
            ));
        }
        bytes.resize(length, 0);
        chunk.copy_to(&mut bytes[start..]);
        on_progress(length as u64);
    }
}

/// The answer that the loader has asked for already, if it is the first time that this address is wanted.
fn early(url: &str) -> Option<Promise> {
    let answers = Reflect::get(&scope::worker(), &"early".into())
        .ok()?
        .dyn_into::<Map>()
        .ok()?;
    let answer = answers.get(&url.into()).dyn_into::<Promise>().ok()?;
    answers.delete(&url.into());
    Some(answer)
}
