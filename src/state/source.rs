//! Where the data come from: the snapshot beside the page, one elsewhere, the reader's files, or the Hub itself.

use atlas_protocol::import::{HubQuestion, ImportEvent, ImportRequest};
use atlas_protocol::{Request, from_bytes, to_bytes};
use wasm_bindgen::JsValue;

use super::Atlas;
use crate::platform::address;
use crate::platform::given::Given;
use crate::platform::worker::{Engine, Message};
use crate::reactive::*;

/// Name of the manifest of a snapshot.
const MANIFEST: &str = "manifest.json";

/// Where the snapshot lies, seen from the page.
const BUNDLED: &str = "./snapshot/";

/// Where a snapshot lies.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// At an address as the page's own address has it; empty for the one beside the page.
    Address(String),
    /// In files, a name before each.
    Files(JsValue),
}

impl Default for Source {
    fn default() -> Source {
        Source::Address(String::new())
    }
}

impl Source {
    /// How the page's own address tells of it: not at all, where nobody else could open it.
    pub fn address(&self) -> &str {
        match self {
            Source::Address(address) => address,
            Source::Files(_) => "",
        }
    }

    /// The request that opens it, and the files that go beside.
    ///
    /// # Errors
    /// When the address is none of the web.
    pub fn request(&self) -> Result<(Request, Option<JsValue>), String> {
        match self {
            Source::Files(files) => Ok((Request::OpenFiles, Some(files.clone()))),
            Source::Address(given) => {
                let given = if given.is_empty() { BUNDLED } else { given };
                let manifest_url = manifest_url(given)?;
                Ok((Request::Open { manifest_url }, None))
            }
        }
    }
}

/// The address of the manifest of the snapshot that lies where the reader says, seen from the page: at a manifest, or in
/// a folder.
///
/// # Errors
/// When that is no address of the web.
pub fn manifest_url(given: &str) -> Result<String, String> {
    let file = if given.ends_with('/') { MANIFEST } else { "" };
    let url = address::absolute(&format!("{given}{file}"));
    match url.starts_with("https://") || url.starts_with("http://") {
        true => Ok(url),
        false => Err(format!(
            "“{given}” is no address of a snapshot. Give one that begins with https:// and ends with /manifest.json."
        )),
    }
}

/// How far bringing other data has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Import {
    /// Nothing is brought.
    #[default]
    Idle,
    /// It is on its way.
    Running {
        /// What is being done.
        text: String,
        /// So much is done.
        done: u64,
        /// Of so much; 0 where that is not known.
        total: u64,
    },
    /// It is open, in the place of what was.
    Done,
    /// It came to nothing; the sentence says why.
    Failed(String),
}

/// The importer at work, and what it is to do once it listens.
pub struct Importer {
    worker: Engine,
    first: Option<(Vec<u8>, JsValue)>,
    /// Whether the Hub is asked, which can be held back.
    is_live: bool,
    paused: bool,
}

impl Atlas {
    /// Opens a snapshot at an address; the one that is open stays until that one can be counted.
    pub fn open_address(&self, address: &str) {
        self.open(Source::Address(address.to_owned()));
    }

    /// Opens files: the files of a snapshot as they are, others through the importer. `day` is when they were taken, where
    /// the reader says so.
    pub fn open_given(&self, given: Given, day: String) {
        match given.with_names(MANIFEST) {
            Some(files) => self.open(Source::Files(files)),
            None => self.start_import(&ImportRequest::Files { day }, given.files()),
        }
    }

    /// Asks the Hub.
    pub fn ask_hub(&self, question: HubQuestion) {
        self.start_import(&ImportRequest::Ask(question), JsValue::UNDEFINED);
    }

    /// Whether the Hub is being asked, and whether that is held back.
    pub fn live_import(&self) -> Option<bool> {
        self.import.track();
        self.session.with_value(|session| {
            let importer = session.importer.as_ref().filter(|importer| importer.is_live);
            importer.map(|importer| importer.paused)
        })
    }

