//! Elements as data. Whatever the page shows, such as a bar, a cell or a chip, is told as a list of [`Element`]s;
//! [`super::place`] keeps the page as they say.
//!
//! Typed views cost the module a copy of the machinery for every shape of view. These are all of one shape, so forty
//! lists cost as much as one, and a test can read them without a browser. Whatever takes input is in index.html around
//! them, and hears of presses inside through the attributes of what was pressed.

use std::borrow::Cow;

/// Words that live as long as the page, or as long as an answer.
pub type Words = Cow<'static, str>;

/// An element: its tag, its attributes, what is inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    pub(super) tag: &'static str,
    pub(super) is_drawn: bool,
    pub(super) attributes: Vec<(&'static str, Words)>,
    pub(super) inside: Vec<Inside>,
    pub(super) edition: u64,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Inside {
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
        is_drawn: true,
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
}

/// Elements side by side: all that a place shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markup(pub(super) Vec<Inside>);

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

#[cfg(test)]
mod tests {
    use super::*;

    fn escape(text: &str) -> String {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    }

    fn html(inside: &[Inside]) -> String {
        let one = |inside: &Inside| match inside {
            Inside::Words(words) => escape(words),
            Inside::Element(element) => {
                let attribute = |(name, value): &(&str, Words)| format!(" {name}=\"{}\"", escape(value));
                let attributes: String = element.attributes.iter().map(attribute).collect();
                let Element { tag, inside, .. } = element;
                format!("<{tag}{attributes}>{}</{tag}>", html(inside))
            }
        };
        inside.iter().map(one).collect()
    }

    #[test]
    fn elements_hold_their_attributes_and_what_is_inside_as_they_were_told() {
        let cell = element("td")
            .class("a")
            .with("title", "\"<&>\"")
            .words("<b>")
            .child(element("i").flag("hidden", true).flag("open", false));
        let told = Markup::from(vec![cell, element("p").maybe("id", None::<String>)]);
        assert_eq!(
            html(&told.0),
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
            html(&Markup::from(line).0),
            "<p>All <strong>3</strong> models<br></br></p>"
        );
    }
}
