//! The allowlists. A change is previewed first, and then confirmed.

use std::collections::BTreeMap;

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::domain::{AllowlistChange, AllowlistEntry, Refusal, UnlistedWorkspaces};
use crate::shell::{AllowlistPreview, HistoryFilter, ManageError, Workspace};
use crate::values::{Network, WorkspaceId};

use super::dry_run::{self, ShownDryRun};
use super::failure::Failure;
use super::fields::may_hold_key;
use super::page_request::{PageRequest, history_of, revision_of};
use super::reply::{Reply, Section, chrome, screen};
use super::view::{Chrome, FormChoice, Problem, isolated};

/// The number of rows of the form that adds addresses.
const ROWS: u64 = 4;
/// The most lines of a list that are read.
const LINES: usize = 1_000;
const SETTINGS: [UnlistedWorkspaces; 2] = [UnlistedWorkspaces::Open, UnlistedWorkspaces::Closed];

#[derive(Template)]
#[template(path = "allowlist.html")]
struct AllowlistScreen<'a> {
    c: Chrome<'a>,
    may_manage: bool,
    may_manage_account: bool,
    your_address: Option<String>,
    lists: Vec<WorkspaceList>,
    edited: Option<Edited>,
    preview: String,
    rows: Vec<AddressRow>,
    settings: Vec<FormChoice>,
    setting: String,
    unlisted: String,
    revision: String,
    cancel: String,
}

/// The allowlist of a workspace in the overview.
struct WorkspaceList {
    workspace: String,
    entries: String,
    url: String,
}

/// The allowlist that is edited.
struct Edited {
    heading: String,
    workspace: String,
    text: String,
    is_empty: bool,
}

/// A row of the form that adds addresses.
struct AddressRow {
    id: String,
    address_label: String,
    address: String,
    workspace_label: String,
    workspaces: Vec<FormChoice>,
}

impl AddressRow {
    fn workspaces(&self) -> &[FormChoice] {
        &self.workspaces
    }

    fn field(&self) -> String {
        format!("address-{}", self.id)
    }
}

/// Shows all allowlists, or the one of a workspace.
pub(super) async fn overview(
    ask: &PageRequest,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let account = ask.manager().account().await?;
    let workspaces = ask.workspaces().await?;
    let given = ask.given();
    let edit = WorkspaceId::new(given.get("edit")).ok();
    let edited = match &edit {
        Some(id) => Some(edited(ask, id).await?),
        None => None,
    };
    let notice = ask.notice(history_of(edit)).await;
    let title = match &edited {
        Some(edited) => edited.heading.clone(),
        None => t.allowlist_heading().into_owned(),
    };
    let overview = AllowlistScreen {
        c: chrome(ask, Section::Allowlist, &title).with_notice(notice).with_problems(problems),
        may_manage: ask.request.actor.can_manage_allowlists(),
        may_manage_account: ask.request.actor.can_manage_account(),
        your_address: your_address(ask),
        lists: workspaces.iter().map(|it| list(ask, it)).collect(),
        edited,
        preview: ask.urls.screen("allowlist/preview"),
        rows: rows(ask, &workspaces),
        settings: SETTINGS
            .into_iter()
            .map(|it| {
                FormChoice::new(it.as_str(), t.unlisted(it), account.unlisted_workspaces.as_str())
            })
            .collect(),
        setting: t.unlisted(account.unlisted_workspaces).into_owned(),
        unlisted: ask.urls.screen("allowlist/unlisted"),
        revision: account.revision.get().to_string(),
        cancel: ask.urls.screen("allowlist"),
    };
    screen(status, &overview.c, &overview)
}

fn your_address(ask: &PageRequest) -> Option<String> {
    let address = ask.browser_address()?;
    Some(ask.t().your_address(&address.to_string()).into_owned())
}

fn list(ask: &PageRequest, workspace: &Workspace) -> WorkspaceList {
    let t = ask.t();
    WorkspaceList {
        workspace: workspace.name.to_string(),
        entries: match workspace.allowlist_entries {
            0 => t.allowlist_none().into_owned(),
            some => t.entries(some as u64).into_owned(),
        },
        url: ask.urls.screen_with("allowlist", &[("edit", workspace.id.as_str())]),
    }
}

