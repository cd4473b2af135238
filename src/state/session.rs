//! The conversation with the engine.

use std::sync::Arc;

use atlas_protocol::{
    Check, Event, Facet, Failure, FailureKind, Progress, Query, Request, RowSort, RowsAnswer, from_bytes, to_bytes,
};
use wasm_bindgen::{JsCast, JsValue};

use super::exchange::{Asked, Exchange};
use super::export::Export;
use super::source::{Import, Importer, Source};
use super::view::Section;
use super::{Atlas, Measured};
use crate::platform::address;
use crate::platform::files::Pieces;
use crate::platform::worker::{Engine, Message};
use crate::reactive::*;

/// Rows that are listed; the page says so in words.
pub const LISTED: u32 = 100;

/// Where the worker's script lies, unless the page says otherwise.
const WORKER: &str = "./atlas-worker_loader.js";

/// Rows to be listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The question whose slice is listed.
    pub query: Query,
    /// What the ids must hold; empty for all rows of the slice.
    pub search: String,
    /// Order of the rows.
    pub sort: RowSort,
}

/// The engine, and what is on its way to it.
#[derive(Default)]
pub struct Session {
    pub(super) engine: Option<Engine>,
    /// Whether the engine listens; a worker loses what is sent to it before.
    ready: bool,
    /// What is to be sent once it does.
    outbox: Vec<(Vec<u8>, Option<JsValue>)>,
    questions: Exchange<Query>,
    /// Generation of the question that the newest answer replies to.
    answered: u32,
    /// What the engine was last told to prepare for: a facet, and the question without that facet's clause.
    prepared: Option<(Facet, Query)>,
    /// Whether the newest question waits for the history, which is fetched when it is first asked for.
    waits: bool,
    /// Whether the engine has the history.
    has_history: bool,
    listings: Exchange<Listing>,
    pub(super) comparisons: Exchange<(String, Query)>,
    pub(super) checks: Exchange<Vec<Check>>,
    pub(super) exports: u32,
    pub(super) pieces: Pieces,
    /// The snapshot that is open, or is to be opened first.
    pub(super) opened: Source,
    /// The one that is to take its place.
    pub(super) opening: Option<Source>,
    /// What is to be said once that one is open.
    pub(super) note: String,
    /// The importer, while it works.
    pub(super) importer: Option<Importer>,
}

impl Session {
    /// A conversation that has not begun, about a snapshot.
    pub(super) fn beginning_with(opened: Source) -> Session {
        Session {
            opened,
            ..Session::default()
        }
    }
}

impl Atlas {
    /// Starts the engine and opens the snapshot that is wanted.
    pub fn start_engine(&self) {
        let atlas = *self;
        let script = address::absolute(&address::meta("atlas-worker").unwrap_or_else(|| WORKER.to_owned()));
        let started = Engine::start(
            &script,
            Box::new(move |message| match message {
                Some(message) => atlas.receive(message),
                None => atlas.fail(
                    FailureKind::Protocol,
                    "The engine sent something that is no message. Reload the page.",
                ),
            }),
            Box::new(move |reason| atlas.engine_failed(&reason)),
        );
        match started {
            Ok((engine, early)) => {
                self.session.update_value(|session| {
                    session.engine = Some(engine);
                    session.ready = false;
                    session.outbox.clear();
                    session.prepared = None;
                    (session.waits, session.has_history) = (false, false);
                    session.questions.forget();
                    session.listings.forget();
                });
                self.reopen();
                early.repeat();
            }
            Err(reason) => self.engine_failed(&reason),
        }
    }

    /// Opens the snapshot that was open, or the first one, in an engine that has just begun.
    fn reopen(&self) {
        let first = self
            .session
            .with_value(|session| session.opening.as_ref().unwrap_or(&session.opened).clone());
        match first.request() {
            Ok((request, files)) => self.send_beside(&request, files),
            Err(reason) => self.note_failure(Failure {
                kind: FailureKind::Open,
                message: reason,
                can_retry: false,
            }),
        }
    }

    /// Asks the engine the question in force; called whenever the question or what is loaded changes.
    pub fn ask(&self, query: Query) {
        let asked = self
            .session
            .try_update_value(|session| {
                // The engine forgets what it prepared when another clause changes.
                session
                    .prepared
                    .take_if(|(facet, around)| without(query.clone(), *facet) != *around);
                // A question that waits for the history holds up no other.
                if session.waits {
                    session.questions.forget();
                }
                session.waits = query.is_of_history() && !session.has_history;
                session.questions.ask(query)
            })
            .flatten();
        self.busy.set(true);
        self.send_question(asked);
    }

    /// Tells the engine that the reader is about to change the clause on a facet, so that it answers each move at once.
    pub fn prepare(&self, facet: Facet) {
        let query = self.view.with_untracked(|view| view.query.clone());
        let around = without(query.clone(), facet);
        let news = self.session.try_update_value(|session| {
            let former = session.prepared.replace((facet, around.clone()));
            former != Some((facet, around))
        });
        if news == Some(true) && untrack(|| self.can_ask()) {
            self.send(&Request::Prepare { query, facet });
        }
    }

