//! The rules that an account sets for its own credentials: how they change, what they refuse, and what they set.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::account::AccountRecord;
use crate::domain::account_policy::{AccountPolicy, PolicyChange};
use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::kinds::Minimum;
use crate::values::{KindWord, Timestamp};

use super::WorkspaceWithMinimum;
use super::accounts::{AccountRuling, changed};
use super::refusal::Refusal;

/// The expiry that a request for a new credential contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RequestedExpiry {
    /// The request contains no expiry: the default of the account applies.
    #[default]
    Default,
    /// The credential must not expire.
    Never,
    /// The credential must expire at this time.
    At(Timestamp),
}

/// Changes the policy of an account.
pub(crate) fn set_policy(
    account: &AccountRecord,
    change: &PolicyChange,
) -> Result<AccountRuling, Refusal> {
    let policy = account.policy.changed(change).map_err(Refusal::ContradictoryPolicy)?;
    let after = AccountRecord { policy, ..account.clone() };
    Ok(changed(account, after, Action::PolicySet { to: policy }))
}

/// The times from which the lifetime and the age of a credential are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    /// When the credential was issued.
    pub(super) issued: Timestamp,
    /// When its current secret was made.
    pub(super) secret: Timestamp,
}

impl Begun {
    pub(super) const fn of(record: &CredentialRecord) -> Self {
        Self { issued: record.created, secret: record.current.created }
    }

    pub(super) const fn now(now: Timestamp) -> Self {
        Self { issued: now, secret: now }
    }
}

/// The policy of an account, and the minimum, whose kind is exempt from most of the policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyWithMinimum<'a> {
    pub(crate) minimum: Option<&'a Minimum>,
    pub(crate) policy: AccountPolicy,
}

impl<'a> WorkspaceWithMinimum<'a> {
    /// Returns the policy of the account, with the kind that is exempt.
    pub(crate) const fn rules(self) -> PolicyWithMinimum<'a> {
        PolicyWithMinimum { minimum: self.minimum, policy: self.policy }
    }
}

impl PolicyWithMinimum<'_> {
    /// Returns the expiry of a new credential.
    pub(crate) fn expiry(
        &self,
        kind: KindWord,
        requested: RequestedExpiry,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match requested {
            RequestedExpiry::At(at) => Some(at),
            RequestedExpiry::Never => None,
            RequestedExpiry::Default => self.default_expiry(kind, now),
        }
    }

    /// Returns the expiry of a credential whose request contains none. A kind with a minimum has no default.
    pub(super) fn default_expiry(&self, kind: KindWord, now: Timestamp) -> Option<Timestamp> {
        let seconds = self.policy.fields().default_expiry_seconds?;
        (!self.has_minimum(kind)).then(|| after(now, seconds))
    }

    /// Checks the expiry of a credential against the policy. An expiry at the current time is always allowed.
    pub(super) fn check_expiry(
        &self,
        kind: KindWord,
        begun: Begun,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if expires.is_some_and(|at| at <= now) || self.is_exempt(kind, expires) {
            return Ok(());
        }
        let fields = self.policy.fields();
        let exceeds = |until: Timestamp| expires.is_none_or(|at| at > until);
        if let Some(seconds) = fields.max_lifetime_seconds {
            let until = after(begun.issued, seconds);
            if exceeds(until) {
                return Err(Refusal::LifetimeTooLong { limit: duration(seconds), until });
            }
        }
        if let Some(seconds) = fields.max_secret_age_seconds {
            let until = after(begun.secret, seconds);
            if exceeds(until) {
                return Err(Refusal::SecretTooOld { limit: duration(seconds), until });
            }
        }
        if fields.expiry_required && expires.is_none() {
            return Err(Refusal::ExpiryRequired);
        }
        Ok(())
    }

    /// Checks the overlap of a rotation against the policy.
    pub(super) fn check_overlap(&self, overlap: Duration) -> Result<(), Refusal> {
        match self.policy.fields().max_overlap_seconds.map(duration) {
            Some(limit) if overlap > limit => Err(Refusal::OverlapBeyondPolicy { limit }),
            Some(_) | None => Ok(()),
        }
    }

    fn has_minimum(&self, kind: KindWord) -> bool {
        self.minimum.is_some_and(|minimum| minimum.kind == kind)
    }

    /// Returns `true` if the rules on lifetime, expiry and age do not apply.
    fn is_exempt(&self, kind: KindWord, expires: Option<Timestamp>) -> bool {
        expires.is_none() && self.has_minimum(kind)
    }
}

/// A change of an existing credential that the policy of its account requires.
///
/// Serializes as an object whose `is` is `expires` (with the time as `at`), `expiry_missing` or `secret_overdue` (with the time as
/// `since`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequiredChange {
    /// The credential gets an expiry, or an earlier one.
    Expires {
        /// The new expiry.
        at: Timestamp,
    },
    /// The credential needs an expiry, and the policy does not determine one: set it by hand.
    ExpiryMissing,
    /// The secret is older than the maximum age, but the credential is exempt: rotate it by hand.
    SecretOverdue {
        /// The time at which the secret reached the maximum age.
        since: Timestamp,
    },
}

