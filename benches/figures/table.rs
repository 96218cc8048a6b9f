//! The table of results, whose rows are printed at once.

use std::process::ExitCode;

use crate::sampling::Effort;

/// The nature of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Counted. It is the same on every machine.
    Count,
    /// Measured. It varies with the other load of the machine.
    Time,
}

/// The table, with the number of rows that missed their bound.
#[derive(Debug)]
pub(crate) struct Table {
    effort: Effort,
    short: usize,
}

impl Table {
    pub(crate) fn begin(effort: Effort) -> Self {
        println!("name\tvalue\tbound\tok");
        Self { effort, short: 0 }
    }

    /// Prints a row for a count.
    pub(crate) fn count_at_most(&mut self, name: &str, value: u64, bound: u64) {
        self.row(name, &value.to_string(), &format!("<= {bound}"), value <= bound, Nature::Count);
    }

    /// Prints a row for a counted share.
    pub(crate) fn share_at_least(&mut self, name: &str, value: u64, all: u64, bound: f64) {
        self.share(name, [value, all], bound, Nature::Count);
    }

    /// Prints a row for a share that depends on times.
    pub(crate) fn timed_share_at_least(&mut self, name: &str, value: u64, all: u64, bound: f64) {
        self.share(name, [value, all], bound, Nature::Time);
    }

    fn share(&mut self, name: &str, [value, all]: [u64; 2], bound: f64, nature: Nature) {
        #[expect(clippy::cast_precision_loss, reason = "some millions")]
        let share = value as f64 / all as f64;
        let (shown, limit) = (format!("{share:.4}"), format!(">= {bound:.2}"));
        self.row(name, &shown, &limit, share >= bound, nature);
    }

    /// Prints a row for the ratio of two times.
    pub(crate) fn ratio_at_most(&mut self, name: &str, value: f64, bound: f64) {
        let (shown, limit) = (format!("{value:.3}"), format!("<= {bound:.2}"));
        self.row(name, &shown, &limit, value <= bound, Nature::Time);
    }

    /// Prints a row for the ratio of two times that should be large.
    pub(crate) fn ratio_at_least(&mut self, name: &str, value: f64, bound: f64) {
        let (shown, limit) = (format!("{value:.3}"), format!(">= {bound:.2}"));
        self.row(name, &shown, &limit, value >= bound, Nature::Time);
    }

    /// Prints a row for a rate per second.
    pub(crate) fn rate_at_least(&mut self, name: &str, value: f64, bound: f64) {
        let (shown, limit) = (format!("{value:.0}"), format!(">= {bound:.0}"));
        self.row(name, &shown, &limit, value >= bound, Nature::Time);
    }

    /// Prints a ratio without a bound, for information.
    pub(crate) fn note_ratio(&mut self, name: &str, value: f64) {
        self.row(name, &format!("{value:.3}"), "-", true, Nature::Time);
    }

    /// Prints a row without a bound, for information.
    pub(crate) fn note(&mut self, name: &str, value: f64) {
        self.row(name, &format!("{value:.1}"), "-", true, Nature::Time);
    }

    fn row(&mut self, name: &str, value: &str, bound: &str, holds: bool, nature: Nature) {
        println!("{name}\t{value}\t{bound}\t{}", if holds { "ok" } else { "short" });
        if !holds && (nature == Nature::Count || self.effort == Effort::Full) {
            self.short += 1;
        }
    }

    /// Returns a non-zero exit code if a row missed its bound.
    pub(crate) fn end(self) -> ExitCode {
        if self.short == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
