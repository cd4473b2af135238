//! What the page knows: the reader's question, the engine's answer, and how one leads to the other.

pub mod bars;
pub mod brush;
pub mod claims;
pub mod comparing;
pub mod counted;
pub mod exchange;
pub mod export;
pub mod history;
#[cfg(test)]
pub mod sample;
pub mod search;
pub mod selection;
pub mod sentence;
pub mod session;
pub mod source;
pub mod view;

use std::sync::Arc;

use atlas_protocol::{
    Answer, Clause, Collection, Comparison, Dataset, Facet, FacetValue, Failure, FailureKind, MonthRange, Progress,
    RowsAnswer, Statistics,
};

use crate::platform::address;
use crate::platform::theme::{self, Theme};
use crate::reactive::*;
use export::Export;
use history::History;
use session::Session;
use source::{Import, Source};
use view::{Section, View};

/// How far the page has come; tests and styles read it from the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No answer yet.
    Loading,
    /// Answers over a part of the snapshot.
    Partial,
    /// Answers over the whole snapshot.
    Complete,
    /// Something failed; what had loaded still works.
    Error,
}

impl Phase {
    /// The name in attributes.
    pub const fn key(self) -> &'static str {
        match self {
            Phase::Loading => "loading",
            Phase::Partial => "partial",
            Phase::Complete => "complete",
            Phase::Error => "error",
        }
    }
}

/// The statistics of a slice, with the answer they belong to.
pub struct Measured {
    /// The answer about the same slice.
    pub answer: Arc<Answer>,
    /// Its statistics.
    pub statistics: Box<Statistics>,
}

/// The state of the page. Every part of it is read through signals, and changed only by the functions here.
#[derive(Clone, Copy)]
pub struct Atlas {
    history: RwSignal<History<View>>,
    problems: RwSignal<Vec<String>>,
    dataset: RwSignal<Option<Arc<Dataset>>>,
    answer: RwSignal<Option<Arc<Answer>>>,
    measured: RwSignal<Option<Arc<Measured>>>,
    rows: RwSignal<Option<Arc<RowsAnswer>>>,
    comparison: RwSignal<Option<Arc<Comparison>>>,
    checked: RwSignal<claims::Found>,
    progress: RwSignal<Progress>,
    failures: RwSignal<Vec<Failure>>,
    export: RwSignal<Export>,
    import: RwSignal<Import>,
    theme: RwSignal<Theme>,
    busy: RwSignal<bool>,
    session: StoredValue<Session, LocalStorage>,
    /// Whether the link to this view has just been copied, or could not be.
    pub copied: RwSignal<Option<bool>>,
    /// The view in force.
    pub view: Memo<View>,
    /// Whether the charts are open.
    pub explores: Memo<bool>,
}

impl Atlas {
    /// The state as the address has it, with an engine that has not been started.
    pub fn from_address() -> Atlas {
        let (view, problems) = View::from_link(&address::query());
        let session = Session::beginning_with(Source::Address(view.snapshot.clone()));
        let history = RwSignal::new(History::new(view));
        let view = Memo::new(move |_| history.with(|history| history.present().clone()));
        Atlas {
            history,
            problems: RwSignal::new(problems),
            dataset: RwSignal::new(None),
            answer: RwSignal::new(None),
            measured: RwSignal::new(None),
            rows: RwSignal::new(None),
            comparison: RwSignal::new(None),
            checked: RwSignal::new(claims::Found::default()),
            progress: RwSignal::new(Progress::default()),
            failures: RwSignal::new(Vec::new()),
            export: RwSignal::new(Export::Idle),
            import: RwSignal::new(Import::Idle),
            theme: RwSignal::new(theme::current()),
            busy: RwSignal::new(false),
            session: StoredValue::new_local(session),
            copied: RwSignal::new(None),
            view,
            explores: Memo::new(move |_| view.with(|view| view.section == Section::Explore)),
        }
    }

    /// What the snapshot says of itself, once it is open.
    pub fn dataset(&self) -> Option<Arc<Dataset>> {
        self.dataset.get()
    }

