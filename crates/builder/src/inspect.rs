//! Reading a snapshot folder back and checking everything it says.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use atlas_protocol::facet::UNKNOWN;
use atlas_snapshot::columns::{CodeColumn, Ids, NumberColumn, UNKNOWN_NUMBER};
use atlas_snapshot::history::{History, HistoryMonth, OUTSIDE};
use atlas_snapshot::manifest::{Coverage, DICTIONARIES, MANIFEST_FILE, PartKind, Totals, dictionary_columns};
use atlas_snapshot::{Manifest, ModelColumns, read, sha256_hex};
use bytes::Bytes;

use atlas_import::digits::grouped;
use atlas_import::hub_id::is_hub_id;

/// What a check of a snapshot found.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of the manifest, which names the snapshot.
    pub checksum: String,
}

/// Reads every part of a snapshot and checks its checksum, and every total, coverage, order and dictionary against the
/// rows themselves.
///
/// # Errors
/// When a file is missing or damaged, or the manifest says something the rows do not.
pub fn inspect(folder: &Path) -> Result<Inspection> {
    let path = folder.join(MANIFEST_FILE);
    let bytes =
        fs::read(&path).with_context(|| format!("{} cannot be read; is this a snapshot folder?", path.display()))?;
    let manifest = Manifest::from_json(&bytes)?;
    let mut sums = Sums::new(&manifest);
    let mut order = Order::default();
    let ids_parts = || manifest.parts_of(PartKind::Ids);
    if !manifest
        .row_parts()
        .map(|part| part.rows)
        .eq(ids_parts().map(|part| part.rows))
    {
        bail!(
            "the {} and ids parts are not cut at the same rows. Build the snapshot again.",
            manifest.collection.key()
        );
    }
    for (columns_part, ids_part) in manifest.row_parts().zip(ids_parts()) {
        let open = |name: &str| {
            let path = folder.join(name);
            fs::read(&path)
                .map(Bytes::from)
                .with_context(|| format!("{} cannot be read", path.display()))
        };
        let columns = read::read_models(open(&columns_part.path)?, columns_part, &manifest)?;
        let ids = read::read_ids(open(&ids_part.path)?, ids_part)?;
        let downloads: u64 = columns.downloads_30d.iter().sum();
        if columns_part.downloads_30d != Some(downloads) {
            bail!(
                "{} adds up to {downloads} downloads, the manifest says otherwise",
                columns_part.path
            );
        }
        order.check(&columns, &ids).with_context(|| columns_part.path.clone())?;
        sums.add(&columns);
    }
    sums.check(&manifest)?;
    if let Some(history) = &manifest.history {
        inspect_history(folder, history, manifest.totals.rows)?;
    }
    Ok(Inspection {
        checksum: sha256_hex(&bytes),
        manifest,
    })
}

/// Reads every part of a history and checks what is stated of its months against the rows themselves.
fn inspect_history(folder: &Path, history: &History, models: u64) -> Result<()> {
    let mut found = vec![(0u64, 0u64, 0u64); history.months.len()];
    let mut last: Option<(u32, u16)> = None;
    for part in &history.parts {
        let path = folder.join(&part.path);
        let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let columns = read::read_history(bytes.into(), part, history, models)?;
        let rows = columns.rows.iter().zip(&columns.months).zip(&columns.downloads);
        for ((row, month), downloads) in rows {
            if last >= Some((*row, *month)) {
                bail!("{} does not go on where the part before it ends", part.path);
            }
            last = Some((*row, *month));
            let Some((inside, all, outside)) = found.get_mut(usize::from(*month)) else {
                continue;
            };
            *all += downloads;
            match *row {
                OUTSIDE => *outside += downloads,
                _ => *inside += 1,
            }
        }
    }
    for (month, found) in history.months.iter().zip(found) {
        let stated = (
            month.models - month.models_outside,
            month.downloads,
            month.downloads_outside,
        );
        if stated != found {
            bail!(
                "of {} the history holds {found:?} (models in the snapshot, downloads, downloads of others), the manifest says \
                 {stated:?}",
                month.month
            );
        }
    }
    Ok(())
}

/// Rows stand by downloads, descending, then by id, ascending; no id stands twice.
#[derive(Default)]
struct Order {
    last: Option<(u64, String)>,
}

impl Order {
    fn check(&mut self, columns: &ModelColumns, ids: &Ids) -> Result<()> {
        for (row, downloads) in columns.downloads_30d.iter().enumerate() {
            let id = ids.get(row).unwrap_or_default();
            if !is_hub_id(id) {
                bail!("row {row} has the id {id:?}, which is none of the Hub");
            }
            if let Some((last_downloads, last_id)) = &self.last {
                let in_order = *last_downloads > downloads || (*last_downloads == downloads && last_id.as_str() < id);
                if !in_order {
                    bail!("row {row} ({id}) does not stand in its place by downloads and id");
                }
            }
            let last = self.last.get_or_insert_default();
            last.0 = downloads;
            last.1.clear();
            last.1.push_str(id);
        }
        Ok(())
    }
}

/// Totals and coverage computed from the rows.
struct Sums {
    totals: Totals,
    columns: [&'static str; DICTIONARIES],
    unknown_codes: Vec<u32>,
    known: BTreeMap<&'static str, (u64, u64)>,
}

impl Sums {
    fn new(manifest: &Manifest) -> Sums {
        let unknown = |column: &str| {
            let values = manifest.dictionaries.get(column).map(Vec::as_slice).unwrap_or_default();
            values
                .iter()
                .position(|value| value.key == UNKNOWN)
                .unwrap_or(usize::MAX) as u32
        };
        let columns = dictionary_columns(manifest.collection);
        Sums {
            totals: Totals::default(),
            columns,
            unknown_codes: columns.map(unknown).into(),
            known: BTreeMap::new(),
        }
    }

