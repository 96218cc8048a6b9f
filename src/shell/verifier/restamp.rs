//! New digests and seals for secrets that passed under an old master key.

use crate::secrets::{KeyedDigest, MasterKeyState, SecretText};
use crate::shell::errors::ManageError;
use crate::shell::keyward::Inner;
use crate::store::Refreshed;
use crate::values::{GenerationNumber, KeyText};

impl Inner {
    /// Stamps a secret that has just passed with a digest under the current master key, and seals it again
    /// where its seal is under an older or lost one. The attempt has passed already: what fails
    /// here is logged, and done at the next use.
    pub(super) async fn restamp(&self, presented: &KeyText<'_>, number: GenerationNumber) {
        if let Err(error) = self.try_restamp(presented, number).await {
            let error = error.with_sources();
            tracing::warn!(credential = %presented.id, error, "could not re-digest a secret under the current master key");
        }
    }

    async fn try_restamp(
        &self,
        presented: &KeyText<'_>,
        number: GenerationNumber,
    ) -> Result<(), ManageError> {
        let Some(mut record) = self.records.credential(presented.id).await? else { return Ok(()) };
        let Some(generation) = record.generation(number).cloned() else { return Ok(()) };
        let stale =
            |key| matches!(self.keys.find(key), MasterKeyState::Older(_) | MasterKeyState::Lost);
        // The digest comes last: while it is old, the next use tries both again.
        if generation.seal.as_ref().is_some_and(|seal| stale(seal.key())) {
            let secret = SecretText::copy(presented.secret);
            let new =
                self.seal(&record.workspace, record.identity(&generation), number, &secret)?;
            if self.replace_seal(&mut record, number, new).await? == Refreshed::Outdated {
                return Ok(());
            }
        }
        if stale(generation.digest.key()) {
            let current = self.keys.current();
            let new = KeyedDigest::stamp(current, &record.identity(&generation), presented.secret);
            self.replace_digest(&mut record, number, new).await?;
        }
        Ok(())
    }
}
