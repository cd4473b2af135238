//! Files that the reader dropped or chose.

use std::sync::Arc;

use atlas_import::day_in_name::day_in_name;
use atlas_import::one_by_one::{InputFile, Origin, import as import_dumps};
use atlas_import::slice;
use atlas_import::source::ByteSource;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::File;

use crate::browser_file::BrowserFile;
use crate::parts::{ready, snapshot_of};
use crate::scope::{Ready, day_of, report};

/// Bytes by which a slice is told from other JSON.
const BEGINNING: u64 = 256;

/// Makes a snapshot of files. `day` is when they were taken from the Hub, where the reader says so; else the date in a name
/// counts, else the date of the file.
pub(crate) fn import(files: &JsValue, day: &str) -> Result<Ready, String> {
    report("Looking into the file …".to_owned(), 0, 0);
    let listed: Array = files.clone().dyn_into().unwrap_or_default();
    let files: Vec<File> = listed.iter().filter_map(|file| file.dyn_into().ok()).collect();
    let inputs: Vec<InputFile> = files.iter().map(|file| input(file, day)).collect();
    if let [only] = &inputs[..]
        && is_slice(&*only.source)
    {
        let (imported, files) =
            snapshot_of(|progress, take| slice::import(&only.name, only.source.clone(), progress, take))?;
        return Ok(ready(&imported, files, ""));
    }
    if let Some(slice) = inputs.iter().find(|input| is_slice(&*input.source)) {
        return Err(format!(
            "{} is a slice that Hub Atlas exported, and is read by itself. Drop it alone.",
            slice.name
        ));
    }
    let (imported, parts) = snapshot_of(|progress, take| import_dumps(&inputs, &Origin::unknown(), progress, take))?;
    let by_date_of_file = files
        .iter()
        .any(|file| day.is_empty() && day_in_name(&file.name()).is_none());
    let more = match by_date_of_file {
        true => " The day they were taken is the date of the file: set it in the data menu if it is another.",
        false => "",
    };
    Ok(ready(&imported, parts, more))
}

fn input(file: &File, day: &str) -> InputFile {
    let name = file.name();
    let day = match day_in_name(&name) {
        _ if !day.is_empty() => day.to_owned(),
        Some(day) => day,
        None => day_of(file.last_modified()),
    };
    InputFile {
        name,
        day,
        source: Arc::new(BrowserFile::new(file)),
    }
}

fn is_slice(source: &dyn ByteSource) -> bool {
    let beginning = source.read(0, source.size().min(BEGINNING) as usize);
    beginning.is_ok_and(|bytes| slice::is_slice(&bytes))
}
