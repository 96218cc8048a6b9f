//! Issuing of credentials.

use crate::domain::CredentialRecord;
use crate::domain::rules::{Namesake, Needs, Wish, issue, may_issue};
use crate::kinds::{App, Kind, Track};
use crate::shell::errors::{ManageError, Unavailable, UnavailableReason};
use crate::shell::views::Credential;
use crate::values::{CredentialId, GenerationNumber, KindWord, Timestamp};

use super::Manager;
use super::commit::{Commit, Operation, until_committed};
use super::scene::WorkspaceScene;
use super::wishes::NewCredential;
use crate::shell::answers::{Issued, IssuedAppKey, IssuedTrackSet};

impl Manager<'_> {
    /// Issues a credential of the kind `K`. Unless the kind is revealable, this is the only time that the secret key is available.
    ///
    /// # Errors
    ///
    /// Refused with [`NameTaken`](crate::Refusal::NameTaken), [`LooksAlike`](crate::Refusal::LooksAlike),
    /// [`ExpiryInPast`](crate::Refusal::ExpiryInPast) or [`TooMany`](crate::Refusal::TooMany). Fails with
    /// [`UnregisteredKind`](crate::UnavailableReason::UnregisteredKind) if the kind is not registered.
    ///
    /// # Cost
    ///
    /// The name is compared with the other names of the workspace and kind, before Argon2id runs and again before the commit. An
    /// ASCII name needs one more read, of the names that are not ASCII. Any other name needs a read of all credentials of the
    /// workspace and kind, in pages of 1,000: 100 pages if there are 100,000.
    pub async fn issue<K: Kind>(&self, new: NewCredential) -> Result<Issued, ManageError> {
        self.issue_of(K::WORD, new).await
    }

    /// Issues an App key. The same as [`issue::<App>`](Self::issue).
    pub async fn issue_app_key(&self, new: NewCredential) -> Result<IssuedAppKey, ManageError> {
        let Issued { credential, secret } = self.issue::<App>(new).await?;
        Ok(IssuedAppKey { credential, secret })
    }

    /// Issues a Track set. The same as [`issue::<Track>`](Self::issue).
    pub async fn issue_track_set(&self, new: NewCredential) -> Result<IssuedTrackSet, ManageError> {
        let Issued { credential, secret } = self.issue::<Track>(new).await?;
        Ok(IssuedTrackSet { credential, secret })
    }

    /// Issues a credential of the kind with this word. Otherwise like [`issue`](Self::issue).
    pub async fn issue_of(
        &self,
        kind: KindWord,
        new: NewCredential,
    ) -> Result<Issued, ManageError> {
        if self.parts.kinds.get(kind).is_none() {
            return Err(Unavailable::new(UnavailableReason::UnregisteredKind).into());
        }
        let operation = self.operation_with(new.operation.as_deref())?;
        let (workspace, name, expires) = (&new.workspace, &new.name, new.expires);
        let wish = Wish::Issue { workspace, kind, name, expires };
        self.first_time(&operation, &wish).await?;
        let outcome = self.issue_first(&operation, &wish, kind, &new).await;
        self.or_repeated(&operation, &wish, outcome).await
    }

    async fn issue_first(
        &self,
        operation: &Operation,
        wish: &Wish<'_>,
        kind: KindWord,
        new: &NewCredential,
    ) -> Result<Issued, ManageError> {
        let (limits, now) = (&self.parts.limits, operation.now);
        // Checked first, so that Argon2id does not run in vain.
        let (scene, namesake) = self.issue_scene(kind, new, now).await?;
        may_issue(&scene.workspace, new.expires, namesake, limits, now)?;
        let id = CredentialId::draw(&self.parts.randomness)?;
        let minted = self.parts.minter.mint(self.actor.account(), kind, id).await?;
        let first = GenerationNumber::FIRST;
        let secret = self.parts.minter.generation(&minted, &new.workspace, first, operation.now)?;
        let by = self.actor.by().clone();
        let record = CredentialRecord {
            expires: new.expires,
            ..CredentialRecord::issued(id, &scene.workspace, kind, new.name.clone(), by, secret)
        };
        until_committed(|| async {
            let (scene, namesake) = self.issue_scene(kind, new, operation.now).await?;
            let decision = issue(scene.place(self), record.clone(), namesake, limits)?;
            let commit = self.commit(operation, &scene, Some(id), &decision).await?;
            match commit {
                Commit::Done(()) => self.made_here(operation, wish, &record).await?,
                Commit::Conflict => self.first_time(operation, wish).await?,
            }
            Ok(commit.answer(|| {
                let credential = Credential::of(&record, operation.now);
                Issued { credential, secret: minted.key() }
            }))
        })
        .await
    }

    async fn issue_scene(
        &self,
        kind: KindWord,
        new: &NewCredential,
        now: Timestamp,
    ) -> Result<(WorkspaceScene, Option<Namesake>), ManageError> {
        let scene = self.workspace_scene(&new.workspace, Needs::ManageCredentials).await?;
        self.expect(scene.workspace.revision)?;
        let namesake = self.namesake(&new.workspace, kind, &new.name, None, now).await?;
        Ok((scene, namesake))
    }
}
