//! Deletion, and what it would come to.

use crate::domain::rules;
use crate::shell::errors::{ManageError, UnavailableReason};
use crate::shell::views::Credential;
use crate::values::CredentialId;

use super::Manager;
use super::commit::{Commit, until_committed};
use super::scene::CredentialScene;
use crate::shell::answers::DeletionImpact;

impl Manager<'_> {
    /// What deleting a credential would come to, for the page that asks for its name.
    pub async fn deletion_impact(&self, id: CredentialId) -> Result<DeletionImpact, ManageError> {
        let scene = self.credential_scene(id).await?;
        let workspace = &scene.place.workspace;
        let is_last_permanent = rules::is_last_permanent(scene.place(self), &scene.credential);
        let credential = Credential::of(&scene.credential, self.now());
        Ok(DeletionImpact {
            integrations: workspace.users_of(id).map(|user| user.integration.clone()).collect(),
            last_used: credential.last_used,
            is_last_permanent,
            credential,
        })
    }

    /// Deletes a credential, its name typed once more. It cannot be undone, and the id is never used again.
    ///
    /// The typed name is compared by its [`NameKey`](crate::manage::NameKey): without regard to case, to white space at its ends and to
    /// how many spaces are between words, and in NFC. Everything else must be the same.
    ///
    /// A corrupt credential can be deleted too. Nothing that its row says is believed: the deletion leaves the workspace's
    /// counters as they are, and the credentials that remain are [counted](Self::recount) afterwards.
    ///
    /// Refused with [`WrongTypedName`](crate::Refusal::WrongTypedName), [`InUse`](crate::Refusal::InUse) or
    /// [`LastPermanent`](crate::Refusal::LastPermanent).
    pub async fn delete(&self, id: CredentialId, typed_name: &str) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let (place, decision, is_corrupt) = match self.credential_scene(id).await {
                Ok(CredentialScene { place, credential }) => {
                    self.expect(credential.revision)?;
                    let decision = rules::delete(place.place(self), &credential, typed_name)?;
                    (place, decision, false)
                }
                Err(ManageError::Unavailable(corrupt))
                    if corrupt.reason() == UnavailableReason::CorruptRow =>
                {
                    let (place, record) = self.corrupt_scene(id).await?.ok_or(corrupt)?;
                    let decision = rules::delete_corrupt(&place.workspace, &record, typed_name)?;
                    (place, decision, true)
                }
                Err(error) => return Err(error),
            };
            let commit = self.commit(&operation, &place, Some(id), &decision).await?;
            if is_corrupt && commit == Commit::Done(()) {
                self.recount_after_deletion(&place.workspace.id).await;
            }
            Ok(commit)
        })
        .await
    }
}
