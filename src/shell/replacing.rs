//! Digests and seals replaced by equal ones under another master key, and the credential's tag with them.

use crate::domain::{CredentialRecord, GenerationRecord, Sealed};
use crate::secrets::{KeyedDigest, Seal};
use crate::store::{CredentialStore, Refresh, Refreshed, StoreError, TagChange};
use crate::values::GenerationNumber;

use super::keyward::Inner;

impl Inner {
    /// Replaces a digest, if the record is still stored as it is here. The record is then the new one.
    ///
    /// If another node was faster, or the credential was rotated or deleted, there is nothing to do.
    pub(super) async fn replace_digest(
        &self,
        record: &mut CredentialRecord,
        number: GenerationNumber,
        new: KeyedDigest,
    ) -> Result<Refreshed, StoreError> {
        let Some(generation) = generation_mut(record, number) else {
            return Ok(Refreshed::Outdated);
        };
        let old = std::mem::replace(&mut generation.digest, new.clone());
        self.replace(record, number, |tags| Refresh::Digest { old, new, tags }).await
    }

    /// Replaces a seal in the same way.
    pub(super) async fn replace_seal(
        &self,
        record: &mut CredentialRecord,
        number: GenerationNumber,
        new: Seal,
    ) -> Result<Refreshed, StoreError> {
        let generation = generation_mut(record, number);
        let Some(old) = generation.and_then(|generation| generation.seal.replace(new.clone()))
        else {
            return Ok(Refreshed::Outdated);
        };
        self.replace(record, number, |tags| Refresh::Seal { old, new, tags }).await
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
