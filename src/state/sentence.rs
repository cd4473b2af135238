//! The slice in words: one sentence that says what is counted, and how much of it there is.

use std::collections::BTreeSet;

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Answer, Clause, Dataset, Facet, Measure};

use super::counted::Counted;
use crate::numbers;
use crate::order::arranged;

/// A run of the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// A count, shown short, exact on hover.
    Count {
        /// What it is, for tests and styles: `models`, `measure`, `rows_ready`. Models are written out where they can
        /// be; whatever ends with `measure` is short.
        name: &'static str,
        /// The count.
        exact: u64,
    },
    /// A part of a whole, as a percentage.
    Share {
        /// The part.
        part: u64,
        /// The whole.
        whole: u64,
    },
}

impl Piece {
    /// The piece as plain text.
    pub fn text(&self) -> String {
        match self {
            Piece::Words(words) => words.clone(),
            Piece::Count { name, exact } if is_measure(name) => numbers::short(*exact),
            Piece::Count { exact, .. } => numbers::models(*exact),
            Piece::Share { part, whole } => numbers::percent(*part, *whole),
        }
    }
}

/// Whether a count of this name is a sum of the measure, not a number of models.
pub fn is_measure(name: &str) -> bool {
    name.ends_with("measure")
}

/// A sentence as plain text.
pub fn text(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::text).collect()
}

/// The sentence for an answer.
pub fn sentence(answer: &Answer, dataset: &Dataset) -> Vec<Piece> {
    let measure = answer.query.measure;
    let counted = Counted::of(&answer.query, dataset);
    let slice = answer.slice;
    let snapshot = format!("the snapshot of {}", numbers::day(&dataset.taken_on));
    let phrases = phrases(&answer.query.clauses, dataset);
    let noun = dataset.collection.noun(slice.models);
    let mut out = Vec::new();
    if phrases.is_empty() {
        out.push(words("All "));
        out.push(count("models", slice.models));
        out.push(words(&format!(" {} in {snapshot}", dataset.collection.noun(2))));
        if measure == Measure::Models {
            out.push(words("."));
        } else {
            out.push(words(", with "));
            out.push(count("measure", slice.of(measure)));
            out.push(words(&format!(" {}.", counted.label())));
        }
    } else if slice.models == 0 {
        out.push(words(&format!(
            "No {} {phrases} is in {snapshot}.",
            dataset.collection.noun(1)
        )));
    } else {
        out.push(count("models", slice.models));
        let verb = if slice.models == 1 { "has" } else { "have" };
        if measure == Measure::Models {
            out.push(words(&format!(" {noun} {phrases}: ")));
        } else {
            out.push(words(&format!(" {noun} {phrases} {verb} ")));
            out.push(count("measure", slice.of(measure)));
            out.push(words(&format!(" {}: ", counted.label())));
        }
        out.push(Piece::Share {
            part: slice.of(measure),
            whole: answer.unfiltered.of(measure),
        });
        out.push(words(&format!(" of all in {snapshot}.")));
    }
    out
}

/// What is to be said beside the sentence while not everything is counted.
pub fn partial(answer: &Answer) -> Vec<Piece> {
    if answer.progress.is_complete() {
        return Vec::new();
    }
    vec![
        words(" This is partial: so far "),
        count("rows_ready", answer.progress.rows_ready),
        words(" of "),
        count("rows_total", answer.progress.rows_total),
        words(" are counted."),
    ]
}

/// A piece of words.
pub fn words(text: &str) -> Piece {
    Piece::Words(text.to_owned())
}

/// A piece that is a count.
pub const fn count(name: &'static str, exact: u64) -> Piece {
    Piece::Count { name, exact }
}

/// All clauses in words, such as `from China, of size 1–5B, published in 2026`; empty without clauses.
pub fn phrases(clauses: &std::collections::BTreeMap<Facet, Clause>, dataset: &Dataset) -> String {
    let phrases: Vec<_> = clauses
        .iter()
        .map(|(facet, clause)| phrase(*facet, clause, dataset))
        .collect();
    phrases.join(", ")
}

/// One clause in words, such as `not by Qwen`.
pub fn phrase(facet: Facet, clause: &Clause, dataset: &Dataset) -> String {
    let (lead, noun) = lead(facet);
    match clause {
        Clause::SomeOf(keys) if keys.is_empty() => format!("{lead} no {noun} at all"),
        Clause::SomeOf(keys) if keys.len() == 1 && keys.contains(UNKNOWN) => format!("of unknown {noun}"),
        Clause::SomeOf(keys) => format!("{lead} {}", list(facet, keys, dataset, "or")),
        Clause::NoneOf(keys) if keys.len() == 1 && keys.contains(UNKNOWN) => format!("of known {noun}"),
        Clause::NoneOf(keys) => format!("not {lead} {}", list(facet, keys, dataset, "or")),
        Clause::Range { from, to } => range(facet, from.as_deref(), to.as_deref(), dataset),
    }
}

