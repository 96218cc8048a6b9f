//! Which Track set an integration uses.

use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::domain::integration::{Connection, Integration};
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{Kind, Timestamp};

use super::lifecycle::usable;
use super::limits::Limits;
use super::refusal::Refusal;
use super::{Decision, Ruling};

/// Which Track set is to be used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice<'a> {
    /// This one.
    Given(&'a CredentialRecord),
    /// The only lasting one. These are the workspace's lasting Track sets, or the first of them.
    Only(&'a [CredentialRecord]),
}

/// Chooses a Track set for an integration, or another one.
pub(crate) fn connect(
    workspace: &WorkspaceRecord,
    integration: &Integration,
    choice: Choice<'_>,
    limits: &Limits,
    now: Timestamp,
) -> Ruling {
    let record = match choice {
        Choice::Given(record) => record,
        Choice::Only([only]) => only,
        Choice::Only(several) => {
            let candidates = several.iter().map(|record| record.id).collect();
            return Err(Refusal::ChoiceRequired { candidates });
        }
    };
    if record.kind != Kind::Track {
        return Err(Refusal::NotATrackSet);
    }
    if record.workspace != workspace.id {
        return Err(Refusal::OtherWorkspace);
    }
    usable(record, now)?;

    let mut integrations = workspace.integrations.clone();
    let known = integrations.iter_mut().find(|known| known.integration.is_same_as(integration));
    let integration = match known {
        Some(known) if known.credential == record.id => return Ok(None),
        Some(known) => {
            known.credential = record.id;
            known.connected = now;
            known.integration.clone()
        }
        None if workspace.integrations.len() >= limits.integrations as usize => {
            return Err(Refusal::TooMany { what: "integrations", most: limits.integrations });
        }
        None => {
            integrations.push(Connection {
                integration: integration.clone(),
                credential: record.id,
                connected: now,
            });
            integration.clone()
        }
    };
    let action = Action::Connected { integration, credential: record.id };
    Ok(Some(with_integrations(workspace, integrations, action)))
}

/// Takes an integration out of the workspace.
pub(crate) fn disconnect(
    workspace: &WorkspaceRecord,
    integration: &Integration,
) -> Result<Decision, Refusal> {
    let mut integrations = workspace.integrations.clone();
    let place = integrations
        .iter()
        .position(|known| known.integration.is_same_as(integration))
        .ok_or(Refusal::NotConnected)?;
    let known = integrations.remove(place);
    let action = Action::Disconnected { integration: known.integration };
    Ok(with_integrations(workspace, integrations, action))
}

fn with_integrations(
    workspace: &WorkspaceRecord,
    integrations: Vec<Connection>,
    action: Action,
) -> Decision {
    let workspace =
        WorkspaceRecord { revision: workspace.revision.next(), integrations, ..workspace.clone() };
    Decision { workspace, edit: None, action }
}
