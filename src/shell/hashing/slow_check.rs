//! The job that compares a presented secret with slow hashes.

use std::fmt;

use zeroize::Zeroizing;

use crate::secrets::{HashingError, Matches, SecretText, SlowHash, SlowHashMemory};
use crate::values::{GenerationNumber, Identity};

use super::gate::Pass;

/// A presented secret and the slow hashes to compare it with.
pub(crate) struct SlowCheck {
    pub(crate) identity: Identity,
    pub(crate) secret: SecretText,
    /// The part of an imported key that the other system hashed with a salt.
    pub(crate) salted: Option<Zeroizing<Box<str>>>,
    pub(crate) hashes: Vec<(GenerationNumber, SlowHash)>,
}

impl fmt::Debug for SlowCheck {
    /// Does not show the presented text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, secret: _, salted: _, hashes } = self;
        let hashes = hashes.len();
        f.debug_struct("SlowCheck")
            .field("identity", identity)
            .field("hashes", &hashes)
            .finish_non_exhaustive()
    }
}

/// The result of a slow check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The secret of this generation matches.
    Matched(GenerationNumber),
    /// No secret matches.
    Wrong,
    /// A slow hash could not be computed.
    Failed,
}

impl SlowCheck {
    /// Compares the secret and reports the result to the gate. Calls `count` before each comparison.
    pub(super) fn run(self, pass: Pass, memory: &mut SlowHashMemory, count: impl Fn()) -> Verdict {
        for (generation, slow_hash) in &self.hashes {
            count();
            match self.compare(slow_hash, memory) {
                Ok(Matches::Yes) => {
                    pass.right();
                    return Verdict::Matched(*generation);
                }
                Ok(Matches::No) => {}
                Err(error) => {
                    tracing::error!(%error, "a slow hash could not be computed");
                    return Verdict::Failed;
                }
            }
        }
        pass.wrong();
        Verdict::Wrong
    }

    fn compare(
        &self,
        slow_hash: &SlowHash,
        memory: &mut SlowHashMemory,
    ) -> Result<Matches, HashingError> {
        let Some(scheme) = slow_hash.scheme() else {
            return slow_hash.verify(&self.identity, self.secret.expose(), memory);
        };
        let Some(text) = &self.salted else { return Ok(Matches::No) };
        match scheme.secret(text.as_bytes(), memory)? {
            Some(secret) => slow_hash.verify(&self.identity, secret.expose(), memory),
            None => Ok(Matches::No),
        }
    }
}
