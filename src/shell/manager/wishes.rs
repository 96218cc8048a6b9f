//! The options of operations, as values.

use std::time::Duration;

use crate::domain::CredentialStatus;
use crate::store::{CredentialCursor, CredentialQuery, EventQuery, PageSize, Scope, StatusFilter};
use crate::values::{AccountId, CredentialId, KindWord, Name, OperationId, Timestamp, WorkspaceId};

/// A workspace to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    pub(super) id: WorkspaceId,
    pub(super) name: Name,
}

impl NewWorkspace {
    /// Creates the options with a name and an id. You choose the id, and it must never have been used before.
    #[must_use]
    pub const fn new(id: WorkspaceId, name: Name) -> Self {
        Self { id, name }
    }
}

/// A credential to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    pub(super) workspace: WorkspaceId,
    pub(super) name: Name,
    pub(super) expires: Option<Timestamp>,
    pub(super) operation: Option<String>,
}

impl NewCredential {
    /// Creates the options for a credential in this workspace, with this name and without an expiry.
    #[must_use]
    pub const fn new(workspace: WorkspaceId, name: Name) -> Self {
        Self { workspace, name, expires: None, operation: None }
    }

    /// Sets the expiry.
    #[must_use]
    pub const fn expires(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }

    /// Sets the operation id, such as a random one in a form. A repeated call with the same id does not issue another credential:
    /// see [`ManageError::Repeated`](crate::ManageError::Repeated). Different accounts can use the same id. An id is kept for at
    /// least 24 hours.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }
}

/// The options of a rotation. A [`Duration`] converts into one: the overlap, during which the previous secret still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    pub(super) overlap: Duration,
    pub(super) ends_earlier: bool,
    pub(super) operation: Option<String>,
}

impl Rotation {
    /// Creates the options with an overlap of at least one second, or [`Duration::ZERO`] to end every earlier secret at once.
    #[must_use]
    pub const fn new(overlap: Duration) -> Self {
        Self { overlap, ends_earlier: false, operation: None }
    }

    /// Allows this rotation to end the overlap of an earlier rotation. Otherwise, a rotation with an overlap is refused with
    /// [`OverlapRuns`](crate::Refusal::OverlapRuns) during an overlap, because a credential has at most two working secrets.
    #[must_use]
    pub const fn end_overlap(mut self) -> Self {
        self.ends_earlier = true;
        self
    }

    /// Sets the operation id. A repeated call with the same id does not rotate again and keeps the deployed secret: see
    /// [`ManageError::Repeated`](crate::ManageError::Repeated). Different accounts can use the same id. An id is kept for at least
    /// 24 hours.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }
}

impl From<Duration> for Rotation {
    fn from(overlap: Duration) -> Self {
        Self::new(overlap)
    }
}

/// A filter for a list of credentials. The list is in the order of names and has pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialFilter {
    workspace: Option<WorkspaceId>,
    kind: Option<KindWord>,
    status: Option<CredentialStatus>,
    after: Option<CredentialCursor>,
    size: PageSize,
}

impl CredentialFilter {
    /// Creates a filter for all credentials of the account.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only credentials of this workspace.
    #[must_use]
    pub fn workspace(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// Only credentials of this kind.
    #[must_use]
    pub const fn kind(mut self, kind: KindWord) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Only credentials with this status.
    #[must_use]
    pub const fn status(mut self, status: CredentialStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Starts after an earlier page.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<Option<CredentialCursor>>) -> Self {
        self.after = cursor.into();
        self
    }

    /// Sets the page size; 100 by default.
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

/// A filter for a list of events. The list is newest first and has pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    workspace: Option<WorkspaceId>,
    credential: Option<CredentialId>,
    before: Option<OperationId>,
    size: PageSize,
}

impl HistoryFilter {
    /// Creates a filter for all events of the account.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only events of this workspace and its credentials. The workspace can be removed.
    #[must_use]
    pub fn workspace(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// Only events of this credential. The credential can be deleted.
    #[must_use]
    pub const fn credential(mut self, credential: CredentialId) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Starts after an earlier page: with the event before this operation.
    #[must_use]
    pub fn before(mut self, cursor: impl Into<Option<OperationId>>) -> Self {
        self.before = cursor.into();
        self
    }

    /// Sets the page size; 100 by default.
    #[must_use]
    pub const fn size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }

    pub(super) const fn one_before(&self) -> Option<OperationId> {
        self.before
    }

    /// Returns the query for the first page.
    pub(super) fn query(self, account: &AccountId) -> EventQuery {
        EventQuery {
            account: account.clone(),
            workspace: self.workspace,
            credential: self.credential,
            before: None,
            size: self.size,
        }
    }
}
