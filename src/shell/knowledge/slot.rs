//! Workspaces and accounts, each loaded once for all the keys that share it.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Weak};

use arc_swap::{ArcSwapOption, Guard};

use crate::shell::question::Question;
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};

use super::loading::Failure;

/// The state of one workspace or account, while it is known.
pub(crate) struct Slot<V> {
    state: ArcSwapOption<V>,
    /// How often it was invalidated.
    epoch: Mutex<u64>,
    question: Question<Result<Arc<V>, Failure>>,
}

impl<V: Send + Sync + 'static> Slot<V> {
    /// The state, where it is known.
    pub(super) fn get(&self) -> Guard<Option<Arc<V>>> {
        self.state.load()
    }

    /// Asks `read` for the state, together with others who ask at the same time.
    pub(super) async fn load<F>(self: &Arc<Self>, read: F) -> Result<Arc<V>, Failure>
    where
        F: Future<Output = Result<V, Failure>> + Send + 'static,
    {
        let slot = Arc::clone(self);
        self.question.ask(|| async move { slot.read(read).await }).await
    }

    /// Keeps what `read` answers, unless it was invalidated meanwhile.
    async fn read(
        &self,
        read: impl Future<Output = Result<V, Failure>>,
    ) -> Result<Arc<V>, Failure> {
        let epoch = *self.epoch();
        let state = Arc::new(read.await?);
        let now = self.epoch();
        if *now == epoch {
            self.state.store(Some(Arc::clone(&state)));
        }
        Ok(state)
    }

    fn invalidate(&self) {
        let mut epoch = self.epoch();
        *epoch += 1;
        self.state.store(None);
    }

    fn epoch(&self) -> MutexGuard<'_, u64> {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> fmt::Debug for Slot<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot(..)")
    }
}

/// The slots that cached credentials point at.
pub(super) struct Slots<K, V>(Mutex<Registry<K, V>>);

struct Registry<K, V> {
    slots: HashMap<K, Weak<Slot<V>>>,
    /// At how many the unused ones are swept out.
    sweep_at: usize,
}

impl<K, V> Default for Slots<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Registry { slots: HashMap::new(), sweep_at: 64 }))
    }
}

impl<K: Hash + Eq + Clone, V: Send + Sync + 'static> Slots<K, V> {
    /// The slot of `key`: the one that others point at, where there is one. With it comes the key as they hold
    /// it, so that its text is kept once.
    pub(super) fn of(&self, key: &K) -> (K, Arc<Slot<V>>) {
        let mut registry = self.registry();
        if let Some((shared, slot)) = registry.slots.get_key_value(key)
            && let Some(slot) = slot.upgrade()
        {
            return (shared.clone(), slot);
        }
        if registry.slots.len() >= registry.sweep_at {
            registry.slots.retain(|_, slot| slot.strong_count() > 0);
            registry.sweep_at = (registry.slots.len() * 2).max(64);
        }
        let slot = Arc::new(Slot {
            state: ArcSwapOption::empty(),
            epoch: Mutex::new(0),
            question: Question::default(),
        });
        registry.slots.insert(key.clone(), Arc::downgrade(&slot));
        (key.clone(), slot)
    }

    pub(super) fn invalidate(&self, key: &K) {
        let slot = self.registry().slots.get(key).and_then(Weak::upgrade);
        if let Some(slot) = slot {
            slot.invalidate();
        }
    }

    pub(super) fn invalidate_all(&self) {
        let slots: Vec<_> = self.registry().slots.values().filter_map(Weak::upgrade).collect();
        for slot in slots {
            slot.invalidate();
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> fmt::Debug for Slots<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slots(..)")
    }
}
