//! The list of credentials.

use std::time::Duration;

use askama::Template;
use http::StatusCode;

use crate::domain::CredentialStatus;
use crate::shell::{Credential, CredentialFilter, HistoryFilter};
use crate::store::{CredentialCursor, PageItem, PageSize};
use crate::values::{CredentialId, KindWord, Timestamp, WorkspaceId};

use super::failure::Failure;
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::routes::Act;
use super::view::{Chrome, FormChoice, ShownActor, Time, WorkspaceNames, workspace_choices};

/// The number of rows on a page.
const ROWS: u16 = 50;

const DAY: Duration = Duration::from_hours(24);

/// The choices of the filter for imported keys, in days without a use. 0 is every imported key.
const UNUSED_DAYS: [u32; 4] = [0, 30, 90, 365];

pub(super) const STATUSES: [CredentialStatus; 4] = [
    CredentialStatus::Active,
    CredentialStatus::Deprecated,
    CredentialStatus::Suspended,
    CredentialStatus::Ended,
];

#[derive(Template)]
#[template(path = "list.html")]
#[expect(clippy::struct_excessive_bools, reason = "the template asks for each")]
struct ListScreen<'a> {
    c: Chrome<'a>,
    may_manage: bool,
    may_create_workspace: bool,
    has_any_workspace: bool,
    add: String,
    leaked: String,
    here: String,
    workspaces_url: String,
    search: String,
    workspaces: Vec<FormChoice>,
    kinds: Vec<FormChoice>,
    statuses: Vec<FormChoice>,
    has_imports: bool,
    unused: Vec<FormChoice>,
    is_filtered: bool,
    is_first: bool,
    rows: Vec<CredentialRow>,
    no_use_note: String,
    first: String,
    next: Option<String>,
}

enum CredentialRow {
    Record(Box<CredentialLine>),
    Corrupt { text: String, url: Option<String> },
}

struct CredentialLine {
    url: String,
    id: String,
    name: String,
    kind: String,
    workspace: String,
    status: String,
    status_word: &'static str,
    created: Time,
    created_by: ShownActor,
    last_used: Option<Time>,
    ends: Option<Time>,
}

/// Returns the word of a status, for links and for the stylesheet.
pub(super) const fn status_word(status: CredentialStatus) -> &'static str {
    match status {
        CredentialStatus::Active => "active",
        CredentialStatus::Deprecated => "deprecated",
        CredentialStatus::Suspended => "suspended",
        CredentialStatus::Ended => "ended",
    }
}

/// Returns the time at which a credential stops working, if one is set.
pub(super) fn ends(credential: &Credential) -> Option<crate::values::Timestamp> {
    let sunset = credential.deprecation.and_then(|deprecation| deprecation.sunset);
    [credential.expires, sunset].into_iter().flatten().min()
}

