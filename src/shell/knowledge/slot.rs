//! Workspaces and accounts, each loaded once for all its keys.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};

use arc_swap::{ArcSwapOption, Guard};

use crate::domain::policy::{AccountState, WorkspaceView};
use crate::secrets::OwnerHash;
use crate::shell::shared_call::{SharedCall, SharedFailure};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::values::{AccountId, OperationId, WorkspaceId};

use super::slot_storage::{AccountStorage, OwnerAnswer, SlotStorage};

/// The cached state of one workspace or account.
pub(crate) struct Slot<S: SlotStorage> {
    /// The incarnation of the workspace or account.
    incarnation: OperationId,
    shelf: S,
    /// Number of invalidations.
    epoch: Mutex<u64>,
    shared: SharedCall<Result<Arc<S::State>, SharedFailure>>,
}

impl<V: Send + Sync + 'static> Slot<ArcSwapOption<V>> {
    /// Returns the cached state.
    pub(super) fn get(&self) -> Guard<Option<Arc<V>>> {
        self.shelf.load()
    }
}

impl Slot<AccountStorage> {
    /// Returns the cached state for a credential with this owner.
    #[inline]
    pub(super) fn get(
        &self,
        owner: Option<OwnerHash>,
        answer: &OwnerAnswer,
    ) -> Option<AccountState> {
        self.shelf.get(owner, answer)
    }
}

impl<S: SlotStorage> Slot<S> {
    /// Returns the incarnation of the workspace or account.
    pub(super) const fn incarnation(&self) -> OperationId {
        self.incarnation
    }

    /// Reads the state with `read`. Concurrent callers share the read.
    pub(super) async fn load<F>(self: &Arc<Self>, read: F) -> Result<Arc<S::State>, SharedFailure>
    where
        F: Future<Output = Result<S::State, SharedFailure>> + Send + 'static,
    {
        let slot = Arc::clone(self);
        self.shared.ask(|| async move { slot.read(read).await }).await
    }

    /// Caches the result of `read`, unless the slot was invalidated in the meantime.
    async fn read(
        &self,
        read: impl Future<Output = Result<S::State, SharedFailure>>,
    ) -> Result<Arc<S::State>, SharedFailure> {
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

impl<S: SlotStorage> fmt::Debug for Slot<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot(..)")
    }
}

/// The slots that cached credentials refer to. Each incarnation of a workspace or account has its own slot, so that a credential of a
/// deleted one never reads the state of its successor.
pub(super) struct Slots<K, S: SlotStorage>(Mutex<Registry<K, S>>);

/// The slots of workspaces.
pub(super) type WorkspaceSlots = Slots<WorkspaceId, ArcSwapOption<WorkspaceView>>;

/// The slots of accounts.
pub(super) type AccountSlots = Slots<AccountId, AccountStorage>;

struct Registry<K, S: SlotStorage> {
    slots: BTreeMap<(K, OperationId), Weak<Slot<S>>>,
    /// Number of slots that triggers the removal of unused ones.
    sweep_at: usize,
}

impl<K, S: SlotStorage> Default for Slots<K, S> {
    fn default() -> Self {
        Self(Mutex::new(Registry { slots: BTreeMap::new(), sweep_at: 64 }))
    }
}

impl<K: Ord + Clone, S: SlotStorage> Slots<K, S> {
    /// Returns the slot of an incarnation of `key`, shared with other credentials. Also returns their copy of the key, to share its
    /// text.
    pub(super) fn of(&self, key: &K, incarnation: OperationId) -> (K, Arc<Slot<S>>) {
        let mut registry = self.registry();
        let place = (key.clone(), incarnation);
        if let Some(((shared, _), slot)) = registry.slots.get_key_value(&place)
            && let Some(slot) = slot.upgrade()
        {
            return (shared.clone(), slot);
        }
        if registry.slots.len() >= registry.sweep_at {
            registry.slots.retain(|_, slot| slot.strong_count() > 0);
            registry.sweep_at = (registry.slots.len() * 2).max(64);
        }
        let slot = Arc::new(Slot {
            incarnation,
            shelf: S::empty(),
            epoch: Mutex::new(0),
            shared: SharedCall::default(),
        });
        registry.slots.insert(place, Arc::downgrade(&slot));
        (key.clone(), slot)
    }

    pub(super) fn invalidate(&self, key: &K) {
        let start = (key.clone(), OperationId::from_bytes([0; 16]));
        let registry = self.registry();
        let all = registry.slots.range(start..).take_while(|((of, _), _)| of == key);
        let slots: Vec<_> = all.filter_map(|(_, slot)| slot.upgrade()).collect();
        drop(registry);
        for slot in slots {
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

impl<K, S: SlotStorage> fmt::Debug for Slots<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slots(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Slots;
    use crate::domain::policy::{AccountStops, AccountView};
    use crate::domain::{InactiveOwners, UnlistedWorkspaces};
    use crate::shell::knowledge::slot_storage::{AccountStorage, OwnerAnswer, SlotStorage};
    use crate::values::OperationId;

    /// Twice the number of slots in use. A sweep then examines about one slot for each new one.
    #[test]
    fn unused_slots_are_swept_out_and_those_in_use_stay() {
        let slots = Slots::<usize, AccountStorage>::default();
        let first = OperationId::from_bytes([1; 16]);
        let used: Vec<_> = (0..100).map(|key| slots.of(&key, first).1).collect();
        for unused in 100..128 {
            slots.of(&unused, first);
        }
        assert_eq!(slots.registry().slots.len(), 128);
        slots.of(&128, first);
        assert_eq!(slots.registry().slots.len(), 101);
        for (key, slot) in used.iter().enumerate() {
            assert!(Arc::ptr_eq(slot, &slots.of(&key, first).1), "{key} is another slot now");
        }
    }

    #[test]
    fn incarnations_share_no_state_and_are_invalidated_together() {
        let slots = Slots::<usize, AccountStorage>::default();
        let [first, again] = [1, 2].map(|byte| OperationId::from_bytes([byte; 16]));
        let both = [first, again].map(|incarnation| slots.of(&1, incarnation).1);
        let neighbour = slots.of(&2, first).1;
        let view = AccountView {
            stops: AccountStops::from_bits(0),
            unlisted_workspaces: UnlistedWorkspaces::Open,
            inactive_owners: InactiveOwners::NONE,
        };
        let state = view.state(None);
        both[0].shelf.put(Some(&Arc::new(view.clone())));
        assert_eq!(
            (
                both[0].get(None, &OwnerAnswer::unknown()),
                both[1].get(None, &OwnerAnswer::unknown())
            ),
            (Some(state), None)
        );
        both[1].shelf.put(Some(&Arc::new(view.clone())));
        neighbour.shelf.put(Some(&Arc::new(view.clone())));
        slots.invalidate(&1);
        assert_eq!(
            (
                both[0].get(None, &OwnerAnswer::unknown()),
                both[1].get(None, &OwnerAnswer::unknown()),
                neighbour.get(None, &OwnerAnswer::unknown())
            ),
            (None, None, Some(state))
        );
    }
}
