//! `hub-atlas fetch`: the Hub's own list of models as a file of the shape of hub-stats.
//!
//! Pages are asked for one after the other, as the anonymous limit wants it, and go to a [`journal`] beside the output
//! first. The output is written from the journal once the list is complete, so it is there as a whole or not at all, and a
//! fetch that breaks off goes on where it was.

pub mod census;
pub mod client;
pub mod dump_writer;
pub mod endpoint;
pub mod journal;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;

use crate::progress::Progress;
use crate::snapshot_folder::disk_error;
use atlas_import::digits::grouped;
use atlas_import::moment::{self, DAY};

use atlas_import::hub_api::api_query::Scope;
use atlas_import::hub_api::listed_model::ListedModel;
use atlas_import::hub_api::patience::Patience;
use census::Census;
use client::{Client, Effort, Page, QuestionRefused};
use dump_writer::DumpWriter;
use endpoint::Endpoint;
use journal::{Journal, PageLine, Subject};

/// Models of a page unless told otherwise: the most the Hub gives.
pub const PAGE_SIZE: u32 = 1000;

/// A fetch that began longer ago is not gone on with: its counts would be of two different times.
const OLDEST_JOURNAL: i64 = 2 * DAY;

/// Pages in a row without a model that was not seen before, after which the server is taken to go in circles.
const PAGES_WITHOUT_NEWS: u32 = 50;

/// What to fetch and where to put it.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// Whom to ask.
    pub endpoint: Endpoint,
    /// Which models.
    pub scope: Scope,
    /// Models of a page, 1 to [`PAGE_SIZE`].
    pub page_size: u32,
    /// The file to write.
    pub out: PathBuf,
    /// Whether a file that is there is replaced, once the new one is whole.
    pub replace: bool,
    /// Whether a fetch that broke off is forgotten.
    pub restart: bool,
    /// How long and how often to try.
    pub patience: Patience,
}

/// What a fetch did.
#[derive(Clone, Debug, Serialize)]
pub struct FetchReport {
    /// The file written.
    pub file: String,
    /// Whom was asked.
    pub endpoint: String,
    /// Which models, in words.
    pub scope: String,
    /// Models in the file.
    pub models: u64,
    /// Pages read, those of a run that broke off included.
    pub pages: u64,
    /// Pages read by a run that broke off.
    pub pages_from_journal: u64,
    /// Readings of a model that a newer one of the same model replaces.
    pub superseded: u64,
    /// Entries of the list without an id, left out.
    pub without_id: u64,
    /// Facts that were not of the kind they should be; the file has none in their place.
    pub unreadable: u64,
    /// Requests, retries and waits of this run.
    pub effort: Effort,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// When the first page was read.
    pub first_read: String,
    /// When the last page was read.
    pub last_read: String,
    /// Seconds this run took.
    pub seconds: f64,
}

