//! One dump in every compression and both kinds of pages: the same snapshot, whoever decodes it.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use atlas_import::dump::{Dump, DumpError};
use atlas_import::hub_columns::ColumnsPresent;
use atlas_import::one_by_one::{InputFile, Origin, Stage, import};
use atlas_import::parquet_dump::ParquetDump;
use atlas_import::source::ByteSource;
use atlas_import::zstd_pages::Zstd;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter};
use parquet::file::properties::{WriterProperties, WriterVersion};

const ROWS: i64 = 5_000;

/// Rows with nulls, a dictionary, lists and texts that hardly compress, in several row groups and pages.
fn rows() -> RecordBatch {
    let ids: Vec<String> = (0..ROWS)
        .map(|row| {
            format!(
                "account-{}/model-{:x}-{row}",
                row % 97,
                (row * 2_654_435_761) % 1_000_003
            )
        })
        .collect();
    let downloads: Vec<i64> = (0..ROWS).map(|row| row * row % 7_919).collect();
    let likes: Vec<Option<i64>> = (0..ROWS).map(|row| (row % 3 > 0).then_some(row % 11)).collect();
    let tasks: Vec<Option<&str>> = (0..ROWS)
        .map(|row| [Some("text-generation"), None, Some("fill-mask")][row as usize % 3])
        .collect();
    let mut tags = ListBuilder::new(StringBuilder::new());
    for row in 0..ROWS {
        (0..row % 4).for_each(|tag| tags.values().append_value(format!("tag-{tag}-{}", row % 13)));
        tags.values()
            .append_value(["license:mit", "license:apache-2.0"][row as usize % 2]);
        tags.append(row % 5 > 0);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(StringArray::from(ids))),
        ("downloads", Arc::new(Int64Array::from(downloads))),
        ("likes", Arc::new(Int64Array::from(likes))),
        ("pipeline_tag", Arc::new(StringArray::from(tasks))),
        ("tags", Arc::new(tags.finish())),
    ];
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect()).unwrap()
}

fn dump(compression: Compression, version: WriterVersion) -> Bytes {
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_writer_version(version)
        .set_max_row_group_row_count(Some(2_048))
        .set_data_page_row_count_limit(700)
        .set_write_batch_size(100)
        .build();
    let rows = rows();
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.into_inner().unwrap().into()
}

fn codecs() -> [(&'static str, Compression); 7] {
    [
        ("none", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("brotli", Compression::BROTLI(BrotliLevel::default())),
        ("lz4", Compression::LZ4),
        ("lz4_raw", Compression::LZ4_RAW),
        ("zstd", Compression::ZSTD(ZstdLevel::try_new(9).unwrap())),
    ]
}

/// Names and checksums of the parts of the snapshot, which tell everything that is in them.
fn parts(bytes: Bytes) -> Vec<String> {
    let file = InputFile {
        name: "models.parquet".to_owned(),
        day: "2026-08-22".to_owned(),
        source: Arc::new(bytes),
    };
    let mut handed_on = Vec::new();
    let take = |part: &atlas_snapshot::Part, bytes: Vec<u8>| {
        assert_eq!(part.bytes, bytes.len() as u64);
        handed_on.push(part.sha256.clone());
        Ok(())
    };
    let imported = import(&[file], &Origin::unknown(), &|_: Stage| {}, take).unwrap();
    assert_eq!(imported.manifest.totals.rows, ROWS as u64);
    assert_eq!(
        imported
            .manifest
            .parts
            .iter()
            .map(|part| part.sha256.clone())
            .collect::<Vec<_>>(),
        handed_on
    );
    handed_on
}

#[test]
fn a_dump_gives_the_same_snapshot_in_every_compression_and_kind_of_page() {
    let expected = parts(dump(Compression::UNCOMPRESSED, WriterVersion::PARQUET_1_0));
    for (name, codec) in codecs() {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            assert_eq!(parts(dump(codec, version)), expected, "{name} {version:?}");
        }
    }
}

/// Every row of a dump as text, as one decoder of zstd gives it.
fn decoded(bytes: &Bytes, zstd: Zstd) -> Result<Vec<String>, DumpError> {
    let dump = ParquetDump::open("models.parquet", Arc::new(bytes.clone()))
        .unwrap()
        .with_zstd(zstd);
    let columns = dump.present().clone();
    let add = |batch: &RecordBatch, row: u64, lines: &mut Vec<String>| {
        lines.push(format!("{row} {batch:?}"));
        Ok(())
    };
    let groups = (0..dump.groups()).map(|group| dump.read_group(group, &columns, &|_| {}, &add));
    Ok(groups.collect::<Result<Vec<_>, _>>()?.concat())
}

#[test]
fn zstd_decoded_in_rust_is_what_the_library_decodes() {
    for level in [1, 3, 19] {
        let codec = Compression::ZSTD(ZstdLevel::try_new(level).unwrap());
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let bytes = dump(codec, version);
            let (rust, library) = (decoded(&bytes, Zstd::Rust), decoded(&bytes, Zstd::Library));
            assert_eq!(rust.unwrap(), library.unwrap(), "level {level}, {version:?}");
        }
    }
}

