//! The language the page and the engine speak.
//!
//! A reader's question is a [`Query`]; the engine's reply is an [`Answer`]. Both travel between the page and its worker
//! inside [`Request`] and [`Event`] messages, as postcard bytes ([`to_bytes`], [`from_bytes`]). A question also has a
//! textual form, the part of an address after `?`, read and written by [`link`].
//!
//! Nothing here computes: the crate has no IO, no clock and no browser in it.

pub mod answer;
pub mod check;
pub mod collection;
pub mod comparison;
pub mod facet;
pub mod history;
pub mod import;
pub mod link;
pub mod message;
pub mod query;
pub mod size;

pub use answer::{Answer, FacetTotals, Found, Progress, RowsAnswer, SizeByYear, Statistics, Sums, TimeSplit};
pub use check::{Check, Checked};
pub use collection::Collection;
pub use comparison::Comparison;
pub use facet::Facet;
pub use history::{HistoryNote, MonthCoverage, Reading};
pub use message::{Catalogue, Dataset, Event, FacetValue, Failure, FailureKind, Request, Scope, from_bytes, to_bytes};
pub use query::{Clause, Measure, MonthRange, Query, Row, RowColumn, RowSort, TimeAxis};