    /// Asks for the first rows of a listing.
    pub fn list_rows(&self, listing: Listing) {
        let asked = self
            .session
            .try_update_value(|session| session.listings.ask(listing))
            .flatten();
        self.send_listing(asked);
    }

    /// The listing in force, while the rows are open.
    pub fn listing(&self) -> Option<Listing> {
        self.view.with(|view| {
            (view.section == Section::Rows).then(|| Listing {
                query: view.query.clone(),
                search: view.search.clone(),
                sort: view.sort,
            })
        })
    }

    /// Whether there is anything to ask about: an open snapshot with rows, or one known to have none.
    pub fn can_ask(&self) -> bool {
        let ready = self.progress.with(|progress| progress.rows_ready > 0);
        self.dataset.with(|dataset| {
            dataset
                .as_ref()
                .is_some_and(|dataset| ready || dataset.totals.models == 0)
        })
    }

    /// Tries again what failed.
    pub fn retry(&self) {
        let failed = self.failures.get_untracked();
        self.failures.set(Vec::new());
        let running = self.session.with_value(|session| session.engine.is_some());
        if !running {
            return self.start_engine();
        }
        self.send(&Request::Retry);
        let any = |kind| failed.iter().any(|failure| failure.kind == kind);
        if any(FailureKind::History) {
            self.ask(self.view.with_untracked(|view| view.query.clone()));
        }
        if let Some((address, query)) = untrack(|| self.compares()).filter(|_| any(FailureKind::Compare)) {
            self.compare(&address, query);
        }
        if let Some(listing) = untrack(|| self.listing())
            && (any(FailureKind::Ids) || any(FailureKind::History))
        {
            self.list_rows(listing);
        }
    }

    fn receive(&self, message: Message) {
        let Ok(event) = from_bytes::<Event>(&message.event) else {
            return self.fail(
                FailureKind::Protocol,
                "The page and its engine come from different builds. Reload the page.",
            );
        };
        match event {
            Event::Ready => self.empty_outbox(),
            Event::Opened(dataset) => {
                self.forget_failures(FailureKind::Open);
                self.note_opened();
                self.dataset.set(Some(Arc::from(dataset)));
            }
            Event::Progressed(progress) => {
                // What was prepared knows nothing of the models that have arrived since.
                self.session.update_value(|session| session.prepared = None);
                self.progress.set(progress);
            }
            Event::Answered { generation, answer } => {
                let (current, next, busy) = self.note_answer(generation, |session| &mut session.questions);
                self.send_question(next);
                if current {
                    if answer.query.is_of_history() {
                        self.forget_failures(FailureKind::History);
                    }
                    self.session.update_value(|session| {
                        session.answered = generation;
                        session.waits = false;
                        session.has_history |= answer.query.is_of_history();
                    });
                    self.answer.set(Some(Arc::from(answer)));
                }
                self.busy.set(busy);
            }
            Event::Measured { generation, statistics } => {
                // Statistics of an answer that has been followed by another are of no use.
                let newest = self.session.with_value(|session| session.answered) == generation;
                if let Some(answer) = self.answer.get_untracked().filter(|_| newest) {
                    self.measured.set(Some(Arc::new(Measured { answer, statistics })));
                }
            }
            Event::Listed { generation, rows } => {
                let (current, next, _) = self.note_answer(generation, |session| &mut session.listings);
                self.send_listing(next);
                if current {
                    self.note_rows(Arc::from(rows));
                }
            }
            Event::Compared { generation, comparison } => {
                let (current, ..) = self.note_answer(generation, |session| &mut session.comparisons);
                if current {
                    self.comparison.set(Some(Arc::from(comparison)));
                }
            }
            Event::Checked { generation, checked } => {
                let (current, ..) = self.note_answer(generation, |session| &mut session.checks);
                if current {
                    self.note_checked(checked);
                }
            }
            Event::ExportPiece {
                export,
                rows_done,
                rows_total,
            } => {
                self.take_piece(export, rows_done, rows_total, message.beside.dyn_into().ok());
            }
            Event::ExportDone { export, rows } => self.finish_export(export, rows),
            Event::Failed(failure) => self.note_failure(failure),
        }
    }

    pub(super) fn forget_failures(&self, kind: FailureKind) {
        if self
            .failures
            .with_untracked(|failures| failures.iter().any(|failure| failure.kind == kind))
        {
            self.failures
                .update(|failures| failures.retain(|failure| failure.kind != kind));
        }
    }

    /// Another snapshot may be in the place of the one that was open: what was known of that one is forgotten.
    fn note_opened(&self) {
        let replaced = self.session.try_update_value(|session| {
            session.opened = session.opening.take()?;
            session.prepared = None;
            session.questions.forget();
            session.listings.forget();
            session.comparisons.forget();
            session.checks.forget();
            session.pieces = Pieces::default();
            (session.waits, session.has_history) = (false, false);
            Some(std::mem::take(&mut session.note))
        });
        if let Some(Some(note)) = replaced {
            self.failures.set(Vec::new());
            self.answer.set(None);
            self.measured.set(None);
            self.rows.set(None);
            self.comparison.set(None);
            self.checked.set(Default::default());
            self.progress.set(Progress::default());
            self.export.set(Export::Idle);
            self.import.set(Import::Done);
            self.tell_address();
            self.problems
                .set(Some(note).into_iter().filter(|note| !note.is_empty()).collect());
        }
    }

