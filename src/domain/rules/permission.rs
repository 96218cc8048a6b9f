//! Which actor may do what.

use crate::domain::account::AccountRecord;
use crate::domain::actor::{Actor, Role};

/// What an operation asks of its actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// To manage the credentials of a workspace, reading included.
    ManageCredentials,
    /// To create and remove workspaces.
    ManageWorkspaces,
    /// To suspend and resume the account.
    Operate,
}

/// Why an actor may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotPermitted {
    /// The actor lacks the role or the permission.
    Forbidden,
    /// The operator has the account suspended.
    AccountSuspended,
}

/// Whether `actor` may do what `needs` it, in the account as it stands. An account without a record is new.
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
