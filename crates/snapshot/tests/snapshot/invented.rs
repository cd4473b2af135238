//! A made-up Hub in memory: the same rows for the same number and seed, shaped like the real one.
//!
//! Every account, organisation and model is invented. Downloads follow a power law, most models are small, unknown and
//! unliked, and quantized or finetuned models repeat the size and task of the model they come from.

use std::collections::BTreeMap;

use atlas_protocol::facet::UNKNOWN;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use atlas_snapshot::manifest::{DICTIONARY_COLUMNS, DictionaryValue};
use atlas_snapshot::{CodeColumn, Ids, ModelColumns};

/// Rows, their ids and the dictionaries that belong to them.
#[derive(Clone, Debug, PartialEq)]
pub struct InventedHub {
    pub columns: ModelColumns,
    pub ids: Ids,
    pub dictionaries: BTreeMap<String, Vec<DictionaryValue>>,
}

/// A small generator of pseudo-random numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Evenly spread over 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, end: usize) -> usize {
        ((self.share() * end as f64) as usize).min(end - 1)
    }

    /// Small positions often, large ones rarely.
    pub fn ranked(&mut self, end: usize) -> usize {
        ((end as f64 + 1.0).powf(self.share()) as usize - 1).min(end - 1)
    }
}

const REGIONS: [&str; 4] = ["china", "us", "europe", "other"];
const COUNTRIES: [(&str, &str); 6] = [
    ("CN", "china"),
    ("US", "us"),
    ("FR", "europe"),
    ("DE", "europe"),
    ("IN", "other"),
    ("KR", "other"),
];
const TYPES: [&str; 6] = [
    "industry",
    "academia",
    "non-profit",
    "government",
    "community",
    "individual",
];
const TASKS: [&str; 12] = [
    "text-generation",
    "image-text-to-text",
    "feature-extraction",
    "text-to-image",
    "text-classification",
    "automatic-speech-recognition",
    "reinforcement-learning",
    "token-classification",
    "text-to-speech",
    "image-classification",
    "fill-mask",
    "robotics",
];
const LIBRARIES: [&str; 8] = [
    "transformers",
    "peft",
    "diffusers",
    "gguf",
    "mlx",
    "sentence-transformers",
    "timm",
    "pytorch",
];
const LICENCES: [&str; 6] = ["apache-2.0", "mit", "other", "openrail", "llama3", "cc-by-nc-4.0"];
const RELATIONS: [&str; 5] = ["base", "finetune", "adapter", "quantized", "merge"];
const SOURCES: [&str; 4] = ["override", "safetensors", "gguf", "name"];
const SYLLABLES: [&str; 16] = [
    "ka", "lo", "mi", "ver", "tan", "zu", "pel", "or", "shi", "bra", "quo", "nim", "ed", "fa", "rus", "yo",
];
/// Months from March 2022 to August 2026.
const MONTHS: usize = 54;

/// `rows` models, drawn with `seed`, sorted as a snapshot is.
pub fn invent(rows: usize, seed: u64) -> InventedHub {
    let mut dice = Dice::new(seed);
    let organisations = (rows / 1500).clamp(3, 900);
    let accounts: Vec<Account> = (0..(rows / 4).clamp(5, 700_000))
        .map(|at| Account::invent(&mut dice, at, organisations))
        .collect();
    let mut families: Vec<Family> = Vec::new();
    let mut models: Vec<Model> = (0..rows)
        .map(|at| Model::invent(&mut dice, at, &accounts, &mut families))
        .collect();
    models.sort_by(|a, b| b.downloads_30d.cmp(&a.downloads_30d).then_with(|| a.id.cmp(&b.id)));
    let dictionaries = dictionaries(organisations);
    let mut ids = Ids::default();
    models.iter().for_each(|model| ids.push(&model.id));
    let code_column = |column: usize| {
        let name = DICTIONARY_COLUMNS[column];
        let mut codes = CodeColumn::for_dictionary(dictionaries[name].len(), rows);
        let unknown = dictionaries[name].len() as u32 - 1;
        models
            .iter()
            .for_each(|model| codes.push_run(model.codes[column].map_or(unknown, |code| code as u32), 1));
        codes
    };
    InventedHub {
        columns: ModelColumns {
            downloads_30d: models.iter().map(|model| model.downloads_30d).collect(),
            downloads_all_time: Some(models.iter().map(|model| model.downloads_all_time).collect()),
            likes: Some(models.iter().map(|model| model.likes).collect()),
            parameters: models.iter().map(|model| model.parameters).collect(),
            codes: (0..DICTIONARY_COLUMNS.len()).map(code_column).collect(),
        },
        ids,
        dictionaries,
    }
}

struct Account {
    name: String,
    /// Organisation, country and type; none for the unknown.
    behind: Option<(usize, usize, usize)>,
    quantizer: bool,
}

impl Account {
    fn invent(dice: &mut Dice, at: usize, organisations: usize) -> Account {
        let syllables = 2 + dice.below(3);
        let mut name: String = (0..syllables).map(|_| SYLLABLES[dice.below(16)]).collect();
        name.push_str(&format!("{at:x}"));
        Account {
            name,
            behind: (at < organisations).then(|| (at, at % COUNTRIES.len(), dice.ranked(TYPES.len()))),
            quantizer: dice.share() < 0.02,
        }
    }
}

/// A base model that others come from.
struct Family {
    name: String,
    parameters: u64,
    task: usize,
    licence: usize,
    library: usize,
    organisation: Option<usize>,
    month: usize,
}

struct Model {
    id: String,
    downloads_30d: u64,
    downloads_all_time: u64,
    likes: u64,
    parameters: u64,
    codes: [Option<usize>; 11],
}

