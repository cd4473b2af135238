//! Counting slices to be held against claims.

use atlas_engine::EngineError;
use atlas_protocol::{Check, Checked, Event, FailureKind, Progress};

use crate::scope;
use crate::session::{Opened, Session, fail};

/// Counts slices one by one, in turns of their own, and posts all of them together; a later list ends it.
pub(crate) async fn run(session: Session, generation: u32, checks: Vec<Check>) {
    let mut checked = Vec::with_capacity(checks.len());
    for check in &checks {
        scope::give_way().await;
        if !session.is_newest_check(generation) {
            return;
        }
        match session.with_opened(|opened| count(opened, check)) {
            None => return,
            Some(Ok(found)) => checked.push(found),
            Some(Err(error)) => return fail(FailureKind::Part, error.to_string(), false),
        }
    }
    scope::post(&Event::Checked { generation, checked });
}

/// What a slice holds; nothing where its question means nothing in the snapshot.
fn count(opened: &mut Opened, check: &Check) -> Result<Option<Checked>, EngineError> {
    let measures = &opened.engine.dataset().measures;
    if !measures.contains(&check.query.measure) {
        return Ok(None);
    }
    let answer = opened.engine.answer(&check.query, Progress::default())?;
    if !answer.notes.is_empty() {
        return Ok(None);
    }
    let statistics = match check.with_statistics {
        true => Some(opened.engine.statistics(&check.query)?),
        false => None,
    };
    Ok(Some(Checked {
        sums: answer.slice,
        statistics,
    }))
}
