//! Writing a synthetic Hub as a file of the shape of hub-stats.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;

use anyhow::{Context, Result, anyhow};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMillisecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::parquet_errors::writing_error;
use crate::progress::Progress;
use crate::snapshot_folder::disk_error;
use atlas_import::lineage::RELATIONS;

use super::description::{Declares, Model};
use super::models::SyntheticHub;

/// Rows of a row group, as DuckDB writes them.
const GROUP_ROWS: u64 = 122_880;

/// Writes all models of a synthetic Hub on every core. The same Hub gives the same bytes.
///
/// # Errors
/// When the disk is full or refuses.
pub fn write_hub_file(hub: &SyntheticHub, path: &Path, progress: &dyn Progress) -> Result<()> {
    let failed = |error: ParquetError| writing_error(path, error);
    let file = File::create(path).map_err(|error| disk_error(path, &error))?;
    let schema = Arc::new(Schema::new(
        columns(&[]).into_iter().map(|(field, _)| field).collect::<Vec<_>>(),
    ));
    let options = ArrowWriterOptions::new().with_properties(properties()?);
    let writer = ArrowWriter::try_new_with_options(BufWriter::with_capacity(1 << 20, file), schema.clone(), options);
    let (mut writer, factory) = writer.map_err(failed)?.into_serialized_writer().map_err(failed)?;
    progress.stage("inventing", hub.len());
    let groups = hub.len().div_ceil(GROUP_ROWS);
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| -> Result<()> {
        let (sender, receiver) = sync_channel(1);
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, factory, schema) = (&next, &factory, &schema);
            scope.spawn(move || {
                loop {
                    let group = next.fetch_add(1, Ordering::Relaxed);
                    if group >= groups
                        || sender
                            .send((group, encode(hub, group, factory, schema, progress)))
                            .is_err()
                    {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut wanted = 0;
        for (group, chunks) in receiver {
            waiting.insert(group, chunks.map_err(failed)?);
            while let Some(chunks) = waiting.remove(&wanted) {
                let mut rows = writer.next_row_group().map_err(failed)?;
                for chunk in chunks {
                    ArrowColumnChunk::append_to_row_group(chunk, &mut rows).map_err(failed)?;
                }
                rows.close().map_err(failed)?;
                wanted += 1;
            }
        }
        if wanted == groups {
            Ok(())
        } else {
            Err(anyhow!("{} could not be written", path.display()))
        }
    })?;
    let file = writer.into_inner().map_err(failed)?;
    let file = file.into_inner().map_err(|error| disk_error(path, error.error()))?;
    file.sync_all().map_err(|error| disk_error(path, &error))
}

fn properties() -> Result<WriterProperties> {
    let zstd = ZstdLevel::try_new(3).context("zstd level")?;
    Ok(WriterProperties::builder()
        .set_created_by("hub-atlas sample".to_owned())
        .set_compression(Compression::ZSTD(zstd))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build())
}

fn encode(
    hub: &SyntheticHub,
    group: u64,
    factory: &ArrowRowGroupWriterFactory,
    schema: &SchemaRef,
    progress: &dyn Progress,
) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    let first = group * GROUP_ROWS;
    let models: Vec<Model> = (first..(first + GROUP_ROWS).min(hub.len()))
        .map(|position| hub.model(position))
        .collect();
    let arrays = columns(&models).into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays)?;
    let mut writers = factory.create_column_writers(group as usize)?.into_iter();
    let mut chunks = Vec::new();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        for leaf in compute_leaves(field, array)? {
            let no_writer = || ParquetError::General("the schema has fewer leaves than were written".to_owned());
            let mut writer = writers.next().ok_or_else(no_writer)?;
            writer.write(&leaf)?;
            chunks.push(writer.close()?);
        }
    }
    progress.advance(models.len() as u64);
    Ok(chunks)
}

/// The columns of hub-stats over some models.
fn columns(models: &[Model]) -> Vec<(Field, ArrayRef)> {
    let texts =
        |text: &dyn Fn(&Model) -> Option<String>| Arc::new(StringArray::from_iter(models.iter().map(text))) as ArrayRef;
    let numbers = |number: &dyn Fn(&Model) -> u64| {
        Arc::new(Int64Array::from_iter_values(
            models.iter().map(|model| number(model) as i64),
        )) as ArrayRef
    };
    let created = models.iter().map(|model| model.created * 1000);
    let created = TimestampMillisecondArray::from_iter_values(created).with_timezone("UTC");
    let trending = Float64Array::from_iter_values(models.iter().map(|model| (model.likes / 40) as f64));
    let mut tags = ListBuilder::new(StringBuilder::new());
    for model in models {
        model.tags.iter().for_each(|tag| tags.values().append_value(tag));
        tags.append(true);
    }
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("id", texts(&|model| Some(model.id.clone()))),
        (
            "author",
            texts(&|model| model.id.split_once('/').map(|(account, _)| account.to_owned())),
        ),
        ("createdAt", Arc::new(created)),
        ("downloads", numbers(&|model| model.downloads_30d)),
        ("downloadsAllTime", numbers(&|model| model.downloads_all_time)),
        ("likes", numbers(&|model| model.likes)),
        ("trendingScore", Arc::new(trending)),
        ("pipeline_tag", texts(&|model| model.task.map(str::to_owned))),
        ("library_name", texts(&|model| model.library.map(str::to_owned))),
        ("tags", Arc::new(tags.finish())),
        ("baseModels", base_models(models)),
        ("safetensors", declared(models, Declares::Safetensors)),
        ("gguf", declared(models, Declares::Gguf)),
    ];
    let field = |(name, array): (&str, ArrayRef)| (Field::new(name, array.data_type().clone(), name != "id"), array);
    arrays.into_iter().map(field).collect()
}

fn base_models(models: &[Model]) -> ArrayRef {
    let is_derived = |model: &Model| !model.base_model.is_empty();
    let relation = |model: &Model| {
        RELATIONS
            .get(usize::from(model.relation))
            .copied()
            .filter(|_| is_derived(model))
    };
    let relations: ArrayRef = Arc::new(StringArray::from_iter(models.iter().map(relation)));
    let derived = || models.iter().filter(|model| is_derived(model));
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(
        derived().map(|model| model.base_model.as_str()),
    ));
    let id_field = Arc::new(Field::new("id", DataType::Utf8, true));
    let items = StructArray::from(vec![(id_field, ids)]);
    let lengths = models.iter().map(|model| usize::from(is_derived(model)));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let item_field = Arc::new(Field::new("element", items.data_type().clone(), true));
    let lists: ArrayRef = Arc::new(ListArray::new(item_field, offsets, Arc::new(items), None));
    with_nulls(models, vec![("relation", relations), ("models", lists)], is_derived)
}

fn declared(models: &[Model], by: Declares) -> ArrayRef {
    let declares = |model: &Model| model.declares == by;
    let totals = models
        .iter()
        .map(|model| declares(model).then_some(model.parameters as i64));
    with_nulls(
        models,
        vec![("total", Arc::new(Int64Array::from_iter(totals)))],
        declares,
    )
}

fn with_nulls(models: &[Model], fields: Vec<(&str, ArrayRef)>, is_there: impl Fn(&Model) -> bool) -> ArrayRef {
    let there: Vec<bool> = models.iter().map(is_there).collect();
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema: Vec<Field> = fields.iter().map(field).collect();
    let arrays = fields.into_iter().map(|(_, array)| array).collect();
    Arc::new(StructArray::new(schema.into(), arrays, Some(NullBuffer::from(there))))
}
