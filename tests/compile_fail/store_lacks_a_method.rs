//! A store must write every method: there are no defaults. This one has no `position`.

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, Page, Position, Refresh, Refreshed, StoreError, Use,
    WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{AccountId, CredentialId, Event, GenerationNumber, Timestamp, WorkspaceId};

#[derive(Debug)]
struct Mine;

impl CredentialStore for Mine {
    async fn credential(&self, _: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        todo!()
    }

    async fn workspace(&self, _: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        todo!()
    }

    async fn account(&self, _: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        todo!()
    }

    async fn credentials(
        &self,
        _: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        todo!()
    }

    async fn workspaces(
        &self,
        _: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        todo!()
    }

    async fn events(&self, _: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        todo!()
    }

    async fn commit(&self, _: &Change) -> Result<Position, StoreError> {
        todo!()
    }

    async fn refresh(
        &self,
        _: CredentialId,
        _: GenerationNumber,
        _: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        todo!()
    }

    async fn record_uses(&self, _: &[Use]) -> Result<(), StoreError> {
        todo!()
    }

    async fn prune_events(&self, _: Timestamp) -> Result<(), StoreError> {
        todo!()
    }

    async fn changes_since(&self, _: &Position, _: usize) -> Result<Changes, StoreError> {
        todo!()
    }
}

fn main() {}
