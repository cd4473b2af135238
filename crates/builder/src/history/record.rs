//! Readings of many models, as they come from files, and put in order.

use std::hash::BuildHasher;

use atlas_snapshot::Ids;
use atlas_snapshot::history::HistoryMeasure;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::months::{Evidence, Reading};
use atlas_import::hub_id::account_of;
use atlas_import::joined_rows::TooManyIdsError;

/// Ids, each once, and their numbers.
#[derive(Debug, Default)]
pub struct IdTable {
    ids: Ids,
    numbers: HashTable<u32>,
}

impl IdTable {
    /// The number of an id; a new one when it is met first.
    ///
    /// # Errors
    /// When the ids together exceed 4 GiB of text.
    pub fn number(&mut self, id: &str) -> Result<u32, TooManyIdsError> {
        let hasher = FixedState::default();
        let hash = hasher.hash_one(id);
        let ids = &self.ids;
        if let Some(number) = self.numbers.find(hash, |number| ids.get(*number as usize) == Some(id)) {
            return Ok(*number);
        }
        if self.ids.text.len() + id.len() > u32::MAX as usize {
            return Err(TooManyIdsError);
        }
        let number = self.ids.len() as u32;
        self.ids.push(id);
        let ids = &self.ids;
        let hash_of = |number: &u32| hasher.hash_one(ids.get(*number as usize).unwrap_or_default());
        self.numbers.insert_unique(hash, number, hash_of);
        Ok(number)
    }

    /// The number of an id that may not be there.
    pub fn find(&self, id: &str) -> Option<u32> {
        let hash = FixedState::default().hash_one(id);
        let is_it = |number: &u32| self.ids.get(*number as usize) == Some(id);
        self.numbers.find(hash, is_it).copied()
    }

    /// The ids by number.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }
}

/// One count of one model on one day; 16 bytes, because there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Model, day and measure, most significant first.
    key: u64,
    count: u64,
}

impl Entry {
    fn new(model: u32, day: u16, measure: HistoryMeasure, count: u64) -> Entry {
        let measure = u64::from(measure == HistoryMeasure::DownloadsAllTime);
        Entry {
            key: u64::from(model) << 32 | u64::from(day) << 8 | measure,
            count,
        }
    }

    fn model(self) -> u32 {
        (self.key >> 32) as u32
    }

    fn day(self) -> u16 {
        (self.key >> 8) as u16
    }

    fn measure(self) -> HistoryMeasure {
        match self.key & 1 {
            0 => HistoryMeasure::Downloads30d,
            _ => HistoryMeasure::DownloadsAllTime,
        }
    }
}

/// Day of publication that is not known.
const NOT_KNOWN: u16 = u16::MAX;

/// Readings of many models. Days are counted from 1970.
#[derive(Debug, Default)]
pub struct Record {
    models: IdTable,
    entries: Vec<Entry>,
    published: Vec<u16>,
}

/// What a crawl saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The day.
    pub day: u16,
    /// What was read.
    pub measure: HistoryMeasure,
    /// Number of models.
    pub models: u64,
    /// Number of their accounts.
    pub accounts: u64,
    /// Sum of the counts.
    pub downloads: u64,
}

impl Record {
    /// Adds counts of a model, and the day it was published where that is known.
    ///
    /// # Errors
    /// When the ids together exceed 4 GiB of text.
    pub fn add(
        &mut self,
        id: &str,
        day: u16,
        counts: impl IntoIterator<Item = (HistoryMeasure, u64)>,
        published: Option<u16>,
    ) -> Result<(), TooManyIdsError> {
        let model = self.models.number(id)?;
        self.published.resize(self.models.ids().len(), NOT_KNOWN);
        if let (Some(known), Some(published)) = (self.published.get_mut(model as usize), published) {
            *known = published.min(*known);
        }
        let entries = counts
            .into_iter()
            .map(|(measure, count)| Entry::new(model, day, measure, count));
        self.entries.extend(entries);
        Ok(())
    }

    /// Puts the readings in order. Of several counts of one model and day the largest stays.
    pub fn settle(&mut self) {
        self.entries
            .sort_unstable_by(|a, b| (a.key, b.count).cmp(&(b.key, a.count)));
        self.entries.dedup_by_key(|entry| entry.key);
        self.entries.shrink_to_fit();
    }

    /// The models.
    pub fn models(&self) -> &IdTable {
        &self.models
    }

    /// The account of each model, as a number, and how many there are.
    ///
    /// # Errors
    /// When the accounts together exceed 4 GiB of text.
    pub fn accounts(&self) -> Result<(Vec<u32>, usize), TooManyIdsError> {
        let mut accounts = IdTable::default();
        let ids = self.models.ids();
        let of_models = (0..ids.len()).map(|model| accounts.number(account_of(ids.get(model).unwrap_or_default())));
        let of_models = of_models.collect::<Result<_, _>>()?;
        Ok((of_models, accounts.ids().len()))
    }