async fn edited(ask: &PageRequest, id: &WorkspaceId) -> Result<Edited, Failure> {
    let workspace = ask.manager().workspace(id).await?;
    let entries = ask.manager().allowlist(id).await?;
    let stored: Vec<_> = entries.iter().map(|entry| entry.network.to_string()).collect();
    let is_empty = stored.is_empty();
    let text = if ask.form.has("entries") { kept_lines(ask) } else { stored.join("\n") };
    Ok(Edited {
        heading: ask.t().allowlist_of(&isolated(workspace.name.as_str())).into_owned(),
        workspace: id.to_string(),
        text,
        is_empty,
    })
}

/// Returns the lines of the form, without those that may hold a key.
fn kept_lines(ask: &PageRequest) -> String {
    let lines = ask.form.get("entries").lines().filter(|line| !may_hold_key(line));
    lines.collect::<Vec<_>>().join("\n")
}

fn rows(ask: &PageRequest, workspaces: &[Workspace]) -> Vec<AddressRow> {
    let t = ask.t();
    let row = |number: u64| {
        let (address, workspace) = (format!("address-{number}"), format!("workspace-{number}"));
        AddressRow {
            address_label: t.allowlist_address(number).into_owned(),
            address: ask.form.kept(&address),
            workspace_label: t.allowlist_row_workspace(number).into_owned(),
            workspaces: workspaces
                .iter()
                .map(|it| {
                    FormChoice::new(it.id.as_str(), it.name.as_str(), ask.form.get(&workspace))
                })
                .collect(),
            id: number.to_string(),
        }
    };
    (1..=ROWS).map(row).collect()
}

/// A list that a workspace would have.
struct WantedList {
    workspace: WorkspaceId,
    networks: Vec<Network>,
}

impl WantedList {
    fn change(&self) -> AllowlistChange {
        if self.networks.is_empty() {
            AllowlistChange::Lift
        } else {
            AllowlistChange::Replace(self.networks.clone())
        }
    }
}

/// Reads the lines of one list, or the rows of the form that adds addresses.
async fn wanted(ask: &PageRequest) -> Result<Result<Vec<WantedList>, Vec<Problem>>, Failure> {
    let t = ask.t();
    let mut problems = Vec::new();
    let mut parse = |field: &str, text: &str| match parse_network(text) {
        Ok(network) => Some(network),
        Err(error) => {
            let shown = if may_hold_key(text) { "…" } else { text };
            problems.push(Problem::new(field, t.bad_line(shown, &error)));
            None
        }
    };
    let mut lists: BTreeMap<WorkspaceId, Vec<Network>> = BTreeMap::new();
    if ask.form.has("edit") {
        let id = WorkspaceId::new(ask.form.get("edit")).map_err(|_| Failure::BadRequest)?;
        let lines = ask.form.get("entries").lines().map(str::trim).filter(|line| !line.is_empty());
        let networks = lines.take(LINES + 1).filter_map(|line| parse("entries", line)).collect();
        lists.insert(id, networks);
    } else {
        for number in 1..=ROWS {
            let field = format!("address-{number}");
            let text = ask.form.get(&field);
            if text.is_empty() {
                continue;
            }
            let workspace = WorkspaceId::new(ask.form.get(&format!("workspace-{number}")));
            let workspace = workspace.map_err(|_| Failure::BadRequest)?;
            if let Some(network) = parse(&field, text) {
                lists.entry(workspace).or_default().push(network);
            }
        }
    }
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    if lists.is_empty() {
        return Ok(Err(vec![Problem::new("address-1", t.allowlist_no_change())]));
    }
    let is_whole = ask.form.has("edit");
    let mut wanted = Vec::new();
    for (workspace, networks) in lists {
        let known = if is_whole {
            Vec::new()
        } else {
            let known = ask.manager().allowlist(&workspace).await?;
            known.into_iter().map(|entry| entry.network).collect()
        };
        let mut whole: Vec<Network> = Vec::new();
        for network in known.into_iter().chain(networks) {
            if !whole.contains(&network) {
                whole.push(network);
            }
        }
        wanted.push(WantedList { workspace, networks: whole });
    }
    Ok(Ok(wanted))
}

