//! New secrets: generated, hashed, digested and sealed.

use std::sync::Arc;

use crate::domain::GenerationRecord;
use crate::kinds::{KindSpec, Kinds};
use crate::secrets::{SecretKey, SecretText, SlowHash};
use crate::values::{
    AccountId, Brand, CredentialId, GenerationNumber, Identity, KindWord, Randomness, Timestamp,
    WorkspaceId,
};

use super::errors::ManageError;
use super::hashing::Hashing;
use super::sealing::Sealer;

/// A secret and its slow hash for one credential, before it gets a generation number.
#[derive(Debug)]
pub(crate) struct Minted {
    identity: Identity,
    secret: SecretText,
    slow_hash: SlowHash,
}

impl Minted {
    /// Returns the secret in the form that the customer receives.
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
    /// Creates a minter of secrets with this brand. Secrets of revealable kinds are sealed.
    pub(super) const fn new(
        brand: Brand,
        kinds: Arc<Kinds>,
        randomness: Randomness,
        hashing: Arc<Hashing>,
        sealer: Sealer,
    ) -> Self {
        Self { brand, kinds, randomness, hashing, sealer }
    }

    /// Generates a secret and hashes it.
    pub(super) async fn mint(
        &self,
        account: &AccountId,
        kind: KindWord,
        id: CredentialId,
    ) -> Result<Minted, ManageError> {
        let secret = SecretText::draw(&self.randomness)?;
        let identity = Identity { brand: self.brand, kind, id };
        self.hash(account, identity, secret).await
    }

    /// Hashes a secret that another system made.
    pub(super) async fn take_over(
        &self,
        account: &AccountId,
        identity: Identity,
        secret: &SecretText,
    ) -> Result<Minted, ManageError> {
        self.hash(account, identity, SecretText::copy(secret.expose())).await
    }

    async fn hash(
        &self,
        account: &AccountId,
        identity: Identity,
        secret: SecretText,
    ) -> Result<Minted, ManageError> {
        let mut salt = [0; 16];
        self.randomness.fill(&mut salt)?;
        let (secret, slow_hash) = self.hashing.hash(account, identity, secret, salt).await?;
        Ok(Minted { identity, secret, slow_hash })
    }

    /// Returns the stored form of a minted secret, as one generation of its credential.
    pub(super) fn generation(
        &self,
        minted: &Minted,
        workspace: &WorkspaceId,
        number: GenerationNumber,
        created: Timestamp,
    ) -> Result<GenerationRecord, ManageError> {
        let Minted { identity, secret, .. } = minted;
        let is_shown_again = self.kinds.get(identity.kind).is_some_and(KindSpec::is_shown_again);
        let seal = if is_shown_again {
            Some(self.sealer.seal(workspace, *identity, number, secret)?)
        } else {
            None
        };
        Ok(GenerationRecord { seal, ..self.unsealed(minted, number, created) })
    }

    /// The same without a seal, for a secret that is never shown again.
    pub(super) fn unsealed(
        &self,
        Minted { identity, secret, slow_hash }: &Minted,
        number: GenerationNumber,
        created: Timestamp,
    ) -> GenerationRecord {
        GenerationRecord {
            number,
            brand: identity.brand,
            created,
            slow_hash: slow_hash.clone(),
            digest: self.sealer.digest(identity, secret),
            seal: None,
            last_used: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use super::Minter;
    use crate::kinds::{DEFAULT, Kinds};
    use crate::secrets::{MasterKey, MasterKeys, SealedFor, SlowHashParams};
    use crate::shell::hashing::Hashing;
    use crate::shell::sealing::Sealer;
    use crate::shell::stats::Counters;
    use crate::values::{
        AccountId, Brand, CredentialId, GenerationNumber, Identity, KindWord, ManualClock,
        Randomness, Timestamp, WorkspaceId,
    };

    #[test]
    fn a_secret_is_sealed_where_its_kind_is_shown_again() {
        let keys = Arc::new(MasterKeys::new(MasterKey::generate().unwrap()));
        let clock = Arc::new(ManualClock::at(Timestamp::MIN));
        let (params, one) = (SlowHashParams::dangerous_cheap(), NonZeroUsize::MIN);
        let hashing = Arc::new(Hashing::new(params, one, one, clock, Counters::default()));
        let sealer = Sealer::new(Arc::clone(&keys), Randomness::system());
        let kinds = Arc::new(Kinds::new(DEFAULT.to_vec()).unwrap());
        let brand = Brand::default();
        let minter = Minter::new(brand, kinds, Randomness::system(), hashing, sealer.clone());
        let account = AccountId::new("acme").unwrap();
        let workspace = WorkspaceId::new("acme/shop").unwrap();
        let id = CredentialId::new("abcdefghijkl").unwrap();
        let number = GenerationNumber::FIRST;
        for (kind, is_sealed) in [(KindWord::Track, true), (KindWord::App, false)] {
            let new = pollster::block_on(minter.mint(&account, kind, id)).unwrap();
            let generation = minter.generation(&new, &workspace, number, Timestamp::MIN).unwrap();
            let identity = Identity { brand, kind, id };
            assert_eq!(generation.digest, sealer.digest(&identity, &new.secret));
            assert_eq!(generation.digest.key(), keys.current_id());
            assert_eq!(generation.seal.is_some(), is_sealed);
            if let Some(seal) = generation.seal {
                let place = SealedFor { workspace: &workspace, identity, generation: number };
                let secret = seal.unseal(keys.current(), &place).unwrap();
                assert_eq!(secret.expose(), new.secret.expose());
            }
        }
    }
}
