//! What is not known is read, once for all who ask at the same time.

use std::collections::hash_map::{self, HashMap};
use std::sync::Arc;

use crate::domain::policy::{AccountView, WorkspaceView};
use crate::shell::errors::Unavailable;
use crate::shell::keyward::Inner;
use crate::shell::question::Question;
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::{CorruptRecord, StoreError, StoreErrorKind};
use crate::values::CredentialId;

use super::entry::Entry;
use super::shelf::AccountShelf;
use super::slot::Slot;

/// Why something could not be read, for everybody who waited for it.
#[derive(Debug, Clone)]
pub(crate) struct Failure(pub(crate) Arc<StoreError>);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(Arc::new(error))
    }
}

impl From<CorruptRecord> for Failure {
    fn from(error: CorruptRecord) -> Self {
        StoreError::new(StoreErrorKind::Corrupt).because(error).into()
    }
}

type Load = Question<Result<Option<Arc<Entry>>, Failure>>;

/// The credentials that are being read.
#[derive(Debug, Default)]
pub(super) struct Loads(Mutex<HashMap<CredentialId, Counted>>);

/// One load, and how many have a part in it.
#[derive(Debug, Default)]
struct Counted {
    load: Arc<Load>,
    parts: usize,
}

/// One's part in a load. The last to go tidies up.
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

    fn all(&self) -> MutexGuard<'_, HashMap<CredentialId, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        // Counted under the lock: two who went at once would each leave it to the other.
        if let hash_map::Entry::Occupied(mut counted) = self.loads.all().entry(self.id) {
            counted.get_mut().parts -= 1;
            if counted.get().parts == 0 {
                counted.remove();
            }
        }
    }
}

impl Inner {
    /// A credential from the cache, for as long as `look` takes.
    #[inline]
    pub(crate) fn with_cached<T>(
        &self,
        id: CredentialId,
        look: impl FnOnce(&Arc<Entry>) -> T,
    ) -> Option<T> {
        self.knowledge.cache.with(id, look)
    }

    /// A credential from the store, and so into the cache.
    pub(crate) async fn load(
        self: &Arc<Self>,
        id: CredentialId,
    ) -> Result<Option<Arc<Entry>>, Unavailable> {
        let part = self.knowledge.loads.of(id);
        let inner = Arc::clone(self);
        Ok(part.load.ask(|| async move { inner.read_credential(id).await }).await?)
    }

    async fn read_credential(&self, id: CredentialId) -> Result<Option<Arc<Entry>>, Failure> {
        let _permit = self.knowledge.gate.acquire().await;
        let epoch = self.knowledge.cache.epoch(id);
        self.stats.count_load();
        let asked = self.clock.now().monotonic;
        let Some(record) = self.records.credential(id).await? else { return Ok(None) };
        record.check()?;
        let entry = Arc::new(Entry::of(record, &self.knowledge, asked));
        self.knowledge.cache.insert(epoch, id, Arc::clone(&entry));
        Ok(Some(entry))
    }

    /// The state of a credential's workspace, from the store.
    pub(crate) async fn load_workspace(
        &self,
        entry: &Entry,
    ) -> Result<Arc<WorkspaceView>, Unavailable> {
        let (records, id) = (self.records.clone(), entry.view.facts.workspace.clone());
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

    /// The state of a credential's workspace, from its slot or from the store.
    pub(crate) async fn known_workspace(
        &self,
        entry: &Entry,
    ) -> Result<Arc<WorkspaceView>, Unavailable> {
        let known = entry.workspace.get().as_ref().map(Arc::clone);
        match known {
            Some(workspace) => Ok(workspace),
            None => self.load_workspace(entry).await,
        }
    }

    /// The state of a credential's account, from its slot or from the store.
    pub(crate) async fn known_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
    ) -> Result<Arc<AccountView>, Unavailable> {
        match self.account_slot(entry, workspace)?.get() {
            Some(account) => Ok(Arc::new(account)),
            None => self.load_account(entry, workspace).await,
        }
    }

    /// The slot of the account that a credential's workspace was created in.
    fn account_slot<'e>(
        &self,
        entry: &'e Entry,
        workspace: &WorkspaceView,
    ) -> Result<&'e Arc<Slot<AccountShelf>>, CorruptRecord> {
        if workspace.account != entry.view.facts.account {
            return Err(CorruptRecord::new("its workspace belongs to another account"));
        }
        let (account, incarnation) = (&workspace.account, workspace.account_incarnation);
        Ok(entry.account.get_or_init(|| self.knowledge.accounts.of(account, incarnation).1))
    }

    /// The state of a credential's account, from the store.
    pub(crate) async fn load_account(
        &self,
        entry: &Entry,
        workspace: &WorkspaceView,
    ) -> Result<Arc<AccountView>, Unavailable> {
        let incarnation = workspace.account_incarnation;
        let slot = self.account_slot(entry, workspace)?;
        let (records, id) = (self.records.clone(), workspace.account.clone());
        let read = async move {
            let record = records.account(&id).await?;
            let record = record.ok_or(CorruptRecord::new("its account does not exist"))?;
            if record.incarnation != incarnation {
                return Err(CorruptRecord::new("its account was created again").into());
            }
            Ok(AccountView::of(&record))
        };
        Ok(slot.load(read).await?)
    }
}
