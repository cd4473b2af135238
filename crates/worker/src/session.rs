//! What the worker knows, and what it does with each request.

use std::cell::RefCell;
use std::rc::Rc;

use atlas_engine::Engine;
use atlas_protocol::{Event, Facet, Failure, FailureKind, Progress, Query, Request, RowSort, RowsAnswer};
use atlas_snapshot::Manifest;
use wasm_bindgen_futures::spawn_local;
use web_sys::RequestCache;

use crate::ids::IdParts;
use crate::{exports, ids, loading, scope};

/// The worker's state, shared by the tasks under way. Never borrowed across an await.
#[derive(Clone, Default)]
pub(crate) struct Session(Rc<RefCell<State>>);

/// What the worker knows.
#[derive(Default)]
pub(crate) struct State {
    /// Address of the manifest last asked for.
    pub(crate) manifest_url: Option<String>,
    /// The snapshot that is open.
    pub(crate) opened: Option<Opened>,
    /// Rises with each `Open` and `Retry`, so that older loading tasks notice and stop.
    pub(crate) loading: u32,
    /// Newest question, so that no statistics of an older one are computed.
    newest_question: u32,
    /// Newest listing, so that listings of older ones are dropped.
    newest_listing: u32,
    /// Whether a file failed its check: from then on the browser's cache is passed over, which may hold the bad copy.
    distrusts_cache: bool,
    /// Exports under way.
    pub(crate) exports: Vec<u32>,
}

/// An open snapshot.
pub(crate) struct Opened {
    pub(crate) manifest: Rc<Manifest>,
    pub(crate) engine: Engine,
    pub(crate) ids: IdParts,
    /// Models parts appended so far.
    pub(crate) parts_ready: usize,
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

    /// Does what the page asks.
    pub(crate) fn handle(&self, request: Request) {
        match request {
            Request::Open { manifest_url } => {
                self.with(|state| {
                    state.manifest_url = Some(manifest_url);
                    state.opened = None;
                    state.exports.clear();
                });
                self.load();
            }
            Request::Retry => self.load(),
            Request::Ask { generation, query } => self.ask(generation, query),
            Request::Prepare { query, facet } => self.prepare(&query, facet),
            Request::ListRows {
                generation,
                query,
                sort,
                limit,
            } => self.list(generation, query, sort, limit as usize),
            Request::Export { export, query, link } => {
                self.with(|state| state.exports.push(export));
                spawn_local(exports::run(self.clone(), export, query, link));
            }
            Request::CancelExport { export } => {
                self.with(|state| state.exports.retain(|under_way| *under_way != export))
            }
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
        let started = scope::now_ms();
        let answered = self.with_opened(|opened| {
            let progress = opened.progress;
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

    fn list(&self, generation: u32, query: Query, sort: RowSort, limit: usize) {
        self.with(|state| state.newest_listing = generation);
        let listed = self.with_opened(|opened| opened.engine.list_rows(&query, sort, limit));
        let (rows_in_slice, rows) = match listed {
            None => return,
            Some(Ok(listed)) => listed,
            Some(Err(error)) => return fail(FailureKind::Part, error.to_string(), false),
        };
        let session = self.clone();
        spawn_local(async move {
            let positions: Vec<u64> = rows.iter().map(|(position, _)| u64::from(*position)).collect();
            let fetched = ids::fetch_for(&session, &positions).await;
            if session.with(|state| state.newest_listing != generation) {
                return;
            }
            let spell = |opened: &mut Opened| {
                rows.into_iter()
                    .map(|(position, mut row)| {
                        row.id = opened.ids.get(u64::from(position)).map(str::to_owned);
                        row
                    })
                    .collect()
            };
            if let Some(rows) = session.with_opened(spell) {
                let rows = RowsAnswer {
                    query,
                    sort,
                    rows_in_slice,
                    rows,
                };
                scope::post(&Event::Listed {
                    generation,
                    rows: Box::new(rows),
                });
            }
            if let Err(message) = fetched {
                fail(FailureKind::Ids, message, true);
            }
        });
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
