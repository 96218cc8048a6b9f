//! Comparison in constant time, in one place.

use subtle::ConstantTimeEq;

/// Whether a presented secret is the one that a store's bytes were made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a secret that does not match opens nothing"]
pub(crate) enum Matches {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Compares all 32 bytes, in a time that does not tell where they differ.
pub(super) fn in_constant_time(one: &[u8; 32], other: &[u8; 32]) -> Matches {
    // Four words, then one question: `subtle` asks one question a byte, which takes longer than it
    // does to compute the rest of a cached answer. The question itself stays with `subtle`, whose
    // barrier keeps the compiler from leaving early.
    let (ones, others) = (one.as_chunks().0, other.as_chunks().0);
    let differing = ones.iter().zip(others).fold(0, |bits, (one, other)| {
        bits | (u64::from_ne_bytes(*one) ^ u64::from_ne_bytes(*other))
    });
    if differing.ct_eq(&0).into() { Matches::Yes } else { Matches::No }
}

#[cfg(test)]
mod tests {
    use super::{Matches, in_constant_time};

    #[test]
    fn every_single_bit_counts() {
        let one: [u8; 32] = (0..32).collect::<Vec<u8>>().try_into().unwrap();
        assert_eq!(in_constant_time(&one, &one), Matches::Yes);
        for bit in 0..256 {
            let mut other = one;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(in_constant_time(&one, &other), Matches::No, "bit {bit}");
        }
    }

    #[test]
    fn differences_do_not_cancel_each_other_out() {
        let one = [7; 32];
        for (first, second) in
            (0..32).flat_map(|first| (0..first).map(move |second| (first, second)))
        {
            let mut other = one;
            other[first] ^= 0x80;
            other[second] ^= 0x80;
            assert_eq!(in_constant_time(&one, &other), Matches::No, "at {first} and {second}");
        }
    }
}
