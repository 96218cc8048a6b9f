//! The minimum of a workspace: the last permanent credential is protected here. This is the only place where the state of a
//! credential and the counters of its workspace change together.

use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{KindWord, Timestamp};

use super::account_policy::Begun;
use super::limits::Limits;
use super::names::{Namesake, is_free};
use super::refusal::Refusal;
use super::{Decision, WorkspaceWithMinimum};

/// Checks that a credential may be issued. `namesake` is the credential of the same workspace and kind that has the same
/// name or one that looks like it, if there is one.
pub(crate) fn may_issue(
    context: WorkspaceWithMinimum<'_>,
    kind: KindWord,
    expires: Option<Timestamp>,
    namesake: Option<Namesake>,
    limits: &Limits,
    now: Timestamp,
) -> Result<(), Refusal> {
    if expires.is_some_and(|expires| expires <= now) {
        return Err(Refusal::ExpiryInPast);
    }
    context.rules().check_expiry(kind, Begun::now(now), expires, now)?;
    is_free(namesake)?;
    if context.workspace.credentials >= limits.credentials {
        return Err(Refusal::TooMany { what: "credentials", limit: limits.credentials });
    }
    Ok(())
}

/// Adds a new credential to its workspace.
pub(crate) fn issue(
    context: WorkspaceWithMinimum<'_>,
    record: CredentialRecord,
    namesake: Option<Namesake>,
    limits: &Limits,
) -> Result<Decision, Refusal> {
    context.check_owner(record.owner_hash())?;
    may_issue(context, record.kind, record.expires, namesake, limits, record.created)?;
    let action = Action::Issued {
        kind: record.kind,
        name: record.name.clone(),
        expires: record.expires,
        grant: record.grant.clone(),
    };
    let mut workspace = context.workspace.clone();
    workspace.revision = workspace.revision.next();
    workspace.credentials = workspace.credentials.saturating_add(1);
    if context.keeps(&record) {
        workspace.permanent = workspace.permanent.saturating_add(1);
    }
    Ok(Decision { workspace, edit: Some(CredentialEdit::Insert(record)), action })
}

/// Replaces the state of a credential, at its next revision. Refused if the workspace would lose its last permanent
/// credential.
pub(super) fn update(
    context: WorkspaceWithMinimum<'_>,
    before: &CredentialRecord,
    after: CredentialRecord,
    action: Action,
) -> Result<Decision, Refusal> {
    let permanent = permanent_after(context, context.keeps(before), context.keeps(&after))?;
    let workspace = context.workspace;
    let after = CredentialRecord { revision: before.revision.next(), ..after };
    let workspace =
        WorkspaceRecord { revision: workspace.revision.next(), permanent, ..workspace.clone() };
    Ok(Decision { workspace, edit: Some(CredentialEdit::Update(after)), action })
}

/// Removes a credential from its workspace. Refused if it is the last permanent one.
pub(super) fn remove(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    action: Action,
) -> Result<Decision, Refusal> {
    let permanent = permanent_after(context, context.keeps(record), false)?;
    let workspace = context.workspace;
    let workspace = WorkspaceRecord {
        revision: workspace.revision.next(),
        credentials: workspace.credentials.saturating_sub(1),
        permanent,
        ..workspace.clone()
    };
    Ok(Decision { workspace, edit: Some(CredentialEdit::Delete(record.id)), action })
}

/// Returns `true` if a credential is the last permanent one that its workspace must keep.
pub(crate) fn is_last_permanent(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
) -> bool {
    context.keeps(record) && has_one_at_most(context)
}

fn has_one_at_most(context: WorkspaceWithMinimum<'_>) -> bool {
    context.workspace.permanent <= 1
}

fn permanent_after(
    context: WorkspaceWithMinimum<'_>,
    before: bool,
    after: bool,
) -> Result<u32, Refusal> {
    let WorkspaceWithMinimum { workspace, minimum, policy: _, inactive_owners: _ } = context;
    match (before, after) {
        (true, false) if has_one_at_most(context) => Err(Refusal::LastPermanent {
            kind: minimum.map_or("credential", |minimum| minimum.noun),
        }),
        (true, false) => Ok(workspace.permanent.saturating_sub(1)),
        (false, true) => Ok(workspace.permanent.saturating_add(1)),
        (true, true) | (false, false) => Ok(workspace.permanent),
    }
}

#[cfg(test)]
mod tests {
    use super::{WorkspaceWithMinimum, is_last_permanent};
    use crate::domain::account_policy::AccountPolicy;
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::workspace::WorkspaceRecord;
    use crate::domain::{CredentialRecord, sample};
    use crate::values::{KindWord, Timestamp};

    #[test]
    fn the_last_permanent_credential_is_the_only_one_that_is_kept() {
        let (minimum, record) = (sample::minimum(KindWord::Track), sample::credential());
        let is_last = |permanent, record: &CredentialRecord| {
            let workspace = WorkspaceRecord { permanent, ..sample::workspace() };
            let policy = AccountPolicy::NONE;
            let context = WorkspaceWithMinimum {
                workspace: &workspace,
                minimum: Some(&minimum),
                policy,
                inactive_owners: &InactiveOwners::NONE,
            };
            is_last_permanent(context, record)
        };
        assert!(is_last(1, &record));
        assert!(is_last(0, &record), "a counter that is too low refuses more");
        assert!(!is_last(2, &record), "there is another one");
        let ends = CredentialRecord { expires: Some(Timestamp::MAX), ..record };
        assert!(!is_last(1, &ends), "it is not permanent");
    }
}
