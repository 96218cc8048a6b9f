//! The states of the store over time, by which every answer is judged.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard};

use keyward::store::{
    AccountRecord, Change, CredentialEdit, CredentialRecord, CredentialStore, HeaderChange,
    WorkspaceRecord,
};
use keyward::{AccountId, CredentialId, MemoryStore, Operator, WorkspaceId, history::Subject};

use crate::support::block_on;
use crate::support::dump::Dump;
use crate::timeline::Moment;
use crate::versions::Versions;

/// The subject of a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Account(AccountId),
    Workspace(WorkspaceId),
    Credential(CredentialId),
}

impl Place {
    fn of(account: &AccountId, subject: &Subject) -> Self {
        match subject {
            Subject::Account => Self::Account(account.clone()),
            Subject::Workspace(workspace) => Self::Workspace(workspace.clone()),
            Subject::Credential(_, credential) => Self::Credential(*credential),
        }
    }
}

/// One change: its subject, and the version that it created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) place: Place,
    pub(crate) version: usize,
}

/// Everything that was ever stored.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<Lines>);

#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) accounts: HashMap<AccountId, Versions<AccountRecord>>,
    pub(crate) workspaces: HashMap<WorkspaceId, Versions<WorkspaceRecord>>,
    pub(crate) credentials: HashMap<CredentialId, Versions<CredentialRecord>>,
    /// By actor: no actor but `maintain` requests two changes.
    commits: HashMap<String, Commit>,
}

impl History {
    /// Starts with the stored records.
    pub(crate) fn begin(&self, store: &MemoryStore) {
        let (mut lines, dump) = (self.lines(), Dump::of(store));
        for record in dump.accounts {
            lines.accounts.insert(record.id.clone(), Versions::since_ever(record));
        }
        for record in dump.workspaces {
            lines.accounts.entry(record.account.clone()).or_default();
            lines.workspaces.insert(record.id.clone(), Versions::since_ever(record));
        }
        for record in dump.credentials {
            lines.credentials.insert(record.id, Versions::since_ever(record));
        }
    }

    /// Records the effect of a change on the store.
    pub(crate) fn note(&self, change: &Change, now: Moment, store: &MemoryStore) {
        let mut lines = self.lines();
        for edit in &change.credentials {
            let id = match edit {
                CredentialEdit::Insert(record) | CredentialEdit::Update(record) => record.id,
                CredentialEdit::Delete(id) => *id,
            };
            let record = block_on(store.credential(id)).unwrap();
            lines.credentials.entry(id).or_default().push(record, now);
        }
        match &change.header {
            HeaderChange::Account { record, .. } => {
                lines
                    .accounts
                    .entry(record.id.clone())
                    .or_default()
                    .push(Some(record.clone()), now);
            }
            HeaderChange::Workspace { record, .. } => lines.push_workspace(record, now),
            HeaderChange::RemovedWorkspace { record, .. } => {
                lines.push_workspace(record, now);
                lines.end_all_of(&record.id);
            }
        }
        let place = Place::of(change.account(), &change.subject);
        let version = lines.latest(&place);
        let by = change.by.id.as_str().to_owned();
        let before = lines.commits.insert(by.clone(), Commit { place, version });
        if by == Operator::MAINTAIN {
            lines.check_maintained(change);
        } else {
            assert_eq!(before, None, "{by} was done twice");
        }
    }

    /// Returns the change that this actor requested, if it was committed.
    pub(crate) fn commit_by(&self, by: &str) -> Option<Commit> {
        self.lines().commits.get(by).cloned()
    }

    /// Checks that the store contains the last written state.
    pub(crate) fn check_is(&self, store: &MemoryStore) {
        let lines = self.lines();
        for (id, versions) in &lines.accounts {
            assert_eq!(block_on(store.account(id)).unwrap().as_ref(), versions.last());
        }
        for (id, versions) in &lines.workspaces {
            assert_eq!(block_on(store.workspace(id)).unwrap().as_ref(), versions.last());
        }
        for (id, versions) in &lines.credentials {
            let stored = block_on(store.credential(*id)).unwrap().map(without_uses);
            assert_eq!(stored, versions.last().cloned().map(without_uses));
        }
    }

    pub(crate) fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap()
    }
}

impl Lines {
    /// `maintain` only removes the workspaces of closed accounts.
    fn check_maintained(&self, change: &Change) {
        assert!(matches!(change.header, HeaderChange::RemovedWorkspace { .. }), "{change:?}");
        let account = self.accounts[change.account()].last();
        assert!(account.is_some_and(|account| account.closed.is_some()), "{account:?}");
    }

    fn push_workspace(&mut self, record: &WorkspaceRecord, now: Moment) {
        let versions = self.workspaces.entry(record.id.clone()).or_default();
        versions.push(Some(record.clone()), now);
    }

    /// A workspace's credentials are deleted with it. The event names only the workspace, so a node may keep them
    /// cached: they are still refused.
    fn end_all_of(&mut self, workspace: &WorkspaceId) {
        for versions in self.credentials.values_mut() {
            if versions.last().is_some_and(|record| record.workspace == *workspace) {
                versions.push_beside(None);
            }
        }
    }

    fn latest(&self, place: &Place) -> usize {
        match place {
            Place::Account(id) => latest(&self.accounts, id),
            Place::Workspace(id) => latest(&self.workspaces, id),
            Place::Credential(id) => latest(&self.credentials, id),
        }
    }
}

fn latest<I: Hash + Eq, R>(lines: &HashMap<I, Versions<R>>, id: &I) -> usize {
    lines.get(id).map_or(0, Versions::latest)
}

fn without_uses(mut record: CredentialRecord) -> CredentialRecord {
    record.current.last_used = None;
    if let Some(previous) = &mut record.previous {
        previous.generation.last_used = None;
    }
    record
}
