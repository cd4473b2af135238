//! A file that is read range by range, wherever it lies.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;

/// A file of known size whose bytes can be had in any order.
pub trait ByteSource: Send + Sync {
    /// Its size in bytes.
    fn size(&self) -> u64;

    /// The bytes from `start` on, exactly `length` of them.
    ///
    /// # Errors
    /// When they cannot be read, or the file ends before.
    fn read(&self, start: u64, length: usize) -> io::Result<Bytes>;
}

impl ByteSource for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        match start.checked_add(length) {
            Some(end) if end <= self.len() => Ok(self.slice(start..end)),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Bytes read from a source at a time.
const STEP: usize = 1 << 20;

/// A source from its beginning to its end.
pub(crate) struct SourceReader {
    source: Arc<dyn ByteSource>,
    at: u64,
    step: Bytes,
}

impl SourceReader {
    pub(crate) fn new(source: Arc<dyn ByteSource>) -> SourceReader {
        SourceReader {
            source,
            at: 0,
            step: Bytes::new(),
        }
    }
}

impl Read for SourceReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.step.is_empty() {
            let left = self.source.size().saturating_sub(self.at);
            let length = left.min(STEP as u64) as usize;
            self.step = self.source.read(self.at, length)?;
            self.at += length as u64;
        }
        let length = into.len().min(self.step.len());
        let read = self.step.split_to(length);
        into.iter_mut().zip(&read).for_each(|(to, from)| *to = *from);
        Ok(length)
    }
}
