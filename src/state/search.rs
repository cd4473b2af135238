//! Searching the ids of a slice: the text, where it stands in an id, and what was found, in words.

use atlas_protocol::{Dataset, Failure, FailureKind, Found, Measure, RowsAnswer};

use super::Atlas;
use super::counted::Counted;
use super::sentence::{Piece, count, phrases, words};
use crate::numbers;
use crate::reactive::*;

/// Longest text that is searched for, in characters: no id is longer. The field of index.html takes no more either.
pub const LONGEST: usize = 512;

/// Longest piece of a text that is repeated in a sentence, in characters.
const REPEATED: usize = 60;

/// A text as it is searched for: without blanks around it, and without what no id holds and no reader sees.
pub fn wanted(text: &str) -> String {
    let unseen = |letter: &char| {
        // The latter turn the direction of the writing around, also that of the words behind them.
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = text.chars().filter(|letter| !unseen(letter)).take(LONGEST).collect();
    kept.trim().to_owned()
}

/// Cuts an id where it holds a text: pieces in their order, and whether each is a match. ASCII letters match in either
/// case, as they do for the engine.
pub fn cut<'a>(id: &'a str, text: &str) -> Vec<(&'a str, bool)> {
    let (mut rest, mut pieces) = (id, Vec::new());
    while let Some((before, hit, after)) = first_match(rest, text) {
        pieces.extend([(before, false), (hit, true)]);
        rest = after;
    }
    pieces.push((rest, false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// What lies before the first match, the match, and what lies behind it.
fn first_match<'a>(id: &'a str, text: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let wanted = text.as_bytes();
    if wanted.is_empty() {
        return None;
    }
    let holds = |window: &[u8]| window.eq_ignore_ascii_case(wanted);
    let at = id.as_bytes().windows(wanted.len()).position(holds)?;
    let (before, rest) = id.split_at_checked(at)?;
    let (hit, after) = rest.split_at_checked(wanted.len())?;
    Some((before, hit, after))
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every id of the snapshot has been searched, and every model is counted.
    All,
    /// More is on its way.
    SoFar,
    /// Ids could not be fetched.
    CutOff,
}

/// What a search has found, in a sentence or two.
pub fn told(rows: &RowsAnswer, found: &Found, reach: Reach, dataset: &Dataset) -> Vec<Piece> {
    let text = repeated(&found.text);
    let (slice, sums) = (rows.rows_in_slice, &found.sums);
    let phrases = phrases(&rows.query.clauses, dataset);
    let (one, noun) = (dataset.collection.noun(1), dataset.collection.noun(slice));
    if reach == Reach::All && slice == 0 {
        return vec![words(&format!(
            "There is no {one} {phrases} whose id could hold “{text}”."
        ))];
    }
    let mut out = Vec::new();
    let all = reach == Reach::All;
    if sums.models == 0 {
        let lead = if all { "No" } else { "So far no" };
        out.push(words(&format!("{lead} {one} in this slice has “{text}” in its id.")));
        if all {
            let of = if phrases.is_empty() {
                "of the snapshot"
            } else {
                &phrases
            };
            out.extend([words(" Searched: "), count("found-slice", slice)]);
            out.push(words(&format!(" {noun} {of}.")));
        }
    } else {
        if !all {
            out.push(words("So far "));
        }
        let (verb, whose) = if sums.models == 1 {
            ("has", "its")
        } else {
            ("have", "their")
        };
        out.extend([
            count("found-models", sums.models),
            words(" of "),
            count("found-slice", slice),
        ]);
        out.push(words(&format!(" {noun} in this slice {verb} “{text}” in {whose} id")));
        let measure = rows.query.measure;
        if measure == Measure::Models {
            out.push(words("."));
        } else {
            out.extend([words("; "), count("found-measure", sums.of(measure))]);
            let counted = Counted::of(&rows.query, dataset);
            out.push(words(&format!(" {}.", counted.label())));
        }
    }
    if !found.is_complete() {
        let searched = numbers::exact(found.ids_searched);
        let end = if reach == Reach::CutOff {
            "have been searched; the others could not be fetched."
        } else {
            "have been searched."
        };
        out.push(words(&format!(
            " {searched} of {} ids {end}",
            numbers::exact(found.ids_total)
        )));
    }
    out
}

impl Atlas {
    /// What the search of the rows has found, once it has found anything out.
    pub fn search_told(&self) -> Option<Vec<Piece>> {
        if self.view.with(|view| view.searched().is_empty()) {
            return None;
        }
        let (rows, dataset) = (self.rows()?, self.dataset()?);
        let found = rows.found.as_ref()?;
        let counted = self.answer().is_some_and(|answer| answer.progress.is_complete());
        let reach = match found.is_complete() {
            true if counted => Reach::All,
            false if self.lacks_ids() => Reach::CutOff,
            _ => Reach::SoFar,
        };
        Some(told(&rows, found, reach, &dataset))
    }

    /// Whether ids could not be fetched.
    pub fn lacks_ids(&self) -> bool {
        let lacking = |failure: &Failure| failure.kind == FailureKind::Ids;
        self.failures.with(|failures| failures.iter().any(lacking))
    }
}

/// A text that was searched for, short enough to stand in a sentence.
pub fn repeated(text: &str) -> String {
    let mut short: String = text.chars().take(REPEATED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use atlas_protocol::{Clause, Facet, Query, RowSort, Sums};

    use super::*;
    use crate::state::sample;

    #[test]
    fn what_no_id_holds_and_no_reader_sees_is_not_searched_for() {
        assert_eq!(wanted(" Llama\u{0}-\u{202e}3\t\n"), "Llama-3");
        assert_eq!(wanted("\u{1} \u{2}"), "");
        assert_eq!(wanted("<b>é</b>"), "<b>é</b>");
        let long = wanted(&"é".repeat(16 * 1024));
        assert_eq!(long.chars().count(), LONGEST);
        assert_eq!(wanted(&long), long);
    }

    #[test]
    fn every_match_is_cut_out_in_either_case_and_the_pieces_are_the_id() {
        let check = |id: &str, text: &str, wanted: &[(&str, bool)]| {
            let pieces = cut(id, text);
            assert_eq!(pieces, wanted, "{text} in {id}");
            assert_eq!(pieces.iter().map(|(piece, _)| *piece).collect::<String>(), id);
        };
        check(
            "meta-llama/Llama-3-LLAMA",
            "llama",
            &[
                ("meta-", false),
                ("llama", true),
                ("/", false),
                ("Llama", true),
                ("-3-", false),
                ("LLAMA", true),
            ],
        );
        check("aaaa", "aa", &[("aa", true), ("aa", true)]);
        check("ab", "abc", &[("ab", false)]);
        check("ab", "", &[("ab", false)]);
        check("a/é", "É", &[("a/é", false)]);
        check("a/éb", "é", &[("a/", false), ("é", true), ("b", false)]);
    }

    fn said(models: u64, searched: u64, reach: Reach, clauses: &[(Facet, Clause)], text: &str) -> String {
        let found = Found {
            text: text.to_owned(),
            sums: Sums {
                models,
                downloads_30d: models * 57_000,
                ..Sums::default()
            },
            ids_searched: searched,
            ids_total: 15_904,
        };
        let rows = RowsAnswer {
            query: Query {
                clauses: clauses.iter().cloned().collect(),
                ..Query::default()
            },
            sort: RowSort::default(),
            rows_in_slice: 1_204,
            found: None,
            rows: Vec::new(),
        };
        told(&rows, &found, reach, &sample::dataset())
            .iter()
            .map(Piece::text)
            .collect()
    }

    #[test]
    fn the_sentence_says_how_many_of_how_many_and_whether_more_may_come() {
        assert_eq!(
            said(37, 15_904, Reach::All, &[], "llama"),
            "37 of 1,204 models in this slice have “llama” in their id; 2.11M downloads in 30 days."
        );
        assert_eq!(
            said(1, 2_000, Reach::SoFar, &[], "llama"),
            "So far 1 of 1,204 models in this slice has “llama” in its id; 57K downloads in 30 days. 2,000 of 15,904 ids \
             have been searched."
        );
        assert!(
            said(37, 2_000, Reach::CutOff, &[], "llama")
                .ends_with("2,000 of 15,904 ids have been searched; the others could not be fetched.")
        );
        let long = said(37, 15_904, Reach::All, &[], &"x".repeat(500));
        assert!(long.contains(&format!("“{}…”", "x".repeat(REPEATED))), "{long}");
    }

    #[test]
    fn a_search_that_found_nothing_says_where_it_looked() {
        let china = (Facet::Region, Clause::SomeOf(["china".to_owned()].into()));
        assert_eq!(
            said(0, 15_904, Reach::All, &[china], "zzz"),
            "No model in this slice has “zzz” in its id. Searched: 1,204 models from China."
        );
        assert_eq!(
            said(0, 15_904, Reach::All, &[], "zzz"),
            "No model in this slice has “zzz” in its id. Searched: 1,204 models of the snapshot."
        );
        assert!(
            said(0, 9, Reach::SoFar, &[], "zzz").starts_with("So far no model in this slice has “zzz” in its id. 9 of")
        );
    }
}
