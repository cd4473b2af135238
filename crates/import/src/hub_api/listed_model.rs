//! A model as the Hub's list describes it, reduced to what hub-stats holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::moment;

/// Longest name of a number type, in bytes, and most of them in one file: each becomes a column.
const LONGEST_NUMBER_TYPE: usize = 32;

/// What the list says of one model. A fact it does not state is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListedModel {
    /// `account/name`.
    pub id: String,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When the repository was created, seconds from 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<i64>,
    /// When it was last changed, seconds from 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<i64>,
    /// Downloads in 30 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downloads: Option<i64>,
    /// Downloads since the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downloads_all_time: Option<i64>,
    /// Likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes: Option<i64>,
    /// How much it trends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trending_score: Option<f64>,
    /// `False`, `auto` or `manual`, as hub-stats writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gated: Option<String>,
    /// Task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_tag: Option<String>,
    /// Library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_name: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Base models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_models: Option<BaseModels>,
    /// What its safetensors files declare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safetensors: Option<Safetensors>,
    /// What its GGUF file declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gguf: Option<Gguf>,
}

/// The models that a model descends from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseModels {
    /// How.
    pub relation: Option<String>,
    /// `_id` and `id` of each.
    pub models: Vec<(Option<String>, Option<String>)>,
}

/// Parameter counts in safetensors headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Safetensors {
    /// By number type.
    pub parameters: BTreeMap<String, i64>,
    /// In all.
    pub total: Option<i64>,
}

/// What a GGUF header says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gguf {
    /// Parameters.
    pub total: Option<i64>,
    /// Architecture.
    pub architecture: Option<String>,
    /// Length of the context, in tokens.
    pub context_length: Option<i64>,
}

impl ListedModel {
    /// Reads a model of the list; `None` when it has no id. Adds to `unreadable` for each fact that is not of the kind it
    /// should be, and is then absent.
    pub fn of(value: &Value, unreadable: &mut u64) -> Option<ListedModel> {
        let id = match (value.get("id"), value.get("modelId")) {
            (Some(Value::String(id)), _) | (_, Some(Value::String(id))) if !id.is_empty() => id.clone(),
            _ => return None,
        };
        let mut facts = Facts { value, unreadable };
        Some(ListedModel {
            id,
            author: facts.text("author"),
            created_at: facts.moment("createdAt"),
            last_modified: facts.moment("lastModified"),
            downloads: facts.count("downloads"),
            downloads_all_time: facts.count("downloadsAllTime"),
            likes: facts.count("likes"),
            trending_score: facts.read("trendingScore", Value::as_f64),
            gated: facts.read("gated", gated),
            pipeline_tag: facts.text("pipeline_tag"),
            library_name: facts.text("library_name"),
            tags: facts.read("tags", tags),
            base_models: facts.read("baseModels", base_models),
            safetensors: facts.read("safetensors", safetensors),
            gguf: facts.read("gguf", gguf),
        })
    }
}

struct Facts<'a> {
    value: &'a Value,
    unreadable: &'a mut u64,
}

impl Facts<'_> {
    fn read<T>(&mut self, field: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        match self.value.get(field) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let fact = read(value);
                *self.unreadable += u64::from(fact.is_none());
                fact
            }
        }
    }

    fn text(&mut self, field: &str) -> Option<String> {
        self.read(field, |value| value.as_str().map(str::to_owned))
    }

    fn count(&mut self, field: &str) -> Option<i64> {
        self.read(field, Value::as_i64)
    }

    fn moment(&mut self, field: &str) -> Option<i64> {
        self.read(field, |value| moment::parse(value.as_str()?))
    }
}

fn gated(value: &Value) -> Option<String> {
    match value {
        Value::Bool(false) => Some("False".to_owned()),
        Value::Bool(true) => Some("True".to_owned()),
        value => value.as_str().map(str::to_owned),
    }
}

fn tags(value: &Value) -> Option<Vec<String>> {
    let tags = value.as_array()?.iter();
    tags.map(|tag| tag.as_str().map(str::to_owned)).collect()
}

fn base_models(value: &Value) -> Option<BaseModels> {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let models = value.as_object()?.get("models").and_then(Value::as_array);
    Some(BaseModels {
        relation: text(value, "relation"),
        models: models.map_or(Vec::new(), |models| {
            models
                .iter()
                .map(|model| (text(model, "_id"), text(model, "id")))
                .collect()
        }),
    })
}

fn safetensors(value: &Value) -> Option<Safetensors> {
    let fields = value.as_object()?;
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && name.len() <= LONGEST_NUMBER_TYPE && name.bytes().all(allowed)
    };
    let parameters = fields.get("parameters").and_then(Value::as_object);
    let parameters = parameters.into_iter().flatten().filter(|(name, _)| is_name(name));
    Some(Safetensors {
        parameters: parameters
            .filter_map(|(name, count)| Some((name.clone(), count.as_i64()?)))
            .collect(),
        total: fields.get("total").and_then(Value::as_i64),
    })
}

fn gguf(value: &Value) -> Option<Gguf> {
    let fields = value.as_object()?;
    Some(Gguf {
        total: fields.get("total").and_then(Value::as_i64),
        architecture: fields.get("architecture").and_then(Value::as_str).map(str::to_owned),
        context_length: fields.get("context_length").and_then(Value::as_i64),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_model_of_the_list_keeps_what_hub_stats_has() {
        let mut unreadable = 0;
        let value = json!({
            "_id": "x", "id": "velmora/jor-7b", "modelId": "velmora/jor-7b", "author": "velmora", "private": false,
            "createdAt": "2025-03-04T05:06:07.000Z", "lastModified": "2025-03-05T05:06:07.000Z", "downloads": 12,
            "downloadsAllTime": 34, "likes": 5, "trendingScore": 1.5, "gated": "auto", "pipeline_tag": "text-generation",
            "library_name": "transformers", "tags": ["a", "license:mit"],
            "baseModels": {"relation": "finetune", "models": [{"_id": "1", "id": "a/b"}]},
            "safetensors": {"parameters": {"BF16": 7, "odd name": 1}, "total": 7},
            "gguf": {"total": 8, "architecture": "llama", "context_length": 4096, "chat_template": "long"}
        });
        let model = ListedModel::of(&value, &mut unreadable).unwrap();
        let again: ListedModel = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
        assert_eq!((again, unreadable), (model.clone(), 0));
        assert_eq!((model.created_at, model.downloads), (Some(1_741_064_767), Some(12)));
        let safetensors = model.safetensors.unwrap();
        assert_eq!((safetensors.parameters.len(), safetensors.total), (1, Some(7)));
        assert_eq!(
            model.base_models.unwrap().models,
            [(Some("1".to_owned()), Some("a/b".to_owned()))]
        );
    }

    #[test]
    fn a_fact_of_another_kind_is_absent_and_counted_and_a_model_without_an_id_is_none() {
        let mut unreadable = 0;
        let odd = json!({"modelId": "a/b", "downloads": "many", "likes": null, "createdAt": "soon", "tags": [1], "gated": false});
        let model = ListedModel::of(&odd, &mut unreadable).unwrap();
        assert_eq!(
            (model.downloads, model.likes, model.created_at, &model.tags),
            (None, None, None, &None)
        );
        assert_eq!((model.gated.as_deref(), unreadable), (Some("False"), 3));
        for value in [json!({"id": ""}), json!({"id": 7}), json!(null), json!("a/b")] {
            assert_eq!(ListedModel::of(&value, &mut unreadable), None);
        }
    }
}
