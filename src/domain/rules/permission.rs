//! The rules for the permissions of actors.

use crate::domain::account::AccountRecord;
use crate::domain::actor::{Actor, Role};

/// The permission that an operation requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Permission to manage and read the credentials of a workspace.
    ManageCredentials,
    /// Permission to create and remove workspaces.
    ManageWorkspaces,
    /// Permission to suspend and resume the account.
    Operate,
}

/// Why an actor is not authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotPermitted {
    /// The actor lacks the role or the permission.
    Forbidden,
    /// The operator has suspended the account.
    AccountSuspended,
}

/// Checks that the actor has the permission `needs` in this account. An account without a record is new.
pub(crate) fn permit(
    actor: &Actor,
    needs: Needs,
    account: Option<&AccountRecord>,
) -> Result<(), NotPermitted> {
    let role = actor.by().role;
    let allowed = match needs {
        Needs::ManageCredentials => actor.may_manage(),
        Needs::ManageWorkspaces => matches!(role, Role::Admin | Role::Operator),
        Needs::Operate => role == Role::Operator,
    };
    if !allowed {
        return Err(NotPermitted::Forbidden);
    }
    if account.is_some_and(|account| account.suspended.is_some()) && role != Role::Operator {
        return Err(NotPermitted::AccountSuspended);
    }
    Ok(())
}
