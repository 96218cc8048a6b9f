//! New secrets: drawn, hashed, stamped and sealed.

use crate::domain::GenerationRecord;
use crate::kinds::KindSpec;
use crate::secrets::{KeyedDigest, Seal, SealedFor, SecretKey, SecretText, SlowHash};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, Identity, KindWord, Timestamp, WorkspaceId,
};

use super::errors::{ManageError, Unavailable, UnavailableReason};
use super::hashing::Lane;
use super::keyward::Inner;

/// A secret and its slow hash, for one credential. Which generation it becomes is not yet known.
#[derive(Debug)]
pub(crate) struct Minted {
    identity: Identity,
    secret: SecretText,
    slow_hash: SlowHash,
}

impl Minted {
    /// The secret as its holder gets it.
    pub(crate) fn key(&self) -> SecretKey {
        SecretKey::new(&self.identity, &self.secret)
    }
}

impl Inner {
    /// Fails where the service does not have a kind.
    pub(crate) fn registered(&self, kind: KindWord) -> Result<(), Unavailable> {
        match self.kinds.get(kind) {
            Some(_) => Ok(()),
            None => Err(Unavailable::new(UnavailableReason::UnregisteredKind)),
        }
    }

    /// Draws a secret and hashes it, in the lane for issuing.
    pub(crate) async fn mint(
        &self,
        account: &AccountId,
        kind: KindWord,
        id: CredentialId,
    ) -> Result<Minted, ManageError> {
        let secret = SecretText::draw(&self.randomness)?;
        let mut salt = [0; 16];
        self.randomness.fill(&mut salt)?;
        let identity = Identity { brand: self.brand, kind, id };
        let params = self.slow_hash;
        let stats = self.stats.clone();
        let hashed = self
            .pool
            .run(Lane::Issue, account, move |memory| {
                stats.count_issue_run();
                let hash = SlowHash::hash(params, &identity, secret.expose(), salt, memory);
                (secret, hash)
            })
            .await
            .map_err(Unavailable::from)?;
        match hashed {
            (secret, Ok(slow_hash)) => Ok(Minted { identity, secret, slow_hash }),
            (_, Err(_)) => Err(Unavailable::new(UnavailableReason::HashingFailed).into()),
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
        let Minted { identity, secret, slow_hash } = minted;
        let is_shown_again = self.kinds.get(identity.kind).is_some_and(KindSpec::is_shown_again);
        let seal = if is_shown_again {
            Some(self.seal(workspace, *identity, number, secret)?)
        } else {
            None
        };
        Ok(GenerationRecord {
            number,
            brand: identity.brand,
            created,
            slow_hash: slow_hash.clone(),
            digest: KeyedDigest::stamp(self.keys.current(), identity, secret.expose()),
            seal,
            last_used: None,
        })
    }

    /// Seals a secret under the current master key.
    pub(crate) fn seal(
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
