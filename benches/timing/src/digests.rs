//! The comparison of two digests that differ in the first byte or in the last.

use std::hint::black_box;

use dudect_bencher::rand::Rng;
use dudect_bencher::{BenchRng, Class, CtRunner};

use crate::compare::{Matches, in_constant_time};
use crate::samples;

/// The number of comparisons in a sample. One takes less time than the clock can measure.
const COMPARISONS: usize = 16;

type Compare = fn(&[u8; 32], &[u8; 32]) -> bool;

pub fn ours(runner: &mut CtRunner, random: &mut BenchRng) {
    measure(runner, random, |one, other| in_constant_time(one, other) == Matches::Yes);
}

/// A comparison like `==` on bytes, which may end at the first difference.
pub fn leaky(runner: &mut CtRunner, random: &mut BenchRng) {
    measure(runner, random, |one, other| {
        one.iter().zip(other).all(|(one, other)| black_box(one) == black_box(other))
    });
}

/// Both digests are made for every sample, and one is chosen without a branch: see `verifications`.
fn measure(runner: &mut CtRunner, random: &mut BenchRng, compare: Compare) {
    let mut stored = [0; 32];
    for _ in 0..samples() {
        random.fill_bytes(&mut stored);
        let [difference, coin, ..] = random.next_u32().to_le_bytes();
        let coin = coin % 2;
        let mask = coin.wrapping_neg();
        let (mut left, mut right) = (black_box(stored), black_box(stored));
        // Not 0, so that the byte differs.
        (left[0], right[31]) = (left[0] ^ (difference | 1), right[31] ^ (difference | 1));
        let mut pairs = left.iter().zip(&right);
        let computed: [u8; 32] = std::array::from_fn(|_| {
            let (left, right) = pairs.next().unwrap_or((&0, &0));
            (left & !mask) | (right & mask)
        });
        let class = if black_box(coin) == 0 { Class::Left } else { Class::Right };
        runner.run_one(class, || {
            for _ in 0..COMPARISONS {
                black_box(compare(black_box(&stored), black_box(&computed)));
            }
        });
    }
}
