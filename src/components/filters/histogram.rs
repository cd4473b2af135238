//! An ordered facet as a histogram with a brush, and two fields that do the same without dragging.

use atlas_protocol::size::parse_count;
use atlas_protocol::{Answer, Clause, Dataset, Facet, MonthRange as Months};

use crate::components::markup::{Element, Markup, drawn, element};
use crate::components::place::{field, fill_now, live};
use crate::numbers::{self, tenths, thousandths};
use crate::platform::page::{self, PageEvent, Pointer};
use crate::reactive::*;
use crate::state::brush::{Bin, between, bins, clause, months_made, span};
use crate::state::view::View;
use crate::state::{Atlas, atlas, put_clause};

/// Bins that a press on Page Up or Page Down passes over.
const PAGE: usize = 5;

/// How near a pointer must be to a handle to take it, as a fraction of the width.
const REACH: f64 = 0.04;

/// What a brush draws a range of.
#[derive(Clone, Copy, PartialEq)]
enum Ranged {
    /// The values of an ordered facet.
    Facet(Facet),
    /// The months in which downloads were made.
    Made,
}

impl Ranged {
    const fn key(self) -> &'static str {
        match self {
            Ranged::Facet(facet) => facet.key(),
            Ranged::Made => "made",
        }
    }

    /// The facet whose rules its ends follow.
    const fn facet(self) -> Facet {
        match self {
            Ranged::Facet(facet) => facet,
            Ranged::Made => Facet::Month,
        }
    }

    fn bins(self, answer: &Answer, dataset: &Dataset) -> Vec<Bin> {
        match self {
            Ranged::Facet(facet) => bins(answer, dataset, facet),
            Ranged::Made => months_made(answer, dataset),
        }
    }

    /// The range in force.
    fn clause(self, atlas: Atlas) -> Option<Clause> {
        match self {
            Ranged::Facet(facet) => atlas.clause(facet),
            Ranged::Made => {
                let Months { from, to } = atlas.view.with(|view| view.query.made.clone());
                (from.is_some() || to.is_some()).then_some(Clause::Range { from, to })
            }
        }
    }

    fn put(self, view: &mut View, clause: Option<Clause>) {
        match (self, clause) {
            (Ranged::Facet(facet), clause) => put_clause(view, facet, clause),
            (Ranged::Made, Some(Clause::Range { from, to })) => view.count_made(Months { from, to }),
            (Ranged::Made, _) => view.count_made(Months::default()),
        }
    }
}

#[derive(Clone, Copy)]
struct Brush {
    atlas: Atlas,
    of: Ranged,
    bins: Memo<Vec<Bin>>,
    /// Positions of the first and last bin of the range in force.
    span: Memo<Option<(usize, usize)>>,
    /// The bin a drag began at, while one is under way.
    anchor: StoredValue<Option<usize>>,
}

impl Brush {
    fn new(of: Ranged) -> Brush {
        let atlas = atlas();
        let found = Memo::new(move |_| {
            atlas
                .answered()
                .map(|(answer, dataset)| of.bins(&answer, &dataset))
                .unwrap_or_default()
        });
        let span = Memo::new(move |_| {
            let clause = of.clause(atlas);
            found.with(|bins| span(of.facet(), bins, clause.as_ref()))
        });
        Brush {
            atlas,
            of,
            bins: found,
            span,
            anchor: StoredValue::new(None),
        }
    }

    /// The range in force, or the whole width.
    fn ends(&self) -> (usize, usize) {
        self.span
            .get()
            .unwrap_or((0, self.bins.with(Vec::len).saturating_sub(1)))
    }

    fn drag_to(&self, first: usize, last: usize) {
        let of = self.of;
        let clause = self.bins.with_untracked(|bins| clause(of.facet(), bins, first, last));
        self.atlas.drag(|view| of.put(view, clause));
    }

    fn set(&self, clause: Option<Clause>) {
        let of = self.of;
        self.atlas.step(|view| of.put(view, clause));
    }

    /// Does what an event in the histogram asks for.
    fn hear(&self, event: &PageEvent) {
        let kind = event.type_();
        match (kind.as_str(), page::pointer(event)) {
            ("pointerdown", Some(pointer)) => self.begin(pointer),
            ("pointermove", Some(pointer)) => self.go_on(pointer),
            ("pointerup" | "pointercancel", _) => self.end(),
            ("dblclick", _) => self.set(None),
            ("keydown", _) => {
                if let Some((_, end)) = page::nearest(event, "data-handle") {
                    self.key(end == HIGH, event);
                }
            }
            // A key let go, or the focus gone.
            _ => self.atlas.release(),
        }
    }

