//! Randomness is an input: any fallible cryptographic source of `rand_core`.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand_core::TryCryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::base62;

/// The randomness source failed. No key was made, so a weak key is never returned.
#[derive(Debug, thiserror::Error)]
#[error("the randomness source failed, so no key was made: try again, and check the source")]
#[non_exhaustive]
pub struct RandomnessError {
    /// The error of the source, if it returned one.
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl RandomnessError {
    /// Creates the error for a source that returned bytes which a working source never returns.
    pub(crate) const fn implausible() -> Self {
        Self { source: None }
    }
}

/// The number of rejected bytes after which a source counts as broken. A working source gives a rejected byte in 8 of 256
/// cases; this many in a row have a probability below 2⁻²⁰⁰⁰.
const REJECTED_MAX: usize = 512;

trait Fill: Send {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomnessError>;
}

impl<R> Fill for R
where
    R: TryCryptoRng + Send,
    R::Error: Send + Sync + 'static,
{
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        self.try_fill_bytes(bytes)
            .map_err(|source| RandomnessError { source: Some(Box::new(source)) })
    }
}

/// One randomness source, which the clones of a handle share.
#[derive(Clone)]
pub(crate) struct Randomness(Arc<Mutex<dyn Fill>>);

impl Randomness {
    pub(crate) fn new<R>(source: R) -> Self
    where
        R: TryCryptoRng + Send + 'static,
        R::Error: Send + Sync + 'static,
    {
        Self(Arc::new(Mutex::new(source)))
    }

    /// Creates the source of the operating system.
    pub(crate) fn system() -> Self {
        Self::new(getrandom::SysRng)
    }

    pub(crate) fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes)
    }

    /// Draws `N` characters of the alphabet uniformly, by rejection. The caller must wipe them.
    pub(crate) fn base62<const N: usize>(&self) -> Result<[u8; N], RandomnessError> {
        let mut drawn = Zeroizing::new([0_u8; 64]);
        let mut digits = [b'0'; N];
        let mut places = digits.iter_mut().peekable();
        let mut rejected = 0;
        while places.peek().is_some() {
            if let Err(error) = self.fill(drawn.as_mut_slice()) {
                digits.zeroize();
                return Err(error);
            }
            for byte in drawn.iter() {
                // 248 is the largest multiple of 62 that a byte can hold.
                if *byte >= 248 {
                    rejected += 1;
                } else if let Some(place) = places.next() {
                    *place = base62::digit(u32::from(*byte));
                }
            }
            if rejected > REJECTED_MAX {
                digits.zeroize();
                return Err(RandomnessError::implausible());
            }
        }
        Ok(digits)
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Fill, REJECTED_MAX, Randomness, RandomnessError};
    use std::sync::{Arc, Mutex};

    /// A source that always returns one byte.
    struct Stuck(u8);

    impl rand_core::TryRng for Stuck {
        type Error = std::io::Error;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from_ne_bytes([self.0; 4]))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from_ne_bytes([self.0; 8]))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Stuck {}

    #[test]
    fn bytes_that_would_bias_a_digit_are_rejected_and_a_broken_source_ends() {
        assert!(Randomness::new(Stuck(248)).base62::<43>().is_err());
        assert_eq!(Randomness::new(Stuck(247)).base62::<3>().unwrap(), *b"zzz");
    }

    /// A source that returns rejected bytes, 64 at a time, and then accepted ones.
    fn rejected_first(times: usize) -> Randomness {
        let fills = std::iter::repeat_n(248, times).chain(std::iter::repeat(61));
        Randomness(Arc::new(Mutex::new(Fills(fills))))
    }

    struct Fills<I>(I);

    impl<I: Iterator<Item = u8> + Send> Fill for Fills<I> {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
            bytes.fill(self.0.next().unwrap());
            Ok(())
        }
    }

    #[test]
    fn a_source_is_broken_when_it_has_more_rejected_than_a_working_one_ever_would() {
        let most = REJECTED_MAX / 64;
        assert_eq!(rejected_first(most).base62::<3>().unwrap(), *b"zzz");
        assert!(rejected_first(most + 1).base62::<3>().is_err());
    }

    #[test]
    fn debug_shows_nothing_of_a_source() {
        assert_eq!(format!("{:?}", Randomness::system()), "Randomness(..)");
    }

    #[test]
    fn digits_are_uniform() {
        let mut counts = [0_u32; 256];
        let system = Randomness::system();
        for _ in 0..2_000 {
            for byte in system.base62::<62>().unwrap() {
                counts[usize::from(byte)] += 1;
            }
        }
        // 61 degrees of freedom: a fair source exceeds 140 once in ten million runs.
        let chi: f64 = crate::values::base62::ALPHABET
            .iter()
            .map(|digit| (f64::from(counts[usize::from(*digit)]) - 2_000.0).powi(2) / 2_000.0)
            .sum();
        assert!(chi < 140.0, "chi-squared {chi}");
    }
}
