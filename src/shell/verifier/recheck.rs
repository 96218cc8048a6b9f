//! Rechecks of earlier proofs, for streams and long jobs.

use crate::domain::policy::{DecisionContext, Proof, decide, still_matched};
use crate::domain::{Denial, DenialReason, Verified};
use crate::kinds::AcceptedKind;
use crate::shell::current::{Current, current};
use crate::shell::errors::{NotVerified, Unavailable};
use crate::shell::knowledge::{Entry, Knowledge};
use crate::store::CorruptRecord;
use crate::values::Clock;

/// Decides again about a proof, with the current data.
pub(super) async fn recheck<K: AcceptedKind>(
    proof: &Verified<K>,
    knowledge: &Knowledge,
    clock: &dyn Clock,
) -> Result<Verified<K>, NotVerified> {
    let begun = clock.now();
    let current = current(knowledge, clock, &begun, proof.credential()).await?;
    let current = current.ok_or(Denial::new(DenialReason::Unknown))?;
    let Current { entry, workspace, account } = current;
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
    let required = proof.required().map(|place| knowledge.vocabulary().at(place));
    let context = DecisionContext {
        workspace: &workspace,
        account,
        address: address.as_ref(),
        now: begun.wall,
        required: required.as_ref(),
    };
    let proof: Proof<K, Entry> = decide(&entry, &context, matched)?;
    Ok(proof.into())
}
