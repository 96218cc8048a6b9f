//! The parameters of a slow hash, and their bounds.

use std::ops::RangeInclusive;

/// The maximum memory of a stored hash: 256 MiB. Stored data is untrusted input.
const MEMORY_KIB: RangeInclusive<u32> = 8..=262_144;
const PASSES: RangeInclusive<u32> = 1..=16;
const LANES: RangeInclusive<u32> = 1..=4;

/// The minimum recommendations of the OWASP Password Storage Cheat Sheet for Argon2id: the memory in KiB, and the number of
/// passes for it.
const OWASP: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The cost of a slow hash with Argon2id (RFC 9106).
///
/// The default is the recommendation of the [OWASP Password Storage Cheat Sheet][owasp]: 19 MiB, two passes, one lane. Each issue
/// and each rotation computes one slow hash. Requests compute none unless a master key is lost.
///
/// In development builds, Cargo compiles dependencies without optimisation, and Argon2id then takes about a second. Add these
/// lines to the `Cargo.toml` of your workspace to reduce this to some tens of milliseconds:
///
/// ```toml
/// [profile.dev.package.argon2]
/// opt-level = 3
/// [profile.dev.package.blake2]
/// opt-level = 3
/// ```
///
/// [owasp]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlowHashParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl SlowHashParams {
    /// Creates parameters from the memory in KiB, the number of passes and the number of lanes.
    ///
    /// # Errors
    ///
    /// Fails if the parameters are weaker than every row of the cheat sheet (7 MiB with 5 passes, 9 with 4, 12 with 3, 19 with 2,
    /// 46 with 1), or exceed 256 MiB, 16 passes or 4 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, SlowHashParamsError> {
        let enough = |(memory, needed): &(u32, u32)| memory_kib >= *memory && passes >= *needed;
        if !OWASP.iter().any(enough) {
            return Err(SlowHashParamsError::Weak);
        }
        Self::within_bounds(memory_kib, passes, lanes).ok_or(SlowHashParamsError::OutOfBounds)
    }

    /// Returns 19 MiB, two passes and one lane, the recommendation of the OWASP Password Storage Cheat Sheet.
    #[must_use]
    pub const fn owasp() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }

    /// Returns 8 KiB, one pass and one lane. This is almost no work, for tests that issue many keys.
    ///
    /// Do not use it in a service. The secrets of Keyward still cannot be guessed, but a slow hash would no longer slow down an
    /// attacker who finds a way to narrow them down.
    #[must_use]
    pub const fn dangerous_cheap() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    /// Returns the memory in KiB.
    #[must_use]
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Returns the number of passes over the memory.
    #[must_use]
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// Returns the number of lanes.
    #[must_use]
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Creates the parameters of a stored hash. It can be weak, but must be within the upper bounds.
    pub(super) fn within_bounds(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let within = MEMORY_KIB.contains(&memory_kib)
            && PASSES.contains(&passes)
            && LANES.contains(&lanes)
            && memory_kib >= 8 * lanes;
        within.then_some(Self { memory_kib, passes, lanes })
    }
}

impl Default for SlowHashParams {
    fn default() -> Self {
        Self::owasp()
    }
}

/// The error of [`SlowHashParams::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlowHashParamsError {
    /// The parameters are weaker than the OWASP recommendations.
    #[error("the slow hash would be weaker than OWASP recommends: use `SlowHashParams::owasp()`")]
    Weak,
    /// The parameters exceed the bounds of a stored hash.
    #[error("a slow hash has at most 256 MiB, 16 passes and 1 to 4 lanes: use smaller parameters")]
    OutOfBounds,
}

#[cfg(test)]
mod tests {
    use super::{OWASP, SlowHashParams, SlowHashParamsError};

    #[test]
    fn each_row_of_the_cheat_sheet_is_enough_and_anything_less_is_not() {
        for (memory, passes) in OWASP {
            assert!(SlowHashParams::new(memory, passes, 1).is_ok(), "{memory}");
            assert!(SlowHashParams::new(memory, passes, 4).is_ok(), "{memory}");
            for (memory, passes) in [(memory - 1, passes), (memory, passes - 1)] {
                let error = SlowHashParams::new(memory, passes, 1).unwrap_err();
                assert_eq!(error, SlowHashParamsError::Weak, "{memory} KiB, {passes} passes");
            }
        }
        let owasp = SlowHashParams::owasp();
        let made = SlowHashParams::new(owasp.memory_kib(), owasp.passes(), owasp.lanes());
        assert_eq!(made, Ok(SlowHashParams::default()));
    }

    #[test]
    fn values_beyond_the_bounds_are_refused() {
        assert!(SlowHashParams::new(262_144, 16, 4).is_ok());
        for (memory, passes, lanes) in [
            (262_145, 1, 1),
            (u32::MAX, 1, 1),
            (47_104, 17, 1),
            (47_104, u32::MAX, 1),
            (47_104, 1, 5),
            (47_104, 1, 0),
            (47_104, 1, u32::MAX),
        ] {
            let error = SlowHashParams::new(memory, passes, lanes).unwrap_err();
            assert_eq!(error, SlowHashParamsError::OutOfBounds, "{memory}, {passes}, {lanes}");
        }
    }
}
