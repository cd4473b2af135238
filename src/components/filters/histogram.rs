//! An ordered facet as a histogram with a brush, and two fields that do the same without dragging.

use atlas_protocol::size::parse_count;
use atlas_protocol::{Clause, Facet};
use leptos::prelude::*;

use crate::numbers;
use crate::platform::page;
use crate::state::brush::{Bin, between, bins, clause, span};
use crate::state::{Atlas, atlas};

/// Bins that a press on Page Up or Page Down passes over.
const PAGE: usize = 5;

/// How near a pointer must be to a handle to take it, as a fraction of the width.
const REACH: f64 = 0.04;

#[derive(Clone, Copy)]
struct Brush {
    atlas: Atlas,
    facet: Facet,
    bins: Memo<Vec<Bin>>,
    /// Positions of the first and last bin of the range in force.
    span: Memo<Option<(usize, usize)>>,
    /// The bin a drag began at, while one is under way.
    anchor: StoredValue<Option<usize>>,
}

impl Brush {
    fn new(facet: Facet) -> Brush {
        let atlas = atlas();
        let found = Memo::new(move |_| {
            atlas
                .answered()
                .map(|(answer, dataset)| bins(&answer, &dataset, facet))
                .unwrap_or_default()
        });
        let span = Memo::new(move |_| {
            let clause = atlas.clause(facet);
            found.with(|bins| span(facet, bins, clause.as_ref()))
        });
        Brush {
            atlas,
            facet,
            bins: found,
            span,
            anchor: StoredValue::new(None),
        }
    }

    fn count(&self) -> usize {
        self.bins.with(Vec::len)
    }

    /// The range in force, or the whole width.
    fn ends(&self) -> (usize, usize) {
        self.span.get().unwrap_or((0, self.count().saturating_sub(1)))
    }

    fn drag_to(&self, first: usize, last: usize) {
        let clause = self.bins.with_untracked(|bins| clause(self.facet, bins, first, last));
        self.atlas.drag_clause(self.facet, clause);
    }

