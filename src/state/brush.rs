//! A range over the bins of an ordered facet, as a brush draws it and a clause says it.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::size::bin_range;
use atlas_protocol::{Answer, Clause, Dataset, Facet, FacetTotals, FacetValue, MonthCoverage};

use super::counted::month;

/// One bin of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// Position in the catalogue of the facet.
    pub position: usize,
    /// Key in the catalogue.
    pub key: String,
    /// What the reader sees.
    pub label: String,
    /// Share of the slice without this facet's own clause, 0 to 1.
    pub slice: f64,
    /// Share of everything, 0 to 1.
    pub all: f64,
    /// Sum of the measure in the slice without this facet's own clause.
    pub measure: u64,
    /// Whether the facet's own clause admits it, wholly or in part.
    pub selected: bool,
}

/// The bins that hold anything, from the first to the last, without the unknown ones.
pub fn bins(answer: &Answer, dataset: &Dataset, facet: Facet) -> Vec<Bin> {
    let values = dataset
        .catalogue(facet)
        .map(|catalogue| catalogue.values.as_slice())
        .unwrap_or_default();
    let Some(totals) = answer.facet(facet) else {
        return Vec::new();
    };
    let known = |value: &FacetValue| value.key != UNKNOWN;
    let held = |at: usize| totals.measure_unfiltered.get(at).is_some_and(|sum| *sum > 0);
    let first = (0..values.len()).find(|at| known(&values[*at]) && held(*at));
    let last = (0..values.len()).rfind(|at| known(&values[*at]) && held(*at));
    let (Some(first), Some(last)) = (first, last) else {
        return Vec::new();
    };
    (first..=last)
        .filter(|at| known(&values[*at]))
        .map(|at| bin(at, &values[at], totals))
        .collect()
}

/// The months of the history. Their whole is what all models of the snapshot hold, their slice what the question's hold,
/// where it counts downloads made.
pub fn months_made(answer: &Answer, dataset: &Dataset) -> Vec<Bin> {
    let months = dataset
        .history
        .as_ref()
        .map(|history| history.months.as_slice())
        .unwrap_or_default();
    let held = |month: &MonthCoverage| month.downloads - month.downloads_outside;
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    let all: u64 = months.iter().map(held).sum();
    let slice: u64 = answer.made.iter().sum();
    let bin = |(position, stated): (usize, &MonthCoverage)| {
        let measure = answer.made.get(position).copied().unwrap_or(0);
        Bin {
            position,
            key: stated.month.clone(),
            label: month(&stated.month),
            slice: share(measure, slice),
            all: share(held(stated), all),
            measure,
            selected: answer.query.made.holds(&stated.month),
        }
    };
    months.iter().enumerate().map(bin).collect()
}

fn bin(position: usize, value: &FacetValue, totals: &FacetTotals) -> Bin {
    let share = |sums: &[u64]| {
        let whole: u64 = sums.iter().sum();
        if whole == 0 {
            0.0
        } else {
            sums.get(position).copied().unwrap_or(0) as f64 / whole as f64
        }
    };
    Bin {
        position,
        key: value.key.clone(),
        label: value.label.clone(),
        slice: share(&totals.measure),
        all: share(&totals.measure_unfiltered),
        measure: totals.measure.get(position).copied().unwrap_or(0),
        selected: totals.selected.get(position).copied().unwrap_or(true),
    }
}

/// The clause for the bins `first..=last`; the whole width is no clause.
pub fn clause(facet: Facet, bins: &[Bin], first: usize, last: usize) -> Option<Clause> {
    let (first, last) = (first.min(last), first.max(last));
    let whole = first == 0 && last + 1 >= bins.len();
    let (low, high) = bins.get(first).zip(bins.get(last))?;
    if whole {
        return None;
    }
    if facet != Facet::Parameters {
        return Some(Clause::Range {
            from: Some(low.key.clone()),
            to: Some(high.key.clone()),
        });
    }
    let edges = |bin: &Bin| bin_range(u8::try_from(bin.position).ok()?);
    // The outermost bins stay open, so that a range to the end of the picture is one to the end of the data.
    let from = if first == 0 {
        None
    } else {
        edges(low).map(|(from, _)| from.to_string())
    };
    let to = if last + 1 >= bins.len() {
        None
    } else {
        edges(high).map(|(_, below)| below.to_string())
    };
    Some(Clause::Range { from, to })
}

