//! Under every schedule, a record that was read before an invalidation is neither cached after it, nor returned to a caller that asks
//! after it.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use loom::thread;

use crate::shell::cache::Cache;
use crate::shell::shared_call::{SharedCall, SharedFailure};
use crate::shell::sync::Mutex;
use crate::shell::sync::atomic::{AtomicU64, Ordering};
use crate::shell::sync::model::{drive, explore};
use crate::values::{ClockReading, CredentialId, OperationId, Timestamp, WorkspaceId};

use super::feed::Confirmed;
use super::loading::Loads;
use super::slot::{Slot, Slots};

/// A store with one number.
#[derive(Clone, Default)]
struct Stored(Arc<AtomicU64>);

impl Stored {
    fn write(&self, number: u64) {
        self.0.store(number, Ordering::SeqCst);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

fn id() -> CredentialId {
    CredentialId::new("abcdefghijkl").unwrap()
}

/// The scope of an invalidation: one entry or all.
#[derive(Debug, Clone, Copy)]
enum Extent {
    One,
    All,
}

#[test]
fn model_of_loads_and_invalidations_of_a_credential() {
    for extent in [Extent::One, Extent::All] {
        explore(&format!("cache, {extent:?}"), move || {
            let (cache, stored) = (Arc::new(Cache::new(8)), Stored::default());
            let loads: [_; 2] = std::array::from_fn(|_| {
                let (cache, stored) = (Arc::clone(&cache), stored.clone());
                thread::spawn(move || {
                    let epoch = cache.epoch(id());
                    cache.insert(epoch, id(), stored.read());
                })
            });
            stored.write(1);
            match extent {
                Extent::One => cache.invalidate(id()),
                Extent::All => cache.invalidate_all(),
            }
            assert_ne!(cache.with(id(), Clone::clone), Some(0), "it was not forgotten");
            for load in loads {
                load.join().unwrap();
            }
            assert_ne!(cache.with(id(), Clone::clone), Some(0), "an older reading was kept");
        });
    }
}

/// A cache, and the read that attempts share on a miss.
#[derive(Clone)]
struct ModelNode {
    cache: Arc<Cache<CredentialId, u64>>,
    load: Arc<SharedCall<u64>>,
    stored: Stored,
}

impl Default for ModelNode {
    fn default() -> Self {
        let cache = Arc::new(Cache::new(8));
        Self { cache, load: Arc::default(), stored: Stored::default() }
    }
}

impl ModelNode {
    /// Returns the value that an attempt sees: the cached one, or else the loaded one.
    fn attempt(&self) -> u64 {
        // Makes the look-up visible to the explorer, which does not see the table of the cache.
        let _ = self.cache.epoch(id());
        if let Some(known) = self.cache.with(id(), Clone::clone) {
            return known;
        }
        let Self { cache, stored, .. } = self.clone();
        drive(self.load.ask(|| async move {
            let epoch = cache.epoch(id());
            let read = stored.read();
            // Reads at one time and answers at a later time.
            thread::yield_now();
            cache.insert(epoch, id(), read);
            read
        }))
    }

    fn revoke(&self) {
        self.stored.write(1);
        self.cache.invalidate(id());
    }
}

#[test]
fn model_of_an_attempt_that_joins_a_load_sent_before_a_revocation() {
    explore("cache, joined", || {
        let node = ModelNode::default();
        let before = node.clone();
        let before = thread::spawn(move || before.attempt());
        node.revoke();
        assert_eq!(node.attempt(), 1, "an older reading answered");
        before.join().unwrap();
        assert_ne!(node.cache.with(id(), Clone::clone), Some(0), "an older reading was kept");
    });
}

/// A credential: the current generation, and whether the digest of each generation was replaced.
type Row = (u8, [bool; 2]);

#[test]
fn model_of_a_refresh_and_a_rotation() {
    explore("cache, refresh and rotation", || {
        let (cache, stored) = (Arc::new(Cache::new(8)), Arc::new(Mutex::new((0, [false, true]))));
        let change = |change: fn(&mut Row)| {
            let (cache, stored) = (Arc::clone(&cache), Arc::clone(&stored));
            move || {
                change(&mut stored.lock().unwrap());
                cache.invalidate(id());
            }
        };
        // Each writes only its own field, so that neither reverts the other.
        let refresh = thread::spawn(change(|row| row.1[0] = true));
        let rotation = change(|row| row.0 = 1);
        let load = {
            let (cache, stored) = (Arc::clone(&cache), Arc::clone(&stored));
            thread::spawn(move || {
                let epoch = cache.epoch(id());
                let read = *stored.lock().unwrap();
                cache.insert(epoch, id(), read);
            })
        };
        rotation();
        let known = cache.with(id(), Clone::clone);
        assert!(known.is_none_or(|known: Row| known.0 == 1), "the rotation was not noticed");
        for other in [refresh, load] {
            other.join().unwrap();
        }
        let known = cache.with(id(), Clone::clone);
        assert!(known.is_none_or(|known| known == (1, [true, true])), "{known:?} was kept");
    });
}

/// The slot of one workspace, and its store.
#[derive(Clone, Default)]
struct ModelWorkspace {
    slots: Arc<Slots<WorkspaceId, ArcSwapOption<u64>>>,
    stored: Stored,
}

impl ModelWorkspace {
    fn id() -> WorkspaceId {
        WorkspaceId::new("acme/shop").unwrap()
    }

    fn slot(&self) -> Arc<Slot<ArcSwapOption<u64>>> {
        self.slots.of(&Self::id(), OperationId::from_bytes([1; 16])).1
    }

    /// Reads at one time and answers at a later time.
    fn load(&self, slot: &Arc<Slot<ArcSwapOption<u64>>>) -> u64 {
        let stored = self.stored.clone();
        let read = async move {
            let read = stored.read();
            thread::yield_now();
            Ok::<_, SharedFailure>(read)
        };
        *drive(slot.load(read)).unwrap()
    }

    fn change(&self, extent: Extent) {
        self.stored.write(1);
        match extent {
            Extent::One => self.slots.invalidate(&Self::id()),
            Extent::All => self.slots.invalidate_all(),
        }
    }
}

#[test]
fn model_of_loads_and_invalidations_of_a_workspace() {
    for extent in [Extent::One, Extent::All] {
        explore(&format!("slot, {extent:?}"), move || {
            let workspace = ModelWorkspace::default();
            let other = workspace.clone();
            let other = thread::spawn(move || {
                let slot = other.slot();
                other.load(&slot);
                slot
            });
            workspace.change(extent);
            let slot = other.join().unwrap();
            assert_ne!(slot.get().as_deref(), Some(&0), "an older reading was kept");
        });
    }
}

#[test]
fn model_of_an_attempt_after_a_change_of_its_workspace() {
    for extent in [Extent::One, Extent::All] {
        explore(&format!("slot, asked, {extent:?}"), move || {
            let workspace = ModelWorkspace::default();
            let other = workspace.clone();
            let other = thread::spawn(move || {
                other.load(&other.slot());
            });
            workspace.change(extent);
            let slot = workspace.slot();
            let known = slot.get().as_deref().copied();
            let answer = known.unwrap_or_else(|| workspace.load(&slot));
            assert_eq!(answer, 1, "an older reading answered");
            other.join().unwrap();
        });
    }
}

#[test]
fn model_of_attempts_that_part_with_a_load() {
    explore("loads", || {
        let loads = Arc::new(Loads::default());
        let others: [_; 2] = std::array::from_fn(|_| {
            let loads = Arc::clone(&loads);
            thread::spawn(move || drop(loads.of(id())))
        });
        drop(loads.of(id()));
        for other in others {
            other.join().unwrap();
        }
        assert!(loads.is_empty(), "a load was left behind");
    });
}

fn reading(number: u64) -> ClockReading {
    let wall = Timestamp::from_micros(i64::try_from(number).unwrap()).unwrap();
    ClockReading::new(wall, Duration::from_nanos(number))
}

#[test]
fn model_of_when_the_feed_was_confirmed() {
    explore("confirmed", || {
        let confirmed = Arc::new(Confirmed::default());
        confirmed.set(reading(1));
        let reader = {
            let confirmed = Arc::clone(&confirmed);
            thread::spawn(move || {
                if let Some(read) = confirmed.get() {
                    assert!((1..=3).any(|number| read == reading(number)), "{read:?}");
                }
            })
        };
        confirmed.set(reading(2));
        confirmed.set(reading(3));
        reader.join().unwrap();
        assert_eq!(confirmed.get(), Some(reading(3)));
    });
}
