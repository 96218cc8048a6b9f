//! Operations with an id that the caller chose: repeats have no further effect.

use crate::domain::rules::{Needs, RepeatableRequest, is_unused, repeated};
use crate::domain::{AccountPolicy, CredentialRecord};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;

use super::Manager;
use super::commit::Operation;
use crate::shell::answers::Repeated;

impl Manager<'_> {
    /// Fails if an earlier call carried out the operation; with [`ManageError::Repeated`] if both calls request the same. An
    /// operation with a random id is always new.
    pub(super) async fn first_time(
        &self,
        operation: &Operation,
        request: &RepeatableRequest<'_>,
    ) -> Result<(), ManageError> {
        if !operation.is_chosen {
            return Ok(());
        }
        let account = self.permitted(Needs::ManageCredentials).await?;
        if matches!(request, RepeatableRequest::Issue { workspace, kind, .. }
            if !self.actor.includes_workspace(workspace) || !self.actor.includes_kind(*kind))
        {
            // The operation itself is refused. A repeat must not reveal that the workspace exists.
            return Ok(());
        }
        let Some(event) = self.own_event(operation.id).await? else { return Ok(()) };
        let (id, generation) = repeated(
            &event,
            request,
            account.map_or(AccountPolicy::NONE, |account| account.policy),
        )?;
        let read = self.read_credential(id, Needs::ManageCredentials).await?;
        let record = read.credential;
        Err(ManageError::Repeated(Box::new(Repeated {
            may_reveal: record.current.number == generation && record.current.seal.is_some(),
            may_replace: is_unused(&record, generation),
            credential: Credential::of(&record, operation.now),
            generation,
        })))
    }

    /// Returns the outcome of an operation. Replaces a refusal if another node has carried out the same operation in the meantime.
    pub(super) async fn or_repeated<T>(
        &self,
        operation: &Operation,
        request: &RepeatableRequest<'_>,
        outcome: Result<T, ManageError>,
    ) -> Result<T, ManageError> {
        if matches!(outcome, Err(ManageError::Refused(_))) {
            self.first_time(operation, request).await?;
        }
        outcome
    }

    /// Checks that the stored secret is the one of this call. If the response to a commit was lost, another node may have carried
    /// out the same operation in the meantime, and the event that was found belongs to that node.
    pub(super) async fn made_here(
        &self,
        operation: &Operation,
        request: &RepeatableRequest<'_>,
        made: &CredentialRecord,
    ) -> Result<(), ManageError> {
        if !operation.is_chosen {
            return Ok(());
        }
        let stored = self.parts.records.credential(made.id).await;
        let stored =
            stored.map_err(|source| ManageError::Unknown { operation: operation.id, source })?;
        let secret = stored.as_ref().and_then(|stored| stored.generation(made.current.number));
        if secret.is_some_and(|secret| secret.slow_hash == made.current.slow_hash) {
            return Ok(());
        }
        self.first_time(operation, request).await?;
        Err(ManageError::Busy)
    }
}
