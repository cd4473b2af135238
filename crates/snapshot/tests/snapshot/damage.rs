//! Parts that are not what they should be are refused with a sentence that names the part and the remedy.

use std::sync::Arc;

use atlas_snapshot::{PartKind, SnapshotError};
use bytes::Bytes;
use parquet::basic::{BrotliLevel, Compression, Encoding};
use parquet::column::writer::{get_column_writer, get_typed_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;
use proptest::prelude::*;

use crate::folder::{Folder, describe};
use crate::foreign::{Column, Manner, id_columns, model_columns, write};
use crate::invented::{InventedHub, invent};

fn check_refused<T: std::fmt::Debug>(result: Result<T, SnapshotError>, folder: &Folder, kind: PartKind, what: &str) {
    let error = result.unwrap_err().to_string();
    let path = &folder.first(kind).0.path;
    assert!(error.starts_with(&format!("{path} is damaged: ")), "{error}");
    assert!(error.contains(what), "“{what}” is not in: {error}");
    assert!(
        error.ends_with(". Fetch it again, or build the snapshot again."),
        "{error}"
    );
}

fn check_models_refused(folder: &Folder, what: &str) {
    check_refused(folder.read_first(), folder, PartKind::Models, what);
}

fn check_ids_refused(folder: &Folder, what: &str) {
    check_refused(folder.read_first_ids(), folder, PartKind::Ids, what);
}

/// A folder whose models part somebody wrote after `spoil`, with a manifest that fits it.
fn spoilt(hub: &InventedHub, spoil: impl FnOnce(&mut Vec<Column>)) -> Folder {
    let manner = Manner::usual();
    let mut columns = model_columns(hub, &manner);
    spoil(&mut columns);
    let rows = hub.columns.rows();
    Folder::of_files(
        hub,
        write(&columns, rows, &manner),
        write(&id_columns(hub), rows, &manner),
    )
}

/// A folder whose first two ids are these bytes.
fn with_first_ids(hub: &InventedHub, first: Option<&[u8]>, second: &[u8]) -> Folder {
    let manner = Manner::usual();
    let rows = hub.columns.rows();
    let mut ids = id_columns(hub);
    if let Column::Text(_, texts) = &mut ids[0] {
        texts[0] = first.map(<[u8]>::to_vec);
        texts[1] = Some(second.to_vec());
    }
    Folder::of_files(
        hub,
        write(&model_columns(hub, &manner), rows, &manner),
        write(&ids, rows, &manner),
    )
}

/// Puts other bytes in place of a part, with a manifest that fits them.
fn reseal(folder: &mut Folder, kind: PartKind, bytes: Vec<u8>) {
    let part = folder.manifest.parts.iter_mut().find(|part| part.kind == kind).unwrap();
    *part = describe(kind, &bytes, 0, part.rows as usize, part.downloads_30d);
    folder.files.insert(part.path.clone(), Bytes::from(bytes));
}

fn column_named<'a>(columns: &'a mut [Column], wanted: &str) -> &'a mut Column {
    columns
        .iter_mut()
        .find(|column| {
            matches!(column, Column::Number(name, _) if *name == wanted)
                || matches!(column, Column::Text(name, _) if name == wanted)
        })
        .unwrap()
}

#[test]
fn any_flipped_bit_and_any_missing_byte_is_noticed() {
    let hub = invent(40, 2);
    let folder = Folder::write(&hub, &[]);
    for kind in [PartKind::Models, PartKind::Ids] {
        let (part, bytes) = folder.first(kind);
        let (path, bytes) = (part.path.clone(), bytes.to_vec());
        let refused = |bytes: Vec<u8>, what: &str| {
            let mut folder = folder.clone();
            folder.files.insert(path.clone(), Bytes::from(bytes));
            match kind {
                PartKind::Models | PartKind::Datasets => check_models_refused(&folder, what),
                PartKind::Ids => check_ids_refused(&folder, what),
            }
        };
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            refused(flipped, "its SHA-256 is ");
        }
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            refused(
                bytes[..length].to_vec(),
                &format!("it has {length} bytes, the manifest says {}", bytes.len()),
            );
        }
        refused([&bytes[..], b"x"].concat(), "bytes, the manifest says");
    }
}

#[test]
fn a_file_that_is_no_parquet_is_refused_though_its_checksum_fits() {
    let hub = invent(40, 2);
    for bytes in [
        &b"x"[..],
        b"<!doctype html><title>404</title>",
        b"PAR1PAR1",
        b"PAR1\xff\xff\xff\x7fPAR1",
    ] {
        let mut folder = Folder::write(&hub, &[]);
        reseal(&mut folder, PartKind::Models, bytes.to_vec());
        reseal(&mut folder, PartKind::Ids, bytes.to_vec());
        check_models_refused(&folder, "arquet");
        check_ids_refused(&folder, "arquet");
    }
}

#[test]
fn another_number_of_rows_is_refused() {
    let mut folder = Folder::write(&invent(40, 2), &[]);
    folder.manifest.parts.iter_mut().for_each(|part| part.rows += 1);
    check_models_refused(&folder, "it holds 40 rows, the manifest says 41");
    check_ids_refused(&folder, "it holds 40 rows, the manifest says 41");
}

