//! Searching the ids as they arrive.

use atlas_engine::Search;
use atlas_snapshot::{Manifest, Part, PartKind};

use crate::ids::{self, IdParts};
use crate::scope;
use crate::session::Session;

/// A search and the text it was asked for.
pub(crate) struct Searched {
    text: String,
    search: Search,
}

/// What a search has come to.
pub(crate) enum Step {
    /// One more part has been searched.
    Searched,
    /// The ids that come next are not at hand.
    Missing(Part),
    /// All ids have been searched.
    Done,
}

impl Searched {
    /// The search for a text: the one before where it looks for the same, else one that makes use of it. `None` for the
    /// empty text.
    pub(crate) fn take_up(before: Option<Searched>, text: &str) -> Option<Searched> {
        if let Some(before) = before {
            if before.text == text {
                return Some(before);
            }
            return Searched::new(text, Some(before.search));
        }
        Searched::new(text, None)
    }

    fn new(text: &str, before: Option<Search>) -> Option<Searched> {
        Some(Searched {
            search: Search::new(text, before)?,
            text: text.to_owned(),
        })
    }

    /// What has been found.
    pub(crate) fn search(&self) -> &Search {
        &self.search
    }

    /// Searches the next part.
    pub(crate) fn step(&mut self, manifest: &Manifest, ids: &mut IdParts) -> Step {
        ids.keep_all();
        let next = self.search.rows_searched();
        let part = manifest
            .parts_of(PartKind::Ids)
            .find(|part| part.first_row == next && part.rows > 0);
        let Some(part) = part else { return Step::Done };
        match ids.part(next) {
            Some(ids) => {
                self.search.extend(ids);
                Step::Searched
            }
            None => Step::Missing(part.clone()),
        }
    }
}

/// Searches all ids, fetching those that are not at hand; `None` once it is no longer wanted.
///
/// # Errors
/// The sentence of a part that cannot be fetched.
pub(crate) async fn all(
    session: &Session,
    text: &str,
    is_wanted: impl Fn(&Session) -> bool,
) -> Result<Option<Search>, String> {
    let Some(mut searched) = Searched::new(text, None) else {
        return Ok(None);
    };
    loop {
        let step = session.with_opened(|opened| searched.step(&opened.manifest, &mut opened.ids));
        match step {
            None => return Ok(None),
            Some(Step::Done) => return Ok(Some(searched.search)),
            Some(Step::Searched) => scope::give_way().await,
            Some(Step::Missing(part)) => ids::fetch_part(session, &part).await?,
        }
        if !is_wanted(session) {
            return Ok(None);
        }
    }
}
