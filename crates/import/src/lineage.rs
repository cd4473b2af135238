//! What a model says it descends from: the column `baseModels`, tags of the form `base_model:RELATION:ID`, and the
//! model card's `base_model`.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, StructArray};
use arrow_schema::DataType;
use serde_json::Value;

use crate::text_cells::{ColumnTypeError, Texts, list_range};

/// Relation keys in the order in which a snapshot lists them.
pub const RELATIONS: [&str; 6] = ["base", "finetune", "adapter", "quantized", "merge", "unknown"];

/// What a reader sees for each of [`RELATIONS`].
pub const RELATION_LABELS: [&str; 6] = ["Base model", "Finetune", "Adapter", "Quantized", "Merge", "Unknown"];

/// Position of `base` in [`RELATIONS`].
pub const BASE: u8 = 0;

/// Position of `unknown` in [`RELATIONS`].
pub const UNKNOWN_RELATION: u8 = 5;

/// Prefix of the tags that declare lineage.
pub const TAG_PREFIX: &str = "base_model:";

/// Position of a relation in [`RELATIONS`], for the four that a derived model can have.
pub fn relation_index(key: &str) -> Option<u8> {
    let at = RELATIONS.iter().position(|relation| *relation == key)? as u8;
    (at != BASE && at != UNKNOWN_RELATION).then_some(at)
}

/// What one row declares, gathered from its sources in turn.
///
/// The first relation that is one of the four wins. The first base model that names its account wins, since only an
/// account tells the origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    relation: Option<u8>,
    base_model: Option<String>,
    declares: bool,
    unreadable: bool,
}

impl Lineage {
    /// Forgets everything, keeping memory for the next row.
    pub fn clear(&mut self) {
        self.relation = None;
        if let Some(id) = &mut self.base_model {
            id.clear();
        }
        self.declares = false;
        self.unreadable = false;
    }

    /// Whether the row declares a base model.
    pub fn declares(&self) -> bool {
        self.declares
    }

    /// Whether the row holds lineage that cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// Position in [`RELATIONS`]: `base` when nothing is declared, `unknown` when a base model is declared without one of
    /// the four relations, or the declaration cannot be read.
    pub fn relation(&self) -> u8 {
        match self.relation {
            Some(relation) => relation,
            None if self.declares || self.unreadable => UNKNOWN_RELATION,
            None => BASE,
        }
    }

    /// The id of the base model that tells the origin.
    pub fn base_model(&self) -> Option<&str> {
        self.base_model.as_deref().filter(|id| !id.is_empty())
    }

    fn add_relation(&mut self, key: Option<&str>) {
        if let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) {
            self.declares = true;
            self.relation = self.relation.or_else(|| relation_index(key));
        }
    }

    fn add_model(&mut self, id: &str) {
        let id = id.trim();
        if id.is_empty() {
            return;
        }
        self.declares = true;
        let has_account = |id: &str| id.contains('/');
        let is_better = match self.base_model() {
            None => true,
            Some(before) => has_account(id) && !has_account(before),
        };
        if is_better {
            let text = self.base_model.get_or_insert_default();
            text.clear();
            text.push_str(id);
        }
    }

    /// Adds a tag, which may be of any kind.
    pub fn add_tag(&mut self, tag: &str) {
        if let Some(declared) = tag.strip_prefix(TAG_PREFIX) {
            match declared.split_once(':') {
                Some((relation, id)) => {
                    self.add_relation(Some(relation));
                    self.add_model(id);
                }
                None => self.add_model(declared),
            }
        }
    }

    /// Adds what a model card declares: `base_model` (a text or a list) and `base_model_relation`.
    pub fn add_card(&mut self, card: &Value) {
        match card.get("base_model") {
            Some(Value::String(id)) => self.add_model(id),
            Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).for_each(|id| self.add_model(id)),
            _ => {}
        }
        if self.declares {
            self.add_relation(card.get("base_model_relation").and_then(Value::as_str));
        }
    }
}

/// The column `baseModels`: a struct of `relation` and `models` (structs with `id`, or ids), or the same as JSON text.
pub enum BaseModels<'a> {
    /// No column, or one of nulls only.
    Absent,
    /// A struct.
    Struct {
        /// The structs.
        fields: &'a StructArray,
        /// The field `relation`.
        relations: Texts<'a>,
        /// The field `models`, and the ids among its values.
        models: Option<(&'a ListArray, Texts<'a>)>,
    },
    /// JSON.
    Json(Texts<'a>),
}

