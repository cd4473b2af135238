//! Elements as data. What only shows something, such as a bar, a cell or a chip, is told as a list of [`Element`]s;
//! [`live`] keeps the page as they say.
//!
//! Typed views cost the module a copy of the machinery for every shape of view. These are all of one shape, so forty
//! lists cost as much as one, and a test can read them without a browser. Whatever takes input is a typed view around
//! them, and hears of presses inside through the attributes of what was pressed.

use std::borrow::Cow;

use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::renderer::{CastFrom, Rndr, types};
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

/// Namespace of drawings inside a page.
const SVG: &str = "http://www.w3.org/2000/svg";

/// Words that live as long as the page, or as long as an answer.
pub type Words = Cow<'static, str>;

/// An element: its tag, its attributes, what is inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    tag: &'static str,
    namespace: Option<&'static str>,
    attributes: Vec<(&'static str, Words)>,
    inside: Vec<Inside>,
    edition: u64,
}

#[derive(Clone, Debug, PartialEq)]
enum Inside {
    Words(Words),
    Element(Element),
}

/// An element without attributes, empty.
pub fn element(tag: &'static str) -> Element {
    Element {
        tag,
        ..Element::default()
    }
}

/// An element of a drawing, without attributes, empty.
pub fn drawn(tag: &'static str) -> Element {
    Element {
        tag,
        namespace: Some(SVG),
        ..Element::default()
    }
}

impl Element {
    /// With an attribute. Each name is given once.
    pub fn with(self, name: &'static str, value: impl Into<Words>) -> Element {
        self.put(name, value.into())
    }

    /// With an attribute, where there is a value for it.
    pub fn maybe<T: Into<Words>>(self, name: &'static str, value: Option<T>) -> Element {
        match value {
            Some(value) => self.put(name, value.into()),
            None => self,
        }
    }

    /// With an attribute that says something by being there.
    pub fn flag(self, name: &'static str, there: bool) -> Element {
        if there {
            self.put(name, Words::Borrowed(""))
        } else {
            self
        }
    }

    /// With a class.
    pub fn class(self, class: impl Into<Words>) -> Element {
        self.put("class", class.into())
    }

    /// With words inside, after what is there.
    pub fn words(self, words: impl Into<Words>) -> Element {
        self.push(Inside::Words(words.into()))
    }

    /// With an element inside, after what is there.
    pub fn child(self, child: Element) -> Element {
        self.push(Inside::Element(child))
    }

    /// With elements inside, after what is there.
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.inside.extend(children.into_iter().map(Inside::Element));
        self
    }

    /// As another edition of the element: one that takes the place of a former edition, where else that would be changed.
    pub fn edition(mut self, edition: u64) -> Element {
        self.edition = edition;
        self
    }

    #[inline(never)]
    fn put(mut self, name: &'static str, value: Words) -> Element {
        self.attributes.push((name, value));
        self
    }

    #[inline(never)]
    fn push(mut self, inside: Inside) -> Element {
        self.inside.push(inside);
        self
    }

    fn write_html(&self, out: &mut String) {
        *out += "<";
        *out += self.tag;
        for (name, value) in &self.attributes {
            *out += " ";
            *out += name;
            *out += "=\"";
            escape(value, out);
            *out += "\"";
        }
        *out += ">";
        self.inside.iter().for_each(|inside| inside.write_html(out));
        *out += "</";
        *out += self.tag;
        *out += ">";
    }
}

impl Inside {
    fn write_html(&self, out: &mut String) {
        match self {
            Inside::Words(words) => escape(words, out),
            Inside::Element(element) => element.write_html(out),
        }
    }
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => *out += "&amp;",
            '<' => *out += "&lt;",
            '>' => *out += "&gt;",
            '"' => *out += "&quot;",
            other => out.push(other),
        }
    }
}

/// Elements side by side, as a view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markup(Vec<Inside>);

impl From<Element> for Markup {
    fn from(element: Element) -> Markup {
        Markup(vec![Inside::Element(element)])
    }
}

impl From<Vec<Element>> for Markup {
    fn from(elements: Vec<Element>) -> Markup {
        Markup(elements.into_iter().map(Inside::Element).collect())
    }
}

impl From<String> for Markup {
    fn from(words: String) -> Markup {
        Markup(vec![Inside::Words(words.into())])
    }
}

/// A view that is told anew whenever a signal it reads changes; the elements of the page stay, and only what differs is
/// changed in them.
pub fn live<T: Into<Markup>>(tell: impl Fn() -> T + Send + 'static) -> AnyView {
    // Boxed, so that all of them are one kind of view.
    let tell: Box<dyn Fn() -> Markup + Send> = Box::new(move || tell().into());
    tell.into_any()
}

/// An element on the page, and what was told of it.
struct Placed {
    tag: &'static str,
    attributes: Vec<(&'static str, Words)>,
    node: types::Element,
    inside: Vec<PlacedInside>,
    edition: u64,
}

enum PlacedInside {
    Words(types::Text, Words),
    Element(Placed),
}

impl Placed {
    fn new(told: Element) -> Placed {
        let node = Rndr::create_element(told.tag, told.namespace);
        let mut placed = Placed {
            tag: told.tag,
            attributes: Vec::new(),
            node,
            inside: Vec::new(),
            edition: told.edition,
        };
        placed.change(told);
        placed
    }

