//! Where the files of a snapshot lie: at an address, or in the reader's hands.

use std::rc::Rc;

use atlas_snapshot::manifest::MANIFEST_FILE;
use js_sys::{Array, Map};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, RequestCache};

use crate::fetch::{fetch, read_blob};
use crate::scope;

/// Where the files of a snapshot lie.
#[derive(Clone)]
pub(crate) enum Origin {
    /// Beside a manifest at this absolute address.
    Address(Rc<str>),
    /// In this map from names to blobs.
    Files(Map),
}

impl Origin {
    /// Files that travelled beside a message: a name before each.
    pub(crate) fn of_files(beside: &JsValue) -> Origin {
        let files = Map::new();
        let listed: Array = beside.clone().dyn_into().unwrap_or_default();
        for at in (0..listed.length()).step_by(2) {
            files.set(&listed.get(at), &listed.get(at + 1));
        }
        Origin::Files(files)
    }

    /// Reads a file whole.
    ///
    /// `most_bytes` is the size the manifest states, or the largest size that is accepted where it is not known;
    /// `on_progress` is told the number of bytes received so far.
    ///
    /// # Errors
    /// A sentence that names the file, what went wrong and what to do.
    pub(crate) async fn read(
        &self,
        name: &str,
        cache: RequestCache,
        most_bytes: u64,
        on_progress: impl FnMut(u64),
    ) -> Result<Vec<u8>, String> {
        match self {
            Origin::Address(manifest) => {
                let url = beside(manifest, name)?;
                fetch(&url, name, cache, most_bytes, on_progress).await
            }
            Origin::Files(files) => match files.get(&name.into()).dyn_into::<Blob>() {
                Ok(blob) => read_blob(&blob, name, most_bytes, on_progress).await,
                Err(_) => Err(format!(
                    "{name} is not among the files. Choose all files of the snapshot together: {MANIFEST_FILE} and every .parquet beside it."
                )),
            },
        }
    }
}

/// The absolute address of a file beside the manifest.
fn beside(manifest: &str, name: &str) -> Result<String, String> {
    if name == MANIFEST_FILE {
        return Ok(manifest.to_owned());
    }
    web_sys::Url::new_with_base(name, manifest)
        .map(|url| url.href())
        .map_err(|_| format!("“{manifest}” is not an address a snapshot can be read from."))
}

/// Another server than the one that this page comes from.
pub(crate) fn other_host(url: &str) -> Option<String> {
    let url = web_sys::Url::new(url).ok()?;
    (url.origin() != scope::worker().location().origin()).then(|| url.host())
}
