//! Parts that somebody else wrote, with settings unlike ours, read the same.

use std::sync::Arc;

use atlas_snapshot::columns::{NumberColumn, UNKNOWN_NUMBER};
use atlas_snapshot::manifest::DICTIONARY_COLUMNS;
use parquet::basic::{BrotliLevel, Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;

use crate::folder::Folder;
use crate::invented::{InventedHub, invent};

/// How another program writes parts.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Whether text columns may be null, and are where the value is unknown.
    pub nulls: bool,
    /// Whether columns stand in the opposite order, with columns of its own before and behind.
    pub reversed: bool,
    /// Type of `downloads_30d` and `likes`.
    pub number: &'static str,
    pub version: WriterVersion,
    pub row_group_rows: usize,
    pub page_rows: usize,
    pub dictionary: bool,
    /// Bytes of a dictionary after which values are written plainly.
    pub dictionary_limit: usize,
    pub number_encoding: Encoding,
    pub text_encoding: Encoding,
    pub compression: Compression,
}

impl Manner {
    /// The usual defaults: nullable columns, version 1 pages, dictionaries, no compression.
    pub fn usual() -> Manner {
        Manner {
            nulls: true,
            reversed: false,
            number: "INT64",
            version: WriterVersion::PARQUET_1_0,
            row_group_rows: usize::MAX,
            page_rows: 20_000,
            dictionary: true,
            dictionary_limit: 1 << 20,
            number_encoding: Encoding::PLAIN,
            text_encoding: Encoding::PLAIN,
            compression: Compression::UNCOMPRESSED,
        }
    }

    fn properties(&self) -> WriterProperties {
        let mut properties = WriterProperties::builder()
            .set_writer_version(self.version)
            .set_compression(self.compression)
            .set_dictionary_enabled(self.dictionary)
            .set_dictionary_page_size_limit(self.dictionary_limit)
            .set_data_page_row_count_limit(self.page_rows)
            .set_write_batch_size(self.page_rows.min(1024));
        for column in DICTIONARY_COLUMNS.into_iter().chain(["id"]) {
            properties = properties.set_column_encoding(ColumnPath::from(column), self.text_encoding);
        }
        for column in ["downloads_30d", "downloads_all_time", "likes", "parameters"] {
            properties = properties.set_column_encoding(ColumnPath::from(column), self.number_encoding);
        }
        properties.build()
    }
}

