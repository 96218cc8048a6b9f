//! The options of operations, as values.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::rules::RequestedExpiry;
use crate::domain::{ActionWord, Actor, CredentialStatus, Grant, Owner};
use crate::store::{
    CredentialCursor, CredentialQuery, EventQuery, NameFilter, PageSize, Scope, StatusFilter,
};
use crate::values::{
    ActorId, CredentialId, CredentialNetworks, KindWord, Label, Labels, Name, NameKey, OperationId,
    Scopes, Timestamp, WorkspaceId,
};

/// A workspace to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    pub(super) id: WorkspaceId,
    pub(super) name: Name,
    pub(super) operation: Option<String>,
}

impl NewWorkspace {
    /// Creates the options with a name and an id. You choose the id, and it must never have been used before.
    #[must_use]
    pub const fn new(id: WorkspaceId, name: Name) -> Self {
        Self { id, name, operation: None }
    }

    /// Sets the operation id, such as a random one in a form. A repeated call with the same id and the same name creates nothing,
    /// whichever workspace id it has. It fails with [`Repeated`](crate::ManageError::Repeated), or returns the workspace if it
    /// was created without a credential. [`NewCredential::operation`] describes how long an id is remembered.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }
}

/// A credential to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    pub(super) workspace: WorkspaceId,
    pub(super) name: Name,
    pub(super) expires: RequestedExpiry,
    pub(super) grant: Grant,
    pub(super) operation: Option<String>,
}

impl NewCredential {
    /// Creates the options for a credential in this workspace, with this name. Without [`expires`](Self::expires) or
    /// [`no_expiry`](Self::no_expiry), the default expiry of the [account](crate::manage::AccountPolicy) applies, if it has one.
    #[must_use]
    pub fn new(workspace: WorkspaceId, name: Name) -> Self {
        let (expires, grant) = (RequestedExpiry::Default, Grant::default());
        Self { workspace, name, expires, grant, operation: None }
    }

    /// Sets the expiry.
    #[must_use]
    pub const fn expires(mut self, at: Timestamp) -> Self {
        self.expires = RequestedExpiry::At(at);
        self
    }

    /// Issues the credential without an expiry, even if the account has a default.
    #[must_use]
    pub fn no_expiry(mut self) -> Self {
        self.expires = RequestedExpiry::Never;
        self
    }

    /// Sets the scopes. Without this, the credential has all of them, including scopes that are added later.
    #[must_use]
    pub fn scopes(mut self, scopes: impl Into<Scopes>) -> Self {
        self.grant.scopes = scopes.into();
        self
    }

    /// Sets the networks from which the credential can be used, in addition to the workspace's allowlist.
    #[must_use]
    pub fn networks(mut self, networks: CredentialNetworks) -> Self {
        self.grant.networks = Some(networks);
        self
    }

    /// Sets the labels.
    #[must_use]
    pub fn labels(mut self, labels: Labels) -> Self {
        self.grant.labels = labels;
        self
    }

    /// Sets the owner. The account by default.
    #[must_use]
    pub fn owner(mut self, owner: Owner) -> Self {
        self.grant.owner = owner;
        self
    }

