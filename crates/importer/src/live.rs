//! Asking the Hub itself: page after page, as slowly as it wants, without credentials.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_import::digits::grouped;
use atlas_import::hub_api::answer::models_of;
use atlas_import::hub_api::api_query::{Order, Question, next_query};
use atlas_import::hub_api::attempts::{Attempts, GivenUp, Refusal, Wait, limit_wait};
use atlas_import::hub_api::limits::Limits;
use atlas_import::hub_api::patience::Patience;
use atlas_import::one_by_one::{InputFile, Origin, import};
use atlas_protocol::import::HubQuestion;
use atlas_snapshot::manifest::Scope;
use bytes::Bytes;
use gloo_net::http::{Request, Response};
use js_sys::{Date, Function, Promise};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, Url, UrlSearchParams};

use crate::kept::{self, Pages};
use crate::parts::{ready, snapshot_of};
use crate::scope::{Ready, report, sleep, today};

/// The public Hub.
const PUBLIC_HUB: &str = "https://huggingface.co";

/// Models of a page: the most the Hub gives.
const PAGE_SIZE: u32 = 1000;

/// Most models that are asked for: more belongs into a file, which the command line fetches.
const MOST: u64 = 100_000;

/// Pages in a row without a model that was not seen before, after which the server is taken to go in circles.
const PAGES_WITHOUT_NEWS: u32 = 20;

/// Milliseconds between two looks at a wait.
const STEP_MS: u64 = 1000;

/// Whether the reader holds an import back.
#[derive(Default)]
pub(crate) struct Pause {
    paused: Cell<bool>,
    wake: RefCell<Option<Function>>,
}

impl Pause {
    /// Holds back, or lets go on.
    pub(crate) fn set(&self, paused: bool) {
        self.paused.set(paused);
        if let Some(wake) = self.wake.take().filter(|_| !paused) {
            // Resolving a promise does not fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    async fn over(&self) {
        while self.paused.get() {
            let resumed = Promise::new(&mut |resolve, _| {
                self.wake.replace(Some(resolve));
            });
            let _ = JsFuture::from(resumed).await;
        }
    }
}

/// Makes a snapshot of what the Hub answers, or takes the one kept of the same question.
pub(crate) async fn answer(asked: &HubQuestion, pause: &Pause) -> Result<Ready, String> {
    if asked.most == 0 || asked.most > MOST {
        return Err(format!(
            "Ask for 1 to {} models; `hub-atlas fetch` takes more to a file that can be dropped here.",
            grouped(MOST)
        ));
    }
    let hub = hub_of(&asked.page_query)?;
    let question = Question {
        order: match asked.by_likes {
            true => Order::Likes,
            false => Order::Downloads,
        },
        most: asked.most,
        author: asked.author.clone(),
        search: asked.search.clone(),
    };
    let key = format!("{hub}/api/models?{}", question.first_query(PAGE_SIZE));
    if !asked.anew
        && let Some((files, day)) = kept::find(&key).await
    {
        let note = format!("Kept in this browser since {day}. Ask anew for the counts of today.");
        return Ok(Ready { note, files });
    }
    let day = today();
    let mut list = List::new(hub, &question, pause);
    match asked.anew {
        true => kept::forget_pages(&key, &day).await,
        false => list.take_up(kept::find_pages(&key, &day).await),
    }
    if let Err(broken) = list.read_to_the_end().await {
        return Err(list.keep(&key, &day, broken).await);
    }
    kept::forget_pages(&key, &day).await;
    let (found, scope) = (list.seen.len(), question.scope(list.seen.len() as u64, list.has_ended));
    if found == 0 {
        return Err(
            "The Hub knows no model of that kind. Look at the spelling of the account and the text.".to_owned(),
        );
    }
    let files = vec![list.into_file(&question)];
    let (imported, parts) = snapshot_of(|progress, take| import(&files, &origin(scope), progress, take))?;
    kept::keep(&key, &parts).await;
    Ok(ready(&imported, parts, ""))
}

fn origin(scope: Scope) -> Origin {
    let mut origin = Origin::unknown();
    origin.source.name = "Live from the Hugging Face Hub".to_owned();
    origin.source.url = Some(format!("{PUBLIC_HUB}/models"));
    origin.scope = Some(scope);
    origin
}

/// Whom to ask: the public Hub. A test may name a server on the reader's own machine in the page's address, and no other:
/// nobody can be sent elsewhere by a link.
fn hub_of(page_query: &str) -> Result<String, String> {
    let named = UrlSearchParams::new_with_str(page_query)
        .ok()
        .and_then(|query| query.get("hub"));
    let Some(named) = named else {
        return Ok(PUBLIC_HUB.to_owned());
    };
    let url = Url::new(&named).ok();
    let is_local =
        |url: &Url| url.protocol() == "http:" && matches!(url.hostname().as_str(), "127.0.0.1" | "[::1]" | "localhost");
    match url.filter(is_local) {
        Some(url) => Ok(url.origin()),
        None => Err("The address names another Hub, and only one on this very machine may be named.".to_owned()),
    }
}

/// Why a list was not read to its end.
struct Broken {
    /// What happened, without the point at the end of the sentence.
    why: String,
    /// Whether the next page may come another time.
    can_go_on: bool,
}

impl Broken {
    fn for_good(why: &str) -> Broken {
        Broken {
            why: why.to_owned(),
            can_go_on: false,
        }
    }
}

impl From<GivenUp> for Broken {
    fn from(given_up: GivenUp) -> Broken {
        Broken {
            why: given_up.to_string(),
            can_go_on: matches!(given_up, GivenUp::Hopeless(_)),
        }
    }
}

/// The list as far as it has been read.
struct List<'a> {
    hub: String,
    question: &'a Question,
    pause: &'a Pause,
    patience: Patience,
    /// One model a line.
    lines: Vec<u8>,
    seen: HashSet<String>,
    /// The query of the page that comes next.
    query: String,
    /// The query that the last answer named.
    next: Option<String>,
    has_ended: bool,
    /// The wait that the last answer asked for.
    wait: Option<Duration>,
}

