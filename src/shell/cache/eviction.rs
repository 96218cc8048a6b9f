//! The eviction of cache entries: the second-chance algorithm ("clock").

/// Maximum number of places that an insertion examines, whatever the size of the cache.
const LOOKED_AT: usize = 128;

/// A ring of places.
#[derive(Debug)]
pub(super) struct EvictionRing<K> {
    capacity: usize,
    ring: Vec<Option<K>>,
    /// The free places in the ring.
    free: Vec<usize>,
    /// The next place to examine for eviction.
    hand: usize,
}

impl<K: Copy> EvictionRing<K> {
    pub(super) const fn new(capacity: usize) -> Self {
        Self { capacity, ring: Vec::new(), free: Vec::new(), hand: 0 }
    }

    /// Returns a place for `key`, and the entry that it evicts. An entry that `was_used` since the hand last passed it keeps its place,
    /// unless all examined entries were used. Returns `None` if the ring has no places.
    pub(super) fn take(
        &mut self,
        key: K,
        was_used: impl Fn(K) -> bool,
    ) -> Option<(usize, Option<K>)> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.ring.len() < self.capacity => {
                self.ring.push(None);
                self.ring.len() - 1
            }
            None => self.give_up(was_used)?,
        };
        let before = self.ring.get_mut(place)?.replace(key);
        Some((place, before))
    }

    fn give_up(&mut self, was_used: impl Fn(K) -> bool) -> Option<usize> {
        let mut place = None;
        for _ in 0..LOOKED_AT {
            let looked_at = self.hand;
            let key = (*self.ring.get(looked_at)?)?;
            self.hand = (looked_at + 1) % self.ring.len();
            place = Some(looked_at);
            if !was_used(key) {
                break;
            }
        }
        place
    }

    /// Marks this place as free.
    pub(super) fn leave(&mut self, place: usize) {
        if let Some(left) = self.ring.get_mut(place)
            && left.take().is_some()
        {
            self.free.push(place);
        }
    }

    pub(super) fn leave_all(&mut self) {
        *self = Self::new(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::EvictionRing;
    use crate::values::CredentialId;

    fn id(number: usize) -> CredentialId {
        CredentialId::new(format!("{number:012}")).unwrap()
    }

    fn full(of: usize) -> EvictionRing<CredentialId> {
        let mut places = EvictionRing::new(of);
        for number in 0..of {
            assert_eq!(places.take(id(number), |_| false), Some((number, None)));
        }
        places
    }

    #[test]
    fn an_insertion_evicts_the_next_entry_in_turn() {
        let mut places = full(3);
        for number in 3..9 {
            let before = Some(id(number - 3));
            assert_eq!(places.take(id(number), |_| false), Some((number % 3, before)));
        }
    }

    #[test]
    fn a_used_entry_keeps_its_place_unless_all_were_used() {
        let mut places = full(3);
        assert_eq!(places.take(id(3), |other| other != id(2)), Some((2, Some(id(2)))));
        let (_, before) = places.take(id(4), |_| true).unwrap();
        assert!(before.is_some());
    }

    #[test]
    fn places_that_were_left_are_free() {
        let mut places = full(3);
        places.leave(1);
        assert_eq!(places.take(id(3), |_| false), Some((1, None)));
        places.leave_all();
        for number in 4..7 {
            assert_eq!(places.take(id(number), |_| false), Some((number - 4, None)));
        }
    }
}
