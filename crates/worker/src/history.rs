//! The history of the models, fetched when a question first needs it.

use std::rc::Rc;

use atlas_protocol::Query;
use atlas_snapshot::Manifest;
use atlas_snapshot::read::read_history;
use bytes::Bytes;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::session::Session;

/// How far the history has come.
#[derive(Default)]
pub(crate) struct Arrived {
    /// Parts appended so far.
    parts: usize,
    /// The promise that all of them will be, while they are on their way.
    coming: Option<Promise>,
}

/// Whether a question waits for parts that have not arrived.
pub(crate) fn is_missing(session: &Session, query: &Query) -> bool {
    let missing = session.with_opened(|opened| {
        let parts = opened
            .manifest
            .history
            .as_ref()
            .map_or(0, |history| history.parts.len());
        opened.history.parts < parts
    });
    query.is_of_history() && missing == Some(true)
}

/// Fetches what a question about the history needs, or waits for it where it is on its way already.
///
/// # Errors
/// A sentence that names the part, what went wrong and what to do. Parts that had arrived stay.
pub(crate) async fn fetch_for(session: &Session, query: &Query) -> Result<(), String> {
    if !is_missing(session, query) {
        return Ok(());
    }
    let coming = session.with_opened(|opened| opened.history.coming.clone()).flatten();
    let promise = coming.unwrap_or_else(|| {
        let fetching = session.clone();
        let promise = future_to_promise(async move {
            let fetched = fetch_all(&fetching).await;
            fetching.with_opened(|opened| opened.history.coming = None);
            fetched.map(|()| JsValue::UNDEFINED).map_err(JsValue::from)
        });
        session.with_opened(|opened| opened.history.coming = Some(promise.clone()));
        promise
    });
    let fetched = JsFuture::from(promise).await;
    fetched
        .map(drop)
        .map_err(|message| message.as_string().unwrap_or_default())
}

async fn fetch_all(session: &Session) -> Result<(), String> {
    let opened = session.with_opened(|opened| (opened.origin.clone(), opened.manifest.clone(), opened.history.parts));
    let Some((origin, manifest, ready)) = opened else {
        return Ok(());
    };
    let Some(history) = &manifest.history else {
        return Ok(());
    };
    for part in &history.parts[ready..] {
        let bytes = origin
            .read(&part.path, session.part_cache(), part.bytes, |_| {})
            .await?;
        let columns = read_history(Bytes::from(bytes), part, history, manifest.totals.rows).map_err(|error| {
            session.distrust_cache();
            error.to_string()
        })?;
        // Another snapshot may be open by now.
        if !is_open(session, &manifest) {
            return Ok(());
        }
        let appended = session.with_opened(|opened| {
            opened.history.parts += 1;
            opened.engine.append_history(&columns)
        });
        if let Some(Err(error)) = appended {
            return Err(error.to_string());
        }
    }
    Ok(())
}

fn is_open(session: &Session, manifest: &Rc<Manifest>) -> bool {
    session.with_opened(|opened| Rc::ptr_eq(&opened.manifest, manifest)) == Some(true)
}
