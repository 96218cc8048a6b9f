//! A complete small store, and the test suite for stores.
//!
//! The store holds all data in one immutable snapshot. A write copies the snapshot, changes the copy and replaces the snapshot
//! with it. A conflict discards the copy. The store is therefore atomic by construction, and a reader keeps the snapshot that it
//! has taken. A real store does not copy all data for each write.
//!
//! Run it with `cargo run --features conformance --example custom_store`.

use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyward::conformance::{self, Harness};
use keyward::manage::Revision;
use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialEdit, CredentialQuery,
    CredentialRecord, CredentialStore, EventQuery, GenerationRecord, HeaderChange, IdKey,
    MOST_NETWORKS, NetworkUse, Page, PageItem, PageSize, Position, Purged, RecordId, Refresh,
    Refreshed, Scope, StoreError, StoreErrorKind, TagChange, Use, WorkspaceCursor, WorkspaceQuery,
    WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, OperationId, WorkspaceId,
    history::Event,
    time::{Day, Timestamp},
};

/// The store. All clones share one snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct SnapshotStore(Arc<Mutex<Arc<Snapshot>>>);

/// All data of the store, at one position of the history.
#[derive(Debug, Clone, Default)]
struct Snapshot {
    accounts: Vec<AccountRecord>,
    workspaces: Vec<WorkspaceRecord>,
    credentials: Vec<CredentialRecord>,
    /// The events that are not pruned, the oldest first.
    events: Vec<Event>,
    position: Position,
    /// The networks from which credentials passed.
    networks: Vec<NetworkUse>,
    /// Drawn when it is first used.
    id_key: Option<[u8; IdKey::LENGTH]>,
}

impl SnapshotStore {
    fn read(&self) -> Arc<Snapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Applies `write` to a copy of the snapshot. If `write` fails, nothing changes.
    fn write<T>(
        &self,
        write: impl FnOnce(&mut Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&place);
        let answer = write(&mut next)?;
        *place = Arc::new(next);
        Ok(answer)
    }
}

