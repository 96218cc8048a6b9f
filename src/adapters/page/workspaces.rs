//! The workspaces, and creating and removing them if the host allows it.

use std::borrow::Cow;

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::adapters::web::WorkspaceRows;
use crate::adapters::web::workspace_rows::{self, NotCreated};
use crate::domain::Refusal;
use crate::shell::{CreatedWorkspace, HistoryFilter, ManageError};
use crate::store::{PageItem, PageSize, WorkspaceCursor};
use crate::values::WorkspaceId;

use super::add::read_name;
use super::failure::Failure;
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::secret;
use super::view::{Chrome, Problem, Time, isolated};

/// The number of rows on a page.
const ROWS: u16 = 100;

#[derive(Template)]
#[template(path = "workspaces.html")]
struct WorkspacesScreen<'a> {
    c: Chrome<'a>,
    rows: Vec<WorkspaceRow>,
    next: Option<String>,
    may_create: bool,
    create: String,
}

enum WorkspaceRow {
    Record(Box<WorkspaceLine>),
    Corrupt(String),
}

struct WorkspaceLine {
    name: String,
    id: String,
    created: Time,
    credentials: String,
    list: String,
    entries: String,
    allowlist: String,
    integrations_text: String,
    integrations: String,
    rename: Option<String>,
    rename_label: String,
    remove: Option<String>,
    remove_label: String,
}

pub(super) async fn overview(ask: &PageRequest) -> Result<Reply, Failure> {
    let t = ask.t();
    let after: Option<WorkspaceCursor> = ask.query.get("after").parse().ok();
    let size = PageSize::new(ROWS).unwrap_or_default();
    let page = ask.manager().workspaces(after, size).await?;
    let next = page
        .next
        .map(|next| ask.urls.screen_with("workspaces", &[("after", next.to_string().as_str())]));
    let may_create = ask.workspace_rows().is_some();
    let rows = page.items.into_iter().map(|item| match item {
        PageItem::Record(workspace) => {
            let id = workspace.id.as_str();
            WorkspaceRow::Record(Box::new(WorkspaceLine {
                created: ask.time(workspace.created),
                credentials: number(workspace.credentials, |count| t.credentials(u64::from(count))),
                list: ask.urls.list_with(&[("workspace", id)]),
                entries: t.entries(workspace.allowlist_entries as u64).into_owned(),
                allowlist: ask.urls.screen_with("allowlist", &[("edit", id)]),
                integrations_text: number(workspace.integrations, |count| {
                    t.connected_integrations(count as u64)
                }),
                integrations: ask.urls.screen_with("integrations", &[("workspace", id)]),
                rename: may_create
                    .then(|| ask.urls.screen_with("workspaces/rename", &[("workspace", id)])),
                rename_label: t
                    .workspace_rename_heading(&isolated(workspace.name.as_str()))
                    .into_owned(),
                remove: may_create
                    .then(|| ask.urls.screen_with("workspaces/remove", &[("workspace", id)])),
                remove_label: t
                    .workspace_remove_heading(&isolated(workspace.name.as_str()))
                    .into_owned(),
                id: id.to_owned(),
                name: workspace.name.to_string(),
            }))
        }
        PageItem::Corrupt(row) => WorkspaceRow::Corrupt(t.corrupt_row(&row.id).into_owned()),
        PageItem::Newer { id } => WorkspaceRow::Corrupt(t.newer_row(&id).into_owned()),
    });
    let notice = ask.notice(HistoryFilter::new()).await;
    let overview = WorkspacesScreen {
        c: chrome(ask, Section::Workspaces, &t.workspaces_heading()).with_notice(notice),
        rows: rows.collect(),
        next,
        may_create,
        create: ask.urls.screen("workspaces/create"),
    };
    screen(StatusCode::OK, &overview.c, &overview)
}

#[derive(Template)]
#[template(path = "workspace_create.html")]
struct Create<'a> {
    c: Chrome<'a>,
    action: String,
    back: String,
    operation: String,
    name: String,
}

pub(super) async fn create(ask: &PageRequest) -> Result<Reply, Failure> {
    let host = host(ask).await?;
    if ask.is_form() {
        return add(ask, host).await;
    }
    let operation = ask.new_operation()?;
    create_form(ask, StatusCode::OK, operation, Vec::new()).await
}

/// Returns the host's [`WorkspaceRows`]. Without one, or if the actor lacks the permission, the forms are answered 404.
async fn host(ask: &PageRequest) -> Result<&dyn WorkspaceRows, Failure> {
    let Some(host) = ask.workspace_rows() else {
        // The account's own refusals come first.
        ask.manager().account().await?;
        return Err(Failure::NotFound);
    };
    Ok(host)
}

async fn create_form(
    ask: &PageRequest,
    status: StatusCode,
    operation: String,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    ask.manager().account().await?;
    let create = Create {
        c: chrome(ask, Section::Workspaces, &ask.t().workspace_create()).with_problems(problems),
        action: ask.urls.screen("workspaces/create"),
        back: ask.urls.screen("workspaces"),
        operation,
        name: ask.form.kept("name"),
    };
    screen(status, &create.c, &create)
}

