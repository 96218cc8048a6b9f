//! Whose a key found in public is.

use serde::{Deserialize, Serialize};

use crate::domain::Operator;
use crate::domain::policy::{CredentialView, SecretCheck, check_secret};
use crate::shell::errors::Unavailable;
use crate::shell::keyward::Keyward;
use crate::values::{AccountId, CredentialId, GenerationNumber, KindWord, WorkspaceId, parse};

use super::outcome::NotVerified;
use super::step::Asked;

/// Which secret a key found in public is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TracedKey {
    /// The account whose it is.
    pub account: AccountId,
    /// The workspace that it opens.
    pub workspace: WorkspaceId,
    /// The credential.
    pub credential: CredentialId,
    /// The word of its kind.
    pub kind: KindWord,
    /// Which of its secrets: the current or the previous one.
    pub generation: GenerationNumber,
}

impl Keyward {
    /// Which secret a key found in public is, if it is any; its credential may be suspended, expired or
    /// deprecated. It is not used, so nothing is noted.
    ///
    /// `found` is the key text alone: an App key's token, or a Track set's API key.
    ///
    /// Fails where the store does not answer, or where this node does not know the master key.
    pub async fn trace(
        &self,
        operator: &Operator,
        found: &str,
    ) -> Result<Option<TracedKey>, Unavailable> {
        let inner = self.inner();
        let now = inner.clock.now();
        let Ok(found) = parse(&inner.prefixes, found.trim().as_bytes()) else { return Ok(None) };
        let record = match inner.find(&found).await {
            Ok(record) => record,
            Err(NotVerified::Denied(_)) => return Ok(None),
            Err(NotVerified::Unavailable(unavailable)) => return Err(unavailable),
        };
        let checked = check_secret(&inner.keys, &CredentialView::of(&record), &found);
        let (record, matched) = match checked {
            SecretCheck::Matched(matched) => (record, matched),
            SecretCheck::Wrong => return Ok(None),
            SecretCheck::Undecided(doubt) => {
                let asked = Asked { presented: found, address: None, begun: &now };
                match inner.check_slowly(&asked, &doubt).await {
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
}
