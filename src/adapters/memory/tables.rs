//! The tables of the memory store, and how a change is written to them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use super::history::History;
use crate::domain::{
    AccountRecord, CredentialEdit, CredentialRecord, Event, GenerationRecord, NetworkUse, Revision,
    WorkspaceRecord,
};
use crate::secrets::IdKey;
use crate::store::{
    Change, Changes, CredentialCursor, CredentialQuery, HeaderChange, MOST_NETWORKS, NameFilter,
    Page, PageItem, PageSize, Position, Scope, StoreError, StoreErrorKind,
};
use crate::values::{
    AccountId, CredentialId, Day, GenerationNumber, NameKey, NetworkPrefix, WorkspaceId,
};

#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) credentials: BTreeMap<CredentialId, CredentialRecord>,
    /// The order of pages within a workspace, and within an account.
    by_workspace: BTreeSet<(WorkspaceId, NameKey, CredentialId)>,
    by_account: BTreeSet<(AccountId, NameKey, CredentialId)>,
    /// The part of `by_workspace` whose names are not ASCII, with which each new name is compared.
    beyond_ascii: BTreeSet<(WorkspaceId, NameKey, CredentialId)>,
    pub(super) workspaces: BTreeMap<WorkspaceId, WorkspaceRecord>,
    pub(super) accounts: BTreeMap<AccountId, AccountRecord>,
    pub(super) history: History,
    pub(super) position: Position,
    networks: BTreeMap<CredentialId, BTreeMap<NetworkPrefix, Day>>,
    /// The key of the ids, drawn at the first use.
    pub(super) id_key: Option<IdKey>,
}

impl Tables {
    pub(super) fn commit(&mut self, change: &Change) -> Result<(), StoreError> {
        self.compare(change)?;
        if let Some(record) = &change.created_account {
            self.accounts.insert(record.id.clone(), record.clone());
        }
        match &change.header {
            HeaderChange::Account { record, .. } => {
                self.accounts.insert(record.id.clone(), record.clone());
            }
            HeaderChange::Workspace { record, .. } => {
                self.workspaces.insert(record.id.clone(), record.clone());
            }
            HeaderChange::RemovedWorkspace { record, .. } => {
                let ended: Vec<_> =
                    from(&self.by_workspace, &record.id, None, None).map(|(_, id)| id).collect();
                for id in ended {
                    self.delete(id);
                }
                self.workspaces.insert(record.id.clone(), record.clone());
            }
        }
        for edit in &change.credentials {
            match edit {
                CredentialEdit::Insert(record) => self.insert(record.clone()),
                CredentialEdit::Update(record) => {
                    if let Some(stored) = self.remove(record.id) {
                        self.insert(updated(&stored, record));
                    }
                }
                CredentialEdit::Delete(id) => self.delete(*id),
            }
        }
        let number = self.position.number() + 1;
        self.history.push(change.event(number));
        self.position = Position::new(number, change.operation);
        Ok(())
    }

    pub(super) fn insert(&mut self, record: CredentialRecord) {
        let (name, id) = (record.name.key(), record.id);
        let place = (record.workspace.clone(), name.clone(), id);
        if !record.name.is_ascii() {
            self.beyond_ascii.insert(place.clone());
        }
        self.by_workspace.insert(place);
        self.by_account.insert((record.account.clone(), name, id));
        self.credentials.insert(id, record);
    }

    fn delete(&mut self, id: CredentialId) {
        self.remove(id);
        self.networks.remove(&id);
    }

    fn remove(&mut self, id: CredentialId) -> Option<CredentialRecord> {
        let record = self.credentials.remove(&id)?;
        let name = record.name.key();
        let place = (record.workspace.clone(), name.clone(), id);
        self.by_workspace.remove(&place);
        self.beyond_ascii.remove(&place);
        self.by_account.remove(&(record.account.clone(), name, id));
        Some(record)
    }

