//! A model as one line of JSON, put together from texts that are written once for all rows.

use atlas_protocol::collection::set_keys;
use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Collection, Facet};

use crate::EngineError;
use crate::joints::{Joints, place};
use crate::table::ExportColumns;

/// Texts are copied so many bytes at a time: copying a little too much costs less than copying exactly enough.
const BLOCK: usize = 16;

/// Most digits of a number.
const DIGITS: usize = 20;

/// Most numbers of a row.
const NUMBERS: usize = 5;

/// Rows that are looked up together.
pub(crate) const BATCH: usize = 64;

/// The texts of which rows consist: keys, and keys with the values of dictionaries.
#[derive(Clone, Debug)]
pub(crate) struct RowTexts {
    /// For each stored facet, key and value by code; nothing for one that the collection does not have.
    facets: Vec<Texts>,
    /// `parameters_source` and its value by code.
    sources: Texts,
    /// The texts around the numbers, by [`NumberKey`].
    numbers: Texts,
    /// Whether rows have parameters.
    has_parameters: bool,
}

/// The same with the texts of facets that go together joined, so that a row has few of them.
#[derive(Clone, Debug)]
pub(crate) struct RowWriter {
    texts: RowTexts,
    /// Joints in the order in which rows spell them, and the texts of their combinations.
    joints: Vec<(usize, Texts)>,
    /// More than the longest row takes, without its id.
    longest: usize,
}

/// What some rows consist of, without their ids.
pub(crate) struct Batch {
    /// By joint, in the order in which rows spell them, and row.
    codes: Vec<[u32; BATCH]>,
    sources: [u32; BATCH],
    /// By row and [`NumberKey`].
    numbers: [[Option<u64>; NUMBERS]; BATCH],
}

/// A number of a row, with the text before it.
#[derive(Clone, Copy)]
enum NumberKey {
    Downloads30d,
    DownloadsAllTime,
    Likes,
    Parameters,
    DownloadsMade,
}

impl RowTexts {
    /// The texts for the rows of a collection; `keys` are the values of a column, in code order.
    pub(crate) fn new<'a>(collection: Collection, keys: impl Fn(&str) -> Vec<&'a str>) -> RowTexts {
        let by_code = |column: &str, value: fn(&str) -> Vec<u8>| {
            // A code beyond the dictionary reads as unknown.
            let values = keys(column).into_iter().chain([UNKNOWN]).map(value);
            Texts::new(values.map(|value| [format!(",\"{column}\":").as_bytes(), value.as_slice()].concat()))
        };
        let nothing = || Texts::new([Vec::new()].into_iter());
        let facet = |facet: Facet| match collection.has(facet) {
            true if collection.has_sets_of(facet) => by_code(facet.key(), json_list),
            true => by_code(facet.key(), json_text),
            false => nothing(),
        };
        let facets = collection
            .description()
            .stored
            .map(facet)
            .into_iter()
            .collect::<Vec<Texts>>();
        let has_parameters = collection.has(Facet::Parameters);
        let sources = match has_parameters {
            true => by_code("parameters_source", json_text),
            false => nothing(),
        };
        let numbers = [
            "downloads_30d",
            "downloads_all_time",
            "likes",
            "parameters",
            "downloads_made",
        ];
        let numbers = Texts::new(numbers.map(|key| format!(",\"{key}\":").into_bytes()).into_iter());
        RowTexts {
            facets,
            sources,
            numbers,
            has_parameters,
        }
    }

    /// Joins the texts of the facets as the columns are joined.
    pub(crate) fn join(&self, joints: &Joints) -> RowWriter {
        let bases: Vec<usize> = (0..self.facets.len()).collect();
        // The columns of a joint follow one another in a row.
        let together = bases.chunk_by(|base, next| place(*base).0 == place(*next).0);
        let join = |columns: &[usize]| {
            let text = |code: usize| -> Vec<u8> {
                let text = |base: &usize| self.facets[*base].text(joints.member(*base)[code] as usize);
                columns.iter().flat_map(text).copied().collect()
            };
            let joint = place(columns[0]).0;
            (joint, Texts::new((0..joints.member(columns[0]).len()).map(text)))
        };
        let joined: Vec<(usize, Texts)> = together.map(join).collect();
        let texts = joined.iter().map(|(_, texts)| texts).chain([&self.sources]);
        RowWriter {
            longest: texts.map(Texts::longest).sum::<usize>() + NUMBERS * (self.numbers.longest() + DIGITS) + 4 * BLOCK,
            joints: joined,
            texts: self.clone(),
        }
    }
}

