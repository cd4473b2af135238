//! The other snapshot beside this one: what is asked about both, and what came of it.

use std::sync::Arc;

use atlas_protocol::{Comparison, Failure, FailureKind, Query, Request};

use super::Atlas;
use super::exchange::Asked;
use super::source::manifest_url;
use super::view::Section;
use crate::reactive::*;

/// Models of each kind of change that are listed; the page says so in words.
const CHANGES: u32 = 25;

impl Atlas {
    /// Where the snapshot to compare with lies, as the reader wrote it, and what is asked about both; only while the
    /// comparison is open and all of this snapshot has arrived.
    pub fn compares(&self) -> Option<(String, Query)> {
        let asked = self.view.with(|view| {
            let question = || Query {
                split: view.query.split,
                clauses: view.query.clauses.clone(),
                ..Query::default()
            };
            (view.section == Section::Compare && !view.compare.is_empty()).then(|| (view.compare.clone(), question()))
        });
        asked.filter(|_| self.progress.with(|progress| progress.is_complete()))
    }

    /// What a comparison of the question in force has found.
    pub fn comparison(&self) -> Option<Arc<Comparison>> {
        self.comparison.get()
    }

    /// Whether the snapshot to compare with could not be used.
    pub fn cannot_compare(&self) -> bool {
        let cannot = |failure: &Failure| failure.kind == FailureKind::Compare;
        self.failures.with(|failures| failures.iter().any(cannot))
    }

    /// Compares the slice of a question with that of the snapshot at an address.
    pub fn compare(&self, address: &str, query: Query) {
        self.comparison.set(None);
        self.forget_failures(FailureKind::Compare);
        let url = match manifest_url(address) {
            Ok(url) => url,
            Err(message) => {
                return self.note_failure(Failure {
                    kind: FailureKind::Compare,
                    message,
                    can_retry: false,
                });
            }
        };
        let asked = self.session.try_update_value(|session| {
            // An answer to a former question is of no use.
            session.comparisons.forget();
            session.comparisons.ask((url, query))
        });
        if let Some(Asked {
            generation,
            question: (manifest_url, query),
        }) = asked.flatten()
        {
            self.send(&Request::Compare {
                generation,
                manifest_url,
                query,
                limit: CHANGES,
            });
        }
    }
}
