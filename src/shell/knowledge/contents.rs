//! The contents of the cache: credentials, and the slots of their workspaces and accounts.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::policy::WorkspaceView;
use crate::domain::{CredentialRecord, Subject, Vocabulary};
use crate::shell::cache::{Cache, Epoch};
use crate::store::CorruptRecord;
use crate::values::{AccountId, CredentialId};

use super::entry::{Entry, EntrySettings};
use super::slot::{AccountSlots, Slot, WorkspaceSlots};
use super::slot_storage::AccountStorage;

/// The cached credentials, and the slots that they refer to.
#[derive(Debug)]
pub(super) struct Contents {
    credentials: Cache<CredentialId, Arc<Entry>>,
    workspaces: WorkspaceSlots,
    accounts: AccountSlots,
    settings: EntrySettings,
}

impl Contents {
    pub(super) fn new(capacity: usize, settings: EntrySettings) -> Self {
        Self {
            credentials: Cache::new(capacity),
            workspaces: WorkspaceSlots::default(),
            accounts: AccountSlots::default(),
            settings,
        }
    }

    /// Returns the scopes that the service declares.
    pub(super) const fn vocabulary(&self) -> &Vocabulary {
        &self.settings.vocabulary
    }

    /// Calls `look` with a cached credential.
    #[inline]
    pub(super) fn with<T>(
        &self,
        id: CredentialId,
        look: impl FnOnce(&Arc<Entry>) -> T,
    ) -> Option<T> {
        self.credentials.with(id, look)
    }

    /// Returns the epoch of a credential. Call it before the read.
    pub(super) fn epoch(&self, id: CredentialId) -> Epoch {
        self.credentials.epoch(id)
    }

    /// Caches a record that was read since `epoch`, unless it was invalidated in the meantime. `asked` is the start of the read.
    pub(super) fn keep(
        &self,
        epoch: Epoch,
        record: CredentialRecord,
        asked: Duration,
    ) -> Arc<Entry> {
        let id = record.id;
        let (workspaces, accounts) = (&self.workspaces, &self.accounts);
        let entry = Arc::new(Entry::of(record, workspaces, accounts, &self.settings, asked));
        self.credentials.insert(epoch, id, Arc::clone(&entry));
        entry
    }

    /// Returns the slot of the account in which the workspace of a credential was created.
    pub(super) fn account_slot<'e>(
        &self,
        entry: &'e Entry,
        workspace: &WorkspaceView,
    ) -> Result<&'e Arc<Slot<AccountStorage>>, CorruptRecord> {
        if workspace.account != entry.view.facts.account {
            return Err(CorruptRecord::new("its workspace belongs to another account"));
        }
        let (account, incarnation) = (&workspace.account, workspace.account_incarnation);
        Ok(entry.account.get_or_init(|| self.accounts.of(account, incarnation).1))
    }

    /// Invalidates the subject of an event.
    pub(super) fn invalidate(&self, account: &AccountId, subject: &Subject) {
        match subject {
            Subject::Account => self.accounts.invalidate(account),
            Subject::Workspace(workspace) => self.workspaces.invalidate(workspace),
            Subject::Credential(_, credential) => self.forget(*credential),
        }
    }

    /// Invalidates one credential.
    pub(super) fn forget(&self, credential: CredentialId) {
        self.credentials.invalidate(credential);
    }

    /// Drops the whole cache.
    pub(super) fn invalidate_all(&self) {
        self.credentials.invalidate_all();
        self.workspaces.invalidate_all();
        self.accounts.invalidate_all();
    }

    /// Returns the number of cached credentials.
    pub(super) fn len(&self) -> usize {
        self.credentials.len()
    }
}
