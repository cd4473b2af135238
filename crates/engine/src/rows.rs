//! Which rows of a slice come first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use atlas_protocol::{Facet, RowColumn, RowSort};
use atlas_snapshot::columns::UNKNOWN_NUMBER;

use crate::EngineError;
use crate::bitmap;
use crate::items::{MONTH, Numbers, on_numbers};
use crate::layout::Layout;
use crate::table::Table;

/// The first `limit` rows of the slice (`rows`, ascending positions) in an order; equal rows keep the snapshot's order,
/// unknown values come last either way.
pub(crate) fn first_rows(
    table: &Table,
    layout: &Layout,
    rows: impl Iterator<Item = u32>,
    sort: RowSort,
    limit: usize,
) -> Result<Vec<u32>, EngineError> {
    if sort == RowSort::default() {
        return Ok(rows.take(limit).collect());
    }
    let columns = table.export_columns()?;
    let months = month_ranks(layout);
    let value = |row: u32| -> Option<u64> {
        let at = row as usize;
        let known = |value: u64| (value != UNKNOWN_NUMBER).then_some(value);
        match sort.column {
            RowColumn::Downloads30d => Some(columns.downloads_30d.get(at)),
            RowColumn::DownloadsAllTime => columns.downloads_all_time(at),
            RowColumn::Likes => columns.likes.map(|values| values.get(at)),
            RowColumn::Parameters => columns.parameters(at),
            RowColumn::DownloadsMade => columns.made.and_then(|made| made.get(at)),
            RowColumn::Month => known(months[columns.facets.code(MONTH, at)]),
        }
    };
    let key = |row: u32| match value(row) {
        None => (true, 0, row),
        Some(value) => (false, if sort.descending { !value } else { value }, row),
    };
    let mut first: BinaryHeap<(bool, u64, u32)> = BinaryHeap::with_capacity(limit + 1);
    for row in rows {
        let key = key(row);
        if first.len() < limit {
            first.push(key);
        } else if let Some(mut last) = first.peek_mut()
            && key < *last
        {
            *last = key;
        }
    }
    Ok(first.into_sorted_vec().into_iter().map(|(_, _, row)| row).collect())
}

/// The rows with any likes, the most liked first, equal ones in the snapshot's order.
pub(crate) fn most_liked(likes: Numbers<'_>, rows: usize) -> Vec<u32> {
    let mut liked: Vec<(Reverse<u64>, u32)> = Vec::new();
    on_numbers!(likes, value => {
        let liked_rows = (0..rows as u32).map(|row| (Reverse(value(row as usize)), row));
        liked.extend(liked_rows.filter(|(likes, _)| likes.0 > 0));
    });
    liked.sort_unstable();
    liked.into_iter().map(|(_, row)| row).collect()
}

/// As [`first_rows`], of the rows whose items are in a set, for the orders in which they need not all be looked at: that of
/// the snapshot, and the most liked first, of which `liked` are those with any likes. `None` for other orders.
pub(crate) fn first_rows_of_items(
    table: &Table,
    items: &[u64],
    liked: &[u32],
    sort: RowSort,
    limit: usize,
) -> Result<Option<Vec<u32>>, EngineError> {
    let item_of_row = table.cube().item_of_row();
    let is_in = |row: &u32| bitmap::contains(items, item_of_row[*row as usize] as usize);
    let rows = 0..item_of_row.len() as u32;
    Ok(match (sort.column, table.export_columns()?.likes) {
        _ if sort == RowSort::default() => Some(rows.filter(is_in).take(limit).collect()),
        (RowColumn::Likes, Some(likes)) if sort.descending => {
            let without_likes = rows.filter(|row| likes.get(*row as usize) == 0);
            let in_order = liked.iter().copied().chain(without_likes);
            Some(in_order.filter(is_in).take(limit).collect())
        }
        _ => None,
    })
}

/// The place of each month code in time; [`UNKNOWN_NUMBER`] for `unknown`.
fn month_ranks(layout: &Layout) -> Vec<u64> {
    let values = layout.values(Facet::Month);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].key.cmp(&values[*b].key));
    let mut ranks = vec![UNKNOWN_NUMBER; values.len()];
    for (rank, code) in (0u64..).zip(order) {
        if values[code].key != atlas_protocol::facet::UNKNOWN {
            ranks[code] = rank;
        }
    }
    ranks
}