/// Reads an address or a network.
fn parse_network(text: &str) -> Result<Network, String> {
    if let Ok(address) = text.parse::<std::net::IpAddr>() {
        return Ok(Network::of(address));
    }
    text.parse::<Network>().map_err(|error| error.to_string())
}

#[derive(Template)]
#[template(path = "allowlist_preview.html")]
struct Preview<'a> {
    c: Chrome<'a>,
    changes: Vec<Change>,
    confirm: String,
    back: String,
    your_address: Option<String>,
    is_change: bool,
}

/// The change of one list.
struct Change {
    heading: String,
    workspace: String,
    revision: String,
    networks: String,
    added: Vec<String>,
    removed: Vec<String>,
    kept: Vec<String>,
    notes: Vec<String>,
    dry_run: Option<ShownDryRun>,
}

/// Shows what the lists would be. Changes nothing.
pub(super) async fn preview(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("allowlist")));
    }
    let wanted = match wanted(ask).await? {
        Ok(wanted) => wanted,
        Err(problems) => return overview(ask, StatusCode::UNPROCESSABLE_ENTITY, problems).await,
    };
    match show_preview(ask, StatusCode::OK, &wanted, Vec::new()).await {
        Err(Failure::Manage(error)) if matches!(*error, ManageError::Refused(_)) => {
            let field = if ask.form.has("edit") { "entries" } else { "address-1" };
            overview(ask, status_of(&error), vec![Problem::new(field, ask.error(&error))]).await
        }
        shown => shown,
    }
}

async fn show_preview(
    ask: &PageRequest,
    status: StatusCode,
    wanted: &[WantedList],
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let mut changes = Vec::new();
    for wanted in wanted {
        changes.push(change(ask, wanted).await?);
    }
    let back = match (ask.form.has("edit"), changes.first()) {
        (true, Some(change)) => {
            ask.urls.screen_with("allowlist", &[("edit", change.workspace.as_str())])
        }
        _ => ask.urls.screen("allowlist"),
    };
    let preview = Preview {
        c: chrome(ask, Section::Allowlist, &t.allowlist_preview_heading()).with_problems(problems),
        is_change: changes.iter().any(|it| !(it.added.is_empty() && it.removed.is_empty())),
        changes,
        confirm: ask.urls.screen("allowlist/confirm"),
        back,
        your_address: your_address(ask),
    };
    screen(status, &preview.c, &preview)
}

async fn change(ask: &PageRequest, wanted: &WantedList) -> Result<Change, Failure> {
    let t = ask.t();
    let WantedList { workspace, networks } = wanted;
    let manager = ask.manager();
    let preview = manager.preview_allowlist(workspace, &wanted.change()).await?;
    let name = manager.workspace(workspace).await?.name;
    let AllowlistPreview { revision, entries, added, removed, dry_run } = preview;
    let is_kept = |entry: &&AllowlistEntry| !added.contains(&entry.network);
    let kept: Vec<_> = entries.iter().filter(is_kept).map(|entry| entry.network).collect();
    let mut notes = Vec::new();
    if kept.is_empty() && removed.is_empty() && !added.is_empty() {
        notes.push(t.allowlist_first().into_owned());
    }
    if entries.is_empty() && !removed.is_empty() {
        notes.push(t.allowlist_lifted().into_owned());
    }
    if let (Some(address), false) = (ask.browser_address(), entries.is_empty()) {
        let is_in = entries.iter().any(|entry| entry.network.contains(address));
        let note = if is_in { t.your_address_in() } else { t.your_address_out() };
        notes.push(note.into_owned());
    }
    Ok(Change {
        heading: t.allowlist_of(&isolated(name.as_str())).into_owned(),
        workspace: workspace.to_string(),
        revision: revision.get().to_string(),
        networks: texts(networks).join(" "),
        added: texts(&added),
        removed: texts(&removed),
        kept: texts(&kept),
        notes,
        dry_run: dry_run.map(|dry_run| dry_run::shown(ask, &dry_run)),
    })
}