#[test]
fn another_sum_of_downloads_is_refused() {
    let mut folder = Folder::write(&invent(40, 2), &[]);
    *folder.manifest.parts[0].downloads_30d.as_mut().unwrap() += 1;
    check_models_refused(&folder, "its downloads_30d add up to");
}

#[test]
fn missing_columns_are_named() {
    let hub = invent(40, 2);
    let names: Vec<String> = model_columns(&hub, &Manner::usual())
        .iter()
        .map(|column| match column {
            Column::Number(name, _) => (*name).to_owned(),
            Column::Text(name, _) => name.clone(),
            Column::Other(name) => (*name).to_owned(),
        })
        .collect();
    assert_eq!(names.len(), 15);
    for name in &names {
        let folder = spoilt(&hub, |columns| {
            let at = names.iter().position(|other| other == name).unwrap();
            columns.remove(at);
        });
        check_models_refused(&folder, &format!("it has no column {name}"));
    }
    let mut folder = Folder::write(&hub, &[]);
    let models = folder.first(PartKind::Models).1.to_vec();
    reseal(&mut folder, PartKind::Ids, models);
    check_ids_refused(&folder, "it has no column id");
}

#[test]
fn other_compressions_are_named() {
    let hub = invent(40, 2);
    let manner = Manner::usual();
    let schema = Arc::new(parse_message_type("message ids { REQUIRED BYTE_ARRAY id (STRING); }").unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.clone(), properties.clone()).unwrap();
    // A column without compression, then the same with another compression in its description.
    let mut chunk = TrackedWrite::new(Vec::new());
    let descriptor = SchemaDescriptor::new(schema).column(0);
    let page_writer = Box::new(SerializedPageWriter::new(&mut chunk));
    let mut column = get_typed_column_writer::<ByteArrayType>(get_column_writer(descriptor, properties, page_writer));
    let ids: Vec<ByteArray> = (0..40).map(|row| ByteArray::from(hub.ids.get(row).unwrap())).collect();
    column.write_batch(&ids, None, None).unwrap();
    let mut written = column.close().unwrap();
    written.metadata = written
        .metadata
        .into_builder()
        .set_compression(Compression::LZO)
        .build()
        .unwrap();
    let mut group = writer.next_row_group().unwrap();
    group
        .append_column(&Bytes::from(chunk.into_inner().unwrap()), written)
        .unwrap();
    group.close().unwrap();
    let models = write(&model_columns(&hub, &manner), 40, &manner);
    let folder = Folder::of_files(&hub, models, writer.into_inner().unwrap());
    check_ids_refused(
        &folder,
        "in its column id, the pages have the compression LZO; format 1 has BROTLI and UNCOMPRESSED",
    );
    // Others are refused even where the parquet crate could read them: what the builder finds sound, the page reads.
    for (name, compression) in [
        ("SNAPPY", Compression::SNAPPY),
        ("GZIP", Compression::GZIP(Default::default())),
        ("LZ4_RAW", Compression::LZ4_RAW),
        ("ZSTD", Compression::ZSTD(Default::default())),
    ] {
        let manner = Manner {
            compression,
            ..Manner::usual()
        };
        // The crate panics where it could say that a compression is not compiled in.
        let written = std::panic::catch_unwind(|| {
            Folder::of_files(
                &hub,
                write(&model_columns(&hub, &manner), 40, &manner),
                write(&id_columns(&hub), 40, &manner),
            )
        });
        match written {
            Ok(folder) => check_models_refused(&folder, &format!("the pages have the compression {name};")),
            Err(_) => println!("{name} is not compiled into this build, so there is nothing to refuse"),
        }
    }
}

#[test]
fn columns_of_another_type_are_refused() {
    let hub = invent(40, 2);
    let number = |columns: &mut Vec<Column>| *column_named(columns, "month") = Column::Other("REQUIRED INT64 month;");
    check_models_refused(
        &spoilt(&hub, number),
        "in its column month, there are no texts but INT64",
    );
    let text = |columns: &mut Vec<Column>| {
        let texts = vec![Some(b"1".to_vec()); 40];
        *column_named(columns, "parameters") = Column::Text("parameters".to_owned(), texts);
    };
    check_models_refused(
        &spoilt(&hub, text),
        "in its column parameters, there are no whole numbers but BYTE_ARRAY",
    );
    let double =
        |columns: &mut Vec<Column>| *column_named(columns, "parameters") = Column::Other("OPTIONAL DOUBLE parameters;");
    check_models_refused(
        &spoilt(&hub, double),
        "in its column parameters, there are no whole numbers but DOUBLE",
    );
    let list = |columns: &mut Vec<Column>| {
        *column_named(columns, "task") =
            Column::Other("REQUIRED group task (LIST) { REPEATED group list { REQUIRED INT64 element; } }");
    };
    check_models_refused(&spoilt(&hub, list), "it has no column task");
}