    pub(super) fn record_networks(&mut self, seen: &[NetworkUse]) {
        for NetworkUse { credential, network, day } in seen {
            if !self.credentials.contains_key(credential) {
                continue;
            }
            let networks = self.networks.entry(*credential).or_default();
            let latest = networks.entry(*network).or_insert(*day);
            *latest = (*latest).max(*day);
            if networks.len() > MOST_NETWORKS
                && let Some((_, earliest)) =
                    networks.iter().map(|(network, day)| (*day, *network)).min()
            {
                networks.remove(&earliest);
            }
        }
    }

    pub(super) fn networks_of(&self, ids: &[CredentialId]) -> Vec<NetworkUse> {
        let mut found = Vec::new();
        for credential in ids.iter().copied().collect::<BTreeSet<_>>() {
            let networks = self.networks.get(&credential).into_iter().flatten();
            let seen = networks.map(|(&network, &day)| NetworkUse { credential, network, day });
            let mut seen: Vec<_> = seen.collect();
            seen.sort_by_key(|seen| Reverse(seen.day));
            found.extend(seen);
        }
        found
    }

    pub(super) fn forget_networks(&mut self, before: Option<Day>) {
        self.networks.retain(|_, networks| {
            networks.retain(|_, day| before.is_some_and(|before| *day >= before));
            !networks.is_empty()
        });
    }

    pub(super) fn credentials_page(
        &self,
        query: &CredentialQuery,
    ) -> Page<CredentialRecord, CredentialCursor> {
        let (name, after) = (query.name.as_ref(), query.after.as_ref());
        let places: Box<dyn Iterator<Item = (NameKey, CredentialId)>> = match &query.scope {
            Scope::Workspace(workspace) => {
                let places = match name {
                    Some(NameFilter::BeyondAscii) => &self.beyond_ascii,
                    Some(NameFilter::Is(_) | NameFilter::StartsWith(_)) | None => {
                        &self.by_workspace
                    }
                };
                Box::new(from(places, workspace, name, after))
            }
            Scope::Account(account) => Box::new(from(&self.by_account, account, name, after)),
            Scope::Store => {
                let start = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.id));
                let stored = self.credentials.range((start, Bound::Unbounded));
                Box::new(stored.map(|(id, record)| (record.name.key(), *id)))
            }
        };
        let found = places
            .filter_map(|(name, id)| {
                let record = self.credentials.get(&id)?;
                query.admits(record).then_some((CredentialCursor { name, id }, record))
            })
            // One row more than the page size shows that there is another page.
            .take(query.size.get() + 1)
            .collect();
        page(found, query.size.get())
    }

    fn compare(&self, change: &Change) -> Result<(), StoreError> {
        let account = |id| self.accounts.get(id).map_or(Revision::NONE, |record| record.revision);
        let workspace =
            |id| self.workspaces.get(id).map_or(Revision::NONE, |record| record.revision);
        let header = match &change.header {
            HeaderChange::Account { read_at, record } => account(&record.id) == *read_at,
            HeaderChange::Workspace { read_at, record, .. }
            | HeaderChange::RemovedWorkspace { read_at, record } => {
                workspace(&record.id) == *read_at
            }
        };
        let created = change
            .created_account
            .as_ref()
            .is_none_or(|record| !self.accounts.contains_key(&record.id));
        let unchanged = change.unchanged.iter().all(|(id, revision)| {
            self.accounts.get(id).is_some_and(|record| record.revision == *revision)
        });
        let credentials = change.credentials.iter().all(|edit| match edit {
            CredentialEdit::Insert(record) => !self.credentials.contains_key(&record.id),
            CredentialEdit::Update(record) => self.credentials.contains_key(&record.id),
            CredentialEdit::Delete(id) => self.credentials.contains_key(id),
        });
        let read = change
            .read_credentials
            .iter()
            .all(|(id, tag)| self.credentials.get(id).is_some_and(|record| record.tag == *tag));
        let is_repeated = self.history.of(change.operation).is_some();
        if !is_repeated && header && created && unchanged && read && credentials {
            Ok(())
        } else {
            Err(StoreError::new(StoreErrorKind::Conflict))
        }
    }

    pub(super) fn changes_since(&self, position: &Position, limit: usize) -> Changes {
        let newer = self.history.after(position.number());
        let has_the_first =
            newer.first().is_some_and(|event| event.number == position.number() + 1);
        let is_known = *position == self.position
            || (*position == Position::START && has_the_first)
            || self.history.at(position.number()).is_some_and(|event| place(event) == *position);
        if !is_known {
            return Changes::TooFarBehind { position: self.position, age: Duration::ZERO };
        }
        let newer = newer.get(..limit).unwrap_or(newer);
        Changes::Since {
            events: newer.iter().map(Event::outline).collect(),
            position: newer.last().map_or(*position, place),
            newest: self.position,
            age: Duration::ZERO,
        }
    }
}

