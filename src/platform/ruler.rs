//! The width of texts, measured on a canvas outside the page and remembered.

use std::cell::RefCell;
use std::collections::HashMap;

use wasm_bindgen::JsCast;
use web_sys::CanvasRenderingContext2d;

use super::canvas::detached;
use crate::charts::surface::FAMILY;

/// Widths that are kept; a page letters its charts with far fewer texts.
const KEPT: usize = 4_000;

thread_local! {
    static RULER: Option<CanvasRenderingContext2d> =
        detached().and_then(|canvas| canvas.get_context("2d").ok().flatten()).and_then(|context| context.dyn_into().ok());
    static WIDTHS: RefCell<HashMap<(String, u32, bool), f64>> = RefCell::default();
}

/// The width of a text in pixels at a font size in pixels, in the charts' family; 0 where there is no canvas.
pub fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let key = (text.to_owned(), size.round() as u32, bold);
    if let Some(width) = WIDTHS.with_borrow(|widths| widths.get(&key).copied()) {
        return width;
    }
    let width = RULER.with(|ruler| {
        let ruler = ruler.as_ref()?;
        ruler.set_font(&format!(
            "{} {}px {FAMILY}",
            if bold { "bold" } else { "normal" },
            key.1
        ));
        ruler.measure_text(text).ok().map(|metrics| metrics.width())
    });
    let width = width.unwrap_or(0.0);
    WIDTHS.with_borrow_mut(|widths| {
        if widths.len() >= KEPT {
            widths.clear();
        }
        widths.insert(key, width);
    });
    width
}
