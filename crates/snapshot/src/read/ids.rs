//! The column of ids.

use parquet::basic::Type;

use crate::SnapshotError;
use crate::columns::Ids;
use crate::read::file::{ColumnShape, PageConsumer, PartFile};
use crate::read::page::{Damage, PageValues};
use crate::read::texts::{self, TextDictionary};

impl PartFile<'_> {
    /// A column of texts without nulls, one after the other.
    pub(super) fn ids(&self, name: &str) -> Result<Ids, SnapshotError> {
        let mut ids = IdBytes {
            text: self.text_room(name),
            ends: self.room()?,
            dictionary: TextDictionary::default(),
        };
        self.read_column(name, &mut ids)?;
        let text = String::from_utf8(ids.text).map_err(|error| error.utf8_error().valid_up_to());
        let invalid = |row: usize| self.damaged(format!("in its column {name}, row {row} is not valid UTF-8"));
        let row_at = |byte: usize| ids.ends.partition_point(|end| *end as usize <= byte);
        let text = text.map_err(|byte| invalid(row_at(byte)))?;
        match ids.ends.iter().position(|end| !text.is_char_boundary(*end as usize)) {
            Some(row) => Err(invalid(row)),
            None => Ok(Ids { text, ends: ids.ends }),
        }
    }
}

struct IdBytes {
    text: Vec<u8>,
    ends: Vec<u32>,
    dictionary: TextDictionary,
}

impl PageConsumer for IdBytes {
    fn dictionary(&mut self, bytes: &[u8], values: usize, _shape: ColumnShape) -> Result<(), Damage> {
        self.dictionary = TextDictionary::read(bytes, values)?;
        Ok(())
    }

    fn values(&mut self, page: &PageValues<'_>, shape: ColumnShape) -> Result<(), Damage> {
        if shape.physical != Type::BYTE_ARRAY {
            return Err(Damage::new(format!("there are no texts but {}", shape.physical)));
        }
        if page.present.is_some() {
            return Err(Damage::new("a row has no value"));
        }
        let IdBytes { text, ends, dictionary } = self;
        texts::for_each(page, dictionary, |id| {
            text.extend_from_slice(id);
            let end = u32::try_from(text.len()).map_err(|_| Damage::new("there are 4 GiB of text or more"))?;
            ends.push(end);
            Ok(())
        })
    }
}
