//! Deletion, by typing the name.

use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::NameKey;

use super::Decision;
use super::counters::remove;
use super::refusal::Refusal;

/// Deletes a credential for ever. Refused while an integration uses it.
pub(crate) fn delete(
    workspace: &WorkspaceRecord,
    record: &CredentialRecord,
    typed_name: &str,
) -> Result<Decision, Refusal> {
    if NameKey::of(typed_name) != record.name.key() {
        return Err(Refusal::WrongTypedName);
    }
    let integrations: Vec<_> =
        workspace.users_of(record.id).map(|user| user.integration.clone()).collect();
    if !integrations.is_empty() {
        return Err(Refusal::InUse { integrations });
    }
    let action = Action::Deleted { kind: record.kind, name: record.name.clone() };
    remove(workspace, record, action)
}
