//! Nodes of the document: made, changed, put in their place.
//!
//! Tags, attributes and places come from the page's own code, so that none of this can fail, and nothing is asked back.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use super::page::PageElement;

/// Namespace of drawings inside a page.
const SVG: &str = "http://www.w3.org/2000/svg";

#[wasm_bindgen]
extern "C" {
    /// An element, or the words inside one.
    #[derive(Clone)]
    pub type Node;

    #[wasm_bindgen(js_namespace = document, js_name = createElement)]
    fn element(tag: &str) -> Node;

    #[wasm_bindgen(js_namespace = document, js_name = createElementNS)]
    fn element_of(namespace: &str, tag: &str) -> Node;

    #[wasm_bindgen(js_namespace = document, js_name = createTextNode)]
    fn text_node(words: &str) -> Node;

    /// Sets an attribute of an element.
    #[wasm_bindgen(method, js_name = setAttribute)]
    pub fn set_attribute(this: &Node, name: &str, value: &str);

    /// Takes an attribute away from an element.
    #[wasm_bindgen(method, js_name = removeAttribute)]
    pub fn remove_attribute(this: &Node, name: &str);

    /// Changes words.
    #[wasm_bindgen(method, setter, js_name = data)]
    pub fn set_words(this: &Node, words: &str);

    /// Puts a node into an element: before another, or at the end.
    #[wasm_bindgen(method, js_name = insertBefore)]
    pub fn insert(this: &Node, node: &Node, before: Option<&Node>);

    /// Takes a node out of the element that it is in.
    #[wasm_bindgen(method)]
    pub fn remove(this: &Node);
}

/// A new element, of a drawing or of the page itself.
pub fn create(tag: &str, is_drawn: bool) -> Node {
    if is_drawn { element_of(SVG, tag) } else { element(tag) }
}

/// New words.
pub fn words(words: &str) -> Node {
    text_node(words)
}

/// An element that index.html holds, as a node.
pub fn of(element: PageElement) -> Node {
    element.unchecked_into()
}