async fn add(ask: &PageRequest, host: &dyn WorkspaceRows) -> Result<Reply, Failure> {
    let operation = ask.operation()?.to_owned();
    let name = match read_name(ask, "name") {
        Ok(name) => name,
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return create_form(ask, status, operation, vec![problem]).await;
        }
    };
    let (actor, manager) = (&ask.request.actor, ask.manager());
    match workspace_rows::create(host, actor, manager, name, Some(&operation)).await {
        Ok(CreatedWorkspace { workspace, first: Some(issued) }) => {
            let title = secret::title(ask, &issued.credential);
            let name = isolated(workspace.name.as_str());
            let made = ask.t().workspace_created_secret(&name).into_owned();
            secret::show(ask, &issued.credential, &issued.secret, &title, vec![made])
        }
        Ok(CreatedWorkspace { workspace, first: None }) => Ok(changed(ask, workspace.id).await),
        Err(NotCreated::Unprepared) => Err(Failure::Host),
        Err(NotCreated::Failed(ManageError::Repeated(again))) => secret::repeated(ask, &again),
        Err(NotCreated::Failed(ManageError::Refused(Refusal::OperationReused))) => {
            let problem = vec![Problem::new("", ask.t().form_reused())];
            create_form(ask, StatusCode::CONFLICT, ask.new_operation()?, problem).await
        }
        Err(NotCreated::Failed(error @ ManageError::Refused(_))) => {
            let problem = vec![Problem::new("", ask.error(&error))];
            create_form(ask, status_of(&error), operation, problem).await
        }
        Err(NotCreated::Failed(error)) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "workspace_rename.html")]
struct Rename<'a> {
    c: Chrome<'a>,
    action: String,
    back: String,
    workspace: String,
    revision: String,
    name: String,
}

pub(super) async fn rename(ask: &PageRequest) -> Result<Reply, Failure> {
    let host = host(ask).await?;
    let id = named_workspace(ask)?;
    if !ask.is_form() {
        return rename_form(ask, &id, StatusCode::OK, Vec::new()).await;
    }
    let seen = ask.revision()?;
    let name = match read_name(ask, "name") {
        Ok(name) => name,
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return rename_form(ask, &id, status, vec![problem]).await;
        }
    };
    let (actor, manager) = (&ask.request.actor, ask.manager().if_revision(seen));
    match workspace_rows::rename(host, actor, manager, &id, name).await {
        Ok(()) => Ok(changed(ask, id).await),
        Err(error @ ManageError::Refused(_)) => {
            let problem = Problem::new("", ask.error(&error));
            rename_form(ask, &id, status_of(&error), vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn rename_form(
    ask: &PageRequest,
    id: &WorkspaceId,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let workspace = ask.manager().workspace(id).await?;
    let title = ask.t().workspace_rename_heading(&isolated(workspace.name.as_str()));
    let rename = Rename {
        c: chrome(ask, Section::Workspaces, &title).with_problems(problems),
        action: ask.urls.screen("workspaces/rename"),
        back: ask.urls.screen("workspaces"),
        workspace: id.to_string(),
        revision: workspace.revision.get().to_string(),
        name: if ask.is_form() { ask.form.kept("name") } else { workspace.name.to_string() },
    };
    screen(status, &rename.c, &rename)
}

#[derive(Template)]
#[template(path = "workspace_remove.html")]
struct Remove<'a> {
    c: Chrome<'a>,
    action: String,
    back: String,
    workspace: String,
    revision: String,
    name: String,
    typed: String,
    note: String,
}

pub(super) async fn remove(ask: &PageRequest) -> Result<Reply, Failure> {
    let host = host(ask).await?;
    let id = named_workspace(ask)?;
    if !ask.is_form() {
        return remove_form(ask, &id, StatusCode::OK, Vec::new()).await;
    }
    let seen = ask.revision()?;
    let (actor, manager) = (&ask.request.actor, ask.manager().if_revision(seen));
    match workspace_rows::remove(host, actor, manager, &id, ask.form.get("typed")).await {
        Ok(()) => Ok(changed(ask, id).await),
        Err(ManageError::Refused(refusal)) => {
            let field = if matches!(refusal, Refusal::WrongTypedName) { "typed" } else { "" };
            let error = ManageError::Refused(refusal);
            let problem = Problem::new(field, ask.error(&error));
            remove_form(ask, &id, status_of(&error), vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove_form(
    ask: &PageRequest,
    id: &WorkspaceId,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let workspace = ask.manager().workspace(id).await?;
    let title = t.workspace_remove_heading(&isolated(workspace.name.as_str()));
    let remove = Remove {
        c: chrome(ask, Section::Workspaces, &title).with_problems(problems),
        action: ask.urls.screen("workspaces/remove"),
        back: ask.urls.screen("workspaces"),
        workspace: id.to_string(),
        revision: workspace.revision.get().to_string(),
        name: workspace.name.to_string(),
        typed: ask.form.kept("typed"),
        note: t
            .workspace_remove_note(&number(workspace.credentials, |count| {
                t.credentials(u64::from(count))
            }))
            .into_owned(),
    };
    screen(status, &remove.c, &remove)
}

fn named_workspace(ask: &PageRequest) -> Result<WorkspaceId, Failure> {
    WorkspaceId::new(ask.given().get("workspace")).map_err(|_| Failure::NotFound)
}

/// Redirects to the list after a change of a workspace. The list links the event of the change.
async fn changed(ask: &PageRequest, id: WorkspaceId) -> Reply {
    let filter = HistoryFilter::new().workspace(id);
    Reply::SeeOther(ask.after(&ask.urls.screen("workspaces"), filter).await)
}

/// Returns a number as a text. A limited actor does not see it.
fn number<T>(count: Option<T>, text: impl FnOnce(T) -> Cow<'static, str>) -> String {
    count.map_or_else(|| "–".to_owned(), |count| text(count).into_owned())
}

impl PageRequest {
    /// Returns the host's [`WorkspaceRows`], if the actor can create, rename and remove workspaces here.
    pub(super) fn workspace_rows(&self) -> Option<&dyn WorkspaceRows> {
        let is_permitted = self.request.actor.can_manage_workspaces();
        self.parts.settings.workspaces().filter(|_| is_permitted)
    }
}
