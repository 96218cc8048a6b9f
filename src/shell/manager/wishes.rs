//! What operations are given: options as values.

use crate::domain::Status;
use crate::store::{CredentialCursor, CredentialQuery, EventQuery, PageSize, Scope, StatusFilter};
use crate::values::{AccountId, CredentialId, Kind, Name, Timestamp, WorkspaceId};

/// A workspace to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    pub(super) id: WorkspaceId,
    pub(super) name: Name,
}

impl NewWorkspace {
    /// With this id, chosen by the host and never used before, and this name.
    #[must_use]
    pub const fn new(id: WorkspaceId, name: Name) -> Self {
        Self { id, name }
    }
}

/// A credential to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    pub(super) workspace: WorkspaceId,
    pub(super) name: Name,
    pub(super) expires: Option<Timestamp>,
}

impl NewCredential {
    /// In this workspace, with this name, without an expiry.
    #[must_use]
    pub const fn new(workspace: WorkspaceId, name: Name) -> Self {
        Self { workspace, name, expires: None }
    }

    /// With an expiry.
    #[must_use]
    pub const fn expires(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }
}

/// Which credentials to list: in the order of their names, a page at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialFilter {
    workspace: Option<WorkspaceId>,
    kind: Option<Kind>,
    status: Option<Status>,
    after: Option<CredentialCursor>,
    size: PageSize,
}

impl CredentialFilter {
    /// All of the account's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of one workspace.
    #[must_use]
    pub fn workspace(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// Of one kind.
    #[must_use]
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// That stand so now.
    #[must_use]
    pub const fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// From where the page before ended.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<Option<CredentialCursor>>) -> Self {
        self.after = cursor.into();
        self
    }

    /// This many at a time; 100 by default.
    #[must_use]
    pub const fn size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }

    pub(super) const fn one_workspace(&self) -> Option<&WorkspaceId> {
        self.workspace.as_ref()
    }

    pub(super) fn query(self, account: &AccountId, now: Timestamp) -> CredentialQuery {
        CredentialQuery {
            scope: match self.workspace {
                Some(workspace) => Scope::Workspace(workspace),
                None => Scope::Account(account.clone()),
            },
            kind: self.kind,
            name: None,
            status: self.status.map(StatusFilter::Is),
            now,
            after: self.after,
            size: self.size,
        }
    }
}

/// Which events to list: the newest first, a page at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    workspace: Option<WorkspaceId>,
    credential: Option<CredentialId>,
    before: Option<u64>,
    size: PageSize,
}

impl HistoryFilter {
    /// All of the account's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// About one workspace and its credentials; a removed one's, too.
    #[must_use]
    pub fn workspace(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// About one credential; a deleted one's, too.
    #[must_use]
    pub const fn credential(mut self, credential: CredentialId) -> Self {
        self.credential = Some(credential);
        self
    }

    /// From where the page before ended.
    #[must_use]
    pub fn before(mut self, number: impl Into<Option<u64>>) -> Self {
        self.before = number.into();
        self
    }

    /// This many at a time; 100 by default.
    #[must_use]
    pub const fn size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }

    pub(super) fn query(self, account: &AccountId) -> EventQuery {
        EventQuery {
            account: account.clone(),
            workspace: self.workspace,
            credential: self.credential,
            before: self.before,
            size: self.size,
        }
    }
}