impl RowWriter {
    /// More than the longest row takes, without its id.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Looks up what some rows of the table consist of, [`BATCH`] at most: column by column, so that one look into memory does
    /// not wait for another.
    ///
    /// # Errors
    /// When the table has no such row.
    pub(crate) fn look_up(&self, columns: &ExportColumns<'_>, rows: &[usize]) -> Result<Batch, EngineError> {
        if rows.iter().any(|row| *row >= columns.len) {
            return Err(EngineError::Export(
                "another snapshot has been opened meanwhile; start the download again".to_owned(),
            ));
        }
        let mut batch = Batch {
            codes: vec![[0; BATCH]; self.joints.len()],
            sources: [0; BATCH],
            numbers: [[None; NUMBERS]; BATCH],
        };
        let mut items = [0; BATCH];
        for (item, row) in items.iter_mut().zip(rows) {
            *item = columns.facets.item(*row);
        }
        for ((joint, _), codes) in self.joints.iter().zip(&mut batch.codes) {
            for (code, item) in codes.iter_mut().zip(&items[..rows.len()]) {
                *code = columns.facets.joint_of_item(*joint, *item) as u32;
            }
        }
        for (source, row) in batch.sources.iter_mut().zip(rows) {
            *source = columns.sources.get(*row) as u32;
        }
        let mut number = |key: NumberKey, of: &dyn Fn(usize) -> Option<u64>| {
            for (numbers, row) in batch.numbers.iter_mut().zip(rows) {
                numbers[key as usize] = of(*row);
            }
        };
        number(NumberKey::Downloads30d, &|row| Some(columns.downloads_30d.get(row)));
        number(NumberKey::DownloadsAllTime, &|row| columns.downloads_all_time(row));
        number(NumberKey::Likes, &|row| columns.likes.map(|likes| likes.get(row)));
        number(NumberKey::DownloadsMade, &|row| {
            columns.made.and_then(|made| made.get(row))
        });
        number(NumberKey::Parameters, &|row| columns.parameters(row));
        Ok(batch)
    }

    /// Writes one of the rows that were looked up.
    pub(crate) fn write(&self, columns: &ExportColumns<'_>, batch: &Batch, at: usize, id: &str, out: &mut Lines) {
        out.make_room(self.longest + id.len());
        out.put(b"{\"id\":\"");
        if id.bytes().fold(false, |any, byte| any | is_escaped(byte)) {
            // The text with its quotes, of which the first stands already and the last follows.
            let quoted = json_text(id);
            let inner = &quoted[1..quoted.len() - 1];
            out.make_room(self.longest + inner.len());
            out.put(inner);
        } else {
            out.put(id.as_bytes());
        }
        out.put(b"\"");
        let numbers = &batch.numbers[at];
        let mut put = |key: NumberKey| self.texts.put_number(key, numbers[key as usize], out);
        put(NumberKey::Downloads30d);
        if columns.has_all_time() {
            put(NumberKey::DownloadsAllTime);
        }
        if columns.likes.is_some() {
            put(NumberKey::Likes);
        }
        if columns.made.is_some() {
            put(NumberKey::DownloadsMade);
        }
        if self.texts.has_parameters {
            put(NumberKey::Parameters);
        }
        self.texts.sources.put(batch.sources[at] as usize, out);
        for ((_, texts), codes) in self.joints.iter().zip(&batch.codes) {
            texts.put(codes[at] as usize, out);
        }
        out.put(b"}");
    }
}

impl RowTexts {
    #[inline]
    fn put_number(&self, key: NumberKey, value: Option<u64>, out: &mut Lines) {
        self.numbers.put(key as usize, out);
        match value {
            Some(value) => out.put(itoa::Buffer::new().format(value).as_bytes()),
            None => out.put(b"null"),
        }
    }
}

/// Whether JSON writes a byte of a text as something else than itself.
fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// A text as JSON. A string can always be written; the fallback is valid JSON all the same.
fn json_text(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).unwrap_or_else(|_| b"null".to_vec())
}

/// The text of a set as a JSON list of its keys; the empty one as an empty list.
fn json_list(text: &str) -> Vec<u8> {
    let keys: Vec<&str> = set_keys(text).filter(|key| *key != UNKNOWN).collect();
    serde_json::to_vec(&keys).unwrap_or_else(|_| b"[]".to_vec())
}

/// Texts told apart by code, each filled up to whole blocks.
#[derive(Clone, Debug)]
struct Texts {
    blocks: Vec<[u8; BLOCK]>,
    /// First block and length in bytes of each text.
    places: Vec<(u32, u32)>,
}

