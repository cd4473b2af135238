//! Canvases: sized for the density of the screen, drawn upon, saved.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::page;
use crate::charts::surface::{Brush, DrawFailed, Drawn, FAMILY, Letters, Paint, Point, Surface};
use crate::numbers::tenths;

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
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into().ok());
    let context: CanvasRenderingContext2d =
        context.ok_or_else(|| DrawFailed::because("this browser gives no 2D canvas"))?;
    context.set_text_baseline("middle");
    Ok(Surface(Box::new(Strokes {
        context,
        size: (across, down),
    })))
}

/// Marks on a canvas.
struct Strokes {
    context: CanvasRenderingContext2d,
    size: (u32, u32),
}

/// Half a pixel where a line of this width would else lie across two, as an odd one does on whole numbers.
fn nudge(paint: &Paint) -> f64 {
    if paint.stroke.is_some_and(|width| width % 2 == 1) {
        0.5
    } else {
        0.0
    }
}

impl Strokes {
    fn take(&self, paint: &Paint) {
        let (red, green, blue) = paint.rgb;
        let alpha = (paint.alpha * 255.0).round() as u8;
        let colour = format!("#{red:02x}{green:02x}{blue:02x}{alpha:02x}");
        match paint.stroke {
            None => self.context.set_fill_style_str(&colour),
            Some(width) => {
                self.context.set_stroke_style_str(&colour);
                self.context.set_line_width(f64::from(width));
            }
        }
    }

    fn put(&self, paint: &Paint) {
        match paint.stroke {
            None => self.context.fill(),
            Some(_) => self.context.stroke(),
        }
    }
}

fn refused(_: JsValue) -> DrawFailed {
    DrawFailed::because("this browser refuses to draw on a canvas")
}

impl Brush for Strokes {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn rectangle(&mut self, from: Point, to: Point, paint: &Paint) -> Drawn {
        self.take(paint);
        let nudge = nudge(paint);
        let (x, y) = (f64::from(from.0) + nudge, f64::from(from.1) + nudge);
        let (width, height) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        match paint.stroke {
            None => self.context.fill_rect(x, y, width, height),
            Some(_) => self.context.stroke_rect(x, y, width, height),
        }
        Ok(())
    }

    fn path(&mut self, points: &[Point], paint: &Paint) -> Drawn {
        self.take(paint);
        // Only what is level or upright can lie on the pixels; anything else is smoothed anyway.
        let straight = |at: fn(&Point) -> i32| points.windows(2).all(|pair| at(&pair[0]) == at(&pair[1]));
        let right = if straight(|point| point.0) { nudge(paint) } else { 0.0 };
        let down = if straight(|point| point.1) { nudge(paint) } else { 0.0 };
        self.context.begin_path();
        for (x, y) in points {
            // The first line of a path only moves to its end.
            self.context.line_to(f64::from(*x) + right, f64::from(*y) + down);
        }
        self.put(paint);
        Ok(())
    }

    fn circle(&mut self, (x, y): Point, radius: u32, paint: &Paint) -> Drawn {
        self.take(paint);
        self.context.begin_path();
        self.context
            .arc(
                f64::from(x),
                f64::from(y),
                f64::from(radius),
                0.0,
                std::f64::consts::TAU,
            )
            .map_err(refused)?;
        self.put(paint);
        Ok(())
    }

    fn text(&mut self, text: &str, (x, y): Point, letters: &Letters) -> Drawn {
        self.take(&Paint {
            rgb: letters.rgb,
            alpha: 1.0,
            stroke: None,
        });
        let weight = if letters.bold { "bold" } else { "normal" };
        self.context
            .set_font(&format!("{weight} {}px {FAMILY}", tenths(letters.size)));
        self.context.set_text_align(match letters.side {
            "middle" => "center",
            side => side,
        });
        self.context
            .fill_text(text, f64::from(x), f64::from(y))
            .map_err(refused)
    }

    fn finish(&mut self) {}
}

/// The canvas with this id.
pub fn of(id: &str) -> Option<Canvas> {
    page::element(id)?.dyn_into().ok()
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
