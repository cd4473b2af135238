//! The Chromium that the browser tests drive.

use super::{State, debian};
use crate::command;
use std::path::{Path, PathBuf};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_APPLICATION: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The browser to test in: the one `CHROME` names, else one on the search path.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROME") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let installed = NAMES.iter().find_map(|name| command::find(name));
    installed.or_else(|| {
        Some(Path::new(MAC_APPLICATION))
            .filter(|path| path.is_file())
            .map(Path::to_owned)
    })
}

pub(super) fn check() -> State {
    match (chromium(), std::env::var_os("CHROME")) {
        (Some(path), _) => State::Ready(path.display().to_string()),
        (None, Some(named)) => State::ByHand(format!(
            "CHROME names {}, where no file is: correct it or unset it.",
            named.display()
        )),
        (None, None) if debian::can_install() => State::Installable {
            does: "install Debian's chromium".to_owned(),
            takes: "about a minute",
        },
        (None, None) => State::ByHand(
            "No Chromium was found: install Chromium or Chrome, or set CHROME to the file that starts one.".to_owned(),
        ),
    }
}

pub(super) fn install() -> anyhow::Result<()> {
    debian::install(&["chromium"])
}
