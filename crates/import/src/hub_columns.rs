//! Where the facts about a model stand in a dump of the Hub.

use arrow_array::{ArrayRef, RecordBatch};
use atlas_snapshot::Collection;
use parquet::schema::types::SchemaDescriptor;

use crate::count_cells::Counts;
use crate::date_cells::Moments;
use crate::declared_size::DeclaredSizes;
use crate::lineage::BaseModels;
use crate::text_cells::{ColumnTypeError, TextLists, Texts};

/// A column of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HubColumn {
    /// `account/name`. Required.
    Id,
    /// Downloads in 30 days. Required.
    Downloads,
    /// Downloads since the beginning.
    DownloadsAllTime,
    /// Likes.
    Likes,
    /// When the repository was created.
    CreatedAt,
    /// When the repository was last changed. Only read to tell which of two readings of a model is the newer one.
    LastModified,
    /// Task.
    PipelineTag,
    /// Library.
    LibraryName,
    /// Tags.
    Tags,
    /// Base models.
    BaseModels,
    /// What the headers of safetensors files declare.
    Safetensors,
    /// What the headers of GGUF files declare.
    Gguf,
    /// Metadata of the model card, as JSON text.
    CardData,
}

impl HubColumn {
    /// Every column.
    pub const ALL: [HubColumn; 13] = [
        HubColumn::Id,
        HubColumn::Downloads,
        HubColumn::DownloadsAllTime,
        HubColumn::Likes,
        HubColumn::CreatedAt,
        HubColumn::LastModified,
        HubColumn::PipelineTag,
        HubColumn::LibraryName,
        HubColumn::Tags,
        HubColumn::BaseModels,
        HubColumn::Safetensors,
        HubColumn::Gguf,
        HubColumn::CardData,
    ];

    /// Those that datasets have as well.
    pub const OF_DATASETS: [HubColumn; 8] = [
        HubColumn::Id,
        HubColumn::Downloads,
        HubColumn::DownloadsAllTime,
        HubColumn::Likes,
        HubColumn::CreatedAt,
        HubColumn::LastModified,
        HubColumn::Tags,
        HubColumn::CardData,
    ];

    /// The names it goes by, the one of hub-stats first.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            HubColumn::Id => &["id", "modelId"],
            HubColumn::Downloads => &["downloads", "downloads_30d"],
            HubColumn::DownloadsAllTime => &["downloadsAllTime", "downloads_all_time"],
            HubColumn::Likes => &["likes"],
            HubColumn::CreatedAt => &["createdAt", "created_at"],
            HubColumn::LastModified => &["lastModified", "last_modified"],
            HubColumn::PipelineTag => &["pipeline_tag"],
            HubColumn::LibraryName => &["library_name"],
            HubColumn::Tags => &["tags"],
            HubColumn::BaseModels => &["baseModels", "base_models"],
            HubColumn::Safetensors => &["safetensors"],
            HubColumn::Gguf => &["gguf"],
            HubColumn::CardData => &["cardData", "card_data"],
        }
    }

    /// The name of hub-stats.
    pub fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// Whether a dump without it cannot be read.
    pub const fn is_required(self) -> bool {
        matches!(self, HubColumn::Id | HubColumn::Downloads)
    }
}

/// A dump lacks a column it must have.
#[derive(Debug, thiserror::Error)]
#[error(
    "the column “{column}” is missing; the columns are {found}. A Hub dump has at least `id` and `downloads`: take `models.parquet` or `datasets.parquet` of hub-stats, or rename the columns."
)]
pub struct MissingColumnError {
    /// The name of hub-stats.
    pub column: &'static str,
    /// The columns there are.
    pub found: String,
}

/// Which columns a dump has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnsPresent {
    names: Vec<(HubColumn, String)>,
}

