//! Looking up a public site id.

use serde::{Deserialize, Serialize};

use crate::domain::policy::is_usable;
use crate::kinds::KeyShape;
use crate::store::CorruptRecord;
use crate::values::{AccountId, CredentialId, WorkspaceId};

use super::errors::Unavailable;
use super::keyward::Keyward;

/// The workspace and the account of a site id. A site id is public and never proves anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SiteInfo {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The account that owns it.
    pub account: AccountId,
    /// `true` if the credential is usable, the workspace is not removed, and the account is not suspended.
    pub is_usable: bool,
}

impl Keyward {
    /// Returns the workspace and the account of a site id, for requests from a snippet that sends nothing else. A site id is the
    /// public id of a Track set, or of another kind with a public id. Returns `None` if no credential of such a kind has the id.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the store does not answer, or if a required record is corrupt or cannot be checked.
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
