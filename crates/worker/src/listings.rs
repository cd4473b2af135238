//! Listing the rows of a slice: all of them, or those whose id holds a text.

use atlas_engine::{EngineError, Listing};
use atlas_protocol::{Event, Failure, FailureKind, Found, Query, RowSort, RowsAnswer};

use crate::search::{Searched, Step};
use crate::session::{Opened, Session, fail};
use crate::{history, ids, scope};

/// What is to be listed.
pub(crate) struct Wanted {
    /// Generation of the question; a later one makes it obsolete.
    pub(crate) generation: u32,
    /// The question.
    pub(crate) query: Query,
    /// The text to search for, or the empty text.
    pub(crate) search: String,
    /// Order of the rows.
    pub(crate) sort: RowSort,
    /// At most so many rows.
    pub(crate) limit: usize,
}

/// Lists rows and posts them; a search posts its first rows as soon as it has them, and all it found at its end.
pub(crate) async fn run(session: Session, wanted: Wanted) {
    let outcome = match history::fetch_for(&session, &wanted.query).await {
        // The question about the same view says so.
        Err(_) => return,
        Ok(()) if wanted.search.is_empty() => list_slice(&session, &wanted).await,
        Ok(()) => list_found(&session, &wanted).await,
    };
    if let Err(Failure {
        kind,
        message,
        can_retry,
    }) = outcome
        && session.is_newest_listing(wanted.generation)
    {
        fail(kind, message, can_retry);
    }
}

async fn list_slice(session: &Session, wanted: &Wanted) -> Result<(), Failure> {
    let list = |opened: &mut Opened| opened.engine.list_rows(&wanted.query, None, wanted.sort, wanted.limit);
    let Some(listing) = session.with_opened(list) else {
        return Ok(());
    };
    let listing = listing.map_err(engine_failed)?;
    let positions: Vec<u64> = listing.rows.iter().map(|(position, _)| u64::from(*position)).collect();
    let fetched = ids::fetch_for(session, &positions).await;
    if session.is_newest_listing(wanted.generation) {
        post(session, wanted, listing, None);
    }
    fetched.map_err(ids_failed)
}

async fn list_found(session: &Session, wanted: &Wanted) -> Result<(), Failure> {
    let mut rows_posted = 0;
    loop {
        let step = session.with_opened(|opened| {
            let searched = Searched::take_up(opened.searched.take(), &wanted.search)?;
            Some(opened.searched.insert(searched).step(&opened.manifest, &mut opened.ids))
        });
        let Some(Some(step)) = step else { return Ok(()) };
        // Enough rows to look at are shown at once, all that was found at the end or before a wait.
        if rows_posted < wanted.limit || !matches!(step, Step::Searched) {
            rows_posted = post_found(session, wanted)?;
        }
        match step {
            Step::Done => return Ok(()),
            Step::Searched => scope::give_way().await,
            Step::Missing(part) => ids::fetch_part(session, &part).await.map_err(ids_failed)?,
        }
        if !session.is_newest_listing(wanted.generation) {
            return Ok(());
        }
    }
}

/// Posts what the search has found so far; the number of rows.
fn post_found(session: &Session, wanted: &Wanted) -> Result<usize, Failure> {
    let listed = session.with_opened(|opened| {
        let searched = opened.searched.as_ref()?;
        let search = searched.search();
        let listing = opened
            .engine
            .list_rows(&wanted.query, Some(search), wanted.sort, wanted.limit);
        Some(listing.map(|listing| {
            let found = Found {
                text: wanted.search.clone(),
                sums: listing.found,
                ids_searched: search.rows_searched(),
                ids_total: opened.manifest.totals.rows,
            };
            (listing, found)
        }))
    });
    let Some(Some(listed)) = listed else { return Ok(0) };
    let (listing, found) = listed.map_err(engine_failed)?;
    let rows = listing.rows.len();
    post(session, wanted, listing, Some(found));
    Ok(rows)
}

/// Posts rows with the ids that are at hand.
fn post(session: &Session, wanted: &Wanted, listing: Listing, found: Option<Found>) {
    let spell = |opened: &mut Opened| {
        let rows = listing.rows.into_iter().map(|(position, mut row)| {
            row.id = opened.ids.get(u64::from(position)).map(str::to_owned);
            row
        });
        rows.collect()
    };
    if let Some(rows) = session.with_opened(spell) {
        scope::post(&Event::Listed {
            generation: wanted.generation,
            rows: Box::new(RowsAnswer {
                query: wanted.query.clone(),
                sort: wanted.sort,
                rows_in_slice: listing.rows_in_slice,
                found,
                rows,
            }),
        });
    }
}

fn engine_failed(error: EngineError) -> Failure {
    Failure {
        kind: FailureKind::Part,
        message: error.to_string(),
        can_retry: false,
    }
}

fn ids_failed(message: String) -> Failure {
    Failure {
        kind: FailureKind::Ids,
        message,
        can_retry: true,
    }
}
