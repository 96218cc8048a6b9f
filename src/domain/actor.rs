//! The actors of management operations.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{AccountId, ActorId, KindWord, Scopes, WorkspaceId};

use super::restriction::{Restriction, narrowed};

/// A permission that the admins of an account can grant to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// "Manage API credentials": everything except creating, renaming and removing workspaces. Includes
    /// [`ViewApiCredentials`](Self::ViewApiCredentials).
    ManageApiCredentials,
    /// "View API credentials": everything except secrets. Nothing can be changed or revealed.
    ViewApiCredentials,
}

/// The role of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "every rule and page must handle a new role")]
pub enum Role {
    /// An admin of the account.
    Admin,
    /// A member of the account.
    Member,
    /// The host's operator, acting for the account.
    Operator,
}

impl Role {
    /// Returns `"admin"`, `"member"` or `"operator"`, the word that stores keep.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that is not `admin`, `member` or `operator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `admin`, `member` or `operator`: choose one of them")]
#[non_exhaustive]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Admin, Self::Member, Self::Operator]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// The actor of an event, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct ActorRef {
    /// The role of the actor.
    pub role: Role,
    /// The id of the actor, which the host chose.
    pub id: ActorId,
}

/// The person or job that requests a management operation in one account. The host authenticates the actor, and passes the
/// result as this value.
///
/// [`only_workspaces`](Self::only_workspaces) and [`only_kinds`](Self::only_kinds) limit an actor of any role to a part of the
/// account. Everything outside the limits is left out of lists, and is not found by its id. A limited actor cannot change the
/// account, and cannot create, rename or remove workspaces.
///
/// ```
/// use keyward::{AccountId, Actor, ActorId, Operator, Permission, WorkspaceId, kind::KindWord};
///
/// let acme = AccountId::new("acme")?;
/// let admin = Actor::admin(acme.clone(), ActorId::new("ada@acme.test")?);
/// let member = Actor::member(acme.clone(), ActorId::new("bob@acme.test")?)
///     .with(Permission::ManageApiCredentials);
/// let operator = Operator::new(ActorId::new("support-7")?).acting_for(acme.clone());
/// assert_eq!(admin.account(), operator.account());
/// assert!(member.can_manage() && !member.can_manage_workspaces());
///
/// let viewer = Actor::member(acme, ActorId::new("eve@acme.test")?)
///     .with(Permission::ViewApiCredentials)
///     .only_workspaces([WorkspaceId::new("acme/shop")?])
///     .only_kinds([KindWord::App]);
/// assert!(viewer.can_view() && !viewer.can_manage());
/// assert!(!viewer.includes_kind(KindWord::Track));
/// # Ok::<(), keyward::error::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    account: AccountId,
    by: ActorRef,
    granted: Option<Permission>,
    limits: Restriction,
    /// What the actor may give at most.
    ceiling: Scopes,
}

impl Actor {
    /// Creates an admin of `account`.
    #[must_use]
    pub const fn admin(account: AccountId, id: ActorId) -> Self {
        Self::of(account, ActorRef { role: Role::Admin, id })
    }

    /// Creates a member of `account` without permissions. Add them by [`with`](Self::with).
    #[must_use]
    pub const fn member(account: AccountId, id: ActorId) -> Self {
        Self::of(account, ActorRef { role: Role::Member, id })
    }

    /// Adds a permission that a member was granted. Admins and the operator do not need permissions.
    #[must_use]
    pub fn with(mut self, permission: Permission) -> Self {
        match permission {
            Permission::ManageApiCredentials => self.granted = Some(permission),
            Permission::ViewApiCredentials => drop(self.granted.get_or_insert(permission)),
        }
        self
    }

    /// Limits the actor to some workspaces. With an empty list, the actor sees no workspace. After several calls, the actor sees
    /// only the workspaces that are in every list.
    #[must_use]
    pub fn only_workspaces(mut self, only: impl IntoIterator<Item = WorkspaceId>) -> Self {
        self.limits.workspaces = Some(narrowed(self.limits.workspaces.take(), only));
        self
    }

    /// Limits the actor to credentials of some kinds. With an empty list, the actor sees no credential. After several calls, the
    /// actor sees only credentials of the kinds that are in every list.
    ///
    /// An allowlist applies to all kinds, so the actor can read it and cannot change it. The history of the actor has only the
    /// events about existing credentials of these kinds.
    #[must_use]
    pub fn only_kinds(mut self, only: impl IntoIterator<Item = KindWord>) -> Self {
        self.limits.kinds = Some(narrowed(self.limits.kinds.take(), only));
        self
    }

    /// Limits the actor to some scopes. It cannot issue, rotate, reveal, resume or extend a credential that may do more, and cannot
    /// change the account. It still sees such a credential, and can suspend or delete it. Two limits never admit more than each of
    /// them.
    #[must_use]
    pub fn only_scopes(mut self, only: impl Into<Scopes>) -> Self {
        self.ceiling = self.ceiling.and(&only.into());
        self
    }

