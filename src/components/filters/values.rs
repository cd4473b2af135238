//! The values of a facet as bars to press.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Facet, Measure};

use crate::components::buttons::{Button, buttons};
use crate::components::markup::{Element, element};
use crate::components::place::{Live, fill_place, live};
use crate::numbers;
use crate::platform::page::{self, PageEvent, Typing};
use crate::reactive::*;
use crate::state::bars::{Bar, Bars, Choice, Standing, bars};
use crate::state::counted::Counted;
use crate::state::{Atlas, atlas};

/// Values of a long facet that are shown at first, and how many more a press on “more” brings.
const FIRST: usize = 7;
const MORE: usize = 20;

/// All values of a short facet, in their own order.
pub fn values(facet: Facet) -> Live {
    rows(facet, bars_of(atlas(), facet, Signal::derive(Choice::default)))
}

/// What is shown of a long facet.
#[derive(Clone, Copy)]
struct Long {
    facet: Facet,
    bars: Memo<Bars>,
    /// Most values shown, the chosen ones and `unknown` aside.
    most: RwSignal<usize>,
}

/// The largest values of a long facet, with a search box, which index.html holds, and a way to see more, which comes
/// into a place of its own.
pub fn long_values(facet: Facet) -> Live {
    let field = format!("search-{}", facet.key());
    let (search, most) = (RwSignal::new(page::text_of(&field)), RwSignal::new(FIRST));
    let choice = Signal::derive(move || Choice {
        search: search.get(),
        largest: Some(most.get()),
    });
    page::on_typing(&field, move |typing, text| {
        if typing == Typing::Goes {
            search.set(text.to_owned());
        }
    });
    let long = Long {
        facet,
        bars: bars_of(atlas(), facet, choice),
        most,
    };
    fill_place(&format!("more-{}", facet.key()), move || more(long));
    rows(facet, long.bars)
}

fn more(long: Long) -> Live {
    let Long { facet, bars, most } = long;
    let list = move || {
        let hidden = bars.with(|bars| bars.hidden);
        let more = format!("Show more ({} hidden)", numbers::exact(hidden as u64));
        let button = |name, label: String| Button {
            value: facet.key(),
            ..Button::quiet(name, label)
        };
        vec![
            button("facet-more", more).disabled(hidden == 0),
            button("facet-fewer", "Show fewer".to_owned()).disabled(most.get() <= FIRST),
        ]
    };
    let press = move |name: &str, _: &str| match name {
        "facet-more" => most.update(|most| *most += MORE),
        _ => most.set(FIRST),
    };
    buttons(list, press)
}

/// The bars in force.
pub fn bars_of(atlas: Atlas, facet: Facet, choice: Signal<Choice>) -> Memo<Bars> {
    // Else every list would be told anew whenever any filter changes, and once more when the answer comes.
    let clause = Memo::new(move |_| atlas.clause(facet));
    Memo::new(move |_| {
        let clause = clause.get();
        choice.with(|choice| {
            atlas
                .answered()
                .map(|(answer, dataset)| bars(&answer, &dataset, facet, clause.as_ref(), choice))
                .unwrap_or_default()
        })
    })
}

fn rows(facet: Facet, bars: Memo<Bars>) -> Live {
    let atlas = atlas();
    let told = move || {
        bars.with(|bars| {
            let row = |bar: &Bar| row(facet, bar, &bars.measure, None);
            bars.bars.iter().map(row).collect::<Vec<_>>()
        })
    };
    live(told).on_press(move |event| act(atlas, facet, event))
}

/// Does what the pressed button of a row says.
pub fn act(atlas: Atlas, facet: Facet, event: &PageEvent) {
    let Some((button, action)) = page::nearest(event, "data-act") else {
        return;
    };
    let Some(key) = button.get_attribute("data-key") else {
        return;
    };
    match action.as_str() {
        "toggle" => atlas.toggle(facet, &key),
        "only" => atlas.only(facet, &key),
        "without" => atlas.without(facet, &key),
        _ => {}
    }
}

/// One value: what leads it, its bar, and “only” and “not”.
pub fn row(facet: Facet, bar: &Bar, measure: &Counted, lead: Option<Disclosure>) -> Element {
    let state = match bar.standing {
        Standing::Free => "free",
        Standing::Chosen => "chosen",
        Standing::Passed => "passed",
        Standing::LeftOut => "left-out",
    };
    let told = told(bar, measure);
    let width = |class, permille: u32| {
        element("span")
            .class(class)
            .with("style", format!("width:{}.{}%", permille / 10, permille % 10))
    };
    let track = element("span")
        .class("track")
        .child(width("ghost", bar.all_permille))
        .child(width("fill", bar.slice_permille));
    let button = pressable(facet, bar, "toggle", "facet-value")
        .class("bar")
        .with("data-measure", bar.measure.to_string())
        .with("data-models", bar.models.to_string())
        .with("data-exact", bar.measure.to_string())
        .with("data-all", bar.all.to_string())
        .with("aria-pressed", (bar.standing == Standing::Chosen).to_string())
        .with("title", told.clone())
        .with("aria-label", told)
        .child(element("span").class("name").words(bar.label.clone()))
        .child(element("span").class("amount").words(numbers::short(bar.measure)))
        .child(track);
    let tool = |action, verb: &str, words: &'static str| {
        pressable(facet, bar, action, action)
            .with("aria-label", format!("{verb} {}", bar.label))
            .words(words)
    };
    let tools = element("span")
        .class("tools")
        .child(tool("only", "Only", "only"))
        .child(tool("without", "Without", "not"));
    element("li")
        .class(format!("value {state} {}", hue(facet, &bar.key)))
        .children(lead.map(disclosure))
        .child(button)
        .child(tools)
}

/// A button that acts on a value.
fn pressable(facet: Facet, bar: &Bar, action: &'static str, name: &'static str) -> Element {
    element("button")
        .with("type", "button")
        .with("data-act", action)
        .with("data-facet", facet.key())
        .with("data-key", bar.key.clone())
        .with("data-testid", name)
}

/// A way to see what is inside a value.
pub struct Disclosure {
    /// Key of the value.
    pub key: String,
    /// What it does, for a screen reader.
    pub label: String,
    /// Whether the inside is shown.
    pub open: bool,
}

fn disclosure(Disclosure { key, label, open }: Disclosure) -> Element {
    element("button")
        .with("type", "button")
        .class("disclose")
        .with("data-open", key)
        .with("aria-expanded", open.to_string())
        .with("aria-label", label)
        .with("data-testid", "countries")
}

/// A bar in words, with exact numbers.
fn told(bar: &Bar, measure: &Counted) -> String {
    let mut told = format!("{}: ", bar.label);
    if *measure != Measure::Models {
        told += &format!("{} {}, ", numbers::exact(bar.measure), measure.label());
    }
    told += &measure.number_of(bar.models);
    told += &format!(", {} of the slice", numbers::percent(bar.measure, bar.whole));
    if bar.standing == Standing::LeftOut {
        told += ", left out";
    }
    told
}

/// Class that colours a bar: regions have colours of their own, and `unknown` is grey everywhere.
fn hue(facet: Facet, key: &str) -> &str {
    match (facet, key) {
        (_, UNKNOWN) => "hue-unknown",
        (Facet::Region, "china") => "hue-china",
        (Facet::Region, "us") => "hue-us",
        (Facet::Region, "europe") => "hue-europe",
        (Facet::Region, "other") => "hue-other",
        _ => "hue-plain",
    }
}
