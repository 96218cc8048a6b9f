//! Workspaces, their allowlists and their integrations.

use serde_json::json;

use crate::adapters::web::{Received, WorkspaceRows, workspace_rows};
use crate::domain::{AllowlistChange, Integration, Refusal, Revision};
use crate::shell::{ManageError, Manager, RecordType};
use crate::values::{CredentialId, Name, Network, WorkspaceId};

use super::conditions::{conditional, idempotency_key, if_conditional};
use super::input::{self, Field, Input, Nullable, Text, Unread};
use super::parts::{self, PageParameters};
use super::problem::{Place, Problem};
use super::reply::Reply;
use super::routes::AllowlistAction;

pub(super) async fn list(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let PageParameters { size, after } = input::query(request, PageParameters::read)?;
    Ok(Reply::page(&manager.workspaces(after, size).await?))
}

pub(super) async fn one(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    let workspace = manager.workspace(&id(text)?).await?;
    Ok(Reply::ok(&workspace).tagged(workspace.revision))
}

/// Reads the id in a path. A text that is no id is answered as an unknown id.
fn id(text: &str) -> Result<WorkspaceId, Problem> {
    WorkspaceId::new(text).map_err(|_| Problem::not_found(RecordType::Workspace))
}

pub(super) async fn create(
    manager: Manager<'_>,
    request: &Received,
    host: &dyn WorkspaceRows,
) -> Result<Reply, Problem> {
    let Text(name) = input::body(request, |body| body.required::<Text<Name>>("name"))?;
    let operation = idempotency_key(request)?;
    let manager = if_conditional(request, manager)?;
    let added = workspace_rows::create(host, &request.actor, manager, name, operation).await?;
    let first = added
        .first
        .as_ref()
        .map(|first| json!({ "credential": first.credential, "secret": first.secret.expose() }));
    let body = json!({ "workspace": added.workspace, "first": first });
    let address = format!("workspaces/{}", encoded(added.workspace.id.as_str()));
    Ok(Reply::created(&body).tagged(added.workspace.revision).located(&address))
}

pub(super) async fn rename(
    manager: Manager<'_>,
    request: &Received,
    host: &dyn WorkspaceRows,
    text: &str,
) -> Result<Reply, Problem> {
    let Text(name) = input::body(request, |body| body.required::<Text<Name>>("name"))?;
    let id = id(text)?;
    let changing = conditional(request, manager)?;
    workspace_rows::rename(host, &request.actor, changing, &id, name).await?;
    let workspace = manager.workspace(&id).await?;
    Ok(Reply::ok(&workspace).tagged(workspace.revision))
}

pub(super) async fn remove(
    manager: Manager<'_>,
    request: &Received,
    host: &dyn WorkspaceRows,
    text: &str,
) -> Result<Reply, Problem> {
    let name = input::body(request, |body| body.required::<String>("name"))?;
    let id = id(text)?;
    let manager = conditional(request, manager)?;
    workspace_rows::remove(host, &request.actor, manager, &id, &name).await?;
    Ok(Reply::gone())
}

/// Encodes an id as one segment of a path.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

pub(super) async fn allowlist(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let Text(workspace) =
        input::query(request, |query| query.required::<Text<WorkspaceId>>("workspace"))?;
    let shown = shown_allowlist(manager, &workspace).await;
    shown.map_err(parts::about_parameter)
}

/// The revision is read first: if the list changes meanwhile, a change with this entity tag is refused.
async fn shown_allowlist(
    manager: Manager<'_>,
    workspace: &WorkspaceId,
) -> Result<Reply, ManageError> {
    let revision = revision(manager, workspace).await?;
    Ok(Reply::list(&json!(manager.allowlist(workspace).await?), revision))
}

async fn revision(manager: Manager<'_>, id: &WorkspaceId) -> Result<Revision, ManageError> {
    Ok(manager.workspace(id).await?.revision)
}

pub(super) async fn change_allowlist(
    manager: Manager<'_>,
    request: &Received,
    action: AllowlistAction,
) -> Result<Reply, Problem> {
    let (workspace, change) = input::body(request, |body| {
        let workspace = body.required::<Text<WorkspaceId>>("workspace");
        let change = allowlist_change(body, action);
        Some((workspace?.0, change?))
    })?;
    let changing = conditional(request, manager)?;
    let changed = match &change {
        AllowlistChange::Add(networks) => changing.allow(&workspace, networks).await,
        AllowlistChange::Remove(networks) => changing.disallow(&workspace, networks).await,
        AllowlistChange::Replace(networks) => {
            changing.replace_allowlist(&workspace, networks).await
        }
        AllowlistChange::Lift => changing.lift(&workspace).await,
    };
    changed.map_err(|error| about_network(error, &change))?;
    Ok(shown_allowlist(manager, &workspace).await?)
}

