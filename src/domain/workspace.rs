//! Workspaces, which credentials give access to.

use crate::secrets::RecordTag;
use crate::values::{AccountId, CredentialId, Name, OperationId, Timestamp, WorkspaceId};

use super::account::{AccountRecord, Revision};
use super::allowlist::AllowlistEntry;
use super::corrupt_record::CorruptRecord;
use super::integration::{Connection, Integration};

/// The stored record of a workspace. Concurrent writers conflict on its revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct WorkspaceRecord {
    /// The id that the host chose. It is unique in the store, and never free again.
    pub id: WorkspaceId,
    /// The operation that created this record. Each credential names it.
    pub incarnation: OperationId,
    /// The account that owns it.
    pub account: AccountId,
    /// The [incarnation](super::account::AccountRecord::incarnation) of that account.
    pub account_incarnation: OperationId,
    /// Its name.
    pub name: Name,
    /// When it was created.
    pub created: Timestamp,
    /// When it was removed, if it was removed. A removed workspace keeps its id and has no credentials, integrations or
    /// allowlist.
    pub removed: Option<Timestamp>,
    /// The number of writes of this record.
    pub revision: Revision,
    /// The number of its credentials.
    pub credentials: u32,
    /// The number of its permanent credentials of the kind that has a minimum.
    pub permanent: u32,
    /// Its integrations, in the order in which they were first connected.
    pub integrations: Vec<Connection>,
    /// Its allowlist, in the order in which the networks were added.
    pub allowlist: Vec<AllowlistEntry>,
    /// Keyward's authentication code over the other fields except last-used times. Opaque to a store.
    pub tag: RecordTag,
}

impl WorkspaceRecord {
    /// Checks that this workspace was created in this account. Compares id and incarnation.
    pub(crate) fn check_account(&self, account: &AccountRecord) -> Result<(), CorruptRecord> {
        if self.account == account.id && self.account_incarnation == account.incarnation {
            Ok(())
        } else {
            Err(CorruptRecord::new("the account is not the one that the workspace was created in"))
        }
    }

    /// Returns the connection of an integration.
    pub(crate) fn connection(&self, integration: &Integration) -> Option<&Connection> {
        self.integrations.iter().find(|known| known.integration.is_same_as(integration))
    }

    /// Returns the integrations that use `credential`.
    pub(crate) fn users_of(&self, credential: CredentialId) -> impl Iterator<Item = &Connection> {
        self.integrations.iter().filter(move |connection| connection.credential == credential)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountRecord;
    use crate::domain::sample::{account, workspace};
    use crate::values::{AccountId, OperationId};

    #[test]
    fn a_workspace_belongs_to_the_account_that_it_was_created_in() {
        let (workspace, account) = (workspace(), account());
        assert!(workspace.check_account(&account).is_ok());
        let other = AccountRecord { id: AccountId::new("other").unwrap(), ..account.clone() };
        assert!(workspace.check_account(&other).is_err());
        let again = AccountRecord { incarnation: OperationId::from_bytes([9; 16]), ..account };
        assert!(workspace.check_account(&again).is_err(), "it was deleted and created again");
    }
}
