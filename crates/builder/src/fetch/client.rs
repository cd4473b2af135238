//! Asking the Hub for one page of its list, again where that can help.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

use super::endpoint::Endpoint;
use crate::progress::Progress;
use atlas_import::hub_api::answer::models_of;
use atlas_import::hub_api::api_query::next_query;
use atlas_import::hub_api::attempts::{self, Attempts, GivenUp, Refusal, Wait};
use atlas_import::hub_api::limits::Limits;
use atlas_import::hub_api::patience::Patience;

/// Largest answer that is read, in bytes. A page of 1,000 models has about 2 MB.
const LARGEST_ANSWER: u64 = 256 << 20;

/// A page of the list.
#[derive(Debug)]
pub struct Page {
    /// The models, as the Hub describes them.
    pub models: Vec<Value>,
    /// The query of the page that follows.
    pub next: Option<String>,
    /// How many models the whole list has, where the server says so.
    pub total: Option<u64>,
}

/// How often the Hub had to be asked again.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Effort {
    /// Requests sent.
    pub requests: u64,
    /// Requests sent again after an error or a cut connection.
    pub retries: u64,
    /// Waits that the Hub's limit asked for.
    pub limit_waits: u64,
    /// Seconds spent waiting, for either reason.
    pub seconds_waited: f64,
}

/// The question itself is refused: a cursor can grow too old to go on from.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct QuestionRefused(pub String);

/// Asks one endpoint, without credentials.
pub struct Client<'a> {
    agent: Agent,
    endpoint: &'a Endpoint,
    patience: Patience,
    progress: &'a dyn Progress,
    effort: Effort,
    pause: Option<Duration>,
}

impl<'a> Client<'a> {
    /// A client for an endpoint. The proxy of the environment is used, but not before this machine itself.
    pub fn new(endpoint: &'a Endpoint, patience: Patience, progress: &'a dyn Progress) -> Client<'a> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("hub-atlas/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .timeout_resolve(Some(patience.answer))
            .timeout_connect(Some(patience.answer))
            .timeout_recv_response(Some(patience.answer))
            .timeout_recv_body(Some(patience.body));
        if endpoint.is_local() {
            config = config.proxy(None);
        }
        Client {
            agent: config.build().new_agent(),
            endpoint,
            patience,
            progress,
            effort: Effort::default(),
            pause: None,
        }
    }

    /// What it took so far.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// The page that a query asks for. Waits as the limit asks, and asks again after errors that pass.
    ///
    /// # Errors
    /// [`QuestionRefused`] when the server refuses this very question; otherwise when asking again does not help, or has
    /// not helped often enough.
    pub fn page(&mut self, query: &str) -> Result<Page> {
        if let Some(pause) = self.pause.take() {
            let wait = attempts::limit_wait(pause, "the limit is used up", &self.patience);
            self.wait(&wait.map_err(stopped)?);
        }
        let mut attempts = Attempts::default();
        loop {
            self.effort.requests += 1;
            match self.ask(query) {
                Ok(page) => return Ok(page),
                Err(refusal) => {
                    let wait = attempts.after(refusal, &self.patience).map_err(stopped)?;
                    self.wait(&wait);
                }
            }
        }
    }

    fn wait(&mut self, wait: &Wait) {
        match wait.is_limit {
            true => self.effort.limit_waits += 1,
            false => self.effort.retries += 1,
        }
        let seconds = wait.time.as_secs_f64();
        self.effort.seconds_waited += seconds;
        self.progress
            .note(&format!("{}; asking again in {:.0} s", wait.why, seconds.ceil()));
        sleep(wait.time);
    }

    fn ask(&mut self, query: &str) -> Result<Page, Refusal> {
        let again = |error: ureq::Error| Refusal::Again {
            why: format!("the connection to {} failed: {error}", self.endpoint.base()),
            wait: None,
            tries: u32::MAX,
        };
        let mut response = self.agent.get(self.endpoint.models(query)).call().map_err(again)?;
        let limits = limits(response.headers());
        let body = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec();
        let status = response.status();
        if !status.is_success() {
            // What a refusal says is only worth its words; that it refuses is known.
            return Err(self.refusal(status, &body.unwrap_or_default(), limits, response.headers()));
        }
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => Refusal::Final(format!(
                "the answer has more than {} MB; ask for smaller pages with --page-size",
                LARGEST_ANSWER >> 20
            )),
            error => again(error),
        })?;
        let models = models_of(&body).map_err(|error| Refusal::of_answer(error, &self.patience))?;
        self.pause = limits.pause();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        Ok(Page {
            models,
            next: header("link").and_then(next_query),
            total: header("x-total-count").and_then(|count| count.trim().parse().ok()),
        })
    }

    fn refusal(&self, status: StatusCode, body: &[u8], limits: Limits, headers: &HeaderMap) -> Refusal {
        match Refusal::of_status(self.endpoint.base(), &status.to_string(), body, limits) {
            Refusal::Refused(why) if status.is_redirection() => {
                let location = headers.get("location").and_then(|value| value.to_str().ok());
                Refusal::Final(format!(
                    "{why} and points to {}. Redirects are not followed; give the address that answers as --endpoint",
                    location.unwrap_or("nowhere")
                ))
            }
            Refusal::Refused(why) if status == StatusCode::NOT_FOUND => {
                Refusal::Final(format!("{why}. Is this --endpoint a Hugging Face Hub?"))
            }
            refusal => refusal,
        }
    }
}

fn stopped(given_up: GivenUp) -> anyhow::Error {
    match given_up {
        GivenUp::QuestionRefused(why) => QuestionRefused(why).into(),
        GivenUp::Hopeless(why) => anyhow!(why),
    }
}

fn limits(headers: &HeaderMap) -> Limits {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Limits::of(header("retry-after"), header("ratelimit"), SystemTime::now())
}
