//! A leak, and what the endpoint needs from the host.

use std::error::Error;

use crate::shell::{LeakOutcome, TracedKey};
use crate::values::LeakPlace;

/// A key of this service that was found in public.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leak {
    /// The credential and the secret.
    pub key: TracedKey,
    /// Where it was found, as the alert says.
    pub place: LeakPlace,
    /// `true` if the alert is one of a [drill](super::LeakAlerts::with_drill). Nothing leaked, so do not alarm the account.
    pub is_drill: bool,
}

/// What [`LeakAlerts`](super::LeakAlerts) needs from the host.
pub trait LeakHost: Send + Sync + 'static {
    /// Fetches GitHub's public keys: the body of `https://api.github.com/meta/public_keys/secret_scanning`. Set a time limit of a
    /// few seconds. Called at most once a minute.
    ///
    /// If the client of the endpoint disconnects, this future waits until the next request polls it. Spawn the request on your
    /// runtime and await its handle here, so that the request does not reach its time limit while nobody polls it.
    fn public_keys(
        &self,
    ) -> impl Future<Output = Result<String, Box<dyn Error + Send + Sync>>> + Send;

    /// Is told what was done. Called for each key of this service in each alert, so a repeated alert repeats the call with
    /// [`LeakOutcome::NotLive`], or with [`LeakOutcome::Reported`].
    fn acted(&self, leak: &Leak, outcome: LeakOutcome) -> impl Future<Output = ()> + Send;
}
