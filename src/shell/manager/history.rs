//! Who did what to which credential, when.

use crate::domain::Event;
use crate::domain::rules::Needs;
use crate::shell::errors::ManageError;
use crate::store::{CredentialStore, Page};

use super::Manager;
use super::wishes::HistoryFilter;

impl Manager<'_> {
    /// The account's history, the newest event first, a page at a time: also of what is deleted or removed.
    pub async fn history(&self, filter: HistoryFilter) -> Result<Page<Event, u64>, ManageError> {
        let account = self.permitted(Needs::ManageCredentials).await?;
        Ok(self.inner.store.events(&filter.query(&account.id)).await?)
    }
}
