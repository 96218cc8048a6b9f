//! The rules for new secrets, and for the end of the previous one.

use std::time::Duration;

use crate::domain::credential::{CredentialRecord, GenerationRecord, PreviousGeneration};
use crate::domain::event::Action;
use crate::values::{GenerationNumber, Timestamp};

use super::account_policy::Begun;
use super::lifecycle::{not_ended, usable};
use super::limits::Limits;
use super::minimum::update;
use super::refusal::Refusal;
use super::{Decision, Ruling, WorkspaceWithMinimum};

/// Returns the number of a credential's next secret. Refused if the credential is not usable, has no numbers left, or has an expiry
/// that the policy of the account does not allow for a new secret.
fn next_generation(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    now: Timestamp,
) -> Result<GenerationNumber, Refusal> {
    usable(record, now)?;
    let begun = Begun { issued: record.created, secret: now };
    context.rules().check_expiry(record.kind, begun, record.expires, now)?;
    record.current.number.next().ok_or(Refusal::GenerationsExhausted)
}

/// The treatment of the earlier secrets in a rotation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverlapChoice {
    /// The time for which the replaced secret still works.
    pub(crate) overlap: Duration,
    /// Whether this rotation may end the overlap of an earlier one early.
    pub(crate) ends_earlier: bool,
}

/// The shortest overlap. Pages and headers show times without fractions of a second.
const SHORTEST_OVERLAP: Duration = Duration::from_secs(1);

/// Checks that a credential may be rotated in this way, and returns the number of the new secret.
///
/// A rotation without an overlap, for instance after a leak, may always end every earlier secret.
pub(crate) fn may_rotate(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    overlap_choice: OverlapChoice,
    limits: &Limits,
    now: Timestamp,
) -> Result<GenerationNumber, Refusal> {
    let number = next_generation(context, record, now)?;
    let OverlapChoice { overlap, ends_earlier } = overlap_choice;
    if overlap.is_zero() {
        return Ok(number);
    }
    if overlap < SHORTEST_OVERLAP {
        return Err(Refusal::OverlapTooShort);
    }
    if overlap > limits.overlap {
        return Err(Refusal::OverlapTooLong { limit: limits.overlap });
    }
    context.rules().check_overlap(overlap)?;
    match ended_early(record, now) {
        Some(until) if !ends_earlier => Err(Refusal::OverlapRuns { until }),
        Some(_) | None => Ok(number),
    }
}

/// Makes `fresh` the current secret. The replaced secret works until the end of the overlap, or until the end of the
/// credential if that is earlier. A still older secret ends at once.
pub(crate) fn rotate(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    fresh: GenerationRecord,
    overlap_choice: OverlapChoice,
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    may_rotate(context, record, overlap_choice, limits, now)?;
    let overlap = overlap_choice.overlap;
    let previous = (!overlap.is_zero()).then(|| {
        let until = now.saturating_add(overlap);
        PreviousGeneration {
            generation: record.current.clone(),
            until: record.ends().map_or(until, |end| end.min(until)),
        }
    });
    let action = Action::Rotated {
        generation: fresh.number,
        overlap_until: previous.as_ref().map(|previous| previous.until),
        asked_until: asked_until(now, overlap),
    };
    let after = CredentialRecord { current: fresh, previous, ..record.clone() };
    update(context, record, after, action)
}

/// Returns when the running overlap would have ended, if a rotation now ends it early.
pub(crate) fn ended_early(record: &CredentialRecord, now: Timestamp) -> Option<Timestamp> {
    record.previous.as_ref().map(|previous| previous.until).filter(|until| *until > now)
}

/// Returns the end of the overlap that was requested, without regard to the end of the credential. `None` without an overlap.
pub(super) fn asked_until(now: Timestamp, overlap: Duration) -> Option<Timestamp> {
    (!overlap.is_zero()).then(|| now.saturating_add(overlap))
}

