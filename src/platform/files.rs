//! Files the reader takes away.

use super::page::after;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long a saved file stays reachable for the browser, in milliseconds.
const KEPT_MS: i32 = 60_000;

/// A file that arrives in pieces. Each piece goes to the browser at once, which may keep it on disk.
#[derive(Default)]
pub struct Pieces {
    blobs: Array,
    bytes: u64,
}

impl Pieces {
    /// Takes the next piece.
    pub fn push(&mut self, piece: &Uint8Array) -> Result<(), String> {
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(piece))
            .map_err(|_| "The browser has no room for the file. Choose a smaller slice.".to_owned())?;
        self.blobs.push(&blob);
        self.bytes += u64::from(piece.length());
        Ok(())
    }

    /// Bytes so far.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Saves the pieces as one file.
    pub fn save(self, name: &str, media_type: &str) -> Result<(), String> {
        let options = BlobPropertyBag::new();
        options.set_type(media_type);
        let blob = Blob::new_with_blob_sequence_and_options(&self.blobs, &options)
            .map_err(|_| "The browser could not put the file together. Choose a smaller slice.".to_owned())?;
        save_blob(&blob, name)
            .ok_or_else(|| "The browser did not take the file. Allow downloads for this page.".to_owned())
    }
}

/// Saves a text as a file.
pub fn save_text(text: &str, name: &str, media_type: &str) -> Result<(), String> {
    let mut pieces = Pieces::default();
    pieces.push(&Uint8Array::from(text.as_bytes()))?;
    pieces.save(name, media_type)
}

/// Saves what the browser already holds; `None` when it refuses.
pub fn save_blob(blob: &Blob, name: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    document.body()?.append_child(&link).ok()?;
    link.click();
    link.remove();
    after(KEPT_MS, move || drop(Url::revoke_object_url(&url))).map(drop)
}