    /// What the snapshot collects; models before any is open.
    pub fn collection(&self) -> Collection {
        self.dataset
            .with(|dataset| dataset.as_ref().map(|dataset| dataset.collection).unwrap_or_default())
    }

    /// The newest answer.
    pub fn answer(&self) -> Option<Arc<Answer>> {
        self.answer.get()
    }

    /// The newest answer with the snapshot it is about.
    pub fn answered(&self) -> Option<(Arc<Answer>, Arc<Dataset>)> {
        self.answer.get().zip(self.dataset.get())
    }

    /// The newest statistics. They may belong to a former answer: see [`Atlas::is_measured`].
    pub fn measured(&self) -> Option<Arc<Measured>> {
        self.measured.get()
    }

    /// Whether the newest statistics belong to the newest answer, or there are neither.
    pub fn is_measured(&self) -> bool {
        self.answer.with(|answer| {
            self.measured.with(|measured| match (answer, measured) {
                (Some(answer), Some(measured)) => Arc::ptr_eq(answer, &measured.answer),
                (answer, measured) => answer.is_none() && measured.is_none(),
            })
        })
    }

    /// The newest list of rows.
    pub fn rows(&self) -> Option<Arc<RowsAnswer>> {
        self.rows.get()
    }

    /// How much of the snapshot has arrived.
    pub fn progress(&self) -> Progress {
        self.progress.get()
    }

    /// What has failed and has not been tried again.
    pub fn failures(&self) -> Vec<Failure> {
        self.failures.get()
    }

    /// What the address said that could not be understood, and what in the question means nothing in this snapshot.
    pub fn problems(&self) -> Vec<String> {
        let notes = self
            .answer
            .with(|answer| answer.as_ref().map(|answer| answer.notes.clone()).unwrap_or_default());
        let mut problems = self.problems.get();
        problems.extend(notes);
        problems
    }

    /// The download under way.
    pub fn export(&self) -> Export {
        self.export.get()
    }

    /// The data being brought.
    pub fn import(&self) -> Import {
        self.import.get()
    }

    /// The theme in force.
    pub fn theme(&self) -> Theme {
        self.theme.get()
    }

    /// Whether an answer is still to come.
    pub fn is_busy(&self) -> bool {
        self.busy.get()
    }

    /// How far the page has come.
    pub fn phase(&self) -> Phase {
        let failed = |failure: &Failure| failure.kind != FailureKind::Export;
        if self.failures.with(|failures| failures.iter().any(failed)) {
            return Phase::Error;
        }
        self.answer.with(|answer| match answer {
            None => Phase::Loading,
            Some(answer) if answer.progress.is_complete() => Phase::Complete,
            Some(_) => Phase::Partial,
        })
    }

    /// Whether there is a step to take back, and one to take again.
    pub fn can_undo_redo(&self) -> (bool, bool) {
        self.history.with(|history| (history.can_undo(), history.can_redo()))
    }

    /// The snapshot that is open, if it has a history.
    pub fn with_history(&self) -> Option<Arc<Dataset>> {
        self.dataset.get().filter(|dataset| dataset.history.is_some())
    }

    /// Whether a question waits for the history, which is fetched when it is first asked for.
    pub fn waits_for_history(&self) -> bool {
        let asks = self.view.with(|view| view.query.is_of_history());
        let has = self
            .answer
            .with(|answer| answer.as_ref().is_some_and(|answer| answer.query.is_of_history()));
        asks && !has && self.busy.get()
    }

    /// The clause on a facet.
    pub fn clause(&self, facet: Facet) -> Option<Clause> {
        self.view.with(|view| view.query.clauses.get(&facet).cloned())
    }

    /// Changes the view in one step that can be taken back and has an address of its own.
    pub fn step(&self, change: impl FnOnce(&mut View)) {
        // A gesture that is still under way, such as typing, is a step of its own.
        self.release();
        let mut view = self.present();
        change(&mut view);
        view.tidy();
        let changed = self.history.try_update(|history| history.step(view)).unwrap_or(false);
        if changed {
            self.problems.set(Vec::new());
            self.write_address();
        }
    }

