//! The document and the window around it.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    Document, Element, EventTarget, HtmlElement, IntersectionObserver, IntersectionObserverEntry,
    IntersectionObserverInit, ResizeObserver, ResizeObserverEntry,
};

/// An element of the page.
pub type PageElement = HtmlElement;

/// Something that happened on the page.
pub type PageEvent = web_sys::Event;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The element with this id.
pub fn element(id: &str) -> Option<PageElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The element with this id, emptied of what the page held for it until now.
pub fn emptied(id: &str) -> Option<PageElement> {
    let element = element(id)?;
    element.set_text_content(None);
    Some(element)
}

/// Sets an attribute of the body, by which style sheets and tests tell the state of the page.
pub fn mark_body(attribute: &str, value: &str) {
    if let Some(body) = document().and_then(|document| document.body()) {
        drop(body.set_attribute(attribute, value));
    }
}

/// Sets an attribute of the element with this id.
pub fn mark(id: &str, attribute: &str, value: &str) {
    if let Some(element) = element(id) {
        drop(element.set_attribute(attribute, value));
    }
}

/// Tells whoever looks after the page that something in it is wrong.
pub fn complain(fault: &str) {
    web_sys::console::error_1(&fault.into());
}

/// Whether index.html has found that this browser lacks what the page counts with, and has said so.
pub fn is_too_old() -> bool {
    let root = document().and_then(|document| document.document_element());
    root.is_some_and(|root| root.has_attribute("data-too-old"))
}

/// Makes everything in an element unreachable, or reachable again.
pub fn set_inert(id: &str, inert: bool) {
    let Some(element) = element(id) else { return };
    drop(if inert {
        element.set_attribute("inert", "")
    } else {
        element.remove_attribute("inert")
    });
}

/// Moves the focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        drop(element.focus());
    }
}

/// Goes to the top of the page.
pub fn scroll_to_top() {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Copies a text for the reader to paste. `done` learns whether the browser allowed it.
pub fn copy(text: &str, done: impl FnOnce(bool) + 'static) {
    let Some(window) = web_sys::window().filter(|window| window.is_secure_context()) else {
        return done(false);
    };
    let promise = window.navigator().clipboard().write_text(text);
    let done = Rc::new(Cell::new(Some(done)));
    let tell = move |copied: bool| {
        let done = done.clone();
        Closure::once_into_js(move || {
            if let Some(done) = done.take() {
                done(copied);
            }
        })
    };
    let (yes, no) = (tell(true), tell(false));
    let (yes, no): (&Function, &Function) = (yes.unchecked_ref(), no.unchecked_ref());
    drop(
        Reflect::get(&promise, &"then".into())
            .ok()
            .and_then(|then| then.dyn_ref::<Function>()?.call2(&promise, yes, no).ok()),
    );
}

/// A function of JavaScript that can be called once. Boxed, so that all of them share one copy of the machinery.
fn once(call: Box<dyn FnOnce()>) -> JsValue {
    Closure::once_into_js(call)
}

/// Calls back after so many milliseconds. Returns a number by which the window knows it.
pub fn after(milliseconds: i32, call: impl FnOnce() + 'static) -> Option<i32> {
    let call = once(Box::new(call));
    let window = web_sys::window()?;
    window
        .set_timeout_with_callback_and_timeout_and_arguments_0(call.unchecked_ref(), milliseconds)
        .ok()
}

/// Puts something off until nobody has put it off again for a while.
#[derive(Clone, Default)]
pub struct Pause(Rc<Cell<Option<i32>>>);

impl Pause {
    /// Calls back after so many milliseconds, unless this is called again before, which then calls back instead.
    pub fn restart(&self, milliseconds: i32, call: impl FnOnce() + 'static) {
        if let (Some(window), Some(handle)) = (web_sys::window(), self.0.take()) {
            window.clear_timeout_with_handle(handle);
        }
        self.0.set(after(milliseconds, call));
    }
}

/// Something about an element, as a watch sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// It is so many CSS pixels wide.
    Width(f64),
    /// It is on the screen, or close to it, or not.
    InSight(bool),
}

/// Watches an element for as long as it is kept.
pub struct Watch {
    width: ResizeObserver,
    sight: IntersectionObserver,
    _on_change: Closure<dyn FnMut(js_sys::Array)>,
}