impl Model {
    fn invent(dice: &mut Dice, at: usize, accounts: &[Account], families: &mut Vec<Family>) -> Model {
        let account = &accounts[dice.ranked(accounts.len())];
        let month = ((dice.share().powf(0.45)) * MONTHS as f64) as usize % MONTHS;
        let derived = !families.is_empty() && (account.quantizer || dice.share() < 0.35);
        let model = if derived {
            let family = &families[dice.ranked(families.len())];
            let relation = if account.quantizer { 3 } else { 1 + dice.ranked(4) };
            Draft {
                name: format!("{}-{}", family.name, ["", "sft", "lora", "gguf", "merge"][relation]),
                parameters: (dice.share() < 0.7).then_some(family.parameters),
                task: (dice.share() < 0.8).then_some(family.task),
                library: [family.library, family.library, 1, 3, family.library][relation].into(),
                licence: (dice.share() < 0.6).then_some(family.licence),
                relation,
                origin: family.organisation,
                month: month.max(family.month),
            }
        } else {
            let name: String = (0..2 + dice.below(3)).map(|_| SYLLABLES[dice.below(16)]).collect();
            Draft {
                name,
                parameters: (dice.share() < 0.3).then(|| (1e6 * 10f64.powf(dice.share() * 5.5)) as u64),
                task: (dice.share() < 0.45).then(|| dice.ranked(TASKS.len())),
                library: (dice.share() < 0.55).then(|| dice.ranked(LIBRARIES.len())),
                licence: (dice.share() < 0.4).then(|| dice.ranked(LICENCES.len())),
                relation: 0,
                origin: None,
                month,
            }
        };
        let drawn = (1.4 / (1.0 - dice.share()).powf(1.6)).min(2e8);
        let downloads_30d = if dice.share() < 0.3 { 0 } else { drawn as u64 };
        let age = (MONTHS - model.month) as f64;
        let downloads_all_time = downloads_30d + ((downloads_30d as f64 + 6.0) * age * dice.share().powi(2)) as u64;
        let likes = (downloads_all_time as f64 * 0.001 * dice.share() + dice.share() * 1.15) as u64;
        if !derived && dice.share() < 0.05 {
            families.push(Family {
                name: model.name.clone(),
                parameters: model.parameters.unwrap_or(7_241_732_096),
                task: model.task.unwrap_or(0),
                licence: model.licence.unwrap_or(0),
                library: model.library.unwrap_or(0),
                organisation: account.behind.map(|(organisation, ..)| organisation),
                month: model.month,
            });
        }
        Model {
            id: format!("{}/{}-{at:x}", account.name, model.name),
            downloads_30d,
            downloads_all_time: if at % 997 == 5 {
                UNKNOWN_NUMBER
            } else {
                downloads_all_time
            },
            likes,
            parameters: model.parameters.unwrap_or(UNKNOWN_NUMBER),
            codes: model.codes(account, dice),
        }
    }
}

struct Draft {
    name: String,
    parameters: Option<u64>,
    task: Option<usize>,
    library: Option<usize>,
    licence: Option<usize>,
    relation: usize,
    origin: Option<usize>,
    month: usize,
}

impl Draft {
    fn codes(&self, account: &Account, dice: &mut Dice) -> [Option<usize>; 11] {
        let source = self
            .parameters
            .map(|_| if self.relation == 3 { 2 } else { 1 + 2 * dice.ranked(2) });
        let country = account.behind.map(|(_, country, _)| country);
        [
            source,
            Some(self.month),
            country.and_then(|country| REGIONS.iter().position(|region| *region == COUNTRIES[country].1)),
            country,
            account.behind.map(|(.., kind)| kind),
            account.behind.map(|(organisation, ..)| organisation),
            self.task,
            self.library,
            self.licence,
            Some(self.relation),
            match self.relation {
                0 => Some(0),
                _ => self.origin.map(|organisation| organisation + 1),
            },
        ]
    }
}

fn dictionaries(organisations: usize) -> BTreeMap<String, Vec<DictionaryValue>> {
    let plain = |keys: &[&str]| -> Vec<DictionaryValue> { keys.iter().map(|key| value(key, None, None)).collect() };
    let organisation = |at: usize| {
        let key = format!("invented-{}{}-{at}", SYLLABLES[at % 16], SYLLABLES[at / 16 % 16]);
        let label = format!("Invented {at}");
        value(&key, Some(&label), None)
    };
    let months = (0..MONTHS).map(|month| {
        let (year, month) = (2022 + (month + 2) / 12, (month + 2) % 12 + 1);
        value(&format!("{year}-{month:02}"), None, None)
    });
    let all: [Vec<DictionaryValue>; 11] = [
        plain(&SOURCES),
        months.collect(),
        plain(&REGIONS),
        COUNTRIES
            .iter()
            .map(|(country, region)| value(country, None, Some(region)))
            .collect(),
        plain(&TYPES),
        (0..organisations).map(organisation).collect(),
        plain(&TASKS),
        plain(&LIBRARIES),
        plain(&LICENCES),
        plain(&RELATIONS),
        plain(&["own"])
            .into_iter()
            .chain((0..organisations).map(organisation))
            .collect(),
    ];
    let with_unknown = |mut values: Vec<DictionaryValue>| {
        values.push(value(UNKNOWN, None, None));
        values
    };
    DICTIONARY_COLUMNS
        .iter()
        .map(|column| (*column).to_owned())
        .zip(all.into_iter().map(with_unknown))
        .collect()
}

/// A dictionary value.
pub fn value(key: &str, label: Option<&str>, parent: Option<&str>) -> DictionaryValue {
    DictionaryValue {
        key: key.to_owned(),
        label: label.map(str::to_owned),
        parent: parent.map(str::to_owned),
    }
}
