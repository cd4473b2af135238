//! Drawing in CSS pixels and in the units of an axis, whatever the density of the screen.

use std::cell::RefCell;

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle};

use super::axis::Axis;
use super::palette::{Colour, Ink, needs_outline};
use super::surface::{DrawFailed, FAMILY, Surface, text_width};

/// Size of lettering in CSS pixels.
pub const TEXT: f64 = 12.0;

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
}

impl Frame {
    /// Whether a point lies inside.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.left <= x && x <= self.right && self.top <= y && y <= self.bottom
    }
}

/// How a text stands at its point and looks.
#[derive(Clone, Copy, Debug)]
pub struct Lettering {
    /// Which side of the text is at the point.
    pub side: Side,
    /// Colour.
    pub colour: Colour,
    /// Bold face.
    pub bold: bool,
}

/// Horizontal anchor of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The text begins at the point.
    Start,
    /// The text is centred on the point.
    Middle,
    /// The text ends at the point.
    End,
}

/// Draws on a surface. The first failure is kept and told by [`Pen::finish`]; what follows it is not drawn.
pub struct Pen<'a> {
    area: DrawingArea<Surface<'a>, Shift>,
    density: f64,
    font_ratio: f64,
    failure: RefCell<Option<DrawFailed>>,
    /// Width of the surface in CSS pixels.
    pub width: f64,
    /// Height of the surface in CSS pixels.
    pub height: f64,
    /// Inks of the theme.
    pub ink: &'static Ink,
}

