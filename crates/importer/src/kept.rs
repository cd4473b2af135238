//! Answers of the Hub kept in the browser, whole or as far as they came, so that a question need not be asked twice.
//!
//! Whatever fails here only means that a question is asked again: a browser may refuse storage.

use atlas_snapshot::Manifest;
use atlas_snapshot::manifest::MANIFEST_FILE;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Cache, CacheStorage, Response};

use crate::scope::worker;

/// The cache in which answers are kept. Another name when their form changes.
const CACHE: &str = "hub-atlas-live-1";

/// Most files that are kept; a question has three to a handful.
const MOST_FILES: u32 = 60;

/// The snapshot kept of a question: its files, a name before each, and the day they were taken.
pub(crate) async fn find(key: &str) -> Option<(Array, String)> {
    let cache = open().await?;
    let blob = matched(&cache, key, MANIFEST_FILE).await?;
    let text = JsFuture::from(blob.text()).await.ok()?.as_string()?;
    let manifest = Manifest::from_json(text.as_bytes()).ok()?;
    let files = Array::of2(&MANIFEST_FILE.into(), &blob);
    for part in &manifest.parts {
        let blob = matched(&cache, key, &part.path).await?;
        files.push(&JsValue::from(part.path.as_str()));
        files.push(&blob);
    }
    Some((files, manifest.taken_on))
}

/// Keeps the files of a snapshot, in the place of those kept of the same question before.
pub(crate) async fn keep(key: &str, files: &Array) {
    // Nobody waits for this, and nothing is lost without it.
    let _ = try_keep(key, files).await;
}

async fn try_keep(key: &str, files: &Array) -> Option<()> {
    let cache = open().await?;
    let requests: Array = JsFuture::from(cache.keys()).await.ok()?.dyn_into().ok()?;
    let former = folder(key);
    let too_many = (requests.length() + files.length() / 2).saturating_sub(MOST_FILES);
    for (at, request) in requests.iter().enumerate() {
        let url = Reflect::get(&request, &"url".into()).ok()?.as_string()?;
        if url.starts_with(&former) || (at as u32) < too_many {
            JsFuture::from(cache.delete_with_str(&url)).await.ok()?;
        }
    }
    for at in (0..files.length()).step_by(2) {
        let (name, blob) = (files.get(at).as_string()?, files.get(at + 1).dyn_into::<Blob>().ok()?);
        let response = Response::new_with_opt_blob(Some(&blob)).ok()?;
        JsFuture::from(cache.put_with_str(&address(key, &name), &response))
            .await
            .ok()?;
    }
    Some(())
}

/// Pages of a list that broke off.
pub(crate) struct Pages {
    /// The models read, one a line.
    pub(crate) lines: Vec<u8>,
    /// The query of the page that was to come next.
    pub(crate) next: String,
}

/// Name of the models among the entries of [`Pages`].
const LINES: &str = "lines";
/// Name of the next query.
const NEXT: &str = "next";

/// The pages kept of a question on this day. Those of another day hold other counts.
pub(crate) async fn find_pages(key: &str, day: &str) -> Option<Pages> {
    let (cache, key) = (open().await?, pages_key(key, day));
    let mut texts = Vec::with_capacity(2);
    for name in [LINES, NEXT] {
        let blob = matched(&cache, &key, name).await?;
        texts.push(JsFuture::from(blob.text()).await.ok()?.as_string()?);
    }
    let next = texts.pop()?;
    let lines = texts.pop()?.into_bytes();
    Some(Pages { lines, next })
}

/// Keeps pages in the place of those kept of the same question before; whether the browser let it.
pub(crate) async fn keep_pages(key: &str, day: &str, pages: &Pages) -> bool {
    let blob = |bytes: &[u8]| Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)));
    let (Ok(lines), Ok(next)) = (blob(&pages.lines), blob(pages.next.as_bytes())) else {
        return false;
    };
    let files = Array::of4(&LINES.into(), &lines, &NEXT.into(), &next);
    try_keep(&pages_key(key, day), &files).await.is_some()
}

/// Forgets the pages kept of a question, which is answered or cannot be gone on with.
pub(crate) async fn forget_pages(key: &str, day: &str) {
    // Keeping nothing in their place takes them away; what stays in spite of it is too old tomorrow.
    let _ = try_keep(&pages_key(key, day), &Array::new()).await;
}

fn pages_key(key: &str, day: &str) -> String {
    format!("{key}#pages of {day}")
}

async fn matched(cache: &Cache, key: &str, name: &str) -> Option<Blob> {
    let found = JsFuture::from(cache.match_with_str(&address(key, name))).await.ok()?;
    let response: Response = found.dyn_into().ok()?;
    JsFuture::from(response.blob().ok()?).await.ok()?.dyn_into().ok()
}

async fn open() -> Option<Cache> {
    let caches: CacheStorage = Reflect::get(&worker(), &"caches".into()).ok()?.dyn_into().ok()?;
    JsFuture::from(caches.open(CACHE)).await.ok()?.dyn_into().ok()
}

/// Entries need addresses; nothing is ever fetched from these.
fn folder(key: &str) -> String {
    let key = js_sys::encode_uri_component(key).as_string().unwrap_or_default();
    format!("{}/hub-atlas-kept/{key}/", worker().location().origin())
}

fn address(key: &str, name: &str) -> String {
    format!("{}{name}", folder(key))
}
