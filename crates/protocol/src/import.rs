//! Messages between the page and its importer, which makes snapshots of what the reader brings.

use serde::{Deserialize, Serialize};

/// What is asked of the Hub itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubQuestion {
    /// Whether the most liked come first, not the most downloaded.
    pub by_likes: bool,
    /// At most so many models.
    pub most: u64,
    /// Only models of this account; empty for all.
    pub author: String,
    /// Only models whose id holds this text; empty for all.
    pub search: String,
    /// Whether an answer that is kept in the browser is passed over.
    pub anew: bool,
    /// The part of the page's address after `?`, which may name a Hub on this very machine.
    pub page_query: String,
}

/// From the page to its importer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportRequest {
    /// Make a snapshot of the files that travel beside this message.
    Files {
        /// The day they were taken from the Hub, `YYYY-MM-DD`; empty where the reader does not say.
        day: String,
    },
    /// Make a snapshot of what the Hub answers.
    Ask(HubQuestion),
    /// Hold back before the next question to the Hub, or go on.
    Pause(bool),
}

/// From the importer to its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportEvent {
    /// The importer runs and listens.
    Ready,
    /// How far it has come.
    Progressed {
        /// In words.
        text: String,
        /// So much is done.
        done: u64,
        /// Of so much; 0 where that is not known.
        total: u64,
    },
    /// The snapshot is ready: its files travel beside this message, a name before each.
    Done {
        /// What the reader should know of it.
        note: String,
    },
    /// There will be no snapshot; the sentence says why.
    Failed(String),
}
