//! Rotation of secrets.

use std::time::Duration;

use crate::domain::rules::{
    self, Decision, Needs, OverlapChoice, RepeatableRequest, WorkspaceWithMinimum,
};
use crate::domain::{CredentialRecord, GenerationRecord, Limits, Refusal};
use crate::shell::errors::{ManageError, Unavailable};
use crate::shell::shared_call::SharedFailure;
use crate::shell::views::Credential;
use crate::values::{CredentialId, GenerationNumber, RandomnessError, Timestamp};

use super::Manager;
use super::commit::{Commit, Operation, until_committed};
use super::inputs::Rotation;
use crate::shell::answers::Rotated;

impl Manager<'_> {
    /// Rotates a credential: it gets a new secret and keeps its id, name, integrations, expiry and history.
    ///
    /// The previous secret works until the end of the overlap, or until the credential ends if that is earlier. The answer contains
    /// the time. After a leak, use [`Duration::ZERO`]: every earlier secret stops working at once.
    ///
    /// At most two secrets work at a time. During the overlap of an earlier rotation, another rotation with an overlap is refused
    /// unless [`Rotation::end_overlap`] is set.
    ///
    /// # Errors
    ///
    /// Refused with [`Suspended`](crate::Refusal::Suspended), [`Ended`](crate::Refusal::Ended),
    /// [`OverlapRuns`](crate::Refusal::OverlapRuns), [`OverlapTooShort`](crate::Refusal::OverlapTooShort), or
    /// [`OverlapTooLong`](crate::Refusal::OverlapTooLong) with the limit ([`Limits::overlap`](crate::Limits::overlap)). The
    /// [policy](crate::manage::AccountPolicy) of the account can refuse it with
    /// [`OverlapBeyondPolicy`](crate::Refusal::OverlapBeyondPolicy), [`LifetimeTooLong`](crate::Refusal::LifetimeTooLong),
    /// [`SecretTooOld`](crate::Refusal::SecretTooOld) or [`ExpiryRequired`](crate::Refusal::ExpiryRequired).
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// use std::time::Duration;
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let issued = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?;
    /// let rotated = manager.rotate(issued.credential.id, Duration::from_secs(3_600)).await?;
    /// assert!(rotated.previous_until.is_some());
    ///
    /// // Both secrets work, and the proof of the old one contains the time at which it ends.
    /// let old = keyward.verify(&Attempt::app(issued.secret.expose())).await?;
    /// let new = keyward.verify(&Attempt::app(rotated.secret.expose())).await?;
    /// assert_eq!((old.generation().get(), new.generation().get()), (1, 2));
    /// assert_eq!(old.notice().and_then(|notice| notice.sunset), rotated.previous_until);
    /// assert_eq!(new.notice(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn rotate(
        &self,
        id: CredentialId,
        rotation: impl Into<Rotation> + Send,
    ) -> Result<Rotated, ManageError> {
        let Rotation { overlap, ends_earlier, operation } = rotation.into();
        let operation = self.operation_with(operation.as_deref())?;
        let request = RepeatableRequest::Rotate { credential: id, overlap };
        self.first_time(&operation, &request).await?;
        let overlap_choice = OverlapChoice { overlap, ends_earlier };
        let outcome = self.renew(&operation, id, SecretReplacement::Rotate(overlap_choice)).await;
        self.or_repeated(&operation, &request, outcome).await
    }

    /// Replaces the current secret if it was never used, for example because the response with the secret was lost.
    ///
    /// The replaced secret ends at once. Unlike [`rotate`](Self::rotate), this keeps the previous secret, which may be the deployed
    /// one.
    ///
    /// Uses are written in batches: a use on another node within its last flush interval is not yet visible.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// use std::time::Duration;
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let deployed = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?;
    /// # let id = deployed.credential.id;
    /// let rotation = || Rotation::new(Duration::from_secs(86_400)).operation("form 4711");
    /// // The response does not reach the browser, which sends the form again.
    /// drop(manager.rotate(id, rotation()).await?);
    /// let Err(ManageError::Repeated(repeated)) = manager.rotate(id, rotation()).await else {
    ///     unreachable!("the second call does not rotate again")
    /// };
    /// assert!(repeated.may_replace);
    /// let replaced = manager.replace_unused(id, repeated.generation).await?;
    ///
    /// // The deployed secret still works, and so does the new one.
    /// keyward.verify(&Attempt::app(deployed.secret.expose())).await?;
    /// keyward.verify(&Attempt::app(replaced.secret.expose())).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Refused with [`NotReplaceable`](crate::Refusal::NotReplaceable) if `unused` is not the current secret or was used,
    /// [`Suspended`](crate::Refusal::Suspended) or [`Ended`](crate::Refusal::Ended). The [policy](crate::manage::AccountPolicy) of the
    /// account can refuse it with [`LifetimeTooLong`](crate::Refusal::LifetimeTooLong),
    /// [`SecretTooOld`](crate::Refusal::SecretTooOld) or [`ExpiryRequired`](crate::Refusal::ExpiryRequired).
    pub async fn replace_unused(
        &self,
        id: CredentialId,
        unused: GenerationNumber,
    ) -> Result<Rotated, ManageError> {
        let operation = self.operation()?;
        self.permitted(Needs::ManageCredentials).await?;
        // The pending uses of this node count too.
        self.parts
            .last_used
            .flush()
            .await
            .map_err(|unwritten| Unavailable::from(SharedFailure(unwritten.source)))?;
        self.renew(&operation, id, SecretReplacement::Replace(unused)).await
    }

    async fn renew(
        &self,
        operation: &Operation,
        id: CredentialId,
        renewal: SecretReplacement,
    ) -> Result<Rotated, ManageError> {
        // Checked first, so that a refused call does not run Argon2id.
        let read = self.read_credential(id, Needs::ManageCredentials).await?;
        self.can_give(&read.credential.grant.scopes)?;
        self.expect(read.credential.revision)?;
        let limits = &self.parts.limits;
        renewal.number(read.context(self), &read.credential, limits, operation.now)?;
        let minted = self.parts.minter.mint(self.actor.account(), read.credential.kind, id).await?;
        until_committed(|| async {
            let read = self.read_credential(id, Needs::ManageCredentials).await?;
            self.expect(read.credential.revision)?;
            let (workspace, record) = (&read.context.workspace, &read.credential);
            let context = read.context(self);
            let number = renewal.number(context, record, limits, operation.now)?;
            let fresh =
                self.parts.minter.generation(&minted, &workspace.id, number, operation.now)?;
            // A repeating source of randomness would keep a leaked secret valid.
            let same = |known: &GenerationRecord| {
                known.slow_hash == fresh.slow_hash || known.digest == fresh.digest
            };
            if record.generations().any(same) {
                return Err(RandomnessError::implausible().into());
            }
            let ruling = renewal.decide(context, record, fresh, limits, operation.now)?;
            self.within_ceiling(Some(record), &ruling)?;
            let request = renewal.request(id);
            let commit = self.commit(operation, &read.context, Some(id), &ruling).await?;
            if commit == Commit::Conflict {
                self.first_time(operation, &request).await?;
                return Ok(Commit::Conflict);
            }
            let ended_early = renewal.ended_early(record, operation.now);
            let record = ruling.credential().unwrap_or(read.credential);
            self.made_here(operation, &request, &record).await?;
            Ok(Commit::Done(Rotated {
                previous_until: record.previous.as_ref().map(|previous| previous.until),
                ended_early,
                secret: minted.key(),
                credential: Credential::of(&record, operation.now),
            }))
        })
        .await
    }

    /// Ends a running overlap: the previous secret stops working at once.
    ///
    /// # Errors
    ///
    /// Refused with [`Ended`](crate::Refusal::Ended).
    pub async fn end_overlap(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |read, now| rules::end_overlap(read.context(self), &read.credential, now))
            .await
    }
}

