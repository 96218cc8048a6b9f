//! What operations are given: options as values.

use std::time::Duration;

use crate::domain::CredentialStatus;
use crate::store::{CredentialCursor, CredentialQuery, EventQuery, PageSize, Scope, StatusFilter};
use crate::values::{AccountId, CredentialId, KindWord, Name, OperationId, Timestamp, WorkspaceId};

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
    pub(super) operation: Option<String>,
}

impl NewCredential {
    /// In this workspace, with this name, without an expiry.
    #[must_use]
    pub const fn new(workspace: WorkspaceId, name: Name) -> Self {
        Self { workspace, name, expires: None, operation: None }
    }

    /// With an expiry.
    #[must_use]
    pub const fn expires(mut self, at: Timestamp) -> Self {
        self.expires = Some(at);
        self
    }

    /// Under an operation id that the caller chooses, such as a random one that a form was sent with. The credential is
    /// then issued once: see [`ManageError::Repeated`](crate::ManageError::Repeated). Ids of different accounts never
    /// meet, and an id is remembered for at least 24 hours.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }
}

/// A rotation: how long the previous secret goes on working. A [`Duration`] is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    pub(super) overlap: Duration,
    pub(super) ends_earlier: bool,
    pub(super) operation: Option<String>,
}

impl Rotation {
    /// With this overlap, of at least a second; with [`Duration::ZERO`] every earlier secret ends at once.
    #[must_use]
    pub const fn new(overlap: Duration) -> Self {
        Self { overlap, ends_earlier: false, operation: None }
    }

    /// Lets the overlap of an earlier rotation end early. Otherwise a rotation with an overlap is refused while one runs
    /// ([`OverlapRuns`](crate::Refusal::OverlapRuns)), since only two secrets of a credential can work at a time.
    #[must_use]
    pub const fn end_overlap(mut self) -> Self {
        self.ends_earlier = true;
        self
    }

    /// Under an operation id that the caller chooses. The credential is then rotated once, and a repeat leaves the
    /// deployed secret as it is: see [`ManageError::Repeated`](crate::ManageError::Repeated). Ids of different accounts
    /// never meet, and an id is remembered for at least 24 hours.
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

/// Which credentials to list: in the order of their names, a page at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialFilter {
    workspace: Option<WorkspaceId>,
    kind: Option<KindWord>,
    status: Option<CredentialStatus>,
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
    pub const fn kind(mut self, kind: KindWord) -> Self {
        self.kind = Some(kind);
        self
    }

    /// That stand so now.
    #[must_use]
    pub const fn status(mut self, status: CredentialStatus) -> Self {
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
    before: Option<OperationId>,
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

    /// From where the page before ended: before the event of this operation.
    #[must_use]
    pub fn before(mut self, cursor: impl Into<Option<OperationId>>) -> Self {
        self.before = cursor.into();
        self
    }

    /// This many at a time; 100 by default.
    #[must_use]
    pub const fn size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }

    pub(super) const fn one_before(&self) -> Option<OperationId> {
        self.before
    }

    /// The query of the first page.
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
