//! The model of a store: the simplest implementation of the contract, which searches lists.

use std::time::Duration;

use crate::domain::{
    AccountRecord, CredentialEdit, CredentialRecord, Event, GenerationRecord, Restriction,
    Revision, WorkspaceRecord,
};
use crate::store::{
    Change, Changes, CredentialQuery, EventQuery, HeaderChange, Position, Refresh, Refreshed,
    Scope, Use,
};
use crate::values::{
    AccountId, CredentialId, GenerationNumber, OperationId, Timestamp, WorkspaceId,
};

use super::dump::Dump;
use super::samples::tags_of;

/// A model of a store.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) accounts: Vec<AccountRecord>,
    pub(super) workspaces: Vec<WorkspaceRecord>,
    pub(super) credentials: Vec<CredentialRecord>,
    /// All events, the oldest first.
    pub(super) events: Vec<Event>,
    /// The number of the oldest events that are pruned.
    pub(super) pruned: usize,
}

impl Model {
    pub(super) fn account(&self, id: &AccountId) -> Option<&AccountRecord> {
        self.accounts.iter().find(|record| record.id == *id)
    }

    pub(super) fn account_revision(&self, id: &AccountId) -> Revision {
        self.account(id).map_or(Revision::NONE, |record| record.revision)
    }

    pub(super) fn workspace(&self, id: &WorkspaceId) -> Option<&WorkspaceRecord> {
        self.workspaces.iter().find(|record| record.id == *id)
    }

    pub(super) fn credential(&self, id: CredentialId) -> Option<&CredentialRecord> {
        self.credentials.iter().find(|record| record.id == id)
    }

    /// Commits a change. Returns the position, or `None` for a conflict.
    pub(super) fn commit(&mut self, change: &Change) -> Option<Position> {
        let stored = match &change.header {
            HeaderChange::Account { record, .. } => self.account_revision(&record.id),
            HeaderChange::Workspace { record, .. }
            | HeaderChange::RemovedWorkspace { record, .. } => {
                self.workspace(&record.id).map_or(Revision::NONE, |record| record.revision)
            }
        };
        let read_at = match &change.header {
            HeaderChange::Account { read_at, .. }
            | HeaderChange::Workspace { read_at, .. }
            | HeaderChange::RemovedWorkspace { read_at, .. } => *read_at,
        };
        let created =
            change.created_account.as_ref().is_none_or(|record| self.account(&record.id).is_none());
        let unchanged = change.unchanged.iter().all(|(id, revision)| {
            self.account(id).is_some_and(|record| record.revision == *revision)
        });
        let exist = change.credentials.iter().all(|edit| match edit {
            CredentialEdit::Insert(record) => self.credential(record.id).is_none(),
            CredentialEdit::Update(record) => self.credential(record.id).is_some(),
            CredentialEdit::Delete(id) => self.credential(*id).is_some(),
        });
        let read = change
            .read_credentials
            .iter()
            .all(|(id, tag)| self.credential(*id).is_some_and(|record| record.tag == *tag));
        let repeated =
            self.events[self.pruned..].iter().any(|event| event.operation == change.operation);
        if repeated || stored != read_at || !created || !unchanged || !read || !exist {
            return None;
        }
        self.write(change);
        let number = self.events.len() as u64 + 1;
        self.events.push(change.event(number));
        Some(self.position())
    }

    fn write(&mut self, change: &Change) {
        self.accounts.extend(change.created_account.clone());
        match &change.header {
            HeaderChange::Account { record, .. } => {
                self.accounts.retain(|stored| stored.id != record.id);
                self.accounts.push(record.clone());
            }
            HeaderChange::Workspace { record, .. } => self.write_workspace(record),
            HeaderChange::RemovedWorkspace { record, .. } => {
                self.credentials.retain(|stored| stored.workspace != record.id);
                self.write_workspace(record);
            }
        }
        for edit in &change.credentials {
            let id = match edit {
                CredentialEdit::Insert(record) | CredentialEdit::Update(record) => record.id,
                CredentialEdit::Delete(id) => *id,
            };
            let place = self.credentials.iter().position(|stored| stored.id == id);
            let stored = place.map(|place| self.credentials.remove(place));
            match (edit, stored) {
                (CredentialEdit::Insert(record), _) => self.credentials.push(record.clone()),
                (CredentialEdit::Update(record), Some(stored)) => {
                    let mut record = record.clone();
                    for secret in secrets(&mut record) {
                        if let Some(kept) = stored.generation(secret.number) {
                            secret.last_used = kept.last_used;
                        }
                    }
                    self.credentials.push(record);
                }
                (CredentialEdit::Update(_) | CredentialEdit::Delete(_), _) => {}
            }
        }
    }

    fn write_workspace(&mut self, record: &WorkspaceRecord) {
        self.workspaces.retain(|stored| stored.id != record.id);
        self.workspaces.push(record.clone());
    }

    fn secret(
        &mut self,
        id: CredentialId,
        number: GenerationNumber,
    ) -> Option<&mut GenerationRecord> {
        let record = self.credentials.iter_mut().find(|record| record.id == id)?;
        secrets(record).find(|secret| secret.number == number)
    }

