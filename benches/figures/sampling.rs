//! Timing: many short interleaved runs, and their medians.

use std::error::Error;
use std::time::{Duration, Instant};

/// The number of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Enough for the published figures.
    Full,
    /// Enough to check that everything runs.
    Quick,
}

impl Effort {
    /// Returns `Quick` if the environment has `KEYWARD_FIGURES=quick`.
    pub(crate) fn from_env() -> Self {
        match std::env::var("KEYWARD_FIGURES").as_deref() {
            Ok("quick") => Self::Quick,
            _ => Self::Full,
        }
    }

    /// Returns the number of imported keys in the store beside the one that is measured.
    pub(crate) const fn imported_rows(self) -> usize {
        match self {
            Self::Full => 1_000_000,
            Self::Quick => 1_000,
        }
    }

    const fn samples(self) -> usize {
        match self {
            Self::Full => 101,
            Self::Quick => 3,
        }
    }
}

/// A work to time: a name for messages, and the work of one run.
pub(crate) type Work<'a> = &'a mut dyn FnMut() -> Result<(), Box<dyn Error>>;

/// Returns the median time of each work. The works take turns (A B A B), so that a machine that slows down slows down both.
pub(crate) fn medians<const N: usize>(
    effort: Effort,
    works: [Work<'_>; N],
) -> Result<[Duration; N], Box<dyn Error>> {
    medians_of(effort.samples(), works)
}

/// Does the same with a given number of runs, for work that takes seconds.
pub(crate) fn medians_of<const N: usize>(
    samples: usize,
    mut works: [Work<'_>; N],
) -> Result<[Duration; N], Box<dyn Error>> {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..samples {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            work()?;
            times.push(begun.elapsed());
        }
    }
    Ok(times.map(|mut times: Vec<Duration>| {
        let middle = times.len() / 2;
        *times.select_nth_unstable(middle).1
    }))
}
