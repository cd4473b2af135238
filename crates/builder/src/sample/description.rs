//! What the Hub would say about an invented model.

use atlas_import::lineage::RELATIONS;
use atlas_import::moment::DAY;

use super::randomness::Randomness;
use super::vocabulary::{LANGUAGES, LIBRARIES, LICENCES, MARKS, TASKS};

/// How a model's size can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declares {
    /// The header of a safetensors file declares it.
    Safetensors,
    /// The header of a GGUF file declares it.
    Gguf,
    /// Nothing does.
    Nothing,
}

/// A model as the Hub would describe it.
#[derive(Clone, Debug)]
pub struct Model {
    /// Account and name.
    pub id: String,
    /// Seconds from 1970.
    pub created: i64,
    /// Downloads since then.
    pub downloads_all_time: u64,
    /// Downloads in the last 30 days.
    pub downloads_30d: u64,
    /// Likes.
    pub likes: u64,
    /// Position in [`RELATIONS`].
    pub relation: u8,
    /// Id of the base model; empty for a base.
    pub base_model: String,
    /// Number of parameters its files declare; 0 when they declare none.
    pub parameters: u64,
    /// What declares it.
    pub declares: Declares,
    /// Task, where stated.
    pub task: Option<&'static str>,
    /// Library, where stated.
    pub library: Option<&'static str>,
    /// Licence, where stated.
    pub licence: Option<&'static str>,
    /// Tags.
    pub tags: Vec<String>,
}

/// A model of which only the essentials are decided.
pub struct Draft {
    /// Account and name.
    pub id: String,
    /// Seconds from 1970.
    pub created: i64,
    /// All-time downloads.
    pub downloads: u64,
    /// Position in [`RELATIONS`].
    pub relation: u8,
    /// Id of the base model; empty for a base.
    pub base_model: String,
    /// Number of parameters.
    pub parameters: f64,
    /// What declares it.
    pub declares: Declares,
}

impl Draft {
    /// Fills in what follows from the draft, as of `end` seconds after 1970.
    pub fn describe(self, end: i64, randomness: &mut Randomness) -> Model {
        let age_months = (end - self.created) as f64 / (30.0 * DAY as f64);
        let pace = (1.1 / (age_months + 0.6)) * (0.6 * randomness.normal()).exp();
        let recent = if age_months <= 1.0 { 1.0 } else { pace.min(1.0) };
        let downloads_30d = (self.downloads as f64 * recent) as u64;
        let liking = (downloads_30d as f64).powf(0.55) * (0.9 * randomness.normal()).exp() * 0.12;
        let is_adapter = RELATIONS.get(usize::from(self.relation)) == Some(&"adapter");
        let library = match self.declares {
            Declares::Gguf => Some("gguf"),
            _ if is_adapter && randomness.chance(0.7) => Some("peft"),
            _ if randomness.chance(0.66) => randomness.weighted(&LIBRARIES),
            _ => None,
        };
        let mut model = Model {
            parameters: if self.declares == Declares::Nothing {
                0
            } else {
                self.parameters.max(1.0) as u64
            },
            id: self.id,
            created: self.created,
            downloads_all_time: self.downloads,
            downloads_30d,
            likes: liking as u64,
            relation: self.relation,
            base_model: self.base_model,
            declares: self.declares,
            task: randomness.chance(0.6).then(|| randomness.weighted(&TASKS)).flatten(),
            library,
            licence: randomness.chance(0.7).then(|| randomness.weighted(&LICENCES)).flatten(),
            tags: Vec::new(),
        };
        model.tags = tags(&model, randomness);
        model
    }
}

fn tags(model: &Model, randomness: &mut Randomness) -> Vec<String> {
    let mut tags: Vec<String> = Vec::with_capacity(12);
    tags.extend(model.library.map(str::to_owned));
    if model.declares == Declares::Safetensors {
        tags.push("safetensors".to_owned());
    }
    tags.extend(model.task.map(str::to_owned));
    for _ in 0..randomness.below(4) {
        tags.extend(randomness.weighted(&MARKS).map(str::to_owned));
    }
    if randomness.chance(0.35) {
        tags.extend(randomness.weighted(&LANGUAGES).map(|language| language.to_owned()));
    }
    if !model.base_model.is_empty() {
        let relation = RELATIONS.get(usize::from(model.relation)).copied().unwrap_or_default();
        tags.push(format!("base_model:{}", model.base_model));
        tags.push(format!("base_model:{relation}:{}", model.base_model));
    }
    tags.extend(model.licence.map(|licence| format!("license:{licence}")));
    tags.push("region:us".to_owned());
    tags
}
