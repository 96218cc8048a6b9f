//! The one place where a credential's state and its workspace's counters change together, and where
//! the last lasting Track set is kept.

use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{CredentialId, Kind, Timestamp};

use super::Decision;
use super::limits::Limits;
use super::refusal::Refusal;

/// Whether a credential of this kind may be issued. `taken` is the credential of the same workspace and
/// kind that has its name already, if one has.
pub(crate) fn may_issue(
    workspace: &WorkspaceRecord,
    kind: Kind,
    expires: Option<Timestamp>,
    taken: Option<CredentialId>,
    limits: &Limits,
    now: Timestamp,
) -> Result<(), Refusal> {
    if expires.is_some_and(|expires| expires <= now) {
        return Err(Refusal::ExpiryInPast);
    }
    if taken.is_some() {
        return Err(Refusal::NameTaken { kind });
    }
    if workspace.credentials >= limits.credentials {
        return Err(Refusal::TooMany { what: "credentials", most: limits.credentials });
    }
    Ok(())
}

/// Puts a new credential into its workspace.
pub(crate) fn issue(
    workspace: &WorkspaceRecord,
    record: CredentialRecord,
    taken: Option<CredentialId>,
    limits: &Limits,
) -> Result<Decision, Refusal> {
    may_issue(workspace, record.kind, record.expires, taken, limits, record.created)?;
    let action =
        Action::Issued { kind: record.kind, name: record.name.clone(), expires: record.expires };
    let mut workspace = workspace.clone();
    workspace.revision = workspace.revision.next();
    workspace.credentials = workspace.credentials.saturating_add(1);
    if record.is_lasting() {
        workspace.lasting = workspace.lasting.saturating_add(1);
    }
    Ok(Decision { workspace, edit: Some(CredentialEdit::Insert(record)), action })
}

/// Replaces a credential's state. Refused where that takes the last lasting Track set away.
pub(super) fn update(
    workspace: &WorkspaceRecord,
    before: &CredentialRecord,
    after: CredentialRecord,
    action: Action,
) -> Result<Decision, Refusal> {
    let lasting = lasting_after(workspace, before.is_lasting(), after.is_lasting())?;
    let workspace =
        WorkspaceRecord { revision: workspace.revision.next(), lasting, ..workspace.clone() };
    Ok(Decision { workspace, edit: Some(CredentialEdit::Update(after)), action })
}

/// Takes a credential out of its workspace. Refused where it is the last lasting Track set.
pub(super) fn remove(
    workspace: &WorkspaceRecord,
    record: &CredentialRecord,
    action: Action,
) -> Result<Decision, Refusal> {
    let lasting = lasting_after(workspace, record.is_lasting(), false)?;
    let workspace = WorkspaceRecord {
        revision: workspace.revision.next(),
        credentials: workspace.credentials.saturating_sub(1),
        lasting,
        ..workspace.clone()
    };
    Ok(Decision { workspace, edit: Some(CredentialEdit::Delete(record.id)), action })
}

fn lasting_after(workspace: &WorkspaceRecord, before: bool, after: bool) -> Result<u32, Refusal> {
    match (before, after) {
        (true, false) if workspace.lasting <= 1 => Err(Refusal::LastTrackSet),
        (true, false) => Ok(workspace.lasting.saturating_sub(1)),
        (false, true) => Ok(workspace.lasting.saturating_add(1)),
        (true, true) | (false, false) => Ok(workspace.lasting),
    }
}
