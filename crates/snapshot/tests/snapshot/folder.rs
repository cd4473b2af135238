//! A snapshot folder in memory.

use std::collections::BTreeMap;

use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{Coverage, Definition, FORMAT, Manifest, Source, Totals, part_path};
use atlas_snapshot::read::{read_ids, read_models};
use atlas_snapshot::write::{Packing, write_ids, write_models};
use atlas_snapshot::{
    CodeColumn, Collection, Ids, ModelColumns, NumberColumn, Part, PartKind, SnapshotError, sha256_hex,
};
use bytes::Bytes;

use crate::invented::InventedHub;

/// A manifest and the files it names.
#[derive(Clone)]
pub struct Folder {
    pub manifest: Manifest,
    pub files: BTreeMap<String, Bytes>,
}

impl Folder {
    /// A snapshot whose parts begin at the rows of `cuts`; the first begins at row 0 anyway.
    pub fn write(hub: &InventedHub, cuts: &[usize]) -> Folder {
        let rows = hub.columns.rows();
        let starts: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).collect();
        let ends = starts.iter().skip(1).copied().chain([rows]);
        let (mut parts, mut files) = (Vec::new(), BTreeMap::new());
        for kind in [PartKind::Models, PartKind::Ids] {
            for (start, end) in starts
                .iter()
                .copied()
                .zip(ends.clone())
                .filter(|(start, end)| start < end)
            {
                let bytes = match kind {
                    PartKind::Models | PartKind::Datasets => write_models(
                        Collection::Models,
                        &rows_of(&hub.columns, start, end),
                        &hub.dictionaries,
                        Packing::Published,
                    )
                    .unwrap(),
                    PartKind::Ids => write_ids(&ids_of(&hub.ids, start, end), Packing::Published).unwrap(),
                };
                let downloads = hub.columns.downloads_30d.iter().take(end).skip(start).sum();
                let downloads = (kind == PartKind::Models).then_some(downloads);
                parts.push(describe(kind, &bytes, start, end - start, downloads));
                files.insert(parts.last().unwrap().path.clone(), Bytes::from(bytes));
            }
        }
        Folder {
            manifest: manifest(hub, parts),
            files,
        }
    }

    /// A snapshot of one part each, of files that somebody else wrote.
    pub fn of_files(hub: &InventedHub, models: Vec<u8>, ids: Vec<u8>) -> Folder {
        let rows = hub.columns.rows();
        let downloads = hub.columns.downloads_30d.iter().sum();
        let parts = vec![
            describe(PartKind::Models, &models, 0, rows, Some(downloads)),
            describe(PartKind::Ids, &ids, 0, rows, None),
        ];
        let paths = parts.iter().map(|part| part.path.clone());
        Folder {
            files: paths.zip([Bytes::from(models), Bytes::from(ids)]).collect(),
            manifest: manifest(hub, parts),
        }
    }

    /// The first part of one kind and its file.
    pub fn first(&self, kind: PartKind) -> (&Part, Bytes) {
        let part = self.manifest.parts_of(kind).next().unwrap();
        (part, self.files[&part.path].clone())
    }

    /// Reads the first models part.
    pub fn read_first(&self) -> Result<ModelColumns, SnapshotError> {
        let (part, bytes) = self.first(PartKind::Models);
        read_models(bytes, part, &self.manifest)
    }

    /// Reads the first ids part.
    pub fn read_first_ids(&self) -> Result<Ids, SnapshotError> {
        let (part, bytes) = self.first(PartKind::Ids);
        read_ids(bytes, part)
    }

    /// Reads everything, by way of the manifest's JSON.
    pub fn read(&self) -> Result<InventedHub, SnapshotError> {
        let manifest = Manifest::from_json(&self.manifest.to_json()?)?;
        let mut columns: Option<ModelColumns> = None;
        let mut ids = Ids::default();
        for part in &manifest.parts {
            let bytes = self.files[&part.path].clone();
            match part.kind {
                PartKind::Models | PartKind::Datasets => {
                    let more = read_models(bytes, part, &manifest)?;
                    match &mut columns {
                        None => columns = Some(more),
                        Some(columns) => append(columns, more),
                    }
                }
                PartKind::Ids => {
                    let more = read_ids(bytes, part)?;
                    (0..more.len()).for_each(|row| ids.push(more.get(row).unwrap()));
                }
            }
        }
        Ok(InventedHub {
            columns: columns.unwrap(),
            ids,
            dictionaries: manifest.dictionaries,
        })
    }
}