impl<'a> Pen<'a> {
    /// A pen for a surface with `density` device pixels to a CSS pixel; the surface is covered with paper.
    pub fn new(surface: Surface<'a>, density: f64, ink: &'static Ink) -> Pen<'a> {
        let font_ratio = surface.font_ratio();
        let area = surface.into_drawing_area();
        let (width, height) = area.dim_in_pixel();
        let pen = Pen {
            density,
            font_ratio,
            failure: RefCell::new(None),
            width: f64::from(width) / density,
            height: f64::from(height) / density,
            ink,
            area,
        };
        pen.note(pen.area.fill(&ink.paper).map_err(DrawFailed::because));
        pen
    }

    /// A plot inside a frame: `x` runs from left to right, `y` from bottom to top.
    pub fn plot(&self, frame: Frame, x: Axis, y: Axis) -> Plot<'a, '_> {
        let across = self.device(frame.left)..self.device(frame.right);
        let upwards = self.device(frame.bottom)..self.device(frame.top);
        let area = self
            .area
            .apply_coord_spec(Cartesian2d::<Axis, Axis>::new(x, y, (across, upwards)));
        Plot {
            pen: self,
            area,
            frame,
            x,
            y,
        }
    }

    /// Writes a text, vertically centred on its point.
    pub fn text(&self, x: f64, y: f64, text: &str, look: Lettering) {
        let size = TEXT * self.density * self.font_ratio;
        let face = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
        let side = match look.side {
            Side::Start => HPos::Left,
            Side::Middle => HPos::Center,
            Side::End => HPos::Right,
        };
        let style = FontDesc::new(FontFamily::Name(FAMILY), size, face)
            .color(&look.colour)
            .pos(Pos::new(side, VPos::Center));
        let at = (self.device(x), self.device(y));
        self.note(self.area.draw_text(text, &style, at).map_err(DrawFailed::because));
    }

    /// The width of a text in CSS pixels.
    pub fn text_width(&self, text: &str, bold: bool) -> f64 {
        text_width(text, TEXT, bold)
    }

    /// The longest beginning of a text that fits a width, with an ellipsis where it was cut.
    pub fn fitted(&self, text: &str, width: f64) -> String {
        if self.text_width(text, false) <= width {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().collect();
        while kept.pop().is_some() {
            let cut: String = kept.iter().chain(&['…']).collect();
            if self.text_width(&cut, false) <= width {
                return cut;
            }
        }
        String::new()
    }

    /// A straight line, `width` CSS pixels wide.
    pub fn line(&self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) {
        let points = [from, to].map(|(x, y)| (self.device(x), self.device(y)));
        self.element(&self.area, &PathElement::new(points, self.stroke(colour, width)));
    }

    /// A filled rectangle with an outline where its colour is pale.
    pub fn bar(&self, frame: Frame, colour: Colour) {
        let corners =
            [(frame.left, frame.top), (frame.right, frame.bottom)].map(|(x, y)| (self.device(x), self.device(y)));
        self.element(&self.area, &Rectangle::new(corners, colour.filled()));
        if needs_outline(colour, self.ink) {
            self.element(&self.area, &Rectangle::new(corners, self.stroke(self.ink.muted, 1.0)));
        }
    }

    /// Ends the drawing and tells whether all of it succeeded.
    pub fn finish(self) -> Result<(), DrawFailed> {
        self.note(self.area.present().map_err(DrawFailed::because));
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn device(&self, length: f64) -> i32 {
        (length * self.density).round() as i32
    }

    fn stroke(&self, colour: Colour, width: f64) -> ShapeStyle {
        ShapeStyle {
            color: colour.to_rgba(),
            filled: false,
            stroke_width: (width * self.density).round().max(1.0) as u32,
        }
    }

    fn element<C, E>(&self, area: &DrawingArea<Surface<'a>, C>, element: &E)
    where
        C: plotters::coord::CoordTranslate,
        for<'b> &'b E: PointCollection<'b, C::From>,
        E: Drawable<Surface<'a>>,
    {
        if self.failure.borrow().is_none() {
            self.note(area.draw(element).map_err(DrawFailed::because));
        }
    }

    fn note(&self, drawn: Result<(), DrawFailed>) {
        if let Err(failure) = drawn {
            self.failure.borrow_mut().get_or_insert(failure);
        }
    }
}

/// A frame with two axes, drawn in their units.
pub struct Plot<'a, 'p> {
    pen: &'p Pen<'a>,
    area: DrawingArea<Surface<'a>, Cartesian2d<Axis, Axis>>,
    /// Where it lies.
    pub frame: Frame,
    x: Axis,
    y: Axis,
}

impl Plot<'_, '_> {
    /// Where a point lies, in CSS pixels.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let frame = self.frame;
        (
            frame.left + self.x.fraction(x) * (frame.right - frame.left),
            frame.bottom - self.y.fraction(y) * (frame.bottom - frame.top),
        )
    }

    /// Horizontal grid lines with their labels on the left.
    pub fn grid(&self, most: usize, label: impl Fn(f64) -> String) {
        let ink = self.pen.ink;
        for tick in self.y.ticks(most) {
            let (_, y) = self.at(0.0, tick);
            self.pen
                .line((self.frame.left, y), (self.frame.right, y), ink.rule, 1.0);
            let look = Lettering {
                side: Side::End,
                colour: ink.muted,
                bold: false,
            };
            self.pen.text(self.frame.left - 6.0, y, &label(tick), look);
        }
    }

    /// The line along the bottom.
    pub fn floor(&self) {
        let Frame {
            left, right, bottom, ..
        } = self.frame;
        self.pen.line((left, bottom), (right, bottom), self.pen.ink.muted, 1.0);
    }

    /// A label under the bottom at a value of x, with a small tick.
    pub fn under(&self, x: f64, label: &str, side: Side) {
        let (x, bottom) = (self.at(x, 0.0).0, self.frame.bottom);
        self.pen.line((x, bottom), (x, bottom + 4.0), self.pen.ink.muted, 1.0);
        self.pen.text(
            x,
            bottom + 14.0,
            label,
            Lettering {
                side,
                colour: self.pen.ink.muted,
                bold: false,
            },
        );
    }

    /// A filled bar between two values of x and two of y, outlined where its colour is pale.
    pub fn bar(&self, (x0, x1): (f64, f64), (y0, y1): (f64, f64), colour: Colour) {
        let corners = [(x0, y1), (x1, y0)];
        self.pen.element(&self.area, &Rectangle::new(corners, colour.filled()));
        if needs_outline(colour, self.pen.ink) {
            self.pen.element(
                &self.area,
                &Rectangle::new(corners, self.pen.stroke(self.pen.ink.muted, 1.0)),
            );
        }
    }

    /// The share of everything behind a bar of the slice.
    pub fn ghost(&self, span: (f64, f64), level: f64) {
        let corners = [(span.0, level), (span.1, 0.0)];
        self.pen
            .element(&self.area, &Rectangle::new(corners, self.pen.ink.ghost.filled()));
    }

    /// A bar from the floor up, a little narrower than its span so that a ghost behind it shows at the sides.
    pub fn inset(&self, span: (f64, f64), level: f64, colour: Colour) {
        let (left, top) = self.at(span.0, level);
        let (right, bottom) = self.at(span.1, 0.0);
        let margin = ((right - left) * 0.16).min(4.0);
        self.pen.bar(
            Frame {
                left: left + margin,
                top,
                right: right - margin,
                bottom,
            },
            colour,
        );
    }

    /// A filled shape.
    pub fn area(&self, points: Vec<(f64, f64)>, colour: Colour) {
        self.pen
            .element(&self.area, &Polygon::new(points, colour.mix(0.18).filled()));
    }

    /// A line through points, `width` CSS pixels wide.
    pub fn line(&self, points: Vec<(f64, f64)>, colour: Colour, width: f64) {
        self.pen
            .element(&self.area, &PathElement::new(points, self.pen.stroke(colour, width)));
    }

    /// A disc of a radius in CSS pixels; hollow ones show the paper.
    pub fn dot(&self, at: (f64, f64), radius: f64, colour: Colour, hollow: bool) {
        let radius = (radius * self.pen.density).round() as i32;
        let inside = if hollow { self.pen.ink.paper } else { colour };
        self.pen.element(&self.area, &Circle::new(at, radius, inside.filled()));
        let edge = if needs_outline(colour, self.pen.ink) {
            self.pen.ink.muted
        } else {
            colour
        };
        self.pen
            .element(&self.area, &Circle::new(at, radius, self.pen.stroke(edge, 1.5)));
    }
}
