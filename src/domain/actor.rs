//! The actors of management operations.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{AccountId, ActorId};

/// A permission that the admins of an account can grant to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// "Manage API credentials": everything except creating and removing workspaces.
    ManageApiCredentials,
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
/// ```
/// use keyward::{AccountId, Actor, ActorId, Operator, Permission};
///
/// let acme = AccountId::new("acme")?;
/// let admin = Actor::admin(acme.clone(), ActorId::new("ada@acme.test")?);
/// let member = Actor::member(acme.clone(), ActorId::new("bob@acme.test")?)
///     .with(Permission::ManageApiCredentials);
/// let operator = Operator::new(ActorId::new("support-7")?).acting_for(acme);
/// assert_eq!(admin.account(), operator.account());
/// # let _ = member;
/// # Ok::<(), keyward::error::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    account: AccountId,
    by: ActorRef,
    may_manage: Option<Permission>,
}

impl Actor {
    /// Creates an admin of `account`.
    #[must_use]
    pub const fn admin(account: AccountId, id: ActorId) -> Self {
        Self { account, by: ActorRef { role: Role::Admin, id }, may_manage: None }
    }

    /// Creates a member of `account` without permissions. Add them by [`with`](Self::with).
    #[must_use]
    pub const fn member(account: AccountId, id: ActorId) -> Self {
        Self { account, by: ActorRef { role: Role::Member, id }, may_manage: None }
    }

    /// Adds a permission that a member was granted. Admins and the operator do not need permissions.
    #[must_use]
    pub fn with(mut self, permission: Permission) -> Self {
        match permission {
            Permission::ManageApiCredentials => self.may_manage = Some(permission),
        }
        self
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

    pub(crate) const fn may_manage(&self) -> bool {
        match self.by.role {
            Role::Admin | Role::Operator => true,
            Role::Member => matches!(self.may_manage, Some(Permission::ManageApiCredentials)),
        }
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
        Actor {
            account,
            by: ActorRef { role: Role::Operator, id: self.id.clone() },
            may_manage: None,
        }
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