    pub(super) fn refresh(
        &mut self,
        id: CredentialId,
        number: GenerationNumber,
        refresh: &Refresh,
    ) -> Refreshed {
        let tags = *tags_of(&mut refresh.clone());
        if self.credential(id).is_none_or(|record| record.tag != tags.old) {
            return Refreshed::Outdated;
        }
        let Some(secret) = self.secret(id, number) else { return Refreshed::Outdated };
        match refresh {
            Refresh::Digest { old, new, .. } if secret.digest == *old => {
                secret.digest = new.clone();
            }
            Refresh::Seal { old, new, .. } if secret.seal == Some(old.clone()) => {
                secret.seal = Some(new.clone());
            }
            Refresh::Digest { .. } | Refresh::Seal { .. } => return Refreshed::Outdated,
        }
        if let Some(record) = self.credentials.iter_mut().find(|record| record.id == id) {
            record.tag = tags.new;
        }
        Refreshed::Replaced
    }

    pub(super) fn record_uses(&mut self, uses: &[Use]) {
        for used in uses {
            if let Some(secret) = self.secret(used.credential, used.generation)
                && secret.last_used.is_none_or(|stored| stored < used.older_than)
            {
                secret.last_used = Some(used.at);
            }
        }
    }

    pub(super) fn prune(&mut self, before: Timestamp) {
        while self.events.get(self.pruned).is_some_and(|event| event.at < before) {
            self.pruned += 1;
        }
    }

    /// Returns the event of an operation, if it is not pruned.
    pub(super) fn operation(&self, id: OperationId) -> Option<Event> {
        self.events[self.pruned..].iter().find(|event| event.operation == id).cloned()
    }

    pub(super) fn position(&self) -> Position {
        self.events.last().map_or(Position::START, place)
    }

    /// Returns the position of the event with this number, or the start for 0.
    pub(super) fn position_of(&self, number: usize) -> Position {
        number
            .checked_sub(1)
            .and_then(|before| self.events.get(before))
            .map_or(Position::START, place)
    }

    /// Returns the allowed answers. There is one, except for the position of a pruned event after which no event is pruned: the
    /// store may know it or not.
    pub(super) fn changes_since(&self, position: &Position, limit: usize) -> Vec<Changes> {
        let too_far = Changes::TooFarBehind { position: self.position(), age: Duration::ZERO };
        let seen = usize::try_from(position.number()).unwrap_or(usize::MAX);
        if seen > self.events.len() || self.position_of(seen) != *position || seen < self.pruned {
            return vec![too_far];
        }
        let newer: Vec<_> = self.events[seen..].iter().take(limit).collect();
        let since = Changes::Since {
            events: newer.iter().map(|event| event.outline()).collect(),
            position: newer.last().map_or(*position, |event| place(event)),
            newest: self.position(),
            age: Duration::ZERO,
        };
        let forgotten = seen != 0 && seen == self.pruned && seen != self.events.len();
        if forgotten { vec![since, too_far] } else { vec![since] }
    }

    /// Returns the credentials that a query finds, without paging.
    pub(super) fn credentials(&self, query: &CredentialQuery) -> Vec<CredentialRecord> {
        let mut found = self.credentials.clone();
        found.retain(|record| query.admits(record));
        match &query.scope {
            Scope::Workspace(id) => found.retain(|record| record.workspace == *id),
            Scope::Account(id) => found.retain(|record| record.account == *id),
            Scope::Store => {}
        }
        found.sort_by_key(|record| match query.scope {
            Scope::Workspace(_) | Scope::Account(_) => (Some(record.name.key()), record.id),
            Scope::Store => (None, record.id),
        });
        found
    }

    /// Returns the workspaces of an account within a restriction, without paging.
    pub(super) fn workspaces(
        &self,
        account: &AccountId,
        restriction: &Restriction,
    ) -> Vec<WorkspaceRecord> {
        let mut found = self.workspaces.clone();
        found.retain(|record| record.account == *account && record.removed.is_none());
        found.retain(|record| restriction.admits_workspace(&record.id));
        found.sort_by_key(|record| (record.name.key(), record.id.clone()));
        found
    }

    /// Returns the events that a query finds, without paging.
    pub(super) fn events(&self, query: &EventQuery) -> Vec<Event> {
        let mut found = self.events[self.pruned..].to_vec();
        found.retain(|event| {
            query.admits(event, |id| self.credential(id).map(|record| record.kind))
        });
        found.reverse();
        found
    }

    /// Returns the data that a [`Driver`](super::driver::Driver) must read.
    pub(super) fn dump(&self) -> Dump {
        let mut dump = Dump {
            accounts: self.accounts.clone(),
            workspaces: self.workspaces.clone(),
            credentials: self.credentials.clone(),
            events: self.events[self.pruned..].to_vec(),
            position: self.position(),
        };
        dump.accounts.sort_by_key(|record| record.id.clone());
        dump.workspaces.sort_by_key(|record| record.id.clone());
        dump.credentials.sort_by_key(|record| record.id);
        dump.events.sort_by_key(|event| (event.account.clone(), u64::MAX - event.number));
        dump
    }
}

fn place(event: &Event) -> Position {
    Position::new(event.number, event.operation)
}

fn secrets(record: &mut CredentialRecord) -> impl Iterator<Item = &mut GenerationRecord> {
    let previous = record.previous.as_mut().map(|previous| &mut previous.generation);
    std::iter::once(&mut record.current).chain(previous)
}
