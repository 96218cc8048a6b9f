//! The job that compares a presented secret with slow hashes.

use crate::secrets::{Matches, SecretText, SlowHash, SlowHashMemory};
use crate::values::{GenerationNumber, Identity};

use super::gate::Pass;

/// A presented secret and the slow hashes to compare it with.
#[derive(Debug)]
pub(crate) struct SlowCheck {
    pub(crate) identity: Identity,
    pub(crate) secret: SecretText,
    pub(crate) hashes: Vec<(GenerationNumber, SlowHash)>,
}

/// The result of a slow check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The secret of this generation matches.
    Matched(GenerationNumber),
    /// No secret matches.
    Wrong,
    /// Argon2id failed.
    Failed,
}

impl SlowCheck {
    /// Compares the secret and reports the result to the gate. Calls `count` before each run of Argon2id.
    pub(super) fn run(self, pass: Pass, memory: &mut SlowHashMemory, count: impl Fn()) -> Verdict {
        for (generation, slow_hash) in &self.hashes {
            count();
            match slow_hash.verify(&self.identity, self.secret.expose(), memory) {
                Ok(Matches::Yes) => {
                    pass.right();
                    return Verdict::Matched(*generation);
                }
                Ok(Matches::No) => {}
                Err(error) => {
                    tracing::error!(%error, "Argon2id failed: give the process more memory");
                    return Verdict::Failed;
                }
            }
        }
        pass.wrong();
        Verdict::Wrong
    }
}
