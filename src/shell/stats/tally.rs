//! Counters with a separate place for each thread.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of threads with their own place: one for each bit of [`TAKEN`]. Further threads share one place.
const PLACES: usize = u64::BITS as usize;

/// `N` counters for every attempt. A shared atomic counter would bounce between caches and cost more than a look-up. Even an
/// uncontended atomic addition costs as much as the rest of refusing a text.
#[derive(Debug)]
pub(super) struct Tally<const N: usize> {
    own: [ThreadCounters<N>; PLACES],
    shared: ThreadCounters<N>,
}

/// Aligned to prevent false sharing.
#[derive(Debug)]
#[repr(align(128))]
struct ThreadCounters<const N: usize>([AtomicU64; N]);

impl<const N: usize> Default for ThreadCounters<N> {
    fn default() -> Self {
        Self(array::from_fn(|_| AtomicU64::default()))
    }
}

impl<const N: usize> Default for Tally<N> {
    fn default() -> Self {
        Self {
            own: array::from_fn(|_| ThreadCounters::default()),
            shared: ThreadCounters::default(),
        }
    }
}

impl<const N: usize> Tally<N> {
    /// Adds one to a counter.
    #[inline]
    pub(super) fn add(&self, counter: usize) {
        // A thread that is ending may have returned its place.
        let own = OWN.try_with(|own| own.0).unwrap_or_default();
        let own = own.and_then(|number| self.own.get(number));
        match own {
            Some(ThreadCounters(counters)) => {
                if let Some(count) = counters.get(counter) {
                    // Only this thread writes the counter, so a load and a store are enough.
                    count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
                }
            }
            None => {
                if let Some(count) = self.shared.0.get(counter) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Returns the sums over all threads.
    pub(super) fn sum(&self, counter: usize) -> u64 {
        let places = self.own.iter().chain([&self.shared]);
        places
            .filter_map(|ThreadCounters(counters)| {
                Some(counters.get(counter)?.load(Ordering::Relaxed))
            })
            .sum()
    }
}

/// The places that are taken, as bits.
static TAKEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: Own = Own::take();
}

/// The place of this thread, if one was free.
struct Own(Option<usize>);

impl Own {
    fn take() -> Self {
        let free = |taken: u64| Some(taken | 1_u64.checked_shl(taken.trailing_ones())?);
        // Acquires the writes of the previous owner, which would otherwise be overwritten.
        match TAKEN.fetch_update(Ordering::Acquire, Ordering::Relaxed, free) {
            Ok(taken) => Self(Some(taken.trailing_ones() as usize)),
            Err(_) => Self(None),
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            TAKEN.fetch_and(!(1 << number), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OWN, PLACES, Tally};
    use std::sync::Barrier;
    use std::thread;

    const EACH: u64 = 10_000;

    fn count_together(tally: &Tally<2>, threads: usize) {
        let all_there = Barrier::new(threads);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    tally.add(0);
                    all_there.wait();
                    (1..EACH).for_each(|_| tally.add(0));
                });
            }
        });
    }

    #[test]
    fn no_count_is_lost_with_more_threads_than_places() {
        let tally = Tally::default();
        count_together(&tally, 2 * PLACES);
        assert_eq!((tally.sum(0), tally.sum(1)), (2 * PLACES as u64 * EACH, 0));
    }

    #[test]
    fn no_count_is_lost_when_threads_end() {
        let tally = Tally::default();
        (0..100).for_each(|_| count_together(&tally, 4));
        assert_eq!(tally.sum(0), 400 * EACH);
    }

    #[test]
    fn a_thread_that_ends_gives_its_place_back() {
        // Runs next to another thread, because otherwise each thread could get the same place.
        let own_place = || OWN.with(|own| own.0);
        let had_one = || {
            let beside = thread::spawn(move || {
                let _first = own_place();
                thread::spawn(move || own_place().is_some()).join().unwrap()
            });
            beside.join().unwrap()
        };
        let had_ones = (0..10 * PLACES).filter(|_| had_one()).count();
        // The threads of other tests may take all places for a while.
        assert!(had_ones > PLACES, "only {had_ones} of {} had a place", 10 * PLACES);
    }
}
