//! The rules to create, rename and remove workspaces.

use crate::domain::account::{AccountRecord, Revision};
use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::RecordTag;
use crate::values::{Name, NameKey, OperationId, Timestamp, WorkspaceId};

use super::Decision;
use super::limits::Limits;
use super::refusal::Refusal;

/// Checks that a workspace may be created. `taken` is the workspace with this id, removed or not, if there is one.
/// `existing` is the number of workspaces of the account; a number beyond the limit need not be exact.
pub(crate) fn may_create(
    taken: Option<&WorkspaceRecord>,
    existing: usize,
    limits: &Limits,
) -> Result<(), Refusal> {
    is_free(taken)?;
    let limit = limits.workspaces;
    if existing >= usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(Refusal::TooManyWorkspaces { limit });
    }
    Ok(())
}

fn is_free(taken: Option<&WorkspaceRecord>) -> Result<(), Refusal> {
    match taken {
        Some(_) => Err(Refusal::WorkspaceIdTaken),
        None => Ok(()),
    }
}

/// Creates a workspace of an account, with its first credential if each workspace keeps one.
pub(crate) fn create_workspace(
    account: &AccountRecord,
    (id, name): (WorkspaceId, Name),
    (incarnation, now): (OperationId, Timestamp),
    first: Option<CredentialRecord>,
    taken: Option<&WorkspaceRecord>,
) -> Result<Decision, Refusal> {
    is_free(taken)?;
    let made = u32::from(first.is_some());
    let workspace = WorkspaceRecord {
        id,
        incarnation,
        account: account.id.clone(),
        account_incarnation: account.incarnation,
        name: name.clone(),
        created: now,
        removed: None,
        revision: Revision::NONE.next(),
        credentials: made,
        permanent: made,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        tag: RecordTag::NONE,
    };
    let action = Action::WorkspaceCreated { name, first: first.as_ref().map(|first| first.id) };
    Ok(Decision { workspace, edit: first.map(CredentialEdit::Insert), action })
}

/// Renames a workspace. Two workspaces of an account can have one name.
pub(crate) fn rename_workspace(workspace: &WorkspaceRecord, name: Name) -> Option<Decision> {
    if workspace.name == name {
        return None;
    }
    let action = Action::Renamed { from: workspace.name.clone(), to: name.clone() };
    let revision = workspace.revision.next();
    Some(Decision {
        workspace: WorkspaceRecord { name, revision, ..workspace.clone() },
        edit: None,
        action,
    })
}

/// Removes a workspace and everything in it. Its id cannot be used again.
pub(crate) fn remove_workspace(
    workspace: &WorkspaceRecord,
    typed_name: &str,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if NameKey::of(typed_name) != workspace.name.key() {
        return Err(Refusal::WrongTypedName);
    }
    let action = Action::WorkspaceRemoved {
        name: workspace.name.clone(),
        credentials: workspace.credentials,
    };
    let workspace = WorkspaceRecord {
        removed: Some(now),
        revision: workspace.revision.next(),
        credentials: 0,
        permanent: 0,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        ..workspace.clone()
    };
    Ok(Decision { workspace, edit: None, action })
}

#[cfg(test)]
mod tests {
    use crate::domain::event::Action;
    use crate::domain::sample;
    use crate::values::Name;

    use super::rename_workspace;

    #[test]
    fn a_workspace_is_renamed_to_another_name_only() {
        let workspace = sample::workspace();
        assert_eq!(rename_workspace(&workspace, workspace.name.clone()), None);
        let to = Name::new("Another").unwrap();
        let decision = rename_workspace(&workspace, to.clone()).unwrap();
        assert_eq!(decision.workspace.name, to);
        assert_eq!(decision.workspace.revision, workspace.revision.next());
        assert_eq!(decision.action, Action::Renamed { from: workspace.name, to });
    }
}
