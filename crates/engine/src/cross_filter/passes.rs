//! What satisfies each clause, kept from question to question.

use std::sync::Arc;

use super::work::Work;
use crate::bitmap::Bitmap;
use crate::clause::Resolved;

/// The things that satisfy each clause of a question, one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Passes {
    now: Vec<Pass>,
    /// Those of earlier questions, the latest first: readers go back and forth.
    earlier: Vec<Pass>,
}

#[derive(Clone, Debug)]
pub(super) struct Pass {
    pub(super) clause: Arc<Resolved>,
    pub(super) things: Bitmap,
}

/// How many clauses of earlier questions are kept.
const EARLIER: usize = 8;

impl Passes {
    /// Finds the things that satisfy each clause. Where one compares exact counts, `exact` are those that satisfy it.
    pub(super) fn admit(&mut self, work: &Work<'_>, clauses: &[&Arc<Resolved>], exact: Option<&Bitmap>) {
        let mut known = std::mem::take(&mut self.now);
        known.append(&mut self.earlier);
        let pass = |clause: &&Arc<Resolved>| {
            if let Some(at) = known.iter().position(|known| known.clause == **clause) {
                return known.remove(at);
            }
            Pass {
                clause: Arc::clone(clause),
                things: match exact.filter(|_| clause.exact.is_some()) {
                    Some(exact) => exact.clone(),
                    None => work.admitted(clause),
                },
            }
        };
        self.now = clauses.iter().map(pass).collect();
        known.truncate(EARLIER);
        self.earlier = known;
    }

    /// The clauses that were admitted last, in their order, each with what satisfies it.
    pub(super) fn now(&self) -> &[Pass] {
        &self.now
    }

    /// What satisfies each of them.
    pub(super) fn things(&self) -> Vec<&Bitmap> {
        self.now.iter().map(|pass| &pass.things).collect()
    }
}
