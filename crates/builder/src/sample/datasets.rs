//! The datasets of a synthetic Hub, written in the shape of hub-stats `datasets.parquet`.
//!
//! One development is taken from what was published about the real Hub (AI World, 2026): datasets for robotics grew from 1,145
//! published in 2024 to 26,991 in 2025, where text generation had about 5,000, and the task rose from rank 44 to rank 1 in three
//! years. Tasks are dealt out in proportion to weights that have these ratios; everything else is invented.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_schema::{Field, Schema};
use atlas_import::moment::{self, DAY};
use atlas_protocol::facet::SIZE_CATEGORIES;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::cohorts::TAKEN_ON;
use super::downloads_curve::DownloadsCurve;
use super::invented_names::word;
use super::naming::{TailIds, mark, stride};
use super::randomness::Randomness;
use super::vocabulary::{DATASET_TASKS, LANGUAGES, LICENCES};
use super::world::{FAMILIES, FIRST_FAMILY, World};
use crate::parquet_errors::writing_error;
use crate::progress::Progress;
use crate::snapshot_folder::disk_error;

/// The task that rises.
const ROBOTICS: &str = "robotics";

/// Its rank among the tasks of the first years, as published.
pub const FIRST_RANK: usize = 44;

/// Datasets for robotics published in 2024 and in 2025, and those for text generation in 2025, as published.
pub const ROBOTICS_2024: f64 = 1_145.0;
/// See [`ROBOTICS_2024`].
pub const ROBOTICS_2025: f64 = 26_991.0;
const TEXT_GENERATION_2025: f64 = 5_000.0;

/// Years and their shares of all datasets.
const YEARS: [(u16, f64); 5] = [(2022, 0.05), (2023, 0.13), (2024, 0.24), (2025, 0.36), (2026, 0.22)];

/// How fast tasks get rarer: the weight of each is this part of that of the one before it.
const NEXT_TASK: f64 = 0.93;

/// Share of datasets that name a task.
const WITH_TASKS: f64 = 0.62;

/// Share of all downloads of a model that a dataset of the same rank has.
const DOWNLOADS: f64 = 0.04;

/// Share of the most downloaded datasets whose makers the registry lists.
const KNOWN_MAKERS: f64 = 0.8;

/// Weights of [`SIZE_CATEGORIES`].
const SIZES: [f64; SIZE_CATEGORIES.len()] = [30.0, 22.0, 18.0, 13.0, 9.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.05];

/// Rows of a row group.
const GROUP_ROWS: u64 = 122_880;

/// A dataset as the Hub would describe it.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Account and name.
    pub id: String,
    /// Seconds from 1970.
    pub created: i64,
    /// Downloads in the last 30 days.
    pub downloads_30d: u64,
    /// Downloads since it was created.
    pub downloads_all_time: u64,
    /// Likes.
    pub likes: u64,
    /// Tags.
    pub tags: Vec<String>,
}

/// A synthetic collection of datasets, of which any one can be asked for.
pub struct SyntheticDatasets {
    datasets: u64,
    seed: u64,
    end: i64,
    world: World,
    curve: DownloadsCurve,
    ids: TailIds,
    stride: u64,
    /// For each of [`YEARS`] the weights of the tasks.
    tasks: Vec<Vec<(&'static str, f64)>>,
}

impl SyntheticDatasets {
    /// Invents so many datasets, at least one, as of the end of [`TAKEN_ON`].
    pub fn new(datasets: u64, seed: u64) -> SyntheticDatasets {
        let datasets = datasets.max(1);
        SyntheticDatasets {
            datasets,
            seed,
            end: moment::day_start(TAKEN_ON).unwrap_or(0) + DAY - 1,
            world: World::new(datasets, seed),
            curve: DownloadsCurve::new(datasets),
            ids: TailIds::new(datasets),
            stride: stride(datasets),
            tasks: YEARS.map(|(year, _)| task_weights(year)).into(),
        }
    }

    /// Number of datasets.
    pub fn len(&self) -> u64 {
        self.datasets
    }

    /// Whether there are none; there never are.
    pub fn is_empty(&self) -> bool {
        self.datasets == 0
    }

    /// The world they come from.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The dataset at a position of the file. Positions stand in the order of time; ranks are shuffled.
    pub fn dataset(&self, position: u64) -> Dataset {
        let rank = ((u128::from(position) * u128::from(self.stride)) % u128::from(self.datasets)) as u64 + 1;
        let mut randomness = Randomness::new(self.seed ^ 0xda7a, rank + 16);
        let (year, created) = self.created(position);
        let all_time = (self.curve.downloads(rank, &mut randomness) as f64 * DOWNLOADS) as u64;
        let age_months = (self.end - created) as f64 / (30.0 * DAY as f64);
        let pace = (1.1 / (age_months + 0.6)) * (0.6 * randomness.normal()).exp();
        let downloads_30d = (all_time as f64 * if age_months <= 1.0 { 1.0 } else { pace.min(1.0) }) as u64;
        let liking = (downloads_30d as f64).powf(0.5) * (0.9 * randomness.normal()).exp() * 0.15;
        Dataset {
            id: self.id(rank, &mut randomness),
            created,
            downloads_30d,
            downloads_all_time: all_time,
            likes: liking as u64,
            tags: self.tags(year, position, &mut randomness),
        }
    }

