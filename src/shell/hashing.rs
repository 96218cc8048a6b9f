//! Argon2id outside of the async executor, with bounded threads, bounded queues, and one run at a time for each credential.

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
    /// Creates the pool for Argon2id. New secrets are hashed with `params`. It has at most `threads` threads, and each lane has at most
    /// `queue` waiting jobs.
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

    /// Hashes a new secret in the lane for issuing. Returns the secret and its hash.
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

    /// Waits until this attempt may run the slow hashes of a credential.
    pub(crate) async fn enter(
        &self,
        id: CredentialId,
        origin: Origin,
    ) -> Result<Pass, Unavailable> {
        let pass = self.gate.enter(id, origin).await;
        pass.ok_or_else(|| Unavailable::new(UnavailableReason::HashingBusy))
    }

    /// Compares a presented secret with slow hashes in the lane for verifying. The job owns the pass, because the job continues even if
    /// the caller is dropped.
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

    /// Returns the number of waiting jobs in both lanes.
    pub(crate) fn waiting(&self) -> usize {
        self.pool.waiting(Lane::Issue) + self.pool.waiting(Lane::Verify)
    }
}
