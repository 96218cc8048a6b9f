//! Numbers drawn from a seed, so that a history can be told again.

use std::hash::{BuildHasher, RandomState};

/// The environment variable that takes a seed.
const VARIABLE: &str = "KEYWARD_CONFORMANCE_SEED";

/// A source of numbers that one seed decides (`SplitMix64`). Where a case fails, it says which.
pub(super) struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// From the environment's seed; where there is none, from a new one.
    pub(super) fn new() -> Self {
        let given = std::env::var(VARIABLE).ok().map(|text| {
            text.parse()
                .unwrap_or_else(|_| panic!("{VARIABLE} is a whole number: give it as printed"))
        });
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(VARIABLE));
        Self { seed, state: seed }
    }

    /// Another source for another thread, decided by the same seed.
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

    /// A number below `end`, which is small: next to uniform.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or_default()
    }

    /// Once in so many times.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(u32::try_from(of.len()).expect("a short list")) as usize]
    }

    /// This, or nothing.
    pub(super) fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(2) == 0).then_some(value)
    }
}

impl Drop for Random {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to see it again: {VARIABLE}={}", self.seed);
        }
    }
}
