//! Counters that each thread writes in a place of its own.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many threads at a time have a place of their own: one for each bit of [`TAKEN`]. Further ones share one.
const PLACES: usize = u64::BITS as usize;

/// `N` counters of what happens in every attempt. One number that all cores add to would cost them more than a
/// look-up, and an addition that no core may interrupt as much as all else that it takes to refuse a text.
#[derive(Debug)]
pub(super) struct Tally<const N: usize> {
    own: [ThreadCounters<N>; PLACES],
    shared: ThreadCounters<N>,
}

/// As far from its neighbours as memory is fetched at once.
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
        // A thread on its way out may have given its place back.
        let own = OWN.try_with(|own| own.0).unwrap_or_default();
        let own = own.and_then(|number| self.own.get(number));
        match own {
            Some(ThreadCounters(counters)) => {
                if let Some(count) = counters.get(counter) {
                    // Nobody else writes it, so nothing comes between the two.
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

    /// What all threads have counted.
    pub(super) fn sum(&self, counter: usize) -> u64 {
        let places = self.own.iter().chain([&self.shared]);
        places
            .filter_map(|ThreadCounters(counters)| {
                Some(counters.get(counter)?.load(Ordering::Relaxed))
            })
            .sum()
    }
}

/// Which places belong to a thread.
static TAKEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: Own = Own::take();
}

/// The place that this thread alone writes, if there was one left.
struct Own(Option<usize>);

impl Own {
    fn take() -> Self {
        let free = |taken: u64| Some(taken | 1_u64.checked_shl(taken.trailing_ones())?);
        // What the thread before has written there must be seen, or it would be written over.
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
    fn nothing_is_lost_where_more_threads_count_than_there_are_places() {
        let tally = Tally::default();
        count_together(&tally, 2 * PLACES);
        assert_eq!((tally.sum(0), tally.sum(1)), (2 * PLACES as u64 * EACH, 0));
    }

    #[test]
    fn nothing_is_lost_where_threads_come_and_go() {
        let tally = Tally::default();
        (0..100).for_each(|_| count_together(&tally, 4));
        assert_eq!(tally.sum(0), 400 * EACH);
    }

    #[test]
    fn a_thread_that_ends_gives_its_place_back() {
        // Beside another one, since the first place alone may be free each time.
        let own_place = || OWN.with(|own| own.0);
        let had_one = || {
            let beside = thread::spawn(move || {
                let _first = own_place();
                thread::spawn(move || own_place().is_some()).join().unwrap()
            });
            beside.join().unwrap()
        };
        let had_ones = (0..10 * PLACES).filter(|_| had_one()).count();
        // Other tests' threads may have had all the places for a while.
        assert!(had_ones > PLACES, "only {had_ones} of {} had a place", 10 * PLACES);
    }
}
