//! New digests and seals for secrets that passed under an old master key.

use crate::secrets::{KeyedDigest, SecretText, Standing};
use crate::shell::errors::ManageError;
use crate::shell::keyward::Inner;
use crate::store::{CredentialStore, Refresh};
use crate::values::{GenerationNumber, KeyText};

impl Inner {
    /// Stamps a secret that has just passed with a digest under the current master key, and seals a Track
    /// set's anew where its seal is under an older or lost one. The attempt has passed already: what fails
    /// here is logged, and done at the next use.
    pub(super) async fn restamp(&self, presented: &KeyText<'_>, number: GenerationNumber) {
        if let Err(error) = self.try_restamp(presented, number).await {
            tracing::warn!(credential = %presented.id, %error, "a secret could not be stamped anew");
        }
    }

    async fn try_restamp(
        &self,
        presented: &KeyText<'_>,
        number: GenerationNumber,
    ) -> Result<(), ManageError> {
        let Some(record) = self.store.credential(presented.id).await? else { return Ok(()) };
        let Some(generation) = record.generation(number) else { return Ok(()) };
        let stale = |key| matches!(self.keys.find(key), Standing::Older(_) | Standing::Lost);
        // The digest comes last: while it is old, the next use tries both again.
        if let Some(old) = generation.seal.as_ref().filter(|seal| stale(seal.key())) {
            let secret = SecretText::copy(presented.secret);
            let new = self.seal(&record.workspace, record.id, number, &secret)?;
            let refresh = Refresh::Seal { old: old.clone(), new };
            self.store.refresh(record.id, number, &refresh).await?;
        }
        if stale(generation.digest.key()) {
            let old = generation.digest.clone();
            let current = self.keys.current();
            let new = KeyedDigest::stamp(current, record.kind, record.id, presented.secret);
            let refresh = Refresh::Digest { old, new };
            self.store.refresh(record.id, number, &refresh).await?;
        }
        Ok(())
    }
}
