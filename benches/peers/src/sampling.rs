//! Timing: short interleaved runs, and their medians.

use std::error::Error;
use std::time::Instant;

/// The number of runs of each work.
const RUNS: usize = 101;

/// One run of verifications.
pub(crate) type Run = Box<dyn FnMut() -> Result<(), Box<dyn Error>>>;

/// A work to time.
pub(crate) struct Works {
    pub(crate) name: &'static str,
    /// The number of keys in one run.
    pub(crate) attempts: u32,
    pub(crate) run: Run,
}

/// The time for one key in nanoseconds.
pub(crate) struct Measured {
    pub(crate) first: f64,
    pub(crate) others: Vec<(&'static str, f64)>,
}

/// Returns the median times. The works take turns (A B C A B C ..), so that a machine that slows down slows down all of them.
pub(crate) fn medians(
    mut first: Works,
    mut others: Vec<Works>,
) -> Result<Measured, Box<dyn Error>> {
    let mut of_first = Vec::with_capacity(RUNS);
    let mut of_others = vec![Vec::with_capacity(RUNS); others.len()];
    for _ in 0..RUNS {
        of_first.push(first.time()?);
        for (works, times) in others.iter_mut().zip(&mut of_others) {
            times.push(works.time()?);
        }
    }
    let names = others.iter().map(|works| works.name);
    Ok(Measured {
        first: median(of_first),
        others: names.zip(of_others.into_iter().map(median)).collect(),
    })
}

impl Works {
    /// Times the second of two runs. The first run refills the processor caches after another peer, and Argon2id evicts
    /// everything.
    fn time(&mut self) -> Result<f64, Box<dyn Error>> {
        self.run()?;
        let begun = Instant::now();
        self.run()?;
        Ok(begun.elapsed().as_secs_f64() * 1e9 / f64::from(self.attempts))
    }

    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        (self.run)().map_err(|error| format!("{}: {error}", self.name).into())
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    let middle = times.len() / 2;
    *times.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// A run of `attempts` keys in turn, each of which must be accepted.
pub(crate) fn in_turn<T: 'static>(
    keys: Vec<T>,
    attempts: u32,
    passes: impl Fn(&T) -> bool + 'static,
) -> Run {
    Box::new(move || {
        for key in keys.iter().cycle().take(attempts as usize) {
            if !passes(std::hint::black_box(key)) {
                return Err("a valid key was denied".into());
            }
        }
        Ok(())
    })
}
