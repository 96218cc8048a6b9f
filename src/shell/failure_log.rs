//! The log of `Unavailable` errors: at `WARN` or `ERROR` once a minute for each cause, otherwise at `DEBUG`.

use std::error::Error as _;
use std::time::Duration;

use crate::secrets::MasterKeyId;

use super::errors::{Unavailable, UnavailableReason, with_sources};
use super::log_limit::LogLimit;

/// The log of failures that anyone can cause at any rate.
#[derive(Debug, Default)]
pub(crate) struct FailureLog(LogLimit<Cause>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cause {
    message: &'static str,
    reason: UnavailableReason,
    master_key: Option<MasterKeyId>,
}

impl FailureLog {
    /// Logs a failure and its sources: at `ERROR` if it needs an operator, and otherwise at `WARN`. For the next minute, the same
    /// message with the same reason and master key is logged at `DEBUG`.
    pub(super) fn unavailable(
        &self,
        message: &'static str,
        unavailable: &Unavailable,
        now: Duration,
    ) {
        let (reason, master_key) = (unavailable.reason(), unavailable.master_key());
        let is_due = self.0.is_due(Cause { message, reason, master_key }, now);
        if !is_due && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let master_key = master_key.map(tracing::field::display);
        let error =
            unavailable.source().map(|source| tracing::field::display(with_sources(source)));
        if !is_due {
            tracing::debug!(%reason, master_key, error, "{message}");
        } else if reason.needs_an_operator() {
            tracing::error!(%reason, master_key, error, "{message}");
        } else {
            tracing::warn!(%reason, master_key, error, "{message}");
        }
    }
}