#[test]
fn zstd_that_is_damaged_is_an_error_and_never_a_stop() {
    let whole = dump(
        Compression::ZSTD(ZstdLevel::try_new(3).unwrap()),
        WriterVersion::PARQUET_1_0,
    );
    let mut refused = 0;
    for at in (4..4_000).step_by(37) {
        let mut spoilt = whole.to_vec();
        spoilt[at] ^= 0x55;
        refused += usize::from(decoded(&spoilt.into(), Zstd::Rust).is_err());
    }
    assert!(refused > 20, "{refused}");
}

/// The file with all its columns said to be in another compression.
fn relabelled(bytes: &Bytes, compression: Compression) -> Bytes {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(bytes).unwrap();
    let mut builder = metadata.clone().into_builder();
    for group in builder.take_row_groups() {
        let columns = group.columns().iter().map(|column| {
            column
                .clone()
                .into_builder()
                .set_compression(compression)
                .build()
                .unwrap()
        });
        let columns = columns.collect();
        builder = builder.add_row_group(
            group
                .clone()
                .into_builder()
                .set_column_metadata(columns)
                .build()
                .unwrap(),
        );
    }
    let metadata: ParquetMetaData = builder.build();
    let data = metadata.row_groups().last().unwrap();
    let end = data
        .columns()
        .iter()
        .map(|column| column.byte_range().0 + column.byte_range().1)
        .max()
        .unwrap();
    let mut out = bytes[..end as usize].to_vec();
    ParquetMetaDataWriter::new(&mut out, &metadata).finish().unwrap();
    out.into()
}

#[test]
fn a_compression_that_nobody_reads_is_named_with_its_column() {
    let bytes = relabelled(
        &dump(Compression::UNCOMPRESSED, WriterVersion::PARQUET_1_0),
        Compression::LZO,
    );
    let opened = Dump::open("models.parquet", Arc::new(bytes)).unwrap();
    let read = opened.read(
        opened.present(),
        &|_| {},
        |_, _, _: &mut ()| Ok(()),
        |()| Ok::<(), DumpError>(()),
    );
    let message = read.unwrap_err().to_string();
    for word in ["models.parquet", "column id", "LZO", "zstd, snappy"] {
        assert!(message.contains(word), "{word}: {message}");
    }
}

/// A source that notes which bytes are asked for.
struct Watched {
    bytes: Bytes,
    read: std::sync::Mutex<Vec<(u64, usize)>>,
}

impl ByteSource for Watched {
    fn size(&self) -> u64 {
        self.bytes.size()
    }

    fn read(&self, start: u64, length: usize) -> std::io::Result<Bytes> {
        self.read.lock().unwrap().push((start, length));
        self.bytes.read(start, length)
    }
}

#[test]
fn only_the_bytes_of_wanted_columns_are_read() {
    let bytes = dump(Compression::SNAPPY, WriterVersion::PARQUET_1_0);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes).unwrap();
    let watched = Arc::new(Watched {
        bytes,
        read: std::sync::Mutex::default(),
    });
    let dump = ParquetDump::open("models.parquet", watched.clone()).unwrap();
    watched.read.lock().unwrap().clear();
    let wanted = ColumnsPresent::find(["id", "downloads"].into_iter()).unwrap();
    dump.read_group(1, &wanted, &|_| {}, &|_: &RecordBatch, _, _: &mut ()| Ok(()))
        .unwrap();
    let ranges: Vec<(u64, u64)> = metadata.row_group(1).columns()[..2]
        .iter()
        .map(|column| column.byte_range())
        .map(|(start, length)| (start, start + length))
        .collect();
    let read = watched.read.lock().unwrap();
    assert!(!read.is_empty());
    for (start, length) in read.iter() {
        let end = start + *length as u64;
        assert!(
            ranges.iter().any(|range| range.0 <= *start && end <= range.1),
            "{start}..{end} of {ranges:?}"
        );
    }
}
