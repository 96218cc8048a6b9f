//! How times are taken: short runs that take turns, and their medians.

use std::error::Error;
use std::time::Instant;

/// How many runs each has.
const RUNS: usize = 101;

/// One run of verifications.
pub(crate) type Run = Box<dyn FnMut() -> Result<(), Box<dyn Error>>>;

/// What is timed.
pub(crate) struct Works {
    pub(crate) name: &'static str,
    /// How many keys one run checks.
    pub(crate) attempts: u32,
    pub(crate) run: Run,
}

/// Nanoseconds for one key.
pub(crate) struct Measured {
    pub(crate) first: f64,
    pub(crate) others: Vec<(&'static str, f64)>,
}

/// The median times. All take turns (A B C A B C ..), so that a machine that slows down slows all of them.
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
    /// The second of two runs: the first finds the processor's caches as another peer has left them, and Argon2id
    /// leaves nothing there.
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

/// A run of `attempts` keys in turn, each of which must pass.
pub(crate) fn in_turn<T: 'static>(
    keys: Vec<T>,
    attempts: u32,
    passes: impl Fn(&T) -> bool + 'static,
) -> Run {
    Box::new(move || {
        for key in keys.iter().cycle().take(attempts as usize) {
            if !passes(std::hint::black_box(key)) {
                return Err("a valid key did not pass".into());
            }
        }
        Ok(())
    })
}
