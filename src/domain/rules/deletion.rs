//! The rules for deletion, which requires the typed name.

use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::NameKey;

use super::counters::remove;
use super::refusal::Refusal;
use super::{Decision, Place};

/// Deletes a credential. Refused while an integration uses it.
pub(crate) fn delete(
    place: Place<'_>,
    record: &CredentialRecord,
    typed_name: &str,
) -> Result<Decision, Refusal> {
    if NameKey::of(typed_name) != record.name.key() {
        return Err(Refusal::WrongTypedName);
    }
    let integrations: Vec<_> =
        place.workspace.users_of(record.id).map(|user| user.integration.clone()).collect();
    if !integrations.is_empty() {
        return Err(Refusal::InUse { integrations });
    }
    let action = Action::Deleted { kind: record.kind, name: record.name.clone() };
    remove(place, record, action)
}

/// Deletes a credential whose tag does not match. Its row is not trusted, so no counter changes.
pub(crate) fn delete_corrupt(
    workspace: &WorkspaceRecord,
    record: &CredentialRecord,
    typed_name: &str,
) -> Result<Decision, Refusal> {
    if NameKey::of(typed_name) != record.name.key() {
        return Err(Refusal::WrongTypedName);
    }
    let action = Action::Deleted { kind: record.kind, name: record.name.clone() };
    let workspace = WorkspaceRecord { revision: workspace.revision.next(), ..workspace.clone() };
    Ok(Decision { workspace, edit: Some(CredentialEdit::Delete(record.id)), action })
}

#[cfg(test)]
mod tests {
    use super::delete_corrupt;
    use crate::domain::credential::CredentialEdit;
    use crate::domain::rules::Refusal;
    use crate::domain::sample;

    #[test]
    fn the_end_of_a_corrupt_credential_changes_no_counter() {
        let (workspace, record) = (sample::workspace(), sample::credential());
        let decision = delete_corrupt(&workspace, &record, " PRIMARY ").unwrap();
        assert_eq!(decision.edit, Some(CredentialEdit::Delete(record.id)));
        let mut expected = workspace.clone();
        expected.revision = expected.revision.next();
        assert_eq!(decision.workspace, expected);
        let refused = delete_corrupt(&workspace, &record, "other").unwrap_err();
        assert_eq!(refused, Refusal::WrongTypedName);
    }
}