/// How close an element is to the screen when it counts as in sight: drawn by the time the reader gets there.
const CLOSE: &str = "25% 0px";

impl Watch {
    /// Calls back with what is so now, and whenever it changes.
    pub fn new(element: &Element, mut call: impl FnMut(Seen) + 'static) -> Option<Watch> {
        let on_change = Closure::new(move |entries: js_sys::Array| {
            // The last entry is the newest.
            let entry = entries.get(entries.length().wrapping_sub(1));
            call(match entry.dyn_into::<ResizeObserverEntry>() {
                Ok(entry) => Seen::Width(entry.content_rect().width()),
                Err(entry) => Seen::InSight(entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting()),
            });
        });
        let listener: &Function = on_change.as_ref().unchecked_ref();
        let close = IntersectionObserverInit::new();
        close.set_root_margin(CLOSE);
        let watch = Watch {
            width: ResizeObserver::new(listener).ok()?,
            sight: IntersectionObserver::new_with_options(listener, &close).ok()?,
            _on_change: on_change,
        };
        watch.width.observe(element);
        watch.sight.observe(element);
        Some(watch)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.width.disconnect();
        self.sight.disconnect();
    }
}

/// Calls back at these events at a target, or inside it, for as long as the page is open.
pub fn listen(target: &EventTarget, events: &[&str], call: Box<dyn FnMut(&PageEvent)>) {
    listen_to(target, events, false, call);
}

/// `first`: before any listener inside the target hears of it. One kind of listener for all, because each further one
/// costs as much again.
fn listen_to(target: &EventTarget, events: &[&str], first: bool, mut call: Box<dyn FnMut(&PageEvent)>) {
    let listener = Closure::<dyn FnMut(PageEvent)>::new(move |event: PageEvent| call(&event));
    for event in events {
        drop(target.add_event_listener_with_callback_and_bool(event, listener.as_ref().unchecked_ref(), first));
    }
    listener.forget();
}

/// Calls back at every event of the window with this name, such as `resize`.
pub fn on_window(event: &str, mut call: impl FnMut() + 'static) {
    if let Some(window) = web_sys::window() {
        listen(&window, &[event], Box::new(move |_| call()));
    }
}

/// Calls back at these events in the element with this id.
pub fn on_events(id: &str, events: &[&str], call: impl FnMut(&PageEvent) + 'static) {
    if let Some(element) = element(id) {
        listen(&element, events, Box::new(call));
    }
}

/// Calls back when the element with this id is pressed.
pub fn on_press(id: &str, mut call: impl FnMut() + 'static) {
    on_events(id, &["click"], move |_| call());
}

/// What moves and presses: a mouse, a finger, a pen.
pub type Pointer = web_sys::PointerEvent;

/// An event of a pointer as one; `None` for any other.
pub fn pointer(event: &PageEvent) -> Option<&Pointer> {
    event.dyn_ref()
}

/// The name of the key that an event of the keyboard is about.
pub fn key_name(event: &PageEvent) -> String {
    event.dyn_ref().map(web_sys::KeyboardEvent::key).unwrap_or_default()
}

/// Whether a press on a link asks for another tab or window.
pub fn leads_elsewhere(event: &PageEvent) -> bool {
    let press = event.dyn_ref::<web_sys::MouseEvent>();
    press.is_some_and(|press| press.ctrl_key() || press.meta_key() || press.shift_key())
}

/// A key that went down.
pub struct Key {
    /// Its name.
    pub name: String,
    /// Whether Ctrl or Command is down.
    pub command: bool,
    /// Whether Shift is down.
    pub shift: bool,
    target: Option<Element>,
}

impl Key {
    /// Whether it was pressed inside an element that fits a selector.
    pub fn is_inside(&self, selector: &str) -> bool {
        let inside = |target: &Element| matches!(target.closest(selector), Ok(Some(_)));
        self.target.as_ref().is_some_and(inside)
    }
}

/// Calls back for every key pressed anywhere in the page, but for those that compose a letter. Answering true keeps the
/// browser from acting on it.
pub fn on_key(mut call: impl FnMut(&Key) -> bool + 'static) {
    let heard = move |event: &PageEvent| {
        let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else {
            return;
        };
        let key = Key {
            name: event.key(),
            command: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            target: event.target().and_then(|target| target.dyn_into().ok()),
        };
        if !event.is_composing() && call(&key) {
            event.prevent_default();
        }
    };
    if let Some(document) = document() {
        listen(&document, &["keydown"], Box::new(heard));
    }
}

