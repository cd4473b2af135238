//! Taking a chart away: as a picture with its words around it, or as its numbers.

use super::frame::{Frame, Shown};
use crate::charts::Chart;
use crate::charts::pen::{Pen, poster_height};
use crate::charts::surface::{DrawFailed, Surface};
use crate::charts::svg::Svg;
use crate::numbers;
use crate::platform::{address, canvas, files};
use crate::reactive::*;
use crate::state::sentence::phrases;

/// Width of a picture in CSS pixels, and its density.
const PICTURE: (f64, f64) = (900.0, 2.0);

impl Frame {
    /// Saves the chart as `png`, `svg`, `csv` or `json`.
    pub(super) fn save(&self, kind: &str) {
        let Some(Shown(chart)) = self.shown() else { return };
        let chart = chart.as_ref();
        let name = format!("hub-atlas-{}.{kind}", chart.name());
        let saved = match kind {
            "csv" => files::save_text(&chart.sheet().csv(), &name, "text/csv"),
            "json" => {
                let text = chart.sheet().json(&chart.title(), &self.source(), &address::whole());
                files::save_text(&text, &name, "application/json")
            }
            "svg" => {
                let text = self.svg(chart).map_err(|failure| failure.to_string());
                text.and_then(|text| files::save_text(&text, &name, "image/svg+xml"))
            }
            _ => self.png(chart, name).map_err(|failure| failure.to_string()),
        };
        self.failure.set(saved.err());
    }

    /// Of what and from where the numbers are, for files that leave the page.
    fn source(&self) -> String {
        let (dataset, query) = untrack(|| (self.atlas.dataset(), self.atlas.view.with(|view| view.query.clone())));
        let Some(dataset) = dataset else { return String::new() };
        let filters = phrases(&query.clauses, &dataset);
        let description = dataset.collection.description();
        let models = match filters.is_empty() {
            true => format!("All {}", description.many),
            false => format!("{} {filters}", description.title),
        };
        let kind = match &dataset.scope {
            _ if dataset.synthetic => "synthetic sample".to_owned(),
            Some(scope) if !scope.complete => format!("not the whole Hugging Face Hub but {}", scope.models),
            _ => "snapshot of the Hugging Face Hub".to_owned(),
        };
        let checksum: String = dataset.checksum.chars().take(12).collect();
        format!(
            "{models}. Hub Atlas, {kind}, {}, checksum {checksum}.",
            numbers::day(&dataset.taken_on)
        )
    }

    fn svg(&self, chart: &dyn Chart) -> Result<String, DrawFailed> {
        let mut text = String::new();
        let (width, height, below) = self.poster(chart);
        let surface = Surface(Box::new(Svg::new(&mut text, (width as u32, height as u32))));
        let pen = Pen::new(surface, 1.0, self.ink()).on_poster(&chart.title(), &below);
        chart.draw(&pen);
        pen.finish()?;
        Ok(text)
    }

    fn png(&self, chart: &dyn Chart, name: String) -> Result<(), DrawFailed> {
        let canvas = canvas::detached().ok_or_else(|| DrawFailed::because("this browser gives no canvas"))?;
        let (width, height, below) = self.poster(chart);
        let (_, density) = PICTURE;
        let surface = canvas::surface(&canvas, width, height, density)?;
        let pen = Pen::new(surface, density, self.ink()).on_poster(&chart.title(), &below);
        chart.draw(&pen);
        pen.finish()?;
        canvas::png(&canvas, move |blob| {
            files::save_blob(&blob, &name);
        })
    }

    /// Width and height of the picture, and the words below the drawing.
    fn poster(&self, chart: &dyn Chart) -> (f64, f64, String) {
        let (width, _) = PICTURE;
        let below = format!("{} {}", chart.note(), self.source());
        (width, poster_height(chart.height(width), width, &below), below)
    }
}
