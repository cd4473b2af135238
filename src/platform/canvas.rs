//! Canvases: sized for the density of the screen, drawn upon, saved.

use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use crate::charts::surface::{DrawFailed, Surface};

/// A canvas of the page.
pub type Canvas = HtmlCanvasElement;

/// Densities above this cost time and show nothing more.
const MOST_DENSE: f64 = 3.0;

/// Device pixels to a CSS pixel.
pub fn density() -> f64 {
    web_sys::window()
        .map_or(1.0, |window| window.device_pixel_ratio())
        .clamp(1.0, MOST_DENSE)
}

/// Makes a canvas so many CSS pixels large, and gives the surface to draw on.
pub fn surface(canvas: &Canvas, width: f64, height: f64, density: f64) -> Result<Surface<'static>, DrawFailed> {
    let (across, down) = ((width * density).round() as u32, (height * density).round() as u32);
    // Setting a size clears the canvas and costs an allocation even when it stays the same.
    if canvas.width() != across || canvas.height() != down {
        canvas.set_width(across);
        canvas.set_height(down);
    }
    let backend = CanvasBackend::with_canvas_object(canvas.clone());
    backend
        .map(Surface::Canvas)
        .ok_or_else(|| DrawFailed::because("this browser gives no 2D canvas"))
}

/// A canvas outside the page.
pub fn detached() -> Option<Canvas> {
    web_sys::window()?
        .document()?
        .create_element("canvas")
        .ok()?
        .dyn_into()
        .ok()
}

/// Hands over the picture on a canvas as the bytes of a PNG file, when the browser has made them.
pub fn png(canvas: &Canvas, call: impl FnOnce(web_sys::Blob) + 'static) -> Result<(), DrawFailed> {
    let made = Closure::once_into_js(move |blob: JsValue| {
        if let Ok(blob) = blob.dyn_into() {
            call(blob);
        }
    });
    canvas
        .to_blob(made.unchecked_ref())
        .map_err(|_| DrawFailed::because("this browser makes no PNG of it"))
}
