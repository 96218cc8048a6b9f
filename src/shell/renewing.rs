//! Re-digesting and re-sealing of secrets under the current master key, together with the tag of the credential.

use std::sync::Arc;

use crate::domain::policy::{CredentialView, SecretCheck, check_secret};
use crate::domain::rules::{SecretRekey, Stale, rekey_secret, stale};
use crate::domain::{CredentialRecord, GenerationRecord, Sealed};
use crate::secrets::{MasterKeys, SealedFor, SecretText, SlowHash};
use crate::store::{AnyStore, CredentialStore, Refresh, Refreshed, StoreError, TagChange};
use crate::values::{GenerationNumber, KeyText};

use super::errors::ManageError;
use super::records::Records;
use super::sealing::Sealer;

/// Moves secrets to the current master key.
#[derive(Debug)]
pub(super) struct Renewer {
    keys: Arc<MasterKeys>,
    store: AnyStore,
    records: Arc<Records>,
    sealer: Sealer,
}

/// The result for one secret in a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewed {
    /// Moved to the current master key.
    Done,
    /// Already under the current or a newer master key.
    UpToDate,
    /// Re-digested at its next use.
    WaitingForUse,
    /// Under a lost or unknown master key.
    WithoutKey,
    /// The seal cannot be opened.
    Corrupt,
    /// The stored record has changed since it was read.
    Changed,
}

impl Renewer {
    pub(super) const fn new(
        keys: Arc<MasterKeys>,
        store: AnyStore,
        records: Arc<Records>,
        sealer: Sealer,
    ) -> Self {
        Self { keys, store, records, sealer }
    }

    /// Re-digests a secret that was just verified, and seals it again if its seal is under an older or lost key. A failure is only
    /// logged, because the attempt has already succeeded. The next use retries.
    ///
    /// The secret was verified by its digest, or by the slow hash `checked`. The id of an imported key can be used again after a
    /// deletion, so nothing is written if the stored secret is not the verified one any more.
    pub(super) async fn renew_used(
        &self,
        presented: &KeyText<'_>,
        number: GenerationNumber,
        checked: Option<&SlowHash>,
    ) {
        if let Err(error) = self.try_renew_used(presented, number, checked).await {
            let error = error.with_sources();
            tracing::warn!(credential = %presented.id, error, "could not re-digest a secret under the current master key; retrying at its next use");
        }
    }

    async fn try_renew_used(
        &self,
        presented: &KeyText<'_>,
        number: GenerationNumber,
        checked: Option<&SlowHash>,
    ) -> Result<(), ManageError> {
        let Some(mut record) = self.records.credential(presented.id).await? else { return Ok(()) };
        let Some(generation) = record.generation(number) else { return Ok(()) };
        let is_verified = if let Some(checked) = checked {
            generation.slow_hash == *checked
        } else {
            let check = check_secret(&self.keys, &CredentialView::of(&record), presented);
            matches!(check, SecretCheck::Matched(matched) if matched.generation() == number)
        };
        if !is_verified {
            return Ok(());
        }
        let stale = stale(&self.keys, generation);
        let secret = SecretText::copy(presented.secret);
        // The digest is last: while it is outdated, the next use retries both.
        if stale.seal
            && self.replace_seal(&mut record, number, &secret).await? == Refreshed::Outdated
        {
            return Ok(());
        }
        if stale.digest {
            self.replace_digest(&mut record, number, &secret).await?;
        }
        Ok(())
    }

    /// Moves a sealed secret to the current master key, and updates `record` to the stored record.
    pub(super) async fn renew_sealed(
        &self,
        record: &mut CredentialRecord,
        number: GenerationNumber,
    ) -> Result<Renewed, ManageError> {
        let Some(generation) = record.generation(number) else { return Ok(Renewed::UpToDate) };
        let (seal, key, Stale { digest, seal: is_seal_stale }) =
            match rekey_secret(&self.keys, generation) {
                SecretRekey::Keep => return Ok(Renewed::UpToDate),
                SecretRekey::WaitForUse => return Ok(Renewed::WaitingForUse),
                SecretRekey::WithoutKey => return Ok(Renewed::WithoutKey),
                SecretRekey::Renew { seal, key, stale } => (seal, key, stale),
            };
        let identity = record.identity(generation);
        let place = SealedFor { workspace: &record.workspace, identity, generation: number };
        let Ok(secret) = seal.unseal(key, &place) else { return Ok(Renewed::Corrupt) };
        if digest && self.replace_digest(record, number, &secret).await? == Refreshed::Outdated {
            return Ok(Renewed::Changed);
        }
        if is_seal_stale && self.replace_seal(record, number, &secret).await? == Refreshed::Outdated
        {
            return Ok(Renewed::Changed);
        }
        Ok(Renewed::Done)
    }

    /// Replaces a digest if the stored record still equals `record`, and updates `record`.
    ///
    /// Otherwise, another node has replaced it or the credential was rotated or deleted, and there is nothing to do.
    async fn replace_digest(
        &self,
        record: &mut CredentialRecord,
        number: GenerationNumber,
        secret: &SecretText,
    ) -> Result<Refreshed, ManageError> {
        let Some(generation) = record.generation(number) else { return Ok(Refreshed::Outdated) };
        let new = self.sealer.digest(&record.identity(generation), secret);
        let Some(generation) = generation_mut(record, number) else {
            return Ok(Refreshed::Outdated);
        };
        let old = std::mem::replace(&mut generation.digest, new.clone());
        Ok(self.replace(record, number, |tags| Refresh::Digest { old, new, tags }).await?)
    }

    /// Replaces a seal, like [`replace_digest`](Self::replace_digest).
    async fn replace_seal(
        &self,
        record: &mut CredentialRecord,
        number: GenerationNumber,
        secret: &SecretText,
    ) -> Result<Refreshed, ManageError> {
        let Some(generation) = record.generation(number) else { return Ok(Refreshed::Outdated) };
        let identity = record.identity(generation);
        let new = self.sealer.seal(&record.workspace, identity, number, secret)?;
        let generation = generation_mut(record, number);
        let Some(old) = generation.and_then(|generation| generation.seal.replace(new.clone()))
        else {
            return Ok(Refreshed::Outdated);
        };
        Ok(self.replace(record, number, |tags| Refresh::Seal { old, new, tags }).await?)
    }

    async fn replace(
        &self,
        record: &mut CredentialRecord,
        number: GenerationNumber,
        refresh: impl FnOnce(TagChange) -> Refresh,
    ) -> Result<Refreshed, StoreError> {
        let old = record.tag;
        let new = *self.records.seal(record.clone()).tag();
        record.tag = new;
        self.store.refresh(record.id, number, &refresh(TagChange { old, new })).await
    }
}

fn generation_mut(
    record: &mut CredentialRecord,
    number: GenerationNumber,
) -> Option<&mut GenerationRecord> {
    let previous = record.previous.as_mut().map(|previous| &mut previous.generation);
    let mut generations = std::iter::once(&mut record.current).chain(previous);
    generations.find(|generation| generation.number == number)
}