/// Fetches a list into a file.
///
/// # Errors
/// When the list cannot be read to its end or the file not be written. The pages that were read stay in the journal, and
/// the same request goes on from them.
pub fn fetch(request: &FetchRequest, progress: &dyn Progress) -> Result<FetchReport> {
    let started = Instant::now();
    check_out(request)?;
    let query = request.scope.first_query(request.page_size);
    let journal_path = beside(&request.out, ".journal");
    let subject = Subject::new(request.endpoint.base(), &query, now());
    let mut journal = Journal::open(&journal_path, subject, request.restart)?;
    if now() - journal.begun() > OLDEST_JOURNAL {
        bail!(
            "{} is of a fetch that began on {}, and its counts would stand beside those of today. Begin anew with --restart.",
            journal_path.display(),
            moment::format(journal.begun())
        );
    }
    let mut reading = Reading::resume(&mut journal)?;
    let pages_from_journal = journal.pages();
    let mut client = Client::new(&request.endpoint, request.patience, progress);
    reading
        .read_to_the_end(request.scope, query, &mut journal, &mut client, progress)
        .with_context(|| match journal.pages() {
            0 => "nothing was fetched".to_owned(),
            pages => format!(
                "{pages} pages are kept in {}; the same command goes on from there",
                journal_path.display()
            ),
        })?;
    let (models, bytes) = write(request, &mut journal, &reading.census, progress)?;
    let pages = journal.pages();
    journal.remove()?;
    progress.done();
    Ok(FetchReport {
        file: request.out.display().to_string(),
        endpoint: request.endpoint.base().to_owned(),
        scope: request.scope.words(),
        models,
        pages,
        pages_from_journal,
        superseded: reading.census.superseded(),
        without_id: reading.without_id,
        unreadable: reading.unreadable,
        effort: client.effort(),
        bytes,
        first_read: moment::format(reading.first_read.unwrap_or_default()),
        last_read: moment::format(reading.last_read),
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// What has been read of the list.
#[derive(Default)]
struct Reading {
    census: Census,
    without_id: u64,
    unreadable: u64,
    first_read: Option<i64>,
    last_read: i64,
    /// The query to go on with; `None` before the first page and after the last.
    next: Option<String>,
    has_ended: bool,
}

impl Reading {
    fn resume(journal: &mut Journal) -> Result<Reading> {
        let mut reading = Reading::default();
        journal.each(|page| {
            reading.add(&page);
            Ok(())
        })?;
        Ok(reading)
    }

    fn add(&mut self, page: &PageLine) {
        page.models.iter().for_each(|model| self.census.add(model));
        self.without_id += page.without_id;
        self.unreadable += page.unreadable;
        self.first_read.get_or_insert(page.read_at);
        self.last_read = page.read_at;
        self.next.clone_from(&page.next);
        self.has_ended = page.next.is_none();
    }

    fn is_complete(&self, scope: Scope) -> bool {
        self.has_ended || matches!(scope, Scope::Top(wanted) if self.census.models() >= wanted)
    }

    fn read_to_the_end(
        &mut self,
        scope: Scope,
        first_query: String,
        journal: &mut Journal,
        client: &mut Client<'_>,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut is_counting = scope == Scope::All;
        match scope {
            Scope::Top(models) => progress.stage("fetching", models),
            Scope::All => progress.counting("fetching"),
        }
        progress.resume(self.census.models());
        let mut may_begin_anew = self.next.is_some();
        let mut without_news = 0;
        while !self.is_complete(scope) {
            let query = self.next.clone().unwrap_or_else(|| first_query.clone());
            let page = match client.page(&query) {
                // A cursor of the run that broke off may be too old. The list is then read from its beginning, and what is
                // met again is newer.
                Err(error) if may_begin_anew && error.is::<QuestionRefused>() => {
                    progress.note(&format!("{error}; reading the list from its beginning"));
                    may_begin_anew = false;
                    self.next = None;
                    continue;
                }
                page => page?,
            };
            may_begin_anew = false;
            if page.next.as_deref() == Some(query.as_str()) {
                bail!("the server names a page as the one that follows itself, so the list does not end");
            }
            if let (true, Some(total)) = (is_counting, page.total) {
                is_counting = false;
                progress.stage("fetching", total);
                progress.resume(self.census.models());
            }
            let before = self.census.models();
            let line = line(page);
            journal.append(&line)?;
            self.add(&line);
            let news = self.census.models() - before;
            progress.advance(news);
            without_news = if news == 0 { without_news + 1 } else { 0 };
            if without_news == PAGES_WITHOUT_NEWS {
                bail!(
                    "the last {PAGES_WITHOUT_NEWS} pages held no model that was not seen before: the server goes in circles"
                );
            }
        }
        Ok(())
    }
}

fn line(page: Page) -> PageLine {
    let mut unreadable = 0;
    let entries = page.models.len();
    let models: Vec<ListedModel> = page
        .models
        .iter()
        .filter_map(|model| ListedModel::of(model, &mut unreadable))
        .collect();
    PageLine {
        read_at: now(),
        next: page.next,
        without_id: (entries - models.len()) as u64,
        unreadable,
        models,
    }
}

/// Writes the newest reading of each model that is wanted, in the order of the list, and puts the file in place.
fn write(
    request: &FetchRequest,
    journal: &mut Journal,
    census: &Census,
    progress: &dyn Progress,
) -> Result<(u64, u64)> {
    let most = match request.scope {
        Scope::Top(models) => models,
        Scope::All => u64::MAX,
    };
    let kept = census.newest(most);
    progress.stage("writing rows", kept.iter().filter(|kept| **kept).count() as u64);
    let partial = beside(&request.out, ".partial");
    let mut writer = DumpWriter::create(&partial, census.stated(), &request.scope.words())?;
    let mut reading = 0;
    journal.each(|page| {
        for model in page.models {
            if kept.get(reading) == Some(&true) {
                writer.push(model)?;
                progress.advance(1);
            }
            reading += 1;
        }
        Ok(())
    })?;
    let written = writer.finish();
    if written.is_err() {
        // The journal has everything; a file cut short helps nobody.
        let _ = fs::remove_file(&partial);
    }
    let written = written?;
    fs::rename(&partial, &request.out).map_err(|error| disk_error(&request.out, &error))?;
    Ok(written)
}

fn check_out(request: &FetchRequest) -> Result<()> {
    let shown = request.out.display();
    if request.out.file_name().is_none() || request.out.is_dir() {
        bail!("--out {shown} is no file; give the path of a file such as models.parquet");
    }
    if request.out.exists() && !request.replace {
        bail!("--out {shown} is there already. Choose another file, or replace it with --replace.");
    }
    match request.out.parent().filter(|parent| *parent != Path::new("")) {
        Some(parent) => fs::create_dir_all(parent).map_err(|error| disk_error(parent, &error)),
        None => Ok(()),
    }
}

/// A path beside another, with more at the end of its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

impl FetchReport {
    /// The report as text for a terminal.
    pub fn text(&self) -> String {
        let day = self.first_read.get(..10).unwrap_or_default();
        let mut text = format!(
            "{} models ({}) of {} read in {} pages, {} to {}\n",
            grouped(self.models),
            self.scope,
            self.endpoint,
            grouped(self.pages),
            self.first_read,
            self.last_read
        );
        let mut say = |count: u64, what: &str| {
            if count > 0 {
                text.push_str(&format!("{:>12} {what}\n", grouped(count)));
            }
        };
        say(
            self.pages_from_journal,
            "of these pages were read by a run that broke off",
        );
        say(
            self.superseded,
            "older readings of models that were met again; the newest stays",
        );
        say(self.without_id, "entries without an id, left out");
        say(
            self.unreadable,
            "facts that were not what they should be; the file has none in their place",
        );
        say(self.effort.retries, "requests repeated after an error");
        say(self.effort.limit_waits, "waits that the Hub's limit asked for");
        text.push_str(&format!(
            "{} bytes written. Make a snapshot of it with:\n    hub-atlas import --models {} --taken-on {day} --out snapshot\n",
            grouped(self.bytes),
            self.file
        ));
        text
    }
}

/// Reads `--top` and `--all`.
///
/// # Errors
/// When neither or both are given, or 0 models are wanted.
pub fn scope(top: Option<u64>, all: bool) -> Result<Scope> {
    match (top, all) {
        (Some(0), _) => Err(anyhow!("--top 0 leaves nothing to fetch; give at least 1")),
        (Some(models), false) => Ok(Scope::Top(models)),
        (None, true) => Ok(Scope::All),
        _ => Err(anyhow!("say which models to fetch: --top N, or --all")),
    }
}
