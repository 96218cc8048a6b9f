//! Deletion of credentials, and its impact.

use crate::domain::rules::{self, Needs};
use crate::shell::errors::{ManageError, UnavailableReason};
use crate::shell::views::Credential;
use crate::values::CredentialId;

use super::Manager;
use super::commit::{Commit, until_committed};
use super::reads::CredentialRead;
use crate::shell::answers::DeletionImpact;

impl Manager<'_> {
    /// Returns the impact of deleting a credential, for the page that asks for its name.
    pub async fn deletion_impact(&self, id: CredentialId) -> Result<DeletionImpact, ManageError> {
        let read = self.read_credential(id, Needs::View).await?;
        let workspace = &read.context.workspace;
        let is_last_permanent = rules::is_last_permanent(read.context(self), &read.credential);
        let now = self.now();
        let credential = Credential::of(&read.credential, now);
        Ok(DeletionImpact {
            integrations: workspace.users_of(id).map(|user| user.integration.clone()).collect(),
            last_used: credential.last_used,
            is_used_recently: rules::is_used_recently(&read.credential, now),
            is_last_permanent,
            credential,
        })
    }

    /// Deletes a credential if `typed_name` is its name, to prevent accidental deletion. This cannot be undone, and the id is never
    /// used again.
    ///
    /// The comparison uses the [`NameKey`](crate::manage::NameKey): it ignores case, white space at the ends, the number of spaces
    /// between words, and the Unicode normalisation form. Everything else must be equal.
    ///
    /// A corrupt credential can be deleted too. Its row is not trusted, so the deletion does not change the counters of the
    /// workspace. The remaining credentials are [counted](Self::recount) afterwards.
    ///
    /// # Errors
    ///
    /// Refused with [`WrongTypedName`](crate::Refusal::WrongTypedName), [`InUse`](crate::Refusal::InUse) or
    /// [`LastPermanent`](crate::Refusal::LastPermanent).
    pub async fn delete(&self, id: CredentialId, typed_name: &str) -> Result<(), ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_credential(id, Needs::ManageCredentials).await;
            let (context, decision, is_corrupt) = match read {
                Ok(CredentialRead { context, credential }) => {
                    self.expect(credential.revision)?;
                    let decision = rules::delete(context.context(self), &credential, typed_name)?;
                    (context, decision, false)
                }
                Err(ManageError::Unavailable(corrupt))
                    if corrupt.reason() == UnavailableReason::CorruptRow =>
                {
                    let (context, record) = self.read_corrupt(id).await?.ok_or(corrupt)?;
                    let decision = rules::delete_corrupt(&context.workspace, &record, typed_name)?;
                    (context, decision, true)
                }
                Err(error) => return Err(error),
            };
            let commit = self.commit(&operation, &context, Some(id), &decision).await?;
            if is_corrupt && commit == Commit::Done(()) {
                self.recount_after_deletion(&context.workspace.id).await;
            }
            Ok(commit)
        })
        .await
    }
}
