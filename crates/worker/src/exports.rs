//! Writing a slice as JSON in pieces, so that neither the page nor the worker ever holds the whole file.

use atlas_engine::{ExportHeader, Exporter};
use atlas_protocol::{Event, FailureKind, Query};

use crate::session::{Session, fail};
use crate::{ids, scope};

/// Bytes of a piece: enough that posting it costs nothing beside writing it, little enough to stay responsive.
const PIECE_BYTES: usize = 1 << 20;

/// Runs an export to its end, its cancellation, or its failure.
pub(crate) async fn run(session: Session, export: u32, query: Query, link: String) {
    let outcome = write(&session, export, &query, link).await;
    let was_running = session.with(|state| {
        let before = state.exports.len();
        state.exports.retain(|under_way| *under_way != export);
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
async fn write(session: &Session, export: u32, query: &Query, link: String) -> Result<Option<u64>, String> {
    let started = session.with_opened(|opened| opened.engine.export(query, &ExportHeader { link }));
    let Some(started) = started else {
        return Err("There is nothing to download yet: the snapshot has not been opened.".to_owned());
    };
    let mut exporter = started.map_err(|error| error.to_string())?;
    while !exporter.is_finished() {
        let until = ready_until(session, &exporter).await?;
        if !session.with(|state| state.exports.contains(&export)) {
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

/// Fetches the ids of the rows that come next; the row up to which they are at hand.
async fn ready_until(session: &Session, exporter: &Exporter) -> Result<u64, String> {
    let Some(row) = exporter.next_row() else {
        return Ok(u64::MAX);
    };
    ids::fetch_for(session, &[row]).await?;
    ids::end_of_part(session, row).ok_or_else(|| format!("the manifest names no part with the id of row {row}"))
}
