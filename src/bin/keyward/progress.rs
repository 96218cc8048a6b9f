//! The progress of long work, on standard error if it is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The progress of a running command. Its line disappears when the command ends. It shows no total, because counting reads as much
/// as the work itself.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start(work: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(work);
        let style = ProgressStyle::with_template(
            "{spinner} {msg}: {human_pos} records, {elapsed}, {per_sec}",
        );
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        // Shown at once, also if the work ends before the first tick.
        bar.tick();
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    pub(crate) fn set(&self, records: u64) {
        self.0.set_position(records);
    }

    pub(crate) fn add(&self, records: u64) {
        self.0.inc(records);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
