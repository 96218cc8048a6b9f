//! Renaming, deprecation, suspension and expiry, and how to revert them.

use crate::domain::EndTime;
use crate::domain::rules::{self, Needs};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::values::{CredentialId, Name};

use super::Manager;
use super::commit::{Commit, until_committed};

impl Manager<'_> {
    /// Renames a credential.
    ///
    /// # Errors
    ///
    /// Refused with [`NameTaken`](crate::Refusal::NameTaken), [`LooksAlike`](crate::Refusal::LooksAlike) or
    /// [`Ended`](crate::Refusal::Ended). [`issue`](Self::issue) describes the comparison of names.
    pub async fn rename(&self, id: CredentialId, name: Name) -> Result<Credential, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let read = self.read_credential(id, Needs::ManageCredentials).await?;
            self.expect(read.credential.revision)?;
            let record = &read.credential;
            let (workspace, kind) = (&record.workspace, record.kind);
            let namesake = self.namesake(workspace, kind, &name, Some(id), operation.now).await?;
            let ruling =
                rules::rename(read.context(self), record, name.clone(), namesake, operation.now)?;
            let Some(decision) = ruling else {
                return Ok(Commit::Done(Credential::of(record, operation.now)));
            };
            let commit = self.commit(&operation, &read.context, Some(id), &decision).await?;
            Ok(commit.answer(|| {
                let record = decision.credential().unwrap_or(read.credential);
                Credential::of(&record, operation.now)
            }))
        })
        .await
    }

    /// Deprecates a credential. It still works, and its proofs have a notice. It stops working at its sunset; without a sunset, it
    /// works until it is deleted. Another call changes the sunset.
    ///
    /// # Errors
    ///
    /// Refused with [`SunsetInPast`](crate::Refusal::SunsetInPast),
    /// [`LastPermanent`](crate::Refusal::LastPermanent) or [`Ended`](crate::Refusal::Ended).
    pub async fn deprecate(
        &self,
        id: CredentialId,
        sunset: Option<EndTime>,
    ) -> Result<Credential, ManageError> {
        self.change(id, |read, now| {
            rules::deprecate(read.context(self), &read.credential, sunset, now)
        })
        .await
    }

    /// Reverts a deprecation and its sunset, before the sunset.
    ///
    /// # Errors
    ///
    /// Refused with [`Ended`](crate::Refusal::Ended).
    pub async fn undeprecate(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |read, now| rules::undeprecate(read.context(self), &read.credential, now))
            .await
    }

    /// Suspends a credential, so you can see what breaks before you delete it.
    ///
    /// # Errors
    ///
    /// Refused with [`LastPermanent`](crate::Refusal::LastPermanent) or [`Ended`](crate::Refusal::Ended).
    pub async fn suspend(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |read, now| rules::suspend(read.context(self), &read.credential, now)).await
    }

    /// Resumes a suspended credential.
    ///
    /// # Errors
    ///
    /// Refused with [`Ended`](crate::Refusal::Ended).
    pub async fn resume(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |read, now| rules::resume(read.context(self), &read.credential, now)).await
    }

    /// Sets the expiry of a credential.
    ///
    /// # Errors
    ///
    /// Refused with [`ExpiryInPast`](crate::Refusal::ExpiryInPast),
    /// [`LastPermanent`](crate::Refusal::LastPermanent) or [`Ended`](crate::Refusal::Ended), and by the
    /// [policy](crate::manage::AccountPolicy) of the account with [`LifetimeTooLong`](crate::Refusal::LifetimeTooLong) or
    /// [`SecretTooOld`](crate::Refusal::SecretTooOld). An expiry at the current time is always allowed.
    pub async fn set_expiry(
        &self,
        id: CredentialId,
        end: impl Into<EndTime> + Send,
    ) -> Result<Credential, ManageError> {
        let end = end.into();
        self.change(id, |read, now| {
            rules::set_expiry(read.context(self), &read.credential, end, now)
        })
        .await
    }

    /// Clears the expiry of a credential, before it has expired.
    ///
    /// # Errors
    ///
    /// Refused with [`Ended`](crate::Refusal::Ended), and by the [policy](crate::manage::AccountPolicy) of the account with
    /// [`LifetimeTooLong`](crate::Refusal::LifetimeTooLong), [`SecretTooOld`](crate::Refusal::SecretTooOld) or
    /// [`ExpiryRequired`](crate::Refusal::ExpiryRequired).
    pub async fn clear_expiry(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |read, now| rules::clear_expiry(read.context(self), &read.credential, now))
            .await
    }
}
