//! A map with a maximum number of entries: the cached credentials, and the imported keys that were recognised.

mod eviction;

use std::array;
use std::fmt;
use std::hash::Hash;

use foldhash::fast::RandomState;
use papaya::{HashMap, ResizeMode};

use crate::shell::sync::atomic::{AtomicBool, Ordering};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::values::CredentialId;

use self::eviction::EvictionRing;

/// Number of invalidation counters: one for each first character of an id. Keys that share a counter can cause a superfluous read.
const EPOCHS: usize = if cfg!(all(test, keyward_model)) { 1 } else { 128 };

/// Maximum number of entries for which memory is reserved at once. A host makes many handles in its tests, and a handle without imports
/// recognises no keys.
const ROOM: usize = 1 << 10;

/// The key of an entry. An attacker must not be able to choose the keys that are inserted, because they are hashed fast.
pub(super) trait CacheKey: Copy + Eq + Hash + Send + Sync {
    /// Returns the first byte.
    fn first_byte(self) -> u8;
}

impl CacheKey for CredentialId {
    fn first_byte(self) -> u8 {
        let [first, ..] = self.as_bytes();
        *first
    }
}

/// The cached entries.
///
/// A look-up takes no lock. Only the first look-up after an insertion writes to memory that cores share.
pub(super) struct Cache<K, V> {
    entries: HashMap<K, Kept<V>, RandomState>,
    places: Mutex<EvictionRing<K>>,
    /// Number of invalidations for each part of the keys. Locked before the places.
    epochs: [Mutex<u64>; EPOCHS],
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    place: usize,
    /// `true` if the entry was used since the hand last passed it.
    used: AtomicBool,
}

/// The number of invalidations of a key when a read started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch(u64);

impl<K: CacheKey, V: Send + Sync> Cache<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        let entries = HashMap::builder()
            .capacity(capacity.min(ROOM))
            .hasher(RandomState::default())
            // Otherwise look-ups would search two tables until enough later insertions have ended the growth.
            .resize_mode(ResizeMode::Blocking);
        Self {
            entries: entries.build(),
            places: Mutex::new(EvictionRing::new(capacity)),
            epochs: array::from_fn(|_| Mutex::new(0)),
        }
    }

    /// Calls `look` with the cached entry. It does not clone the `Arc`: a shared reference count would bounce between caches.
    #[inline]
    pub(super) fn with<T>(&self, key: K, look: impl FnOnce(&V) -> T) -> Option<T> {
        let entries = self.entries.pin();
        let kept = entries.get(&key)?;
        if !kept.used.load(Ordering::Relaxed) {
            kept.used.store(true, Ordering::Relaxed);
        }
        Some(look(&kept.value))
    }

    /// Returns the epoch of a key. Call it before the read.
    pub(super) fn epoch(&self, key: K) -> Epoch {
        Epoch(*self.part(key))
    }

    /// Caches an entry that was read since `epoch`, unless the key was invalidated in the meantime.
    pub(super) fn insert(&self, epoch: Epoch, key: K, value: V) {
        let part = self.part(key);
        if *part != epoch.0 {
            return;
        }
        let mut places = lock(&self.places);
        let entries = self.entries.pin();
        let place = entries.get(&key).map(|kept| kept.place).or_else(|| {
            let (place, evicted) = places.take(key, |other| {
                entries.get(&other).is_some_and(|kept| kept.used.swap(false, Ordering::Relaxed))
            })?;
            if let Some(evicted) = evicted {
                entries.remove(&evicted);
            }
            Some(place)
        });
        if let Some(place) = place {
            entries.insert(key, Kept { value, place, used: AtomicBool::new(false) });
        }
    }

    pub(super) fn invalidate(&self, key: K) {
        let mut part = self.part(key);
        *part += 1;
        let mut places = lock(&self.places);
        if let Some(kept) = self.entries.pin().remove(&key) {
            places.leave(kept.place);
        }
    }

    pub(super) fn invalidate_all(&self) {
        let mut parts: Vec<_> = self.epochs.iter().map(lock).collect();
        for part in &mut parts {
            **part += 1;
        }
        let mut places = lock(&self.places);
        self.entries.pin().clear();
        places.leave_all();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn part(&self, key: K) -> MutexGuard<'_, u64> {
        let [first, ..] = &self.epochs;
        // Without a random key, so that simulations are deterministic.
        lock(self.epochs.get(usize::from(key.first_byte()) % EPOCHS).unwrap_or(first))
    }
}

fn lock<T>(locked: &Mutex<T>) -> MutexGuard<'_, T> {
    locked.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: CacheKey, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use crate::values::CredentialId;

    fn id(number: usize) -> CredentialId {
        CredentialId::new(format!("{number:012}")).unwrap()
    }

    fn keep(cache: &Cache<CredentialId, usize>, number: usize) {
        cache.insert(cache.epoch(id(number)), id(number), number);
    }

    #[test]
    fn requested_entries_outlive_the_others() {
        let cache = Cache::new(100);
        (0..80).for_each(|number| keep(&cache, number));
        for passing in 1_000..10_000 {
            for number in 0..80 {
                assert_eq!(cache.with(id(number), Clone::clone), Some(number), "beside {passing}");
            }
            keep(&cache, passing);
        }
        assert_eq!(cache.len(), 100);
    }

    #[test]
    fn invalidated_entries_make_room() {
        let cache = Cache::new(4);
        (0..4).for_each(|number| keep(&cache, number));
        cache.invalidate(id(1));
        cache.invalidate(id(1));
        assert_eq!(cache.with(id(1), Clone::clone), None);
        keep(&cache, 4);
        keep(&cache, 4);
        assert_eq!(
            [0, 2, 3, 4].map(|number| cache.with(id(number), Clone::clone)),
            [0, 2, 3, 4].map(Some)
        );
        cache.invalidate_all();
        assert_eq!(cache.len(), 0);
        (0..10).for_each(|number| keep(&cache, number));
        assert_eq!(cache.len(), 4);
    }

    /// The entry may have been read before the change.
    #[test]
    fn records_read_before_an_invalidation_are_not_cached() {
        let cache = Cache::new(4);
        for invalidate in [|cache: &Cache<_, _>| cache.invalidate(id(1)), Cache::invalidate_all] {
            for _ in 0..2 {
                let epoch = cache.epoch(id(1));
                invalidate(&cache);
                cache.insert(epoch, id(1), 1);
                assert_eq!(cache.len(), 0);
            }
        }
    }

    #[test]
    fn a_cache_without_a_place_keeps_nothing() {
        let cache = Cache::new(0);
        keep(&cache, 1);
        assert_eq!((cache.with(id(1), Clone::clone), cache.len()), (None, 0));
    }
}