    /// What each reading saw, by day and measure; after [`Record::settle`].
    pub fn seen(&self, accounts: &[u32], account_count: usize) -> Vec<Seen> {
        let mut by_day: Vec<&Entry> = self.entries.iter().collect();
        by_day.sort_unstable_by_key(|entry| (entry.day(), entry.measure()));
        let mut last_seen = vec![0u32; account_count];
        let mut seen = Vec::new();
        for (at, reading) in by_day
            .chunk_by(|a, b| (a.day(), a.measure()) == (b.day(), b.measure()))
            .enumerate()
        {
            let mut new_accounts = 0;
            for entry in reading {
                let account = accounts.get(entry.model() as usize).copied().unwrap_or(0) as usize;
                if let Some(last) = last_seen.get_mut(account).filter(|last| **last != at as u32 + 1) {
                    *last = at as u32 + 1;
                    new_accounts += 1;
                }
            }
            let Some(first) = reading.first() else { continue };
            seen.push(Seen {
                day: first.day(),
                measure: first.measure(),
                models: reading.len() as u64,
                accounts: new_accounts,
                downloads: reading.iter().fold(0, |sum, entry| sum.saturating_add(entry.count)),
            });
        }
        seen
    }

    /// Hands on what is known of each model, with its number, in the order of the numbers; after [`Record::settle`].
    pub fn each_model<E>(&self, mut take: impl FnMut(u32, &Evidence) -> Result<(), E>) -> Result<(), E> {
        let mut evidence = Evidence::default();
        self.entries
            .chunk_by(|a, b| a.model() == b.model())
            .try_for_each(|entries| self.hand_on(entries, &mut evidence, &mut take))
    }

    /// Hands on what is known of some models, in the order given; after [`Record::settle`].
    pub fn models_in_order<E>(
        &self,
        models: impl Iterator<Item = u32>,
        mut take: impl FnMut(u32, &Evidence) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut evidence = Evidence::default();
        for model in models {
            let begin = self.entries.partition_point(|entry| entry.model() < model);
            let of_model = self.entries.get(begin..).unwrap_or_default();
            let length = of_model.iter().take_while(|entry| entry.model() == model).count();
            self.hand_on(of_model.get(..length).unwrap_or_default(), &mut evidence, &mut take)?;
        }
        Ok(())
    }

    fn hand_on<E>(
        &self,
        entries: &[Entry],
        evidence: &mut Evidence,
        take: &mut impl FnMut(u32, &Evidence) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(model) = entries.first().map(|entry| entry.model()) else {
            return Ok(());
        };
        evidence.thirty_days.clear();
        evidence.all_time.clear();
        let published = self
            .published
            .get(model as usize)
            .copied()
            .filter(|day| *day != NOT_KNOWN);
        evidence.published = published.map(i32::from);
        for entry in entries {
            let reading = Reading {
                day: i32::from(entry.day()),
                count: entry.count,
            };
            match entry.measure() {
                HistoryMeasure::Downloads30d => evidence.thirty_days.push(reading),
                HistoryMeasure::DownloadsAllTime => evidence.all_time.push(reading),
            }
        }
        take(model, evidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRTY: HistoryMeasure = HistoryMeasure::Downloads30d;
    const ALL: HistoryMeasure = HistoryMeasure::DownloadsAllTime;

    fn record() -> Record {
        let mut record = Record::default();
        record.add("b/y", 200, [(THIRTY, 5), (ALL, 50)], Some(150)).unwrap();
        record.add("a/x", 100, [(THIRTY, 1)], None).unwrap();
        record.add("a/z", 100, [(THIRTY, 2)], None).unwrap();
        record.add("b/y", 100, [(THIRTY, 7)], Some(140)).unwrap();
        record.add("b/y", 100, [(THIRTY, 9)], None).unwrap();
        record.settle();
        record
    }

    #[test]
    fn what_is_known_of_a_model_comes_in_order_and_of_one_day_the_largest_count() {
        let mut found = Vec::new();
        let take = |model: u32, evidence: &Evidence| {
            found.push((model, evidence.clone()));
            Ok::<(), ()>(())
        };
        record().models_in_order([1, 0].into_iter(), take).unwrap();
        let reading = |day, count| Reading { day, count };
        assert_eq!(found[0].0, 1);
        assert_eq!(found[0].1.thirty_days, [reading(100, 1)]);
        assert_eq!(found[1].1.thirty_days, [reading(100, 9), reading(200, 5)]);
        assert_eq!(
            (&found[1].1.all_time[..], found[1].1.published),
            (&[reading(200, 50)][..], Some(140))
        );
        let mut models = Vec::new();
        record()
            .each_model(|model, _| {
                models.push(model);
                Ok::<(), ()>(())
            })
            .unwrap();
        assert_eq!(models, [0, 1, 2]);
    }

    #[test]
    fn each_reading_counts_its_models_and_accounts() {
        let record = record();
        let (accounts, count) = record.accounts().unwrap();
        let seen: Vec<_> = record
            .seen(&accounts, count)
            .into_iter()
            .map(|seen| (seen.day, seen.measure, seen.models, seen.accounts, seen.downloads))
            .collect();
        assert_eq!(
            seen,
            [(100, THIRTY, 3, 2, 12), (200, THIRTY, 1, 1, 5), (200, ALL, 1, 1, 50)]
        );
        assert_eq!(
            (record.models().find("a/z"), record.models().find("a/y")),
            (Some(2), None)
        );
    }
}
