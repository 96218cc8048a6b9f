//! A store must write every method: there are no defaults. This one has no `position`.

use keyward::store::{AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord, CredentialStore, EventQuery, Page, PageItem, PageSize, Position, Purged, RecordId, Refresh, Refreshed, NetworkUse, StoreError, TagChange, Use, WorkspaceCursor, WorkspaceQuery, WorkspaceRecord};
use keyward::{history::Event, time::{Day, Timestamp}, AccountId, CredentialId, GenerationNumber, WorkspaceId, OperationId};

#[derive(Debug)]
struct Mine;

impl CredentialStore for Mine {
    fn time_limit(&self) -> std::time::Duration {
        todo!()
    }

    async fn id_key(&self) -> Result<keyward::store::IdKey, StoreError> {
        todo!()
    }

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

    async fn credentials_by_id(
        &self,
        _: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        todo!()
    }

    async fn workspaces_by_id(
        &self,
        _: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        todo!()
    }

    async fn accounts_by_id(
        &self,
        _: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        todo!()
    }

    async fn every_workspace(
        &self,
        _: Option<&WorkspaceId>,
        _: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        todo!()
    }

    async fn every_account(
        &self,
        _: Option<&AccountId>,
        _: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        todo!()
    }

    async fn events(&self, _: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        todo!()
    }

    async fn commit(&self, _: &Change) -> Result<(), StoreError> {
        todo!()
    }

    async fn operation(&self, _: OperationId) -> Result<Option<Event>, StoreError> {
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

    async fn retag(&self, _: &RecordId, _: &TagChange) -> Result<Refreshed, StoreError> {
        todo!()
    }

    async fn record_uses(&self, _: &[Use]) -> Result<(), StoreError> {
        todo!()
    }

    async fn record_networks(&self, _: &[NetworkUse]) -> Result<(), StoreError> {
        todo!()
    }

    async fn networks_of(&self, _: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        todo!()
    }

    async fn forget_networks(
        &self,
        _: Option<Day>,
        _: usize,
    ) -> Result<Purged, StoreError> {
        todo!()
    }

    async fn prune_events(&self, _: Timestamp, _: usize) -> Result<Purged, StoreError> {
        todo!()
    }

    async fn purge_removed(&self, _: usize) -> Result<Purged, StoreError> {
        todo!()
    }

    async fn changes_since(&self, _: &Position, _: usize) -> Result<Changes, StoreError> {
        todo!()
    }
}

fn main() {}