    fn id(&self, rank: u64, randomness: &mut Randomness) -> String {
        let what = randomness.one_of(&["corpus", "bench", "pairs", "episodes", "dialogues", "pages", "clips"]);
        let family = word(FIRST_FAMILY + randomness.below(FAMILIES));
        let stem = format!("{family}-{}", what.unwrap_or("corpus"));
        let makers = self.world.entities.len() as u64;
        if rank <= self.curve.head_end() && randomness.chance(KNOWN_MAKERS) {
            // The square makes some makers publish more than others.
            let at = (randomness.unit().powi(2) * makers as f64) as usize;
            let account = self.world.entities.get(at).and_then(|maker| maker.accounts.first());
            if let Some(account) = account {
                return format!("{account}/{stem}-{}", mark(rank));
            }
        }
        self.ids.tail_id(&self.world, rank, &stem, randomness)
    }

    /// The year as a position in [`YEARS`], and the moment: the datasets of a year are spread evenly over it.
    fn created(&self, position: u64) -> (usize, i64) {
        let mut place = (position as f64 + 0.5) / self.datasets as f64;
        let mut at = 0;
        for (index, (_, share)) in YEARS.iter().enumerate() {
            at = index;
            if place < *share || index + 1 == YEARS.len() {
                place /= share;
                break;
            }
            place -= share;
        }
        let first = |year: u16| moment::parse(&format!("{year}-01-01")).unwrap_or(self.end);
        let year = YEARS.get(at).map_or(2022, |(year, _)| *year);
        let hub_begins = moment::parse("2022-03-03").unwrap_or(self.end);
        let (begin, end) = (first(year).max(hub_begins), first(year + 1).min(self.end));
        (at, begin + ((end - begin) as f64 * place.clamp(0.0, 1.0)) as i64)
    }

