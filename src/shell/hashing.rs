//! Argon2id, off the executor: bounded threads, bounded queues, and one run at a time per credential.

mod failures;
mod fair_queue;
mod gate;
mod origin;
mod pool;
mod slow_check;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::secrets::{SecretText, SlowHash, SlowHashParams};
use crate::values::{AccountId, Clock, CredentialId, Identity};

use super::errors::{Unavailable, UnavailableReason};
use super::stats::Counters;

pub(crate) use self::gate::Pass;
pub(crate) use self::origin::Origin;
pub(crate) use self::slow_check::{SlowCheck, Verdict};

use self::gate::Gate;
use self::pool::{Lane, Pool};

/// Runs Argon2id for new secrets and for presented ones.
#[derive(Debug)]
pub(crate) struct Hashing {
    pool: Pool,
    gate: Gate,
    params: SlowHashParams,
    stats: Counters,
}

impl Hashing {
    /// Hashes new secrets with `params`, in at most `threads` threads. At most `queue` jobs wait in each lane.
    pub(crate) fn new(
        params: SlowHashParams,
        threads: NonZeroUsize,
        queue: NonZeroUsize,
        clock: Arc<dyn Clock>,
        stats: Counters,
    ) -> Self {
        let pool = Pool::new(threads.get(), queue.get(), params);
        Self { pool, gate: Gate::new(clock), params, stats }
    }

    /// Hashes a new secret, in the lane for issuing. Returns it with its hash.
    pub(crate) async fn hash(
        &self,
        account: &AccountId,
        identity: Identity,
        secret: SecretText,
        salt: [u8; 16],
    ) -> Result<(SecretText, SlowHash), Unavailable> {
        let (params, stats) = (self.params, self.stats.clone());
        let run = self.pool.run(Lane::Issue, account, move |memory| {
            stats.count_issue_run();
            let hash = SlowHash::hash(params, &identity, secret.expose(), salt, memory);
            (secret, hash)
        });
        match run.await? {
            (secret, Ok(hash)) => Ok((secret, hash)),
            (_, Err(_)) => Err(Unavailable::new(UnavailableReason::HashingFailed)),
        }
    }

    /// Waits for this attempt's turn at the slow hashes of a credential.
    pub(crate) async fn enter(
        &self,
        id: CredentialId,
        origin: Origin,
    ) -> Result<Pass, Unavailable> {
        let pass = self.gate.enter(id, origin).await;
        pass.ok_or_else(|| Unavailable::new(UnavailableReason::HashingBusy))
    }

    /// Compares a presented secret with slow hashes, in the lane for verifying. The pass goes with the job, because the
    /// work goes on even if the caller does not wait for it any more.
    pub(crate) async fn check(
        &self,
        account: &AccountId,
        origin: Origin,
        check: SlowCheck,
        pass: Pass,
    ) -> Result<Verdict, Unavailable> {
        let stats = self.stats.clone();
        let run = move |memory: &mut _| check.run(pass, memory, || stats.count_verify_run());
        Ok(self.pool.run_from(Lane::Verify, account, origin, run).await?)
    }

    /// How many jobs wait, in both lanes.
    pub(crate) fn waiting(&self) -> usize {
        self.pool.waiting(Lane::Issue) + self.pool.waiting(Lane::Verify)
    }
}
