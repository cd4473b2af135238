//! The download of a slice, from the question to the file.

use std::sync::Arc;

use atlas_protocol::{Dataset, FailureKind, Request, RowsAnswer};

use super::Atlas;
use crate::platform::address;
use crate::platform::files::Pieces;
use crate::reactive::*;

/// How far a download has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// None is under way.
    Idle,
    /// Pieces are arriving.
    Running {
        /// Names it in messages.
        export: u32,
        /// Rows written so far.
        rows_done: u64,
        /// Rows in all.
        rows_total: u64,
        /// Bytes so far.
        bytes: u64,
    },
    /// The file has been handed to the browser.
    Saved {
        /// Rows in it.
        rows: u64,
        /// Its bytes.
        bytes: u64,
        /// Its name.
        name: String,
    },
    /// It failed; the sentence says why.
    Failed(String),
}

impl Export {
    /// Whether pieces of this export are expected.
    pub fn is_running(&self, number: u32) -> bool {
        matches!(self, Export::Running { export, .. } if *export == number)
    }
}

/// What a download of the view would hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Rows: exact, or those found so far.
    pub rows: u64,
    /// Bytes of JSON, estimated.
    pub bytes: u64,
    /// What the ids of all rows hold; empty where it is all rows of the slice.
    pub search: String,
    /// Whether ids are still being searched, so that there may be more rows.
    pub growing: bool,
}

impl Atlas {
    /// The newest rows, if they are those of the question and the search in force.
    fn listed(&self) -> Option<Arc<RowsAnswer>> {
        let rows = self.rows()?;
        let text = rows.found.as_ref().map_or("", |found| &found.text);
        let current = self
            .view
            .with(|view| view.query == rows.query && view.searched() == text);
        current.then_some(rows)
    }

    /// What a download would hold now, once the slice has been counted.
    pub fn export_content(&self) -> Option<Content> {
        let models = self.answer()?.slice.models;
        let estimate = self
            .measured()
            .map(|measured| measured.statistics.export)
            .unwrap_or_default();
        let search = self.view.with(|view| view.searched().to_owned());
        if search.is_empty() {
            return Some(Content {
                rows: models,
                bytes: estimate.bytes,
                search,
                growing: false,
            });
        }
        let found = self.listed().and_then(|rows| rows.found.clone());
        let rows = found.as_ref().map_or(0, |found| found.sums.models);
        Some(Content {
            rows,
            bytes: estimate.of_rows(rows),
            search,
            growing: !found.is_some_and(|found| found.is_complete()),
        })
    }

    /// Begins to write the slice in force as JSON.
    pub fn start_export(&self) {
        // The file names the address, which is written when a gesture ends.
        self.release();
        let rows_total = untrack(|| self.export_content()).map_or(0, |content| content.rows);
        let number = self.session.try_update_value(|session| {
            session.exports = session.exports.wrapping_add(1);
            session.pieces = Pieces::default();
            session.exports
        });
        let Some(export) = number else { return };
        self.forget_failures(FailureKind::Export);
        self.export.set(Export::Running {
            export,
            rows_done: 0,
            rows_total,
            bytes: 0,
        });
        let (query, search) = self
            .view
            .with_untracked(|view| (view.query.clone(), view.searched().to_owned()));
        self.send(&Request::Export {
            export,
            query,
            search,
            link: address::whole(),
        });
    }

    /// Stops the download under way, or forgets the one that ended.
    pub fn end_export(&self) {
        if let Export::Running { export, .. } = self.export.get_untracked() {
            self.send(&Request::CancelExport { export });
        }
        self.session.update_value(|session| session.pieces = Pieces::default());
        self.export.set(Export::Idle);
    }

    pub(super) fn take_piece(&self, export: u32, rows_done: u64, rows_total: u64, payload: Option<js_sys::Uint8Array>) {
        if !self.export.with_untracked(|running| running.is_running(export)) {
            return;
        }
        let Some(payload) = payload else {
            return self.fail_export("The engine sent a piece without its bytes. Reload the page.".to_owned());
        };
        let taken = self.session.try_update_value(|session| {
            session.pieces.push(&payload)?;
            Ok::<u64, String>(session.pieces.bytes())
        });
        match taken {
            Some(Ok(bytes)) => {
                self.send(&Request::PieceTaken { export });
                self.export.set(Export::Running {
                    export,
                    rows_done,
                    rows_total,
                    bytes,
                });
            }
            Some(Err(reason)) => {
                self.send(&Request::CancelExport { export });
                self.fail_export(reason);
            }
            None => {}
        }
    }

    pub(super) fn finish_export(&self, export: u32, rows: u64) {
        if !self.export.with_untracked(|running| running.is_running(export)) {
            return;
        }
        let Some(pieces) = self
            .session
            .try_update_value(|session| std::mem::take(&mut session.pieces))
        else {
            return;
        };
        let name = self.dataset.with_untracked(|dataset| {
            dataset
                .as_ref()
                .map_or_else(String::new, |dataset| file_name(dataset, rows))
        });
        let bytes = pieces.bytes();
        match pieces.save(&name, "application/json") {
            Ok(()) => self.export.set(Export::Saved { rows, bytes, name }),
            Err(reason) => self.fail_export(reason),
        }
    }

    pub(super) fn fail_export(&self, reason: String) {
        self.session.update_value(|session| session.pieces = Pieces::default());
        self.export.set(Export::Failed(reason));
    }
}

/// The name of the file of a slice: its snapshot's day, its number of rows and what they are.
pub fn file_name(dataset: &Dataset, rows: u64) -> String {
    let day: String = dataset
        .taken_on
        .chars()
        .filter(|letter| letter.is_ascii_digit() || *letter == '-')
        .collect();
    let kind = if dataset.synthetic { "synthetic-" } else { "" };
    format!("hub-atlas-{kind}{day}-{rows}-{}.json", dataset.collection.key())
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Collection;

    use super::*;
    use crate::state::sample;

    #[test]
    fn file_names_hold_nothing_a_disk_would_mind() {
        let named = |taken_on: &str, synthetic, collection, rows| {
            let dataset = Dataset {
                taken_on: taken_on.to_owned(),
                synthetic,
                collection,
                ..sample::dataset()
            };
            file_name(&dataset, rows)
        };
        assert_eq!(
            named("2026-08-22", false, Collection::Models, 12),
            "hub-atlas-2026-08-22-12-models.json"
        );
        assert_eq!(
            named("../../x", true, Collection::Datasets, 0),
            "hub-atlas-synthetic--0-datasets.json"
        );
    }

    #[test]
    fn pieces_of_an_export_that_was_stopped_are_not_expected() {
        let running = Export::Running {
            export: 2,
            rows_done: 0,
            rows_total: 9,
            bytes: 0,
        };
        assert!(running.is_running(2) && !running.is_running(1));
        assert!(!Export::Idle.is_running(0));
    }
}
