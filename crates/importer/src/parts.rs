//! The files of a snapshot on their way to the page.

use atlas_import::digits::grouped;
use atlas_import::one_by_one::{ImportError, Imported, Stage};
use atlas_snapshot::Part;
use atlas_snapshot::manifest::MANIFEST_FILE;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use crate::scope::{Ready, Reporter, report};

/// Takes the parts of a snapshot as they are made, and then its manifest.
pub(crate) fn snapshot_of(
    import: impl FnOnce(
        &dyn Fn(Stage),
        &mut dyn FnMut(&Part, Vec<u8>) -> Result<(), String>,
    ) -> Result<Imported, ImportError>,
) -> Result<(Imported, Array), String> {
    let files = Array::new();
    let reporter = Reporter::default();
    let progress = |stage| tell(&reporter, stage);
    let imported = import(&progress, &mut |part, bytes| push(&files, &part.path, bytes)).map_err(sentence)?;
    let manifest = imported.manifest.to_json().map_err(|error| error.to_string())?;
    push(&files, MANIFEST_FILE, manifest)?;
    Ok((imported, files))
}

/// The snapshot with what is to be said of its rows.
pub(crate) fn ready(imported: &Imported, files: Array, more: &str) -> Ready {
    let kept = imported.manifest.totals.rows;
    let mut note = match imported.rows_read == kept {
        true => format!("{} {} were read.", grouped(kept), imported.manifest.collection.noun(2)),
        false => format!("{} of {} rows were kept.", grouped(kept), grouped(imported.rows_read)),
    };
    for (reason, count) in &imported.rejected {
        note.push_str(&format!(" {} left out: {}.", grouped(*count), reason.sentence()));
    }
    note.push_str(more);
    Ready { note, files }
}

/// An error with all its causes in one sentence.
fn sentence(error: ImportError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}

fn push(files: &Array, name: &str, bytes: Vec<u8>) -> Result<(), String> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes.as_slice())));
    let blob = blob.map_err(|_| "The browser has no room for the snapshot.".to_owned())?;
    files.push(&JsValue::from(name));
    files.push(&blob);
    Ok(())
}

fn tell(reporter: &Reporter, stage: Stage) {
    match stage {
        Stage::Reading(done, 0) => reporter.report(|| format!("{} rows read …", grouped(done)), done, 0),
        Stage::Reading(done, total) => {
            let text = || format!("{} of {} rows read …", grouped(done), grouped(total));
            reporter.report(text, done, total);
        }
        Stage::Sorting => report("Sorting the rows …".to_owned(), 0, 0),
        Stage::Writing(done, total) => report("Putting the snapshot together …".to_owned(), done, total),
    }
}