impl<'a> BaseModels<'a> {
    /// The base models of a column.
    ///
    /// # Errors
    /// When it is of neither type.
    pub fn of(column: &str, array: &'a ArrayRef) -> Result<BaseModels<'a>, ColumnTypeError> {
        let wanted = "a struct {relation, models: [{id}]}, or JSON text";
        let wrong = || ColumnTypeError::new(column, array.data_type(), wanted);
        match array.data_type() {
            DataType::Null => Ok(BaseModels::Absent),
            DataType::Struct(_) => {
                let fields = array.as_struct();
                let relations = match fields.column_by_name("relation") {
                    Some(relations) => Texts::of(column, relations).map_err(|_| wrong())?,
                    None => Texts::Absent,
                };
                let models = match fields
                    .column_by_name("models")
                    .map(|models| (models, models.data_type()))
                {
                    Some((models, DataType::List(_))) => {
                        let models = models.as_list::<i32>();
                        Some((models, ids(column, models.values()).ok_or_else(wrong)?))
                    }
                    Some((_, DataType::Null)) | None => None,
                    Some(_) => return Err(wrong()),
                };
                Ok(BaseModels::Struct {
                    fields,
                    relations,
                    models,
                })
            }
            _ => Ok(BaseModels::Json(Texts::of(column, array).map_err(|_| wrong())?)),
        }
    }

    /// Adds what a row declares.
    pub fn add_to(&self, row: usize, lineage: &mut Lineage) {
        match self {
            BaseModels::Absent => {}
            BaseModels::Struct {
                fields,
                relations,
                models,
            } if fields.is_valid(row) => {
                lineage.add_relation(relations.get(row));
                if let Some((models, ids)) = models {
                    list_range(models, row)
                        .filter_map(|at| ids.get(at))
                        .for_each(|id| lineage.add_model(id));
                }
            }
            BaseModels::Struct { .. } => {}
            BaseModels::Json(texts) => match texts.get(row).map(str::trim) {
                None | Some("") => {}
                Some(text) => match serde_json::from_str::<Value>(text) {
                    Ok(value) => add_json(&value, lineage),
                    Err(_) => lineage.unreadable = true,
                },
            },
        }
    }
}

fn ids<'a>(column: &str, values: &'a ArrayRef) -> Option<Texts<'a>> {
    match values.data_type() {
        DataType::Struct(_) => match values.as_struct().column_by_name("id") {
            Some(ids) => Texts::of(column, ids).ok(),
            None => Some(Texts::Absent),
        },
        _ => Texts::of(column, values).ok(),
    }
}

fn add_json(value: &Value, lineage: &mut Lineage) {
    let id_of = |model: &'_ Value| match model {
        Value::String(id) => Some(id.clone()),
        model => model.get("id").and_then(Value::as_str).map(str::to_owned),
    };
    lineage.add_relation(value.get("relation").and_then(Value::as_str));
    match value.get("models") {
        Some(Value::Array(models)) => models.iter().filter_map(id_of).for_each(|id| lineage.add_model(&id)),
        Some(Value::String(id)) => lineage.add_model(id),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;

    use super::*;

    fn from_tags(tags: &[&str]) -> Lineage {
        let mut lineage = Lineage::default();
        tags.iter().for_each(|tag| lineage.add_tag(tag));
        lineage
    }

    fn key(lineage: &Lineage) -> &'static str {
        RELATIONS[usize::from(lineage.relation())]
    }

    #[test]
    fn tags_declare_relation_and_base_model() {
        let lineage = from_tags(&[
            "tusk",
            "base_model:velmora/tusk-7b",
            "base_model:adapter:velmora/tusk-7b",
        ]);
        assert_eq!(
            (key(&lineage), lineage.base_model()),
            ("adapter", Some("velmora/tusk-7b"))
        );
    }

    #[test]
    fn a_model_that_declares_nothing_is_a_base() {
        assert_eq!(key(&from_tags(&["license:mit", "region:us"])), "base");
    }

    #[test]
    fn a_base_model_without_a_relation_has_an_unknown_one() {
        let lineage = from_tags(&["base_model:velmora/tusk-7b"]);
        assert_eq!(
            (key(&lineage), lineage.base_model()),
            ("unknown", Some("velmora/tusk-7b"))
        );
        assert_eq!(key(&from_tags(&["base_model:distilled:velmora/tusk-7b"])), "unknown");
    }

    #[test]
    fn the_first_base_model_that_names_its_account_tells_the_origin() {
        let lineage = from_tags(&[
            "base_model:adapter:tusk",
            "base_model:adapter:velmora/tusk",
            "base_model:adapter:b/c",
        ]);
        assert_eq!(lineage.base_model(), Some("velmora/tusk"));
    }

    #[test]
    fn json_declares_the_same_and_a_broken_one_is_unknown() {
        let texts = vec![
            r#"{"relation":"quantized","models":[{"_id":"1","id":"velmora/tusk-7b"}]}"#,
            r#"{"relation":null,"models":["velmora/tusk-7b"]}"#,
            "{'relation': 'merge'}",
            "null",
            "",
        ];
        let array: ArrayRef = Arc::new(StringArray::from(texts));
        let column = BaseModels::of("baseModels", &array).unwrap();
        let mut lineage = Lineage::default();
        let mut read = Vec::new();
        for row in 0..5 {
            lineage.clear();
            column.add_to(row, &mut lineage);
            read.push((
                key(&lineage),
                lineage.base_model().map(str::to_owned),
                lineage.is_unreadable(),
            ));
        }
        let tusk = || Some("velmora/tusk-7b".to_owned());
        assert_eq!(
            read,
            [
                ("quantized", tusk(), false),
                ("unknown", tusk(), false),
                ("unknown", None, true),
                ("base", None, false),
                ("base", None, false)
            ]
        );
    }

    #[test]
    fn the_card_declares_a_text_or_a_list() {
        let mut lineage = Lineage::default();
        lineage.add_card(&serde_json::json!({"base_model": ["a/b", "c/d"], "base_model_relation": "merge"}));
        assert_eq!((key(&lineage), lineage.base_model()), ("merge", Some("a/b")));
        lineage.clear();
        lineage.add_card(&serde_json::json!({"base_model": "a/b"}));
        assert_eq!((key(&lineage), lineage.base_model()), ("unknown", Some("a/b")));
    }
}
