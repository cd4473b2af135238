//! The journal of a fetch: every page as it came, in a file beside the output, so that a fetch that breaks off goes on
//! where it was.
//!
//! The first line says what is fetched; each line that follows is one page. A line counts once it ends, so a kill in the
//! middle of one costs that page and nothing else.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::snapshot_folder::disk_error;
use atlas_import::hub_api::listed_model::ListedModel;

/// The form of journal that this version writes and goes on from.
const FORM: u32 = 1;

/// What a journal is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Form of the journal.
    form: u32,
    /// The endpoint asked.
    pub endpoint: String,
    /// The query of the first page.
    pub query: String,
    /// When the fetch began, seconds from 1970. Not compared.
    pub begun: i64,
}

impl Subject {
    /// A fetch that begins now.
    pub fn new(endpoint: &str, query: &str, now: i64) -> Subject {
        Subject {
            form: FORM,
            endpoint: endpoint.to_owned(),
            query: query.to_owned(),
            begun: now,
        }
    }
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageLine {
    /// When it was read, seconds from 1970.
    pub read_at: i64,
    /// The query of the page that follows; absent for the last one.
    pub next: Option<String>,
    /// The models.
    pub models: Vec<ListedModel>,
    /// Entries without an id.
    pub without_id: u64,
    /// Facts that were not of the kind they should be.
    pub unreadable: u64,
}

/// A journal open for one fetch; nobody else can open it meanwhile.
pub struct Journal {
    path: PathBuf,
    file: File,
    subject: Subject,
    pages: u64,
}

impl Journal {
    /// Opens the journal of a fetch, or begins one; a page that was not written whole is cut off.
    ///
    /// # Errors
    /// When another process has it open, it is of another fetch or damaged, or the disk refuses.
    pub fn open(path: &Path, subject: Subject, restart: bool) -> Result<Journal> {
        let shown = path.display();
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let file = options.map_err(|error| disk_error(path, &error))?;
        if file.try_lock().is_err() {
            bail!("another hub-atlas is fetching into {shown} at this moment. Wait for it, or choose another --out.");
        }
        if restart {
            file.set_len(0).map_err(|error| disk_error(path, &error))?;
        }
        let mut journal = Journal {
            path: path.to_owned(),
            file,
            subject,
            pages: 0,
        };
        match journal.stated_subject()? {
            None => {
                journal.cut(0)?;
                let line = serde_json::to_vec(&journal.subject)?;
                journal.write_line(line)?;
            }
            Some(stated) => journal.go_on(stated)?,
        }
        Ok(journal)
    }

    /// When this fetch began, seconds from 1970.
    pub fn begun(&self) -> i64 {
        self.subject.begun
    }

    /// Pages in it.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Adds a page; once this returns, a kill or a power cut does not lose it.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn append(&mut self, page: &PageLine) -> Result<()> {
        self.write_line(serde_json::to_vec(page)?)?;
        self.pages += 1;
        Ok(())
    }

    /// Hands on every page in order.
    ///
    /// # Errors
    /// When the file cannot be read or a page in it is damaged, or `take` fails.
    pub fn each(&mut self, mut take: impl FnMut(PageLine) -> Result<()>) -> Result<()> {
        let mut line_number = 0;
        self.lines(|line, _| {
            line_number += 1;
            if line_number == 1 {
                return Ok(());
            }
            take(serde_json::from_slice(line).map_err(|error| anyhow!("line {line_number}: {error}"))?)
        })
        .with_context(|| self.damaged())?;
        let end = self.file.seek(SeekFrom::End(0));
        end.map(|_| ()).with_context(|| self.path.display().to_string())
    }

