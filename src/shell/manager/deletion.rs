//! Deletion, and what it would come to.

use crate::domain::rules;
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::values::CredentialId;

use super::Manager;
use super::answers::{DeletionImpact, LastLasting};
use super::commit::Commit;

impl Manager<'_> {
    /// What deleting a credential would come to, for the page that asks for its name.
    pub async fn deletion_impact(&self, id: CredentialId) -> Result<DeletionImpact, ManageError> {
        let scene = self.credential_scene(id).await?;
        let workspace = &scene.place.workspace;
        let last = scene.credential.is_lasting() && workspace.lasting <= 1;
        let credential = Credential::of(&scene.credential, self.now());
        Ok(DeletionImpact {
            integrations: workspace.users_of(id).map(|user| user.integration.clone()).collect(),
            last_used: credential.last_used,
            last_lasting: if last { LastLasting::Yes } else { LastLasting::No },
            credential,
        })
    }

    /// Deletes a credential, its name typed once more. It cannot be undone, and the id is never used again.
    ///
    /// Refused with [`WrongTypedName`](crate::Refusal::WrongTypedName), [`InUse`](crate::Refusal::InUse) or
    /// [`LastTrackSet`](crate::Refusal::LastTrackSet).
    pub async fn delete(&self, id: CredentialId, typed_name: &str) -> Result<(), ManageError> {
        let mut operation = self.operation()?;
        loop {
            operation.round()?;
            let scene = self.credential_scene(id).await?;
            let decision = rules::delete(&scene.place.workspace, &scene.credential, typed_name)?;
            if self.commit(&operation, &scene.place, Some(id), &decision).await? == Commit::Done {
                return Ok(());
            }
        }
    }
}