impl CredentialStore for SnapshotStore {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn id_key(&self) -> Result<IdKey, StoreError> {
        self.write(|next| {
            if next.id_key.is_none() {
                let mut bytes = [0; IdKey::LENGTH];
                getrandom::fill(&mut bytes)
                    .map_err(|error| StoreError::new(StoreErrorKind::Other).because(error))?;
                next.id_key = Some(bytes);
            }
            Ok(IdKey::from_bytes(next.id_key.unwrap_or_default()))
        })
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        Ok(self.read().credentials.iter().find(|record| record.id == id).cloned())
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        Ok(self.read().workspaces.iter().find(|record| record.id == *id).cloned())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        Ok(self.read().accounts.iter().find(|record| record.id == *id).cloned())
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        let mut found = self.read().credentials.clone();
        found.retain(|record| query.admits(record));
        match &query.scope {
            Scope::Workspace(id) => found.retain(|record| record.workspace == *id),
            Scope::Account(id) => found.retain(|record| record.account == *id),
            Scope::Store => {}
        }
        let cursor =
            |record: &CredentialRecord| CredentialCursor { name: record.name.key(), id: record.id };
        // The whole store is sorted only by id, so the name of the cursor is ignored.
        let by_id = query.scope == Scope::Store;
        let order = |cursor: CredentialCursor| ((!by_id).then_some(cursor.name), cursor.id);
        Ok(page(found, cursor, order, query.after.clone(), query.size.get()))
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        let mut found = self.read().workspaces.clone();
        found.retain(|record| query.admits(record));
        let cursor = |record: &WorkspaceRecord| WorkspaceCursor {
            name: record.name.key(),
            id: record.id.clone(),
        };
        Ok(page(found, cursor, |cursor| cursor, query.after.clone(), query.size.get()))
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        let now = self.read();
        let find =
            |id: &CredentialId| now.credentials.iter().find(|record| record.id == *id).cloned();
        Ok(ids.iter().map(|id| find(id).map(PageItem::Record)).collect())
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        let now = self.read();
        let find =
            |id: &WorkspaceId| now.workspaces.iter().find(|record| record.id == *id).cloned();
        Ok(ids.iter().map(|id| find(id).map(PageItem::Record)).collect())
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        let now = self.read();
        let find = |id: &AccountId| now.accounts.iter().find(|record| record.id == *id).cloned();
        Ok(ids.iter().map(|id| find(id).map(PageItem::Record)).collect())
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        let found = self.read().workspaces.clone();
        let id = |record: &WorkspaceRecord| record.id.clone();
        Ok(page(found, id, |id| id, after.cloned(), size.get()))
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        let found = self.read().accounts.clone();
        let id = |record: &AccountRecord| record.id.clone();
        Ok(page(found, id, |id| id, after.cloned(), size.get()))
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        let tables = self.read();
        let stored = |id| tables.credentials.iter().find(|record| record.id == id);
        let mut found = tables.events.clone();
        found.retain(|event| query.admits(event, |id| stored(id).map(|record| record.kind)));
        let number = |event: &Event| event.number;
        Ok(page(found, number, std::cmp::Reverse, query.before, query.size.get()))
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        self.write(|next| {
            if next.events.iter().any(|event| event.operation == change.operation) {
                return Err(conflict());
            }
            next.write_header(&change.header)?;
            for (id, revision) in &change.unchanged {
                let found = next.accounts.iter().find(|record| record.id == *id);
                compare(found.ok_or_else(conflict)?.revision, *revision)?;
            }
            for (id, tag) in &change.read_credentials {
                let found = next.credentials.iter().find(|record| record.id == *id);
                if found.is_none_or(|record| record.tag != *tag) {
                    return Err(conflict());
                }
            }
            if let Some(account) = &change.created_account {
                compare(next.account_revision(&account.id), Revision::NONE)?;
                next.accounts.push(account.clone());
            }
            for edit in &change.credentials {
                next.write_credential(edit)?;
            }
            let credentials = &next.credentials;
            next.networks.retain(|seen| {
                credentials.iter().any(|credential| credential.id == seen.credential)
            });
            let event = change.event(next.position.number() + 1);
            next.position = Position::new(event.number, event.operation);
            next.events.push(event);
            Ok(())
        })
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        Ok(self.read().events.iter().find(|event| event.operation == id).cloned())
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        self.write(|next| {
            let (Refresh::Digest { tags, .. } | Refresh::Seal { tags, .. }) = refresh;
            let record = next.credentials.iter_mut().find(|record| record.id == credential);
            let Some(record) = record.filter(|record| record.tag == tags.old) else {
                return Ok(Refreshed::Outdated);
            };
            let Some(secret) = secrets(record).find(|secret| secret.number == generation) else {
                return Ok(Refreshed::Outdated);
            };
            match refresh {
                Refresh::Digest { old, new, .. } if secret.digest == *old => {
                    secret.digest = new.clone();
                }
                Refresh::Seal { old, new, .. } if secret.seal.as_ref() == Some(old) => {
                    secret.seal = Some(new.clone());
                }
                Refresh::Digest { .. } | Refresh::Seal { .. } => return Ok(Refreshed::Outdated),
            }
            record.tag = tags.new;
            Ok(Refreshed::Replaced)
        })
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        self.write(|next| {
            let stored = match record {
                RecordId::Account(id) => {
                    let mut all = next.accounts.iter_mut();
                    all.find(|record| record.id == *id).map(|record| &mut record.tag)
                }
                RecordId::Workspace(id) => {
                    let mut all = next.workspaces.iter_mut();
                    all.find(|record| record.id == *id).map(|record| &mut record.tag)
                }
                RecordId::Credential(id) => {
                    let mut all = next.credentials.iter_mut();
                    all.find(|record| record.id == *id).map(|record| &mut record.tag)
                }
            };
            Ok(match stored.filter(|stored| **stored == tags.old) {
                Some(stored) => {
                    *stored = tags.new;
                    Refreshed::Replaced
                }
                None => Refreshed::Outdated,
            })
        })
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        self.write(|next| {
            for used in uses {
                if let Some(secret) = next.secret(used.credential, used.generation)
                    && secret.last_used.is_none_or(|stored| stored < used.older_than)
                {
                    secret.last_used = Some(used.at);
                }
            }
            Ok(())
        })
    }

