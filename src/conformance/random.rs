//! Random numbers from a seed, so that a history can be repeated.

use std::hash::{BuildHasher, RandomState};

/// The environment variable with the seed.
const VARIABLE: &str = "KEYWARD_CONFORMANCE_SEED";

/// A random number generator with a seed (`SplitMix64`). It prints the seed if a case fails.
pub(super) struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// Creates a generator from the seed in the environment, or from a random seed if there is none.
    pub(super) fn new() -> Self {
        let given = std::env::var(VARIABLE).ok().map(|text| {
            text.parse()
                .unwrap_or_else(|_| panic!("{VARIABLE} must be the whole number that was printed"))
        });
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(VARIABLE));
        Self { seed, state: seed }
    }

    /// Returns another generator for another thread, derived from the same seed.
    pub(super) fn branch(&self, number: u64) -> Self {
        let state = self.state ^ number.wrapping_add(1).wrapping_mul(0xD1B5_4A32_D192_ED03);
        Self { seed: self.seed, state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`. The distribution is almost uniform, because `end` is small.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or_default()
    }

    /// Returns `true` once in `times` calls on average.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// Returns one of several values.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(u32::try_from(of.len()).expect("a short list")) as usize]
    }

    /// Returns the value or `None`.
    pub(super) fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(2) == 0).then_some(value)
    }
}

impl Drop for Random {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat this history, set {VARIABLE}={}", self.seed);
        }
    }
}