impl ColumnsPresent {
    /// Finds the columns among the names of a dump's top-level columns.
    ///
    /// # Errors
    /// When a required one is missing.
    pub fn find<'a>(names: impl Iterator<Item = &'a str>) -> Result<ColumnsPresent, MissingColumnError> {
        let found: Vec<&str> = names.collect();
        let mut present = Vec::new();
        for column in HubColumn::ALL {
            match column.names().iter().find(|name| found.contains(name)) {
                Some(name) => present.push((column, (*name).to_owned())),
                None if column.is_required() => {
                    return Err(MissingColumnError {
                        column: column.name(),
                        found: found.join(", "),
                    });
                }
                None => {}
            }
        }
        Ok(ColumnsPresent { names: present })
    }

    /// Finds the columns of a Parquet schema.
    ///
    /// # Errors
    /// When a required one is missing.
    pub fn of_parquet(schema: &SchemaDescriptor) -> Result<ColumnsPresent, MissingColumnError> {
        ColumnsPresent::find(schema.root_schema().get_fields().iter().map(|field| field.name()))
    }

    /// The columns there are, each with the name it goes by.
    pub fn columns(&self) -> impl Iterator<Item = (HubColumn, &str)> {
        self.names.iter().map(|(column, name)| (*column, name.as_str()))
    }

    /// The same without a column, which is then not decoded.
    pub fn without(mut self, column: HubColumn) -> ColumnsPresent {
        self.names.retain(|(present, _)| *present != column);
        self
    }

    /// Those of the columns that are `wanted`.
    pub fn only(mut self, wanted: &[HubColumn]) -> ColumnsPresent {
        self.names.retain(|(present, _)| wanted.contains(present));
        self
    }

    /// The columns of a collection: those of what it does not have are not read.
    pub fn of(self, collection: Collection) -> ColumnsPresent {
        match collection {
            Collection::Models => self,
            Collection::Datasets => self.only(&HubColumn::OF_DATASETS),
        }
    }

    /// A column that only models have, by the name it goes by.
    pub fn of_models_alone(&self) -> Option<&str> {
        let alone = |column: HubColumn| !HubColumn::OF_DATASETS.contains(&column);
        self.columns().find(|(column, _)| alone(*column)).map(|(_, name)| name)
    }

    /// The columns that at least one of some dumps has.
    pub fn united<'a>(dumps: impl IntoIterator<Item = &'a ColumnsPresent>) -> ColumnsPresent {
        let mut names: Vec<(HubColumn, String)> = Vec::new();
        for (column, name) in dumps.into_iter().flat_map(ColumnsPresent::columns) {
            if !names.iter().any(|(known, _)| *known == column) {
                names.push((column, name.to_owned()));
            }
        }
        ColumnsPresent { names }
    }

    /// Whether the dump has a column.
    pub fn has(&self, column: HubColumn) -> bool {
        self.names.iter().any(|(present, _)| *present == column)
    }

    /// The facts of a collection it lacks, by the name of hub-stats.
    pub fn missing(&self, collection: Collection) -> Vec<&'static str> {
        let facts = HubColumn::ALL.into_iter().filter(|column| {
            let is_fact = collection == Collection::Models || HubColumn::OF_DATASETS.contains(column);
            is_fact && *column != HubColumn::LastModified
        });
        let missing = facts.filter(|column| !self.has(*column));
        missing.map(HubColumn::name).collect()
    }

    /// The leaves of a Parquet schema that must be decoded: whole columns, but of sizes only the total where there is
    /// one, and of base models not their internal ids.
    pub fn leaves(&self, schema: &SchemaDescriptor) -> Vec<usize> {
        let paths: Vec<Vec<&str>> = schema
            .columns()
            .iter()
            .map(|leaf| leaf.path().parts().iter().map(String::as_str).collect())
            .collect();
        let column_of = |path: &[&str]| {
            let root = path.first()?;
            self.names
                .iter()
                .find(|(_, name)| name == root)
                .map(|(column, _)| *column)
        };
        let has_total = |root: &str| paths.iter().any(|path| path[..] == [root, "total"]);
        let wanted = |path: &[&str]| match (column_of(path), path) {
            (None, _) => false,
            (Some(HubColumn::Safetensors | HubColumn::Gguf), [root, field, ..]) => {
                *field == "total" || (*field == "parameters" && !has_total(root))
            }
            (Some(HubColumn::BaseModels), path) => path.last() != Some(&"_id"),
            (Some(_), _) => true,
        };
        let leaves = paths.iter().enumerate().filter(|(_, path)| wanted(path));
        leaves.map(|(at, _)| at).collect()
    }

    fn array<'a>(&self, column: HubColumn, batch: &'a RecordBatch) -> Option<&'a ArrayRef> {
        let (_, name) = self.names.iter().find(|(present, _)| *present == column)?;
        batch.column_by_name(name)
    }
}

/// The columns of one batch of rows, each absent where the dump lacks it.
pub struct HubBatch<'a> {
    /// Ids.
    pub ids: Texts<'a>,
    /// Downloads in 30 days.
    pub downloads: Counts<'a>,
    /// All-time downloads.
    pub downloads_all_time: Counts<'a>,
    /// Likes.
    pub likes: Counts<'a>,
    /// When created.
    pub created_at: Moments<'a>,
    /// When last changed.
    pub last_modified: Moments<'a>,
    /// Task.
    pub tasks: Texts<'a>,
    /// Library.
    pub libraries: Texts<'a>,
    /// Tags.
    pub tags: TextLists<'a>,
    /// Base models.
    pub base_models: BaseModels<'a>,
    /// Sizes in safetensors headers.
    pub safetensors: DeclaredSizes<'a>,
    /// Sizes in GGUF headers.
    pub gguf: DeclaredSizes<'a>,
    /// Model cards.
    pub cards: Texts<'a>,
}

