//! The rules for secrets that were found in public.

#[cfg(feature = "leaks")]
use crate::domain::actor::{ActorRef, Operator, Role};
use crate::domain::credential::{CredentialRecord, CredentialStatus};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{GenerationNumber, LeakPlace, Timestamp};

use super::Decision;

/// A way to stop a leaked secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeakStop {
    /// Replace it, without an overlap.
    Rotate,
    /// Suspend its credential.
    Suspend,
}

/// Returns the ways to stop a leaked secret. The second is for a credential that the rules keep from the first.
pub(crate) const fn leak_stops(is_shown_again: bool) -> [LeakStop; 2] {
    if is_shown_again {
        [LeakStop::Rotate, LeakStop::Suspend]
    } else {
        [LeakStop::Suspend, LeakStop::Rotate]
    }
}

/// Returns `true` if a request with this secret could pass.
pub(crate) fn is_live(record: &CredentialRecord, number: GenerationNumber, now: Timestamp) -> bool {
    let is_usable =
        matches!(record.status(now), CredentialStatus::Active | CredentialStatus::Deprecated);
    let overlaps = record
        .previous
        .as_ref()
        .is_some_and(|previous| previous.generation.number == number && previous.until > now);
    is_usable && (record.current.number == number || overlaps)
}

/// Returns `true` if the alert of a leak drill may stop a secret: it is the first secret of a credential that the drill issued. A
/// customer can choose the id of an admin or a member, but not the role. A later secret belongs to whoever rotated the credential.
#[cfg(feature = "leaks")]
pub(crate) fn is_of_drill(created_by: &ActorRef, generation: GenerationNumber) -> bool {
    created_by.role == Role::Operator
        && created_by.id.as_str() == Operator::LEAK_DRILL
        && generation == GenerationNumber::FIRST
}

/// Records that a secret was found in public. Changes nothing else.
pub(crate) fn report_leak(
    workspace: &WorkspaceRecord,
    generation: GenerationNumber,
    place: LeakPlace,
) -> Decision {
    let workspace = WorkspaceRecord { revision: workspace.revision.next(), ..workspace.clone() };
    Decision { workspace, edit: None, action: Action::Leaked { generation, place } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::{Deprecation, GenerationRecord, PreviousGeneration};
    use crate::domain::sample;
    #[cfg(feature = "leaks")]
    use crate::values::ActorId;

    #[test]
    fn a_secret_is_live_while_a_request_with_it_could_pass() {
        let record = sample::credential();
        let [first, second, third] = [1, 2, 3].map(|number| GenerationNumber::new(number).unwrap());
        let now = Timestamp::MIN;
        assert!(is_live(&record, first, now));
        assert!(!is_live(&record, second, now), "no secret has this number");
        let until = now.saturating_add(std::time::Duration::from_secs(1));
        let rotated = CredentialRecord {
            current: GenerationRecord { number: second, ..record.current.clone() },
            previous: Some(PreviousGeneration { generation: record.current.clone(), until }),
            ..record.clone()
        };
        assert!(is_live(&rotated, first, now) && is_live(&rotated, second, now));
        assert!(!is_live(&rotated, first, until), "its overlap has ended");
        assert!(is_live(&rotated, second, until) && !is_live(&rotated, third, now));
        let deprecation = Some(Deprecation { since: now, sunset: None });
        assert!(is_live(&CredentialRecord { deprecation, ..rotated.clone() }, first, now));
        let suspended = CredentialRecord { suspended: Some(now), ..rotated.clone() };
        let expired = CredentialRecord { expires: Some(now), ..rotated };
        for stopped in [suspended, expired] {
            assert!(!is_live(&stopped, first, now) && !is_live(&stopped, second, now));
        }
    }

    #[cfg(feature = "leaks")]
    #[test]
    fn a_drill_may_stop_only_the_first_secret_that_its_operator_issued() {
        let by = |role, id: &str| ActorRef { role, id: ActorId::new(id).unwrap() };
        let drill = by(Role::Operator, "keyward-leak-drill");
        let [first, second] = [1, 2].map(|number| GenerationNumber::new(number).unwrap());
        assert!(is_of_drill(&drill, first));
        assert!(!is_of_drill(&drill, second));
        for other in [
            by(Role::Admin, "keyward-leak-drill"),
            by(Role::Member, "keyward-leak-drill"),
            by(Role::Operator, "keyward-leak-drills"),
            by(Role::Operator, "support-7"),
        ] {
            assert!(!is_of_drill(&other, first), "{other:?}");
        }
    }

    #[test]
    fn a_report_writes_nothing_but_the_event() {
        let workspace = sample::workspace();
        let place = LeakPlace::new("commit", "https://example.com");
        let decision = report_leak(&workspace, GenerationNumber::FIRST, place.clone());
        assert_eq!(decision.action, Action::Leaked { generation: GenerationNumber::FIRST, place });
        let revision = workspace.revision.next();
        assert_eq!(decision.workspace, WorkspaceRecord { revision, ..workspace });
        assert_eq!(decision.edit, None);
    }

    #[test]
    fn a_secret_that_can_be_revealed_again_is_replaced_first() {
        assert_eq!(leak_stops(true), [LeakStop::Rotate, LeakStop::Suspend]);
        assert_eq!(leak_stops(false), [LeakStop::Suspend, LeakStop::Rotate]);
    }
}
