//! Digests and seals of secrets, under the current master key.

use std::sync::Arc;

use crate::secrets::{KeyedDigest, MasterKeys, Seal, SealedFor, SecretText};
use crate::values::{GenerationNumber, Identity, Randomness, WorkspaceId};

use super::errors::{ManageError, Unavailable, UnavailableReason};

/// Makes digests and seals under the current master key.
#[derive(Debug, Clone)]
pub(super) struct Sealer {
    keys: Arc<MasterKeys>,
    randomness: Randomness,
}

impl Sealer {
    pub(super) const fn new(keys: Arc<MasterKeys>, randomness: Randomness) -> Self {
        Self { keys, randomness }
    }

    /// Returns the keyed digest of a secret.
    pub(super) fn digest(&self, identity: &Identity, secret: &SecretText) -> KeyedDigest {
        KeyedDigest::stamp(self.keys.current(), identity, secret.expose())
    }

    /// Returns the seal of a secret.
    pub(super) fn seal(
        &self,
        workspace: &WorkspaceId,
        identity: Identity,
        generation: GenerationNumber,
        secret: &SecretText,
    ) -> Result<Seal, ManageError> {
        let mut nonce = [0; 24];
        self.randomness.fill(&mut nonce)?;
        let place = SealedFor { workspace, identity, generation };
        Seal::close(self.keys.current(), &place, secret, nonce)
            .map_err(|_| Unavailable::new(UnavailableReason::HashingFailed).into())
    }
}
