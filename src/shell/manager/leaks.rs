//! Secrets that were found in public.

use std::time::Duration;

#[cfg(feature = "leaks")]
use crate::domain::rules::is_of_drill;
use crate::domain::rules::{LeakStop, Needs, is_live, leak_stops, report_leak};
use crate::domain::{CredentialRecord, LeakResponse, Refusal};
use crate::kinds::KindSpec;
use crate::secrets::leak_operation;
use crate::shell::answers::LeakOutcome;
use crate::shell::errors::ManageError;
use crate::shell::verifier::TracedKey;
use crate::values::LeakPlace;

use super::Manager;
use super::commit::{Commit, Operation, until_committed};
use super::inputs::Rotation;

/// How often the decision is made again after a concurrent change.
const ROUNDS: usize = 8;

impl Manager<'_> {
    /// Records that a secret was found in public, and stops it if `response` says so. Does nothing if the secret no longer works.
    ///
    /// The history has one event for each leaked secret, with the first place at which it was found, and another event for the
    /// change that stops it. So a repeated call does nothing. Stopping never breaks the minimum of a workspace.
    /// [`Keyward::trace`](crate::Keyward::trace) returns the key of a found text. For GitHub's alerts, mount
    /// `http::leaks` (feature `leaks`).
    ///
    /// # Errors
    ///
    /// If neither a suspension nor a rotation is possible, the error is that of the second attempt. The event is written all the
    /// same.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    /// # let issued = manager.issue_app_key(NewCredential::new(shop, Name::new("backend")?)).await?;
    /// # let found = issued.secret.expose();
    /// let scanner = Operator::new(ActorId::new("our-scanner")?);
    /// if let Some(key) = keyward.trace(&scanner, found).await? {
    ///     let actor = scanner.acting_for(key.account.clone());
    ///     let place = LeakPlace::new("wiki", "https://wiki.example.com/setup");
    ///     let outcome = keyward.manager(&actor).respond_to_leak(&key, &place, LeakResponse::Stop).await?;
    ///     assert_eq!(outcome, LeakOutcome::Suspended);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn respond_to_leak(
        &self,
        key: &TracedKey,
        place: &LeakPlace,
        response: LeakResponse,
    ) -> Result<LeakOutcome, ManageError> {
        for _ in 0..ROUNDS {
            let read = self.read_credential(key.credential, Needs::ManageCredentials).await?;
            let record = read.credential;
            self.expect(record.revision)?;
            if !is_live(&record, key.generation, self.now()) {
                return Ok(LeakOutcome::NotLive);
            }
            self.report_leak(key, place).await?;
            if response == LeakResponse::Report {
                return Ok(LeakOutcome::Reported);
            }
            match self.if_revision(record.revision).stop_leaked(&record).await {
                // The new secret of a concurrent rotation must keep working: look again.
                Err(ManageError::Refused(Refusal::Changed { .. })) => {}
                outcome => return outcome,
            }
        }
        Err(ManageError::Busy)
    }

    /// Returns `true` if the alert of a leak drill may stop this secret.
    #[cfg(feature = "leaks")]
    pub(crate) async fn is_of_drill(&self, key: &TracedKey) -> Result<bool, ManageError> {
        let read = self.read_credential(key.credential, Needs::View).await?;
        Ok(is_of_drill(&read.credential.created_by, key.generation))
    }

    /// Fails if the actor cannot change credentials of the account now.
    #[cfg(feature = "page")]
    pub(crate) async fn must_manage(&self) -> Result<(), ManageError> {
        self.permitted(Needs::ManageCredentials).await.map(drop)
    }

    /// Writes the event, unless it is already written. All nodes use one operation id for one secret.
    async fn report_leak(&self, key: &TracedKey, place: &LeakPlace) -> Result<(), ManageError> {
        let id = leak_operation(self.actor.account(), key.credential, key.generation);
        let operation = Operation { id, is_chosen: true, now: self.now() };
        until_committed(|| async {
            if self.own_event(id).await?.is_some() {
                return Ok(Commit::Done(()));
            }
            let read = self.read_credential(key.credential, Needs::ManageCredentials).await?;
            let decision = report_leak(&read.context.workspace, key.generation, place.clone());
            self.commit(&operation, &read.context, Some(key.credential), &decision).await
        })
        .await
    }

    /// Stops a credential's secrets in one of two ways. Nobody receives the new secret of a rotation here.
    async fn stop_leaked(&self, record: &CredentialRecord) -> Result<LeakOutcome, ManageError> {
        let spec = self.parts.kinds.get(record.kind);
        let [first, second] = leak_stops(spec.is_some_and(KindSpec::is_shown_again));
        match self.stop_by(first, record).await {
            Err(ManageError::Refused(refusal)) if !matches!(refusal, Refusal::Changed { .. }) => {
                self.stop_by(second, record).await
            }
            outcome => outcome,
        }
    }

    async fn stop_by(
        &self,
        stop: LeakStop,
        record: &CredentialRecord,
    ) -> Result<LeakOutcome, ManageError> {
        match stop {
            LeakStop::Suspend => {
                self.suspend(record.id).await?;
                Ok(LeakOutcome::Suspended)
            }
            LeakStop::Rotate => {
                let _ = self.rotate(record.id, Rotation::new(Duration::ZERO).end_overlap()).await?;
                Ok(LeakOutcome::Rotated)
            }
        }
    }
}
