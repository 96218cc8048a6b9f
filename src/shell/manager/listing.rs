//! Reads of one or many credentials.

use std::collections::BTreeSet;

use crate::domain::rules::Needs;
use crate::domain::{AccountRecord, CredentialRecord, WorkspaceRecord};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::store::{CorruptRow, CredentialCursor, Page, PageItem};
use crate::values::{CredentialId, Timestamp};

use super::Manager;
use super::inputs::CredentialFilter;
use super::reads::WorkspaceRead;

impl Manager<'_> {
    /// Returns a credential.
    pub async fn credential(&self, id: CredentialId) -> Result<Credential, ManageError> {
        let read = self.read_credential(id, Needs::View).await?;
        Ok(Credential::of(&read.credential, self.now()))
    }

    /// Returns a page of credentials, sorted as [`CredentialFilter`] describes. A corrupt row, or a record from a newer release, is a separate
    /// item and does not hide the others.
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
        let page = self.credential_records(filter, Needs::View, now).await?;
        let items = page.items.into_iter();
        let items = items.map(|item| item.map(|record| Credential::of(&record, now)));
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Returns the records of a page of credentials, if the actor has the permission `needs`.
    pub(super) async fn credential_records(
        &self,
        filter: CredentialFilter,
        needs: Needs,
        now: Timestamp,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, ManageError> {
        let (one, account) = match filter.one_workspace() {
            Some(id) => {
                let WorkspaceRead { account, workspace } = self.read_workspace(id, needs).await?;
                (Some(workspace), Some(account))
            }
            None => (None, self.permitted(needs).await?),
        };
        let page = self.parts.records.listed_credentials(&filter.query(self.actor, now)).await?;
        let homes = match one {
            Some(workspace) => vec![PageItem::Record(workspace)],
            None => self.homes(&page, account).await?,
        };
        let items = page.items.into_iter().filter_map(|item| match item {
            PageItem::Record(record) => listed(record, &homes),
            PageItem::Corrupt(row) => Some(PageItem::Corrupt(row)),
            PageItem::Newer { id } => Some(PageItem::Newer { id }),
        });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Returns the workspaces of the credentials on a page: those that were created in the account, and those from a newer release.
    async fn homes(
        &self,
        page: &Page<CredentialRecord, CredentialCursor>,
        account: Option<AccountRecord>,
    ) -> Result<Vec<PageItem<WorkspaceRecord>>, ManageError> {
        let account = self.account_behind(account, page).await?;
        let ids: BTreeSet<_> = page
            .items
            .iter()
            .filter_map(|item| match item {
                PageItem::Record(record) => Some(record.workspace.clone()),
                PageItem::Corrupt(_) | PageItem::Newer { .. } => None,
            })
            .collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let mut homes = self.parts.records.listed_workspaces_by_id(&ids).await?;
        homes.retain(|home| match home {
            PageItem::Record(home) => {
                account.as_ref().is_some_and(|account| home.check_account(account).is_ok())
            }
            PageItem::Corrupt(_) => false,
            PageItem::Newer { .. } => true,
        });
        Ok(homes)
    }
}

/// Returns the list item for a credential: corrupt if it does not match its workspace, newer if a newer release wrote the
/// workspace, and `None` if the workspace was removed after the page was read.
fn listed(
    record: CredentialRecord,
    homes: &[PageItem<WorkspaceRecord>],
) -> Option<PageItem<CredentialRecord>> {
    let corrupt = || PageItem::Corrupt(CorruptRow { id: record.id.to_string() });
    let is_home = |home: &&PageItem<WorkspaceRecord>| match home {
        PageItem::Record(home) => home.id == record.workspace,
        PageItem::Newer { id } => *id == record.workspace.as_str(),
        PageItem::Corrupt(_) => false,
    };
    Some(match homes.iter().find(is_home) {
        Some(PageItem::Record(home)) if home.removed.is_some() => return None,
        _ if record.check().is_err() => corrupt(),
        Some(PageItem::Record(home)) if record.check_workspace(home).is_ok() => {
            PageItem::Record(record)
        }
        Some(PageItem::Newer { .. }) => PageItem::Newer { id: record.id.to_string() },
        _ => corrupt(),
    })
}
