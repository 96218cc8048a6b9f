//! The integrations of a workspace.

use std::collections::BTreeSet;

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::domain::{Connection, CredentialStatus, Integration, Refusal};
use crate::kinds::IntegrationSpec;
use crate::shell::{Credential, CredentialFilter, HistoryFilter, ManageError, Workspace};
use crate::values::{KindWord, WorkspaceId};

use super::failure::Failure;
use super::grants::is_stopped;
use super::page_request::{PageRequest, history_of};
use super::reply::{Reply, Section, chrome, screen};
use super::view::{Chrome, FormChoice, Problem, Time, workspace_choices};

#[derive(Template)]
#[template(path = "integrations.html")]
struct IntegrationsScreen<'a> {
    c: Chrome<'a>,
    action: String,
    connect: String,
    disconnect: String,
    workspaces: Vec<FormChoice>,
    workspace: String,
    revision: String,
    may_manage: bool,
    cards: Vec<Card>,
    custom: Vec<FormChoice>,
    may_add_custom: bool,
    custom_name: String,
}

/// An integration, and the credential that it uses.
struct Card {
    id: String,
    word: String,
    title: String,
    uses: Option<Uses>,
    choose: String,
    choices: Vec<FormChoice>,
    nothing: Option<(String, String)>,
    snippet: Option<String>,
}

struct Uses {
    name: String,
    url: String,
    since: Time,
}

impl Card {
    fn choices(&self) -> &[FormChoice] {
        &self.choices
    }

    /// Returns `true` if no choice is the credential in use. The browser would send the first one.
    fn must_choose(&self) -> bool {
        self.choices.len() > 1 && !self.choices.iter().any(|choice| choice.is_chosen)
    }
}

pub(super) async fn overview(
    ask: &PageRequest,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let workspaces = ask.workspaces().await?;
    let given = ask.given().get("workspace");
    let chosen = match (WorkspaceId::new(given), workspaces.first()) {
        (Ok(id), _) => Some(ask.manager().workspace(&id).await?),
        (Err(_), Some(first)) => Some(first.clone()),
        (Err(_), None) => None,
    };
    let id = chosen.as_ref().map_or("", |it| it.id.as_str()).to_owned();
    let notice = ask.notice(history_of(chosen.as_ref().map(|it| it.id.clone()))).await;
    let (cards, custom) = match &chosen {
        Some(workspace) => cards(ask, workspace).await?,
        None => (Vec::new(), Vec::new()),
    };
    let may_add_custom = ask.parts.keyward.custom_integration_kind().is_some();
    let overview = IntegrationsScreen {
        c: chrome(ask, Section::Integrations, &t.integrations_heading())
            .with_notice(notice)
            .with_problems(problems),
        action: ask.urls.screen("integrations"),
        connect: ask.urls.screen("integrations/connect"),
        disconnect: ask.urls.screen("integrations/disconnect"),
        workspaces: workspace_choices(&workspaces, &id),
        workspace: id,
        revision: chosen.map_or_else(String::new, |it| it.revision.get().to_string()),
        may_manage: ask.may_manage(),
        cards,
        custom,
        may_add_custom,
        custom_name: ask.form.kept("custom"),
    };
    screen(status, &overview.c, &overview)
}

/// Returns the declared integrations and those that are connected, and the choices for another one.
async fn cards(
    ask: &PageRequest,
    workspace: &Workspace,
) -> Result<(Vec<Card>, Vec<FormChoice>), Failure> {
    let manager = ask.manager();
    let connections = manager.integrations(&workspace.id).await?;
    let candidates = candidates(ask, workspace).await?;
    let declared = ask.parts.keyward.integrations().map(|spec| Integration::from(spec.word()));
    let mut shown: Vec<Integration> = declared.collect();
    for connection in &connections {
        if !shown.iter().any(|known| known.is_same_as(&connection.integration)) {
            shown.push(connection.integration.clone());
        }
    }
    let mut cards = Vec::new();
    for (number, integration) in shown.iter().enumerate() {
        let connection = connections.iter().find(|it| it.integration.is_same_as(integration));
        let spec = ask.declared(integration);
        let kind =
            spec.map(IntegrationSpec::kind).or_else(|| ask.parts.keyward.custom_integration_kind());
        let noun = kind.map(|kind| ask.kind_noun(kind)).unwrap_or_default();
        let used = connection.map(|it| it.credential.to_string()).unwrap_or_default();
        let choices = choices(&candidates, kind, &used);
        let nothing = choices.is_empty().then(|| {
            let word = kind.map(|kind| kind.to_string()).unwrap_or_default();
            let text = ask.t().integration_no_candidate(&noun).into_owned();
            (ask.urls.add_with(workspace.id.as_str(), &word), text)
        });
        let snippet = match (connection, spec) {
            (Some(_), Some(spec)) if spec.has_snippet() => {
                manager.snippet(&workspace.id, integration).await.ok()
            }
            _ => None,
        };
        cards.push(Card {
            id: format!("integration-{number}"),
            word: integration.to_string(),
            title: ask.integration(integration),
            uses: match connection {
                Some(connection) => Some(uses(ask, connection, &candidates).await?),
                None => None,
            },
            choose: ask.t().integration_choose(&noun).into_owned(),
            choices,
            nothing,
            snippet,
        });
    }
    let custom = choices(&candidates, ask.parts.keyward.custom_integration_kind(), "");
    Ok((cards, custom))
}