    /// Removes the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(self) -> Result<()> {
        std::fs::remove_file(&self.path).with_context(|| format!("{} cannot be removed", self.path.display()))
    }

    fn damaged(&self) -> String {
        format!("{} cannot be gone on from; --restart fetches anew", self.path.display())
    }

    fn stated_subject(&mut self) -> Result<Option<Subject>> {
        let mut stated = None;
        self.lines(|line, _| {
            if stated.is_none() {
                stated = Some(serde_json::from_slice::<Subject>(line).map_err(|error| anyhow!("line 1: {error}"))?);
            }
            Ok(())
        })
        .with_context(|| self.damaged())?;
        Ok(stated)
    }

    fn go_on(&mut self, stated: Subject) -> Result<()> {
        let wanted = Subject {
            begun: stated.begun,
            ..self.subject.clone()
        };
        if stated != wanted {
            bail!(
                "{} is of another fetch ({}, {}). Repeat that command to go on with it, or begin anew with --restart.",
                self.path.display(),
                stated.endpoint,
                stated.query.split("&expand").next().unwrap_or_default()
            );
        }
        self.subject = stated;
        let mut whole = 0;
        let mut lines = 0;
        self.lines(|_, end| {
            whole = end;
            lines += 1;
            Ok(())
        })?;
        self.pages = lines - 1;
        self.cut(whole)
    }

    /// Every line that ends, and the position after it.
    fn lines(&mut self, mut take: impl FnMut(&[u8], u64) -> Result<()>) -> Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 20, (&self.file).take(u64::MAX));
        let (mut line, mut end) = (Vec::new(), 0);
        loop {
            line.clear();
            end += reader.read_until(b'\n', &mut line)? as u64;
            if line.pop() != Some(b'\n') {
                return Ok(());
            }
            take(&line, end)?;
        }
    }

    fn cut(&mut self, end: u64) -> Result<()> {
        let cut = self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::End(0)));
        cut.map(|_| ()).map_err(|error| disk_error(&self.path, &error))
    }

    fn write_line(&mut self, mut line: Vec<u8>) -> Result<()> {
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| lost_nothing(&self.path, &error))
    }
}

/// An error of writing what is fetched: what was fetched before stays.
fn lost_nothing(path: &Path, error: &io::Error) -> anyhow::Error {
    disk_error(path, error).context("The pages fetched so far are kept, and the same command goes on from them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("hub-atlas-journal-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    fn page(number: i64) -> PageLine {
        let model = |id: i64| ListedModel {
            id: format!("a/{id}"),
            ..ListedModel::default()
        };
        PageLine {
            read_at: number,
            next: Some(format!("cursor={number}")),
            models: vec![model(number), model(number + 1)],
            without_id: 0,
            unreadable: 0,
        }
    }

    fn subject(query: &str) -> Subject {
        Subject::new("https://huggingface.co", query, 7)
    }

    fn pages(journal: &mut Journal) -> Vec<PageLine> {
        let mut pages = Vec::new();
        journal
            .each(|page| {
                pages.push(page);
                Ok(())
            })
            .unwrap();
        pages
    }

    #[test]
    fn a_journal_cut_anywhere_goes_on_with_the_pages_that_were_whole() {
        let path = path("cut");
        let mut journal = Journal::open(&path, subject("q"), false).unwrap();
        let ends: Vec<u64> = (0..4)
            .map(|number| {
                journal.append(&page(number)).unwrap();
                journal.file.metadata().unwrap().len()
            })
            .collect();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut journal = Journal::open(&path, subject("q"), false).unwrap();
            let kept = ends.iter().filter(|end| **end <= length as u64).count() as i64;
            assert_eq!(pages(&mut journal), (0..kept).map(page).collect::<Vec<_>>(), "{length}");
            journal.append(&page(9)).unwrap();
            assert_eq!(pages(&mut journal).len() as i64, kept + 1, "{length}");
        }
    }

    #[test]
    fn a_journal_of_another_fetch_or_damaged_or_open_elsewhere_is_left_alone() {
        let path = path("other");
        let mut journal = Journal::open(&path, subject("q&expand=x"), false).unwrap();
        journal.append(&page(1)).unwrap();
        let message = Journal::open(&path, subject("q&expand=x"), false)
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains("another hub-atlas"), "{message}");
        drop(journal);
        let message = Journal::open(&path, subject("other"), false).err().unwrap().to_string();
        assert!(
            message.contains("(https://huggingface.co, q)") && message.contains("--restart"),
            "{message}"
        );
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.len() - 20;
        bytes[at] = b'}';
        std::fs::write(&path, &bytes).unwrap();
        let mut journal = Journal::open(&path, subject("q&expand=x"), false).unwrap();
        let message = format!("{:#}", journal.each(|_| Ok(())).unwrap_err());
        assert!(message.contains("line 2") && message.contains("--restart"), "{message}");
        drop(journal);
        assert_eq!(Journal::open(&path, subject("other"), true).unwrap().pages(), 0);
    }
}
