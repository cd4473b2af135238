//! A question as the part of an address after `?`.
//!
//! ```text
//! ?region=china,us&size=1b-5b&month=2025-01..2026-03&organisation=!Alibaba&parameters=1000000000..&measure=models&split=size
//! ```
//!
//! A clause is `facet=value,value` (some of), `facet=!value,value` (none of) or `facet=from..to` (range, either end may
//! be missing; only for ordered facets). `measure` and `split` name the measure and the facet over time, `axis=made` puts
//! the months on it in which downloads were made, and `made=from..to` says which of them count (one month alone is both
//! ends). Values are
//! percent-encoded one by one, so a comma, an exclamation mark or a non-ASCII letter inside a value survives. Order and
//! form are canonical: equal questions have equal links. Keys that are not of the question are handed to the caller.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::facet::Facet;
use crate::query::{Clause, Measure, MonthRange, Query, TimeAxis};
use crate::size::parse_count;

/// Longest text that is read, in bytes; what lies beyond is ignored and said so.
pub const LONGEST: usize = 16 * 1024;

/// Characters that are written as they are: unreserved ones of RFC 3986.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a link says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The question.
    pub query: Query,
    /// Other keys and their decoded values, for the page's own state.
    pub extras: BTreeMap<String, String>,
    /// Pieces that could not be understood and were left out, as sentences for the reader.
    pub problems: Vec<String>,
}

/// Writes a question, and whatever else the page wants kept, as a canonical query string without the `?`.
///
/// The default question and no extras give the empty string.
pub fn write(query: &Query, extras: &BTreeMap<String, String>) -> String {
    let mut pairs = Vec::new();
    for (facet, clause) in &query.clauses {
        pairs.push(format!("{}={}", facet.key(), write_clause(clause)));
    }
    let default = Query::default();
    if query.measure != default.measure {
        pairs.push(format!("measure={}", query.measure.key()));
    }
    if !query.made.is_open() {
        let end = |end: &Option<String>| end.as_deref().map(encode).unwrap_or_default();
        pairs.push(format!("made={}..{}", end(&query.made.from), end(&query.made.to)));
    }
    if query.axis != default.axis {
        pairs.push(format!("axis={}", query.axis.key()));
    }
    if query.split != default.split {
        pairs.push(format!("split={}", query.split.key()));
    }
    for (key, value) in extras {
        pairs.push(format!("{}={}", encode(key), encode(value)));
    }
    pairs.join("&")
}

/// Reads a query string, with or without the leading `?`. Never fails: what cannot be understood is left out and named
/// in [`Link::problems`].
pub fn read(text: &str) -> Link {
    let mut link = Link::default();
    let text = text.strip_prefix('?').unwrap_or(text);
    let text = if text.len() > LONGEST {
        link.problems.push(format!(
            "The address is longer than {LONGEST} characters; the rest was ignored."
        ));
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        &text[..end]
    } else {
        text
    };
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Err(problem) = read_pair(&mut link, key, value) {
            link.problems.push(problem);
        }
    }
    link
}

fn read_pair(link: &mut Link, key: &str, value: &str) -> Result<(), String> {
    let key = decode(key)?;
    if let Some(facet) = Facet::from_key(&key) {
        let clause = read_clause(facet, value)?;
        if link.query.clauses.insert(facet, clause).is_some() {
            return Err(format!("The address filters {key} twice; the last filter was used."));
        }
    } else if key == "measure" {
        let name = decode(value)?;
        link.query.measure = Measure::from_key(&name).ok_or_else(|| {
            format!(
                "The address asks for the measure “{}”, which does not exist; downloads in 30 days are shown.",
                shown(&name)
            )
        })?;
    } else if key == "made" {
        link.query.made = read_months(value)?;
    } else if key == "axis" {
        let name = decode(value)?;
        link.query.axis = TimeAxis::from_key(&name).ok_or_else(|| {
            format!(
                "The address puts “{}” on the axis of time, which does not exist; months published are shown.",
                shown(&name)
            )
        })?;
    } else if key == "split" {
        let name = decode(value)?;
        link.query.split = Facet::from_key(&name).ok_or_else(|| {
            format!(
                "The address splits by “{}”, which does not exist; regions are shown.",
                shown(&name)
            )
        })?;
    } else {
        link.extras.insert(key, decode(value)?);
    }
    Ok(())
}

