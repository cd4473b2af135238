//! The ids of rows, fetched part by part when somebody lists, searches or exports them.

use atlas_engine::IdLookup;
use atlas_snapshot::read::read_ids;
use atlas_snapshot::{Ids, Part, PartKind};
use bytes::Bytes;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::session::Session;

/// Most ids parts kept at a time until somebody searches: the one with the head of the power law, and the ones used last.
const MOST_KEPT: usize = 4;

/// The ids parts at hand.
#[derive(Default)]
pub(crate) struct IdParts {
    /// First row and ids, the one used last at the end; the part that begins with row 0 is never dropped.
    kept: Vec<(u64, Ids)>,
    /// Whether no part is dropped: whoever has searched all ids will search them again.
    keeps_all: bool,
    /// First row of each part on its way, and the promise that it will be at hand.
    coming: Vec<(u64, Promise)>,
}

impl IdParts {
    /// The id of a row, or `None` when its part is not at hand.
    pub(crate) fn get(&self, row: u64) -> Option<&str> {
        self.kept
            .iter()
            .find_map(|(first, ids)| ids.get(usize::try_from(row.checked_sub(*first)?).ok()?))
    }

    /// The ids part that begins with a row, if it is at hand.
    pub(crate) fn part(&self, first_row: u64) -> Option<&Ids> {
        self.kept
            .iter()
            .find_map(|(first, ids)| (*first == first_row).then_some(ids))
    }

    /// Keeps all parts from now on.
    pub(crate) fn keep_all(&mut self) {
        self.keeps_all = true;
    }

    fn keep(&mut self, first: u64, ids: Ids, most: usize) {
        while self.kept.len() >= most && !self.keeps_all {
            let Some(oldest) = self.kept.iter().position(|(first, _)| *first != 0) else {
                break;
            };
            self.kept.remove(oldest);
        }
        self.kept.push((first, ids));
    }
}

impl IdLookup for IdParts {
    fn id(&self, row: u64) -> Option<&str> {
        self.get(row)
    }
}

/// Fetches the ids parts that hold these rows.
///
/// # Errors
/// The sentence of the first part that failed; the others are at hand.
pub(crate) async fn fetch_for(session: &Session, rows: &[u64]) -> Result<(), String> {
    let parts = missing(session, rows);
    let most = MOST_KEPT.max(parts.len() + 1);
    let mut failed = None;
    for part in parts {
        if let Err(message) = fetch_keeping(session, &part, most).await {
            failed.get_or_insert(message);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Fetches one ids part.
///
/// # Errors
/// A sentence that names the part, what went wrong and what to do.
pub(crate) async fn fetch_part(session: &Session, part: &Part) -> Result<(), String> {
    fetch_keeping(session, part, MOST_KEPT).await
}

/// The row after the last one of the ids part that holds this row.
pub(crate) fn end_of_part(session: &Session, row: u64) -> Option<u64> {
    session.with_opened(|opened| {
        let mut parts = opened
            .manifest
            .parts_of(PartKind::Ids)
            .map(|part| part.first_row + part.rows);
        parts.find(|end| row < *end)
    })?
}

fn missing(session: &Session, rows: &[u64]) -> Vec<Part> {
    let missing = session.with_opened(|opened| {
        let needed = |part: &&Part| {
            rows.iter()
                .any(|row| (part.first_row..part.first_row + part.rows).contains(row) && opened.ids.get(*row).is_none())
        };
        let parts = opened.manifest.parts_of(PartKind::Ids).filter(needed);
        parts.cloned().collect()
    });
    missing.unwrap_or_default()
}

/// Fetches a part, or waits for it where somebody else is fetching it already.
async fn fetch_keeping(session: &Session, part: &Part, most: usize) -> Result<(), String> {
    let coming = session.with_opened(|opened| {
        let mut coming = opened.ids.coming.iter();
        coming.find_map(|(first, promise)| (*first == part.first_row).then(|| promise.clone()))
    });
    let promise = match coming.flatten() {
        Some(promise) => promise,
        None => {
            let (fetching, wanted) = (session.clone(), part.clone());
            let promise = future_to_promise(async move {
                let fetched = fetch_now(&fetching, &wanted, most).await;
                fetching.with_opened(|opened| opened.ids.coming.retain(|(first, _)| *first != wanted.first_row));
                fetched.map(|()| JsValue::UNDEFINED).map_err(JsValue::from)
            });
            session.with_opened(|opened| opened.ids.coming.push((part.first_row, promise.clone())));
            promise
        }
    };
    let fetched = JsFuture::from(promise).await;
    fetched
        .map(drop)
        .map_err(|message| message.as_string().unwrap_or_default())
}

async fn fetch_now(session: &Session, part: &Part, most: usize) -> Result<(), String> {
    let Some(origin) = session.with_opened(|opened| opened.origin.clone()) else {
        return Ok(());
    };
    let bytes = origin
        .read(&part.path, session.part_cache(), part.bytes, |_| {})
        .await?;
    let ids = read_ids(Bytes::from(bytes), part).map_err(|error| {
        session.distrust_cache();
        error.to_string()
    })?;
    session.with_opened(|opened| {
        if part.first_row == 0 && !ids.is_empty() {
            opened
                .engine
                .set_mean_id_bytes(ids.text.len() as f64 / ids.len() as f64);
        }
        // Another task may have fetched the same part meanwhile, and another snapshot may be open by now.
        let same = opened.manifest.parts.iter().any(|known| known.sha256 == part.sha256);
        if same && opened.ids.get(part.first_row).is_none() {
            opened.ids.keep(part.first_row, ids, most);
        }
    });
    Ok(())
}