/// Returns the change of an existing credential that the policy requires, or `None` if the credential obeys it or has ended. The new expiry is not
/// earlier than `earliest_expiry`, and earlier than the old one, if there is one.
pub(crate) fn required_change(
    rules: PolicyWithMinimum<'_>,
    record: &CredentialRecord,
    earliest_expiry: Timestamp,
    now: Timestamp,
) -> Option<RequiredChange> {
    if record.ends().is_some_and(|end| end <= now) {
        return None;
    }
    let fields = rules.policy.fields();
    let begun = Begun::of(record);
    let secret_until = fields.max_secret_age_seconds.map(|seconds| after(begun.secret, seconds));
    if rules.is_exempt(record.kind, record.expires) {
        return secret_until
            .filter(|until| *until <= now)
            .map(|since| RequiredChange::SecretOverdue { since });
    }
    let lifetime_until = fields.max_lifetime_seconds.map(|seconds| after(begun.issued, seconds));
    let latest = [lifetime_until, secret_until].into_iter().flatten().min();
    let default = || rules.default_expiry(record.kind, now).filter(|_| fields.expiry_required);
    let until = match record.expires {
        Some(_) => latest,
        None => latest.or_else(default),
    };
    match (until, record.expires) {
        (None, None) => fields.expiry_required.then_some(RequiredChange::ExpiryMissing),
        (None, Some(_)) => None,
        (Some(until), expires) => {
            let until = until.max(earliest_expiry).max(now);
            expires.is_none_or(|at| at > until).then_some(RequiredChange::Expires { at: until })
        }
    }
}

fn after(start: Timestamp, seconds: u32) -> Timestamp {
    start.saturating_add(duration(seconds))
}

