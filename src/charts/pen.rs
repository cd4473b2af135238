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

/// Height of the heading of a poster in CSS pixels.
const HEADING: f64 = 36.0;

/// Height of a line of words in CSS pixels.
const LINE: f64 = 16.0;

/// Space left of the words of a poster in CSS pixels.
const POSTER_MARGIN: f64 = 4.0;

/// Height of a surface for a drawing with a heading and the words below it, in CSS pixels.
pub fn poster_height(drawing: f64, width: f64, below: &str) -> f64 {
    HEADING + drawing + wrapped(below, width - POSTER_MARGIN).len() as f64 * LINE
}

/// A text cut into lines of at most a width in CSS pixels, between words.
fn wrapped(text: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), TEXT, false) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

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
    failure: RefCell<Option<DrawFailed>>,
    /// How far below the top of the surface the drawing begins, in CSS pixels.
    down: f64,
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
        let area = surface.into_drawing_area();
        let (width, height) = area.dim_in_pixel();
        let pen = Pen {
            density,
            failure: RefCell::new(None),
            down: 0.0,
            width: f64::from(width) / density,
            height: f64::from(height) / density,
            ink,
            area,
        };
        pen.note(pen.area.fill(&ink.paper).map_err(DrawFailed::because));
        pen
    }

    /// Writes a heading above and words below, which a picture needs once it has left the page, and leaves the room
    /// between for the drawing: [`poster_height`] says how much the surface needs around it.
    pub fn on_poster(mut self, heading: &str, below: &str) -> Pen<'a> {
        let look = |colour, bold| Lettering {
            side: Side::Start,
            colour,
            bold,
        };
        self.text(
            POSTER_MARGIN,
            HEADING / 2.0,
            &self.fitted(heading, self.width),
            look(self.ink.ink, true),
        );
        let lines = wrapped(below, self.width - POSTER_MARGIN);
        let room = self.height - lines.len() as f64 * LINE;
        for (at, line) in lines.iter().enumerate() {
            self.text(
                POSTER_MARGIN,
                room + (at as f64 + 0.5) * LINE,
                line,
                look(self.ink.muted, false),
            );
        }
        self.down = HEADING;
        self.height = room - HEADING;
        self
    }

    /// A plot inside a frame: `x` runs from left to right, `y` from bottom to top.
    pub fn plot(&self, frame: Frame, x: Axis, y: Axis) -> Plot<'a, '_> {
        let across = self.device(frame.left)..self.device(frame.right);
        let upwards = self.device(frame.bottom + self.down)..self.device(frame.top + self.down);
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
        let size = TEXT * self.density;
        let face = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
        let side = match look.side {
            Side::Start => HPos::Left,
            Side::Middle => HPos::Center,
            Side::End => HPos::Right,
        };
        let style = FontDesc::new(FontFamily::Name(FAMILY), size, face)
            .color(&look.colour)
            .pos(Pos::new(side, VPos::Center));
        let at = self.pixel((x, y));
        self.note(self.area.draw_text(text, &style, at).map_err(DrawFailed::because));
    }

    /// Writes a text on a piece of paper of its own, over whatever is there, and moves it so that all of it can be read.
    pub fn text_on_paper(&self, x: f64, y: f64, text: &str, look: Lettering) {
        let width = self.text_width(text, look.bold);
        let left = match look.side {
            Side::Start => x,
            Side::Middle => x - width / 2.0,
            Side::End => x - width,
        };
        let left = left.min(self.width - width).max(0.0);
        let frame = Frame {
            left: left - 2.0,
            top: y - TEXT / 2.0 - 1.0,
            right: left + width + 2.0,
            bottom: y + TEXT / 2.0 + 1.0,
        };
        let corners = [(frame.left, frame.top), (frame.right, frame.bottom)].map(|at| self.pixel(at));
        self.element(&self.area, &Rectangle::new(corners, self.ink.paper.filled()));
        self.text(
            left,
            y,
            text,
            Lettering {
                side: Side::Start,
                ..look
            },
        );
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
        let points = [from, to].map(|at| self.pixel(at));
        self.element(&self.area, &PathElement::new(points, self.stroke(colour, width)));
    }

    /// A filled rectangle with an outline where its colour is pale.
    pub fn bar(&self, frame: Frame, colour: Colour) {
        let corners = [(frame.left, frame.top), (frame.right, frame.bottom)].map(|at| self.pixel(at));
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

    fn pixel(&self, (x, y): (f64, f64)) -> (i32, i32) {
        (self.device(x), self.device(y + self.down))
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

    /// Labels under the bottom, each with a small tick at its value of x, ascending; those without room are left out.
    pub fn under(&self, labels: impl IntoIterator<Item = (f64, String)>) {
        let (ink, bottom) = (self.pen.ink, self.frame.bottom);
        let mut free_from = f64::NEG_INFINITY;
        for (value, label) in labels {
            let half = self.pen.text_width(&label, false) / 2.0;
            let (x, _) = self.at(value, 0.0);
            if x - half < free_from || x + half > self.pen.width {
                continue;
            }
            self.pen.line((x, bottom), (x, bottom + 4.0), ink.muted, 1.0);
            let look = Lettering {
                side: Side::Middle,
                colour: ink.muted,
                bold: false,
            };
            self.pen.text(x, bottom + 14.0, &label, look);
            free_from = x + half + 6.0;
        }
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

    /// A shape filled with so much of a colour, 0 to 1.
    pub fn area(&self, points: Vec<(f64, f64)>, colour: Colour, strength: f64) {
        self.pen
            .element(&self.area, &Polygon::new(points, colour.mix(strength).filled()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::palette::LIGHT;
    use crate::charts::svg::Svg;

    fn drawn(height: u32, draw: impl FnOnce(Pen<'_>) -> Pen<'_>) -> String {
        let mut text = String::new();
        let pen = Pen::new(Surface(Box::new(Svg::new(&mut text, (400, height)))), 1.0, &LIGHT);
        draw(pen).finish().unwrap();
        text
    }

    #[test]
    fn lines_are_cut_between_words_and_none_is_lost() {
        let text = "Columns are when models were published; the counts are those of the 30 days before.";
        let lines = wrapped(text, 120.0);
        assert!(lines.len() > 2);
        assert!(lines.iter().all(|line| text_width(line, TEXT, false) <= 120.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_poster_has_its_words_around_the_drawing() {
        let below = "Source: a snapshot.";
        let height = poster_height(100.0, 400.0, below);
        let svg = drawn(height as u32, |pen| {
            let pen = pen.on_poster("Downloads", below);
            assert_eq!(pen.height, 100.0);
            pen.line((0.0, 0.0), (10.0, 100.0), LIGHT.ink, 1.0);
            pen
        });
        assert!(svg.contains("Downloads") && svg.contains(below), "{svg}");
        assert!(svg.contains("points=\"0,36 10,136 \""), "{svg}");
    }

    #[test]
    fn a_text_beyond_the_edge_is_moved_inside() {
        let svg = drawn(40, |pen| {
            pen.text_on_paper(
                20.0,
                10.0,
                "median by use 568M",
                Lettering {
                    side: Side::End,
                    colour: LIGHT.ink,
                    bold: true,
                },
            );
            pen
        });
        assert!(svg.contains("<text x=\"0\""), "{svg}");
    }

    #[test]
    fn pale_bars_are_outlined_and_others_are_not() {
        let rectangles = |colour| {
            let frame = Frame {
                left: 1.0,
                top: 1.0,
                right: 9.0,
                bottom: 9.0,
            };
            drawn(40, |pen| {
                pen.bar(frame, colour);
                pen
            })
            .matches("<rect")
            .count()
        };
        // The first rectangle is the paper.
        assert_eq!(rectangles(LIGHT.ink), 2);
        assert_eq!(rectangles(LIGHT.rule), 3);
    }
}