#[test]
fn values_outside_the_dictionary_are_quoted() {
    let hub = invent(40, 2);
    for long in ["video-to-smell".to_owned(), "x".repeat(500)] {
        let folder = spoilt(&hub, |columns| {
            if let Column::Text(_, texts) = column_named(columns, "task") {
                texts[7] = Some(long.clone().into_bytes());
            }
        });
        let quoted = &long[..long.len().min(60)];
        check_models_refused(
            &folder,
            &format!("in its column task, the value \"{quoted}\" is not in the manifest's dictionary"),
        );
    }
    let mut folder = Folder::write(&hub, &[]);
    folder
        .manifest
        .dictionaries
        .get_mut("region")
        .unwrap()
        .retain(|value| value.key != "us");
    check_models_refused(
        &folder,
        "in its column region, the value \"us\" is not in the manifest's dictionary",
    );
}

#[test]
fn negative_and_missing_numbers_are_refused() {
    let hub = invent(40, 2);
    for (name, number) in [("parameters", 5i64), ("downloads_all_time", i64::MAX), ("likes", 1)] {
        let folder = spoilt(&hub, |columns| {
            if let Column::Number(_, numbers) = column_named(columns, name) {
                numbers[3] = Some(-number as u64);
            }
        });
        check_models_refused(
            &folder,
            &format!("in its column {name}, -{number} is not a number from 0 to"),
        );
    }
    let manner = Manner {
        number: "INT64 (INTEGER(64,false))",
        ..Manner::usual()
    };
    let mut columns = model_columns(&hub, &manner);
    if let Column::Number(_, numbers) = column_named(&mut columns, "likes") {
        numbers[3] = Some(u64::MAX);
    }
    let folder = Folder::of_files(
        &hub,
        write(&columns, 40, &manner),
        write(&id_columns(&hub), 40, &manner),
    );
    check_models_refused(
        &folder,
        "in its column likes, 18446744073709551615 is not a number from 0 to",
    );
    for name in ["likes", "downloads_30d"] {
        let folder = spoilt(&hub, |columns| {
            if let Column::Number(_, numbers) = column_named(columns, name) {
                numbers[39] = None;
            }
        });
        check_models_refused(&folder, &format!("its column {name} has no value in row 39"));
    }
}

#[test]
fn rows_out_of_order_are_refused() {
    let hub = invent(40, 2);
    let folder = spoilt(&hub, |columns| {
        if let Column::Number(_, numbers) = column_named(columns, "downloads_30d") {
            numbers.swap(0, 39);
        }
    });
    check_models_refused(&folder, "row 1 has more than the row before it");
}

#[test]
fn ids_that_are_no_text_are_refused() {
    let hub = invent(40, 2);
    check_ids_refused(
        &with_first_ids(&hub, Some(b"a/\xff"), b"b/c"),
        "row 0 is not valid UTF-8",
    );
    // Two halves of one character are valid text only together.
    check_ids_refused(
        &with_first_ids(&hub, Some(b"a/\xc3"), b"\xa9"),
        "row 0 is not valid UTF-8",
    );
    check_ids_refused(&with_first_ids(&hub, Some(b"a/b"), b"\xa9"), "row 1 is not valid UTF-8");
    check_ids_refused(
        &with_first_ids(&hub, None, b"b/c"),
        "in its column id, a row has no value",
    );
    assert!(
        with_first_ids(&hub, Some(b""), "é/ü".as_bytes())
            .read_first_ids()
            .is_ok()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Parts whose checksum fits may still hold anything: whoever wrote the manifest may have meant it.
    #[test]
    fn no_change_to_a_part_makes_reading_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        manner in 0usize..4,
        kind in prop::sample::select(vec![PartKind::Models, PartKind::Ids]),
    ) {
        let mut folder = FOLDERS.with(|folders| folders[manner].clone());
        let mut bytes = folder.first(kind).1.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        reseal(&mut folder, kind, bytes);
        let message = match kind {
            PartKind::Models | PartKind::Datasets => folder.read_first().err(),
            PartKind::Ids => folder.read_first_ids().err(),
        };
        if let Some(message) = message {
            prop_assert!(message.to_string().contains(&folder.first(kind).0.path));
        }
    }
}

thread_local! {
    static FOLDERS: Vec<Folder> = {
        let hub = invent(200, 8);
        let split = Manner {
            nulls: false,
            version: WriterVersion::PARQUET_2_0,
            dictionary: false,
            row_group_rows: 90,
            page_rows: 40,
            number_encoding: Encoding::DELTA_BINARY_PACKED,
            text_encoding: Encoding::DELTA_BYTE_ARRAY,
            ..Manner::usual()
        };
        let brotli = Manner { compression: Compression::BROTLI(BrotliLevel::default()), ..Manner::usual() };
        let by = |manner: &Manner| {
            Folder::of_files(&hub, write(&model_columns(&hub, manner), 200, manner), write(&id_columns(&hub), 200, manner))
        };
        vec![Folder::write(&hub, &[]), by(&Manner::usual()), by(&split), by(&brotli)]
    };
}