fn duration(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Begun, RequestedExpiry, RequiredChange, after, required_change};
    use crate::domain::account_policy::{AccountPolicy, PolicyChange, PolicyFields};
    use crate::domain::event::Action;
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::rules::{Refusal, WorkspaceWithMinimum};
    use crate::domain::{CredentialRecord, WorkspaceRecord, sample};
    use crate::kinds::Minimum;
    use crate::values::{KindWord, Timestamp};

    const NOW: Timestamp = Timestamp::EPOCH;

    fn at(seconds: u32) -> Timestamp {
        after(NOW, seconds)
    }

    /// Returns a workspace with a policy; Track sets have a minimum.
    fn with<T>(fields: PolicyFields, then: impl FnOnce(WorkspaceWithMinimum<'_>) -> T) -> T {
        let (workspace, minimum) = (sample::workspace(), sample::minimum(KindWord::Track));
        then(context(&workspace, &minimum, fields))
    }

    fn context<'a>(
        workspace: &'a WorkspaceRecord,
        minimum: &'a Minimum,
        fields: PolicyFields,
    ) -> WorkspaceWithMinimum<'a> {
        let policy = AccountPolicy::try_from(fields).unwrap();
        WorkspaceWithMinimum {
            workspace,
            minimum: Some(minimum),
            policy,
            inactive_owners: &InactiveOwners::NONE,
        }
    }

    /// Returns an App key that was issued at 100 and whose secret was made at 200.
    fn app(expires: Option<Timestamp>) -> CredentialRecord {
        let mut record = CredentialRecord { kind: KindWord::App, expires, ..sample::credential() };
        (record.created, record.current.created) = (at(100), at(200));
        record
    }

    const NONE: PolicyFields = AccountPolicy::NONE.fields();
    const LIFETIME: PolicyFields = PolicyFields { max_lifetime_seconds: Some(50), ..NONE };
    const AGE: PolicyFields = PolicyFields { max_secret_age_seconds: Some(50), ..NONE };
    const REQUIRED: PolicyFields = PolicyFields { expiry_required: true, ..NONE };
    const DEFAULT: PolicyFields = PolicyFields { default_expiry_seconds: Some(40), ..NONE };

    fn checked(fields: PolicyFields, expires: Option<u32>, now: u32) -> Result<(), Refusal> {
        let begun = Begun::of(&app(None));
        with(fields, |context| {
            context.rules().check_expiry(KindWord::App, begun, expires.map(at), at(now))
        })
    }

    #[test]
    fn a_lifetime_counts_from_the_issue_and_an_age_from_the_secret() {
        let limit = Duration::from_secs(50);
        let lifetime = Err(Refusal::LifetimeTooLong { limit, until: at(150) });
        let age = Err(Refusal::SecretTooOld { limit, until: at(250) });
        for (fields, until, refused) in [(LIFETIME, 150, lifetime), (AGE, 250, age)] {
            assert_eq!(checked(fields, Some(until), 120), Ok(()));
            assert_eq!(checked(fields, Some(until + 1), 120), refused);
            assert_eq!(checked(fields, None, 120), refused, "without an expiry it lives longer");
            assert_eq!(checked(fields, Some(900), 900), Ok(()), "it may always end now");
        }
        assert_eq!(checked(REQUIRED, None, 120), Err(Refusal::ExpiryRequired));
        assert_eq!(checked(REQUIRED, Some(9_999), 120), Ok(()));
        assert_eq!(checked(NONE, None, 120), Ok(()));
        assert_eq!(checked(DEFAULT, None, 120), Ok(()), "a default requires nothing");
    }

    #[test]
    fn a_credential_without_an_expiry_is_exempt_if_its_kind_has_a_minimum() {
        for fields in [LIFETIME, AGE, REQUIRED] {
            with(fields, |context| {
                let check = |kind, expires| {
                    context.rules().check_expiry(kind, Begun::now(NOW), expires, NOW)
                };
                assert_eq!(check(KindWord::Track, None), Ok(()));
                assert!(check(KindWord::App, None).is_err());
                let late = Some(at(51));
                assert_eq!(check(KindWord::Track, late).is_ok(), fields == REQUIRED);
            });
        }
    }

    #[test]
    fn the_default_applies_where_no_expiry_is_named() {
        with(DEFAULT, |context| {
            let expiry = |kind, requested| context.rules().expiry(kind, requested, at(1));
            assert_eq!(expiry(KindWord::App, RequestedExpiry::Default), Some(at(41)));
            assert_eq!(expiry(KindWord::App, RequestedExpiry::Never), None);
            assert_eq!(expiry(KindWord::App, RequestedExpiry::At(at(7))), Some(at(7)));
            assert_eq!(expiry(KindWord::Track, RequestedExpiry::Default), None);
        });
        with(NONE, |context| {
            assert_eq!(context.rules().expiry(KindWord::App, RequestedExpiry::Default, NOW), None);
        });
    }

    #[test]
    fn an_overlap_is_at_most_that_of_the_policy() {
        let limit = Duration::from_secs(30);
        with(PolicyFields { max_overlap_seconds: Some(30), ..NONE }, |context| {
            assert_eq!(context.rules().check_overlap(limit), Ok(()));
            let refused = context.rules().check_overlap(limit + Duration::from_nanos(1));
            assert_eq!(refused, Err(Refusal::OverlapBeyondPolicy { limit }));
        });
        assert_eq!(with(NONE, |context| context.rules().check_overlap(Duration::MAX)), Ok(()));
    }

    fn effect(fields: PolicyFields, record: &CredentialRecord, now: u32) -> Option<RequiredChange> {
        with(fields, |context| required_change(context.rules(), record, at(now), at(now)))
    }

    #[test]
    fn an_existing_credential_gets_the_earliest_expiry_that_the_policy_demands() {
        let expires = |seconds| Some(RequiredChange::Expires { at: at(seconds) });
        let both = PolicyFields { max_secret_age_seconds: Some(10), ..LIFETIME };
        assert_eq!(effect(LIFETIME, &app(None), 120), expires(150));
        assert_eq!(effect(LIFETIME, &app(Some(at(151))), 120), expires(150));
        assert_eq!(effect(LIFETIME, &app(Some(at(150))), 120), None, "it obeys the policy");
        assert_eq!(effect(both, &app(None), 120), expires(150));
        assert_eq!(effect(AGE, &app(None), 220), expires(250));
        assert_eq!(effect(LIFETIME, &app(None), 700), expires(700), "its time is over");
        assert_eq!(effect(LIFETIME, &app(Some(at(600))), 700), None, "it has ended");
        assert_eq!(effect(REQUIRED, &app(None), 300), Some(RequiredChange::ExpiryMissing));
        assert_eq!(effect(REQUIRED, &app(Some(at(900))), 300), None);
        let by_default = PolicyFields { default_expiry_seconds: Some(40), ..REQUIRED };
        assert_eq!(effect(by_default, &app(None), 300), expires(340));
        assert_eq!(effect(DEFAULT, &app(None), 300), None, "a default requires nothing");
        let track = CredentialRecord { kind: KindWord::Track, ..app(None) };
        assert_eq!(effect(LIFETIME, &track, 700), None, "it is exempt");
        assert_eq!(effect(AGE, &track, 249), None);
        assert_eq!(
            effect(AGE, &track, 250),
            Some(RequiredChange::SecretOverdue { since: at(250) })
        );
    }

    #[test]
    fn a_policy_that_contradicts_itself_is_refused() {
        let account = sample::account();
        let change = PolicyChange::new().max_overlap_seconds(0);
        let refused = super::set_policy(&account, &change);
        assert!(matches!(refused, Err(Refusal::ContradictoryPolicy(_))));
        assert_eq!(super::set_policy(&account, &PolicyChange::new()), Ok(None));
        let change = PolicyChange::new().max_overlap_seconds(60);
        let (after, action) = super::set_policy(&account, &change).unwrap().unwrap();
        assert_eq!(action, Action::PolicySet { to: after.policy });
        assert_eq!(after.revision, account.revision.next());
    }
}
