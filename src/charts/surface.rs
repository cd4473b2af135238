//! What charts are drawn on: a canvas of the page, or an SVG file, behind one drawing backend.
//!
//! One type for both keeps the drawing code in the module once. Text is measured by [`text_width`], never by plotters,
//! whose own way on the web makes and removes an element of the document at every call.

use std::fmt;

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

/// The family in which charts are lettered, the page's own.
pub const FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/// A chart could not be drawn.
#[derive(Debug)]
pub struct DrawFailed(String);

impl fmt::Display for DrawFailed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "This chart could not be drawn: {}. Its numbers are under “Table”.",
            self.0
        )
    }
}

impl std::error::Error for DrawFailed {}

impl DrawFailed {
    /// A failure for this reason.
    pub fn because(reason: impl fmt::Display) -> DrawFailed {
        DrawFailed(reason.to_string())
    }
}

/// Whether a mark was drawn.
pub type Drawn = Result<(), DrawFailed>;

/// A place in device pixels.
pub type Point = BackendCoord;

/// How a mark looks.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    /// Red, green and blue.
    pub rgb: (u8, u8, u8),
    /// Opacity, 0 to 1.
    pub alpha: f64,
    /// Width of its line in device pixels; `None` where it is filled.
    pub stroke: Option<u32>,
}

/// How a text looks. It stands vertically centred on its place.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// Red, green and blue.
    pub rgb: (u8, u8, u8),
    /// Size in device pixels.
    pub size: f64,
    /// Bold face.
    pub bold: bool,
    /// Which part of the text is at its place: `start`, `middle`, `end`.
    pub side: &'static str,
}

/// What marks end up on.
pub trait Brush {
    /// Width and height in device pixels.
    fn size(&self) -> (u32, u32);
    /// A rectangle between two corners.
    fn rectangle(&mut self, from: Point, to: Point, paint: &Paint) -> Drawn;
    /// A line through points, or the shape they enclose where it is filled.
    fn path(&mut self, points: &[Point], paint: &Paint) -> Drawn;
    /// A circle or a disc.
    fn circle(&mut self, at: Point, radius: u32, paint: &Paint) -> Drawn;
    /// A text.
    fn text(&mut self, text: &str, at: Point, letters: &Letters) -> Drawn;
    /// Nothing more will be drawn.
    fn finish(&mut self);
}

/// A canvas or an SVG text, as a backend of plotters.
pub struct Surface<'a>(pub Box<dyn Brush + 'a>);

type Told = Result<(), DrawingErrorKind<DrawFailed>>;

fn told(drawn: Drawn) -> Told {
    drawn.map_err(DrawingErrorKind::DrawingError)
}

fn paint(style: &impl BackendStyle, fill: bool) -> Paint {
    let BackendColor { alpha, rgb } = style.color();
    Paint {
        rgb,
        alpha,
        stroke: (!fill).then(|| style.stroke_width()),
    }
}

impl DrawingBackend for Surface<'_> {
    type ErrorType = DrawFailed;

    fn get_size(&self) -> (u32, u32) {
        self.0.size()
    }

    fn ensure_prepared(&mut self) -> Told {
        Ok(())
    }

    fn present(&mut self) -> Told {
        self.0.finish();
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Told {
        told(self.0.rectangle((x, y), (x + 1, y + 1), &paint(&colour, true)))
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Told {
        told(self.0.path(&[from, to], &paint(style, false)))
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Told {
        told(self.0.rectangle(from, to, &paint(style, fill)))
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Told {
        let points: Vec<_> = path.into_iter().collect();
        told(self.0.path(&points, &paint(style, false)))
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, style: &S, fill: bool) -> Told {
        told(self.0.circle(at, radius, &paint(style, fill)))
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Told {
        let points: Vec<_> = path.into_iter().collect();
        told(self.0.path(&points, &paint(style, true)))
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Told {
        let letters = Letters {
            rgb: style.color().rgb,
            size: style.size(),
            bold: matches!(style.style(), FontStyle::Bold),
            side: match style.anchor().h_pos {
                HPos::Left => "start",
                HPos::Center => "middle",
                HPos::Right => "end",
            },
        };
        told(self.0.text(text, at, &letters))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<DrawFailed>> {
        let width = text_width(text, style.size(), matches!(style.style(), FontStyle::Bold));
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}

/// The width of a text in pixels, in the charts' family at a size in pixels.
#[cfg(target_arch = "wasm32")]
pub fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    crate::platform::ruler::text_width(text, size, bold)
}

/// The width of a text in pixels, from the common widths of a sans-serif face: outside a browser there is no face.
#[cfg(not(target_arch = "wasm32"))]
pub fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let em = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | '|' | ':' | ' ' | '\'' => 0.28,
        'm' | 'w' | 'M' | 'W' | '%' | '—' => 0.86,
        'A'..='Z' => 0.66,
        _ => 0.55,
    };
    let width: f64 = text.chars().map(em).sum::<f64>() * size;
    if bold { width * 1.06 } else { width }
}