    /// Holds the questions to the Hub back, or lets them go on.
    pub fn pause_import(&self) {
        self.session.update_value(|session| {
            let Some(importer) = &mut session.importer else { return };
            importer.paused = !importer.paused;
            if let Ok(bytes) = to_bytes(&ImportRequest::Pause(importer.paused)) {
                drop(importer.worker.send_with(&bytes, &JsValue::UNDEFINED));
            }
        });
        self.import.update(|_| {});
    }

    /// Ends what is being brought, or forgets that it came to nothing.
    pub fn end_import(&self) {
        self.session.update_value(|session| session.importer = None);
        self.import.set(Import::Idle);
    }

    /// Says that other data could not be brought.
    pub fn fail_import(&self, reason: String) {
        self.session.update_value(|session| {
            session.importer = None;
            session.opening = None;
        });
        self.import.set(Import::Failed(reason));
        self.tell_address();
    }

    /// Makes the page's address tell of the snapshot that is open.
    pub(super) fn tell_address(&self) {
        let address = self.session.with_value(|session| session.opened.address().to_owned());
        self.step(|view| view.snapshot = address);
    }

    /// Follows the address of the view, after a step back or forward.
    pub fn follow_snapshot(&self, address: &str) {
        let known = self.session.with_value(|session| {
            let newest = session.opening.as_ref().unwrap_or(&session.opened);
            newest.address() == address
        });
        if !known {
            self.open_address(address);
        }
    }

    fn open(&self, source: Source) {
        let request = match source.request() {
            Ok(request) => request,
            Err(reason) => return self.fail_import(reason),
        };
        self.show_progress("Opening the snapshot …".to_owned(), 0, 0);
        let is_running = self.session.try_update_value(|session| {
            session.importer = None;
            session.note.clear();
            session.opening = Some(source);
            session.engine.is_some()
        });
        if is_running == Some(true) {
            self.send_beside(&request.0, request.1);
        } else {
            self.start_engine();
        }
    }

    fn start_import(&self, request: &ImportRequest, beside: JsValue) {
        let atlas = *self;
        let stopped = move |reason: String| atlas.fail_import(format!("The importer stopped: {reason}. Try again."));
        self.show_progress("Fetching the importer …".to_owned(), 0, 0);
        let script = address::absolute(&address::meta("atlas-importer").unwrap_or_default());
        let hear = move |message: Option<Message>| atlas.hear_importer(message);
        let started = Engine::start_other(&script, Box::new(hear), Box::new(stopped));
        match (started, to_bytes(request)) {
            (Ok(worker), Ok(bytes)) => self.session.update_value(|session| {
                session.importer = Some(Importer {
                    worker,
                    first: Some((bytes, beside)),
                    is_live: matches!(request, ImportRequest::Ask(_)),
                    paused: false,
                });
            }),
            (Err(reason), _) => stopped(reason),
            (_, Err(error)) => stopped(error.to_string()),
        }
    }

    fn hear_importer(&self, message: Option<Message>) {
        let heard = message.and_then(|message| Some((from_bytes(&message.event).ok()?, message.beside)));
        match heard {
            Some((ImportEvent::Ready, _)) => self.session.update_value(|session| {
                if let Some(importer) = &mut session.importer
                    && let Some((bytes, beside)) = importer.first.take()
                {
                    drop(importer.worker.send_with(&bytes, &beside));
                }
            }),
            Some((ImportEvent::Progressed { text, done, total }, _)) => self.show_progress(text, done, total),
            Some((ImportEvent::Done { note }, files)) => {
                self.open(Source::Files(files));
                self.session.update_value(|session| session.note = note);
            }
            Some((ImportEvent::Failed(reason), _)) => self.fail_import(reason),
            None => {
                self.fail_import("The page and its importer come from different builds. Reload the page.".to_owned())
            }
        }
    }

    fn show_progress(&self, text: String, done: u64, total: u64) {
        self.import.set(Import::Running { text, done, total });
    }
}
