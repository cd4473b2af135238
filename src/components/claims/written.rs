//! The section of claims in index.html, as `data/claims.csv` and `data/claim_figures.csv` have it.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use super::*;

const START: &str = "<!-- claims: written from data/claims.csv and data/claim_figures.csv -->\n";
const END: &str = "          <!-- end of claims -->";

/// Set to write the section anew.
const WRITE: &str = "HUB_ATLAS_WRITE_CLAIMS";

/// Where the datasets of a published page lie.
fn datasets() -> String {
    View::default().of_collection(Collection::Datasets).to_link()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn records(name: &str) -> Vec<csv::StringRecord> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(Result::unwrap).collect()
}

/// The link of a figure: where it is counted in datasets, their snapshot is opened.
fn address(among: &str, part: &str) -> String {
    match among {
        "datasets" if part.is_empty() => format!("?{}", datasets()),
        "datasets" => format!("?{part}&{}", datasets()),
        _ => format!("?{part}"),
    }
}

fn section() -> String {
    let (mut html, mut place) = (String::new(), 0);
    let figures = records("claim_figures.csv");
    for claim in &records("claims.csv") {
        let [id, title, says, source, reach, why] = std::array::from_fn(|at| escaped(&claim[at]));
        let reach = match reach.as_str() {
            "counted" => "Can be counted.",
            "nearest" => "The nearest that can be counted.",
            "cannot" => "Cannot be counted.",
            other => panic!("{id}: a claim is counted, nearest or cannot, not {other}"),
        };
        write!(
            html,
            r#"          <article class="claim" id="claim-{id}">
            <h3>{title}</h3>
            <p>{says} <span class="muted">({source})</span></p>
            <p class="muted"><strong>{reach}</strong> {why}</p>
"#
        )
        .unwrap();
        let mut rows = String::new();
        for figure in figures.iter().filter(|figure| figure[0] == claim[0]) {
            let [_, among, kind, part, whole, label] = std::array::from_fn(|at| escaped(&figure[at]));
            let href = escaped(&address(&figure[1], &figure[3]));
            writeln!(
                rows,
                r#"              <tr id="figure-{place}" data-among="{among}" data-kind="{kind}" data-part="{part}" data-whole="{whole}"><th scope="row"><a href="{href}">{label}</a></th><td class="numeric" id="figure-{place}-is"></td></tr>"#
            )
            .unwrap();
            place += 1;
        }
        if !rows.is_empty() {
            write!(html, "            <table><tbody>\n{rows}            </tbody></table>\n").unwrap();
        }
        html.push_str("          </article>\n");
    }
    html
}

#[test]
fn index_html_has_the_claims_that_data_has() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(START).unwrap();
    let (now, after) = rest.split_once(END).unwrap();
    let wanted = section();
    if env::var_os(WRITE).is_some() {
        fs::write(&path, format!("{before}{START}{wanted}{END}{after}")).unwrap();
    } else {
        assert!(
            now == wanted,
            "index.html is not as data/claims.csv: run this test with {WRITE}=1"
        );
    }
}

#[test]
fn every_figure_asks_a_question_that_links_can_ask() {
    for figure in records("claim_figures.csv") {
        let (among, kind, part, whole) = (&figure[1], &figure[2], &figure[3], &figure[4]);
        for link in [&address(among, part)[1..], whole] {
            let (view, problems) = View::from_link(link);
            assert_eq!(problems, Vec::<String>::new(), "{link}");
            assert_eq!(view.to_link(), link, "a link is written as the page writes it");
            assert_eq!(
                view.section != Section::Explore,
                kind == "look" && link.contains("section=")
            );
        }
        let read = Figure::read(kind, among, part, whole);
        assert_eq!(read.is_none(), kind == "look", "{kind} is no kind of figure");
    }
}

#[test]
fn every_figure_belongs_to_a_claim_that_can_be_counted() {
    let claims = records("claims.csv");
    for figure in records("claim_figures.csv") {
        let claim = claims.iter().find(|claim| claim[0] == figure[0]);
        assert!(claim.is_some_and(|claim| &claim[4] != "cannot"), "{}", &figure[0]);
    }
    for claim in claims.iter().filter(|claim| &claim[4] != "cannot") {
        assert!(
            records("claim_figures.csv").iter().any(|figure| figure[0] == claim[0]),
            "{}",
            &claim[0]
        );
    }
}
