//! Track sets, shown again.

use crate::domain::{Refusal, rules};
use crate::secrets::{ApiKey, SealedFor, SecretText, Standing};
use crate::shell::errors::{ManageError, Unavailable, UnavailableReason};
use crate::store::{CorruptRecord, StoreError, StoreErrorKind};
use crate::values::CredentialId;

use super::Manager;
use super::answers::RevealedTrackSet;
use super::commit::Commit;
use super::scene::CredentialScene;

impl Manager<'_> {
    /// Shows a Track set's current API key again. The history says so, or it is not shown.
    ///
    /// Refused with [`NotATrackSet`](crate::Refusal::NotATrackSet), [`Over`](crate::Refusal::Over), or
    /// [`NotRevealable`](crate::Refusal::NotRevealable) where its master key is declared lost.
    pub async fn reveal(&self, id: CredentialId) -> Result<RevealedTrackSet, ManageError> {
        let mut operation = self.operation()?;
        loop {
            operation.round()?;
            let scene = self.credential_scene(id).await?;
            let workspace = &scene.place.workspace;
            let decision = rules::reveal(workspace, &scene.credential, operation.now)?;
            let secret = self.unseal(&scene)?;
            if self.commit(&operation, &scene.place, Some(id), &decision).await? == Commit::Done {
                let api_key = ApiKey::new(&self.inner.brand, id, &secret);
                return Ok(RevealedTrackSet { site_id: id, api_key });
            }
        }
    }

    fn unseal(&self, scene: &CredentialScene) -> Result<SecretText, ManageError> {
        let record = &scene.credential;
        let seal = record.current.seal.as_ref().ok_or(Refusal::NotATrackSet)?;
        let key = match self.inner.keys.find(seal.key()) {
            Standing::Current(key) | Standing::Older(key) | Standing::Newer(key) => key,
            Standing::Lost => return Err(Refusal::NotRevealable.into()),
            Standing::Unknown => {
                return Err(Unavailable::new(UnavailableReason::UnknownMasterKey).into());
            }
        };
        let place = SealedFor {
            workspace: &record.workspace,
            id: record.id,
            kind: record.kind,
            generation: record.current.number,
        };
        seal.unseal(key, &place).map_err(|_| {
            let wrong = CorruptRecord::new("its seal was made for another place, or changed since");
            StoreError::new(StoreErrorKind::Corrupt).because(wrong).into()
        })
    }
}