/// The way in which a credential gets a new secret.
#[derive(Debug, Clone, Copy)]
enum SecretReplacement {
    /// The current secret becomes the previous one for the overlap.
    Rotate(OverlapChoice),
    /// The new secret replaces this one, which was never used.
    Replace(GenerationNumber),
}

impl SecretReplacement {
    /// Returns the number of the new secret if the rules allow one.
    fn number(
        self,
        context: WorkspaceWithMinimum<'_>,
        record: &CredentialRecord,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<GenerationNumber, Refusal> {
        match self {
            Self::Rotate(overlap_choice) => {
                rules::may_rotate(context, record, overlap_choice, limits, now)
            }
            Self::Replace(unused) => rules::may_replace(context, record, unused, now),
        }
    }

    /// Returns the promised end of the overlap that this ends early. A replacement ends no overlap.
    fn ended_early(self, record: &CredentialRecord, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rotate(_) => rules::ended_early(record, now),
            Self::Replace(_) => None,
        }
    }

    fn decide(
        self,
        context: WorkspaceWithMinimum<'_>,
        record: &CredentialRecord,
        fresh: GenerationRecord,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        match self {
            Self::Rotate(overlap_choice) => {
                rules::rotate(context, record, fresh, overlap_choice, limits, now)
            }
            Self::Replace(unused) => rules::replace(context, record, fresh, unused, now),
        }
    }

    /// Returns the request, to recognise a repeat. A replacement has no id that the caller chose.
    const fn request(self, credential: CredentialId) -> RepeatableRequest<'static> {
        let overlap = match self {
            Self::Rotate(OverlapChoice { overlap, .. }) => overlap,
            Self::Replace(_) => Duration::ZERO,
        };
        RepeatableRequest::Rotate { credential, overlap }
    }
}
