//! What the words of a snapshot mean, for its readers.

use atlas_protocol::{Collection, Facet};
use atlas_snapshot::manifest::Definition;

/// Which words a snapshot needs beside those that every one needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Those of all-time downloads.
    pub all_time: bool,
    /// Those of likes.
    pub likes: bool,
    /// Those of downloads by month.
    pub history: bool,
}

/// Term and meaning, in reading order. The words of what the snapshot lacks are left out.
pub fn definitions(collection: Collection, words: Words) -> Vec<Definition> {
    let is_there = |term: &str| match term {
        "downloads_all_time" => words.all_time,
        "downloads_by_month" => words.history,
        "likes" => words.likes,
        "parameters_source" => collection.has(Facet::Parameters),
        term => Facet::from_key(term).is_none_or(|facet| collection.has(facet)),
    };
    let own = match collection {
        Collection::Models => &[][..],
        Collection::Datasets => &OF_DATASETS,
    };
    let kept = ALWAYS.iter().filter(|(term, _)| is_there(term));
    let meant = kept.map(|(term, meaning)| {
        own.iter()
            .find(|(own, _)| own == term)
            .unwrap_or(&(term, meaning))
            .to_owned()
    });
    meant
        .map(|(term, meaning)| Definition {
            term: term.to_owned(),
            meaning: meaning.to_owned(),
        })
        .collect()
}

/// The words of models, which are also those of every collection that has no others.
const ALWAYS: [(&str, &str); 20] = [
    (
        "downloads_30d",
        "Downloads of a model in the 30 days before the metadata were taken, as the Hub counts them: GET and HEAD \
         requests on the model's query file. Continuous integration inflates the count, mirrors deflate it.",
    ),
    (
        "downloads_all_time",
        "Downloads of a model since it was published, by the same count. The Hub gives no history: downloads of models \
         published in 2025 are not the downloads made in 2025.",
    ),
    (
        "downloads_by_month",
        "Downloads made in a calendar month, of models whenever published. Estimated from readings of the 30 days before a \
         day, or of cumulative counts, day by day; stated where at least two thirds of the days of the month are known. The \
         readings did not all see the same accounts: more downloads in a month can mean that more models were seen.",
    ),
    ("models", "Number of model repositories on the Hub, whatever they hold."),
    (
        "likes",
        "Likes that users of the Hub have given a model since it was published.",
    ),
    (
        "parameters",
        "Number of parameters of a model, never the size of its files. Taken from a correction of Hub Atlas where there \
         is one, else from the header of its safetensors files, else of its GGUF file, else from its name; else \
         unknown. Headers of packed quantized files count packed numbers, so these read too small.",
    ),
    (
        "parameters_source",
        "Where the parameter count comes from: override (a correction of Hub Atlas), safetensors, gguf, name, or unknown.",
    ),
    (
        "month",
        "Calendar month (UTC) in which a model was published: the day its repository was created. The Hub knows nothing \
         before 2 March 2022, so older models read Mar 2022 or before.",
    ),
    (
        "account",
        "The namespace on the Hub in which a model stands, the part of its id before the slash.",
    ),
    (
        "organisation",
        "Who is behind an account, by the registry of Hub Atlas, which names a source for each. An account that is not \
         in the registry is unknown, never guessed; people's accounts carry a type and no name.",
    ),
    (
        "organisation_type",
        "Kind of organisation behind an account: industry, academia, non-profit, government, community, or individual \
         for a person's own account.",
    ),
    (
        "country",
        "Country of the organisation's home base, not of its users or of the people who made the model.",
    ),
    (
        "region",
        "Region of the organisation's home base. China includes Hong Kong and Macao; Europe is the EU, the EFTA \
         countries, the United Kingdom, the Western Balkans, Moldova, Ukraine and the small states among them.",
    ),
    ("task", "What the model is for: the Hub's pipeline_tag."),
    ("library", "The library the model is made for: the Hub's library_name."),
    (
        "size_category",
        "How many rows the dataset has, as its card or the Hub states it: the first of its size_categories tags that the Hub \
         knows.",
    ),
    ("licence", "The licence the model card declares: the Hub's license tag."),
    (
        "relation",
        "How a model comes from another, as it declares itself: finetune, adapter, quantized or merge. A model that \
         declares no base model is a base. Unknown where the source says nothing about lineage, or a base model is \
         declared without one of these relations.",
    ),
    (
        "origin",
        "own for a base model; for a derived one the organisation behind the first base model it declares, by the \
         registry.",
    ),
    (
        "unknown",
        "The source does not say, or what it says cannot be used. Unknown is a value like any other: it is counted and \
         shown, never left out and never guessed.",
    ),
];

/// What differs for datasets.
const OF_DATASETS: [(&str, &str); 9] = [
    (
        "downloads_30d",
        "Downloads of a dataset in the 30 days before the metadata were taken, as the Hub counts them. Continuous integration \
         inflates the count, mirrors deflate it.",
    ),
    (
        "downloads_all_time",
        "Downloads of a dataset since it was published, by the same count. The Hub gives no history: downloads of datasets \
         published in 2025 are not the downloads made in 2025.",
    ),
    (
        "models",
        "Number of dataset repositories on the Hub, whatever they hold.",
    ),
    (
        "likes",
        "Likes that users of the Hub have given a dataset since it was published.",
    ),
    (
        "month",
        "Calendar month (UTC) in which a dataset was published: the day its repository was created. The Hub knows nothing \
         before 2 March 2022, so older datasets read Mar 2022 or before.",
    ),
    (
        "account",
        "The namespace on the Hub in which a dataset stands, the part of its id before the slash.",
    ),
    (
        "task",
        "What the dataset is for: its task_categories tags. A dataset may have several tasks and then counts in each of them, so \
         that the shares of tasks add up to more than 100 %.",
    ),
    (
        "licence",
        "The licence the dataset card declares: the Hub's license tag.",
    ),
    (
        "country",
        "Country of the organisation's home base, not of its users or of the people who made the dataset.",
    ),
];
