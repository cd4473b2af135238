//! Words that the synthetic Hub shares with the real one: tasks, libraries, licences, languages. Weights follow how often
//! each stands on models of a dump of August 2026.

/// Tasks.
pub const TASKS: [(&str, f64); 22] = [
    ("text-generation", 40.0),
    ("image-text-to-text", 12.0),
    ("text-classification", 8.0),
    ("feature-extraction", 5.0),
    ("robotics", 4.5),
    ("text-to-image", 5.0),
    ("automatic-speech-recognition", 3.5),
    ("token-classification", 3.0),
    ("reinforcement-learning", 4.0),
    ("text-to-speech", 1.8),
    ("image-classification", 3.0),
    ("sentence-similarity", 3.0),
    ("object-detection", 1.4),
    ("fill-mask", 2.0),
    ("translation", 1.2),
    ("text-to-video", 0.8),
    ("image-to-image", 0.8),
    ("question-answering", 0.9),
    ("summarization", 0.7),
    ("audio-classification", 0.5),
    ("image-segmentation", 0.5),
    ("time-series-forecasting", 0.3),
];

/// Libraries of models that are no adapters.
pub const LIBRARIES: [(&str, f64); 14] = [
    ("transformers", 62.0),
    ("diffusers", 6.0),
    ("mlx", 5.0),
    ("lerobot", 4.0),
    ("sentence-transformers", 4.0),
    ("pytorch", 3.0),
    ("stable-baselines3", 2.5),
    ("timm", 1.5),
    ("onnx", 1.5),
    ("keras", 1.2),
    ("llama.cpp", 1.2),
    ("ultralytics", 0.8),
    ("vllm", 0.8),
    ("nemo", 0.5),
];

/// Licences.
pub const LICENCES: [(&str, f64); 14] = [
    ("apache-2.0", 46.0),
    ("mit", 20.0),
    ("other", 10.0),
    ("openrail", 4.0),
    ("creativeml-openrail-m", 3.5),
    ("cc-by-nc-4.0", 4.0),
    ("cc-by-4.0", 3.0),
    ("cc-by-nc-sa-4.0", 1.5),
    ("cc-by-sa-4.0", 1.2),
    ("gpl-3.0", 1.0),
    ("bsd-3-clause", 0.7),
    ("agpl-3.0", 0.6),
    ("cc0-1.0", 0.5),
    ("afl-3.0", 0.5),
];

/// Languages, as tags.
pub const LANGUAGES: [(&str, f64); 10] = [
    ("en", 70.0),
    ("zh", 10.0),
    ("fr", 4.0),
    ("de", 4.0),
    ("es", 4.0),
    ("ko", 3.0),
    ("ja", 3.0),
    ("ru", 3.0),
    ("ar", 2.0),
    ("hi", 2.0),
];

/// Other tags.
pub const MARKS: [(&str, f64); 10] = [
    ("endpoints_compatible", 40.0),
    ("text-generation-inference", 20.0),
    ("conversational", 20.0),
    ("generated_from_trainer", 15.0),
    ("autotrain_compatible", 15.0),
    ("custom_code", 5.0),
    ("tensorboard", 8.0),
    ("trl", 8.0),
    ("sft", 6.0),
    ("8-bit", 3.0),
];

/// Ends of the names of base models.
pub const VARIANTS: [(&str, f64); 10] = [
    ("", 40.0),
    ("instruct", 20.0),
    ("base", 14.0),
    ("chat", 6.0),
    ("it", 6.0),
    ("embed", 5.0),
    ("vision", 4.0),
    ("small", 2.0),
    ("large", 2.0),
    ("multilingual", 1.0),
];