/// Returns the filter of the query.
fn filter(ask: &PageRequest) -> (CredentialFilter, [(&'static str, String); 5]) {
    let mut filter = CredentialFilter::new();
    let (workspace, kind, status) =
        (ask.query.get("workspace"), ask.query.get("kind"), ask.query.get("status"));
    let unused = ask.query.get("unused");
    let search = ask.query.kept("q");
    let mut pairs = [
        ("q", search.clone()),
        ("workspace", String::new()),
        ("kind", String::new()),
        ("status", String::new()),
        ("unused", String::new()),
    ];
    let [_, workspace_pair, kind_pair, status_pair, unused_pair] = &mut pairs;
    if let Ok(id) = WorkspaceId::new(workspace) {
        filter = filter.workspace(id);
        workspace.clone_into(&mut workspace_pair.1);
    }
    if let Ok(word) = kind.parse::<KindWord>() {
        filter = filter.kind(word);
        kind.clone_into(&mut kind_pair.1);
    }
    if let Some(known) = STATUSES.into_iter().find(|known| status_word(*known) == status) {
        filter = filter.status(known);
        status.clone_into(&mut status_pair.1);
    }
    if let Some(days) = UNUSED_DAYS.into_iter().find(|days| days.to_string() == unused) {
        filter = filter.imported_unused_since(unused_since(ask.now(), days));
        unused.clone_into(&mut unused_pair.1);
    }
    (filter.name_starts_with(&search), pairs)
}

/// Returns the time since which an imported key was not used.
fn unused_since(now: Timestamp, days: u32) -> Timestamp {
    match days {
        // Also after a use that a node with a fast clock has recorded.
        0 => now.saturating_add(DAY),
        days => now.saturating_sub(DAY.saturating_mul(days)),
    }
}

/// Returns the choices of the filter for imported keys.
fn unused_choices(ask: &PageRequest, chosen: &str) -> Vec<FormChoice> {
    let t = ask.t();
    let text = |days| match days {
        0 => t.imported_all(),
        days => t.imported_unused(&t.days(days.into())),
    };
    UNUSED_DAYS.map(|days| FormChoice::new(days.to_string(), text(days), chosen)).into()
}

pub(super) async fn list(ask: &PageRequest) -> Result<Reply, Failure> {
    let t = ask.t();
    let (filter, pairs) = filter(ask);
    let after: Option<CredentialCursor> = ask.query.get("after").parse().ok();
    let is_first = after.is_none();
    let size = PageSize::new(ROWS).unwrap_or_default();
    let page = ask.manager().credentials(filter.after(after).size(size)).await?;
    let workspaces = ask.workspaces().await?;
    let names = WorkspaceNames::of(&workspaces);
    let [search, workspace, kind, status, unused] = &pairs;
    let query: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let next = page.next.map(|next| {
        let next = next.to_string();
        let query: Vec<_> = query.iter().copied().chain([("after", next.as_str())]).collect();
        ask.urls.list_with(&query)
    });
    let rows = page.items.into_iter().map(|item| row(ask, item, &names)).collect();
    let is_filtered = pairs.iter().any(|(_, value)| !value.is_empty());
    let notice = ask.notice(HistoryFilter::new()).await;
    let list = ListScreen {
        c: chrome(ask, Section::List, &t.title()).with_notice(notice),
        may_manage: ask.may_manage(),
        may_create_workspace: ask.workspace_rows().is_some(),
        has_any_workspace: !workspaces.is_empty(),
        leaked: ask.urls.screen("leaked"),
        add: ask.urls.add_with(&workspace.1, &kind.1),
        here: ask.urls.list(),
        workspaces_url: ask.urls.screen("workspaces"),
        search: search.1.clone(),
        workspaces: workspace_choices(&workspaces, &workspace.1),
        kinds: ask
            .parts
            .keyward
            .kinds()
            .filter(|it| ask.request.actor.includes_kind(it.word()))
            .map(|it| FormChoice::new(it.word().as_str(), it.plural(), &kind.1))
            .collect(),
        statuses: STATUSES
            .into_iter()
            .map(|it| FormChoice::new(status_word(it), t.status(it), &status.1))
            .collect(),
        has_imports: !ask.parts.keyward.settings().imports.is_empty(),
        unused: unused_choices(ask, &unused.1),
        is_filtered,
        is_first,
        rows,
        no_use_note: no_use_note(ask),
        first: ask.urls.list_with(&query),
        next,
    };
    screen(StatusCode::OK, &list.c, &list)
}

/// Returns the maximum delay until a use is recorded.
pub(super) fn no_use_note(ask: &PageRequest) -> String {
    let seconds = ask.parts.keyward.last_used_delay().as_secs().max(1);
    ask.t().no_use_note(&ask.t().seconds(seconds)).into_owned()
}

fn row(ask: &PageRequest, item: PageItem<Credential>, names: &WorkspaceNames) -> CredentialRow {
    let t = ask.t();
    match item {
        PageItem::Record(credential) => CredentialRow::Record(Box::new(CredentialLine {
            url: ask.urls.credential(credential.id),
            id: credential.id.to_string(),
            name: credential.name.to_string(),
            kind: ask.kind_noun(credential.kind),
            workspace: names.name(&credential.workspace),
            status: t.status(credential.status).into_owned(),
            status_word: status_word(credential.status),
            created: ask.time(credential.created),
            created_by: ask.actor(&credential.created_by),
            last_used: credential.last_used.map(|at| ask.time(at)),
            ends: ends(&credential).map(|at| ask.time(at)),
        })),
        PageItem::Corrupt(row) => {
            let url = row.id.parse::<CredentialId>().ok().filter(|_| ask.may_manage());
            CredentialRow::Corrupt {
                text: t.corrupt_row(&row.id).into_owned(),
                url: url.map(|id| ask.urls.act(id, Act::Delete)),
            }
        }
        PageItem::Newer { id } => {
            CredentialRow::Corrupt { text: t.newer_row(&id).into_owned(), url: None }
        }
    }
}