    fn note_answer<Q>(
        &self,
        generation: u32,
        of: impl FnOnce(&mut Session) -> &mut Exchange<Q>,
    ) -> (bool, Option<Asked<Q>>, bool) {
        let noted = self.session.try_update_value(|session| {
            let exchange = of(session);
            let current = exchange.accept(generation);
            let next = exchange.next();
            (current, next, exchange.is_busy())
        });
        noted.unwrap_or((false, None, false))
    }

    fn note_rows(&self, rows: Arc<RowsAnswer>) {
        // Whatever could not be fetched before is there now.
        let named = rows.found.as_ref().map_or_else(
            || rows.rows.iter().all(|row| row.id.is_some()),
            |found| found.is_complete(),
        );
        if named {
            self.forget_failures(FailureKind::Ids);
        }
        self.rows.set(Some(rows));
    }

    pub(super) fn note_failure(&self, failure: Failure) {
        match failure.kind {
            FailureKind::Export => return self.fail_export(failure.message),
            FailureKind::Replacement => return self.fail_import(failure.message),
            FailureKind::History => self.session.update_value(|session| {
                session.questions.forget();
                session.listings.forget();
            }),
            FailureKind::Open | FailureKind::Protocol => {
                self.session.update_value(|session| {
                    session.questions.forget();
                    session.listings.forget();
                    // There was none before it: trying again means this one.
                    if let Some(opening) = session.opening.take() {
                        session.opened = opening;
                    }
                });
                self.import.set(Import::Idle);
            }
            // The rows it was about have been listed without their names; what has been asked since will be answered.
            FailureKind::Ids => {}
            FailureKind::Compare => self.session.update_value(|session| session.comparisons.forget()),
            // A part that did not arrive leaves questions to be answered; an engine that cannot count does not.
            FailureKind::Part if failure.can_retry => {}
            FailureKind::Part => self.session.update_value(|session| {
                session.questions.forget();
                session.listings.forget();
            }),
        }
        self.busy
            .set(self.session.with_value(|session| session.questions.is_busy()));
        self.failures.update(|failures| {
            failures.retain(|other| other.kind != failure.kind);
            failures.push(failure);
        });
    }

    fn fail(&self, kind: FailureKind, message: &str) {
        self.note_failure(Failure {
            kind,
            message: message.to_owned(),
            can_retry: true,
        });
    }

    /// The worker itself is gone: all it held must be loaded again.
    fn engine_failed(&self, reason: &str) {
        self.session.update_value(|session| session.engine = None);
        if let Export::Running { .. } = self.export.get_untracked() {
            self.fail_export("The engine stopped while it wrote the file.".to_owned());
        }
        self.fail(
            FailureKind::Open,
            &format!("The engine stopped: {reason}. What is shown stays; try again to load it afresh."),
        );
    }

    fn send_question(&self, asked: Option<Asked<Query>>) {
        if let Some(Asked {
            generation,
            question: query,
        }) = asked
        {
            self.send(&Request::Ask { generation, query });
        }
    }

    fn send_listing(&self, asked: Option<Asked<Listing>>) {
        if let Some(Asked {
            generation,
            question: Listing { query, search, sort },
        }) = asked
        {
            self.send(&Request::ListRows {
                generation,
                query,
                search,
                sort,
                limit: LISTED,
            });
        }
    }

    pub(super) fn send(&self, request: &Request) {
        self.send_beside(request, None);
    }

    /// Sends a request with files beside it.
    pub(super) fn send_beside(&self, request: &Request, files: Option<JsValue>) {
        let sent = to_bytes(request).map_err(|error| error.to_string()).and_then(|bytes| {
            let sent = self.session.try_update_value(|session| match &session.engine {
                Some(engine) if session.ready => send(engine, &(bytes, files)),
                Some(_) => {
                    session.outbox.push((bytes, files));
                    Ok(())
                }
                None => Ok(()),
            });
            sent.unwrap_or(Ok(()))
        });
        if let Err(reason) = sent {
            self.engine_failed(&reason);
        }
    }

    fn empty_outbox(&self) {
        let sent = self.session.try_update_value(|session| {
            session.ready = true;
            let waiting = std::mem::take(&mut session.outbox);
            session.engine.as_ref().map_or(Ok(()), |engine| {
                waiting.iter().try_for_each(|message| send(engine, message))
            })
        });
        if let Some(Err(reason)) = sent {
            self.engine_failed(&reason);
        }
    }
}

fn send(engine: &Engine, (bytes, files): &(Vec<u8>, Option<JsValue>)) -> Result<(), String> {
    match files {
        Some(files) => engine.send_with(bytes, files),
        None => engine.send(bytes),
    }
}

/// The question without the clause of one facet.
fn without(mut query: Query, facet: Facet) -> Query {
    query.clauses.remove(&facet);
    query
}
