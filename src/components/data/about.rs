//! Where the numbers come from, what the words mean, and how much is unknown. The rest of the section is in index.html.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::message::SourceNote;
use atlas_protocol::{Answer, Dataset, Facet};
use leptos::prelude::*;

use crate::numbers;
use crate::state::atlas;

/// Facets whose coverage is told.
const COVERED: [Facet; 9] = [
    Facet::Region,
    Facet::Organisation,
    Facet::OrganisationType,
    Facet::Size,
    Facet::Month,
    Facet::Task,
    Facet::Library,
    Facet::Licence,
    Facet::Relation,
];

/// Sources and coverage of the open snapshot.
#[component]
pub fn About() -> impl IntoView {
    let atlas = atlas();
    let sources = move || atlas.dataset().map(|dataset| sources(&dataset));
    let coverage = move || atlas.answered().map(|(answer, dataset)| coverage(&answer, &dataset));
    view! { {sources} {coverage} }
}

/// What the words mean in the open snapshot.
#[component]
pub fn Definitions() -> impl IntoView {
    let atlas = atlas();
    move || atlas.dataset().map(|dataset| definitions(&dataset))
}

fn sources(dataset: &Dataset) -> AnyView {
    let what = if dataset.synthetic {
        "This snapshot is a synthetic sample: its models, accounts and organisations are invented, and its numbers only resemble published ones. Do not quote them."
    } else {
        "Everything on this page is counted from one snapshot of the Hub’s public metadata."
    };
    let source = |source: &SourceNote| {
        let name = match source.url.as_ref().filter(|url| url.starts_with("https://")) {
            Some(url) => view! { <a href=url.clone() rel="noopener noreferrer">{source.name.clone()}</a> }.into_any(),
            None => source.name.clone().into_any(),
        };
        let licence = source.licence.as_ref().map(|licence| format!(", licence {licence}"));
        let credit = source.attribution.as_ref().map(|credit| format!(". {credit}"));
        view! { <li>{name} {licence} {credit}</li> }.into_any()
    };
    view! {
        <h3>"This snapshot"</h3>
        <p>{what}</p>
        <dl class="facts">
            <dt>"Taken on"</dt><dd>{numbers::day(&dataset.taken_on)}</dd>
            <dt>"Models"</dt><dd>{numbers::exact(dataset.totals.models)}</dd>
            <dt>"Downloads in 30 days"</dt><dd>{numbers::exact(dataset.totals.downloads_30d)}</dd>
            <dt>"Checksum"</dt><dd><code>{dataset.checksum.clone()}</code></dd>
        </dl>
        <h3>"Sources"</h3>
        <ul>{dataset.sources.iter().map(source).collect::<Vec<_>>()}</ul>
    }
    .into_any()
}

fn coverage(answer: &Answer, dataset: &Dataset) -> AnyView {
    let measure = answer.query.measure;
    let row = |facet: Facet| {
        let at = dataset.catalogue(facet)?.position(UNKNOWN)?;
        let sums = &answer.facet(facet)?.measure_unfiltered;
        let (unknown, all) = (sums.get(at).copied()?, sums.iter().sum());
        Some(
            view! {
                <tr data-testid="coverage" data-facet=facet.key() data-exact=unknown.to_string()>
                    <th scope="row">{facet.label()}</th>
                    <td class="numeric">{numbers::exact(unknown)}</td>
                    <td class="numeric">{numbers::percent(unknown, all)}</td>
                </tr>
            }
            .into_any(),
        )
    };
    view! {
        <h3>"How much is unknown"</h3>
        <p>{format!("Unknown is counted and shown, never left out and never guessed. Over the whole snapshot, in {}:", measure.label())}</p>
        <table class="coverage">
            <thead><tr><th scope="col">"Facet"</th><th scope="col" class="numeric">"Unknown"</th><th scope="col" class="numeric">"Share"</th></tr></thead>
            <tbody>{COVERED.into_iter().filter_map(row).collect::<Vec<_>>()}</tbody>
        </table>
    }
    .into_any()
}

fn definitions(dataset: &Dataset) -> AnyView {
    let entry =
        |(term, meaning): &(String, String)| view! { <dt>{term.clone()}</dt> <dd>{meaning.clone()}</dd> }.into_any();
    view! {
        <h3>"Definitions in force"</h3>
        <dl class="definitions">{dataset.definitions.iter().map(entry).collect::<Vec<_>>()}</dl>
    }
    .into_any()
}
