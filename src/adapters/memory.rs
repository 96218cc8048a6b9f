//! A store in memory, for tests, examples and services that can lose their credentials.

mod copying;
mod history;
mod tables;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{AccountRecord, CredentialRecord, Event, NetworkUse, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::store::{
    Change, Changes, CredentialCursor, CredentialQuery, CredentialStore, EventQuery, Page,
    PageItem, PageSize, Position, Purged, RecordId, Refresh, Refreshed, StoreError, StoreErrorKind,
    StoreFinding, TagChange, Use, WorkspaceCursor, WorkspaceQuery,
};
use crate::values::{
    AccountId, CredentialId, Day, GenerationNumber, OperationId, Randomness, Timestamp, WorkspaceId,
};

use self::tables::{Tables, by_id, generation_mut, page, walk};

/// A store in memory. Its records are lost when the last clone is dropped. Clones share one store.
///
/// It never waits and never fails. For one process, and as many credentials as fit into memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Tables>>);

impl MemoryStore {
    /// Returns an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // No method panics while it holds the lock, so the tables are consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[deny(clippy::missing_trait_methods)]
impl CredentialStore for MemoryStore {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn id_key(&self) -> Result<IdKey, StoreError> {
        let mut tables = self.tables();
        if let Some(known) = tables.id_key {
            return Ok(known);
        }
        let drawn = IdKey::draw(&Randomness::system())
            .map_err(|error| StoreError::new(StoreErrorKind::Other).because(error))?;
        tables.id_key = Some(drawn);
        Ok(drawn)
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        Ok(self.tables().credentials.get(&id).cloned())
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        Ok(self.tables().workspaces.get(id).cloned())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        Ok(self.tables().accounts.get(id).cloned())
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        Ok(self.tables().credentials_page(query))
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        let tables = self.tables();
        let mut found: Vec<_> = tables
            .workspaces
            .values()
            .filter(|record| query.admits(record))
            .map(|record| {
                (WorkspaceCursor { name: record.name.key(), id: record.id.clone() }, record)
            })
            .filter(|(place, _)| query.after.as_ref().is_none_or(|after| place > after))
            .collect();
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(page(found, query.size.get()))
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        Ok(by_id(&self.tables().credentials, ids))
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        Ok(by_id(&self.tables().workspaces, ids))
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        Ok(by_id(&self.tables().accounts, ids))
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        Ok(walk(&self.tables().workspaces, after, size))
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        Ok(walk(&self.tables().accounts, after, size))
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        let tables = self.tables();
        let newest_first = tables.history.all().iter().rev();
        let found = newest_first
            .filter(|event| query.admits(event, |id| Some(tables.credentials.get(&id)?.kind)))
            .map(|event| (event.number, event))
            // One event more than the page size shows that there is another page.
            .take(query.size.get() + 1)
            .collect();
        Ok(page(found, query.size.get()))
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.tables().commit(change)
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        Ok(self.tables().history.of(id).cloned())
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        let mut tables = self.tables();
        let Some(record) = tables.credentials.get_mut(&credential) else {
            return Ok(Refreshed::Outdated);
        };
        let (Refresh::Digest { tags, .. } | Refresh::Seal { tags, .. }) = refresh;
        if record.tag != tags.old {
            return Ok(Refreshed::Outdated);
        }
        let Some(stored) = generation_mut(record, generation) else {
            return Ok(Refreshed::Outdated);
        };
        match refresh {
            Refresh::Digest { old, new, .. } if stored.digest == *old => {
                stored.digest = new.clone();
            }
            Refresh::Seal { old, new, .. } if stored.seal.as_ref() == Some(old) => {
                stored.seal = Some(new.clone());
            }
            Refresh::Digest { .. } | Refresh::Seal { .. } => return Ok(Refreshed::Outdated),
        }
        record.tag = tags.new;
        Ok(Refreshed::Replaced)
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        let mut tables = self.tables();
        let stored = match record {
            RecordId::Account(id) => tables.accounts.get_mut(id).map(|record| &mut record.tag),
            RecordId::Workspace(id) => tables.workspaces.get_mut(id).map(|record| &mut record.tag),
            RecordId::Credential(id) => {
                tables.credentials.get_mut(id).map(|record| &mut record.tag)
            }
        };
        match stored.filter(|stored| **stored == tags.old) {
            Some(stored) => {
                *stored = tags.new;
                Ok(Refreshed::Replaced)
            }
            None => Ok(Refreshed::Outdated),
        }
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for used in uses {
            let stored = tables
                .credentials
                .get_mut(&used.credential)
                .and_then(|record| generation_mut(record, used.generation));
            if let Some(stored) = stored
                && stored.last_used.is_none_or(|at| at < used.older_than)
            {
                stored.last_used = Some(used.at);
            }
        }
        Ok(())
    }

    async fn record_networks(&self, seen: &[NetworkUse]) -> Result<(), StoreError> {
        self.tables().record_networks(seen);
        Ok(())
    }

    async fn networks_of(&self, ids: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        Ok(self.tables().networks_of(ids))
    }

    async fn forget_networks(&self, before: Option<Day>, _: usize) -> Result<Purged, StoreError> {
        self.tables().forget_networks(before);
        Ok(Purged::All)
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        let gone = self.tables().history.prune(limit, |event| event.at < before);
        Ok(if gone < limit { Purged::All } else { Purged::Some })
    }

    async fn purge_removed(&self, _: usize) -> Result<Purged, StoreError> {
        // A commit that removes a workspace deletes its credentials.
        Ok(Purged::All)
    }

    async fn check(&self) -> Result<Vec<StoreFinding>, StoreError> {
        Ok(Vec::new())
    }

    async fn position(&self) -> Result<Position, StoreError> {
        Ok(self.tables().position)
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        Ok(self.tables().changes_since(position, limit))
    }
}
