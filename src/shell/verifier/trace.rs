//! Tracing a leaked key to its credential.

use serde::{Deserialize, Serialize};

use crate::domain::Operator;
use crate::domain::policy::{CredentialView, SecretCheck, check_secret};
use crate::secrets::MasterKeys;
use crate::shell::errors::{NotVerified, Unavailable};
use crate::values::{
    AccountId, ClockReading, CredentialId, GenerationNumber, KeyText, KindWord, WorkspaceId,
};

use super::slow_check::SlowChecker;
use super::step::{Circumstances, ReadAttempt};

/// The credential and the secret of a leaked key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TracedKey {
    /// The account.
    pub account: AccountId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The credential.
    pub credential: CredentialId,
    /// The word of the kind.
    pub kind: KindWord,
    /// The generation of the secret: the current or the previous one.
    pub generation: GenerationNumber,
}

/// Finds the credential and the secret of a key text. `salted` is the part of an imported key that the other system hashed with a salt.
pub(super) async fn trace(
    found: KeyText<'_>,
    salted: Option<&str>,
    operator: &Operator,
    keys: &MasterKeys,
    checker: &SlowChecker,
    now: &ClockReading,
) -> Result<Option<TracedKey>, Unavailable> {
    let record = match checker.find(&found).await {
        Ok(record) => record,
        Err(NotVerified::Denied(_)) => return Ok(None),
        Err(NotVerified::Unavailable(unavailable)) => return Err(unavailable),
    };
    let (record, matched) = match check_secret(keys, &CredentialView::of(&record), &found) {
        SecretCheck::Matched(matched) => (record, matched),
        SecretCheck::Wrong => return Ok(None),
        SecretCheck::Undecided(doubt) => {
            let circumstances = Circumstances { address: None, required: None, begun: now };
            let asked = ReadAttempt { presented: found, circumstances };
            match checker.check(&asked, &doubt, salted).await {
                Ok(found) => found,
                Err(NotVerified::Denied(_)) => return Ok(None),
                Err(NotVerified::Unavailable(unavailable)) => return Err(unavailable),
            }
        }
    };
    tracing::info!(operator = %operator.id(), credential = %record.id, "a key was traced");
    Ok(Some(TracedKey {
        account: record.account,
        workspace: record.workspace,
        credential: record.id,
        kind: record.kind,
        generation: matched.generation(),
    }))
}
