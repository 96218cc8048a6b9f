//! Revealing of secret keys.

use crate::domain::Refusal;
use crate::domain::rules::{self, Needs};
use crate::secrets::{MasterKeyState, SealedFor, SecretKey, SecretText};
use crate::shell::errors::{ManageError, Unavailable};
use crate::store::{CorruptRecord, StoreError, StoreErrorKind};
use crate::values::CredentialId;

use super::Manager;
use super::commit::until_committed;
use super::reads::CredentialRead;
use crate::shell::answers::Revealed;

impl Manager<'_> {
    /// Reveals the current secret key of a credential if its kind is revealable. The key has the brand that it was issued with.
    ///
    /// The audit event is written first. If the write fails, the key is not revealed.
    ///
    /// # Errors
    ///
    /// Refused with [`ShownOnce`](crate::Refusal::ShownOnce), [`Ended`](crate::Refusal::Ended), or
    /// [`NotRevealable`](crate::Refusal::NotRevealable) if its master key is declared lost.
    pub async fn reveal(&self, id: CredentialId) -> Result<Revealed, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_credential(id, Needs::ManageCredentials).await?;
            self.expect(read.credential.revision)?;
            let workspace = &read.context.workspace;
            let decision = rules::reveal(workspace, &read.credential, operation.now)?;
            self.can_give(&read.credential.grant.scopes)?;
            let secret = self.unseal(&read)?;
            let commit = self.commit(&operation, &read.context, Some(id), &decision).await?;
            Ok(commit.answer(|| {
                let identity = read.credential.identity(&read.credential.current);
                Revealed { credential: id, secret: SecretKey::new(&identity, &secret) }
            }))
        })
        .await
    }

    fn unseal(&self, read: &CredentialRead) -> Result<SecretText, ManageError> {
        let record = &read.credential;
        let seal = record.current.seal.as_ref().ok_or(Refusal::ShownOnce)?;
        let key = match self.parts.keys.find(seal.key()) {
            MasterKeyState::Current(key)
            | MasterKeyState::Older(key)
            | MasterKeyState::Newer(key) => key,
            MasterKeyState::Lost => return Err(Refusal::NotRevealable.into()),
            MasterKeyState::Unknown => {
                return Err(Unavailable::unknown_master_key(Some(seal.key())).into());
            }
        };
        let context = SealedFor {
            workspace: &record.workspace,
            identity: record.identity(&record.current),
            generation: record.current.number,
        };
        seal.unseal(key, &context).map_err(|_| {
            let wrong =
                CorruptRecord::new("its seal was made for another context, or changed since");
            StoreError::new(StoreErrorKind::Corrupt).because(wrong).into()
        })
    }
}
