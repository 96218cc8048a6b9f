//! What the host asks of a site id, which is public and no proof.

use serde::Serialize;

use crate::domain::AccountRecord;
use crate::store::CredentialStore;
use crate::values::{AccountId, CredentialId, Kind, WorkspaceId};

use super::errors::Unavailable;
use super::keyward::Keyward;

/// What a site id stands for. It is public, and never a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Site {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The account that owns it.
    pub account: AccountId,
    /// Whether its Track set can be used.
    pub state: SiteState,
}

/// Whether a site's Track set can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "it can be used or not")]
pub enum SiteState {
    /// Not expired, not past its sunset, not suspended, and neither is its account.
    Usable,
    /// One of them.
    Unusable,
}

impl Keyward {
    /// What a site id stands for, for a snippet that knows nothing else; `None` where it is no Track set's.
    ///
    /// Fails where the store does not answer.
    pub async fn site(&self, site_id: CredentialId) -> Result<Option<Site>, Unavailable> {
        let inner = self.inner();
        let now = inner.clock.now().wall;
        let Some(record) = inner.store.credential(site_id).await? else { return Ok(None) };
        record.check()?;
        if record.kind != Kind::Track {
            return Ok(None);
        }
        let account = inner.store.account(&record.account).await?;
        let account = account.unwrap_or_else(|| AccountRecord::unwritten(record.account.clone()));
        let state = if record.is_usable(now) && account.suspended.is_none() {
            SiteState::Usable
        } else {
            SiteState::Unusable
        };
        Ok(Some(Site { workspace: record.workspace, account: record.account, state }))
    }
}