    /// Changes the view within a gesture, which ends with [`Atlas::release`].
    pub fn drag(&self, change: impl FnOnce(&mut View)) {
        let mut view = self.present();
        change(&mut view);
        if self.history.with_untracked(|history| *history.present() == view) {
            return;
        }
        self.history.update(|history| history.drag(view));
        self.problems.set(Vec::new());
    }

    /// Ends a gesture. Only now the address follows: browsers refuse to write it at every move.
    pub fn release(&self) {
        if !self.history.with_untracked(History::is_dragging) {
            return;
        }
        if self.history.try_update(History::release).unwrap_or(false) {
            self.write_address();
        }
    }

    /// Puts a clause on a facet, or takes it away.
    pub fn set_clause(&self, facet: Facet, clause: Option<Clause>) {
        self.step(|view| put_clause(view, facet, clause));
    }

    /// Switches one value of a facet.
    pub fn toggle(&self, facet: Facet, key: &str) {
        let clause = self.with_values(facet, |values| {
            selection::toggle(self.clause_now(facet).as_ref(), key, values)
        });
        self.set_clause(facet, clause);
    }

    /// Chooses one value of a facet and no other.
    pub fn only(&self, facet: Facet, key: &str) {
        self.set_clause(facet, Some(selection::only(key)));
    }

    /// Leaves one value of a facet out.
    pub fn without(&self, facet: Facet, key: &str) {
        let clause = self.with_values(facet, |values| {
            selection::without(self.clause_now(facet).as_ref(), key, values)
        });
        self.set_clause(facet, Some(clause));
    }

    /// Takes all clauses away.
    pub fn clear(&self) {
        self.step(|view| {
            view.query.clauses.clear();
            view.query.made = MonthRange::default();
        });
    }

    /// Takes back the newest step.
    pub fn undo(&self) {
        if self.history.try_update(History::undo).unwrap_or(false) {
            self.write_address();
        }
    }

    /// Takes a step again that was taken back.
    pub fn redo(&self) {
        if self.history.try_update(History::redo).unwrap_or(false) {
            self.write_address();
        }
    }

    /// Opens a part of the page.
    pub fn open_section(&self, section: Section) {
        self.step(|view| view.section = section);
    }

    /// Takes the view over from the address, after the reader went back or forward.
    pub fn follow_address(&self) {
        let (view, problems) = View::from_link(&address::query());
        self.history.update(|history| {
            history.step(view);
        });
        self.problems.set(problems);
    }

    /// Changes between light and dark.
    pub fn switch_theme(&self) {
        let theme = self.theme.get_untracked().other();
        theme::choose(theme);
        self.theme.set(theme);
    }

    /// Takes over what the system says of light and dark.
    pub fn follow_theme(&self, theme: Theme) {
        self.theme.set(theme);
    }

    fn present(&self) -> View {
        self.history.with_untracked(|history| history.present().clone())
    }

    fn clause_now(&self, facet: Facet) -> Option<Clause> {
        self.history
            .with_untracked(|history| history.present().query.clauses.get(&facet).cloned())
    }

    fn with_values<T>(&self, facet: Facet, use_values: impl FnOnce(&[FacetValue]) -> T) -> T {
        self.dataset.with_untracked(|dataset| {
            let catalogue = dataset.as_ref().and_then(|dataset| dataset.catalogue(facet));
            use_values(
                catalogue
                    .map(|catalogue| catalogue.values.as_slice())
                    .unwrap_or_default(),
            )
        })
    }

    fn write_address(&self) {
        address::write(&self.present().to_link());
    }
}

/// Puts a clause on a facet of a view, or takes it away.
pub fn put_clause(view: &mut View, facet: Facet, clause: Option<Clause>) {
    match clause {
        Some(clause) => drop(view.query.clauses.insert(facet, clause)),
        None => drop(view.query.clauses.remove(&facet)),
    }
}

/// The state of this page, from anywhere inside it.
pub fn atlas() -> Atlas {
    expect_context()
}
