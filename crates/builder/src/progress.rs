//! Showing how far a command has come.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Told how far a command has come.
pub trait Progress: Sync {
    /// A stage begins, of so many rows; 0 where it has no measure.
    fn stage(&self, name: &'static str, rows: u64);
    /// So many more rows are done.
    fn advance(&self, rows: u64);
    /// Everything is done.
    fn done(&self);
}

/// Shows nothing.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &'static str, _rows: u64) {}
    fn advance(&self, _rows: u64) {}
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
}

impl Progress for Bar {
    fn stage(&self, name: &'static str, rows: u64) {
        self.with(|bar| {
            if let Some(before) = bar.take() {
                before.finish_and_clear();
            }
            let next = if rows == 0 {
                ProgressBar::new_spinner()
            } else {
                ProgressBar::new(rows)
            };
            let template = match rows {
                0 => "{spinner} {prefix} {elapsed}",
                _ => "{prefix:>13} {wide_bar} {human_pos}/{human_len}  {per_sec}, {eta} left",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                next.set_style(style);
            }
            next.set_prefix(name);
            next.enable_steady_tick(Duration::from_millis(100));
            *bar = Some(next);
        });
    }

    fn advance(&self, rows: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.inc(rows);
            }
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