/// The word that joins a model to a value, and what the value is.
const fn lead(facet: Facet) -> (&'static str, &'static str) {
    match facet {
        Facet::Region => ("from", "region"),
        Facet::Country => ("from", "country"),
        Facet::OrganisationType => ("by", "organisation type"),
        Facet::Organisation => ("by", "organisation"),
        Facet::Size => ("of size", "size"),
        Facet::Parameters => ("with parameters in", "size"),
        Facet::Year => ("published in", "year"),
        Facet::Month => ("published in", "month"),
        Facet::Task => ("for", "task"),
        Facet::Library => ("for the library", "library"),
        Facet::Licence => ("under", "licence"),
        Facet::Relation => ("that are", "relation to a base model"),
        Facet::Origin => ("of origin", "origin"),
        Facet::SizeCategory => ("with rows in", "number of rows"),
    }
}

/// At most this many values are named; of the others only the number is said.
const NAMED: usize = 4;

fn list(facet: Facet, keys: &BTreeSet<String>, dataset: &Dataset, last: &str) -> String {
    let keys: Vec<&String> = keys.iter().collect();
    let place = |key: &str| {
        dataset
            .catalogue(facet)
            .and_then(|catalogue| catalogue.position(key))
            .unwrap_or(usize::MAX)
    };
    let places: Vec<usize> = keys.iter().map(|key| place(key)).collect();
    let sorted = crate::order::order(keys.len(), &|one, other| places[one].cmp(&places[other]));
    let order = arranged(keys, &sorted);
    let mut names: Vec<_> = order
        .iter()
        .take(NAMED)
        .map(|key| inline_label(facet, key, dataset))
        .collect();
    match order.len().saturating_sub(NAMED) {
        0 => {}
        1 => names = order.iter().map(|key| inline_label(facet, key, dataset)).collect(),
        more => names.push(format!("{more} others")),
    }
    let end = names.pop().unwrap_or_default();
    if names.is_empty() {
        end
    } else {
        format!("{} {last} {end}", names.join(", "))
    }
}

/// A value as it reads inside a sentence.
fn inline_label(facet: Facet, key: &str, dataset: &Dataset) -> String {
    let label = label(facet, key, dataset);
    match (facet, key) {
        (_, UNKNOWN) => format!("unknown {}", lead(facet).1),
        (Facet::Region, "us") => format!("the {label}"),
        (Facet::Region, "other") => "other regions".to_owned(),
        (Facet::OrganisationType, "non-profit") => "non-profits".to_owned(),
        (Facet::OrganisationType, "individual") => "individuals".to_owned(),
        (Facet::OrganisationType, "community") => "communities".to_owned(),
        (Facet::OrganisationType, "government") => "governments".to_owned(),
        (Facet::OrganisationType, "industry" | "academia") => key.to_owned(),
        (Facet::Relation, "base") => "base models".to_owned(),
        (Facet::Relation, "finetune") => "fine-tunes".to_owned(),
        (Facet::Relation, "adapter") => "adapters".to_owned(),
        (Facet::Relation, "quantized") => "quantizations".to_owned(),
        (Facet::Relation, "merge") => "merges".to_owned(),
        (Facet::Origin, "own") => "their own".to_owned(),
        _ => label,
    }
}

/// What a reader sees for a value; its key where the snapshot does not know it, each of a set of them after the other.
pub fn label(facet: Facet, key: &str, dataset: &Dataset) -> String {
    if dataset.collection.has_sets_of(facet) && key.contains(',') {
        return key.replace(',', ", ");
    }
    dataset
        .catalogue(facet)
        .and_then(|catalogue| catalogue.values.get(catalogue.position(key)?))
        .map_or_else(|| key.to_owned(), |value| value.label.clone())
}

