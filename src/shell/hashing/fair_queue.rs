//! A queue of jobs that is fair between accounts, and between the origins of one account. It is pure and has no clock.

use std::collections::VecDeque;

use super::origin::Origin;
use crate::values::AccountId;

/// A bounded queue in which an account cannot block another account, and an origin cannot block another origin of its account.
///
/// The next job belongs to the account with the fewest running jobs, and within the account to the origin with the fewest. A job of an
/// account or origin without running jobs therefore waits only for jobs that already run. A full queue displaces the newest job of the
/// account that has the most jobs, or of the origin that has the most within the account of the new job.
pub(super) struct FairQueue<J> {
    shares: Vec<Share<J>>,
    places: usize,
    served: u64,
}

/// The jobs of one origin in one account. It exists while one of them waits or runs.
struct Share<J> {
    owner: JobOwner,
    waiting: VecDeque<J>,
    running: usize,
    /// Sequence number of the last started job; 0 before the first.
    served: u64,
}

/// The owner of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobOwner {
    pub(super) account: AccountId,
    pub(super) origin: Origin,
}

/// The result of adding a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added<J> {
    /// The job waits.
    Queued,
    /// The job waits, and displaced this job.
    Displaced(J),
    /// The queue is full, and no other job can be displaced.
    Refused(J),
}

impl<J> FairQueue<J> {
    pub(super) const fn new(places: usize) -> Self {
        Self { shares: Vec::new(), places, served: 0 }
    }

    /// Returns the number of waiting jobs.
    pub(super) fn waiting(&self) -> usize {
        self.shares.iter().map(|share| share.waiting.len()).sum()
    }

    /// Adds a job of an owner.
    pub(super) fn add(&mut self, owner: &JobOwner, job: J) -> Added<J> {
        let mut displaced = None;
        if self.waiting() >= self.places {
            match self.largest_beside(owner) {
                Some(share) => displaced = share.waiting.pop_back(),
                None => return Added::Refused(job),
            }
        }
        match self.share(owner) {
            Some(share) => share.waiting.push_back(job),
            None => self.shares.push(Share {
                owner: owner.clone(),
                waiting: VecDeque::from([job]),
                running: 0,
                served: 0,
            }),
        }
        displaced.map_or(Added::Queued, Added::Displaced)
    }

    /// Takes the next job. The caller must call [`finished`](Self::finished) after the run.
    pub(super) fn next(&mut self) -> Option<(JobOwner, J)> {
        let waiting = self.shares.iter().filter(|share| !share.waiting.is_empty());
        let next = waiting.min_by_key(|share| {
            let (running, served) = self.account_runs(&share.owner.account);
            (running, served, share.running, share.served)
        })?;
        let owner = next.owner.clone();
        let served = self.served + 1;
        let share = self.share(&owner)?;
        let job = share.waiting.pop_front()?;
        share.running += 1;
        share.served = served;
        self.served = served;
        Some((owner, job))
    }

    /// Records that a job of this owner has finished.
    pub(super) fn finished(&mut self, owner: &JobOwner) {
        if let Some(share) = self.share(owner) {
            share.running = share.running.saturating_sub(1);
        }
        self.shares.retain(|share| share.running > 0 || !share.waiting.is_empty());
    }

    /// Removes all waiting jobs.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = J> {
        self.shares.iter_mut().flat_map(|share| share.waiting.drain(..))
    }

    fn share(&mut self, owner: &JobOwner) -> Option<&mut Share<J>> {
        self.shares.iter_mut().find(|share| share.owner == *owner)
    }

    fn of_account(&self, account: &AccountId) -> impl Iterator<Item = &Share<J>> {
        self.shares.iter().filter(move |share| share.owner.account == *account)
    }

    /// Returns the number of running jobs of an account, and the sequence number of its last started job.
    fn account_runs(&self, account: &AccountId) -> (usize, u64) {
        self.of_account(account).fold((0, 0), |(running, served), share| {
            (running + share.running, served.max(share.served))
        })
    }

    fn account_waits(&self, account: &AccountId) -> usize {
        self.of_account(account).map(|share| share.waiting.len()).sum()
    }

    /// Returns the share whose job a new job of this owner can displace.
    fn largest_beside(&mut self, owner: &JobOwner) -> Option<&mut Share<J>> {
        let own = self.account_waits(&owner.account);
        let waits = |share: &Share<J>| self.account_waits(&share.owner.account);
        let largest = self.shares.iter().max_by_key(|share| waits(share))?;
        let (account, spare) = if waits(largest) > own + 1 {
            (largest.owner.account.clone(), 0)
        } else {
            let same = self.shares.iter().find(|share| share.owner == *owner);
            (owner.account.clone(), same.map_or(0, |share| share.waiting.len()) + 1)
        };
        let shares = self.shares.iter_mut().filter(|share| share.owner.account == account);
        let largest = shares.max_by_key(|share| share.waiting.len())?;
        (largest.waiting.len() > spare).then_some(largest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Added, FairQueue, JobOwner, Origin};
    use crate::values::AccountId;

    fn account(name: &str) -> JobOwner {
        JobOwner { account: AccountId::new(name).unwrap(), origin: Origin::default() }
    }

    fn from(name: &str, host: u8) -> JobOwner {
        let origin = Origin::of(Some([192, 0, 2, host].into()));
        JobOwner { origin, ..account(name) }
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
    fn a_job_of_another_origin_waits_only_for_jobs_that_run() {
        let mut queue = FairQueue::new(64);
        for job in 0..64 {
            assert_eq!(queue.add(&from("acme", 1), job), Added::Queued);
        }
        assert_eq!(queue.next(), Some((from("acme", 1), 0)));
        assert_eq!(queue.add(&from("acme", 1), 64), Added::Queued);
        assert_eq!(queue.add(&from("acme", 2), 100), Added::Displaced(64), "the newest");
        assert_eq!(queue.next(), Some((from("acme", 2), 100)), "before 63 that came earlier");
        assert_eq!(queue.next(), Some((from("acme", 1), 1)));
    }

    #[test]
    fn many_origins_of_one_account_keep_no_other_account_waiting() {
        let mut queue = FairQueue::new(8);
        for host in 0..8 {
            assert_eq!(queue.add(&from("acme", host), host), Added::Queued);
        }
        assert_eq!(queue.add(&from("acme", 9), 9), Added::Refused(9), "each has one place");
        let displaced = queue.add(&from("other", 1), 100);
        assert!(matches!(displaced, Added::Displaced(_)), "{displaced:?}");
        assert!(queue.next().is_some_and(|(owner, _)| owner.account == account("acme").account));
        assert_eq!(queue.next(), Some((from("other", 1), 100)), "before six that came earlier");
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