    /// Sets scopes, networks, labels and owner.
    #[cfg(any(feature = "manage-api", feature = "page"))]
    pub(crate) fn granted(mut self, grant: Grant) -> Self {
        self.grant = grant;
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

    /// Allows this rotation to end the overlap of an earlier rotation. Without it, a rotation with an overlap is refused with
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

/// A filter for a list of credentials. The list has pages. It is sorted by the bytes of the [keys](NameKey) of the names, and equal
/// names, which different workspaces or kinds can have, by the bytes of the ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialFilter {
    workspace: Option<WorkspaceId>,
    kind: Option<KindWord>,
    name: Option<NameKey>,
    status: Option<CredentialStatus>,
    labels: Vec<Label>,
    owner: Option<Owner>,
    imported_unused_since: Option<Timestamp>,
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

    /// Only credentials whose names begin with this text. The [keys](NameKey) are compared: case and white space at the ends do not
    /// matter. An empty text matches every name.
    #[must_use]
    pub fn name_starts_with(mut self, text: &str) -> Self {
        self.name = Some(NameKey::of(text)).filter(|key| !key.as_str().is_empty());
        self
    }

    /// Only credentials with this status.
    #[must_use]
    pub const fn status(mut self, status: CredentialStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Only credentials with this label. Several calls require all of these labels.
    #[must_use]
    pub fn label(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    /// Only credentials of this owner.
    #[must_use]
    pub fn owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Only credentials with an [imported](crate::imports) current secret that was last used before this time or never. A use in the
    /// other system counts, if its time was imported. For keys that were not seen for 30 days, give the time 30 days ago.
    #[must_use]
    pub const fn imported_unused_since(mut self, time: Timestamp) -> Self {
        self.imported_unused_since = Some(time);
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

    pub(super) fn query(self, actor: &Actor, now: Timestamp) -> CredentialQuery {
        let mut restriction = actor.limits().clone();
        if self.name.as_ref().is_some_and(|name| name.as_str().contains(char::is_control)) {
            // No name has such a character, and a database may refuse the text.
            restriction.kinds = Some(BTreeSet::new());
        }
        CredentialQuery {
            scope: match self.workspace {
                Some(workspace) => Scope::Workspace(workspace),
                None => Scope::Account(actor.account().clone()),
            },
            restriction,
            kind: self.kind,
            name: self.name.map(NameFilter::StartsWith),
            status: self.status.map(StatusFilter::Is),
            labels: self.labels,
            owner: self.owner,
            imported_unused_since: self.imported_unused_since,
            now,
            after: self.after,
            size: self.size,
        }
    }
}

/// The options of a run through the credentials of an account, to preview or apply its policy. Each step of a run examines one page of
/// credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyRun {
    pub(super) earliest_expiry: Option<Timestamp>,
    pub(super) after: Option<CredentialCursor>,
    pub(super) size: PageSize,
}

impl PolicyRun {
    /// Creates the options for a run from the beginning.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the earliest expiry that the run gives to a credential. Without it, a credential that is already past the allowed time
    /// ends at once.
    #[must_use]
    pub const fn earliest_expiry(mut self, at: Timestamp) -> Self {
        self.earliest_expiry = Some(at);
        self
    }

    /// Starts after an earlier step.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<Option<CredentialCursor>>) -> Self {
        self.after = cursor.into();
        self
    }

    /// Sets how many credentials a step examines; 100 by default.
    #[must_use]
    pub const fn size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }
}

/// A filter for a list of events. The list is newest first and has pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    workspace: Option<WorkspaceId>,
    credential: Option<CredentialId>,
    by: Option<ActorId>,
    action: Option<ActionWord>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
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

    /// Only events by the actor with this id, in any role.
    #[must_use]
    pub fn by(mut self, actor: ActorId) -> Self {
        self.by = Some(actor);
        self
    }

    /// Only events with this action.
    #[must_use]
    pub const fn action(mut self, action: ActionWord) -> Self {
        self.action = Some(action);
        self
    }

    /// Only events at this time or later.
    #[must_use]
    pub const fn from(mut self, time: Timestamp) -> Self {
        self.from = Some(time);
        self
    }

    /// Only events before this time.
    #[must_use]
    pub const fn until(mut self, time: Timestamp) -> Self {
        self.until = Some(time);
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
    pub(super) fn query(self, actor: &Actor) -> EventQuery {
        EventQuery {
            account: actor.account().clone(),
            restriction: actor.limits().clone(),
            workspace: self.workspace,
            credential: self.credential,
            by: self.by,
            action: self.action,
            from: self.from,
            until: self.until,
            before: None,
            size: self.size,
        }
    }
}
