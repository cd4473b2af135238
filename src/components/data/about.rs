//! Where the numbers come from, what the words mean, and how much is unknown. The rest of the section is in index.html.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::message::SourceNote;
use atlas_protocol::{Answer, Dataset, Facet};

use crate::components::markup::{Element, element};
use crate::components::place::{Live, live};
use crate::numbers;
use crate::state::atlas;
use crate::state::counted::{Counted, number_of};

/// Facets whose coverage is told.
const COVERED: [Facet; 10] = [
    Facet::Region,
    Facet::Organisation,
    Facet::OrganisationType,
    Facet::Size,
    Facet::Month,
    Facet::Task,
    Facet::Library,
    Facet::Licence,
    Facet::Relation,
    Facet::SizeCategory,
];

/// Sources and coverage of the open snapshot.
pub fn about() -> Live {
    let atlas = atlas();
    live(move || {
        let mut told = atlas.dataset().map(|dataset| sources(&dataset)).unwrap_or_default();
        told.extend(
            atlas
                .answered()
                .into_iter()
                .flat_map(|(answer, dataset)| coverage(&answer, &dataset)),
        );
        told
    })
}

/// What the words mean in the open snapshot.
pub fn definitions() -> Live {
    let atlas = atlas();
    live(move || match atlas.dataset() {
        Some(dataset) => vec![
            element("h3").words("Definitions in force"),
            facts("definitions", dataset.definitions.iter().cloned()),
        ],
        None => Vec::new(),
    })
}

const MADE_UP: &str = "This snapshot is a synthetic sample: what is in it, accounts and organisations are invented, and its numbers only resemble published ones. Do not quote them.";
const REAL: &str = "Everything on this page is counted from one snapshot of the Hub’s public metadata.";

fn sources(dataset: &Dataset) -> Vec<Element> {
    let source = |source: &SourceNote| {
        let name = match source.url.as_ref().filter(|url| url.starts_with("https://")) {
            Some(url) => element("a")
                .with("href", url.clone())
                .with("rel", "noopener noreferrer"),
            None => element("span"),
        };
        let licence = source
            .licence
            .as_ref()
            .map(|licence| format!(", licence {licence}"))
            .unwrap_or_default();
        let credit = source
            .attribution
            .as_ref()
            .map(|credit| format!(". {credit}"))
            .unwrap_or_default();
        element("li")
            .child(name.words(source.name.clone()))
            .words(licence + &credit)
    };
    let scope = dataset.scope.as_ref().map(|scope| {
        let whole = if scope.complete { "" } else { ": not the whole Hub" };
        ("Scope", format!("{}{whole}", scope.models))
    });
    let told = [
        ("Taken on", numbers::day(&dataset.taken_on)),
        ("Holds", number_of(dataset.collection, dataset.totals.models)),
        ("Downloads in 30 days", numbers::exact(dataset.totals.downloads_30d)),
        ("Checksum", dataset.checksum.clone()),
    ];
    vec![
        element("h3").words("This snapshot"),
        element("p").words(if dataset.synthetic { MADE_UP } else { REAL }),
        facts(
            "facts",
            scope
                .into_iter()
                .chain(told)
                .map(|(term, fact)| (term.to_owned(), fact)),
        ),
        element("h3").words("Sources"),
        element("ul").children(dataset.sources.iter().map(source)),
    ]
}

fn facts(class: &'static str, facts: impl Iterator<Item = (String, String)>) -> Element {
    let entry = |(term, fact)| [element("dt").words(term), element("dd").words(fact)];
    element("dl").class(class).children(facts.flat_map(entry))
}

fn coverage(answer: &Answer, dataset: &Dataset) -> Vec<Element> {
    let row = |facet: Facet| {
        let at = dataset.catalogue(facet)?.position(UNKNOWN)?;
        let sums = &answer.facet(facet)?.measure_unfiltered;
        let (unknown, all) = (sums.get(at).copied()?, answer.unfiltered.of(answer.query.measure));
        let number = |text: String| element("td").class("numeric").words(text);
        let row = element("tr")
            .with("data-testid", "coverage")
            .with("data-facet", facet.key())
            .with("data-exact", unknown.to_string())
            .child(
                element("th")
                    .with("scope", "row")
                    .words(dataset.collection.label(facet)),
            )
            .child(number(numbers::exact(unknown)))
            .child(number(numbers::percent(unknown, all)));
        Some(row)
    };
    let heading = |class: &'static str, text: &'static str| element("th").with("scope", "col").class(class).words(text);
    let head = [("", "Facet"), ("numeric", "Unknown"), ("numeric", "Share")].map(|(class, text)| heading(class, text));
    let table = element("table")
        .class("coverage")
        .child(element("thead").child(element("tr").children(head)))
        .child(element("tbody").children(COVERED.into_iter().filter_map(row)));
    let lead = format!(
        "Unknown is counted and shown, never left out and never guessed. Over the whole snapshot, in {}:",
        Counted::of(&answer.query, dataset).label()
    );
    vec![
        element("h3").words("How much is unknown"),
        element("p").words(lead),
        table,
    ]
}