/// Returns the permanent credentials that an integration of the workspace can use.
async fn candidates(
    ask: &PageRequest,
    workspace: &Workspace,
) -> Result<Vec<Credential>, ManageError> {
    let keyward = &ask.parts.keyward;
    let kinds = keyward.integrations().map(IntegrationSpec::kind);
    let kinds: BTreeSet<KindWord> = kinds.chain(keyward.custom_integration_kind()).collect();
    let mut found = Vec::new();
    for kind in kinds {
        let filter = CredentialFilter::new().workspace(workspace.id.clone()).kind(kind);
        found.extend(ask.credentials(filter.status(CredentialStatus::Active)).await?);
    }
    let inactive = ask.manager().inactive_owners().await?;
    found.retain(|it| is_permanent(it) && !is_stopped(&inactive, it));
    Ok(found)
}

fn choices(candidates: &[Credential], kind: Option<KindWord>, used: &str) -> Vec<FormChoice> {
    candidates
        .iter()
        .filter(|it| Some(it.kind) == kind)
        .map(|it| FormChoice::new(it.id.as_str(), format!("{} ({})", it.name, it.id), used))
        .collect()
}

/// Returns the credential in use. It can have been deprecated or given an expiry since.
async fn uses(
    ask: &PageRequest,
    connection: &Connection,
    candidates: &[Credential],
) -> Result<Uses, ManageError> {
    let id = connection.credential;
    let name = match candidates.iter().find(|known| known.id == id) {
        Some(known) => known.name.to_string(),
        None => match ask.manager().credential(id).await {
            Ok(known) => known.name.to_string(),
            Err(ManageError::NotFound(_) | ManageError::Forbidden) => id.to_string(),
            Err(error) => return Err(error),
        },
    };
    Ok(Uses { name, url: ask.urls.credential(id), since: ask.time(connection.connected) })
}

/// Returns `true` if an integration can use the credential and the credential has no end.
fn is_permanent(credential: &Credential) -> bool {
    credential.status == CredentialStatus::Active && credential.expires.is_none()
}

/// Returns the workspace and the integration of the form.
fn target(ask: &PageRequest) -> Result<(WorkspaceId, Result<Integration, Problem>), Failure> {
    let workspace = WorkspaceId::new(ask.form.get("workspace")).map_err(|_| Failure::BadRequest)?;
    let custom = ask.form.get("custom");
    let text = if ask.form.has("custom") {
        &format!("custom:{custom}")
    } else {
        ask.form.get("integration")
    };
    let integration = text.parse::<Integration>().map_err(|error| {
        let text = super::texts::capital(&error.to_string());
        Problem::new("custom", ask.t().name_invalid(&text))
    });
    Ok((workspace, integration))
}

pub(super) async fn connect(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("integrations")));
    }
    let seen = ask.revision()?;
    let (workspace, integration) = target(ask)?;
    let integration = match integration {
        Ok(integration) => integration,
        Err(problem) => {
            return overview(ask, StatusCode::UNPROCESSABLE_ENTITY, vec![problem]).await;
        }
    };
    let choice = ask.form.id("credential");
    let connected = ask.manager().if_revision(seen).connect(&workspace, integration, choice).await;
    finish(ask, &workspace, connected.map(drop)).await
}

pub(super) async fn disconnect(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("integrations")));
    }
    let seen = ask.revision()?;
    let workspace = WorkspaceId::new(ask.form.get("workspace")).map_err(|_| Failure::BadRequest)?;
    // An integration that was named before may have a name that is no longer allowed.
    let integration =
        Integration::stored(ask.form.get("integration")).map_err(|_| Failure::BadRequest)?;
    let done = ask.manager().if_revision(seen).disconnect(&workspace, &integration).await;
    finish(ask, &workspace, done).await
}

async fn finish(
    ask: &PageRequest,
    workspace: &WorkspaceId,
    done: Result<(), ManageError>,
) -> Result<Reply, Failure> {
    match done {
        Ok(()) => {
            let url = ask.urls.screen("integrations");
            let filter = HistoryFilter::new().workspace(workspace.clone());
            let pairs = [("workspace", workspace.as_str())];
            Ok(Reply::SeeOther(ask.after_with(&url, &pairs, filter).await))
        }
        Err(error @ ManageError::Refused(_)) => {
            let is_choice = matches!(error, ManageError::Refused(Refusal::ChoiceRequired { .. }));
            let text = if is_choice && ask.form.has("credential") {
                ask.t().integration_choice_missing().into_owned()
            } else {
                ask.error(&error)
            };
            overview(ask, status_of(&error), vec![Problem::new("", text)]).await
        }
        Err(error) => Err(error.into()),
    }
}
