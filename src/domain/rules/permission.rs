//! The rules for the permissions of actors.

use crate::domain::account::AccountRecord;
use crate::domain::actor::{Actor, Role};

/// The permission that an operation requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Permission to read the account, its workspaces and its credentials.
    View,
    /// Permission to change the credentials of a workspace, and to reveal their secrets.
    ManageCredentials,
    /// Permission to change what applies to all credentials of a workspace.
    ManageAllowlist,
    /// Permission to change the settings of the account.
    ManageAccount,
    /// Permission to set the policy of the account, and to deactivate its members.
    Administer,
    /// Permission to create, rename and remove workspaces.
    ManageWorkspaces,
    /// Permission to import keys of another system.
    Import,
    /// Permission to suspend, resume and close the account, and to repair its records.
    Operate,
}

/// Why an actor is not authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotPermitted {
    /// The actor lacks the role or the permission.
    Forbidden,
    /// The operator has suspended the account.
    AccountSuspended,
    /// The operator has closed the account.
    AccountClosed,
}

/// Checks that the actor has the permission `needs` in this account. An account without a record is new.
pub(crate) fn permit(
    actor: &Actor,
    needs: Needs,
    account: Option<&AccountRecord>,
) -> Result<(), NotPermitted> {
    let role = actor.by().role;
    let allowed = match needs {
        Needs::View => actor.can_view(),
        Needs::ManageCredentials => actor.can_manage(),
        Needs::ManageAllowlist => actor.can_manage_allowlists(),
        Needs::ManageAccount => actor.can_manage_account(),
        Needs::Administer => actor.can_administer(),
        Needs::ManageWorkspaces => actor.can_manage_workspaces(),
        // The ceiling is compared with each row.
        Needs::Import => role == Role::Operator && actor.limits().is_none(),
        // To resume an account resumes all its credentials, so it needs every scope.
        Needs::Operate => role == Role::Operator && actor.can_administer(),
    };
    if !allowed {
        return Err(NotPermitted::Forbidden);
    }
    let is_operator = role == Role::Operator;
    let reads_or_operates = matches!(needs, Needs::View | Needs::Operate);
    match account {
        Some(account) if account.closed.is_some() && !(is_operator && reads_or_operates) => {
            Err(NotPermitted::AccountClosed)
        }
        Some(account) if account.suspended.is_some() && !is_operator => {
            Err(NotPermitted::AccountSuspended)
        }
        Some(_) | None => Ok(()),
    }
}