    /// Changes the element of the page to what is told of it now; the tag is the same.
    fn change(&mut self, told: Element) {
        for (name, _) in &self.attributes {
            if !told.attributes.iter().any(|(other, _)| other == name) {
                Rndr::remove_attribute(&self.node, name);
            }
        }
        for attribute in &told.attributes {
            if !self.attributes.contains(attribute) {
                Rndr::set_attribute(&self.node, attribute.0, &attribute.1);
            }
        }
        self.attributes = told.attributes;
        change_all(&mut self.inside, told.inside, &self.node, None);
    }
}

impl PlacedInside {
    fn new(told: Inside) -> PlacedInside {
        match told {
            Inside::Words(words) => PlacedInside::Words(Rndr::create_text_node(&words), words),
            Inside::Element(element) => PlacedInside::Element(Placed::new(element)),
        }
    }

    fn node(&self) -> &types::Node {
        match self {
            PlacedInside::Words(node, _) => node.as_ref(),
            PlacedInside::Element(placed) => placed.node.as_ref(),
        }
    }

    /// Changes what is on the page to what is told now, or gives that back where it is of another kind.
    fn change(&mut self, told: Inside) -> Option<Inside> {
        match (self, told) {
            (PlacedInside::Words(node, former), Inside::Words(words)) => {
                if *former != words {
                    Rndr::set_text(node, &words);
                    *former = words;
                }
                None
            }
            (PlacedInside::Element(placed), Inside::Element(element))
                if (placed.tag, placed.edition) == (element.tag, element.edition) =>
            {
                placed.change(element);
                None
            }
            (_, told) => Some(told),
        }
    }
}

/// Changes what stands in `parent`, before `end`, to what is told now, one by one in order.
fn change_all(placed: &mut Vec<PlacedInside>, told: Vec<Inside>, parent: &types::Element, end: Option<&types::Node>) {
    while placed.len() > told.len() {
        if let Some(gone) = placed.pop() {
            Rndr::remove(gone.node());
        }
    }
    for (at, told) in told.into_iter().enumerate() {
        let Some(former) = placed.get_mut(at) else {
            let new = PlacedInside::new(told);
            Rndr::insert_node(parent, new.node(), end);
            placed.push(new);
            continue;
        };
        if let Some(told) = former.change(told) {
            let new = PlacedInside::new(told);
            Rndr::insert_node(parent, new.node(), Some(former.node()));
            Rndr::remove(former.node());
            *former = new;
        }
    }
}

/// Elements on the page, before a mark that keeps their place.
pub struct PlacedMarkup {
    placed: Vec<PlacedInside>,
    end: types::Placeholder,
}

impl PlacedMarkup {
    fn parent(&self) -> Option<types::Element> {
        Rndr::get_parent(self.end.as_ref()).and_then(types::Element::cast_from)
    }
}

impl Render for Markup {
    type State = PlacedMarkup;

    fn build(self) -> PlacedMarkup {
        PlacedMarkup {
            placed: self.0.into_iter().map(PlacedInside::new).collect(),
            end: Rndr::create_placeholder(),
        }
    }

    fn rebuild(self, state: &mut PlacedMarkup) {
        if let Some(parent) = state.parent() {
            change_all(&mut state.placed, self.0, &parent, Some(state.end.as_ref()));
        }
    }
}

impl Mountable for PlacedMarkup {
    fn unmount(&mut self) {
        self.placed.iter().for_each(|placed| Rndr::remove(placed.node()));
        Rndr::remove(self.end.as_ref());
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        self.placed
            .iter()
            .for_each(|placed| Rndr::insert_node(parent, placed.node(), marker));
        Rndr::insert_node(parent, self.end.as_ref(), marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let first = self.placed.first().map_or(self.end.as_ref(), PlacedInside::node);
        if let Some(parent) = self.parent() {
            child.mount(&parent, Some(first));
        }
        true
    }

    fn elements(&self) -> Vec<types::Element> {
        let element = |placed: &PlacedInside| match placed {
            PlacedInside::Words(..) => None,
            PlacedInside::Element(placed) => Some(placed.node.clone()),
        };
        self.placed.iter().filter_map(element).collect()
    }
}

no_attrs!(Markup);

impl RenderHtml for Markup {
    type AsyncOutput = Markup;
    type Owned = Markup;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Markup {
        self
    }

    fn to_html_with_buf(
        self,
        out: &mut String,
        position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attributes: Vec<AnyAttribute>,
    ) {
        self.0.iter().for_each(|inside| inside.write_html(out));
        *position = Position::NextChild;
    }

    /// The page is never rendered on a server, so there is nothing to take over.
    fn hydrate<const FROM_SERVER: bool>(self, _cursor: &Cursor, _position: &PositionState) -> PlacedMarkup {
        self.build()
    }

    fn into_owned(self) -> Markup {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_written_with_everything_escaped() {
        let cell = element("td")
            .class("a")
            .with("title", "\"<&>\"")
            .words("<b>")
            .child(element("i").flag("hidden", true));
        let html = Markup::from(vec![cell, element("p").maybe("id", None::<String>)]).to_html();
        assert_eq!(
            html,
            "<td class=\"a\" title=\"&quot;&lt;&amp;&gt;&quot;\">&lt;b&gt;<i hidden=\"\"></i></td><p></p>"
        );
    }

    #[test]
    fn words_and_elements_keep_their_order() {
        let line = element("p")
            .words("All ")
            .child(element("strong").words("3"))
            .words(" models")
            .children([element("br")]);
        assert_eq!(
            Markup::from(line).to_html(),
            "<p>All <strong>3</strong> models<br></br></p>"
        );
    }
}
