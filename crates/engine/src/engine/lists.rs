//! The first rows of a slice.

use atlas_protocol::{Query, RowColumn, RowSort};

use super::Engine;
use crate::rows::{first_rows, first_rows_of_items, most_liked};
use crate::{EngineError, Listing, Search, bitmap, search};

impl Engine {
    /// The first rows of a slice in an order; with a search, of those of its models whose id it has found.
    ///
    /// # Errors
    /// When the table of rows cannot be read.
    pub fn list_rows(
        &mut self,
        query: &Query,
        search: Option<&Search>,
        sort: RowSort,
        limit: usize,
    ) -> Result<Listing, EngineError> {
        if search.is_none()
            && let Some(listing) = self.list_without_rows(query, sort, limit)?
        {
            return Ok(listing);
        }
        let slice = self.select(query)?;
        let first = |rows: &[u64]| first_rows(&self.table, &self.layout, bitmap::members(rows), sort, limit);
        let (found, positions) = match search {
            None => (slice, first(self.slice_rows())?),
            Some(search) => {
                let hits = search.hits_in(self.slice_rows());
                (search::sums(&hits, self.table.row_numbers()?), first(&hits)?)
            }
        };
        let rows = self.table.rows(&positions, &self.layout)?;
        Ok(Listing {
            rows_in_slice: slice.models,
            found,
            rows: positions.into_iter().zip(rows).collect(),
        })
    }

    /// The first rows of a slice, if they are found without knowing all of its rows.
    fn list_without_rows(
        &mut self,
        query: &Query,
        sort: RowSort,
        limit: usize,
    ) -> Result<Option<Listing>, EngineError> {
        let (clauses, _) = self.resolve(query)?;
        if self.row_mask.as_ref().is_some_and(|(known, _)| *known == clauses) {
            return Ok(None);
        }
        let slice = self.filter(query, &clauses)?;
        if self.exact.is_some() {
            return Ok(None);
        }
        if sort.column == RowColumn::Likes && self.liked.is_none() {
            self.liked = Some(most_liked(self.table.row_numbers()?.likes, self.table.len()));
        }
        let (items, liked) = (
            self.cross.slice_mask(&self.table.cube().blocks()),
            self.liked.as_deref().unwrap_or_default(),
        );
        let Some(positions) = first_rows_of_items(&self.table, items, liked, sort, limit)? else {
            return Ok(None);
        };
        let rows = self.table.rows(&positions, &self.layout)?;
        Ok(Some(Listing {
            rows_in_slice: slice.models,
            found: slice,
            rows: positions.into_iter().zip(rows).collect(),
        }))
    }
}