impl<'a> List<'a> {
    fn new(hub: String, question: &'a Question, pause: &'a Pause) -> List<'a> {
        List {
            hub,
            question,
            pause,
            patience: Patience::default(),
            lines: Vec::new(),
            seen: HashSet::new(),
            query: question.first_query(PAGE_SIZE),
            next: None,
            has_ended: false,
            wait: None,
        }
    }

    /// Goes on where the same question broke off before.
    fn take_up(&mut self, pages: Option<Pages>) {
        let Some(pages) = pages else { return };
        let models = pages.lines.split(|byte| *byte == b'\n');
        models
            .filter_map(|line| serde_json::from_slice(line).ok())
            .for_each(|model| self.add(model));
        self.query = pages.next;
    }

    /// Keeps what was read before it broke off, and says what happened and what can be done.
    async fn keep(self, key: &str, day: &str, broken: Broken) -> String {
        let pages = Pages {
            lines: self.lines,
            next: self.query,
        };
        if !broken.can_go_on {
            kept::forget_pages(key, day).await;
        } else if !self.seen.is_empty() && kept::keep_pages(key, day, &pages).await {
            let models = grouped(self.seen.len() as u64);
            return format!(
                "{}. The {models} models read so far are kept until tomorrow: ask again to go on from there.",
                broken.why
            );
        }
        format!("{}. Ask again to begin anew.", broken.why)
    }

    async fn read_to_the_end(&mut self) -> Result<(), Broken> {
        let mut without_news = 0;
        loop {
            self.report("");
            self.pause.over().await;
            if let Some(time) = self.wait.take() {
                let wait = limit_wait(time, "the limit is used up", &self.patience)?;
                self.wait_out(&wait).await;
            }
            let query = self.query.clone();
            let models = self.page(&query).await?;
            // A full page that names no next one may only have hidden it: the browser shows the header where the server lets it.
            let is_full = models.len() as u64 >= self.question.most.min(u64::from(PAGE_SIZE));
            let before = self.seen.len();
            models.into_iter().for_each(|model| self.add(model));
            without_news = if self.seen.len() == before { without_news + 1 } else { 0 };
            let next = self.next.take();
            self.has_ended = next.is_none() && !is_full;
            match next {
                _ if self.seen.len() as u64 >= self.question.most => return Ok(()),
                None => return Ok(()),
                Some(next) if next == query || without_news == PAGES_WITHOUT_NEWS => {
                    return Err(Broken::for_good("The Hub's list goes in circles"));
                }
                Some(next) => self.query = next,
            }
        }
    }

    /// Adds a model that was not seen before, without what no import reads.
    fn add(&mut self, mut model: Value) {
        let id = model.get("id").or_else(|| model.get("modelId")).and_then(Value::as_str);
        let Some(id) = id.map(str::to_owned) else { return };
        if self.seen.len() as u64 >= self.question.most || !self.seen.insert(id) {
            return;
        }
        if let Some(Value::Object(gguf)) = model.get_mut("gguf") {
            // Chat templates are longer than all the rest.
            gguf.retain(|name, _| name == "total");
        }
        // Writing to memory does not fail, and a line cut short would be told as one.
        if serde_json::to_writer(&mut self.lines, &model).is_ok() {
            self.lines.push(b'\n');
        }
    }

    /// The models of a page. Waits as the limit asks, and asks again after errors that pass.
    async fn page(&mut self, query: &str) -> Result<Vec<Value>, GivenUp> {
        let mut attempts = Attempts::default();
        loop {
            match self.ask(query).await {
                Ok(models) => return Ok(models),
                Err(refusal) => {
                    let wait = attempts.after(refusal, &self.patience)?;
                    self.wait_out(&wait).await;
                    self.pause.over().await;
                }
            }
        }
    }

    async fn ask(&mut self, query: &str) -> Result<Vec<Value>, Refusal> {
        let address = format!("{}/api/models?{query}", self.hub);
        let again = |error: gloo_net::Error| Refusal::Again {
            why: format!("the connection to {} failed ({error})", self.hub),
            wait: None,
            tries: u32::MAX,
        };
        let request = Request::get(&address)
            .mode(RequestMode::Cors)
            .credentials(RequestCredentials::Omit)
            .referrer_policy(ReferrerPolicy::NoReferrer)
            .cache(RequestCache::NoStore);
        let response = request.send().await.map_err(again)?;
        let limits = limits(&response);
        let body = response.binary().await;
        if !response.ok() {
            let status = format!("{} {}", response.status(), response.status_text());
            // What a refusal says is only worth its words; that it refuses is known.
            return Err(Refusal::of_status(
                &self.hub,
                status.trim(),
                &body.unwrap_or_default(),
                limits,
            ));
        }
        let body = body.map_err(again)?;
        let models = models_of(&body).map_err(|error| Refusal::of_answer(error, &self.patience))?;
        self.wait = limits.pause();
        self.next = response.headers().get("link").as_deref().and_then(next_query);
        Ok(models)
    }

    /// Waits, and says what for.
    async fn wait_out(&self, wait: &Wait) {
        let mut left = wait.time.as_millis() as u64;
        while left > 0 {
            self.report(&format!(" · {}; asking again in {} s", wait.why, left.div_ceil(1000)));
            let step = left.min(STEP_MS);
            sleep(step as i32).await;
            left -= step;
        }
    }

    fn report(&self, what: &str) {
        let done = self.seen.len() as u64;
        let text = format!("{} of {} models{what} …", grouped(done), grouped(self.question.most));
        report(text, done, self.question.most);
    }

    fn into_file(self, question: &Question) -> InputFile {
        InputFile {
            name: format!(
                "what {} answered to “{}”",
                self.hub,
                question.scope(self.seen.len() as u64, self.has_ended).models
            ),
            day: today(),
            source: Arc::new(Bytes::from(self.lines)),
        }
    }
}

fn limits(response: &Response) -> Limits {
    let header = |name: &str| response.headers().get(name);
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(Date::now() as u64);
    Limits::of(header("retry-after").as_deref(), header("ratelimit").as_deref(), now)
}
