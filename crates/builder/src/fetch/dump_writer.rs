//! Models of the list as a Parquet file in the shape of hub-stats.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMillisecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::parquet_errors::writing_error;
use crate::snapshot_folder::disk_error;
use atlas_import::hub_api::listed_model::ListedModel;
use atlas_import::parquet_dump::SCOPE_KEY;

/// Rows of a row group, as DuckDB writes them.
const GROUP_ROWS: usize = 122_880;

/// Models turned into columns at a time.
const BATCH_ROWS: usize = 8192;

/// Most number types that become columns of their own; the total is kept in any case.
const MOST_NUMBER_TYPES: usize = 64;

/// What a set of models states, and so which columns its file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    columns: BTreeSet<&'static str>,
    number_types: BTreeSet<String>,
}

impl Stated {
    /// Takes note of what a model states.
    pub fn add(&mut self, model: &ListedModel) {
        for (name, states) in STATES {
            if !self.columns.contains(name) && states(model) {
                self.columns.insert(name);
            }
        }
        for name in model
            .safetensors
            .iter()
            .flat_map(|safetensors| safetensors.parameters.keys())
        {
            if self.number_types.len() < MOST_NUMBER_TYPES && !self.number_types.contains(name) {
                self.number_types.insert(name.clone());
            }
        }
    }
}

type States = fn(&ListedModel) -> bool;

/// Whether a model states the fact of each column; `id` and `downloads` are columns in any case.
const STATES: [(&str, States); 13] = [
    ("author", |model| model.author.is_some()),
    ("createdAt", |model| model.created_at.is_some()),
    ("lastModified", |model| model.last_modified.is_some()),
    ("downloadsAllTime", |model| model.downloads_all_time.is_some()),
    ("likes", |model| model.likes.is_some()),
    ("trendingScore", |model| model.trending_score.is_some()),
    ("tags", |model| model.tags.is_some()),
    ("pipeline_tag", |model| model.pipeline_tag.is_some()),
    ("library_name", |model| model.library_name.is_some()),
    ("gated", |model| model.gated.is_some()),
    ("baseModels", |model| model.base_models.is_some()),
    ("safetensors", |model| model.safetensors.is_some()),
    ("gguf", |model| model.gguf.is_some()),
];

/// A file of models being written. The same models in the same order give the same bytes.
pub struct DumpWriter<'a> {
    path: &'a Path,
    stated: &'a Stated,
    schema: SchemaRef,
    writer: ArrowWriter<BufWriter<File>>,
    waiting: Vec<ListedModel>,
    rows: u64,
}

impl<'a> DumpWriter<'a> {
    /// Begins a file with the columns that its models state, and `scope` in its metadata.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn create(path: &'a Path, stated: &'a Stated, scope: &str) -> Result<DumpWriter<'a>> {
        let file = File::create(path).map_err(|error| disk_error(path, &error))?;
        let fields: Vec<Field> = columns(&[], stated).into_iter().map(|(field, _)| field).collect();
        let schema = Arc::new(Schema::new(fields));
        let zstd = ZstdLevel::try_new(3).context("zstd level")?;
        let properties = WriterProperties::builder()
            .set_created_by("hub-atlas fetch".to_owned())
            .set_compression(Compression::ZSTD(zstd))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_key_value_metadata(Some(vec![KeyValue::new(SCOPE_KEY.to_owned(), scope.to_owned())]))
            .build();
        let writer = ArrowWriter::try_new(
            BufWriter::with_capacity(1 << 20, file),
            schema.clone(),
            Some(properties),
        );
        Ok(DumpWriter {
            path,
            stated,
            schema,
            writer: writer.map_err(|error| writing_error(path, error))?,
            waiting: Vec::new(),
            rows: 0,
        })
    }

    /// Adds a model.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn push(&mut self, model: ListedModel) -> Result<()> {
        self.waiting.push(model);
        self.rows += 1;
        if self.waiting.len() < BATCH_ROWS {
            Ok(())
        } else {
            self.flush()
        }
    }

    /// Closes the file; gives the number of rows and of bytes.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub fn finish(mut self) -> Result<(u64, u64)> {
        self.flush()?;
        let (path, rows) = (self.path, self.rows);
        let file = self.writer.into_inner().map_err(|error| writing_error(path, error))?;
        let file = file.into_inner().map_err(|error| disk_error(path, error.error()))?;
        let size = file.sync_all().and_then(|()| file.metadata());
        let size = size.map_err(|error| disk_error(path, &error))?.len();
        Ok((rows, size))
    }

    fn flush(&mut self) -> Result<()> {
        let models = std::mem::take(&mut self.waiting);
        let arrays = columns(&models, self.stated)
            .into_iter()
            .map(|(_, array)| array)
            .collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
        self.writer
            .write(&batch)
            .map_err(|error| writing_error(self.path, error))
    }
}

