//! What charts are drawn on: a canvas of the page, or an SVG file, behind one drawing backend.
//!
//! One type for both keeps the drawing code in the module once. Text is measured by [`text_width`], never by plotters,
//! whose own way on the web makes and removes an element of the document at every call.

use std::fmt;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};
use plotters_canvas::CanvasBackend;
use plotters_svg::SVGBackend;

/// The family in which charts are lettered, the page's own.
pub const FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/// plotters-svg writes a font size as 1/1.24 of what it is asked for.
const SVG_FONT_RATIO: f64 = 1.24;

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

/// A canvas or an SVG text.
pub enum Surface<'a> {
    /// A canvas of the page.
    Canvas(CanvasBackend),
    /// An SVG text.
    Svg(SVGBackend<'a>),
}

impl Surface<'_> {
    /// What to multiply a font size with so that letters come out at that size.
    pub const fn font_ratio(&self) -> f64 {
        match self {
            Surface::Canvas(_) => 1.0,
            Surface::Svg(_) => SVG_FONT_RATIO,
        }
    }
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingErrorKind<E>) -> DrawingErrorKind<DrawFailed> {
    DrawingErrorKind::DrawingError(DrawFailed::because(error))
}

type Drawn = Result<(), DrawingErrorKind<DrawFailed>>;

macro_rules! on_either {
    ($surface:expr, $backend:ident => $draw:expr) => {
        match $surface {
            Surface::Canvas($backend) => $draw.map_err(failed),
            Surface::Svg($backend) => $draw.map_err(failed),
        }
    };
}

impl DrawingBackend for Surface<'_> {
    type ErrorType = DrawFailed;

    fn get_size(&self) -> (u32, u32) {
        match self {
            Surface::Canvas(backend) => backend.get_size(),
            Surface::Svg(backend) => backend.get_size(),
        }
    }

    fn ensure_prepared(&mut self) -> Drawn {
        on_either!(self, backend => backend.ensure_prepared())
    }

    fn present(&mut self) -> Drawn {
        on_either!(self, backend => backend.present())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        on_either!(self, backend => backend.draw_pixel(point, colour))
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        on_either!(self, backend => backend.draw_line(from, to, style))
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        on_either!(self, backend => backend.draw_rect(from, to, style, fill))
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        on_either!(self, backend => backend.draw_path(path, style))
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        on_either!(self, backend => backend.draw_circle(at, radius, style, fill))
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        on_either!(self, backend => backend.fill_polygon(path, style))
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        on_either!(self, backend => backend.draw_text(text, style, at))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<DrawFailed>> {
        let size = style.size() / self.font_ratio();
        let width = text_width(text, size, matches!(style.style(), FontStyle::Bold));
        Ok((width.ceil() as u32, size.ceil() as u32))
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
