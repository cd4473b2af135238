//! Writing a slice as JSON in pieces, so that neither the page nor the worker ever holds the whole file.

use atlas_engine::{ExportHeader, Exporter};
use atlas_protocol::message::PIECES_UNTAKEN;
use atlas_protocol::{Event, FailureKind, Query};
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::session::{Session, fail};
use crate::{history, ids, scope, search};

/// Bytes of a piece: enough that posting it costs nothing beside writing it, little enough to stay responsive.
const PIECE_BYTES: usize = 1 << 20;

/// An export that has begun and has not been stopped.
pub(crate) struct UnderWay {
    export: u32,
    /// Pieces sent that the page has not put away yet.
    untaken: u32,
    /// Wakes the task that writes, where it waits for the page.
    wake: Option<Function>,
}

impl UnderWay {
    pub(crate) fn new(export: u32) -> UnderWay {
        UnderWay {
            export,
            untaken: 0,
            wake: None,
        }
    }

    /// Whether this is its number.
    pub(crate) fn is(&self, export: u32) -> bool {
        self.export == export
    }

    /// Notes that the page has put a piece away.
    pub(crate) fn note_taken(&mut self) {
        self.untaken = self.untaken.saturating_sub(1);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(wake) = self.wake.take() {
            // Resolving a promise does not fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Runs an export to its end, its cancellation, or its failure.
pub(crate) async fn run(session: Session, export: u32, query: Query, text: String, link: String) {
    let outcome = write(&session, export, &query, &text, link).await;
    let was_running = session.with(|state| {
        let before = state.exports.len();
        state.exports.retain(|under_way| !under_way.is(export));
        state.exports.len() != before
    });
    match outcome {
        Ok(Some(rows)) => scope::post(&Event::ExportDone { export, rows }),
        Ok(None) => {}
        Err(message) if was_running => fail(FailureKind::Export, message, true),
        Err(_) => {}
    }
}

/// Writes every piece; `None` when the export was cancelled.
async fn write(session: &Session, export: u32, query: &Query, text: &str, link: String) -> Result<Option<u64>, String> {
    let is_wanted = |session: &Session| is_under_way(session, export);
    let found = search::all(session, text, is_wanted).await?;
    history::fetch_for(session, query).await?;
    if !is_wanted(session) {
        return Ok(None);
    }
    let header = ExportHeader {
        link,
        search: text.to_owned(),
    };
    let started = session.with_opened(|opened| opened.engine.export(query, found.as_ref(), &header));
    let Some(started) = started else {
        return Err("There is nothing to download yet: the snapshot has not been opened.".to_owned());
    };
    let mut exporter = started.map_err(|error| error.to_string())?;
    while !exporter.is_finished() {
        let until = ready_until(session, &exporter).await?;
        if !has_room(session, export).await {
            return Ok(None);
        }
        let piece = session.with_opened(|opened| exporter.next_piece(&opened.engine, &opened.ids, until, PIECE_BYTES));
        let Some(piece) = piece else { return Ok(None) };
        let piece = piece.map_err(|error| error.to_string())?;
        let (rows_done, rows_total) = (exporter.rows_done(), exporter.rows_total());
        scope::post_with(
            &Event::ExportPiece {
                export,
                rows_done,
                rows_total,
            },
            Some(&piece),
        );
        scope::give_way().await;
    }
    Ok(Some(exporter.rows_done()))
}

fn is_under_way(session: &Session, export: u32) -> bool {
    session.with(|state| state.exports.iter().any(|under_way| under_way.is(export)))
}

/// Waits until the page has room for one more piece, and counts that piece; false when the export was cancelled.
async fn has_room(session: &Session, export: u32) -> bool {
    loop {
        let wait = session.with(|state| {
            let under_way = state.exports.iter_mut().find(|under_way| under_way.is(export))?;
            if under_way.untaken < PIECES_UNTAKEN {
                under_way.untaken += 1;
                return Some(None);
            }
            let wait = Promise::new(&mut |resolve, _| under_way.wake = Some(resolve));
            Some(Some(wait))
        });
        match wait {
            None => return false,
            Some(None) => return true,
            // The promise never rejects.
            Some(Some(wait)) => drop(JsFuture::from(wait).await),
        }
    }
}

/// Fetches the ids of the rows that come next; the row up to which they are at hand.
async fn ready_until(session: &Session, exporter: &Exporter) -> Result<u64, String> {
    let Some(row) = exporter.next_row() else {
        return Ok(u64::MAX);
    };
    ids::fetch_for(session, &[row]).await?;
    ids::end_of_part(session, row).ok_or_else(|| format!("the manifest names no part with the id of row {row}"))
}