    /// Returns the scopes that a credential can have at most if this actor issues it.
    #[must_use]
    pub const fn scopes(&self) -> &Scopes {
        &self.ceiling
    }

    /// Returns the account in which this actor acts.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the role and id of the actor, as the history keeps them.
    #[must_use]
    pub const fn by(&self) -> &ActorRef {
        &self.by
    }

    /// Returns `true` if the actor can read credentials and workspaces within its limits. Otherwise every operation is refused.
    #[must_use]
    pub const fn can_view(&self) -> bool {
        match self.by.role {
            Role::Admin | Role::Operator => true,
            Role::Member => self.granted.is_some(),
        }
    }

    /// Returns `true` if the actor can change credentials and integrations within its limits, and reveal secrets.
    #[must_use]
    pub const fn can_manage(&self) -> bool {
        match self.by.role {
            Role::Admin | Role::Operator => true,
            Role::Member => matches!(self.granted, Some(Permission::ManageApiCredentials)),
        }
    }

    /// Returns `true` if the actor can change the allowlists of the workspaces within its limits. An allowlist applies to
    /// credentials of every kind.
    #[must_use]
    pub const fn can_manage_allowlists(&self) -> bool {
        self.can_manage() && self.limits.kinds.is_none() && self.ceiling.is_all()
    }

    /// Returns `true` if the actor can change the settings of the account.
    #[must_use]
    pub const fn can_manage_account(&self) -> bool {
        self.can_manage() && self.limits.is_none() && self.ceiling.is_all()
    }

    /// Returns `true` if the actor can set the policy of the account and deactivate its members: an admin or the operator, with all
    /// workspaces, kinds and scopes.
    #[must_use]
    pub const fn can_administer(&self) -> bool {
        matches!(self.by.role, Role::Admin | Role::Operator)
            && self.limits.is_none()
            && self.ceiling.is_all()
    }

    /// Returns `true` if the actor can create, rename and remove workspaces. The same as [`can_administer`](Self::can_administer).
    #[must_use]
    pub const fn can_manage_workspaces(&self) -> bool {
        self.can_administer()
    }

    /// Returns `true` if the workspace is within the limits of the actor. It may belong to another account.
    #[must_use]
    pub fn includes_workspace(&self, id: &WorkspaceId) -> bool {
        self.limits.admits_workspace(id)
    }

    /// Returns `true` if the kind is within the limits of the actor.
    #[must_use]
    pub fn includes_kind(&self, kind: KindWord) -> bool {
        self.limits.admits_kind(kind)
    }

    /// Returns the workspaces to which the actor is limited, or `None` if all are included.
    #[must_use]
    pub const fn workspaces(&self) -> Option<&BTreeSet<WorkspaceId>> {
        self.limits.workspaces.as_ref()
    }

    /// Returns the kinds to which the actor is limited, or `None` if all are included.
    #[must_use]
    pub const fn kinds(&self) -> Option<&BTreeSet<KindWord>> {
        self.limits.kinds.as_ref()
    }

    pub(crate) const fn limits(&self) -> &Restriction {
        &self.limits
    }

    const fn of(account: AccountId, by: ActorRef) -> Self {
        Self { account, by, granted: None, limits: Restriction::NONE, ceiling: Scopes::All }
    }
}

/// The host's operator.
///
/// An operator acts for one account at a time, and the account's history names them. Only an operator can suspend an
/// account, change anything in a suspended account, and trace a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    id: ActorId,
}

impl Operator {
    /// The id of the operator that issues the credentials of a leak drill (`keyward leak-drill`). An alert of a drill can stop only
    /// credentials that this operator issued, so do not give the id to another operator.
    pub const LEAK_DRILL: &'static str = "keyward-leak-drill";

    /// The id of the operator in the events of [`maintain`](crate::Keyward::maintain).
    pub const MAINTAIN: &'static str = "keyward-maintain";

    /// Returns the operator as which `maintain` acts.
    pub(crate) fn maintain() -> Self {
        Self { id: ActorId::constant(Self::MAINTAIN) }
    }

    /// Creates an operator with an id that the host chose.
    #[must_use]
    pub const fn new(id: ActorId) -> Self {
        Self { id }
    }

    /// Returns the id of the operator.
    #[must_use]
    pub const fn id(&self) -> &ActorId {
        &self.id
    }

    /// Returns the operator as the actor of a management operation in `account`.
    #[must_use]
    pub fn acting_for(&self, account: AccountId) -> Actor {
        Actor::of(account, ActorRef { role: Role::Operator, id: self.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, UnknownRole};

    /// The words are those in the rows of earlier versions.
    #[test]
    fn the_words_that_stores_keep_are_admin_member_and_operator() {
        for (role, word) in
            [(Role::Admin, "admin"), (Role::Member, "member"), (Role::Operator, "operator")]
        {
            assert_eq!((role.as_str(), role.to_string().as_str()), (word, word));
            assert_eq!(word.parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), word);
        }
        assert_eq!("owner".parse::<Role>(), Err(UnknownRole));
    }
}
