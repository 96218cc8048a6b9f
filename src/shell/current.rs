//! The current data of a credential, for decisions without a presented secret: from the cache if it is fresh, otherwise from
//! the store.

use std::sync::Arc;

use crate::domain::policy::{AccountState, WorkspaceView};
use crate::values::{Clock, ClockReading, CredentialId};

use super::errors::{Unavailable, UnavailableReason};
use super::knowledge::{Entry, Knowledge, UsableCache};

/// A credential and its current states.
pub(super) struct Current {
    pub(super) entry: Arc<Entry>,
    pub(super) workspace: Arc<WorkspaceView>,
    pub(super) account: AccountState,
}

/// Returns a credential and its states, as fresh as those of an attempt that began at `begun`.
pub(super) async fn current(
    knowledge: &Knowledge,
    clock: &dyn Clock,
    begun: &ClockReading,
    id: CredentialId,
) -> Result<Option<Current>, Unavailable> {
    let mut asked: Option<UsableCache> = None;
    let mut usable = knowledge.usable(begun);
    loop {
        if usable.is_none() {
            asked = Some(knowledge.poll_or_tolerate().await?);
            usable = asked;
        }
        if usable.is_some_and(UsableCache::is_on_tolerance) {
            let cached = cached(knowledge, id);
            return cached.map(Some).ok_or(Unavailable::new(UnavailableReason::Store));
        }
        let current = known(knowledge, id).await?;
        // The cache may have become stale during the reads.
        usable = asked.or_else(|| knowledge.usable(&clock.now()));
        if usable.is_some_and(|usable| !usable.is_on_tolerance()) {
            return Ok(current);
        }
    }
}

/// Returns a credential and its states, if all are cached.
fn cached(knowledge: &Knowledge, id: CredentialId) -> Option<Current> {
    let entry = knowledge.with_cached(id, Arc::clone)?;
    let (workspace, account) = entry.states();
    let (workspace, account) = (workspace.as_ref().map(Arc::clone)?, account?);
    Some(Current { entry, workspace, account })
}

/// Returns a credential and its states, from the cache or from the store.
async fn known(knowledge: &Knowledge, id: CredentialId) -> Result<Option<Current>, Unavailable> {
    let entry = match knowledge.with_cached(id, Arc::clone) {
        Some(entry) => entry,
        None => match knowledge.load(id).await? {
            Some(entry) => entry,
            None => return Ok(None),
        },
    };
    let workspace = knowledge.known_workspace(&entry).await?;
    let account = knowledge.known_account(&entry, &workspace).await?;
    Ok(Some(Current { entry, workspace, account }))
}
