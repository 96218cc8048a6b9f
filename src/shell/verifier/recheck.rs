//! Rechecks of earlier proofs, for streams and long jobs.

use std::sync::Arc;

use crate::domain::policy::{AccountView, Case, Proof, WorkspaceView, decide, still_matched};
use crate::domain::{Denial, DenialReason, Verified};
use crate::kinds::AcceptedKind;
use crate::shell::errors::{NotVerified, Unavailable};
use crate::shell::knowledge::{Entry, Heard, Knowledge};
use crate::store::CorruptRecord;
use crate::values::{Clock, CredentialId};

/// A credential and its current states.
struct Current {
    entry: Arc<Entry>,
    workspace: Arc<WorkspaceView>,
    account: Arc<AccountView>,
}

/// Decides again about a proof, with the current data.
pub(super) async fn recheck<K: AcceptedKind>(
    proof: &Verified<K>,
    knowledge: &Knowledge,
    clock: &dyn Clock,
) -> Result<Verified<K>, NotVerified> {
    let begun = clock.now();
    let mut asked: Option<Heard> = None;
    if knowledge.heard(&begun).is_none() {
        asked = Some(knowledge.hear().await?);
    }
    let known = loop {
        let known = current(knowledge, proof.credential()).await?;
        // The cache may have become stale during the reads.
        if asked.is_some() || knowledge.heard(&clock.now()).is_some() {
            break known;
        }
        asked = Some(knowledge.hear().await?);
    };
    let Current { entry, workspace, account } = known;
    let facts = &entry.view.facts;
    if (&facts.workspace, &facts.account) != (proof.workspace(), proof.account()) {
        return Err(Unavailable::from(CorruptRecord::new(
            "it was moved to another workspace or account since the proof",
        ))
        .into());
    }
    let wrong = Denial::of(DenialReason::WrongSecret, facts.id);
    let matched = still_matched(proof.matched(), proof.view(), &entry.view).ok_or(wrong)?;
    let address = proof.address();
    let case = Case {
        workspace: &workspace,
        account: &account,
        address: address.as_ref(),
        now: begun.wall,
    };
    let proof: Proof<K, Entry> = decide(&entry, &case, matched)?;
    Ok(proof.into())
}

/// Returns a credential and its states, from the cache or from the store.
async fn current(knowledge: &Knowledge, id: CredentialId) -> Result<Current, NotVerified> {
    let entry = match knowledge.with_cached(id, Arc::clone) {
        Some(entry) => entry,
        None => knowledge.load(id).await?.ok_or(Denial::new(DenialReason::Unknown))?,
    };
    let workspace = knowledge.known_workspace(&entry).await?;
    let account = knowledge.known_account(&entry, &workspace).await?;
    Ok(Current { entry, workspace, account })
}
