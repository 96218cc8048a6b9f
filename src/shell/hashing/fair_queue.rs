//! Waiting jobs, shared fairly between accounts: pure, and without a clock.

use std::collections::VecDeque;

use crate::values::AccountId;

/// A bounded queue in which no account can keep another one waiting.
///
/// The next job is one of the account with the fewest jobs running, so a job of an account that has none waits only for
/// jobs that are already running. A full queue makes room by displacing the newest job of the account that has the most.
pub(super) struct FairQueue<J> {
    shares: Vec<Share<J>>,
    places: usize,
    served: u64,
}

/// The jobs of one account. It exists while any of them waits or runs.
struct Share<J> {
    account: AccountId,
    waiting: VecDeque<J>,
    running: usize,
    /// When its last job began, counted in jobs; 0 before the first.
    served: u64,
}

/// What came of a job that was added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added<J> {
    /// It waits.
    Queued,
    /// It waits, and this job of another account lost its place.
    Displaced(J),
    /// The queue is full, and no other account has a place to spare.
    Refused(J),
}

impl<J> FairQueue<J> {
    pub(super) const fn new(places: usize) -> Self {
        Self { shares: Vec::new(), places, served: 0 }
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.shares.iter().map(|share| share.waiting.len()).sum()
    }

    /// Adds a job of an account.
    pub(super) fn add(&mut self, account: &AccountId, job: J) -> Added<J> {
        let mut displaced = None;
        if self.waiting() >= self.places {
            let own = self.share(account).map_or(0, |share| share.waiting.len());
            let largest = self.shares.iter_mut().max_by_key(|share| share.waiting.len());
            match largest.filter(|share| share.waiting.len() > own + 1) {
                Some(share) => displaced = share.waiting.pop_back(),
                None => return Added::Refused(job),
            }
        }
        match self.share(account) {
            Some(share) => share.waiting.push_back(job),
            None => self.shares.push(Share {
                account: account.clone(),
                waiting: VecDeque::from([job]),
                running: 0,
                served: 0,
            }),
        }
        displaced.map_or(Added::Queued, Added::Displaced)
    }

    /// Takes the next job. The caller tells [`finished`](Self::finished) when it has run.
    pub(super) fn next(&mut self) -> Option<(AccountId, J)> {
        let waiting = self.shares.iter_mut().filter(|share| !share.waiting.is_empty());
        let share = waiting.min_by_key(|share| (share.running, share.served))?;
        let job = share.waiting.pop_front()?;
        self.served += 1;
        share.running += 1;
        share.served = self.served;
        Some((share.account.clone(), job))
    }

    /// Notes that a job of this account has run.
    pub(super) fn finished(&mut self, account: &AccountId) {
        if let Some(share) = self.share(account) {
            share.running = share.running.saturating_sub(1);
        }
        self.shares.retain(|share| share.running > 0 || !share.waiting.is_empty());
    }

    /// Removes every job that waits.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = J> {
        self.shares.iter_mut().flat_map(|share| share.waiting.drain(..))
    }

    fn share(&mut self, account: &AccountId) -> Option<&mut Share<J>> {
        self.shares.iter_mut().find(|share| share.account == *account)
    }
}

#[cfg(test)]
mod tests {
    use super::{Added, FairQueue};
    use crate::values::AccountId;

    fn account(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    fn filled(places: usize, jobs: u32) -> FairQueue<u32> {
        let mut queue = FairQueue::new(places);
        for job in 0..jobs {
            assert_eq!(queue.add(&account("busy"), job), Added::Queued);
        }
        queue
    }

    #[test]
    fn a_job_of_another_account_waits_only_for_jobs_that_run() {
        let mut queue = filled(10, 8);
        assert_eq!(queue.next(), Some((account("busy"), 0)));
        assert_eq!(queue.next(), Some((account("busy"), 1)));
        assert_eq!(queue.add(&account("other"), 100), Added::Queued);
        assert_eq!(queue.next(), Some((account("other"), 100)), "before six that came earlier");
        assert_eq!(queue.next(), Some((account("busy"), 2)));
        assert_eq!(queue.waiting(), 5);
    }

    #[test]
    fn with_nothing_running_the_account_that_waited_longest_is_next() {
        let mut queue = filled(10, 2);
        assert_eq!(queue.next(), Some((account("busy"), 0)));
        queue.add(&account("other"), 100);
        queue.add(&account("other"), 101);
        queue.finished(&account("busy"));
        assert_eq!(queue.next(), Some((account("other"), 100)));
        queue.finished(&account("other"));
        assert_eq!(queue.next(), Some((account("busy"), 1)));
    }

    #[test]
    fn a_full_queue_takes_the_newest_place_of_the_account_with_the_most() {
        let mut queue = filled(4, 4);
        assert_eq!(
            queue.add(&account("busy"), 9),
            Added::Refused(9),
            "from itself it takes nothing"
        );
        assert_eq!(queue.add(&account("other"), 100), Added::Displaced(3));
        assert_eq!(queue.add(&account("other"), 101), Added::Displaced(2));
        assert_eq!(queue.add(&account("other"), 102), Added::Refused(102), "two and two is fair");
        assert_eq!(queue.add(&account("third"), 200), Added::Displaced(101));
        assert_eq!(queue.add(&account("fourth"), 300), Added::Displaced(1));
        assert_eq!(queue.add(&account("fifth"), 400), Added::Refused(400), "each has one place");
        assert_eq!(queue.waiting(), 4);
    }

    #[test]
    fn an_account_is_forgotten_with_its_last_job() {
        let mut queue = filled(2, 1);
        assert_eq!(queue.next(), Some((account("busy"), 0)));
        queue.finished(&account("other"));
        assert_eq!(queue.shares.len(), 1, "it runs");
        queue.add(&account("busy"), 1);
        queue.finished(&account("busy"));
        assert_eq!(queue.shares.len(), 1, "it waits");
        assert_eq!(queue.next(), Some((account("busy"), 1)));
        queue.finished(&account("busy"));
        assert_eq!((queue.shares.len(), queue.next()), (0, None));
    }

    #[test]
    fn draining_leaves_nothing_waiting() {
        let mut queue = filled(4, 3);
        assert_eq!(queue.drain().collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(queue.waiting(), 0);
    }
}