fn write_clause(clause: &Clause) -> String {
    let list = |values: &BTreeSet<String>| values.iter().map(|value| encode(value)).collect::<Vec<_>>().join(",");
    match clause {
        Clause::SomeOf(values) => list(values),
        Clause::NoneOf(values) => format!("!{}", list(values)),
        Clause::Range { from, to } => {
            let end = |end: &Option<String>| end.as_deref().map(encode).unwrap_or_default();
            format!("{}..{}", end(from), end(to))
        }
    }
}

fn read_clause(facet: Facet, text: &str) -> Result<Clause, String> {
    if facet.is_ordered()
        && let Some((from, to)) = text.split_once("..")
    {
        return Ok(Clause::Range {
            from: read_end(facet, from)?,
            to: read_end(facet, to)?,
        });
    }
    let (none, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // One by one: collecting a set sorts, and the page would download a sorting routine of its own for it.
    let mut values = BTreeSet::new();
    for value in text.split(',').filter(|value| !value.is_empty()) {
        values.insert(decode(value)?);
    }
    Ok(if none {
        Clause::NoneOf(values)
    } else {
        Clause::SomeOf(values)
    })
}

fn read_end(facet: Facet, text: &str) -> Result<Option<String>, String> {
    let text = decode(text)?;
    if text.is_empty() {
        return Ok(None);
    }
    if facet == Facet::Parameters {
        let count = parse_count(&text).ok_or_else(|| {
            format!(
                "“{}” in the address is not a number of parameters; that filter was ignored.",
                shown(&text)
            )
        })?;
        return Ok(Some(count.to_string()));
    }
    Ok(Some(text))
}

fn read_months(text: &str) -> Result<MonthRange, String> {
    let end = |text: &str| -> Result<Option<String>, String> {
        let month = decode(text)?;
        if month.is_empty() || is_month(&month) {
            return Ok(Some(month).filter(|month| !month.is_empty()));
        }
        Err(format!(
            "“{}” in the address is not a month like 2025-06; downloads made in any month are counted.",
            shown(&month)
        ))
    };
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    Ok(MonthRange {
        from: end(from)?,
        to: end(to)?,
    })
}

/// Whether a text is a month like `2025-06`.
fn is_month(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(year, month)| digits(year, 4) && digits(month, 2) && ("01"..="12").contains(&month))
}

fn encode(text: &str) -> String {
    // A value with two dots in a row would read as a range.
    utf8_percent_encode(text, KEPT).to_string().replace("..", "%2E%2E")
}

fn decode(text: &str) -> Result<String, String> {
    let text = text.replace('+', " ");
    match percent_decode_str(&text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(format!(
            "“{}” in the address is not valid UTF-8; it was ignored.",
            shown(&text)
        )),
    }
}