impl<'a> HubBatch<'a> {
    /// The columns of a batch.
    ///
    /// # Errors
    /// When a column is of a type that cannot hold what is wanted of it.
    pub fn of(present: &ColumnsPresent, batch: &'a RecordBatch) -> Result<HubBatch<'a>, ColumnTypeError> {
        let array = |column| present.array(column, batch);
        let texts =
            |column: HubColumn| array(column).map_or(Ok(Texts::Absent), |array| Texts::of(column.name(), array));
        let counts =
            |column: HubColumn| array(column).map_or(Ok(Counts::Absent), |array| Counts::of(column.name(), array));
        let sizes = |column: HubColumn| {
            array(column).map_or(Ok(DeclaredSizes::Absent), |array| {
                DeclaredSizes::of(column.name(), array)
            })
        };
        let moments =
            |column: HubColumn| array(column).map_or(Ok(Moments::Absent), |array| Moments::of(column.name(), array));
        Ok(HubBatch {
            ids: texts(HubColumn::Id)?,
            downloads: counts(HubColumn::Downloads)?,
            downloads_all_time: counts(HubColumn::DownloadsAllTime)?,
            likes: counts(HubColumn::Likes)?,
            created_at: moments(HubColumn::CreatedAt)?,
            last_modified: moments(HubColumn::LastModified)?,
            tasks: texts(HubColumn::PipelineTag)?,
            libraries: texts(HubColumn::LibraryName)?,
            tags: array(HubColumn::Tags).map_or(Ok(TextLists::Absent), |array| {
                TextLists::of(HubColumn::Tags.name(), array)
            })?,
            base_models: array(HubColumn::BaseModels).map_or(Ok(BaseModels::Absent), |array| {
                BaseModels::of(HubColumn::BaseModels.name(), array)
            })?,
            safetensors: sizes(HubColumn::Safetensors)?,
            gguf: sizes(HubColumn::Gguf)?,
            cards: card_texts(array(HubColumn::CardData)),
        })
    }
}

impl HubBatch<'_> {
    /// Whether any column says something about lineage.
    pub fn has_lineage(&self) -> bool {
        let silent = (&self.base_models, &self.tags, &self.cards);
        !matches!(silent, (BaseModels::Absent, TextLists::Absent, Texts::Absent))
    }

    /// Whether cards are the only column that says something about lineage.
    pub fn has_only_cards(&self) -> bool {
        matches!((&self.base_models, &self.tags), (BaseModels::Absent, TextLists::Absent))
    }
}

/// Model cards as text; a dump that holds them in another form has them in its tags as well.
fn card_texts(array: Option<&ArrayRef>) -> Texts<'_> {
    let texts = array.and_then(|array| Texts::of(HubColumn::CardData.name(), array).ok());
    texts.unwrap_or(Texts::Absent)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;

    use super::*;

    #[test]
    fn columns_go_by_the_names_of_hub_stats_or_in_snake_case() {
        let present = ColumnsPresent::find(["downloads", "id", "created_at", "sha"].into_iter()).unwrap();
        assert!(present.has(HubColumn::CreatedAt));
        let missing = ColumnsPresent::find(["id", "likes"].into_iter())
            .unwrap_err()
            .to_string();
        assert!(
            missing.contains("“downloads”") && missing.contains("id, likes"),
            "{missing}"
        );
    }

    #[test]
    fn only_the_leaves_that_are_read_are_decoded() {
        let schema = "message models {
            REQUIRED BYTE_ARRAY id (STRING); OPTIONAL INT64 downloads; OPTIONAL BYTE_ARRAY sha (STRING);
            OPTIONAL group safetensors { OPTIONAL group parameters { OPTIONAL INT64 BF16; } OPTIONAL INT64 total; }
            OPTIONAL group gguf { OPTIONAL group parameters { OPTIONAL INT64 F32; } OPTIONAL BYTE_ARRAY chat_template (STRING); }
        }";
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(schema).unwrap()));
        let present = ColumnsPresent::of_parquet(&schema).unwrap();
        let names: Vec<String> = present
            .leaves(&schema)
            .into_iter()
            .map(|leaf| schema.column(leaf).path().string())
            .collect();
        assert_eq!(names, ["id", "downloads", "safetensors.total", "gguf.parameters.F32"]);
    }
}
