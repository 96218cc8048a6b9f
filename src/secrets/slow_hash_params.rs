//! How much work a slow hash takes, and the bounds that it keeps within.

use std::ops::RangeInclusive;

/// The memory that a stored hash may ask for: up to 256 MiB. A store is untrusted input.
const MEMORY_KIB: RangeInclusive<u32> = 8..=262_144;
const PASSES: RangeInclusive<u32> = 1..=16;
const LANES: RangeInclusive<u32> = 1..=4;

/// The least that the OWASP Password Storage Cheat Sheet recommends for Argon2id: memory in KiB, and the
/// passes that it needs with that much.
const OWASP: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// How much work Argon2id (RFC 9106) does for a slow hash.
///
/// The default is that of the [OWASP Password Storage Cheat Sheet][owasp]: 19 MiB, two passes, one lane.
/// Each issue and each rotation takes that once; requests do not, unless a master key is lost.
///
/// Cargo builds dependencies of a development build without optimisation, which makes Argon2id take about a second.
/// These lines in the `Cargo.toml` of your workspace bring it to some tens of milliseconds:
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
    /// Takes the memory in KiB, the passes over it, and the lanes.
    ///
    /// Fails where this is weaker than every row of the cheat sheet's table (7 MiB with 5 passes, 9 with 4,
    /// 12 with 3, 19 with 2, 46 with 1), or more than 256 MiB, 16 passes or 4 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, SlowHashParamsError> {
        let enough = |(memory, needed): &(u32, u32)| memory_kib >= *memory && passes >= *needed;
        if !OWASP.iter().any(enough) {
            return Err(SlowHashParamsError::Weak);
        }
        Self::within_bounds(memory_kib, passes, lanes).ok_or(SlowHashParamsError::OutOfBounds)
    }

    /// 19 MiB, two passes, one lane: the recommendation of the OWASP Password Storage Cheat Sheet.
    #[must_use]
    pub const fn owasp() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }

    /// 8 KiB, one pass, one lane: next to no work, for tests that issue many keys.
    ///
    /// Dangerous in a service. The secrets that Keyward draws cannot be guessed even so, but then nothing
    /// is left that would slow down whoever finds a way to narrow them.
    #[must_use]
    pub const fn dangerous_cheap() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    /// The memory, in KiB.
    #[must_use]
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// The passes over the memory.
    #[must_use]
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// The lanes.
    #[must_use]
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    /// What a stored hash may ask for: however weak, since it is there, but no more than the bounds.
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

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlowHashParamsError {
    /// Weaker than the least that OWASP recommends.
    #[error("the slow hash would be weaker than OWASP recommends: use `SlowHashParams::owasp()`")]
    Weak,
    /// Beyond what a stored hash may ask for.
    #[error("a slow hash takes at most 256 MiB, 16 passes and 1 to 4 lanes: ask for less")]
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
    fn nothing_beyond_the_bounds_is_taken() {
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
