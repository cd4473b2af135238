//! Showing how far a command has come.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Told how far a command has come.
pub trait Progress: Sync {
    /// A stage begins, of so many rows; 0 where it has no measure.
    fn stage(&self, name: &'static str, rows: u64);
    /// A stage begins whose rows are counted and whose end is not known.
    fn counting(&self, name: &'static str);
    /// So many more rows are done.
    fn advance(&self, rows: u64);
    /// So many rows of the stage were done before it began.
    fn resume(&self, rows: u64);
    /// Something that a reader should know meanwhile, such as what is waited for.
    fn note(&self, text: &str);
    /// Everything is done.
    fn done(&self);
}

/// Shows nothing.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &'static str, _rows: u64) {}
    fn counting(&self, _name: &'static str) {}
    fn advance(&self, _rows: u64) {}
    fn resume(&self, _rows: u64) {}
    fn note(&self, _text: &str) {}
    fn done(&self) {}
}

/// A bar on the terminal with rate and time left; nothing where standard error is no terminal.
#[derive(Default)]
pub struct Bar {
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    fn with(&self, show: impl FnOnce(&mut Option<ProgressBar>)) {
        if let Ok(mut bar) = self.bar.lock() {
            show(&mut bar);
        }
    }

    fn begin(&self, name: &'static str, next: ProgressBar, template: &str) {
        self.with(|bar| {
            if let Some(before) = bar.take() {
                before.finish_and_clear();
            }
            if let Ok(style) = ProgressStyle::with_template(template) {
                next.set_style(style);
            }
            next.set_prefix(name);
            next.enable_steady_tick(Duration::from_millis(100));
            *bar = Some(next);
        });
    }
}

impl Progress for Bar {
    fn stage(&self, name: &'static str, rows: u64) {
        match rows {
            0 => self.begin(name, ProgressBar::new_spinner(), "{spinner} {prefix} {elapsed}"),
            _ => self.begin(
                name,
                ProgressBar::new(rows),
                "{prefix:>13} {wide_bar} {human_pos}/{human_len}  {per_sec}, {eta} left",
            ),
        }
    }

    fn counting(&self, name: &'static str) {
        let template = "{spinner} {prefix} {human_pos}  {per_sec}, {elapsed} so far";
        self.begin(name, ProgressBar::new_spinner(), template);
    }

    fn advance(&self, rows: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.inc(rows);
            }
        });
    }

    fn resume(&self, rows: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.set_position(rows);
                bar.reset_eta();
            }
        });
    }

    /// Above the bar; a line of standard error where that is no terminal.
    fn note(&self, text: &str) {
        self.with(|bar| match bar {
            Some(bar) if !bar.is_hidden() => bar.println(text),
            _ => eprintln!("{text}"),
        });
    }

    fn done(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
