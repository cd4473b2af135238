//! Charts: what they say, their numbers, and how they are drawn. No browser is needed for any of it.

pub mod axis;
pub mod concentration;
pub mod coverage;
pub mod labels;
pub mod leaders;
pub mod palette;
pub mod pen;
pub mod sheet;
pub mod sizes;
pub mod surface;
pub mod svg;
pub mod time;
pub mod typical;

use std::any::Any;

use atlas_protocol::{Facet, MonthRange};

use palette::Colour;
use pen::{Frame, Pen};
use sheet::Sheet;

/// Height in CSS pixels of every chart but that over time.
pub const HEIGHT: f64 = 300.0;

/// A chart of one answer.
pub trait Chart: Any + Send + Sync {
    /// A short name for files and tests, such as `over-time`.
    fn name(&self) -> &'static str;
    /// What is counted, by what.
    fn title(&self) -> String;
    /// What a reader must know to read it rightly, in a sentence.
    fn note(&self) -> String;
    /// What it shows, in a sentence for who cannot see it.
    fn summary(&self) -> String;
    /// Its numbers.
    fn sheet(&self) -> Sheet;
    /// Colours and what they stand for; empty where labels in the drawing, so wide, say it.
    fn legend(&self, width: f64, ink: &palette::Ink) -> Vec<(Colour, String)>;
    /// Height in CSS pixels at a width in CSS pixels; it must not depend on the answer.
    fn height(&self, width: f64) -> f64;
    /// Draws it and says where its marks are.
    fn draw(&self, pen: &Pen<'_>) -> Vec<Mark>;
    /// Whether there is nothing to draw.
    fn is_empty(&self) -> bool;
    /// Whether another chart shows the very same.
    fn is_same(&self, other: &dyn Chart) -> bool;
}

/// [`Chart::is_same`] for charts that can be compared with their own kind.
fn same<C: Chart + PartialEq>(one: &C, other: &dyn Chart) -> bool {
    let other: &dyn Any = other;
    other.downcast_ref() == Some(one)
}

/// A place in a chart that tells more when pointed at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Where it can be pointed at.
    pub target: Frame,
    /// Where its tooltip stands.
    pub anchor: (f64, f64),
    /// Heading of the tooltip.
    pub title: String,
    /// Lines of the tooltip: colour, name, value.
    pub lines: Vec<(Option<Colour>, String, String)>,
    /// What a press filters by.
    pub press: Option<Press>,
    /// Whether arrow keys stop here.
    pub stop: bool,
}

/// What a press on a mark does to the question.
#[derive(Clone, Debug, PartialEq)]
pub enum Press {
    /// Switches a value of a facet.
    Toggle(Facet, String),
    /// Leaves a value of a facet out.
    Without(Facet, String),
    /// Counts only downloads made in these months.
    Made(MonthRange),
}

impl Mark {
    /// The mark in words, for a screen reader.
    pub fn spoken(&self) -> String {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|(_, name, value)| format!("{name} {value}"))
            .collect();
        format!("{}: {}", self.title, lines.join(", "))
    }
}
