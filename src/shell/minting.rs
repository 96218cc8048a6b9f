//! New secrets: drawn, hashed, stamped and sealed.

use crate::domain::GenerationRecord;
use crate::secrets::{KeyedDigest, Seal, SealedFor, SecretText, SlowHash};
use crate::values::{CredentialId, GenerationNumber, Kind, Timestamp, WorkspaceId};

use super::errors::{ManageError, Unavailable, UnavailableReason};
use super::hashing::Lane;
use super::keyward::Inner;

/// A secret and its slow hash, for one credential. Which generation it becomes is not yet known.
#[derive(Debug)]
pub(crate) struct Minted {
    kind: Kind,
    id: CredentialId,
    pub(crate) secret: SecretText,
    slow_hash: SlowHash,
}

impl Inner {
    /// Draws a secret and hashes it, in the lane for issuing.
    pub(crate) async fn mint(&self, kind: Kind, id: CredentialId) -> Result<Minted, ManageError> {
        let secret = SecretText::draw(&self.randomness)?;
        let mut salt = [0; 16];
        self.randomness.fill(&mut salt)?;
        let params = self.slow_hash;
        let stats = self.stats.clone();
        let hashed = self
            .pool
            .run(Lane::Issue, move || {
                stats.count_issue_run();
                let hash = SlowHash::hash(params, kind, id, secret.expose(), salt);
                (secret, hash)
            })
            .map_err(|_| Unavailable::new(UnavailableReason::HashingQueueFull))?
            .await;
        match hashed {
            Ok((secret, Ok(slow_hash))) => Ok(Minted { kind, id, secret, slow_hash }),
            _ => Err(Unavailable::new(UnavailableReason::HashingFailed).into()),
        }
    }

    /// What a store keeps of a minted secret, as one generation of its credential.
    pub(crate) fn generation(
        &self,
        minted: &Minted,
        workspace: &WorkspaceId,
        number: GenerationNumber,
        created: Timestamp,
    ) -> Result<GenerationRecord, ManageError> {
        let Minted { kind, id, secret, slow_hash } = minted;
        let seal = match kind {
            Kind::Track => Some(self.seal(workspace, *id, number, secret)?),
            Kind::App => None,
        };
        Ok(GenerationRecord {
            number,
            created,
            slow_hash: slow_hash.clone(),
            digest: KeyedDigest::stamp(self.keys.current(), *kind, *id, secret.expose()),
            seal,
            last_used: None,
        })
    }

    /// Seals a Track set's secret under the current master key.
    pub(crate) fn seal(
        &self,
        workspace: &WorkspaceId,
        id: CredentialId,
        generation: GenerationNumber,
        secret: &SecretText,
    ) -> Result<Seal, ManageError> {
        let mut nonce = [0; 24];
        self.randomness.fill(&mut nonce)?;
        let place = SealedFor { workspace, id, kind: Kind::Track, generation };
        Seal::close(self.keys.current(), &place, secret, nonce)
            .map_err(|_| Unavailable::new(UnavailableReason::HashingFailed).into())
    }
}
