//! Copies the tables' records unchanged.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::MemoryStore;
use super::tables::Tables;
use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::secrets::IdKey;
use crate::store::{
    Claim, Copyable, CredentialStore, Holds, PageSize, Position, RawRecords, StoreError,
    StoreErrorKind,
};
use crate::values::{AccountId, CredentialId, WorkspaceId};

impl Copyable for MemoryStore {}

impl RawRecords for MemoryStore {
    fn unhurried(&self) -> Self {
        self.clone()
    }

    async fn expect_known(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        Ok(if self.tables().is_empty() { Claim::Empty } else { Claim::Taken })
    }

    async fn finish(&self, position: &Position, id_key: &IdKey) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.position = *position;
        tables.id_key = Some(*id_key);
        Ok(())
    }

    async fn newest(&self) -> Result<Position, StoreError> {
        Ok(self.tables().position)
    }

    async fn ids_made_with(&self) -> Result<IdKey, StoreError> {
        self.id_key().await
    }
}

impl Tables {
    fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.workspaces.is_empty()
            && self.credentials.is_empty()
            && self.history.is_empty()
            && self.position == Position::START
    }
}

impl Holds<AccountRecord> for MemoryStore {
    async fn after(
        &self,
        place: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Vec<AccountRecord>, StoreError> {
        Ok(page(&self.tables().accounts, place, size))
    }

    async fn add(&self, records: &[AccountRecord]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        all_new(records, |record| !tables.accounts.contains_key(&record.id))?;
        tables.accounts.extend(records.iter().map(|record| (record.id.clone(), record.clone())));
        Ok(())
    }
}

impl Holds<WorkspaceRecord> for MemoryStore {
    async fn after(
        &self,
        place: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Vec<WorkspaceRecord>, StoreError> {
        Ok(page(&self.tables().workspaces, place, size))
    }

    async fn add(&self, records: &[WorkspaceRecord]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        all_new(records, |record| !tables.workspaces.contains_key(&record.id))?;
        tables.workspaces.extend(records.iter().map(|record| (record.id.clone(), record.clone())));
        Ok(())
    }
}

impl Holds<CredentialRecord> for MemoryStore {
    async fn after(
        &self,
        place: Option<&CredentialId>,
        size: PageSize,
    ) -> Result<Vec<CredentialRecord>, StoreError> {
        Ok(page(&self.tables().credentials, place, size))
    }

    async fn add(&self, records: &[CredentialRecord]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        all_new(records, |record| !tables.credentials.contains_key(&record.id))?;
        for record in records {
            tables.insert(record.clone());
        }
        Ok(())
    }
}

impl Holds<Event> for MemoryStore {
    async fn after(&self, place: Option<&u64>, size: PageSize) -> Result<Vec<Event>, StoreError> {
        let tables = self.tables();
        let events = tables.history.after(place.copied().unwrap_or(0));
        Ok(events.iter().take(size.get()).cloned().collect())
    }

    async fn add(&self, records: &[Event]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let last = tables.history.all().last().map_or(0, |event| event.number);
        all_new(records, |event| event.number > last)?;
        for event in records {
            tables.history.push(event.clone());
        }
        Ok(())
    }
}

fn page<K: Ord, R: Clone>(records: &BTreeMap<K, R>, place: Option<&K>, size: PageSize) -> Vec<R> {
    let start = place.map_or(Bound::Unbounded, Bound::Excluded);
    let found = records.range((start, Bound::Unbounded));
    found.take(size.get()).map(|(_, record)| record.clone()).collect()
}

/// Another copy may be writing to the same store.
fn all_new<R>(records: &[R], is_new: impl Fn(&R) -> bool) -> Result<(), StoreError> {
    if records.iter().all(is_new) { Ok(()) } else { Err(StoreError::new(StoreErrorKind::Conflict)) }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use crate::adapters::MemoryStore;
    use crate::domain::{AccountRecord, Revision};
    use crate::store::{CredentialStore, Holds, StoreErrorKind};
    use crate::values::{AccountId, OperationId};

    /// Another copy has written one of two accounts in another state.
    #[test]
    fn nothing_is_written_over_and_no_half_page_is_left() {
        let record = |id| {
            let incarnation = OperationId::from_bytes([7; 16]);
            AccountRecord::new(AccountId::new(id).unwrap(), incarnation)
        };
        let [there, new] = ["acme", "other"].map(record);
        let meanwhile = AccountRecord { revision: Revision::new(7), ..there.clone() };
        let store = MemoryStore::new();
        block_on(store.add(std::slice::from_ref(&meanwhile))).unwrap();
        let refused = block_on(store.add(&[new.clone(), there.clone()])).unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Conflict);
        assert_eq!(block_on(store.account(&there.id)).unwrap(), Some(meanwhile));
        assert_eq!(block_on(store.account(&new.id)).unwrap(), None);
    }
}
