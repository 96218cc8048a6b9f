//! Random choices that a seed repeats.

use std::env;

/// `SplitMix64`: for choices, never for secrets.
#[derive(Debug, Clone)]
pub struct Choices(u64);

impl Choices {
    /// Uses the seed in `KEYWARD_SEED`, or a new one, and prints it.
    pub fn new() -> Self {
        let seed = match env::var("KEYWARD_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => getrandom::u64().unwrap(),
        };
        println!("KEYWARD_SEED={seed}");
        Self(seed)
    }

    /// Uses this seed.
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Choices of their own, for a task with this number.
    pub fn of(&self, number: usize) -> Self {
        let mut own = self.clone();
        own.0 ^= u64::try_from(number).unwrap().wrapping_mul(0xD134_2543_DE82_EF95);
        own.next();
        own
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Returns one of these.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
