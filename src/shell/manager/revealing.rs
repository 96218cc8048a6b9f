//! Revealing of secret keys.

use crate::domain::Refusal;
use crate::domain::rules::{self, Needs};
use crate::secrets::{MasterKeyState, SealedFor, SecretKey, SecretText};
use crate::shell::errors::{ManageError, Unavailable};
use crate::store::{CorruptRecord, StoreError, StoreErrorKind};
use crate::values::CredentialId;

use super::Manager;
use super::commit::until_committed;
use super::scene::CredentialScene;
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
            let scene = self.credential_scene(id, Needs::ManageCredentials).await?;
            self.expect(scene.credential.revision)?;
            let workspace = &scene.place.workspace;
            let decision = rules::reveal(workspace, &scene.credential, operation.now)?;
            self.can_give(&scene.credential.grant.scopes)?;
            let secret = self.unseal(&scene)?;
            let commit = self.commit(&operation, &scene.place, Some(id), &decision).await?;
            Ok(commit.answer(|| {
                let identity = scene.credential.identity(&scene.credential.current);
                Revealed { credential: id, secret: SecretKey::new(&identity, &secret) }
            }))
        })
        .await
    }

    fn unseal(&self, scene: &CredentialScene) -> Result<SecretText, ManageError> {
        let record = &scene.credential;
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
        let place = SealedFor {
            workspace: &record.workspace,
            identity: record.identity(&record.current),
            generation: record.current.number,
        };
        seal.unseal(key, &place).map_err(|_| {
            let wrong = CorruptRecord::new("its seal was made for another place, or changed since");
            StoreError::new(StoreErrorKind::Corrupt).because(wrong).into()
        })
    }
}
