//! Credentials by id, bounded by count.

use quick_cache::sync::{Cache as Bounded, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, UnitWeighter};
use std::array;
use std::fmt;
use std::hash::BuildHasher;

use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::values::CredentialId;

/// How many counters tell whether an id was invalidated: one for each byte. Ids that share one are read once
/// more than needed.
const EPOCHS: usize = if cfg!(all(test, keyward_model)) { 1 } else { 256 };

/// What is cached of credentials. Only ids that the store has get in.
pub(super) struct Cache<V> {
    entries: Bounded<CredentialId, V>,
    /// How often each part of the ids was invalidated.
    epochs: [Mutex<u64>; EPOCHS],
    hasher: DefaultHashBuilder,
}

/// When a read began, as far as invalidations of one id are concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch(u64);

impl<V: Clone> Cache<V> {
    pub(super) fn new(capacity: usize) -> Self {
        let hasher = DefaultHashBuilder::default();
        Self {
            entries: Bounded::with(
                capacity,
                capacity as u64,
                UnitWeighter,
                hasher.clone(),
                DefaultLifecycle::default(),
            ),
            epochs: array::from_fn(|_| Mutex::new(0)),
            hasher,
        }
    }

    pub(super) fn get(&self, id: CredentialId) -> Option<V> {
        self.entries.get(&id)
    }

    /// To be taken before the store is asked.
    pub(super) fn epoch(&self, id: CredentialId) -> Epoch {
        Epoch(*self.part(id))
    }

    /// Keeps what was read since `epoch`, unless the id was invalidated meanwhile.
    pub(super) fn insert(&self, epoch: Epoch, id: CredentialId, entry: V) {
        let part = self.part(id);
        if *part == epoch.0 {
            self.entries.insert(id, entry);
        }
    }

    pub(super) fn invalidate(&self, id: CredentialId) {
        let mut part = self.part(id);
        *part += 1;
        self.entries.remove(&id);
    }

    pub(super) fn invalidate_all(&self) {
        let mut parts: Vec<_> = self.epochs.iter().map(lock).collect();
        for part in &mut parts {
            **part += 1;
        }
        self.entries.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn part(&self, id: CredentialId) -> MutexGuard<'_, u64> {
        let [first, ..] = &self.epochs;
        let [place, ..] = self.hasher.hash_one(id).to_ne_bytes();
        lock(self.epochs.get(usize::from(place)).unwrap_or(first))
    }
}

fn lock(part: &Mutex<u64>) -> MutexGuard<'_, u64> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<V: Clone> fmt::Debug for Cache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}
