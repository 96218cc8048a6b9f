//! Looking up a public site id.

use serde::{Deserialize, Serialize};

use crate::domain::policy::is_usable;
use crate::kinds::KeyShape;
use crate::values::{AccountId, CredentialId, WorkspaceId};

use super::current::{Current, current};
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
    /// `true` if the credential is usable and the account is not suspended.
    pub is_usable: bool,
}

impl Keyward {
    /// Returns the workspace and the account of a site id, for requests from a snippet that sends nothing else. A site id is the
    /// public id of a Track set, or of another kind with a public id. Returns `None` if no credential of such a kind has the id,
    /// also if the credential was deleted with its workspace.
    ///
    /// The answer is as fresh as a verification ([`Freshness`](crate::Freshness)), and a cached credential needs no database query.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the store does not answer, or if a required record is corrupt or cannot be checked.
    pub async fn site(&self, site_id: CredentialId) -> Result<Option<SiteInfo>, Unavailable> {
        let inner = self.inner();
        let begun = inner.clock.now();
        let current = current(&inner.knowledge, &*inner.clock, &begun, site_id).await?;
        let Some(Current { entry, workspace, account }) = current else { return Ok(None) };
        let view = &entry.view;
        let has_public_id =
            inner.kinds.get(view.kind).is_some_and(|spec| spec.shape() == KeyShape::Pair);
        // Removing a workspace deletes its credentials. One that was cached before is still here.
        if workspace.removed || !has_public_id {
            return Ok(None);
        }
        Ok(Some(SiteInfo {
            workspace: view.facts.workspace.clone(),
            account: view.facts.account.clone(),
            is_usable: is_usable(view, &workspace, account, begun.wall),
        }))
    }
}
