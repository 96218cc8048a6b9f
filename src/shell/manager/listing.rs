//! Credentials, one and many.

use std::collections::BTreeSet;

use crate::domain::rules::Needs;
use crate::domain::{AccountRecord, CredentialRecord, WorkspaceRecord};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::store::{CorruptRow, CredentialCursor, Page, PageItem};
use crate::values::{CredentialId, Timestamp};

use super::Manager;
use super::scene::WorkspaceScene;
use super::wishes::CredentialFilter;

impl Manager<'_> {
    /// A credential, as a page shows it.
    pub async fn credential(&self, id: CredentialId) -> Result<Credential, ManageError> {
        let scene = self.credential_scene(id).await?;
        Ok(Credential::of(&scene.credential, self.now()))
    }

    /// Credentials in the order of their names, a page at a time. A corrupt row is an item of its own, and
    /// does not hide the others.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let manager = keyward.manager(&actor);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    /// let page = manager.credentials(CredentialFilter::new().workspace(shop).kind(KindWord::Track)).await?;
    /// let names: Vec<_> = page.items.into_iter().filter_map(store::PageItem::record)
    ///     .map(|credential| credential.name.to_string()).collect();
    /// assert_eq!(names, ["primary"]);
    /// assert!(page.next.is_none(), "that was the last page");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn credentials(
        &self,
        filter: CredentialFilter,
    ) -> Result<Page<Credential, CredentialCursor>, ManageError> {
        let now = self.now();
        let needs = Needs::ManageCredentials;
        let (one, account) = match filter.one_workspace() {
            Some(id) => {
                let WorkspaceScene { account, workspace } = self.workspace_scene(id, needs).await?;
                (Some(workspace), Some(account))
            }
            None => (None, self.permitted(needs).await?),
        };
        let page = self.inner.records.credentials(&filter.query(self.actor.account(), now)).await?;
        let homes = match one {
            Some(workspace) => vec![workspace],
            None => self.homes(&page, account).await?,
        };
        let items = page.items.into_iter().filter_map(|item| match item {
            PageItem::Record(record) => listed(&record, &homes, now),
            PageItem::Corrupt(row) => Some(PageItem::Corrupt(row)),
        });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// The workspaces of a page's credentials that open and were created in the account.
    async fn homes(
        &self,
        page: &Page<CredentialRecord, CredentialCursor>,
        account: Option<AccountRecord>,
    ) -> Result<Vec<WorkspaceRecord>, ManageError> {
        let account = self.account_behind(account, page).await?;
        let ids: BTreeSet<_> = page
            .items
            .iter()
            .filter_map(|item| match item {
                PageItem::Record(record) => Some(record.workspace.clone()),
                PageItem::Corrupt(_) => None,
            })
            .collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let mut homes = self.inner.records.workspaces_by_id(&ids).await?;
        homes.retain(|home| {
            account.as_ref().is_some_and(|account| home.check_account(account).is_ok())
        });
        Ok(homes)
    }
}

/// What a list shows of a credential: corrupt where it does not fit its workspace, and nothing where the workspace was
/// removed after the page was read.
fn listed(
    record: &CredentialRecord,
    homes: &[WorkspaceRecord],
    now: Timestamp,
) -> Option<PageItem<Credential>> {
    let home = homes.iter().find(|home| home.id == record.workspace);
    if home.is_some_and(|home| home.removed.is_some()) {
        return None;
    }
    let is_whole =
        record.check().is_ok() && home.is_some_and(|home| record.check_workspace(home).is_ok());
    Some(if is_whole {
        PageItem::Record(Credential::of(record, now))
    } else {
        PageItem::Corrupt(CorruptRow { id: record.id.to_string() })
    })
}
