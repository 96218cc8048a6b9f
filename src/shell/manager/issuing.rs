//! New credentials.

use crate::domain::CredentialRecord;
use crate::domain::rules::{Needs, issue, may_issue};
use crate::secrets::{ApiKey, AppToken};
use crate::shell::errors::ManageError;
use crate::shell::minting::Minted;
use crate::shell::views::Credential;
use crate::values::{CredentialId, GenerationNumber, Kind, Timestamp};

use super::Manager;
use super::answers::{IssuedAppKey, IssuedTrackSet};
use super::commit::Commit;
use super::scene::WorkspaceScene;
use super::wishes::NewCredential;

impl Manager<'_> {
    /// Issues an App key. Its token is in the answer and nowhere else, ever.
    ///
    /// Refused with [`NameTaken`](crate::Refusal::NameTaken),
    /// [`ExpiryInPast`](crate::Refusal::ExpiryInPast) or [`TooMany`](crate::Refusal::TooMany).
    pub async fn issue_app_key(&self, new: NewCredential) -> Result<IssuedAppKey, ManageError> {
        let (credential, minted) = self.issue(Kind::App, new).await?;
        let token = AppToken::new(&self.inner.brand, credential.id, &minted.secret);
        Ok(IssuedAppKey { credential, token })
    }

    /// Issues a Track set.
    ///
    /// Refused with [`NameTaken`](crate::Refusal::NameTaken),
    /// [`ExpiryInPast`](crate::Refusal::ExpiryInPast) or [`TooMany`](crate::Refusal::TooMany).
    pub async fn issue_track_set(&self, new: NewCredential) -> Result<IssuedTrackSet, ManageError> {
        let (credential, minted) = self.issue(Kind::Track, new).await?;
        let api_key = ApiKey::new(&self.inner.brand, credential.id, &minted.secret);
        Ok(IssuedTrackSet { credential, api_key })
    }

    async fn issue(
        &self,
        kind: Kind,
        new: NewCredential,
    ) -> Result<(Credential, Minted), ManageError> {
        let mut operation = self.operation()?;
        let (limits, now) = (&self.inner.limits, operation.now);
        // Before Argon2id runs for nothing.
        let (scene, taken) = self.issue_scene(kind, &new, now).await?;
        may_issue(&scene.workspace, kind, new.expires, taken, limits, now)?;
        let id = CredentialId::draw(&self.inner.randomness)?;
        let minted = self.inner.mint(kind, id).await?;
        let first = GenerationNumber::FIRST;
        let record = CredentialRecord {
            id,
            account: self.actor.account().clone(),
            workspace: new.workspace.clone(),
            kind,
            name: new.name.clone(),
            created: operation.now,
            current: self.inner.generation(&minted, &new.workspace, first, operation.now)?,
            previous: None,
            deprecation: None,
            suspended: None,
            expires: new.expires,
        };
        loop {
            operation.round()?;
            let (scene, taken) = self.issue_scene(kind, &new, operation.now).await?;
            let decision = issue(&scene.workspace, record.clone(), taken, limits)?;
            if self.commit(&operation, &scene, Some(id), &decision).await? == Commit::Done {
                return Ok((Credential::of(&record, operation.now), minted));
            }
        }
    }

    async fn issue_scene(
        &self,
        kind: Kind,
        new: &NewCredential,
        now: Timestamp,
    ) -> Result<(WorkspaceScene, Option<CredentialId>), ManageError> {
        let scene = self.workspace_scene(&new.workspace, Needs::ManageCredentials).await?;
        let taken = self.named(&new.workspace, kind, &new.name, now).await?;
        Ok((scene, taken))
    }
}