fn columns(models: &[ListedModel], stated: &Stated) -> Vec<(Field, ArrayRef)> {
    let texts = |text: fn(&ListedModel) -> Option<&String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(models.iter().map(text)))
    };
    let numbers = |number: fn(&ListedModel) -> Option<i64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(models.iter().map(number)))
    };
    let moments = |seconds: fn(&ListedModel) -> Option<i64>| -> ArrayRef {
        let milliseconds = models
            .iter()
            .map(|model| seconds(model).and_then(|seconds| seconds.checked_mul(1000)));
        Arc::new(TimestampMillisecondArray::from_iter(milliseconds).with_timezone("UTC"))
    };
    let trending = models.iter().map(|model| model.trending_score);
    let all: Vec<(&str, ArrayRef)> = vec![
        ("id", texts(|model| Some(&model.id))),
        ("author", texts(|model| model.author.as_ref())),
        ("createdAt", moments(|model| model.created_at)),
        ("lastModified", moments(|model| model.last_modified)),
        ("downloads", numbers(|model| model.downloads)),
        ("downloadsAllTime", numbers(|model| model.downloads_all_time)),
        ("likes", numbers(|model| model.likes)),
        ("trendingScore", Arc::new(Float64Array::from_iter(trending))),
        ("tags", tags(models)),
        ("pipeline_tag", texts(|model| model.pipeline_tag.as_ref())),
        ("library_name", texts(|model| model.library_name.as_ref())),
        ("gated", texts(|model| model.gated.as_ref())),
        ("baseModels", base_models(models)),
        ("safetensors", safetensors(models, &stated.number_types)),
        ("gguf", gguf(models)),
    ];
    all.into_iter()
        .filter(|(name, _)| matches!(*name, "id" | "downloads") || stated.columns.contains(name))
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
        .collect()
}

fn tags(models: &[ListedModel]) -> ArrayRef {
    let mut tags = ListBuilder::new(StringBuilder::new());
    for model in models {
        let stated = model.tags.iter().flatten();
        stated.for_each(|tag| tags.values().append_value(tag));
        tags.append(model.tags.is_some());
    }
    Arc::new(tags.finish())
}

fn base_models(models: &[ListedModel]) -> ArrayRef {
    let stated = || models.iter().map(|model| model.base_models.as_ref());
    let relations: ArrayRef = Arc::new(StringArray::from_iter(
        stated().map(|base| base.and_then(|base| base.relation.as_ref())),
    ));
    let listed = || stated().flatten().flat_map(|base| &base.models);
    let keys: ArrayRef = Arc::new(StringArray::from_iter(listed().map(|(key, _)| key.as_ref())));
    let ids: ArrayRef = Arc::new(StringArray::from_iter(listed().map(|(_, id)| id.as_ref())));
    let items = StructArray::from(vec![(text_field("_id"), keys), (text_field("id"), ids)]);
    let offsets = OffsetBuffer::from_lengths(stated().map(|base| base.map_or(0, |base| base.models.len())));
    let item = Arc::new(Field::new("element", items.data_type().clone(), true));
    let lists: ArrayRef = Arc::new(ListArray::new(item, offsets, Arc::new(items), None));
    structs(
        vec![("relation", relations), ("models", lists)],
        stated().map(|base| base.is_some()),
    )
}

fn safetensors(models: &[ListedModel], number_types: &BTreeSet<String>) -> ArrayRef {
    let stated = || models.iter().map(|model| model.safetensors.as_ref());
    let totals: ArrayRef = Arc::new(Int64Array::from_iter(
        stated().map(|sizes| sizes.and_then(|sizes| sizes.total)),
    ));
    let count = |name: &str| -> ArrayRef {
        let counts = stated().map(|sizes| sizes.and_then(|sizes| sizes.parameters.get(name).copied()));
        Arc::new(Int64Array::from_iter(counts))
    };
    let mut fields = Vec::new();
    if !number_types.is_empty() {
        let by_type = number_types.iter().map(|name| (name.as_str(), count(name))).collect();
        let has_some = |sizes: Option<&atlas_import::hub_api::listed_model::Safetensors>| {
            sizes.is_some_and(|sizes| !sizes.parameters.is_empty())
        };
        fields.push(("parameters", structs(by_type, stated().map(has_some))));
    }
    fields.push(("total", totals));
    structs(fields, stated().map(|sizes| sizes.is_some()))
}

fn gguf(models: &[ListedModel]) -> ArrayRef {
    let stated = || models.iter().map(|model| model.gguf.as_ref());
    let totals: ArrayRef = Arc::new(Int64Array::from_iter(
        stated().map(|gguf| gguf.and_then(|gguf| gguf.total)),
    ));
    let architectures: ArrayRef = Arc::new(StringArray::from_iter(
        stated().map(|gguf| gguf.and_then(|gguf| gguf.architecture.as_ref())),
    ));
    let contexts: ArrayRef = Arc::new(Int64Array::from_iter(
        stated().map(|gguf| gguf.and_then(|gguf| gguf.context_length)),
    ));
    let fields = vec![
        ("total", totals),
        ("architecture", architectures),
        ("context_length", contexts),
    ];
    structs(fields, stated().map(|gguf| gguf.is_some()))
}

fn structs(fields: Vec<(&str, ArrayRef)>, stated: impl Iterator<Item = bool>) -> ArrayRef {
    let there: Vec<bool> = stated.collect();
    let schema: Vec<Field> = fields
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = fields.into_iter().map(|(_, array)| array).collect();
    Arc::new(StructArray::new(schema.into(), arrays, Some(NullBuffer::from(there))))
}

fn text_field(name: &str) -> Arc<Field> {
    Arc::new(Field::new(name, DataType::Utf8, true))
}
