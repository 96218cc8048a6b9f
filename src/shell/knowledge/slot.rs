//! Workspaces and accounts, each loaded once for all the keys that share it.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Weak};

use arc_swap::{ArcSwapOption, Guard};

use crate::domain::policy::AccountView;
use crate::shell::question::Question;
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};

use super::loading::Failure;
use super::shelf::{AccountShelf, Shelf};

/// The state of one workspace or account, while it is known.
pub(crate) struct Slot<S: Shelf> {
    shelf: S,
    /// How often it was invalidated.
    epoch: Mutex<u64>,
    question: Question<Result<Arc<S::State>, Failure>>,
}

impl<V: Send + Sync + 'static> Slot<ArcSwapOption<V>> {
    /// The state, where it is known.
    pub(super) fn get(&self) -> Guard<Option<Arc<V>>> {
        self.shelf.load()
    }
}

impl Slot<AccountShelf> {
    /// The state, where it is known.
    pub(super) fn get(&self) -> Option<AccountView> {
        self.shelf.get()
    }
}

impl<S: Shelf> Slot<S> {
    /// Asks `read` for the state, together with others who ask at the same time.
    pub(super) async fn load<F>(self: &Arc<Self>, read: F) -> Result<Arc<S::State>, Failure>
    where
        F: Future<Output = Result<S::State, Failure>> + Send + 'static,
    {
        let slot = Arc::clone(self);
        self.question.ask(|| async move { slot.read(read).await }).await
    }

    /// Keeps what `read` answers, unless it was invalidated meanwhile.
    async fn read(
        &self,
        read: impl Future<Output = Result<S::State, Failure>>,
    ) -> Result<Arc<S::State>, Failure> {
        let epoch = *self.epoch();
        let state = Arc::new(read.await?);
        let now = self.epoch();
        if *now == epoch {
            self.shelf.put(Some(&state));
        }
        Ok(state)
    }

    fn invalidate(&self) {
        let mut epoch = self.epoch();
        *epoch += 1;
        self.shelf.put(None);
    }

    fn epoch(&self) -> MutexGuard<'_, u64> {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Shelf> fmt::Debug for Slot<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot(..)")
    }
}

/// The slots that cached credentials point at.
pub(super) struct Slots<K, S: Shelf>(Mutex<Registry<K, S>>);

struct Registry<K, S: Shelf> {
    slots: HashMap<K, Weak<Slot<S>>>,
    /// At how many the unused ones are swept out.
    sweep_at: usize,
}

impl<K, S: Shelf> Default for Slots<K, S> {
    fn default() -> Self {
        Self(Mutex::new(Registry { slots: HashMap::new(), sweep_at: 64 }))
    }
}

impl<K: Hash + Eq + Clone, S: Shelf> Slots<K, S> {
    /// The slot of `key`: the one that others point at, where there is one. With it comes the key as they hold
    /// it, so that its text is kept once.
    pub(super) fn of(&self, key: &K) -> (K, Arc<Slot<S>>) {
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
            shelf: S::empty(),
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

    fn registry(&self) -> MutexGuard<'_, Registry<K, S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, S: Shelf> fmt::Debug for Slots<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slots(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Slots;
    use crate::shell::knowledge::shelf::AccountShelf;

    /// Twice as many as are in use: so a sweep costs each newcomer no more than one slot that is looked at.
    #[test]
    fn unused_slots_are_swept_out_and_those_in_use_stay() {
        let slots = Slots::<usize, AccountShelf>::default();
        let used: Vec<_> = (0..100).map(|key| slots.of(&key).1).collect();
        for unused in 100..128 {
            slots.of(&unused);
        }
        assert_eq!(slots.registry().slots.len(), 128);
        slots.of(&128);
        assert_eq!(slots.registry().slots.len(), 101);
        for (key, slot) in used.iter().enumerate() {
            assert!(Arc::ptr_eq(slot, &slots.of(&key).1), "{key} is another slot now");
        }
    }
}
