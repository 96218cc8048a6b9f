//! Issuing of credentials.

use crate::domain::CredentialRecord;
use crate::domain::rules::{Namesake, Needs, RepeatableRequest, declared, issue, may_issue};
use crate::kinds::{App, Kind, Track};
use crate::shell::errors::{ManageError, RecordType, Unavailable, UnavailableReason};
use crate::shell::views::Credential;
use crate::values::{GenerationNumber, KindWord, Timestamp};

use super::Manager;
use super::commit::{Commit, Operation, until_committed};
use super::inputs::NewCredential;
use super::reads::WorkspaceRead;
use crate::shell::answers::Issued;

impl Manager<'_> {
    /// Issues a credential of the kind `K`. Unless the kind is revealable, this is the only time that the secret key is available.
    ///
    /// # Errors
    ///
    /// Refused with [`NameTaken`](crate::Refusal::NameTaken), [`LooksAlike`](crate::Refusal::LooksAlike),
    /// [`ExpiryInPast`](crate::Refusal::ExpiryInPast), [`UnknownScope`](crate::Refusal::UnknownScope),
    /// [`InactiveOwner`](crate::Refusal::InactiveOwner) or [`TooMany`](crate::Refusal::TooMany), and by the
    /// [policy](crate::manage::AccountPolicy) of the account with [`LifetimeTooLong`](crate::Refusal::LifetimeTooLong),
    /// [`SecretTooOld`](crate::Refusal::SecretTooOld) or [`ExpiryRequired`](crate::Refusal::ExpiryRequired). Fails with
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
    pub async fn issue_app_key(&self, new: NewCredential) -> Result<Issued, ManageError> {
        self.issue::<App>(new).await
    }

    /// Issues a Track set. The same as [`issue::<Track>`](Self::issue).
    pub async fn issue_track_set(&self, new: NewCredential) -> Result<Issued, ManageError> {
        self.issue::<Track>(new).await
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
        if !self.actor.includes_kind(kind) {
            self.permitted(Needs::ManageCredentials).await?;
            return Err(ManageError::Forbidden);
        }
        if !self.actor.includes_workspace(&new.workspace) {
            // A repeat must not reveal that the workspace exists.
            self.permitted(Needs::ManageCredentials).await?;
            return Err(ManageError::NotFound(RecordType::Workspace));
        }
        let operation = self.operation_with(new.operation.as_deref())?;
        let grant = &new.grant;
        let (workspace, name, expires) = (&new.workspace, &new.name, new.expires);
        let request = RepeatableRequest::Issue { workspace, kind, name, expires, grant };
        self.first_time(&operation, &request).await?;
        let outcome = self.issue_first(&operation, &request, kind, &new).await;
        self.or_repeated(&operation, &request, outcome).await
    }

    async fn issue_first(
        &self,
        operation: &Operation,
        request: &RepeatableRequest<'_>,
        kind: KindWord,
        new: &NewCredential,
    ) -> Result<Issued, ManageError> {
        let (limits, now) = (&self.parts.limits, operation.now);
        // Checked first, so that a refused call does not run Argon2id.
        let (read, namesake) = self.issue_scene(kind, new, now).await?;
        let context = read.context(self);
        let expires = context.rules().expiry(kind, new.expires, now);
        may_issue(context, kind, expires, namesake, limits, now)?;
        declared(&self.parts.vocabulary, &new.grant.scopes)?;
        self.can_give(&new.grant.scopes)?;
        let id_key = self.parts.records.id_key().await?;
        let id = id_key.draw_id(&self.parts.randomness)?;
        let minted = self.parts.minter.mint(self.actor.account(), kind, id).await?;
        let first = GenerationNumber::FIRST;
        let secret = self.parts.minter.generation(&minted, &new.workspace, first, operation.now)?;
        let by = self.actor.by().clone();
        let issued = CredentialRecord {
            grant: new.grant.clone(),
            ..CredentialRecord::issued(id, &read.workspace, kind, new.name.clone(), by, secret)
        };
        until_committed(|| async {
            let (read, namesake) = self.issue_scene(kind, new, operation.now).await?;
            let context = read.context(self);
            let expires = context.rules().expiry(kind, new.expires, operation.now);
            let record = CredentialRecord { expires, ..issued.clone() };
            let decision = issue(context, record.clone(), namesake, limits)?;
            self.within_ceiling(None, &decision)?;
            let commit = self.commit(operation, &read, Some(id), &decision).await?;
            match commit {
                Commit::Done(()) => self.made_here(operation, request, &record).await?,
                Commit::Conflict => self.first_time(operation, request).await?,
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
    ) -> Result<(WorkspaceRead, Option<Namesake>), ManageError> {
        let read = self.read_workspace(&new.workspace, Needs::ManageCredentials).await?;
        if !self.actor.includes_kind(kind) {
            return Err(ManageError::Forbidden);
        }
        self.expect(read.workspace.revision)?;
        let namesake = self.namesake(&new.workspace, kind, &new.name, None, now).await?;
        Ok((read, namesake))
    }
}