    fn begin(&self, event: &leptos::ev::PointerEvent) {
        if event.button() != 0 {
            return;
        }
        let Some((at, fraction)) = self.bin_under(event) else {
            return;
        };
        page::capture(event);
        event.prevent_default();
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

    fn go_on(&self, event: &leptos::ev::PointerEvent) {
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

    fn bin_under(&self, event: &leptos::ev::PointerEvent) -> Option<(usize, f64)> {
        let count = self.bins.with_untracked(Vec::len);
        let (area, _) = page::nearest(event, "data-brush")?;
        let ((x, _), (width, _)) = page::place_in(&area, event);
        let fraction = (x / width.max(1.0)).clamp(0.0, 1.0);
        let at = (fraction * count as f64) as usize;
        (count > 0).then_some((at.min(count.saturating_sub(1)), fraction))
    }

    /// Moves one end of the range with the keyboard.
    fn key(&self, high: bool, event: &leptos::ev::KeyboardEvent) {
        let (first, last) = untrack(|| self.ends());
        let end = self.bins.with_untracked(Vec::len).saturating_sub(1);
        let now = if high { last } else { first };
        let moved = match event.key().as_str() {
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
#[component]
pub fn SizeRange() -> impl IntoView {
    let brush = Brush::new(Facet::Parameters);
    view! {
        {histogram(brush, "size")}
        <div class="fields">{size_field(brush, false)} {size_field(brush, true)}</div>
    }
}

/// The histogram of months with its brush and its two fields.
#[component]
pub fn MonthRange() -> impl IntoView {
    let brush = Brush::new(Facet::Month);
    view! {
        {histogram(brush, "month")}
        <div class="fields">{month_field(brush, false)} {month_field(brush, true)}</div>
    }
}

fn histogram(brush: Brush, noun: &'static str) -> AnyView {
    let heights =
        move |pick: fn(&Bin) -> f64, keep: fn(&Bin) -> bool| brush.bins.with(|bins| bars_path(bins, pick, keep));
    let count = move || brush.count().max(1);
    let left = move || format!("left:{:.3}%", brush.ends().0 as f64 / count() as f64 * 100.0);
    let right = move || format!("left:{:.3}%", (brush.ends().1 + 1) as f64 / count() as f64 * 100.0);
    let window = move || {
        let (first, last) = brush.ends();
        let count = count() as f64;
        format!(
            "left:{:.3}%;width:{:.3}%",
            first as f64 / count * 100.0,
            (last + 1 - first.min(last)) as f64 / count * 100.0
        )
    };
    let handle = move |high: bool| {
        let now = move || if high { brush.ends().1 } else { brush.ends().0 };
        let text = move || {
            brush
                .bins
                .with(|bins| bins.get(now()).map(|bin| bin.label.clone()).unwrap_or_default())
        };
        let label = format!("{} {noun}", if high { "Largest" } else { "Smallest" });
        let label = if noun == "month" {
            format!("{} month", if high { "Last" } else { "First" })
        } else {
            label
        };
        let place = move || if high { right() } else { left() };
        view! {
            <span class="handle" role="slider" tabindex="0" aria-label=label aria-valuemin="0" aria-valuemax=move || count().saturating_sub(1).to_string()
                aria-valuenow=move || now().to_string() aria-valuetext=text style=place data-testid=if high { "handle-high" } else { "handle-low" }
                on:keydown=move |event| brush.key(high, &event) on:keyup=move |_| brush.atlas.release() on:blur=move |_| brush.atlas.release()></span>
        }
        .into_any()
    };
    let exact = move || {
        brush
            .bins
            .with(|bins| bins.iter().map(|bin| bin.measure).sum::<u64>().to_string())
    };
    view! {
        <div class="histogram" class:brushed=move || brush.span.get().is_some() data-brush=brush.facet.key() data-testid="histogram"
            data-facet=brush.facet.key() data-exact=exact
            on:pointerdown=move |event| brush.begin(&event) on:pointermove=move |event| brush.go_on(&event)
            on:pointerup=move |_| brush.end() on:pointercancel=move |_| brush.end()
            on:dblclick=move |_| brush.atlas.set_clause(brush.facet, None)>
            <svg viewBox=move || format!("0 0 {} 100", count()) preserveAspectRatio="none" aria-hidden="true">
                <path class="ghost" d=move || heights(|bin| bin.all, |_| true)></path>
                <path class="faded" d=move || heights(|bin| bin.slice, |bin| !bin.selected)></path>
                <path class="fill" d=move || heights(|bin| bin.slice, |bin| bin.selected)></path>
            </svg>
            <div class="window" style=window></div>
            {handle(false)}
            {handle(true)}
        </div>
        <div class="ends muted" aria-hidden="true">
            <span>{move || brush.bins.with(|bins| bins.first().map(|bin| bin.label.clone()))}</span>
            <span>{move || brush.bins.with(|bins| bins.last().map(|bin| bin.label.clone()))}</span>
        </div>
    }
    .into_any()
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
            path += &format!("M{at}.06 100v-{height:.1}h.88V100z");
        }
    }
    path
}

fn range_of(brush: Brush, high: bool) -> Option<String> {
    match brush.atlas.clause(brush.facet) {
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
    brush.atlas.set_clause(brush.facet, between(brush.facet, from, to));
}

fn size_field(brush: Brush, high: bool) -> AnyView {
    let wrong = RwSignal::new(false);
    let value = move || {
        let count = range_of(brush, high).and_then(|text| text.parse().ok());
        count.map(numbers::written_size).unwrap_or_default()
    };
    let take = move |event: leptos::ev::Event| {
        let text = page::field_text(&event);
        let read = parse_count(&text);
        wrong.set(read.is_none() && !text.trim().is_empty());
        if !wrong.get_untracked() {
            set_end(brush, high, read.map(|count| count.to_string()));
        }
    };
    let (label, name) = if high {
        ("under", "size-to")
    } else {
        ("from", "size-from")
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input type="text" inputmode="text" autocomplete="off" spellcheck="false" placeholder="any" data-testid=name
                aria-label=format!("Parameters {label}, such as 7B or 350M") aria-invalid=move || wrong.get().to_string()
                title=move || wrong.get().then_some("Write a number of parameters such as 7B, 1.5B or 350M")
                prop:value=value on:change=take />
        </label>
    }
    .into_any()
}

fn month_field(brush: Brush, high: bool) -> AnyView {
    let options = move || {
        let chosen = range_of(brush, high);
        let option = |bin: &Bin| {
            let selected = chosen.as_ref() == Some(&bin.key);
            view! { <option value=bin.key.clone() selected=selected>{bin.label.clone()}</option> }.into_any()
        };
        let any = view! { <option value="" selected=chosen.is_none()>"any"</option> }.into_any();
        brush
            .bins
            .with(|bins| std::iter::once(any).chain(bins.iter().map(option)).collect::<Vec<_>>())
    };
    let take = move |event: leptos::ev::Event| {
        let text = page::field_text(&event);
        set_end(brush, high, (!text.is_empty()).then_some(text));
    };
    let (label, name) = if high {
        ("to", "month-to")
    } else {
        ("from", "month-from")
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <select data-testid=name aria-label=format!("Month published, {label}") prop:value=move || range_of(brush, high).unwrap_or_default() on:change=take>{options}</select>
        </label>
    }
    .into_any()
}
