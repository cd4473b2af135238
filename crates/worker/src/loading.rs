//! Opening a snapshot: the manifest, then its models parts in order.

use std::rc::Rc;

use atlas_engine::Engine;
use atlas_protocol::{Event, FailureKind, Progress};
use atlas_snapshot::manifest::{LARGEST_MANIFEST, MANIFEST_FILE};
use atlas_snapshot::read::read_models;
use atlas_snapshot::{Manifest, Part, PartKind, sha256_hex};
use bytes::Bytes;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::RequestCache;

use crate::fetch::{beside, fetch};
use crate::history::Arrived;
use crate::ids::IdParts;
use crate::scope;
use crate::session::{Opened, Session, fail};

/// Loads what is missing: everything after `Open`, the parts that failed after `Retry`. Stops when a later call began.
pub(crate) async fn load(session: Session, run: u32) {
    let Some(url) = session.with(|state| state.manifest_url.clone()) else {
        return;
    };
    if session.with_opened(|_| ()).is_none() {
        match open(&url).await {
            _ if is_stale(&session, run) => return,
            Err(message) => return fail(FailureKind::Open, message, true),
            Ok(opened) => {
                scope::post(&Event::Opened(Box::new(opened.engine.dataset().clone())));
                scope::post(&Event::Progressed(opened.progress));
                session.with(|state| state.opened = Some(opened));
            }
        }
    }
    if let Err(message) = load_parts(&session, run, &url).await
        && !is_stale(&session, run)
    {
        fail(FailureKind::Part, message, true);
    }
}

async fn open(url: &str) -> Result<Opened, String> {
    let bytes = fetch(
        url,
        MANIFEST_FILE,
        RequestCache::NoCache,
        LARGEST_MANIFEST as u64,
        |_| {},
    )
    .await?;
    let manifest = Manifest::from_json(&bytes).map_err(|error| error.to_string())?;
    let engine = Engine::open(&manifest, sha256_hex(&bytes));
    let bytes_total = manifest.parts_of(PartKind::Models).map(|part| part.bytes).sum();
    let progress = Progress {
        bytes_total,
        rows_total: manifest.totals.rows,
        ..Progress::default()
    };
    Ok(Opened {
        ids: IdParts::default(),
        searched: None,
        engine,
        parts_ready: 0,
        history: Arrived::default(),
        progress,
        manifest: Rc::new(manifest),
    })
}

/// A part after the first that is followed by the next within this time is not announced by itself: an answer over it
/// would be old before it is read, and all rows are joined anew for each.
const SOON_MS: i32 = 50;

async fn load_parts(session: &Session, run: u32, url: &str) -> Result<(), String> {
    let Some((manifest, ready)) = session.with_opened(|opened| (opened.manifest.clone(), opened.parts_ready)) else {
        return Ok(());
    };
    let parts: Vec<&Part> = manifest.parts_of(PartKind::Models).skip(ready).collect();
    // The next part is on its way while this one is decoded.
    let mut coming = parts.first().map(|part| start(session, run, url, part)).transpose()?;
    for (at, part) in parts.iter().enumerate() {
        let Some(arriving) = coming.take() else { break };
        let arrived = JsFuture::from(arriving)
            .await
            .map_err(|message| message.as_string().unwrap_or_default())?;
        if is_stale(session, run) {
            return Ok(());
        }
        coming = parts
            .get(at + 1)
            .map(|next| start(session, run, url, next))
            .transpose()?;
        let bytes = Bytes::from(Uint8Array::unchecked_from_js(arrived).to_vec());
        append(session, &manifest, part, bytes)?;
        let comes_at_once = match &coming {
            Some(next) if ready + at > 0 => scope::settles_within(next, SOON_MS).await,
            _ => false,
        };
        if !comes_at_once {
            announce(session);
        }
        scope::give_way().await;
    }
    Ok(())
}

fn append(session: &Session, manifest: &Manifest, part: &Part, bytes: Bytes) -> Result<(), String> {
    let columns = read_models(bytes, part, manifest).map_err(|error| {
        session.distrust_cache();
        error.to_string()
    })?;
    let appended = session.with_opened(|opened| {
        opened.engine.append(columns).map_err(|error| error.to_string())?;
        opened.parts_ready += 1;
        Ok(())
    });
    appended.unwrap_or(Ok(()))
}

/// Tells the page how many rows are ready; it asks its question anew.
fn announce(session: &Session) {
    let progress = session.with_opened(|opened| {
        opened.progress.rows_ready = opened.engine.rows_ready();
        opened.progress
    });
    if let Some(progress) = progress {
        scope::post(&Event::Progressed(progress));
    }
}

/// Begins to fetch a part at once; the promise gives its bytes.
fn start(session: &Session, run: u32, url: &str, part: &Part) -> Result<Promise, String> {
    let address = beside(url, &part.path)?;
    let (session, part) = (session.clone(), part.clone());
    let before: u64 = session
        .with_opened(|opened| {
            let parts = opened.manifest.parts_of(PartKind::Models);
            parts
                .take_while(|other| other.first_row < part.first_row)
                .map(|other| other.bytes)
                .sum()
        })
        .unwrap_or(0);
    Ok(future_to_promise(async move {
        let report = |done: u64| {
            let progress = session.with_opened(|opened| {
                opened.progress.bytes_done = opened.progress.bytes_done.max(before + done);
                opened.progress
            });
            if let Some(progress) = progress
                && !is_stale(&session, run)
            {
                scope::post(&Event::Progressed(progress));
            }
        };
        let bytes = fetch(&address, &part.path, session.part_cache(), part.bytes, report).await;
        bytes
            .map(|bytes| Uint8Array::from(bytes.as_slice()).into())
            .map_err(JsValue::from)
    }))
}

fn is_stale(session: &Session, run: u32) -> bool {
    session.with(|state| state.loading != run)
}
