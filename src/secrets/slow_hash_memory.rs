//! The memory that Argon2id works in, kept by a thread from one run to the next.

use argon2::Block;

use super::slow_hash_params::SlowHashParams;

/// The memory of one thread's runs of Argon2id.
///
/// A run takes what its parameters say and overwrites what an earlier run left. Memory beyond the size to keep is
/// returned when the run ends. It is not wiped: Argon2id's blocks do not reveal a secret of 256 random bits.
#[derive(Debug)]
pub(crate) struct SlowHashMemory {
    blocks: Vec<Block>,
    keep: usize,
}

impl SlowHashMemory {
    /// No memory yet; after a run, at most what `params` ask for is kept.
    pub(crate) fn keeping(params: SlowHashParams) -> Self {
        let keep = usize::try_from(params.memory_kib()).unwrap_or(usize::MAX);
        Self { blocks: Vec::new(), keep }
    }

    /// Runs `work` in this many blocks of 1 KiB.
    pub(super) fn with<T>(
        &mut self,
        count: usize,
        work: impl FnOnce(&mut [Block]) -> Result<T, HashingError>,
    ) -> Result<T, HashingError> {
        if self.blocks.len() < count {
            // Released first: growing in place would hold both and copy what is overwritten anyway.
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

/// Why a slow hash could not be computed. It says nothing about the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HashingError {
    /// The machine had no memory for it.
    #[error("no memory for Argon2id: give the process more, or ask for less with `SlowHashParams`")]
    OutOfMemory,
    /// The parameters were refused, although they are within the bounds.
    #[error("Argon2id refused its input: please report this, with the parameters")]
    Refused,
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
        assert_eq!(memory.blocks.as_ptr(), first, "the same memory");
        assert_eq!(memory.with(keep + 1, |blocks| Ok(blocks.len())), Ok(keep + 1));
        assert_eq!(memory.blocks.capacity(), 0, "returned");
    }

    #[test]
    fn a_run_of_the_same_size_works_in_the_memory_of_the_run_before() {
        let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
        let keep = memory.keep;
        let run = |memory: &mut SlowHashMemory| {
            memory.with(keep, |blocks| Ok(std::mem::replace(&mut blocks[0].as_mut()[0], 7)))
        };
        assert_eq!(run(&mut memory), Ok(0));
        assert_eq!(run(&mut memory), Ok(7), "what the run before left");
    }

    #[test]
    fn memory_that_the_machine_lacks_is_an_error() {
        let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
        let most = usize::MAX / 1024;
        assert_eq!(memory.with(most, |_| Ok(())), Err(HashingError::OutOfMemory));
        assert_eq!(memory.with(8, |blocks| Ok(blocks.len())), Ok(8), "the next run works");
    }
}
