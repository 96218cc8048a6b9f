//! The memory of Argon2id, which a thread reuses, and the errors of slow hashes.

use argon2::Block;

use super::slow_hash_params::SlowHashParams;

/// The memory for the Argon2id runs of one thread, also for those of imported keys. The other slow hashes of imported keys allocate their own.
///
/// A run allocates the memory that its parameters require, and overwrites the data of an earlier run. Memory beyond the size to
/// keep is freed after the run. It is not wiped, because the blocks of Argon2id do not reveal a secret of 256 random bits. They help to guess
/// an imported key that is guessable, but the memory of the process also has its digest and the master key, which help as much.
#[derive(Debug)]
pub(crate) struct SlowHashMemory {
    blocks: Vec<Block>,
    keep: usize,
}

impl SlowHashMemory {
    /// Creates an empty memory. After a run, it keeps at most the memory that `params` require.
    pub(crate) fn keeping(params: SlowHashParams) -> Self {
        let keep = usize::try_from(params.memory_kib()).unwrap_or(usize::MAX);
        Self { blocks: Vec::new(), keep }
    }

    /// Runs `work` with this many blocks of 1 KiB.
    pub(super) fn with<T>(
        &mut self,
        count: usize,
        work: impl FnOnce(&mut [Block]) -> Result<T, HashingError>,
    ) -> Result<T, HashingError> {
        if self.blocks.len() < count {
            // The old memory is freed first. Growing it in place would need both at once, and would copy data that is
            // overwritten.
            self.blocks = Vec::new();
            self.blocks.try_reserve_exact(count).map_err(|_| HashingError::OutOfMemory)?;
            self.blocks.resize(count, Block::new());
        }
        let blocks = self.blocks.get_mut(..count).ok_or(HashingError::OutOfMemory)?;
        let done = work(blocks);
        if self.blocks.len() > self.keep {
            self.blocks = Vec::new();
        }
        done
    }
}

/// The error of computing a slow hash. It contains nothing of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HashingError {
    /// The allocation of memory failed.
    #[error(
        "not enough memory for a slow hash: give the process more, or configure less with `SlowHashParams`; the hash of an imported \
         key needs what the other system chose"
    )]
    OutOfMemory,
    /// The algorithm rejected the parameters although they are within the bounds.
    #[error(
        "a slow hash rejected its input: report this as a bug, with the algorithm and its parameters"
    )]
    Refused,
    /// The hash of an imported key needs a feature that this build lacks.
    #[error("the hash of an imported key needs the feature `salted-imports` of keyward: enable it")]
    #[cfg(not(feature = "salted-imports"))]
    NotCompiled,
}

impl From<argon2::Error> for HashingError {
    fn from(error: argon2::Error) -> Self {
        match error {
            argon2::Error::OutOfMemory => Self::OutOfMemory,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HashingError, SlowHashMemory, SlowHashParams};

    #[test]
    fn memory_is_kept_up_to_its_size_and_no_further() {
        let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
        let keep = memory.keep;
        assert_eq!(memory.with(keep, |blocks| Ok(blocks.len())), Ok(keep));
        let first = memory.blocks.as_ptr();
        assert_eq!(memory.with(keep - 1, |blocks| Ok(blocks.len())), Ok(keep - 1));
        assert_eq!(memory.blocks.as_ptr(), first, "the memory is reused");
        assert_eq!(memory.with(keep + 1, |blocks| Ok(blocks.len())), Ok(keep + 1));
        assert_eq!(memory.blocks.capacity(), 0, "the memory is freed");
    }

    #[test]
    fn a_run_of_the_same_size_works_in_the_memory_of_the_run_before() {
        let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
        let keep = memory.keep;
        let run = |memory: &mut SlowHashMemory| {
            memory.with(keep, |blocks| Ok(std::mem::replace(&mut blocks[0].as_mut()[0], 7)))
        };
        assert_eq!(run(&mut memory), Ok(0));
        assert_eq!(run(&mut memory), Ok(7), "the value of the previous run");
    }

    #[test]
    fn memory_that_the_machine_lacks_is_an_error() {
        let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
        let most = usize::MAX / 1024;
        assert_eq!(memory.with(most, |_| Ok(())), Err(HashingError::OutOfMemory));
        assert_eq!(memory.with(8, |blocks| Ok(blocks.len())), Ok(8), "the next run works");
    }
}