/// A column as it goes into a file.
pub enum Column {
    Number(&'static str, Vec<Option<u64>>),
    Text(String, Vec<Option<Vec<u8>>>),
    /// A column of a type of its own, given as the whole declaration; it holds the number of the row.
    Other(&'static str),
}

impl Column {
    /// Whether the column may be null: always where a value is missing.
    fn optional(&self, manner: &Manner) -> bool {
        match self {
            Column::Number(name, numbers) => {
                !["downloads_30d", "likes"].contains(name) || numbers.iter().any(Option::is_none)
            }
            Column::Text(name, texts) => (manner.nulls && name != "id") || texts.iter().any(Option::is_none),
            Column::Other(declaration) => declaration.starts_with("OPTIONAL"),
        }
    }

    fn declaration(&self, manner: &Manner) -> String {
        let repetition = if self.optional(manner) { "OPTIONAL" } else { "REQUIRED" };
        match self {
            Column::Number(name, _) => {
                let narrow = ["downloads_30d", "likes"].contains(name);
                let (physical, logical) = manner.number.split_once(' ').unwrap_or((manner.number, ""));
                let (physical, logical) = if narrow { (physical, logical) } else { ("INT64", "") };
                format!("{repetition} {physical} {name} {logical};")
            }
            Column::Text(name, _) if manner.nulls => format!("{repetition} BYTE_ARRAY {name} (UTF8);"),
            Column::Text(name, _) => format!("{repetition} BYTE_ARRAY {name} (STRING);"),
            Column::Other(declaration) => (*declaration).to_owned(),
        }
    }
}

/// The columns of a models part.
pub fn model_columns(hub: &InventedHub, manner: &Manner) -> Vec<Column> {
    let columns = &hub.columns;
    let known = |numbers: &NumberColumn| {
        numbers
            .iter()
            .map(|number| (number != UNKNOWN_NUMBER).then_some(number))
            .collect()
    };
    let mut out = vec![Column::Number("downloads_30d", known(&columns.downloads_30d))];
    if let Some(numbers) = &columns.downloads_all_time {
        out.push(Column::Number("downloads_all_time", known(numbers)));
    }
    if let Some(numbers) = &columns.likes {
        out.push(Column::Number("likes", known(numbers)));
    }
    out.push(Column::Number("parameters", known(&columns.parameters)));
    for (name, codes) in DICTIONARY_COLUMNS.iter().zip(&columns.codes) {
        let values = &hub.dictionaries[*name];
        let text = |row| {
            let code = codes.get(row).unwrap() as usize;
            (!manner.nulls || code + 1 < values.len()).then(|| values[code].key.as_bytes().to_vec())
        };
        out.push(Column::Text(
            (*name).to_owned(),
            (0..columns.rows()).map(text).collect(),
        ));
    }
    if manner.reversed {
        out.push(Column::Other("REQUIRED INT64 row;"));
        out.reverse();
        out.push(Column::Other("OPTIONAL DOUBLE trendingScore;"));
        out.push(Column::Other(
            "REQUIRED group tags (LIST) { REPEATED group list { REQUIRED INT64 task; } }",
        ));
    }
    out
}

/// The columns of an ids part.
pub fn id_columns(hub: &InventedHub) -> Vec<Column> {
    let ids = (0..hub.ids.len()).map(|row| Some(hub.ids.get(row).unwrap().as_bytes().to_vec()));
    vec![Column::Text("id".to_owned(), ids.collect())]
}

/// A Parquet file of these columns.
pub fn write(columns: &[Column], rows: usize, manner: &Manner) -> Vec<u8> {
    let declarations: String = columns.iter().map(|column| column.declaration(manner)).collect();
    let schema = parse_message_type(&format!("message somebody_elses {{ {declarations} }}")).unwrap();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(manner.properties())).unwrap();
    for start in (0..rows).step_by(manner.row_group_rows.min(rows)) {
        let end = rows.min(start.saturating_add(manner.row_group_rows));
        let mut group = writer.next_row_group().unwrap();
        for column in columns {
            write_column(&mut group, column, start..end, manner);
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &Column,
    rows: std::ops::Range<usize>,
    manner: &Manner,
) {
    let optional = column.optional(manner);
    let mut writer = group.next_column().unwrap().unwrap();
    match column {
        Column::Number(name, numbers) => {
            let numbers = &numbers[rows];
            let levels: Vec<i16> = numbers.iter().map(|number| i16::from(number.is_some())).collect();
            let levels = optional.then_some(&levels[..]);
            let known = numbers.iter().flatten();
            if manner.number.starts_with("INT32") && ["downloads_30d", "likes"].contains(name) {
                let known: Vec<i32> = known.map(|number| *number as i32).collect();
                writer.typed::<Int32Type>().write_batch(&known, levels, None).unwrap();
            } else {
                let known: Vec<i64> = known.map(|number| *number as i64).collect();
                writer.typed::<Int64Type>().write_batch(&known, levels, None).unwrap();
            }
        }
        Column::Text(_, texts) => {
            let texts = &texts[rows];
            let levels: Vec<i16> = texts.iter().map(|text| i16::from(text.is_some())).collect();
            let known: Vec<ByteArray> = texts
                .iter()
                .flatten()
                .map(|text| ByteArray::from(text.clone()))
                .collect();
            let levels = optional.then_some(&levels[..]);
            writer
                .typed::<ByteArrayType>()
                .write_batch(&known, levels, None)
                .unwrap();
        }
        Column::Other(declaration) if declaration.contains("DOUBLE") => {
            let nulls = vec![0; rows.len()];
            let writer = writer.typed::<DoubleType>();
            writer.write_batch(&[], Some(&nulls), None).unwrap();
        }
        Column::Other(declaration) => {
            let numbers: Vec<i64> = rows.map(|row| row as i64).collect();
            let (present, new_row) = (vec![1; numbers.len()], vec![0; numbers.len()]);
            let repeated = declaration.contains("REPEATED").then_some((&present[..], &new_row[..]));
            let writer = writer.typed::<Int64Type>();
            let levels = (repeated.map(|levels| levels.0), repeated.map(|levels| levels.1));
            writer.write_batch(&numbers, levels.0, levels.1).unwrap();
        }
    }
    writer.close().unwrap();
}

fn check_manner(hub: &InventedHub, manner: &Manner) {
    let rows = hub.columns.rows();
    let models = write(&model_columns(hub, manner), rows, manner);
    let ids = write(&id_columns(hub), rows, manner);
    let read = Folder::of_files(hub, models, ids).read().unwrap();
    assert_eq!(read.columns, hub.columns);
    assert_eq!(read.ids, hub.ids);
}

fn manners() -> impl Strategy<Value = Manner> {
    let number = prop::sample::select(vec![
        "INT64",
        "INT64 (INTEGER(64,false))",
        "INT32",
        "INT32 (INTEGER(32,false))",
    ]);
    let version = prop::sample::select(vec![WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0]);
    let dictionary_limit = prop::sample::select(vec![8usize, 200, 1 << 20]);
    let number_encoding = prop::sample::select(vec![
        Encoding::PLAIN,
        Encoding::DELTA_BINARY_PACKED,
        Encoding::BYTE_STREAM_SPLIT,
    ]);
    let text_encoding = prop::sample::select(vec![
        Encoding::PLAIN,
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY,
    ]);
    let compression = prop::sample::select(vec![
        Compression::UNCOMPRESSED,
        Compression::BROTLI(BrotliLevel::default()),
    ]);
    let layout = (any::<bool>(), any::<bool>(), any::<bool>(), 1usize..800, 1usize..800);
    (
        layout,
        number,
        version,
        dictionary_limit,
        number_encoding,
        text_encoding,
        compression,
    )
        .prop_map(
            |(layout, number, version, dictionary_limit, number_encoding, text_encoding, compression)| {
                let (nulls, reversed, dictionary, row_group_rows, page_rows) = layout;
                Manner {
                    nulls,
                    reversed,
                    number,
                    version,
                    row_group_rows,
                    page_rows,
                    dictionary,
                    dictionary_limit,
                    number_encoding,
                    text_encoding,
                    compression,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn parts_in_any_manner_read_as_ours_do(manner in manners(), seed in 0u64..1000) {
        check_manner(&invent(500, seed), &manner);
    }
}

#[test]
fn parts_with_the_usual_defaults_of_other_writers_read_as_ours_do() {
    let hub = invent(3000, 11);
    let usual = Manner::usual();
    check_manner(&hub, &usual);
    check_manner(
        &hub,
        &Manner {
            version: WriterVersion::PARQUET_2_0,
            ..usual.clone()
        },
    );
    check_manner(
        &hub,
        &Manner {
            row_group_rows: 700,
            page_rows: 100,
            ..usual.clone()
        },
    );
    check_manner(
        &hub,
        &Manner {
            nulls: false,
            dictionary: false,
            ..usual
        },
    );
}

#[test]
fn numbers_above_31_bits_read_from_unsigned_columns() {
    let mut hub = invent(4, 1);
    hub.columns.downloads_30d = NumberColumn::from_iter([4_294_967_295, 2_147_483_648, 5, 0]);
    for number in [
        "INT32 (INTEGER(32,false))",
        "INT32 (UINT_32)",
        "INT64",
        "INT64 (UINT_64)",
    ] {
        for dictionary in [true, false] {
            check_manner(
                &hub,
                &Manner {
                    number,
                    dictionary,
                    ..Manner::usual()
                },
            );
        }
    }
}

#[test]
fn a_column_that_is_null_from_end_to_end_reads_as_unknown() {
    let hub = invent(300, 5);
    let manner = Manner {
        row_group_rows: 120,
        ..Manner::usual()
    };
    let mut columns = model_columns(&hub, &manner);
    for column in &mut columns {
        match column {
            Column::Text(_, texts) => texts.iter_mut().for_each(|text| *text = None),
            Column::Number("parameters" | "downloads_all_time", numbers) => {
                numbers.iter_mut().for_each(|number| *number = None)
            }
            _ => {}
        }
    }
    let read = Folder::of_files(
        &hub,
        write(&columns, 300, &manner),
        write(&id_columns(&hub), 300, &manner),
    )
    .read_first()
    .unwrap();
    let unknown = NumberColumn::from_iter([UNKNOWN_NUMBER; 300]);
    assert_eq!(read.parameters, unknown);
    assert_eq!(read.downloads_all_time, Some(unknown));
    assert_eq!(read.downloads_30d, hub.columns.downloads_30d);
    for (column, codes) in DICTIONARY_COLUMNS.iter().zip(&read.codes) {
        let unknown = hub.dictionaries[*column].len() as u32 - 1;
        assert!((0..300).all(|row| codes.get(row) == Some(unknown)), "{column}");
    }
}
