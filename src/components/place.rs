//! The places that index.html keeps for what changes, and how they are kept as they are told.

use std::mem;

use any_spawner::Executor;

use super::markup::{Element, Inside, Markup, Words};
use crate::platform::nodes::{self, Node};
use crate::platform::page::{self, PageEvent};
use crate::reactive::*;

/// What fills a place: told anew whenever a signal it reads changes. What is on the page stays, and only what differs is
/// changed in it.
pub struct Live {
    tell: Box<dyn Fn() -> Markup>,
    value: Option<Box<dyn Fn() -> String>>,
    hears: Option<Hears>,
}

/// Events inside a place, and what is done about them.
type Hears = (&'static [&'static str], Box<dyn FnMut(&PageEvent)>);

/// What fills a place and shows something.
pub fn live<T: Into<Markup>>(tell: impl Fn() -> T + 'static) -> Live {
    // Boxed, so that all of them are one kind.
    Live {
        tell: Box::new(move || tell().into()),
        value: None,
        hears: None,
    }
}

/// A field that shows what is in force and takes what the reader puts into it. Where it is a list, `options` are in it.
pub fn field<T: Into<Markup>>(
    options: impl Fn() -> T + 'static,
    now: impl Fn() -> String + 'static,
    take: impl Fn(&str) + 'static,
) -> Live {
    Live {
        value: Some(Box::new(now)),
        ..live(options).on(&["change"], move |event| take(&page::field_text(event)))
    }
}

impl Live {
    /// The same, doing something about events inside.
    pub fn on(self, events: &'static [&'static str], act: impl FnMut(&PageEvent) + 'static) -> Live {
        Live {
            hears: Some((events, Box::new(act))),
            ..self
        }
    }

    /// The same, doing something about presses inside; [`page::nearest`] tells what was pressed.
    pub fn on_press(self, act: impl FnMut(&PageEvent) + 'static) -> Live {
        self.on(&["click"], act)
    }
}

/// Fills the place with this id, in a turn of its own.
pub fn fill_place(id: &str, fill: impl FnOnce() -> Live + 'static) {
    let (id, fill): (_, Box<dyn FnOnce() -> Live>) = (id.to_owned(), Box::new(fill));
    later(move || fill_now(&id, fill()));
}

/// Fills the place with this id.
pub fn fill_now(id: &str, live: Live) {
    let Live { tell, value, hears } = live;
    let Some(place) = page::emptied(id) else {
        return page::complain(&format!("index.html has no element #{id}"));
    };
    if let Some((events, act)) = hears {
        page::listen(&place, events, act);
    }
    let place = nodes::of(place);
    keep(Box::new(move |former: Option<Standing>| {
        let mut standing = former.unwrap_or_default();
        change_all(&mut standing.inside, tell().0, &place);
        if let Some(value) = value.as_ref().map(|value| value()) {
            // What the reader writes stays until something else is in force; a list forgets with its options.
            if standing.value.as_ref() != Some(&value) || !standing.inside.is_empty() {
                page::put_value(&place, &value);
            }
            standing.value = Some(value);
        }
        standing
    }));
}

/// Does something soon, and again whenever a signal it reads changes, in a turn of its own each time.
pub fn follow(act: impl Fn() + 'static) {
    later(move || {
        keep(Box::new(move |standing: Option<Standing>| {
            act();
            standing.unwrap_or_default()
        }));
    });
}

/// What a place shows.
#[derive(Default)]
struct Standing {
    inside: Vec<Placed>,
    value: Option<String>,
}

/// Runs now, and whenever a signal that it reads changes, for as long as the page is open. One kind of effect for all:
/// each further one costs a kilobyte.
fn keep(run: Box<dyn FnMut(Option<Standing>) -> Standing>) {
    mem::forget(RenderEffect::new(run));
}

/// Does something in a turn of its own, on behalf of the page.
pub fn later(act: impl FnOnce() + 'static) {
    let owner = Owner::current();
    let act: Box<dyn FnOnce()> = Box::new(act);
    Executor::spawn_local(async move {
        if let Some(owner) = owner {
            owner.with(act);
        }
    });
}

/// Words or an element on the page, and what was told of them.
enum Placed {
    Words(Node, Words),
    Element(Node, Told),
}

/// What was told of an element on the page.
struct Told {
    tag: &'static str,
    edition: u64,
    attributes: Vec<(&'static str, Words)>,
    inside: Vec<Placed>,
}

impl Placed {
    fn new(told: Inside) -> Placed {
        match told {
            Inside::Words(words) => Placed::Words(nodes::words(&words), words),
            Inside::Element(element) => {
                let node = nodes::create(element.tag, element.is_drawn);
                let mut placed = Told {
                    tag: element.tag,
                    edition: element.edition,
                    attributes: Vec::new(),
                    inside: Vec::new(),
                };
                placed.change(&node, element);
                Placed::Element(node, placed)
            }
        }
    }

    fn node(&self) -> &Node {
        match self {
            Placed::Words(node, _) | Placed::Element(node, _) => node,
        }
    }

    /// Changes what is on the page to what is told now, or gives that back where it is of another kind.
    fn change(&mut self, told: Inside) -> Option<Inside> {
        match (self, told) {
            (Placed::Words(node, former), Inside::Words(words)) => {
                if *former != words {
                    node.set_words(&words);
                    *former = words;
                }
                None
            }
            (Placed::Element(node, placed), Inside::Element(element))
                if (placed.tag, placed.edition) == (element.tag, element.edition) =>
            {
                placed.change(node, element);
                None
            }
            (_, told) => Some(told),
        }
    }
}

impl Told {
    /// Changes the element of the page to what is told of it now; the tag is the same.
    fn change(&mut self, node: &Node, told: Element) {
        for (name, _) in &self.attributes {
            if !told.attributes.iter().any(|(other, _)| other == name) {
                node.remove_attribute(name);
            }
        }
        for attribute in &told.attributes {
            if !self.attributes.contains(attribute) {
                node.set_attribute(attribute.0, &attribute.1);
            }
        }
        self.attributes = told.attributes;
        change_all(&mut self.inside, told.inside, node);
    }
}

/// Changes what stands in `parent` to what is told now, one by one in order.
fn change_all(placed: &mut Vec<Placed>, told: Vec<Inside>, parent: &Node) {
    while placed.len() > told.len() {
        if let Some(gone) = placed.pop() {
            gone.node().remove();
        }
    }
    for (at, told) in told.into_iter().enumerate() {
        let Some(former) = placed.get_mut(at) else {
            let new = Placed::new(told);
            parent.insert(new.node(), None);
            placed.push(new);
            continue;
        };
        if let Some(told) = former.change(told) {
            let new = Placed::new(told);
            parent.insert(new.node(), Some(former.node()));
            former.node().remove();
            *former = new;
        }
    }
}
