//! The rules for deletion, which requires the typed name.

use std::time::Duration;

use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{NameKey, Timestamp};

use super::minimum::remove;
use super::refusal::Refusal;
use super::{Decision, WorkspaceWithMinimum};

/// Deletes a credential. Refused while an integration uses it.
pub(crate) fn delete(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    typed_name: &str,
) -> Result<Decision, Refusal> {
    if NameKey::of(typed_name) != record.name.key() {
        return Err(Refusal::WrongTypedName);
    }
    let integrations: Vec<_> =
        context.workspace.users_of(record.id).map(|user| user.integration.clone()).collect();
    if !integrations.is_empty() {
        return Err(Refusal::InUse { integrations });
    }
    let action = Action::Deleted { kind: record.kind, name: record.name.clone() };
    remove(context, record, action)
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

/// The number of days after its last use in which a credential counts as in use.
pub(crate) const RECENT_DAYS: u64 = 30;
const RECENTLY: Duration = Duration::from_hours(RECENT_DAYS * 24);

/// Returns `true` if a use of the credential in the last 30 days is recorded. Its deletion may break something.
pub(crate) fn is_used_recently(record: &CredentialRecord, now: Timestamp) -> bool {
    let mut uses = record.generations().filter_map(|generation| generation.last_used);
    uses.any(|at| at >= now.saturating_sub(RECENTLY))
}

#[cfg(test)]
mod tests {
    use super::{RECENTLY, delete_corrupt, is_used_recently};
    use std::time::Duration;

    use crate::domain::credential::{CredentialEdit, PreviousGeneration};
    use crate::domain::rules::Refusal;
    use crate::domain::sample;
    use crate::values::Timestamp;

    #[test]
    fn a_use_is_recent_for_thirty_days() {
        let mut record = sample::credential();
        let at = Timestamp::from_micros(0).unwrap();
        assert!(!is_used_recently(&record, at));
        record.current.last_used = Some(at);
        for (later, expected) in [(0, true), (1, false)] {
            let now = at.saturating_add(RECENTLY + Duration::from_micros(later));
            assert_eq!(is_used_recently(&record, now), expected, "{later}");
        }
        // A clock that is behind that of another node.
        assert!(is_used_recently(&record, at.saturating_sub(RECENTLY)));
        // The previous secret counts too.
        let generation = std::mem::replace(&mut record.current, sample::credential().current);
        record.previous = Some(PreviousGeneration { generation, until: Timestamp::MAX });
        assert!(is_used_recently(&record, at));
    }

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
