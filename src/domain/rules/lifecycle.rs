//! The rules to rename, reveal, deprecate, suspend and expire a credential, and to undo what can be undone.

use crate::domain::credential::{CredentialRecord, CredentialStatus, Deprecation};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{Name, Timestamp};

use super::account_policy::Begun;
use super::minimum::update;
use super::names::{Namesake, is_free};
use super::refusal::Refusal;
use super::{Decision, Ruling, WorkspaceWithMinimum};

/// When an expiry or a sunset takes effect.
///
/// ```
/// use keyward::{manage::EndTime, time::Timestamp};
///
/// let end: EndTime = "2030-01-01T00:00:00Z".parse::<Timestamp>()?.into();
/// assert_ne!(end, EndTime::Now);
/// # Ok::<(), keyward::error::TimestampError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a time is now or given")]
pub enum EndTime {
    /// At the time of the operation.
    Now,
    /// At this time, which must not be in the past.
    At(Timestamp),
}

impl From<Timestamp> for EndTime {
    fn from(time: Timestamp) -> Self {
        Self::At(time)
    }
}

impl EndTime {
    fn at(self, now: Timestamp, in_past: Refusal) -> Result<Timestamp, Refusal> {
        match self {
            Self::Now => Ok(now),
            Self::At(time) if time < now => Err(in_past),
            Self::At(time) => Ok(time),
        }
    }
}

/// Refuses a credential that has ended. It can only be deleted.
pub(super) fn not_ended(record: &CredentialRecord, now: Timestamp) -> Result<(), Refusal> {
    match record.status(now) {
        CredentialStatus::Ended => Err(Refusal::Ended),
        CredentialStatus::Active | CredentialStatus::Deprecated | CredentialStatus::Suspended => {
            Ok(())
        }
    }
}

/// Refuses a credential that is not usable. Only a usable one can be rotated or chosen for an integration.
pub(super) fn usable(record: &CredentialRecord, now: Timestamp) -> Result<(), Refusal> {
    match record.status(now) {
        CredentialStatus::Ended => Err(Refusal::Ended),
        CredentialStatus::Suspended => Err(Refusal::Suspended),
        CredentialStatus::Active | CredentialStatus::Deprecated => Ok(()),
    }
}

/// Renames a credential. `namesake` is another credential of the same workspace and kind that has the same name or one that
/// looks like it, if there is one.
pub(crate) fn rename(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    name: Name,
    namesake: Option<Namesake>,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    if record.name == name {
        return Ok(None);
    }
    is_free(namesake)?;
    let action = Action::Renamed { from: record.name.clone(), to: name.clone() };
    update(context, record, CredentialRecord { name, ..record.clone() }, action).map(Some)
}

/// Reveals a secret. Only the history changes.
pub(crate) fn reveal(
    workspace: &WorkspaceRecord,
    record: &CredentialRecord,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    not_ended(record, now)?;
    if record.current.seal.is_none() {
        return Err(Refusal::ShownOnce);
    }
    let workspace = WorkspaceRecord { revision: workspace.revision.next(), ..workspace.clone() };
    Ok(Decision { workspace, edit: None, action: Action::Revealed })
}

/// Deprecates a credential, or changes its sunset.
pub(crate) fn deprecate(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    sunset: Option<EndTime>,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let sunset = match sunset {
        Some(end) => Some(end.at(now, Refusal::SunsetInPast)?),
        None => None,
    };
    let since = record.deprecation.map_or(now, |deprecation| deprecation.since);
    let deprecation = Some(Deprecation { since, sunset });
    changed(context, record, CredentialRecord { deprecation, ..record.clone() }, || {
        Action::Deprecated { sunset }
    })
}

/// Withdraws a deprecation.
pub(crate) fn undeprecate(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let after = CredentialRecord { deprecation: None, ..record.clone() };
    changed(context, record, after, || Action::Undeprecated)
}

/// Suspends a credential.
pub(crate) fn suspend(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let suspended = record.suspended.or(Some(now));
    let after = CredentialRecord { suspended, ..record.clone() };
    changed(context, record, after, || Action::Suspended)
}

/// Resumes a credential.
pub(crate) fn resume(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let after = CredentialRecord { suspended: None, ..record.clone() };
    changed(context, record, after, || Action::Resumed)
}

/// Sets the expiry of a credential.
pub(crate) fn set_expiry(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    end: EndTime,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let at = end.at(now, Refusal::ExpiryInPast)?;
    if record.expires != Some(at) {
        context.rules().check_expiry(record.kind, Begun::of(record), Some(at), now)?;
    }
    let after = CredentialRecord { expires: Some(at), ..record.clone() };
    changed(context, record, after, || Action::ExpirySet { at })
}

/// Removes the expiry of a credential.
pub(crate) fn clear_expiry(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    if record.expires.is_some() {
        context.rules().check_expiry(record.kind, Begun::of(record), None, now)?;
    }
    let after = CredentialRecord { expires: None, ..record.clone() };
    changed(context, record, after, || Action::ExpiryCleared)
}

/// Returns the decision to update a credential, or none if nothing changes.
pub(super) fn changed(
    context: WorkspaceWithMinimum<'_>,
    before: &CredentialRecord,
    after: CredentialRecord,
    action: impl FnOnce() -> Action,
) -> Ruling {
    if *before == after {
        return Ok(None);
    }
    update(context, before, after, action()).map(Some)
}
