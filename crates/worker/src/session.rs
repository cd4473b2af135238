//! What the worker knows, and what it does with each request.

use std::cell::RefCell;
use std::rc::Rc;

use atlas_engine::Engine;
use atlas_protocol::{Event, Facet, Failure, FailureKind, Progress, Query, Request};
use atlas_snapshot::Manifest;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::RequestCache;

use crate::exports::{self, UnderWay};
use crate::ids::IdParts;
use crate::listings::{self, Wanted};
use crate::origin::Origin;
use crate::search::Searched;
use crate::{checks, compare, history, loading, scope};

/// The worker's state, shared by the tasks under way. Never borrowed across an await.
#[derive(Clone, Default)]
pub(crate) struct Session(Rc<RefCell<State>>);

/// What the worker knows.
#[derive(Default)]
pub(crate) struct State {
    /// The snapshot last asked for, until it is open.
    pub(crate) wanted: Option<Origin>,
    /// The snapshot that is open.
    pub(crate) opened: Option<Opened>,
    /// Rises with each snapshot asked for and each `Retry`, so that older loading tasks notice and stop.
    pub(crate) loading: u32,
    /// Newest question, so that no statistics of an older one are computed.
    newest_question: u32,
    /// Newest listing, so that listings of older ones are dropped.
    newest_listing: u32,
    /// Newest comparison, so that those of older questions are dropped.
    pub(crate) newest_comparison: u32,
    /// Newest list of slices to be counted, so that older ones end.
    newest_check: u32,
    /// Whether a file failed its check: from then on the browser's cache is passed over, which may hold the bad copy.
    distrusts_cache: bool,
    /// Exports under way.
    pub(crate) exports: Vec<UnderWay>,
}

/// An open snapshot.
pub(crate) struct Opened {
    pub(crate) origin: Origin,
    pub(crate) manifest: Rc<Manifest>,
    pub(crate) engine: Engine,
    pub(crate) ids: IdParts,
    /// The newest search.
    pub(crate) searched: Option<Searched>,
    /// Models parts appended so far.
    pub(crate) parts_ready: usize,
    pub(crate) history: history::Arrived,
    /// The snapshot that it is compared with.
    pub(crate) other: Option<compare::Other>,
    pub(crate) progress: Progress,
}