fn texts(networks: &[Network]) -> Vec<String> {
    networks.iter().map(ToString::to_string).collect()
}

/// Replaces each list in one commit.
pub(super) async fn confirm(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("allowlist")));
    }
    let ids: Vec<&str> = ask.form.all("workspace").collect();
    let revisions: Vec<&str> = ask.form.all("revision").collect();
    let lists: Vec<&str> = ask.form.all("networks").collect();
    if ids.is_empty() || ids.len() != revisions.len() || ids.len() != lists.len() {
        return Err(Failure::BadRequest);
    }
    let mut changes = Vec::new();
    for ((id, revision), list) in ids.into_iter().zip(revisions).zip(lists) {
        let workspace = WorkspaceId::new(id).map_err(|_| Failure::BadRequest)?;
        let networks: Result<Vec<Network>, _> = list.split_whitespace().map(str::parse).collect();
        let networks = networks.map_err(|_| Failure::BadRequest)?;
        changes.push((revision_of(revision)?, WantedList { workspace, networks }));
    }
    let (mut done, mut last) = (Vec::new(), None);
    let mut left = changes.into_iter();
    while let Some((seen, wanted)) = left.next() {
        let manager = ask.manager().if_revision(seen);
        let replaced = if wanted.networks.is_empty() {
            manager.lift(&wanted.workspace).await
        } else {
            manager.replace_allowlist(&wanted.workspace, &wanted.networks).await
        };
        match replaced {
            Ok(()) => {
                let name = ask.manager().workspace(&wanted.workspace).await;
                done.push(name.map_or_else(
                    |_| wanted.workspace.to_string(),
                    |it| isolated(it.name.as_str()),
                ));
                last = Some(wanted.workspace);
            }
            Err(error @ ManageError::Refused(_)) => {
                let rest: Vec<WantedList> =
                    std::iter::once(wanted).chain(left.map(|(_, wanted)| wanted)).collect();
                return refused(ask, &error, &done, &rest).await;
            }
            Err(error) if done.is_empty() => return Err(error.into()),
            Err(error) => {
                return Err(Failure::Partly { error: error.into(), done: done.join(", ") });
            }
        }
    }
    Ok(Reply::SeeOther(ask.after(&ask.urls.screen("allowlist"), history_of(last)).await))
}

/// Shows the rest of the change again, with the reason.
async fn refused(
    ask: &PageRequest,
    error: &ManageError,
    done: &[String],
    rest: &[WantedList],
) -> Result<Reply, Failure> {
    let problems = || {
        let partly = || Problem::new("", ask.t().allowlist_partly(&done.join(", ")));
        let partly = (!done.is_empty()).then(partly);
        partly.into_iter().chain([Problem::new("", ask.error(error))]).collect()
    };
    match show_preview(ask, status_of(error), rest, problems()).await {
        Err(Failure::Manage(again)) if matches!(*again, ManageError::Refused(_)) => {
            overview(ask, status_of(error), problems()).await
        }
        shown => shown,
    }
}

/// Sets the rule for workspaces without an allowlist.
pub(super) async fn unlisted(ask: &PageRequest) -> Result<Reply, Failure> {
    let url = ask.urls.screen("allowlist");
    if !ask.is_form() {
        return Ok(Reply::SeeOther(url));
    }
    let seen = ask.revision()?;
    let setting = SETTINGS.into_iter().find(|it| it.as_str() == ask.form.get("unlisted"));
    let setting = setting.ok_or(Failure::BadRequest)?;
    match ask.manager().if_revision(seen).set_unlisted_workspaces(setting).await {
        Ok(()) => Ok(Reply::SeeOther(ask.after(&url, HistoryFilter::new()).await)),
        Err(error @ ManageError::Refused(Refusal::Changed { .. })) => {
            overview(ask, status_of(&error), vec![Problem::new("", ask.error(&error))]).await
        }
        Err(error) => Err(error.into()),
    }
}
