//! The parameter counts that occur: far fewer than models, because models of one family have the same.

use atlas_protocol::size::bin_of;
use atlas_snapshot::columns::UNKNOWN_NUMBER;
use hashbrown::HashMap;

/// Code of a row whose parameter count is not known.
pub(crate) const UNKNOWN_CODE: u32 = 0;

/// Parameter counts by code, in the order in which they first occurred.
#[derive(Clone, Debug)]
pub(crate) struct ParameterCounts {
    counts: Vec<u64>,
    bins: Vec<u8>,
    codes: HashMap<u64, u32>,
}

impl Default for ParameterCounts {
    fn default() -> ParameterCounts {
        ParameterCounts {
            counts: vec![UNKNOWN_NUMBER],
            bins: vec![bin_of(None)],
            codes: HashMap::from([(UNKNOWN_NUMBER, UNKNOWN_CODE)]),
        }
    }
}

impl ParameterCounts {
    /// The code of each count; new counts get codes of their own.
    pub(crate) fn encode(&mut self, counts: impl Iterator<Item = u64>) -> Vec<u32> {
        let code = |count: u64| match self.codes.get(&count) {
            _ if count == UNKNOWN_NUMBER => UNKNOWN_CODE,
            Some(code) => *code,
            None => {
                let code = self.counts.len() as u32;
                self.counts.push(count);
                self.bins.push(bin_of(Some(count)));
                self.codes.insert(count, code);
                code
            }
        };
        counts.map(code).collect()
    }

    /// The counts by code, [`UNKNOWN_NUMBER`] for [`UNKNOWN_CODE`].
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The bin of each code.
    pub(crate) fn bins(&self) -> &[u8] {
        &self.bins
    }

    /// The codes of known counts, from the smallest count to the largest.
    pub(crate) fn ascending(&self) -> Vec<u32> {
        let mut codes: Vec<u32> = (UNKNOWN_CODE + 1..self.counts.len() as u32).collect();
        codes.sort_unstable_by_key(|code| self.counts[*code as usize]);
        codes
    }
}
