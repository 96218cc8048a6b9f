//! How times are taken: many short runs, interleaved, and their medians.

use std::error::Error;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Enough for the figures that are published.
    Full,
    /// Enough to see that everything runs.
    Quick,
}

impl Effort {
    /// `Quick` where the environment has `KEYWARD_FIGURES=quick`.
    pub(crate) fn from_env() -> Self {
        match std::env::var("KEYWARD_FIGURES").as_deref() {
            Ok("quick") => Self::Quick,
            _ => Self::Full,
        }
    }

    const fn samples(self) -> usize {
        match self {
            Self::Full => 101,
            Self::Quick => 5,
        }
    }
}

/// One thing to be timed: a name for messages, and the work of one run.
pub(crate) type Work<'a> = &'a mut dyn FnMut() -> Result<(), Box<dyn Error>>;

/// The median time of each work. They take turns (A B A B), so that a machine that slows down slows both.
pub(crate) fn medians<const N: usize>(
    effort: Effort,
    works: [Work<'_>; N],
) -> Result<[Duration; N], Box<dyn Error>> {
    medians_of(effort.samples(), works)
}

/// The same of a given number of runs: for work that takes seconds.
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