/// Checks that the secret `unused` may be replaced, and returns the number of the new secret.
pub(crate) fn may_replace(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    unused: GenerationNumber,
    now: Timestamp,
) -> Result<GenerationNumber, Refusal> {
    let number = next_generation(context, record, now)?;
    if is_unused(record, unused) { Ok(number) } else { Err(Refusal::NotReplaceable) }
}

/// Makes `fresh` the current secret, in place of one that was never used. The previous secret does not change, because it
/// can be the deployed one.
pub(crate) fn replace(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    fresh: GenerationRecord,
    unused: GenerationNumber,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    may_replace(context, record, unused, now)?;
    let action = Action::Replaced { unused, generation: fresh.number };
    let after = CredentialRecord { current: fresh, ..record.clone() };
    update(context, record, after, action)
}

/// Ends the previous secret at once. Returns `None` if it has already ended.
pub(crate) fn end_overlap(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    match &record.previous {
        Some(previous) if previous.until > now => {
            let action = Action::OverlapEnded { generation: previous.generation.number };
            let after = CredentialRecord { previous: None, ..record.clone() };
            update(context, record, after, action).map(Some)
        }
        _ => Ok(None),
    }
}

/// Returns `true` if a secret is the current one and has no recorded use.
pub(crate) fn is_unused(record: &CredentialRecord, generation: GenerationNumber) -> bool {
    record.current.number == generation && record.current.last_used.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account_policy::AccountPolicy;
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::{WorkspaceRecord, sample};

    fn context(workspace: &WorkspaceRecord) -> WorkspaceWithMinimum<'_> {
        WorkspaceWithMinimum {
            workspace,
            minimum: None,
            policy: AccountPolicy::NONE,
            inactive_owners: &InactiveOwners::NONE,
        }
    }

    /// Returns a credential at its second secret, with the first one still working for an hour.
    fn rotated() -> CredentialRecord {
        let (workspace, record) = (sample::workspace(), sample::credential());
        let fresh = fresh(&record);
        let hour = Duration::from_hours(1);
        let limits = Limits::default();
        let decision = rotate(
            context(&workspace),
            &record,
            fresh,
            overlap_choice(hour),
            &limits,
            Timestamp::MIN,
        );
        decision.unwrap().credential().unwrap()
    }

    const fn overlap_choice(overlap: Duration) -> OverlapChoice {
        OverlapChoice { overlap, ends_earlier: false }
    }

    fn fresh(record: &CredentialRecord) -> GenerationRecord {
        let number = record.current.number.next().unwrap();
        GenerationRecord { number, ..record.current.clone() }
    }

    #[test]
    fn an_overlap_is_none_or_between_a_second_and_the_limit() {
        let (workspace, record) = (sample::workspace(), sample::credential());
        let [tick, second] = [Duration::from_micros(1), Duration::from_secs(1)];
        for limit in [Limits::default().overlap, Duration::from_hours(1), Duration::ZERO] {
            let limits = Limits::default().overlap(limit);
            let try_it = |overlap| {
                let (context, fresh) = (context(&workspace), fresh(&record));
                let overlap_choice = overlap_choice(overlap);
                let asked =
                    may_rotate(context, &record, overlap_choice, &limits, Timestamp::MIN).map(drop);
                let made = rotate(context, &record, fresh, overlap_choice, &limits, Timestamp::MIN);
                assert_eq!(made.map(drop), asked, "both ask the same");
                asked
            };
            assert_eq!(try_it(Duration::ZERO), Ok(()), "a leak's rotation is always allowed");
            assert_eq!(try_it(tick), Err(Refusal::OverlapTooShort));
            assert_eq!(try_it(second.saturating_sub(tick)), Err(Refusal::OverlapTooShort));
            let too_long = Err(Refusal::OverlapTooLong { limit });
            assert_eq!(try_it(second), if limit.is_zero() { too_long.clone() } else { Ok(()) });
            if !limit.is_zero() {
                assert_eq!(try_it(limit), Ok(()));
            }
            assert_eq!(try_it(limit.saturating_add(second)), too_long);
            assert_eq!(try_it(Duration::MAX), too_long);
        }
        assert_eq!(Limits::default().overlap, Duration::from_hours(90 * 24));
    }

    #[test]
    fn a_promised_overlap_ends_early_only_if_the_caller_says_so() {
        let (workspace, record) = (sample::workspace(), rotated());
        let (limits, hour) = (Limits::default(), Duration::from_hours(1));
        let end = Timestamp::MIN.saturating_add(hour);
        let asked = |overlap, ends_earlier, now| {
            let overlap_choice = OverlapChoice { overlap, ends_earlier };
            may_rotate(context(&workspace), &record, overlap_choice, &limits, now).map(drop)
        };
        let runs = Err(Refusal::OverlapRuns { until: end });
        let last = end.saturating_sub(Duration::from_micros(1));
        for now in [Timestamp::MIN, last] {
            assert_eq!(asked(hour, false, now), runs);
            assert_eq!(asked(hour, true, now), Ok(()));
            assert_eq!(asked(Duration::ZERO, false, now), Ok(()), "for a leak it is one call");
        }
        assert_eq!(asked(hour, false, end), Ok(()), "it has ended by itself");
        let too_long = Refusal::OverlapTooLong { limit: limits.overlap };
        assert_eq!(asked(Duration::MAX, true, end), Err(too_long));
    }

    #[test]
    fn a_current_secret_that_was_never_used_may_be_replaced_and_no_other() {
        let (workspace, record) = (sample::workspace(), rotated());
        let may_replace = |record: &CredentialRecord, number, now| {
            super::may_replace(context(&workspace), record, number, now)
        };
        let [first, second] = [GenerationNumber::FIRST, record.current.number];
        assert_eq!(may_replace(&record, second, Timestamp::MIN), Ok(second.next().unwrap()));
        assert_eq!(may_replace(&record, first, Timestamp::MIN), Err(Refusal::NotReplaceable));
        let mut used = record.clone();
        used.current.last_used = Some(Timestamp::MIN);
        assert_eq!(may_replace(&used, second, Timestamp::MIN), Err(Refusal::NotReplaceable));
        // A use of the previous secret is no use of the current one.
        let mut earlier = record.clone();
        earlier.previous.as_mut().unwrap().generation.last_used = Some(Timestamp::MIN);
        assert!(may_replace(&earlier, second, Timestamp::MIN).is_ok());
    }

    #[test]
    fn only_a_usable_credential_gets_another_secret() {
        let workspace = sample::workspace();
        let may_replace = |record: &CredentialRecord, number, now| {
            super::may_replace(context(&workspace), record, number, now)
        };
        let suspended = CredentialRecord { suspended: Some(Timestamp::MIN), ..rotated() };
        let number = suspended.current.number;
        let refused = may_replace(&suspended, number, Timestamp::MIN);
        assert_eq!(refused, Err(Refusal::Suspended));
        let over = CredentialRecord { expires: Some(Timestamp::MIN), ..rotated() };
        assert_eq!(may_replace(&over, number, Timestamp::MIN), Err(Refusal::Ended));
    }

    #[test]
    fn a_replacement_takes_the_place_of_the_unused_secret_and_leaves_the_one_before() {
        let (workspace, record) = (sample::workspace(), rotated());
        let (unused, fresh) = (record.current.number, fresh(&record));
        let decision =
            replace(context(&workspace), &record, fresh.clone(), unused, Timestamp::MIN).unwrap();
        assert_eq!(decision.action, Action::Replaced { unused, generation: fresh.number });
        assert_eq!(decision.workspace.permanent, workspace.permanent);
        let after = decision.credential().unwrap();
        assert_eq!((&after.current, &after.previous), (&fresh, &record.previous));

        let mut used = record.clone();
        used.current.last_used = Some(Timestamp::MIN);
        let refused = replace(context(&workspace), &used, fresh, unused, Timestamp::MIN);
        assert_eq!(refused, Err(Refusal::NotReplaceable));
    }
}