/// The bins that a range clause spans, as positions among `bins`; `None` for other clauses and none.
pub fn span(facet: Facet, bins: &[Bin], clause: Option<&Clause>) -> Option<(usize, usize)> {
    let Some(Clause::Range { from, to }) = clause else {
        return None;
    };
    let inside = |bin: &Bin| {
        if facet == Facet::Parameters {
            let ends = u8::try_from(bin.position).ok().and_then(bin_range).unwrap_or_default();
            let number = |text: &String| text.parse::<u64>().ok();
            from.as_ref().and_then(number).is_none_or(|from| ends.1 > from)
                && to.as_ref().and_then(number).is_none_or(|to| ends.0 < to)
        } else {
            from.as_ref().is_none_or(|from| bin.key >= *from) && to.as_ref().is_none_or(|to| bin.key <= *to)
        }
    };
    bins.iter().position(inside).zip(bins.iter().rposition(inside))
}

/// The clause for two ends as a reader writes them; no ends are no clause, and ends in the wrong order change places.
pub fn between(facet: Facet, from: Option<String>, to: Option<String>) -> Option<Clause> {
    let swapped = match (&from, &to) {
        (Some(low), Some(high)) if facet == Facet::Parameters => low
            .parse::<u64>()
            .ok()
            .zip(high.parse::<u64>().ok())
            .is_some_and(|(low, high)| low > high),
        (Some(low), Some(high)) => low > high,
        _ => false,
    };
    let (from, to) = if swapped { (to, from) } else { (from, to) };
    (from.is_some() || to.is_some()).then_some(Clause::Range { from, to })
}

#[cfg(test)]
mod tests {
    use atlas_protocol::Query;

    use super::*;
    use crate::state::sample;

    fn sizes() -> Vec<Bin> {
        let mut answer = sample::answer(Query::default());
        let totals = &mut answer.facets[Facet::Parameters.index()];
        totals.measure_unfiltered[..20].fill(0);
        totals.measure_unfiltered[60..].fill(0);
        bins(&answer, &sample::dataset(), Facet::Parameters)
    }

    #[test]
    fn a_span_of_bins_and_its_clause_say_the_same() {
        let bins = sizes();
        assert_eq!(bins.len(), 40);
        for first in 0..bins.len() {
            for last in first..bins.len() {
                let said = clause(Facet::Parameters, &bins, first, last);
                let heard = span(Facet::Parameters, &bins, said.as_ref());
                let whole = (first, last) == (0, bins.len() - 1);
                assert_eq!(heard, (!whole).then_some((first, last)));
            }
        }
        assert_eq!(
            clause(Facet::Parameters, &bins, 3, 1),
            clause(Facet::Parameters, &bins, 1, 3)
        );
    }

    #[test]
    fn the_outermost_bins_stay_open() {
        let bins = sizes();
        let from = bin_range(25).unwrap().0.to_string();
        assert_eq!(
            clause(Facet::Parameters, &bins, 5, 39),
            Some(Clause::Range {
                from: Some(from),
                to: None
            })
        );
    }

    #[test]
    fn months_are_named_by_their_keys() {
        let answer = sample::answer(Query::default());
        let bins = bins(&answer, &sample::dataset(), Facet::Month);
        assert_eq!(bins.len(), 2);
        let one = Clause::Range {
            from: Some("2026-01".to_owned()),
            to: Some("2026-01".to_owned()),
        };
        assert_eq!(clause(Facet::Month, &bins, 1, 1), Some(one.clone()));
        assert_eq!(span(Facet::Month, &bins, Some(&one)), Some((1, 1)));
        let later = Clause::Range {
            from: Some("2027-01".to_owned()),
            to: None,
        };
        assert_eq!(span(Facet::Month, &bins, Some(&later)), None);
    }

    #[test]
    fn months_of_download_are_bins_of_the_history_outside_models_left_out() {
        let query = Query {
            measure: atlas_protocol::Measure::DownloadsMade,
            made: atlas_protocol::MonthRange {
                from: Some("2025-12".to_owned()),
                to: None,
            },
            ..Query::default()
        };
        let bins = months_made(&sample::answer(query), &sample::dataset());
        let told: Vec<_> = bins
            .iter()
            .map(|bin| (bin.label.as_str(), bin.measure, bin.selected))
            .collect();
        assert_eq!(
            told,
            [
                ("Nov 2025", 100, false),
                ("Dec 2025", 200, true),
                ("Jan 2026", 300, true)
            ]
        );
        assert_eq!(bins[2].slice, 0.5);
        assert_eq!(bins[1].all, 1_000.0 / 2_990.0);
    }

    #[test]
    fn written_ends_in_the_wrong_order_change_places() {
        let text = |text: &str| Some(text.to_owned());
        let right = Clause::Range {
            from: text("900"),
            to: text("7000"),
        };
        assert_eq!(between(Facet::Parameters, text("7000"), text("900")), Some(right));
        assert_eq!(between(Facet::Month, None, None), None);
    }
}