impl Texts {
    fn new(texts: impl Iterator<Item = Vec<u8>>) -> Texts {
        let (mut blocks, mut places) = (Vec::new(), Vec::new());
        for mut text in texts {
            places.push((blocks.len() as u32, text.len() as u32));
            text.resize(text.len().next_multiple_of(BLOCK), 0);
            blocks.extend(text.as_chunks::<BLOCK>().0);
        }
        Texts { blocks, places }
    }

    fn longest(&self) -> usize {
        let longest = self.places.iter().map(|(_, bytes)| *bytes as usize).max();
        longest.unwrap_or(0).next_multiple_of(BLOCK)
    }

    /// The text of a code; of one beyond the end, the last text.
    fn text(&self, code: usize) -> &[u8] {
        let place = self.places.get(code).or(self.places.last());
        let (first, bytes) = place.copied().unwrap_or_default();
        &self.blocks.as_flattened()[first as usize * BLOCK..][..bytes as usize]
    }

    /// Writes the text of a code; of one beyond the end, the last text.
    #[inline]
    fn put(&self, code: usize, out: &mut Lines) {
        if let Some((first, bytes)) = self.places.get(code).or(self.places.last()) {
            let blocks = (*bytes as usize).div_ceil(BLOCK);
            out.put_blocks(&self.blocks[*first as usize..][..blocks], *bytes as usize);
        }
    }
}

/// Text that grows, with room made beforehand.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// What is written, and room behind it.
    bytes: Vec<u8>,
    written: usize,
}

impl Lines {
    /// Goes on behind a text, with room for `more` bytes.
    pub(crate) fn after(mut text: Vec<u8>, more: usize) -> Lines {
        let written = text.len();
        text.resize(written + more, 0);
        Lines { bytes: text, written }
    }

    /// Bytes written.
    pub(crate) fn len(&self) -> usize {
        self.written
    }

    /// What is written.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.written);
        self.bytes
    }

    /// Makes sure that `more` bytes can be written, and a block beyond them.
    pub(crate) fn make_room(&mut self, more: usize) {
        let needed = self.written + more + BLOCK;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(self.bytes.len() * 2), 0);
        }
    }

    /// Writes a text for which there is room.
    #[inline]
    pub(crate) fn put(&mut self, text: &[u8]) {
        let room = &mut self.bytes[self.written..][..text.len()];
        // In WebAssembly a copy of a length that is known only later takes a call; these lengths are all known.
        if text.len() >= BLOCK {
            let blocks = room.as_chunks_mut::<BLOCK>().0.iter_mut();
            blocks
                .zip(text.as_chunks::<BLOCK>().0)
                .for_each(|(to, block)| *to = *block);
            copy_ends::<BLOCK>(text, room);
        } else if text.len() >= 8 {
            copy_ends::<8>(text, room);
        } else if text.len() >= 4 {
            copy_ends::<4>(text, room);
        } else if text.len() >= 2 {
            copy_ends::<2>(text, room);
        } else {
            copy_ends::<1>(text, room);
        }
        self.written += text.len();
    }

    #[inline]
    fn put_blocks(&mut self, blocks: &[[u8; BLOCK]], bytes: usize) {
        let room = self.bytes[self.written..].as_chunks_mut::<BLOCK>().0;
        for (to, block) in room.iter_mut().zip(blocks) {
            *to = *block;
        }
        self.written += bytes;
    }
}

/// Copies the first and the last `N` bytes, which may overlap; nothing of a text shorter than that.
#[inline(always)]
fn copy_ends<const N: usize>(from: &[u8], to: &mut [u8]) {
    if let (Some(from), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut::<N>()) {
        *to = *from;
    }
    if let (Some(from), Some(to)) = (from.last_chunk::<N>(), to.last_chunk_mut::<N>()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_follow_each_other() {
        let text: Vec<u8> = (0..100).collect();
        let texts = Texts::new((0..text.len()).map(|length| text[..length].to_vec()));
        let mut lines = Lines::after(b"before".to_vec(), 0);
        let mut expected = b"before".to_vec();
        for length in 0..text.len() {
            lines.make_room(2 * text.len() + BLOCK);
            lines.put(&text[..length]);
            texts.put(length, &mut lines);
            expected.extend([&text[..length], &text[..length]].concat());
        }
        assert_eq!(lines.len(), expected.len());
        assert_eq!(lines.into_bytes(), expected);
    }
}
