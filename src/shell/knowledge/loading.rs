//! Reads of uncached data. Concurrent callers share a read.

use std::collections::hash_map::{self, HashMap};
use std::sync::Arc;

use crate::domain::policy::{AccountState, AccountView, WorkspaceView};
use crate::secrets::OwnerHash;
use crate::shell::errors::Unavailable;
use crate::shell::records::Records;
use crate::shell::shared_call::{SharedCall, SharedFailure};
use crate::shell::stats::Counters;
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::CorruptRecord;
use crate::values::{Clock, CredentialId};

use super::contents::Contents;
use super::entry::Entry;

type Load = SharedCall<Result<Option<Arc<Entry>>, SharedFailure>>;

/// The credentials that are being read.
#[derive(Debug, Default)]
pub(super) struct Loads(Mutex<HashMap<CredentialId, CountedLoad>>);

/// One load, and the number of its callers.
#[derive(Debug, Default)]
struct CountedLoad {
    load: Arc<Load>,
    parts: usize,
}

/// The part of one caller in a load. The last one to drop removes the load.
pub(super) struct Part<'a> {
    loads: &'a Loads,
    id: CredentialId,
    load: Arc<Load>,
}

impl Loads {
    pub(super) fn of(&self, id: CredentialId) -> Part<'_> {
        let mut all = self.all();
        let counted = all.entry(id).or_default();
        counted.parts += 1;
        Part { loads: self, id, load: Arc::clone(&counted.load) }
    }

    #[cfg(all(test, keyward_model))]
    pub(super) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<CredentialId, CountedLoad>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        // Counted under the lock, so that exactly one of two concurrent drops removes the load.
        if let hash_map::Entry::Occupied(mut counted) = self.loads.all().entry(self.id) {
            counted.get_mut().parts -= 1;
            if counted.get().parts == 0 {
                counted.remove();
            }
        }
    }
}

/// Reads uncached data from the store.
#[derive(Debug)]
pub(super) struct Loader {
    loads: Loads,
    /// The cache to fill.
    contents: Arc<Contents>,
    records: Arc<Records>,
    clock: Arc<dyn Clock>,
    stats: Counters,
}

impl Loader {
    pub(super) fn new(
        contents: Arc<Contents>,
        records: Arc<Records>,
        clock: Arc<dyn Clock>,
        stats: Counters,
    ) -> Self {
        Self { loads: Loads::default(), contents, records, clock, stats }
    }

    /// Reads a credential from the store into the cache.
    pub(super) async fn load(
        self: &Arc<Self>,
        id: CredentialId,
    ) -> Result<Option<Arc<Entry>>, Unavailable> {
        let part = self.loads.of(id);
        let loader = Arc::clone(self);
        Ok(part.load.ask(|| async move { loader.read_credential(id).await }).await?)
    }

    async fn read_credential(&self, id: CredentialId) -> Result<Option<Arc<Entry>>, SharedFailure> {
        let turn = self.records.turn_of(id).await?;
        let epoch = self.contents.epoch(id);
        self.stats.count_load();
        let asked = self.clock.now().monotonic;
        let Some(record) = self.records.credential_in_turn(turn, id).await? else {
            return Ok(None);
        };
        record.check()?;
        let entry = self.contents.keep(epoch, record, asked);
        self.stats.count_unknown_scopes(entry.view.unknown_scopes());
        Ok(Some(entry))
    }

    /// Reads the state of the workspace of a credential from the store.
    pub(super) async fn load_workspace(
        &self,
        entry: &Entry,
    ) -> Result<Arc<WorkspaceView>, Unavailable> {
        let (records, id) = (Arc::clone(&self.records), entry.view.facts.workspace.clone());
        let incarnation = entry.workspace_incarnation();
        let read = async move {
            let record = records.workspace(&id).await?;
            let record = record.ok_or(CorruptRecord::new("its workspace does not exist"))?;
            if record.incarnation != incarnation {
                return Err(CorruptRecord::new("its workspace was created again").into());
            }
            Ok(WorkspaceView::of(&record))
        };
        Ok(entry.workspace.load(read).await?)
    }

    /// Returns the state of the workspace of a credential, from its slot or from the store.
    pub(super) async fn known_workspace(
        &self,
        entry: &Entry,
    ) -> Result<Arc<WorkspaceView>, Unavailable> {
        let known = entry.workspace.get().as_ref().map(Arc::clone);
        match known {
            Some(workspace) => Ok(workspace),
            None => self.load_workspace(entry).await,
        }
    }

    /// Returns the state of the account of a credential, from its slot or from the store.
    pub(super) async fn known_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
    ) -> Result<AccountState, Unavailable> {
        let slot = self.contents.account_slot(entry, workspace)?;
        match slot.get(entry.view.owner(), &entry.owner_answer) {
            Some(account) => Ok(account),
            None => self.load_account(entry, workspace, entry.view.owner()).await,
        }
    }

    /// Reads the state of the account of a credential with this owner from the store.
    pub(super) async fn load_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
        owner: Option<OwnerHash>,
    ) -> Result<AccountState, Unavailable> {
        let incarnation = workspace.account_incarnation;
        let slot = self.contents.account_slot(entry, workspace)?;
        let (records, id) = (Arc::clone(&self.records), workspace.account.clone());
        let read = async move {
            let record = records.account(&id).await?;
            let record = record.ok_or(CorruptRecord::new("its account does not exist"))?;
            if record.incarnation != incarnation {
                return Err(CorruptRecord::new("its account was created again").into());
            }
            Ok(AccountView::of(&record))
        };
        Ok(slot.load(read).await?.state(owner))
    }
}