/// A piece of a hostile text, short enough to stand in a sentence.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().filter(|letter| !letter.is_control()).take(40).collect();
    if text.chars().count() > 40 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some_of(values: &[&str]) -> Clause {
        Clause::SomeOf(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn a_link_reads_as_documented() {
        let link = read(
            "?region=china,us&size=1b-5b&month=2025-01..2026-03&organisation=!Ai2%2C%20Seattle&parameters=1b..&measure=models&split=size&section=rows",
        );
        assert_eq!(link.problems, Vec::<String>::new());
        assert_eq!(link.query.clauses[&Facet::Region], some_of(&["china", "us"]));
        assert_eq!(
            link.query.clauses[&Facet::Organisation],
            Clause::NoneOf(["Ai2, Seattle".to_owned()].into())
        );
        assert_eq!(
            link.query.clauses[&Facet::Parameters],
            Clause::Range {
                from: Some("1000000000".to_owned()),
                to: None
            }
        );
        assert_eq!(link.query.measure, Measure::Models);
        assert_eq!(link.query.split, Facet::Size);
        assert_eq!(link.extras["section"], "rows");
    }

    #[test]
    fn the_default_question_is_the_empty_link() {
        assert_eq!(write(&Query::default(), &BTreeMap::new()), "");
        assert_eq!(read("").query, Query::default());
    }

    #[test]
    fn months_in_which_downloads_were_made_have_an_address() {
        let link = read("made=2025-01..2025-06&axis=made&measure=downloads_made");
        assert_eq!(link.problems, Vec::<String>::new());
        assert_eq!(link.query.made.from.as_deref(), Some("2025-01"));
        assert_eq!(link.query.made.to.as_deref(), Some("2025-06"));
        assert_eq!(
            (link.query.axis, link.query.measure),
            (TimeAxis::Made, Measure::DownloadsMade)
        );
        let one = read("made=2025-03").query.made;
        assert_eq!(
            (one.from.as_deref(), one.to.as_deref()),
            (Some("2025-03"), Some("2025-03"))
        );
        assert!(one.holds("2025-03") && !one.holds("2025-04") && !one.holds("2025-02"));
        for bad in [
            "made=2025-13..",
            "made=..25-01",
            "made=2025-1",
            "made=%FF",
            "axis=sideways",
        ] {
            let link = read(bad);
            assert_eq!(link.problems.len(), 1, "{bad}");
            assert_eq!(link.query, Query::default());
        }
    }

    #[test]
    fn hostile_pieces_are_named_and_left_out() {
        let link = read("region=china&measure=%3Cscript%3E&split=&parameters=x..&task=%FF&%FE=1&region=us");
        assert_eq!(link.query.clauses[&Facet::Region], some_of(&["us"]));
        assert_eq!(link.query.clauses.len(), 1);
        assert_eq!(link.query.measure, Measure::Downloads30d);
        assert_eq!(link.problems.len(), 6, "{:?}", link.problems);
        let long = read(&format!("task={}", "é".repeat(LONGEST)));
        assert_eq!(long.problems.len(), 1);
    }

    fn clause(facet: Facet) -> impl Strategy<Value = Clause> {
        let values = || prop::collection::btree_set("\\PC{1,12}", 0..5);
        let end = move || {
            let text = if facet == Facet::Parameters {
                "[1-9][0-9]{0,12}"
            } else {
                "[a-z0-9-]{1,8}"
            };
            prop::option::of(text)
        };
        let range = (end(), end()).prop_map(|(from, to)| Clause::Range { from, to });
        if facet.is_ordered() {
            prop_oneof![
                values().prop_map(Clause::SomeOf),
                values().prop_map(Clause::NoneOf),
                range
            ]
            .boxed()
        } else {
            prop_oneof![values().prop_map(Clause::SomeOf), values().prop_map(Clause::NoneOf)].boxed()
        }
    }

    proptest! {
        #[test]
        fn any_question_comes_back_from_its_link(
            at in prop::collection::btree_set(0..Facet::ALL.len(), 0..5),
            measure in 0..Measure::ALL.len(),
            split in 0..Facet::ALL.len(),
            seed in prop::collection::vec(any::<prop::sample::Index>(), Facet::ALL.len()),
            clauses in Facet::ALL.map(|facet| prop::collection::vec(clause(facet), 1..3)),
            extras in prop::collection::btree_map("x[a-z]{1,5}", "\\PC{0,12}", 0..3),
            (from, to) in (prop::option::of("20[0-9]{2}-0[1-9]"), prop::option::of("20[0-9]{2}-1[0-2]")),
            axis in 0..TimeAxis::ALL.len(),
        ) {
            let query = Query {
                measure: Measure::ALL[measure],
                split: Facet::ALL[split],
                made: MonthRange { from, to },
                axis: TimeAxis::ALL[axis],
                clauses: at.iter().map(|at| (Facet::ALL[*at], seed[*at].get(&clauses[*at]).clone())).collect(),
            };
            let text = write(&query, &extras);
            let link = read(&text);
            prop_assert_eq!(&link.problems, &Vec::<String>::new());
            prop_assert_eq!(&link.query, &query);
            prop_assert_eq!(&link.extras, &extras);
            prop_assert!(text.is_ascii());
        }
    }
}
