//! Opening a snapshot: the manifest, then its models parts in order.

use std::rc::Rc;

use atlas_engine::Engine;
use atlas_protocol::{Event, FailureKind, Progress};
use atlas_snapshot::manifest::{LARGEST_MANIFEST, MANIFEST_FILE};
use atlas_snapshot::read::read_models;
use atlas_snapshot::{Manifest, Part, sha256_hex};
use bytes::Bytes;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::RequestCache;

use crate::history::Arrived;
use crate::ids::IdParts;
use crate::origin::Origin;
use crate::scope;
use crate::session::{Opened, Session, fail};

/// Loads what is missing: a snapshot that was asked for, and the parts of the one that is open. Stops when a later call
/// began.
pub(crate) async fn load(session: Session, run: u32) {
    if let Some(origin) = session.with(|state| state.wanted.clone()) {
        let replaces = session.with_opened(|_| ()).is_some();
        match open(&session, origin, replaces).await {
            _ if is_stale(&session, run) => return,
            Ok(opened) => {
                scope::post(&Event::Opened(Box::new(opened.engine.dataset().clone())));
                scope::post(&Event::Progressed(opened.progress));
                session.replace(opened);
            }
            Err(message) if replaces => {
                session.with(|state| state.wanted = None);
                fail(FailureKind::Replacement, message, false);
            }
            Err(message) => return fail(FailureKind::Open, message, true),
        }
    }
    if let Err(message) = load_parts(&session, run).await
        && !is_stale(&session, run)
    {
        fail(FailureKind::Part, message, true);
    }
}

/// Opens a snapshot; one that takes the place of another only once its first part can be counted.
async fn open(session: &Session, origin: Origin, replaces: bool) -> Result<Opened, String> {
    let bytes = origin
        .read(MANIFEST_FILE, RequestCache::NoCache, LARGEST_MANIFEST as u64, |_| {})
        .await?;
    let manifest = Rc::new(Manifest::from_json(&bytes).map_err(|error| error.to_string())?);
    let engine = Engine::open(&manifest, sha256_hex(&bytes));
    let bytes_total = manifest.row_parts().map(|part| part.bytes).sum();
    let progress = Progress {
        bytes_total,
        rows_total: manifest.totals.rows,
        ..Progress::default()
    };
    let mut opened = Opened {
        ids: IdParts::default(),
        searched: None,
        engine,
        parts_ready: 0,
        history: Arrived::default(),
        other: None,
        progress,
        manifest: manifest.clone(),
        origin,
    };
    if let Some(part) = manifest.row_parts().next().filter(|_| replaces) {
        let read = opened.origin.read(&part.path, session.part_cache(), part.bytes, |_| {});
        let bytes = read.await?;
        opened.append(session, part, bytes.into())?;
        opened.progress.bytes_done = part.bytes;
        opened.progress.rows_ready = opened.engine.rows_ready();
    }
    Ok(opened)
}

impl Opened {
    fn append(&mut self, session: &Session, part: &Part, bytes: Bytes) -> Result<(), String> {
        let columns = read_models(bytes, part, &self.manifest).map_err(|error| {
            session.distrust_cache();
            error.to_string()
        })?;
        self.engine.append(columns).map_err(|error| error.to_string())?;
        self.parts_ready += 1;
        Ok(())
    }
}

/// A part after the first that is followed by the next within this time is not announced by itself: an answer over it
/// would be old before it is read, and all rows are joined anew for each.
const SOON_MS: i32 = 50;

async fn load_parts(session: &Session, run: u32) -> Result<(), String> {
    let opened = session.with_opened(|opened| (opened.manifest.clone(), opened.origin.clone(), opened.parts_ready));
    let Some((manifest, origin, ready)) = opened else {
        return Ok(());
    };
    let parts: Vec<&Part> = manifest.row_parts().skip(ready).collect();
    // The next part is on its way while this one is decoded.
    let mut coming = parts.first().map(|part| start(session, run, &origin, part));
    for (at, part) in parts.iter().enumerate() {
        let Some(arriving) = coming.take() else { break };
        let arrived = JsFuture::from(arriving)
            .await
            .map_err(|message| message.as_string().unwrap_or_default())?;
        if is_stale(session, run) {
            return Ok(());
        }
        coming = parts.get(at + 1).map(|next| start(session, run, &origin, next));
        let bytes = Bytes::from(Uint8Array::unchecked_from_js(arrived).to_vec());
        append(session, part, bytes)?;
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

fn append(session: &Session, part: &Part, bytes: Bytes) -> Result<(), String> {
    // Decoding asks nothing of the session but to note that a file is damaged.
    let taken = session.with(|state| state.opened.take());
    let Some(mut opened) = taken else { return Ok(()) };
    let appended = opened.append(session, part, bytes);
    session.with(|state| state.opened = Some(opened));
    appended
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
fn start(session: &Session, run: u32, origin: &Origin, part: &Part) -> Promise {
    let (session, origin, part) = (session.clone(), origin.clone(), part.clone());
    let before: u64 = session
        .with_opened(|opened| {
            let parts = opened.manifest.row_parts();
            parts
                .take_while(|other| other.first_row < part.first_row)
                .map(|other| other.bytes)
                .sum()
        })
        .unwrap_or(0);
    future_to_promise(async move {
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
        let bytes = origin.read(&part.path, session.part_cache(), part.bytes, report).await;
        bytes
            .map(|bytes| Uint8Array::from(bytes.as_slice()).into())
            .map_err(JsValue::from)
    })
}

fn is_stale(session: &Session, run: u32) -> bool {
    session.with(|state| state.loading != run)
}