/// Returns what a change would do. The entity tag is that of the workspace, for the change itself.
pub(super) async fn preview_allowlist(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let (workspace, change) = input::body(request, |body| {
        let workspace = body.required::<Text<WorkspaceId>>("workspace");
        let change = if let Some(action) = body.required::<AllowlistAction>("change") {
            allowlist_change(body, action)
        } else {
            body.optional::<Vec<Text<Network>>>("networks");
            None
        };
        Some((workspace?.0, change?))
    })?;
    let preview = manager.preview_allowlist(&workspace, &change).await;
    let preview = preview.map_err(|error| about_network(error, &change))?;
    Ok(Reply::ok(&preview).tagged(preview.revision))
}

/// Reads the networks of a change. Lifting an allowlist has none.
fn allowlist_change(body: &mut Input, action: AllowlistAction) -> Option<AllowlistChange> {
    let mut networks = || {
        let networks = body.required::<Vec<Text<Network>>>("networks")?;
        Some(networks.into_iter().map(|Text(network)| network).collect())
    };
    Some(match action {
        AllowlistAction::Add => AllowlistChange::Add(networks()?),
        AllowlistAction::Remove => AllowlistChange::Remove(networks()?),
        AllowlistAction::Replace => AllowlistChange::Replace(networks()?),
        AllowlistAction::Lift => AllowlistChange::Lift,
    })
}

impl Field for AllowlistAction {
    fn read(value: serde_json::Value) -> Result<Self, Unread> {
        match value.as_str() {
            Some("add") => Ok(Self::Add),
            Some("remove") => Ok(Self::Remove),
            Some("replace") => Ok(Self::Replace),
            Some("lift") => Ok(Self::Lift),
            _ => Err(Unread::invalid("expected add, remove, replace or lift")),
        }
    }
}

/// Points at the network that was refused. If it occurs twice, this is the second place, because the first can be valid.
fn about_network(error: ManageError, change: &AllowlistChange) -> Problem {
    let networks: &[Network] = match change {
        AllowlistChange::Add(networks)
        | AllowlistChange::Remove(networks)
        | AllowlistChange::Replace(networks) => networks,
        AllowlistChange::Lift => &[],
    };
    let refused = match &error {
        ManageError::Refused(
            Refusal::DuplicateNetwork { network } | Refusal::NotListed { network },
        ) => networks.iter().rposition(|given| given == network),
        _ => None,
    };
    let code = error.code();
    let problem = parts::about_field(error);
    match refused {
        Some(place) => problem.points_at(code, Place::Field(format!("networks/{place}"))),
        None => problem,
    }
}

pub(super) async fn integrations(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let Text(workspace) =
        input::query(request, |query| query.required::<Text<WorkspaceId>>("workspace"))?;
    let shown = shown_integrations(manager, &workspace).await;
    shown.map_err(parts::about_parameter)
}

async fn shown_integrations(
    manager: Manager<'_>,
    workspace: &WorkspaceId,
) -> Result<Reply, ManageError> {
    let revision = revision(manager, workspace).await?;
    Ok(Reply::list(&json!(manager.integrations(workspace).await?), revision))
}

pub(super) async fn snippet(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let (workspace, integration) = input::query(request, |query| {
        let workspace = query.required::<Text<WorkspaceId>>("workspace");
        let integration = query.required::<Text<Integration>>("integration");
        Some((workspace?.0, integration?.0))
    })?;
    let snippet = manager.snippet(&workspace, &integration).await;
    Ok(Reply::ok(&json!({ "snippet": snippet.map_err(parts::about_parameter)? })))
}

pub(super) async fn connect(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let (workspace, integration, choice) = input::body(request, |body| {
        let workspace = body.required::<Text<WorkspaceId>>("workspace");
        let integration = body.required::<Text<Integration>>("integration");
        // Null chooses the only permanent credential. An absent field does not, so that this choice is never an accident.
        let choice = body.required::<Nullable<Text<CredentialId>>>("credential");
        Some((workspace?.0, integration?.0, choice?.0))
    })?;
    let connected = conditional(request, manager)?
        .connect(&workspace, integration, choice.map(|Text(id)| id))
        .await;
    connected.map_err(about_integration)?;
    Ok(shown_integrations(manager, &workspace).await?)
}

pub(super) async fn disconnect(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let (workspace, integration) = input::body(request, |body| {
        let workspace = body.required::<Text<WorkspaceId>>("workspace");
        let integration = body.required::<Text<Integration>>("integration");
        Some((workspace?.0, integration?.0))
    })?;
    let disconnected = conditional(request, manager)?.disconnect(&workspace, &integration).await;
    disconnected.map_err(about_integration)?;
    Ok(shown_integrations(manager, &workspace).await?)
}

fn about_integration(error: ManageError) -> Problem {
    ["unknown_integration", "not_connected"]
        .into_iter()
        .fold(parts::about_field(error), |problem, code| {
            problem.points_at(code, Place::Field("integration".to_owned()))
        })
        .points_instead_at("inactive_owner", Place::Field("credential".to_owned()))
}