fn place(event: &Event) -> Position {
    Position::new(event.number, event.operation)
}

/// Iterates over the entries of one workspace or account, from the cursor or the name on, as far as they can match.
fn from<'a, K: Ord + Clone>(
    places: &'a BTreeSet<(K, NameKey, CredentialId)>,
    owner: &'a K,
    name: Option<&'a NameFilter>,
    after: Option<&CredentialCursor>,
) -> impl Iterator<Item = (NameKey, CredentialId)> + use<'a, K> {
    let first = match name {
        Some(NameFilter::Is(name) | NameFilter::StartsWith(name)) => name.clone(),
        Some(NameFilter::BeyondAscii) | None => NameKey::of(""),
    };
    let start = (owner.clone(), first, CredentialId::FIRST);
    let start = match after.map(|after| (owner.clone(), after.name.clone(), after.id)) {
        Some(after) if after >= start => Bound::Excluded(after),
        _ => Bound::Included(start),
    };
    places
        .range((start, Bound::Unbounded))
        .take_while(move |(whose, called, _)| {
            whose == owner
                && match name {
                    Some(NameFilter::Is(name)) => called == name,
                    Some(NameFilter::StartsWith(name)) => {
                        called.as_str().starts_with(name.as_str())
                    }
                    Some(NameFilter::BeyondAscii) | None => true,
                }
        })
        .map(|(_, name, id)| (name.clone(), *id))
}

/// Returns the new state, with the last-used times that an update does not write.
fn updated(stored: &CredentialRecord, new: &CredentialRecord) -> CredentialRecord {
    let mut record = new.clone();
    let generations = std::iter::once(&mut record.current)
        .chain(record.previous.as_mut().map(|p| &mut p.generation));
    for generation in generations {
        if let Some(kept) = stored.generation(generation.number) {
            generation.last_used = kept.last_used;
        }
    }
    record
}

pub(super) fn generation_mut(
    record: &mut CredentialRecord,
    number: GenerationNumber,
) -> Option<&mut GenerationRecord> {
    if record.current.number == number {
        return Some(&mut record.current);
    }
    record.previous.as_mut().map(|p| &mut p.generation).filter(|stored| stored.number == number)
}

/// Returns one result for each id, in the order of the ids.
pub(super) fn by_id<I: Ord, T: Clone>(
    records: &BTreeMap<I, T>,
    ids: &[I],
) -> Vec<Option<PageItem<T>>> {
    ids.iter().map(|id| records.get(id).cloned().map(PageItem::Record)).collect()
}

/// Returns a page of all records, in the order of their ids.
pub(super) fn walk<I: Ord + Clone, T: Clone>(
    records: &BTreeMap<I, T>,
    after: Option<&I>,
    size: PageSize,
) -> Page<T, I> {
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let found = records.range((start, Bound::Unbounded)).take(size.get() + 1);
    page(found.map(|(id, record)| (id.clone(), record)).collect(), size.get())
}

pub(super) fn page<T: Clone, C>(found: Vec<(C, &T)>, size: usize) -> Page<T, C> {
    let more = found.len() > size;
    let mut next = None;
    let items = found
        .into_iter()
        .take(size)
        .map(|(place, record)| {
            next = Some(place);
            PageItem::Record(record.clone())
        })
        .collect();
    Page { items, next: next.filter(|_| more) }
}
