//! Operations with an id that the caller chose: repeats have no further effect.

use crate::domain::CredentialRecord;
use crate::domain::rules::{Needs, Wish, is_unused, repeated};
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
        wish: &Wish<'_>,
    ) -> Result<(), ManageError> {
        if !operation.is_chosen {
            return Ok(());
        }
        self.permitted(Needs::ManageCredentials).await?;
        let Some(event) = self.own_event(operation.id).await? else { return Ok(()) };
        let (id, generation) = repeated(&event, wish)?;
        let record = self.credential_scene(id).await?.credential;
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
        wish: &Wish<'_>,
        outcome: Result<T, ManageError>,
    ) -> Result<T, ManageError> {
        if matches!(outcome, Err(ManageError::Refused(_))) {
            self.first_time(operation, wish).await?;
        }
        outcome
    }

    /// Checks that the stored secret is the one of this call. If the response to a commit was lost, another node may have carried
    /// out the same operation in the meantime, and the event that was found belongs to that node.
    pub(super) async fn made_here(
        &self,
        operation: &Operation,
        wish: &Wish<'_>,
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
        self.first_time(operation, wish).await?;
        Err(ManageError::Busy)
    }
}
