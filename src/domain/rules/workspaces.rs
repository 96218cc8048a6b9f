//! Creation and removal of workspaces.

use crate::domain::account::Revision;
use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{Name, NameKey, Timestamp};

use super::Decision;
use super::refusal::Refusal;

/// Whether a workspace may be created. `taken` is the workspace that has the id, removed or not, if one
/// has.
pub(crate) fn may_create(taken: Option<&WorkspaceRecord>) -> Result<(), Refusal> {
    match taken {
        Some(_) => Err(Refusal::WorkspaceIdTaken),
        None => Ok(()),
    }
}

/// Creates a workspace with its first Track set.
pub(crate) fn create_workspace(
    primary: CredentialRecord,
    name: Name,
    taken: Option<&WorkspaceRecord>,
) -> Result<Decision, Refusal> {
    may_create(taken)?;
    let workspace = WorkspaceRecord {
        id: primary.workspace.clone(),
        account: primary.account.clone(),
        name: name.clone(),
        created: primary.created,
        removed: None,
        revision: Revision::NONE.next(),
        credentials: 1,
        lasting: 1,
        integrations: Vec::new(),
        allowlist: Vec::new(),
    };
    let action = Action::WorkspaceCreated { name, primary: primary.id };
    Ok(Decision { workspace, edit: Some(CredentialEdit::Insert(primary)), action })
}

/// Removes a workspace, and with it everything in it. Its id stays taken.
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
        lasting: 0,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        ..workspace.clone()
    };
    Ok(Decision { workspace, edit: None, action })
}
