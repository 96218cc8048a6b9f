//! Under every schedule, what was read before an invalidation is neither kept after it nor an answer to who
//! asks after it.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use loom::thread;

use crate::shell::sync::atomic::{AtomicU64, Ordering};
use crate::shell::sync::model::{drive, explore};
use crate::values::{CredentialId, Reading, Timestamp, WorkspaceId};

use super::cache::Cache;
use super::feed::Confirmed;
use super::loading::{Failure, Loads};
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

/// Whether one thing or everything is invalidated.
#[derive(Debug, Clone, Copy)]
enum What {
    One,
    All,
}

#[test]
fn model_of_loads_and_invalidations_of_a_credential() {
    for what in [What::One, What::All] {
        explore(&format!("cache, {what:?}"), move || {
            let (cache, stored) = (Arc::new(Cache::new(8)), Stored::default());
            let loads: [_; 2] = std::array::from_fn(|_| {
                let (cache, stored) = (Arc::clone(&cache), stored.clone());
                thread::spawn(move || {
                    let epoch = cache.epoch(id());
                    cache.insert(epoch, id(), stored.read());
                })
            });
            stored.write(1);
            match what {
                What::One => cache.invalidate(id()),
                What::All => cache.invalidate_all(),
            }
            assert_ne!(cache.get(id()), Some(0), "it was not forgotten");
            for load in loads {
                load.join().unwrap();
            }
            assert_ne!(cache.get(id()), Some(0), "an older reading was kept");
        });
    }
}

/// The slot of one workspace, and the store that it is read from.
#[derive(Clone, Default)]
struct Workspace {
    slots: Arc<Slots<WorkspaceId, ArcSwapOption<u64>>>,
    stored: Stored,
}

impl Workspace {
    fn id() -> WorkspaceId {
        WorkspaceId::new("acme/shop").unwrap()
    }

    fn slot(&self) -> Arc<Slot<ArcSwapOption<u64>>> {
        self.slots.of(&Self::id()).1
    }

    /// The store carries the reading out at some time, and answers at another.
    fn load(&self, slot: &Arc<Slot<ArcSwapOption<u64>>>) -> u64 {
        let stored = self.stored.clone();
        let read = async move {
            let read = stored.read();
            thread::yield_now();
            Ok::<_, Failure>(read)
        };
        *drive(slot.load(read)).unwrap()
    }

    fn change(&self, what: What) {
        self.stored.write(1);
        match what {
            What::One => self.slots.invalidate(&Self::id()),
            What::All => self.slots.invalidate_all(),
        }
    }
}

#[test]
fn model_of_loads_and_invalidations_of_a_workspace() {
    for what in [What::One, What::All] {
        explore(&format!("slot, {what:?}"), move || {
            let workspace = Workspace::default();
            let other = workspace.clone();
            let other = thread::spawn(move || {
                let slot = other.slot();
                other.load(&slot);
                slot
            });
            workspace.change(what);
            let slot = other.join().unwrap();
            assert_ne!(slot.get().as_deref(), Some(&0), "an older reading was kept");
        });
    }
}

#[test]
fn model_of_an_attempt_after_a_change_of_its_workspace() {
    for what in [What::One, What::All] {
        explore(&format!("slot, asked, {what:?}"), move || {
            let workspace = Workspace::default();
            let other = workspace.clone();
            let other = thread::spawn(move || {
                other.load(&other.slot());
            });
            workspace.change(what);
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

fn reading(number: u64) -> Reading {
    let wall = Timestamp::from_micros(i64::try_from(number).unwrap()).unwrap();
    Reading::new(wall, Duration::from_nanos(number))
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
