//! Applying the policy of an account to an existing credential.

use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::values::Timestamp;

use super::account_policy::{RequiredChange, required_change};
use super::minimum::update;
use super::{Ruling, WorkspaceWithMinimum};

/// Sets the expiry that the policy finds for an existing credential.
pub(crate) fn apply_policy(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    earliest_expiry: Timestamp,
    now: Timestamp,
) -> Ruling {
    let Some(RequiredChange::Expires { at }) =
        required_change(context.rules(), record, earliest_expiry, now)
    else {
        return Ok(None);
    };
    let after = CredentialRecord { expires: Some(at), ..record.clone() };
    update(context, record, after, Action::ExpirySet { at }).map(Some)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::apply_policy;
    use crate::domain::account_policy::{AccountPolicy, PolicyChange};
    use crate::domain::event::Action;
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::rules::WorkspaceWithMinimum;
    use crate::domain::{CredentialRecord, sample};
    use crate::values::{KindWord, Timestamp};

    fn at(seconds: u64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(Duration::from_secs(seconds))
    }

    #[test]
    fn a_policy_is_applied_once_and_spares_until_the_time_that_was_named() {
        let change = PolicyChange::new().max_lifetime_seconds(50);
        let policy = AccountPolicy::NONE.changed(&change).unwrap();
        let workspace = sample::workspace();
        let context = WorkspaceWithMinimum {
            workspace: &workspace,
            minimum: None,
            policy,
            inactive_owners: &InactiveOwners::NONE,
        };
        let mut issued = CredentialRecord { kind: KindWord::App, ..sample::credential() };
        (issued.created, issued.current.created) = (at(100), at(200));
        let apply = |record: &CredentialRecord, earliest_expiry, now| {
            apply_policy(context, record, at(earliest_expiry), at(now)).unwrap()
        };
        let decision = apply(&issued, 900, 700).unwrap();
        assert_eq!(decision.action, Action::ExpirySet { at: at(900) });
        let applied = decision.credential().unwrap();
        assert_eq!(applied.expires, Some(at(900)));
        assert_eq!(apply(&applied, 900, 710), None, "a second run changes nothing");
        assert_eq!(apply(&applied, 999, 710), None, "an expiry is never moved back");
        let sooner = apply(&applied, 0, 710).unwrap().credential().unwrap();
        assert_eq!(sooner.expires, Some(at(710)));
    }
}