    fn begin(&self, event: &Pointer) {
        if event.button() != 0 {
            return;
        }
        let Some((at, fraction)) = self.bin_under(event) else {
            return;
        };
        page::capture(event);
        event.prevent_default();
        // Typing that has not come to rest is a gesture of its own.
        self.atlas.release();
        let count = self.bins.with_untracked(Vec::len).max(1) as f64;
        let near = |edge: f64| (edge / count - fraction).abs() < REACH;
        // Taking a handle leaves the other end where it is; anywhere else a new range begins.
        let anchor = match self.span.get_untracked() {
            Some((first, last)) if near(first as f64) => last,
            Some((first, last)) if near((last + 1) as f64) => first,
            _ => at,
        };
        self.anchor.set_value(Some(anchor));
        self.drag_to(anchor, at);
    }

    fn go_on(&self, event: &Pointer) {
        if let (Some(anchor), Some((at, _))) = (self.anchor.get_value(), self.bin_under(event)) {
            self.drag_to(anchor, at);
        }
    }

    fn end(&self) {
        if self.anchor.get_value().is_some() {
            self.anchor.set_value(None);
            self.atlas.release();
        }
    }

    fn bin_under(&self, event: &Pointer) -> Option<(usize, f64)> {
        let count = self.bins.with_untracked(Vec::len);
        let (area, _) = page::nearest(event, "data-brush")?;
        let ((x, _), (width, _)) = page::place_in(&area, event)?;
        let fraction = (x / width.max(1.0)).clamp(0.0, 1.0);
        let at = (fraction * count as f64) as usize;
        (count > 0).then_some((at.min(count.saturating_sub(1)), fraction))
    }

    /// Moves one end of the range with the keyboard.
    fn key(&self, high: bool, event: &PageEvent) {
        let (first, last) = untrack(|| self.ends());
        let end = self.bins.with_untracked(Vec::len).saturating_sub(1);
        let now = if high { last } else { first };
        let moved = match page::key_name(event).as_str() {
            "ArrowRight" | "ArrowUp" => now + 1,
            "ArrowLeft" | "ArrowDown" => now.saturating_sub(1),
            "PageUp" => now + PAGE,
            "PageDown" => now.saturating_sub(PAGE),
            "Home" => 0,
            "End" => end,
            _ => return,
        };
        event.prevent_default();
        let moved = moved.min(end);
        if high {
            self.drag_to(first.min(moved), moved)
        } else {
            self.drag_to(moved, last.max(moved))
        }
    }
}

/// The histogram of sizes with its brush and its two fields.
pub fn size_range() {
    let brush = Brush::new(Ranged::Facet(Facet::Parameters));
    histogram(brush, ["Smallest size", "Largest size"]);
    size_field(brush, "size-from", false);
    size_field(brush, "size-to", true);
}

/// The histogram of months with its brush and its two fields.
pub fn month_range() {
    let brush = Brush::new(Ranged::Facet(Facet::Month));
    histogram(brush, ["First month", "Last month"]);
    month_field(brush, "month-from", false);
    month_field(brush, "month-to", true);
}

/// The histogram of the months in which downloads were made, with its brush and its two fields. Where there is no
/// history, the style sheet hides the filter.
pub fn made_range() {
    let brush = Brush::new(Ranged::Made);
    histogram(brush, ["First month of download", "Last month of download"]);
    month_field(brush, "made-from", false);
    month_field(brush, "made-to", true);
}

/// What a histogram hears.
const EVENTS: [&str; 8] = [
    "pointerdown",
    "pointermove",
    "pointerup",
    "pointercancel",
    "dblclick",
    "keydown",
    "keyup",
    "focusout",
];

