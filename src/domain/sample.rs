//! Records for the tests of the domain.

use super::account::{AccountRecord, Revision};
use super::workspace::WorkspaceRecord;
use crate::values::{AccountId, Name, Timestamp, WorkspaceId};

pub(crate) fn account() -> AccountRecord {
    AccountRecord::unwritten(AccountId::new("acme").unwrap())
}

pub(crate) fn workspace() -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::new("shop").unwrap(),
        account: account().id,
        name: Name::new("Shop").unwrap(),
        created: Timestamp::MIN,
        removed: None,
        revision: Revision::new(1),
        credentials: 1,
        lasting: 1,
        integrations: Vec::new(),
        allowlist: Vec::new(),
    }
}