    async fn record_networks(&self, seen: &[NetworkUse]) -> Result<(), StoreError> {
        self.write(|next| {
            for new in seen {
                if next.credentials.iter().all(|record| record.id != new.credential) {
                    continue;
                }
                let is_it = |old: &NetworkUse| {
                    (old.credential, old.network) == (new.credential, new.network)
                };
                match next.networks.iter_mut().find(|old| is_it(old)) {
                    Some(old) => old.day = old.day.max(new.day),
                    None => next.networks.push(*new),
                }
                let of_it = next.networks.iter().filter(|old| old.credential == new.credential);
                if of_it.clone().count() > MOST_NETWORKS {
                    let earliest = of_it.min_by_key(|old| old.day).copied();
                    next.networks.retain(|old| Some(*old) != earliest);
                }
            }
            Ok(())
        })
    }

    async fn networks_of(&self, ids: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        let mut found = self.read().networks.clone();
        found.retain(|seen| ids.contains(&seen.credential));
        found.sort_by_key(|seen| (seen.credential, std::cmp::Reverse(seen.day)));
        Ok(found)
    }

    async fn forget_networks(&self, before: Option<Day>, _: usize) -> Result<Purged, StoreError> {
        self.write(|next| {
            next.networks.retain(|seen| before.is_some_and(|before| seen.day >= before));
            Ok(Purged::All)
        })
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        self.write(|next| {
            let oldest = next.events.iter().take(limit);
            let old = oldest.take_while(|event| event.at < before).count();
            next.events.drain(..old);
            Ok(if old < limit { Purged::All } else { Purged::Some })
        })
    }

    async fn purge_removed(&self, _: usize) -> Result<Purged, StoreError> {
        // The commit that removes a workspace also deletes its credentials.
        Ok(Purged::All)
    }

    async fn position(&self) -> Result<Position, StoreError> {
        Ok(self.read().position)
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        let now = self.read();
        let place = |event: &Event| Position::new(event.number, event.operation);
        let from_start = now.events.first().is_some_and(|first| first.number == 1);
        let known = *position == now.position
            || *position == Position::START && from_start
            || now.events.iter().any(|event| place(event) == *position);
        if !known {
            return Ok(Changes::TooFarBehind { position: now.position, age: Duration::ZERO });
        }
        let newer = now.events.iter().filter(|event| event.number > position.number());
        let newer: Vec<_> = newer.take(limit).collect();
        Ok(Changes::Since {
            events: newer.iter().map(|event| event.outline()).collect(),
            position: newer.last().map_or(*position, |event| place(event)),
            newest: now.position,
            // There is only one copy of the data, so no acknowledged change is missing.
            age: Duration::ZERO,
        })
    }
}

impl Snapshot {
    fn account_revision(&self, id: &AccountId) -> Revision {
        let found = self.accounts.iter().find(|record| record.id == *id);
        found.map_or(Revision::NONE, |record| record.revision)
    }

    fn write_header(&mut self, header: &HeaderChange) -> Result<(), StoreError> {
        match header {
            HeaderChange::Account { read_at, record } => {
                compare(self.account_revision(&record.id), *read_at)?;
                self.accounts.retain(|stored| stored.id != record.id);
                self.accounts.push(record.clone());
            }
            HeaderChange::Workspace { read_at, record, .. }
            | HeaderChange::RemovedWorkspace { read_at, record } => {
                let stored = self.workspaces.iter().find(|stored| stored.id == record.id);
                compare(stored.map_or(Revision::NONE, |stored| stored.revision), *read_at)?;
                self.workspaces.retain(|stored| stored.id != record.id);
                self.workspaces.push(record.clone());
            }
        }
        if let HeaderChange::RemovedWorkspace { record, .. } = header {
            self.credentials.retain(|credential| credential.workspace != record.id);
        }
        Ok(())
    }

