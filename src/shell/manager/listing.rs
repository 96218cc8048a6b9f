//! Credentials, one and many.

use crate::domain::rules::Needs;
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::store::{CorruptRow, CredentialCursor, CredentialStore, Page, PageItem};
use crate::values::CredentialId;

use super::Manager;
use super::wishes::CredentialFilter;

impl Manager<'_> {
    /// A credential, as a page shows it.
    pub async fn credential(&self, id: CredentialId) -> Result<Credential, ManageError> {
        let account = self.permitted(Needs::ManageCredentials).await?;
        let record = self.credential_of(&account, id).await?;
        Ok(Credential::of(&record, self.now()))
    }

    /// Credentials in the order of their names, a page at a time. A corrupt row is an item of its own, and
    /// does not hide the others.
    ///
    /// ```
    /// # use keyward::*;
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let manager = keyward.manager(&actor);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    /// let page = manager.credentials(CredentialFilter::new().workspace(shop).kind(Kind::Track)).await?;
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
        let account = match filter.one_workspace() {
            Some(id) => self.workspace_scene(id, Needs::ManageCredentials).await?.account,
            None => self.permitted(Needs::ManageCredentials).await?,
        };
        let page = self.inner.store.credentials(&filter.query(&account.id, now)).await?;
        let items = page.items.into_iter().map(|item| match item {
            PageItem::Record(record) if record.check().is_ok() => {
                PageItem::Record(Credential::of(&record, now))
            }
            PageItem::Record(record) => PageItem::Corrupt(CorruptRow { id: record.id.to_string() }),
            PageItem::Corrupt(row) => PageItem::Corrupt(row),
        });
        Ok(Page { items: items.collect(), next: page.next })
    }
}