/// The manifest's entry for a file.
pub fn describe(kind: PartKind, bytes: &[u8], first_row: usize, rows: usize, downloads_30d: Option<u64>) -> Part {
    let sha256 = sha256_hex(bytes);
    Part {
        kind,
        path: part_path(kind, &sha256),
        first_row: first_row as u64,
        rows: rows as u64,
        bytes: bytes.len() as u64,
        sha256,
        downloads_30d,
    }
}

fn rows_of(columns: &ModelColumns, start: usize, end: usize) -> ModelColumns {
    let cut = |numbers: &NumberColumn| numbers.iter().take(end).skip(start).collect();
    ModelColumns {
        downloads_30d: cut(&columns.downloads_30d),
        downloads_all_time: columns.downloads_all_time.as_ref().map(cut),
        likes: columns.likes.as_ref().map(cut),
        parameters: cut(&columns.parameters),
        codes: columns
            .codes
            .iter()
            .map(|codes| match codes {
                CodeColumn::U8(codes) => CodeColumn::U8(codes[start..end].to_vec()),
                CodeColumn::U16(codes) => CodeColumn::U16(codes[start..end].to_vec()),
                CodeColumn::U32(codes) => CodeColumn::U32(codes[start..end].to_vec()),
            })
            .collect(),
    }
}

fn ids_of(ids: &Ids, start: usize, end: usize) -> Ids {
    let mut out = Ids::default();
    (start..end).for_each(|row| out.push(ids.get(row).unwrap()));
    out
}

fn append(columns: &mut ModelColumns, more: ModelColumns) {
    columns.downloads_30d.extend(more.downloads_30d.iter());
    columns.parameters.extend(more.parameters.iter());
    for (column, more) in [
        (&mut columns.downloads_all_time, more.downloads_all_time),
        (&mut columns.likes, more.likes),
    ] {
        column
            .iter_mut()
            .for_each(|column| column.extend(more.as_ref().unwrap().iter()));
    }
    for (codes, more) in columns.codes.iter_mut().zip(more.codes) {
        (0..more.len()).for_each(|row| codes.push_run(more.get(row).unwrap(), 1));
    }
}

fn manifest(hub: &InventedHub, parts: Vec<Part>) -> Manifest {
    let rows = hub.columns.rows();
    let known = |numbers: &NumberColumn| -> u64 { numbers.iter().filter(|number| *number != UNKNOWN_NUMBER).sum() };
    let unknown_region = hub.dictionaries["region"].len() as u32 - 1;
    let with_region = (0..rows).filter(|row| hub.columns.codes[2].get(*row) != Some(unknown_region));
    Manifest {
        format: FORMAT,
        collection: Collection::Models,
        taken_on: "2026-08-22".to_owned(),
        synthetic: true,
        built_by: "the tests of atlas-snapshot".to_owned(),
        scope: None,
        sources: vec![Source {
            name: "Invented models (synthetic)".to_owned(),
            url: None,
            licence: Some("MIT OR Apache-2.0".to_owned()),
            attribution: None,
            sha256: None,
            bytes: None,
            rows: Some(rows as u64),
        }],
        totals: Totals {
            rows: rows as u64,
            downloads_30d: hub.columns.downloads_30d.iter().sum(),
            downloads_all_time: hub.columns.downloads_all_time.as_ref().map(known),
            likes: hub.columns.likes.as_ref().map(known),
        },
        coverage: vec![Coverage {
            column: "region".to_owned(),
            rows_known: with_region.clone().count() as u64,
            downloads_30d_known: with_region.map(|row| hub.columns.downloads_30d.get(row).unwrap()).sum(),
        }],
        definitions: vec![Definition {
            term: "downloads_30d".to_owned(),
            meaning: "Downloads in the 30 days before the metadata were taken; invented, like everything here."
                .to_owned(),
        }],
        dictionaries: hub.dictionaries.clone(),
        parts,
        history: None,
    }
}
