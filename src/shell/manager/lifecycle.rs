//! Rename, deprecate, suspend, expire, and the way back from each that has one.

use crate::domain::EndTime;
use crate::domain::rules;
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::values::{CredentialId, Name};

use super::Manager;
use super::commit::{Commit, until_committed};

impl Manager<'_> {
    /// Gives a credential another name, and changes nothing else.
    ///
    /// Refused with [`NameTaken`](crate::Refusal::NameTaken), [`LooksAlike`](crate::Refusal::LooksAlike) or
    /// [`Over`](crate::Refusal::Ended). The name is compared as [`issue`](Self::issue) does.
    pub async fn rename(&self, id: CredentialId, name: Name) -> Result<Credential, ManageError> {
        let operation = self.operation()?;
        until_committed(|| async {
            let scene = self.credential_scene(id).await?;
            self.expect(scene.credential.revision)?;
            let record = &scene.credential;
            let (workspace, kind) = (&record.workspace, record.kind);
            let namesake = self.namesake(workspace, kind, &name, Some(id), operation.now).await?;
            let ruling =
                rules::rename(scene.place(self), record, name.clone(), namesake, operation.now)?;
            let Some(decision) = ruling else {
                return Ok(Commit::Done(Credential::of(record, operation.now)));
            };
            let commit = self.commit(&operation, &scene.place, Some(id), &decision).await?;
            Ok(commit.answer(|| {
                let record = decision.credential().unwrap_or(scene.credential);
                Credential::of(&record, operation.now)
            }))
        })
        .await
    }

    /// Marks a credential as deprecated: it still works, and every proof says so. A sunset ends it; without
    /// one it works until it is deleted. Once more with another sunset changes that.
    ///
    /// Refused with [`SunsetInPast`](crate::Refusal::SunsetInPast),
    /// [`LastPermanent`](crate::Refusal::LastPermanent) or [`Over`](crate::Refusal::Ended).
    pub async fn deprecate(
        &self,
        id: CredentialId,
        sunset: Option<EndTime>,
    ) -> Result<Credential, ManageError> {
        self.change(id, |scene, now| {
            rules::deprecate(scene.place(self), &scene.credential, sunset, now)
        })
        .await
    }

    /// Takes a deprecation and its sunset back, before the sunset.
    ///
    /// Refused with [`Over`](crate::Refusal::Ended).
    pub async fn undeprecate(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |scene, now| rules::undeprecate(scene.place(self), &scene.credential, now))
            .await
    }

    /// Switches a credential off, so that one can see what breaks before deleting it.
    ///
    /// Refused with [`LastPermanent`](crate::Refusal::LastPermanent) or [`Over`](crate::Refusal::Ended).
    pub async fn suspend(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |scene, now| rules::suspend(scene.place(self), &scene.credential, now))
            .await
    }

    /// Switches a credential on again.
    ///
    /// Refused with [`Over`](crate::Refusal::Ended).
    pub async fn resume(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |scene, now| rules::resume(scene.place(self), &scene.credential, now)).await
    }

    /// Sets or moves a credential's expiry.
    ///
    /// Refused with [`ExpiryInPast`](crate::Refusal::ExpiryInPast),
    /// [`LastPermanent`](crate::Refusal::LastPermanent) or [`Over`](crate::Refusal::Ended).
    pub async fn set_expiry(
        &self,
        id: CredentialId,
        end: impl Into<EndTime> + Send,
    ) -> Result<Credential, ManageError> {
        let end = end.into();
        self.change(id, |scene, now| {
            rules::set_expiry(scene.place(self), &scene.credential, end, now)
        })
        .await
    }

    /// Clears a credential's expiry, before it has come.
    ///
    /// Refused with [`Over`](crate::Refusal::Ended).
    pub async fn clear_expiry(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |scene, now| rules::clear_expiry(scene.place(self), &scene.credential, now))
            .await
    }
}
