//! What is not known is read, once for all who ask at the same time.

use std::collections::hash_map::{self, HashMap};
use std::sync::Arc;

use crate::domain::AccountRecord;
use crate::domain::policy::{AccountView, WorkspaceView};
use crate::shell::errors::Unavailable;
use crate::shell::keyward::Inner;
use crate::shell::question::Question;
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::{CorruptRecord, CredentialStore, StoreError, StoreErrorKind};
use crate::values::CredentialId;

use super::entry::Entry;

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
        let Some(record) = self.store.credential(id).await? else { return Ok(None) };
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
        let (store, id) = (self.store.clone(), entry.view.facts.workspace.clone());
        let read = async move {
            let record = store.workspace(&id).await?;
            let record = record.ok_or(CorruptRecord::new("its workspace does not exist"))?;
            Ok(WorkspaceView::of(&record))
        };
        Ok(entry.workspace.load(read).await?)
    }

    /// The state of a credential's account, from the store.
    pub(crate) async fn load_account(
        &self,
        entry: &Entry,
    ) -> Result<Arc<AccountView>, Unavailable> {
        let (store, id) = (self.store.clone(), entry.view.facts.account.clone());
        let read = async move {
            let record = store.account(&id).await?;
            let record = record.unwrap_or_else(|| AccountRecord::unwritten(id));
            Ok(AccountView::of(&record))
        };
        Ok(entry.account.load(read).await?)
    }
}
