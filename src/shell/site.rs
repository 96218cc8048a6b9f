//! What the host asks of a site id, which is public and no proof.

use serde::{Deserialize, Serialize};

use crate::domain::policy::is_usable;
use crate::kinds::KeyShape;
use crate::store::CorruptRecord;
use crate::values::{AccountId, CredentialId, WorkspaceId};

use super::errors::Unavailable;
use super::keyward::Keyward;

/// What a site id stands for. It is public, and never a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SiteInfo {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The account that owns it.
    pub account: AccountId,
    /// `true` if the credential is not expired, not past its sunset and not suspended, the workspace is not removed, and the
    /// account is not suspended.
    pub is_usable: bool,
}

impl Keyward {
    /// What a site id, the public id of a pair such as a Track set, stands for, for a snippet that knows nothing
    /// else. Returns `None` if it belongs to no credential, or to one of a kind that is no pair.
    ///
    /// Fails where the store does not answer.
    pub async fn site(&self, site_id: CredentialId) -> Result<Option<SiteInfo>, Unavailable> {
        let inner = self.inner();
        let now = inner.clock.now().wall;
        let Some(record) = inner.records.credential(site_id).await? else { return Ok(None) };
        record.check()?;
        if inner.kinds.get(record.kind).is_none_or(|spec| spec.shape() != KeyShape::Pair) {
            return Ok(None);
        }
        let workspace = inner.records.workspace(&record.workspace).await?;
        let workspace = workspace.ok_or(CorruptRecord::new("its workspace does not exist"))?;
        record.check_workspace(&workspace)?;
        let account = inner.records.account(&record.account).await?;
        let account = account.ok_or(CorruptRecord::new("its account does not exist"))?;
        workspace.check_account(&account)?;
        let is_usable = is_usable(&record, &workspace, &account, now);
        Ok(Some(SiteInfo { workspace: record.workspace, account: record.account, is_usable }))
    }
}
