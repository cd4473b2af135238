//! The ids of rows, fetched part by part when somebody lists or exports them.

use atlas_engine::IdLookup;
use atlas_snapshot::read::read_ids;
use atlas_snapshot::{Ids, Part, PartKind};
use bytes::Bytes;

use crate::fetch::{beside, fetch};
use crate::session::Session;

/// Most ids parts kept at a time: the one with the head of the power law, and the ones used last.
const MOST_KEPT: usize = 4;

/// The ids parts at hand.
#[derive(Default)]
pub(crate) struct IdParts {
    /// First row and ids, the one used last at the end; the part that begins with row 0 is never dropped.
    kept: Vec<(u64, Ids)>,
}

impl IdParts {
    /// The id of a row, or `None` when its part is not at hand.
    pub(crate) fn get(&self, row: u64) -> Option<&str> {
        self.kept
            .iter()
            .find_map(|(first, ids)| ids.get(usize::try_from(row.checked_sub(*first)?).ok()?))
    }

    fn keep(&mut self, first: u64, ids: Ids, most: usize) {
        while self.kept.len() >= most {
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
    let Some((url, parts)) = missing(session, rows) else {
        return Ok(());
    };
    let most = MOST_KEPT.max(parts.len() + 1);
    let mut failed = None;
    for part in parts {
        if let Err(message) = fetch_part(session, &url, &part, most).await {
            failed.get_or_insert(message);
        }
    }
    failed.map_or(Ok(()), Err)
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

fn missing(session: &Session, rows: &[u64]) -> Option<(String, Vec<Part>)> {
    let url = session.with(|state| state.manifest_url.clone())?;
    session.with_opened(|opened| {
        let needed = |part: &&Part| {
            rows.iter()
                .any(|row| (part.first_row..part.first_row + part.rows).contains(row) && opened.ids.get(*row).is_none())
        };
        let parts = opened
            .manifest
            .parts_of(PartKind::Ids)
            .filter(needed)
            .cloned()
            .collect();
        (url, parts)
    })
}

async fn fetch_part(session: &Session, url: &str, part: &Part, most: usize) -> Result<(), String> {
    let address = beside(url, &part.path)?;
    let bytes = fetch(&address, &part.path, session.part_cache(), part.bytes, |_| {}).await?;
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
