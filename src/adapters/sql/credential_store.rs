//! Implements the contract for both SQL stores. Most methods are shared, and the others are modules of the store.

/// Implements [`CredentialStore`](crate::store::CredentialStore) for `$store`, whose file has the modules `by_id`, `commit`
/// and `uses`. `$check` is the path of its check.
macro_rules! credential_store {
    ($store:ty, $check:path) => {
        const _: () = {
            use $crate::domain::{
                AccountRecord, CredentialRecord, Event, NetworkUse, WorkspaceRecord,
            };
            use $crate::secrets::IdKey;
            use $crate::store::{
                Change, Changes, CredentialCursor, CredentialQuery, CredentialStore, EventQuery,
                Page, PageItem, PageSize, Position, Purged, RecordId, Refresh, Refreshed,
                StoreError, StoreFinding, TagChange, Use, WorkspaceCursor, WorkspaceQuery,
            };
            use $crate::values::{
                AccountId, CredentialId, Day, GenerationNumber, OperationId, Timestamp, WorkspaceId,
            };

            #[deny(clippy::missing_trait_methods)]
            impl CredentialStore for $store {
                fn time_limit(&self) -> ::std::time::Duration {
                    self.time_limit.0
                }

                async fn id_key(&self) -> Result<IdKey, StoreError> {
                    $crate::adapters::sql::id_key(self).await
                }

                async fn credential(
                    &self,
                    id: CredentialId,
                ) -> Result<Option<CredentialRecord>, StoreError> {
                    by_id::credential(self, id).await
                }

                async fn workspace(
                    &self,
                    id: &WorkspaceId,
                ) -> Result<Option<WorkspaceRecord>, StoreError> {
                    by_id::workspace(self, id).await
                }

                async fn account(
                    &self,
                    id: &AccountId,
                ) -> Result<Option<AccountRecord>, StoreError> {
                    by_id::account(self, id).await
                }

                async fn credentials(
                    &self,
                    query: &CredentialQuery,
                ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
                    $crate::adapters::sql::credentials(self, query).await
                }

                async fn workspaces(
                    &self,
                    query: &WorkspaceQuery,
                ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
                    $crate::adapters::sql::workspaces(self, query).await
                }

                async fn credentials_by_id(
                    &self,
                    ids: &[CredentialId],
                ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
                    $crate::adapters::sql::credentials_by_id(self, ids).await
                }

                async fn workspaces_by_id(
                    &self,
                    ids: &[WorkspaceId],
                ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
                    $crate::adapters::sql::workspaces_by_id(self, ids).await
                }

                async fn accounts_by_id(
                    &self,
                    ids: &[AccountId],
                ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
                    $crate::adapters::sql::accounts_by_id(self, ids).await
                }

                async fn every_workspace(
                    &self,
                    after: Option<&WorkspaceId>,
                    size: PageSize,
                ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
                    $crate::adapters::sql::every_workspace(self, after, size).await
                }

                async fn every_account(
                    &self,
                    after: Option<&AccountId>,
                    size: PageSize,
                ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
                    $crate::adapters::sql::every_account(self, after, size).await
                }

                async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
                    $crate::adapters::sql::events(self, query).await
                }

                async fn commit(&self, change: &Change) -> Result<(), StoreError> {
                    commit::commit(self, change).await
                }

                async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
                    commit::operation(self, id).await
                }

                async fn refresh(
                    &self,
                    credential: CredentialId,
                    generation: GenerationNumber,
                    refresh: &Refresh,
                ) -> Result<Refreshed, StoreError> {
                    uses::refresh(self, credential, generation, refresh).await
                }

                async fn retag(
                    &self,
                    record: &RecordId,
                    tags: &TagChange,
                ) -> Result<Refreshed, StoreError> {
                    $crate::adapters::sql::retag(self, record, tags).await
                }

                async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
                    uses::record(self, uses).await
                }

                async fn record_networks(&self, seen: &[NetworkUse]) -> Result<(), StoreError> {
                    uses::record_networks(self, seen).await
                }

                async fn networks_of(
                    &self,
                    ids: &[CredentialId],
                ) -> Result<Vec<NetworkUse>, StoreError> {
                    $crate::adapters::sql::networks_of(self, ids).await
                }

                async fn forget_networks(
                    &self,
                    before: Option<Day>,
                    limit: usize,
                ) -> Result<Purged, StoreError> {
                    $crate::adapters::sql::forget_networks(self, before, limit).await
                }

                async fn prune_events(
                    &self,
                    before: Timestamp,
                    limit: usize,
                ) -> Result<Purged, StoreError> {
                    $crate::adapters::sql::prune_events(self, before, limit).await
                }

                async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
                    $crate::adapters::sql::purge_removed(self, limit).await
                }

                async fn check(&self) -> Result<Vec<StoreFinding>, StoreError> {
                    $check(self).await
                }

                async fn position(&self) -> Result<Position, StoreError> {
                    $crate::adapters::sql::position(self).await
                }

                async fn changes_since(
                    &self,
                    position: &Position,
                    limit: usize,
                ) -> Result<Changes, StoreError> {
                    self.poll_changes(position, limit).await
                }
            }
        };
    };
}

pub(in crate::adapters) use credential_store;
