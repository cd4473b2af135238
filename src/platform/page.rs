//! The document and the window around it.

use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, HtmlElement, ResizeObserver, ResizeObserverEntry};

/// An element of the page.
pub type PageElement = HtmlElement;

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
    let done = std::rc::Rc::new(std::cell::Cell::new(Some(done)));
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
        js_sys::Reflect::get(&promise, &"then".into())
            .ok()
            .and_then(|then| then.dyn_ref::<Function>()?.call2(&promise, yes, no).ok()),
    );
}

/// Calls back after so many milliseconds. Returns a number by which [`cancel_after`] stops it.
pub fn after(milliseconds: i32, call: impl FnOnce() + 'static) -> Option<i32> {
    let call = Closure::once_into_js(call);
    let window = web_sys::window()?;
    window
        .set_timeout_with_callback_and_timeout_and_arguments_0(call.unchecked_ref(), milliseconds)
        .ok()
}

/// Stops what [`after`] began.
pub fn cancel_after(handle: i32) {
    if let Some(window) = web_sys::window() {
        window.clear_timeout_with_handle(handle);
    }
}

/// Calls back before the next paint.
pub fn before_paint(call: impl FnOnce() + 'static) {
    let call = Closure::once_into_js(call);
    if let Some(window) = web_sys::window() {
        drop(window.request_animation_frame(call.unchecked_ref()));
    }
}

/// Watches the width of an element in CSS pixels for as long as it is kept.
pub struct WidthWatch {
    observer: ResizeObserver,
    _on_change: Closure<dyn FnMut(js_sys::Array)>,
}

impl WidthWatch {
    /// Calls back with the width now and whenever it changes.
    pub fn new(element: &Element, mut call: impl FnMut(f64) + 'static) -> Option<WidthWatch> {
        let on_change = Closure::new(move |entries: js_sys::Array| {
            if let Ok(entry) = entries.get(0).dyn_into::<ResizeObserverEntry>() {
                call(entry.content_rect().width());
            }
        });
        let observer = ResizeObserver::new(on_change.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(WidthWatch {
            observer,
            _on_change: on_change,
        })
    }
}

impl Drop for WidthWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

thread_local! {
    static ON_DENSITY_CHANGE: std::cell::RefCell<Vec<Box<dyn Fn()>>> = std::cell::RefCell::default();
}

/// Calls back when the density of the screen may have changed: another screen, another zoom.
pub fn on_density_change(call: impl Fn() + 'static) {
    let first = ON_DENSITY_CHANGE.with_borrow_mut(|calls| {
        calls.push(Box::new(call));
        calls.len() == 1
    });
    if !first {
        return;
    }
    let listener =
        Closure::<dyn FnMut()>::new(|| ON_DENSITY_CHANGE.with_borrow(|calls| calls.iter().for_each(|call| call())));
    if let Some(window) = web_sys::window() {
        window.set_onresize(Some(listener.as_ref().unchecked_ref()));
    }
    listener.forget();
}

/// Calls back when the element with this id is pressed.
pub fn on_press(id: &str, call: impl FnMut() + 'static) {
    let listener = Closure::<dyn FnMut()>::new(call);
    if let Some(element) = element(id) {
        element.set_onclick(Some(listener.as_ref().unchecked_ref()));
    }
    listener.forget();
}

/// Calls back for every key pressed anywhere in the page, with the key, and whether Ctrl or Command and Shift are down;
/// keys pressed in a field for text are left alone. Answering true keeps the browser from acting on it.
pub fn on_key(mut call: impl FnMut(&str, bool, bool) -> bool + 'static) {
    let listener = Closure::<dyn FnMut(web_sys::KeyboardEvent)>::new(move |event: web_sys::KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let in_field = target.is_some_and(|target| target.matches("input, select, textarea").unwrap_or(false));
        if !in_field && call(&event.key(), event.ctrl_key() || event.meta_key(), event.shift_key()) {
            event.prevent_default();
        }
    });
    if let Some(document) = document() {
        document.set_onkeydown(Some(listener.as_ref().unchecked_ref()));
    }
    listener.forget();
}

/// Calls back with an attribute's value when the reader comes near something inside the element with this id that has
/// it: when the pointer has rested there for so many milliseconds, when it goes down, when the keyboard comes to it.
pub fn on_approach(id: &str, attribute: &'static str, rest_ms: i32, call: impl Fn(&str) + 'static) {
    let call = std::rc::Rc::new(call);
    let events = std::rc::Rc::new(std::cell::Cell::new(0u32));
    let listener = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        let now = events.get().wrapping_add(1);
        events.set(now);
        let Some((_, value)) = nearest(&event, attribute) else {
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
    });
    if let Some(element) = element(id) {
        for event in [OVER, "pointerdown", "focusin"] {
            // Before any listener inside hears of it, who may act on it at once.
            drop(element.add_event_listener_with_callback_and_bool(event, listener.as_ref().unchecked_ref(), true));
        }
    }
    listener.forget();
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

/// Where a pointer is inside an element, in CSS pixels from its top left corner, and the element's size.
pub fn place_in(element: &Element, event: &web_sys::MouseEvent) -> ((f64, f64), (f64, f64)) {
    let rect = element.get_bounding_client_rect();
    let at = (
        f64::from(event.client_x()) - rect.left(),
        f64::from(event.client_y()) - rect.top(),
    );
    (at, (rect.width(), rect.height()))
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