/// Calls back with an attribute's value when the reader comes near something inside the element with this id that has
/// it: when the pointer has rested there for so many milliseconds, when it goes down, when the keyboard comes to it.
pub fn on_approach(id: &str, attribute: &'static str, rest_ms: i32, call: impl Fn(&str) + 'static) {
    let call = Rc::new(call);
    let events = Rc::new(Cell::new(0u32));
    let heard = move |event: &PageEvent| {
        let now = events.get().wrapping_add(1);
        events.set(now);
        let Some((_, value)) = nearest(event, attribute) else {
            return;
        };
        if event.type_() == OVER {
            let (call, events) = (call.clone(), events.clone());
            after(rest_ms, move || {
                // Else the pointer has moved on.
                if events.get() == now {
                    call(&value);
                }
            });
        } else {
            call(&value);
        }
    };
    if let Some(element) = element(id) {
        // First, because who listens inside may act on it at once.
        listen_to(&element, &[OVER, "pointerdown", "focusin"], true, Box::new(heard));
    }
}

const OVER: &str = "pointerover";

/// For an event anywhere inside an element: the nearest element around its target that has this attribute, and the
/// attribute's value.
pub fn nearest(event: &web_sys::Event, attribute: &str) -> Option<(Element, String)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let found = target.closest(&format!("[{attribute}]")).ok()??;
    let value = found.get_attribute(attribute)?;
    Some((found, value))
}

/// What the reader does in a field for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Its text has changed.
    Goes,
    /// The reader has pressed Enter, or left it.
    Ends,
}

/// Calls back with the text of the field with this id whenever the reader changes it, and when that comes to an end.
pub fn on_typing(id: &str, mut call: impl FnMut(Typing, &str) + 'static) {
    on_events(id, &["input", "change"], move |event| {
        let typing = if event.type_() == "input" {
            Typing::Goes
        } else {
            Typing::Ends
        };
        call(typing, &field_text(event));
    });
}

/// Puts a text into the field with this id.
pub fn put_text(id: &str, text: &str) {
    if let Some(field) = element(id) {
        put_value(&field, text);
    }
}

/// Puts a value into a field, or chooses the option with this value.
pub fn put_value(field: &JsValue, value: &str) {
    // What is no field takes it as well, and nothing comes of it.
    drop(Reflect::set(field, &"value".into(), &value.into()));
}

/// What stands in the field an event comes from.
pub fn field_text(event: &web_sys::Event) -> String {
    event.target().map_or_else(String::new, |target| text_in(&target))
}

/// What stands in the field with this id, without white space around it.
pub fn text_of(id: &str) -> String {
    element(id).map_or_else(String::new, |field| text_in(&field).trim().to_owned())
}

fn text_in(field: &JsValue) -> String {
    let input = field.dyn_ref::<web_sys::HtmlInputElement>();
    let select = field.dyn_ref::<web_sys::HtmlSelectElement>();
    input
        .map(|input| input.value())
        .or_else(|| select.map(|select| select.value()))
        .unwrap_or_default()
}

/// Where an event of a mouse or another pointer is inside an element, in CSS pixels from its top left corner, and the
/// element's size.
pub fn place_in(element: &Element, event: &PageEvent) -> Option<((f64, f64), (f64, f64))> {
    let event: &web_sys::MouseEvent = event.dyn_ref()?;
    let rect = element.get_bounding_client_rect();
    let at = (
        f64::from(event.client_x()) - rect.left(),
        f64::from(event.client_y()) - rect.top(),
    );
    Some((at, (rect.width(), rect.height())))
}

/// Keeps the events of a pointer coming to the element it went down on, wherever it moves.
pub fn capture(event: &web_sys::PointerEvent) {
    let target = event
        .current_target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(target) = target {
        drop(target.set_pointer_capture(event.pointer_id()));
    }
}

/// Opens a dialog so that nothing behind it can be reached, or closes it.
pub fn show_dialog(id: &str, open: bool) {
    let dialog = element(id).and_then(|element| element.dyn_into::<web_sys::HtmlDialogElement>().ok());
    match dialog {
        Some(dialog) if open && !dialog.open() => drop(dialog.show_modal()),
        Some(dialog) if !open && dialog.open() => dialog.close(),
        _ => {}
    }
}
