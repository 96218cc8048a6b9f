//! A controlled memory store: calls are held back, fail, or find the store restored from a backup.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_channel::oneshot;
use keyward::MemoryStore;
use keyward::store::{Change, Changes, CredentialStore, StoreError, StoreErrorKind, Use, copy};

use super::block_on;
use super::directed::{Directed, Director};

pub use super::directed::Call;

/// A memory store that is directed by hand. Clones are one.
pub type Staged = Directed<MemoryStore, Stage>;

/// The point at which a call is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Before it is carried out.
    Carried,
    /// After it is carried out, and before its answer.
    Answered,
}

/// The settings of a test for the calls, and their counts. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Stage(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    store: MemoryStore,
    /// Every change that was made, in order.
    made: Vec<Change>,
    /// Every batch of uses that was written, in order.
    batches: Vec<Vec<Use>>,
    calls: HashMap<Call, usize>,
    failing: HashMap<Call, StoreErrorKind>,
    losing: HashSet<Call>,
    held: HashMap<Call, (Until, Vec<oneshot::Sender<()>>)>,
    /// The age of the feed's answers.
    age: Duration,
}

impl Stage {
    /// From now on, calls of this kind wait for [`release`](Self::release).
    pub fn hold(&self, call: Call, until: Until) {
        assert!(self.script().held.insert(call, (until, Vec::new())).is_none(), "held already");
    }

    /// Lets the calls go that wait, and those that come.
    pub fn release(&self, call: Call) {
        let (_, waiting) = self.script().held.remove(&call).unwrap();
        for call in waiting {
            // The caller may be gone.
            call.send(()).ok();
        }
    }

    /// From now on, calls of this kind are not carried out, and fail.
    pub fn fail(&self, call: Call, kind: StoreErrorKind) {
        self.script().failing.insert(call, kind);
    }

    /// The next call of this kind is carried out, and its outcome is unknown.
    pub fn lose_next_answer(&self, call: Call) {
        self.script().losing.insert(call);
    }

    /// Everything works again.
    pub fn recover(&self) {
        self.script().failing.clear();
    }

    /// From now on, the feed's answers have this age.
    pub fn answer_with_age(&self, age: Duration) {
        self.script().age = age;
    }

    /// Returns how many calls of this kind were made.
    pub fn calls(&self, call: Call) -> usize {
        self.script().calls.get(&call).copied().unwrap_or_default()
    }

    /// The batches of uses that were written so far.
    pub fn batches(&self) -> Vec<Vec<Use>> {
        self.script().batches.clone()
    }

    /// Returns how many calls of this kind wait.
    pub fn waiting(&self, call: Call) -> usize {
        self.script().held.get(&call).map_or(0, |(_, waiting)| waiting.len())
    }

    /// Restores the state after this many changes.
    pub fn restore(&self, changes: usize) {
        let mut script = self.script();
        script.made.truncate(changes);
        script.store = MemoryStore::new();
        for change in &script.made {
            block_on(script.store.commit(change)).unwrap();
        }
    }

    /// Returns a copy of the store as it is now.
    pub fn backup(&self) -> MemoryStore {
        let backup = MemoryStore::new();
        block_on(copy(&self.stored(), &backup)).unwrap();
        backup
    }

    /// Restores a copy. [`restore`](Self::restore) no longer works afterwards.
    pub fn restore_backup(&self, backup: &MemoryStore) {
        let store = MemoryStore::new();
        block_on(copy(backup, &store)).unwrap();
        self.script().store = store;
    }

    /// Returns how many changes were made.
    pub fn changes(&self) -> usize {
        self.script().made.len()
    }

    /// Returns the inner store.
    pub fn stored(&self) -> MemoryStore {
        self.script().store.clone()
    }

    async fn wait(&self, call: Call, place: Until) {
        let released = match self.script().held.get_mut(&call) {
            Some((until, waiting)) if *until == place => {
                let (release, released) = oneshot::channel();
                waiting.push(release);
                released
            }
            _ => return,
        };
        released.await.unwrap();
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }
}

impl Director for Stage {
    async fn direct<T: Send>(
        &self,
        call: Call,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        *self.script().calls.entry(call).or_default() += 1;
        self.wait(call, Until::Carried).await;
        let failing = self.script().failing.get(&call).copied();
        if let Some(kind) = failing {
            return Err(StoreError::new(kind));
        }
        let answer = work.await;
        self.wait(call, Until::Answered).await;
        if self.script().losing.remove(&call) {
            return Err(StoreError::new(StoreErrorKind::Unknown));
        }
        answer
    }

    /// A test may have restored it from a backup.
    fn store(&self, _: &MemoryStore) -> MemoryStore {
        self.stored()
    }

    async fn commit(&self, store: &MemoryStore, change: &Change) -> Result<(), StoreError> {
        store.commit(change).await?;
        self.script().made.push(change.clone());
        Ok(())
    }

    fn recorded(&self, uses: &[Use]) {
        self.script().batches.push(uses.to_vec());
    }

    fn polled(&self, mut changes: Changes) -> Changes {
        let (Changes::Since { age, .. } | Changes::TooFarBehind { age, .. }) = &mut changes;
        *age = self.script().age;
        changes
    }
}