fn histogram(brush: Brush, handles: [&'static str; 2]) {
    let key = brush.of.key();
    let shown = live(move || {
        let picture = brush.bins.with(|bins| picture(bins, brush.span.get(), handles));
        picture.with("data-facet", key)
    });
    let ends = live(move || {
        let label = |at: usize| {
            brush
                .bins
                .with(|bins| bins.get(at).map(|bin| bin.label.clone()).unwrap_or_default())
        };
        let last = brush.bins.with(Vec::len).saturating_sub(1);
        vec![element("span").words(label(0)), element("span").words(label(last))]
    });
    fill_now(
        &format!("brush-{key}"),
        shown.on(&EVENTS, move |event| brush.hear(event)),
    );
    fill_now(&format!("ends-{key}"), ends);
}

/// Marks of the two handles.
const LOW: &str = "low";
const HIGH: &str = "high";

/// Bars, the window over the range in force, and its two handles.
fn picture(bins: &[Bin], span: Option<(usize, usize)>, names: [&'static str; 2]) -> Element {
    let count = bins.len().max(1);
    let (first, last) = span.unwrap_or((0, count - 1));
    let percent = |bins: usize| thousandths(bins as f64 / count as f64 * 100.0);
    let path = |class, pick: fn(&Bin) -> f64, keep: fn(&Bin) -> bool| {
        drawn("path").class(class).with("d", bars_path(bins, pick, keep))
    };
    let bars = drawn("svg")
        .with("viewBox", format!("0 0 {count} 100"))
        .with("preserveAspectRatio", "none")
        .with("aria-hidden", "true")
        .child(path("ghost", |bin| bin.all, |_| true))
        .child(path("faded", |bin| bin.slice, |bin| !bin.selected))
        .child(path("fill", |bin| bin.slice, |bin| bin.selected));
    let window = format!(
        "left:{}%;width:{}%",
        percent(first),
        percent(last + 1 - first.min(last))
    );
    let handle = |end: &'static str, name: &'static str, now: usize, left: String| {
        element("span")
            .class("handle")
            .with("role", "slider")
            .with("tabindex", "0")
            .with("aria-label", name)
            .with("aria-valuemin", "0")
            .with("aria-valuemax", (count - 1).to_string())
            .with("aria-valuenow", now.to_string())
            .with(
                "aria-valuetext",
                bins.get(now).map(|bin| bin.label.clone()).unwrap_or_default(),
            )
            .with("style", format!("left:{left}%"))
            .with("data-handle", end)
            .with("data-testid", if end == LOW { "handle-low" } else { "handle-high" })
    };
    let exact: u64 = bins.iter().map(|bin| bin.measure).sum();
    element("div")
        .class(if span.is_some() { "picture brushed" } else { "picture" })
        .with("data-testid", "histogram")
        .with("data-exact", exact.to_string())
        .child(bars)
        .child(element("div").class("window").with("style", window))
        .child(handle(LOW, names[0], first, percent(first)))
        .child(handle(HIGH, names[1], last, percent(last + 1)))
}

/// Bars from the floor up as one path, in units of bins and percent of the highest bar of either kind.
fn bars_path(bins: &[Bin], pick: fn(&Bin) -> f64, keep: fn(&Bin) -> bool) -> String {
    let highest = bins
        .iter()
        .flat_map(|bin| [bin.slice, bin.all])
        .fold(f64::MIN_POSITIVE, f64::max);
    let mut path = String::new();
    for (at, bin) in bins.iter().enumerate().filter(|(_, bin)| keep(bin)) {
        let height = pick(bin) / highest * 100.0;
        if height > 0.0 {
            // What is there must be seen, however little it is.
            let height = height.max(1.5);
            path += &format!("M{at}.06 100v-{}h.88V100z", tenths(height));
        }
    }
    path
}

fn range_of(brush: Brush, high: bool) -> Option<String> {
    match brush.of.clause(brush.atlas) {
        Some(Clause::Range { from, to }) => {
            if high {
                to
            } else {
                from
            }
        }
        _ => None,
    }
}

fn set_end(brush: Brush, high: bool, end: Option<String>) {
    let other = untrack(|| range_of(brush, !high));
    let (from, to) = if high { (other, end) } else { (end, other) };
    brush.set(between(brush.of.facet(), from, to));
}

fn size_field(brush: Brush, id: &'static str, high: bool) {
    let now = move || {
        let count = range_of(brush, high).and_then(|text| text.parse().ok());
        count.map(numbers::written_size).unwrap_or_default()
    };
    let take = move |text: &str| {
        let read = parse_count(text);
        let wrong = read.is_none() && !text.trim().is_empty();
        page::mark(id, "aria-invalid", if wrong { "true" } else { "false" });
        let help = "Write a number of parameters such as 7B, 1.5B or 350M";
        page::mark(id, "title", if wrong { help } else { "" });
        if !wrong {
            set_end(brush, high, read.map(|count| count.to_string()));
        }
    };
    fill_now(id, field(Markup::default, now, take));
}

fn month_field(brush: Brush, id: &str, high: bool) {
    let options = move || {
        let option = |key: &str, label: &str| element("option").with("value", key.to_owned()).words(label.to_owned());
        let mut options = vec![option("", "any")];
        brush
            .bins
            .with(|bins| options.extend(bins.iter().map(|bin| option(&bin.key, &bin.label))));
        options
    };
    let now = move || range_of(brush, high).unwrap_or_default();
    let take = move |month: &str| set_end(brush, high, (!month.is_empty()).then(|| month.to_owned()));
    fill_now(id, field(options, now, take));
}