    fn tags(&self, year: usize, position: u64, randomness: &mut Randomness) -> Vec<String> {
        let mut tags = Vec::with_capacity(8);
        // The fractions of the golden section are spread evenly over any stretch of positions, and so are the tasks.
        let spread = (position as f64 * 0.618_033_988_749_895).fract();
        let weights = self.tasks.get(year).map(Vec::as_slice).unwrap_or_default();
        if let Some(task) = dealt(weights, spread / WITH_TASKS) {
            tags.push(format!("task_categories:{task}"));
            for _ in 0..usize::from(randomness.chance(0.3)) + usize::from(randomness.chance(0.1)) {
                let more = randomness.weighted(weights).filter(|more| *more != task);
                tags.extend(more.map(|more| format!("task_categories:{more}")));
            }
        }
        if randomness.chance(0.4) {
            tags.extend(
                randomness
                    .weighted(&LANGUAGES)
                    .map(|language| format!("language:{language}")),
            );
        }
        if randomness.chance(0.55) {
            tags.extend(
                randomness
                    .weighted(&LICENCES)
                    .map(|licence| format!("license:{licence}")),
            );
        }
        if randomness.chance(0.75) {
            let sizes: [(&str, f64); SIZES.len()] =
                std::array::from_fn(|at| (SIZE_CATEGORIES[at].0, SIZES.get(at).copied().unwrap_or(0.0)));
            tags.extend(
                randomness
                    .weighted(&sizes)
                    .map(|size| format!("size_categories:{size}")),
            );
        }
        tags.push("region:us".to_owned());
        tags
    }
}

/// The weights of the tasks in a year; text generation, the most frequent of the others, has 1.
fn task_weights(year: u16) -> Vec<(&'static str, f64)> {
    let weight = |rank: usize| NEXT_TASK.powi(rank as i32 - 1);
    let others: Vec<(&str, f64)> = (1..)
        .zip(DATASET_TASKS)
        .map(|(rank, task)| (task, weight(rank)))
        .collect();
    let all_others: f64 = others.iter().map(|(_, weight)| weight).sum();
    let in_2025 = ROBOTICS_2025 / TEXT_GENERATION_2025;
    let robotics = match year {
        ..2024 => weight(FIRST_RANK - 1) * NEXT_TASK.sqrt(),
        2024 => {
            // So many times fewer datasets than in 2025, of a year with fewer datasets.
            let of_year = |year: u16| {
                YEARS
                    .iter()
                    .find(|(other, _)| *other == year)
                    .map_or(1.0, |(_, share)| *share)
            };
            let share =
                in_2025 / (all_others + in_2025) * ROBOTICS_2024 / ROBOTICS_2025 * of_year(2025) / of_year(2024);
            all_others * share / (1.0 - share)
        }
        _ => in_2025,
    };
    others.into_iter().chain([(ROBOTICS, robotics)]).collect()
}

/// The value at a place from 0 to 1 of some that lie side by side, each as wide as its weight; nothing beyond 1.
fn dealt(weights: &[(&'static str, f64)], place: f64) -> Option<&'static str> {
    let mut left = place * weights.iter().map(|(_, weight)| weight).sum::<f64>();
    for (value, weight) in weights {
        left -= weight;
        if left < 0.0 {
            return Some(value);
        }
    }
    None
}

/// Writes all datasets as a file of the shape of hub-stats. The same ones give the same bytes.
///
/// # Errors
/// When the disk is full or refuses.
pub fn write_hub_file(datasets: &SyntheticDatasets, path: &Path, progress: &dyn Progress) -> Result<()> {
    let failed = |error| writing_error(path, error);
    let file = File::create(path).map_err(|error| disk_error(path, &error))?;
    let properties = WriterProperties::builder()
        .set_created_by("hub-atlas sample".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(failed)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS as usize))
        .build();
    let schema = batch(&[]).map_err(|error| failed(error.into()))?.schema();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(failed)?;
    progress.stage("inventing", datasets.len());
    for first in (0..datasets.len()).step_by(GROUP_ROWS as usize) {
        let rows = first..(first + GROUP_ROWS).min(datasets.len());
        let rows: Vec<Dataset> = rows.map(|position| datasets.dataset(position)).collect();
        let batch = batch(&rows).map_err(|error| failed(error.into()))?;
        writer.write(&batch).map_err(failed)?;
        progress.advance(rows.len() as u64);
    }
    writer.close().map_err(failed)?;
    Ok(())
}

fn batch(rows: &[Dataset]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let numbers = |number: fn(&Dataset) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| number(row) as i64)))
    };
    let created = rows.iter().map(|row| row.created * 1000);
    let created = TimestampMillisecondArray::from_iter_values(created).with_timezone("UTC");
    let account = |row: &Dataset| row.id.split_once('/').map(|(account, _)| account.to_owned());
    let mut tags = ListBuilder::new(StringBuilder::new());
    for row in rows {
        row.tags.iter().for_each(|tag| tags.values().append_value(tag));
        tags.append(true);
    }
    let ids = StringArray::from_iter_values(rows.iter().map(|row| row.id.as_str()));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(ids)),
        ("author", Arc::new(StringArray::from_iter(rows.iter().map(account)))),
        ("createdAt", Arc::new(created)),
        ("downloads", numbers(|row| row.downloads_30d)),
        ("downloadsAllTime", numbers(|row| row.downloads_all_time)),
        ("likes", numbers(|row| row.likes)),
        ("tags", Arc::new(tags.finish())),
    ];
    let fields = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), *name != "id"));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, array)| array).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use atlas_import::hub_id::is_hub_id;
    use atlas_import::moment::Month;

    use super::*;

    #[test]
    fn every_dataset_has_an_id_of_its_own_and_the_same_seed_gives_the_same_ones() {
        let datasets = SyntheticDatasets::new(20_000, 5);
        let again = SyntheticDatasets::new(20_000, 5);
        let mut ids = HashSet::new();
        for position in 0..datasets.len() {
            let dataset = datasets.dataset(position);
            assert_eq!(format!("{dataset:?}"), format!("{:?}", again.dataset(position)));
            assert!(is_hub_id(&dataset.id), "{}", dataset.id);
            assert!(dataset.downloads_30d <= dataset.downloads_all_time && dataset.created <= datasets.end);
            assert!(ids.insert(dataset.id));
        }
    }

    #[test]
    fn robotics_rises_from_about_rank_44_to_rank_1_as_published() {
        let datasets = SyntheticDatasets::new(50_000, 2026);
        let mut by_year: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for dataset in (0..datasets.len()).map(|position| datasets.dataset(position)) {
            let year = Month::of(dataset.created).unwrap().key()[..4].to_owned();
            for task in dataset
                .tags
                .iter()
                .filter_map(|tag| tag.strip_prefix("task_categories:"))
            {
                *by_year
                    .entry(year.clone())
                    .or_default()
                    .entry(task.to_owned())
                    .or_default() += 1;
            }
        }
        let count = |year: &str, task: &str| by_year[year][task];
        let rank = |year: &str| {
            let robotics = count(year, ROBOTICS);
            1 + by_year[year].values().filter(|other| **other > robotics).count()
        };
        assert!((40..=48).contains(&rank("2023")), "{}", rank("2023"));
        assert_eq!(rank("2025"), 1);
        let growth = count("2025", ROBOTICS) as f64 / count("2024", ROBOTICS) as f64;
        assert!((growth / (ROBOTICS_2025 / ROBOTICS_2024) - 1.0).abs() < 0.1, "{growth}");
    }
}