impl Session {
    /// Runs a function on the state.
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut State) -> T) -> T {
        run(&mut self.0.borrow_mut())
    }

    /// Runs a function on the open snapshot, if there is one.
    pub(crate) fn with_opened<T>(&self, run: impl FnOnce(&mut Opened) -> T) -> Option<T> {
        self.with(|state| state.opened.as_mut().map(run))
    }

    /// Does what the page asks; files may have travelled beside.
    pub(crate) fn handle(&self, request: Request, beside: &JsValue) {
        match request {
            Request::Open { manifest_url } => self.open(Origin::Address(manifest_url.into())),
            Request::OpenFiles => self.open(Origin::of_files(beside)),
            Request::Retry => self.load(),
            Request::Ask { generation, query } => self.ask(generation, query),
            Request::Prepare { query, facet } => self.prepare(&query, facet),
            Request::ListRows {
                generation,
                query,
                search,
                sort,
                limit,
            } => {
                self.with(|state| state.newest_listing = generation);
                let wanted = Wanted {
                    generation,
                    query,
                    search,
                    sort,
                    limit: limit as usize,
                };
                spawn_local(listings::run(self.clone(), wanted));
            }
            Request::Export {
                export,
                query,
                search,
                link,
            } => {
                self.with(|state| state.exports.push(UnderWay::new(export)));
                spawn_local(exports::run(self.clone(), export, query, search, link));
            }
            Request::Compare {
                generation,
                manifest_url: url,
                query,
                limit,
            } => {
                self.with(|state| state.newest_comparison = generation);
                let wanted = compare::Wanted {
                    generation,
                    url,
                    query,
                    limit: limit as usize,
                };
                spawn_local(compare::run(self.clone(), wanted));
            }
            Request::Check { generation, checks } => {
                self.with(|state| state.newest_check = generation);
                spawn_local(checks::run(self.clone(), generation, checks));
            }
            Request::PieceTaken { export } => self.with(|state| {
                let mut exports = state.exports.iter_mut();
                if let Some(under_way) = exports.find(|under_way| under_way.is(export)) {
                    under_way.note_taken();
                }
            }),
            Request::CancelExport { export } => self.with(|state| {
                state.exports.retain(|under_way| !under_way.is(export));
            }),
        }
    }

    /// How parts are fetched: named by their hash, a copy in the browser's cache is as good as the server's, until one
    /// has failed its check.
    pub(crate) fn part_cache(&self) -> RequestCache {
        if self.with(|state| state.distrusts_cache) {
            RequestCache::Reload
        } else {
            RequestCache::Default
        }
    }

    /// Passes over the browser's cache from now on.
    pub(crate) fn distrust_cache(&self) {
        self.with(|state| state.distrusts_cache = true);
    }

    /// Whether no later list of slices has been asked for.
    pub(crate) fn is_newest_check(&self, generation: u32) -> bool {
        self.with(|state| state.newest_check == generation)
    }

    /// Whether no later listing has been asked for.
    pub(crate) fn is_newest_listing(&self, generation: u32) -> bool {
        self.with(|state| state.newest_listing == generation)
    }

    /// Puts a snapshot in the place of the one that was open. What is under way about that one ends.
    pub(crate) fn replace(&self, opened: Opened) {
        self.with(|state| {
            state.wanted = None;
            state.opened = Some(opened);
            state.exports.clear();
            // Generations begin at 1.
            (state.newest_question, state.newest_listing, state.newest_check) = (0, 0, 0);
        });
    }

    fn open(&self, origin: Origin) {
        self.with(|state| state.wanted = Some(origin));
        self.load();
    }

    fn load(&self) {
        let run = self.with(|state| {
            state.loading += 1;
            state.loading
        });
        spawn_local(loading::load(self.clone(), run));
    }

    fn prepare(&self, query: &Query, facet: Facet) {
        if let Some(Err(error)) = self.with_opened(|opened| opened.engine.prepare(query, facet)) {
            fail(FailureKind::Part, error.to_string(), false);
        }
    }

    fn ask(&self, generation: u32, query: Query) {
        self.with(|state| state.newest_question = generation);
        match history::is_missing(self, &query) {
            true => spawn_local(self.clone().ask_history(generation, query)),
            false => self.answer(generation, query),
        }
    }

    /// Answers once the history has arrived, unless another question has arrived meanwhile.
    async fn ask_history(self, generation: u32, query: Query) {
        let fetched = history::fetch_for(&self, &query).await;
        if self.with(|state| state.newest_question == generation) {
            match fetched {
                Ok(()) => self.answer(generation, query),
                Err(message) => fail(FailureKind::History, message, true),
            }
        }
    }

    fn answer(&self, generation: u32, query: Query) {
        let started = scope::now_ms();
        let answered = self.with_opened(|opened| {
            let progress = Progress {
                rows_ready: opened.engine.rows_ready(),
                ..opened.progress
            };
            opened.engine.answer(&query, progress)
        });
        match answered {
            // A question before the snapshot is open is asked again by the page once it is.
            None => {}
            Some(Ok(mut answer)) => {
                answer.engine_us = scope::us_since(started);
                scope::post(&Event::Answered {
                    generation,
                    answer: Box::new(answer),
                });
                spawn_local(self.clone().measure(generation, query));
            }
            Some(Err(error)) => fail(FailureKind::Part, error.to_string(), false),
        }
    }

    /// Sends the statistics behind an answer, unless another question has arrived meanwhile.
    async fn measure(self, generation: u32, query: Query) {
        scope::give_way().await;
        if self.with(|state| state.newest_question != generation) {
            return;
        }
        let started = scope::now_ms();
        match self.with_opened(|opened| opened.engine.statistics(&query)) {
            None => {}
            Some(Ok(mut statistics)) => {
                statistics.engine_us = scope::us_since(started);
                scope::post(&Event::Measured {
                    generation,
                    statistics: Box::new(statistics),
                });
            }
            Some(Err(error)) => fail(FailureKind::Part, error.to_string(), false),
        }
    }
}

/// Tells the page that something failed.
pub(crate) fn fail(kind: FailureKind, message: String, can_retry: bool) {
    scope::post(&Event::Failed(Failure {
        kind,
        message,
        can_retry,
    }));
}
