//! New secrets: drawn, hashed, digested and sealed.

use std::sync::Arc;

use crate::domain::GenerationRecord;
use crate::kinds::{KindSpec, Kinds, Shown};
use crate::secrets::{SecretKey, SecretText, SlowHash};
use crate::values::{
    AccountId, Brand, CredentialId, GenerationNumber, Identity, KindWord, Randomness, Timestamp,
    WorkspaceId,
};

use super::errors::ManageError;
use super::hashing::Hashing;
use super::sealing::Sealer;

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

/// Makes new secrets.
#[derive(Debug)]
pub(super) struct Minter {
    brand: Brand,
    kinds: Arc<Kinds>,
    randomness: Randomness,
    hashing: Arc<Hashing>,
    sealer: Sealer,
}

impl Minter {
    /// Makes secrets of this brand. Those of kinds that are shown again are sealed.
    pub(super) const fn new(
        brand: Brand,
        kinds: Arc<Kinds>,
        randomness: Randomness,
        hashing: Arc<Hashing>,
        sealer: Sealer,
    ) -> Self {
        Self { brand, kinds, randomness, hashing, sealer }
    }

    /// Draws a secret and hashes it.
    pub(super) async fn mint(
        &self,
        account: &AccountId,
        kind: KindWord,
        id: CredentialId,
    ) -> Result<Minted, ManageError> {
        let secret = SecretText::draw(&self.randomness)?;
        let mut salt = [0; 16];
        self.randomness.fill(&mut salt)?;
        let identity = Identity { brand: self.brand, kind, id };
        let (secret, slow_hash) = self.hashing.hash(account, identity, secret, salt).await?;
        Ok(Minted { identity, secret, slow_hash })
    }

    /// What a store keeps of a minted secret, as one generation of its credential.
    pub(super) fn generation(
        &self,
        minted: &Minted,
        workspace: &WorkspaceId,
        number: GenerationNumber,
        created: Timestamp,
    ) -> Result<GenerationRecord, ManageError> {
        let Minted { identity, secret, slow_hash } = minted;
        let shown = self.kinds.get(identity.kind).map(KindSpec::shown);
        let seal = match shown {
            Some(Shown::Again) => Some(self.sealer.seal(workspace, *identity, number, secret)?),
            Some(Shown::Once) | None => None,
        };
        Ok(GenerationRecord {
            number,
            brand: identity.brand,
            created,
            slow_hash: slow_hash.clone(),
            digest: self.sealer.digest(identity, secret),
            seal,
            last_used: None,
        })
    }
}