    fn write_credential(&mut self, edit: &CredentialEdit) -> Result<(), StoreError> {
        let id = match edit {
            CredentialEdit::Insert(record) | CredentialEdit::Update(record) => record.id,
            CredentialEdit::Delete(id) => *id,
        };
        let place = self.credentials.iter().position(|stored| stored.id == id);
        let stored = place.map(|place| self.credentials.swap_remove(place));
        match (edit, stored) {
            (CredentialEdit::Insert(record), None) => self.credentials.push(record.clone()),
            (CredentialEdit::Update(record), Some(stored)) => {
                self.credentials.push(updated(record, &stored));
            }
            (CredentialEdit::Delete(_), Some(_)) => {}
            (CredentialEdit::Insert(_), Some(_))
            | (CredentialEdit::Update(_) | CredentialEdit::Delete(_), None) => {
                return Err(conflict());
            }
        }
        Ok(())
    }

    fn secret(
        &mut self,
        id: CredentialId,
        number: GenerationNumber,
    ) -> Option<&mut GenerationRecord> {
        let record = self.credentials.iter_mut().find(|record| record.id == id)?;
        secrets(record).find(|secret| secret.number == number)
    }
}

/// Returns the updated record. The last-used times of existing secrets are kept.
fn updated(change: &CredentialRecord, stored: &CredentialRecord) -> CredentialRecord {
    let mut record = change.clone();
    for secret in secrets(&mut record) {
        if let Some(own) = stored.generation(secret.number) {
            secret.last_used = own.last_used;
        }
    }
    record
}

fn secrets(record: &mut CredentialRecord) -> impl Iterator<Item = &mut GenerationRecord> {
    let previous = record.previous.as_mut().map(|previous| &mut previous.generation);
    std::iter::once(&mut record.current).chain(previous)
}

fn compare(stored: Revision, read_at: Revision) -> Result<(), StoreError> {
    if stored == read_at { Ok(()) } else { Err(conflict()) }
}

fn conflict() -> StoreError {
    StoreError::new(StoreErrorKind::Conflict)
}

/// Returns the page after a cursor: the first items by `order`, and a cursor if more follow.
fn page<T, C, O: Ord>(
    mut found: Vec<T>,
    cursor: impl Fn(&T) -> C,
    order: impl Fn(C) -> O,
    after: Option<C>,
    size: usize,
) -> Page<T, C> {
    if let Some(after) = after.map(&order) {
        found.retain(|item| order(cursor(item)) > after);
    }
    found.sort_by_key(|item| order(cursor(item)));
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(&cursor);
    Page { items: found.into_iter().map(PageItem::Record).collect(), next }
}

/// The harness of the suite.
#[derive(Debug, Default)]
pub(crate) struct Snapshots;

impl Harness for Snapshots {
    type Store = SnapshotStore;

    fn fresh(&self) -> SnapshotStore {
        SnapshotStore::default()
    }

    fn another(&self, store: &SnapshotStore) -> Option<SnapshotStore> {
        Some(store.clone())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        conformance::block_on(future)
    }
}

/// In your own crate, use `keyward::conformance!(Snapshots)`, which makes a `#[test]` of each case.
fn main() {
    let cases = conformance::cases::<Snapshots>();
    let passed = cases.iter().filter(|case| {
        let passed = catch_unwind(|| (case.run)(&Snapshots)).is_ok();
        println!("{} {}", if passed { "passed" } else { "FAILED" }, case.name);
        passed
    });
    let (passed, all) = (passed.count(), cases.len());
    assert_eq!(passed, all, "the store breaks the contract in the failed cases");
    println!("{passed} of {all} cases passed");
}
