//! Comparing the open snapshot with another, which is fetched when somebody asks for it.

use std::cmp::Reverse;
use std::rc::Rc;

use atlas_engine::{Engine, Matched, compare, require_comparable};
use atlas_protocol::comparison::{Change, ValueChange};
use atlas_protocol::{Comparison, Event, FailureKind, Query};
use atlas_snapshot::manifest::{LARGEST_MANIFEST, MANIFEST_FILE};
use atlas_snapshot::read::{read_ids, read_models};
use atlas_snapshot::{Ids, Manifest, PartKind, sha256_hex};
use bytes::Bytes;
use web_sys::RequestCache;

use crate::origin::Origin;
use crate::session::{Session, fail};
use crate::{ids, scope};

/// A snapshot to compare with, matched with the open one.
pub(crate) struct Other {
    url: String,
    engine: Engine,
    ids: Vec<Ids>,
    /// The rows of the older of the two with those of the younger.
    matched: Matched,
    /// Whether it is the younger of the two.
    is_younger: bool,
}

/// What is to be compared.
pub(crate) struct Wanted {
    /// Generation of the question; a later one makes it obsolete.
    pub(crate) generation: u32,
    /// Address of the other manifest.
    pub(crate) url: String,
    /// The question.
    pub(crate) query: Query,
    /// Most models listed of each kind of change.
    pub(crate) limit: usize,
}

/// Compares and posts what was found.
pub(crate) async fn run(session: Session, wanted: Wanted) {
    let compared = compare_with(&session, &wanted).await;
    if session.with(|state| state.newest_comparison != wanted.generation) {
        return;
    }
    match compared {
        Ok(Some(comparison)) => scope::post(&Event::Compared {
            generation: wanted.generation,
            comparison: Box::new(comparison),
        }),
        Ok(None) => {}
        Err(message) => fail(FailureKind::Compare, message, true),
    }
}

async fn compare_with(session: &Session, wanted: &Wanted) -> Result<Option<Comparison>, String> {
    let is_open = session.with_opened(|opened| opened.other.as_ref().is_some_and(|other| other.url == wanted.url));
    if is_open != Some(true) {
        let is_wanted = |session: &Session| session.with(|state| state.newest_comparison == wanted.generation);
        let Some(other) = open(session, &wanted.url, is_wanted).await? else {
            return Ok(None);
        };
        session.with_opened(|opened| opened.other = Some(other));
    }
    // From here on nothing is waited for.
    let compared = session.with_opened(|opened| {
        let other = opened.other.as_mut()?;
        let (older, younger) = match other.is_younger {
            true => (&mut opened.engine, &mut other.engine),
            false => (&mut other.engine, &mut opened.engine),
        };
        let compared = compare(older, younger, &other.matched, &wanted.query, wanted.limit);
        Some(compared.map(|mut comparison| {
            if comparison.values.len() > wanted.limit {
                let size = |value: &ValueChange| Reverse(value.before.max(value.after));
                comparison.values.sort_by_key(size);
                comparison.values.truncate(wanted.limit);
            }
            for group in &mut comparison.groups {
                // A row of the older one if it vanished, else of the younger one.
                let is_other = (group.change == Change::Vanished) != other.is_younger;
                for change in &mut group.rows {
                    let row = u64::from(change.row);
                    let id = match is_other {
                        true => id_in(&other.ids, row),
                        false => opened.ids.get(row),
                    };
                    change.id = id.map(str::to_owned);
                }
            }
            comparison
        }))
    });
    compared.flatten().transpose().map_err(|error| error.to_string())
}

/// Fetches another snapshot and the ids of both; `None` once it is no longer wanted.
async fn open(session: &Session, url: &str, is_wanted: impl Fn(&Session) -> bool) -> Result<Option<Other>, String> {
    let say = |message: String| format!("The snapshot to compare with cannot be used: {message}");
    let origin = Origin::Address(url.into());
    let cache = RequestCache::NoCache;
    let bytes = origin
        .read(MANIFEST_FILE, cache, LARGEST_MANIFEST as u64, |_| {})
        .await
        .map_err(say)?;
    let manifest = Manifest::from_json(&bytes).map_err(|error| say(error.to_string()))?;
    let mut engine = Engine::open(&manifest, sha256_hex(&bytes));
    let comparable = session.with_opened(|opened| require_comparable(opened.engine.dataset(), engine.dataset()));
    if let Some(Err(error)) = comparable {
        return Err(say(error.to_string()));
    }
    let mut other_ids = Vec::new();
    for part in &manifest.parts {
        let bytes = origin
            .read(&part.path, session.part_cache(), part.bytes, |_| {})
            .await
            .map_err(say)?;
        let bytes = Bytes::from(bytes);
        let read = match part.kind {
            PartKind::Models | PartKind::Datasets => read_models(bytes, part, &manifest)
                .map_err(|error| error.to_string())
                .and_then(|columns| engine.append(columns).map_err(|error| error.to_string())),
            PartKind::Ids => read_ids(bytes, part)
                .map(|ids| other_ids.push(ids))
                .map_err(|error| error.to_string()),
        };
        read.map_err(|message| {
            session.distrust_cache();
            say(message)
        })?;
        if !is_wanted(session) {
            return Ok(None);
        }
        scope::give_way().await;
    }
    let Some((own, parts)) = own_ids(session).await? else {
        return Ok(None);
    };
    let matched = session.with_opened(|opened| {
        // Another snapshot may be open by now.
        if !Rc::ptr_eq(&opened.manifest, &own) {
            return None;
        }
        let own: Option<Vec<&Ids>> = parts.iter().map(|first| opened.ids.part(*first)).collect();
        let (own, other): (_, Vec<&Ids>) = (own?, other_ids.iter().collect());
        // Days are written so that they sort as they follow.
        let is_younger = engine.dataset().taken_on > opened.engine.dataset().taken_on;
        let matched = match is_younger {
            true => Matched::new(&own, &other),
            false => Matched::new(&other, &own),
        };
        Some((matched, is_younger))
    });
    Ok(matched.flatten().map(|(matched, is_younger)| Other {
        url: url.to_owned(),
        engine,
        ids: other_ids,
        matched,
        is_younger,
    }))
}

/// Fetches the ids of the open snapshot; the first row of each part.
async fn own_ids(session: &Session) -> Result<Option<(Rc<Manifest>, Vec<u64>)>, String> {
    let manifest = session.with_opened(|opened| {
        opened.ids.keep_all();
        Rc::clone(&opened.manifest)
    });
    let Some(manifest) = manifest else { return Ok(None) };
    let mut firsts = Vec::new();
    for part in manifest.parts_of(PartKind::Ids).filter(|part| part.rows > 0) {
        let is_there = session.with_opened(|opened| opened.ids.part(part.first_row).is_some());
        if is_there != Some(true) {
            ids::fetch_part(session, part).await?;
        }
        firsts.push(part.first_row);
    }
    Ok(Some((manifest, firsts)))
}

fn id_in(parts: &[Ids], mut row: u64) -> Option<&str> {
    for part in parts {
        match usize::try_from(row).ok().and_then(|row| part.get(row)) {
            Some(id) => return Some(id),
            None => row = row.checked_sub(part.len() as u64)?,
        }
    }
    None
}