fn range(facet: Facet, from: Option<&str>, to: Option<&str>, dataset: &Dataset) -> String {
    if facet == Facet::Parameters {
        let size = |text: &str| text.parse().map_or_else(|_| text.to_owned(), numbers::written_size);
        return match (from.map(size), to.map(size)) {
            (Some(from), Some(to)) => format!("with {from} to under {to} parameters"),
            (Some(from), None) => format!("with at least {from} parameters"),
            (None, Some(to)) => format!("with under {to} parameters"),
            (None, None) => "of known size".to_owned(),
        };
    }
    if facet == Facet::SizeCategory {
        let end = |word: &str, key: &str| format!(" {word} {}", label(facet, key, dataset).to_ascii_lowercase());
        let ends = [from.map(|key| end("from", key)), to.map(|key| end("up to", key))];
        return format!("with rows{}", ends.into_iter().flatten().collect::<String>());
    }
    let size = facet == Facet::Size;
    match (
        from.map(|key| label(facet, key, dataset)),
        to.map(|key| label(facet, key, dataset)),
    ) {
        (Some(from), Some(to)) if from == to => format!("{} {from}", lead(facet).0),
        (Some(from), Some(to)) if size => format!("of size {from} to {to}"),
        (Some(from), Some(to)) => format!("published from {from} to {to}"),
        (Some(from), None) if size => format!("of size {from} or more"),
        (Some(from), None) => format!("published in {from} or later"),
        (None, Some(to)) if size => format!("of size {to} or less"),
        (None, Some(to)) => format!("published in {to} or before"),
        (None, None) => format!("of known {}", lead(facet).1),
    }
}

#[cfg(test)]
mod tests {
    use atlas_protocol::{Progress, Query, Sums};

    use super::*;
    use crate::state::sample;

    fn text(answer: &Answer) -> String {
        sentence(answer, &sample::dataset()).iter().map(Piece::text).collect()
    }

    fn answer(clauses: &[(Facet, Clause)]) -> Answer {
        let query = Query {
            clauses: clauses.iter().cloned().collect(),
            ..Query::default()
        };
        let mut answer = sample::answer(query);
        answer.slice = Sums {
            models: 612,
            downloads_30d: 1_200_000_000,
            ..Sums::default()
        };
        answer.unfiltered = Sums {
            models: 15_904,
            downloads_30d: 9_756_000_000,
            ..Sums::default()
        };
        answer
    }

    fn some(keys: &[&str]) -> Clause {
        Clause::SomeOf(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn the_sentence_says_the_slice_and_its_share() {
        let answer = answer(&[
            (Facet::Region, some(&["china", "us"])),
            (Facet::Size, some(&["1b-5b"])),
            (Facet::Year, some(&["2026"])),
        ]);
        assert_eq!(
            text(&answer),
            "612 models from China or the United States, of size 1–5B, published in 2026 have 1.2B downloads in 30 days: \
             12.3% of all in the snapshot of 22 August 2026."
        );
    }

    #[test]
    fn the_whole_an_empty_slice_and_a_partial_one_say_so() {
        let mut whole = answer(&[]);
        whole.slice = whole.unfiltered;
        assert_eq!(
            text(&whole),
            "All 15,904 models in the snapshot of 22 August 2026, with 9.76B downloads in 30 days."
        );
        let mut none = answer(&[(Facet::Region, some(&["unknown"]))]);
        none.slice = Sums::default();
        assert_eq!(
            text(&none),
            "No model of unknown region is in the snapshot of 22 August 2026."
        );
        whole.progress = Progress {
            rows_ready: 10,
            rows_total: 15_904,
            ..Progress::default()
        };
        let partial = |answer: &Answer| super::text(&partial(answer));
        assert_eq!(partial(&whole), " This is partial: so far 10 of 15,904 are counted.");
        assert_eq!(partial(&none), "");
    }

    #[test]
    fn every_form_of_clause_has_its_words() {
        let dataset = sample::dataset();
        let say = |facet, clause: &Clause| phrase(facet, clause, &dataset);
        let between = |from: Option<&str>, to: Option<&str>| Clause::Range {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        assert_eq!(
            say(Facet::Region, &Clause::NoneOf(["china".to_owned()].into())),
            "not from China"
        );
        assert_eq!(
            say(Facet::Region, &Clause::NoneOf(["unknown".to_owned()].into())),
            "of known region"
        );
        assert_eq!(
            say(Facet::Relation, &some(&["finetune", "base"])),
            "that are base models or fine-tunes"
        );
        assert_eq!(
            say(Facet::Organisation, &some(&["A", "B", "C", "D", "E", "F"])),
            "by A, B, C, D or 2 others"
        );
        assert_eq!(
            say(Facet::Parameters, &between(Some("1000000000"), Some("7000000000"))),
            "with 1B to under 7B parameters"
        );
        assert_eq!(
            say(Facet::Parameters, &between(None, Some("7000000000"))),
            "with under 7B parameters"
        );
        assert_eq!(
            say(Facet::Month, &between(Some("2026-01"), None)),
            "published in Jan 2026 or later"
        );
        assert_eq!(
            say(Facet::Year, &between(Some("2025"), Some("2026"))),
            "published from 2025 to 2026"
        );
        assert_eq!(say(Facet::Size, &between(Some("1b-5b"), Some("1b-5b"))), "of size 1–5B");
        assert_eq!(say(Facet::Task, &some(&["<b>x</b>"])), "for <b>x</b>");
    }
}
