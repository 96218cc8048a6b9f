//! Comparison of secrets in constant time. This is the only place that compares them.

use subtle::ConstantTimeEq;

/// The result of comparing a presented secret with a stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a secret that does not match must be denied"]
pub(crate) enum Matches {
    /// The secret matches.
    Yes,
    /// The secret does not match.
    No,
}

/// Compares all 32 bytes in constant time.
pub(super) fn in_constant_time(one: &[u8; 32], other: &[u8; 32]) -> Matches {
    // The four words are combined before the single call of `subtle`. `subtle` compares byte by byte, which takes longer than the
    // rest of a cached verification. Its optimisation barrier keeps the compiler from leaving early.
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