    fn add(&mut self, columns: &ModelColumns) {
        let sum = |values: &NumberColumn| values.iter().filter(|value| *value != UNKNOWN_NUMBER).sum::<u64>();
        let add = |total: &mut Option<u64>, values: &Option<NumberColumn>| {
            if let Some(values) = values {
                *total = Some(total.unwrap_or(0) + sum(values));
            }
        };
        self.totals.rows += columns.rows() as u64;
        self.totals.downloads_30d += sum(&columns.downloads_30d);
        add(&mut self.totals.downloads_all_time, &columns.downloads_all_time);
        add(&mut self.totals.likes, &columns.likes);
        for ((name, codes), unknown) in self.columns.into_iter().zip(&columns.codes).zip(&self.unknown_codes) {
            let known = self.known.entry(name).or_default();
            count_known(codes, *unknown, &columns.downloads_30d, known);
        }
        let known = self.known.entry("parameters").or_default();
        for (parameters, downloads) in columns.parameters.iter().zip(columns.downloads_30d.iter()) {
            if parameters != UNKNOWN_NUMBER {
                known.0 += 1;
                known.1 += downloads;
            }
        }
    }

    fn check(&self, manifest: &Manifest) -> Result<()> {
        if self.totals != manifest.totals {
            bail!(
                "the rows add up to {:?}, the manifest says {:?}",
                self.totals,
                manifest.totals
            );
        }
        for stated in &manifest.coverage {
            let (rows_known, downloads_30d_known) = self.known.get(stated.column.as_str()).copied().unwrap_or_default();
            let counted = Coverage {
                column: stated.column.clone(),
                rows_known,
                downloads_30d_known,
            };
            if counted != *stated {
                bail!("the rows give {counted:?}, the manifest says {stated:?}");
            }
        }
        Ok(())
    }
}

fn count_known(codes: &CodeColumn, unknown: u32, downloads: &NumberColumn, known: &mut (u64, u64)) {
    for (row, downloads) in downloads.iter().enumerate() {
        if codes.get(row) != Some(unknown) {
            known.0 += 1;
            known.1 += downloads;
        }
    }
}

impl Inspection {
    /// What the snapshot holds, as text for a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let manifest = &self.manifest;
        let totals = manifest.totals;
        if manifest.synthetic {
            writeln!(text, "SYNTHETIC: these {} are made up.", manifest.collection.noun(2))?;
        }
        writeln!(
            text,
            "Format {}, taken on {}, written by {}",
            manifest.format, manifest.taken_on, manifest.built_by
        )?;
        writeln!(text, "Checksum of the manifest: {}", self.checksum)?;
        let noun = manifest.collection.noun(totals.rows);
        writeln!(text, "{:>16} {noun}", grouped(totals.rows))?;
        writeln!(text, "{:>16} downloads in 30 days", grouped(totals.downloads_30d))?;
        if let Some(downloads) = totals.downloads_all_time {
            writeln!(text, "{:>16} downloads of all time", grouped(downloads))?;
        }
        if let Some(likes) = totals.likes {
            writeln!(text, "{:>16} likes", grouped(likes))?;
        }
        writeln!(text, "Sources:")?;
        for source in &manifest.sources {
            let licence = source.licence.as_deref().unwrap_or("licence not stated");
            writeln!(text, "    {} · {licence}", source.name)?;
        }
        writeln!(text, "Known, as a share of downloads:")?;
        for coverage in &manifest.coverage {
            let share = coverage.downloads_30d_known as f64 / totals.downloads_30d.max(1) as f64;
            let values = manifest
                .dictionaries
                .get(&coverage.column)
                .map(|values| values.len() - 1);
            let sets = manifest.collection.description().sets.iter();
            let what = match sets.map(|facet| facet.key()).any(|key| key == coverage.column) {
                true => "sets of values",
                false => "values",
            };
            let values = values.map_or(String::new(), |values| format!("{} {what}", grouped(values as u64)));
            writeln!(text, "    {:<18} {:>6.1} %  {values}", coverage.column, share * 100.0)?;
        }
        writeln!(text, "Parts:")?;
        for part in &manifest.parts {
            let per_model = part.bytes as f64 / part.rows.max(1) as f64;
            writeln!(
                text,
                "    {:<32} {:>12} rows {:>14} bytes {per_model:>7.2} a {}",
                part.path,
                grouped(part.rows),
                grouped(part.bytes),
                manifest.collection.noun(1)
            )?;
        }
        if let Some(history) = &manifest.history {
            write_history(text, history)?;
        }
        writeln!(
            text,
            "Every checksum, total, coverage and the order of rows agree with the rows themselves."
        )
    }
}

fn write_history(text: &mut String, history: &History) -> std::fmt::Result {
    let (first, last) = (history.months.first(), history.months.last());
    let month = |month: Option<&HistoryMonth>| month.map_or("", |month| month.month.as_str()).to_owned();
    let (rows, bytes) = history
        .parts
        .iter()
        .fold((0, 0), |(rows, bytes), part| (rows + part.rows, bytes + part.bytes));
    writeln!(
        text,
        "History: downloads by month from {} to {}, from {} readings; {} rows, {} bytes in {} parts",
        month(first),
        month(last),
        history.readings.len(),
        grouped(rows),
        grouped(bytes),
        history.parts.len()
    )
}
