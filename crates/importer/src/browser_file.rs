//! A file that the reader chose, read range by range.

use std::cell::RefCell;
use std::io;

use atlas_import::source::ByteSource;
use bytes::Bytes;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileReaderSync};

thread_local! {
    /// Values of the browser cannot move between threads, and sources may; so a source only holds a place in this list.
    static FILES: RefCell<Vec<Blob>> = const { RefCell::new(Vec::new()) };
}

/// A file of the browser, for as long as this worker lives.
pub(crate) struct BrowserFile {
    place: usize,
    size: u64,
}

impl BrowserFile {
    pub(crate) fn new(blob: &Blob) -> BrowserFile {
        FILES.with_borrow_mut(|files| {
            files.push(blob.clone());
            BrowserFile {
                place: files.len() - 1,
                size: blob.size() as u64,
            }
        })
    }
}

impl ByteSource for BrowserFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let failed = |_: JsValue| io::Error::other("the browser cannot read the file; it was moved or changed");
        let blob = FILES.with_borrow(|files| files.get(self.place).cloned());
        let range = blob
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?
            .slice_with_f64_and_f64(start as f64, end as f64)
            .map_err(failed)?;
        let buffer = FileReaderSync::new()
            .and_then(|reader| reader.read_as_array_buffer(&range))
            .map_err(failed)?;
        let bytes = Uint8Array::new(&buffer).to_vec();
        match bytes.len() == length {
            true => Ok(bytes.into()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
