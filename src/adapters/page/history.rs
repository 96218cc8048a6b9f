//! The history of the account.

use askama::Template;
use http::StatusCode;

use crate::domain::{Action, ActionWord, Subject};
use crate::shell::{HistoryEvent, HistoryFilter};
use crate::store::{PageItem, PageSize};
use crate::values::{ActorId, CredentialId, LeakPlace, OperationId, WorkspaceId};

use super::failure::Failure;
use super::fields::may_hold_key;
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::time_text::day;
use super::view::{Chrome, FormChoice, ShownActor, Time, WorkspaceNames, workspace_choices};

/// The number of events on a page.
const ROWS: u16 = 50;

#[derive(Template)]
#[template(path = "history.html")]
struct History<'a> {
    c: Chrome<'a>,
    action: String,
    workspaces: Vec<FormChoice>,
    actions: Vec<FormChoice>,
    credential: String,
    by: String,
    from: String,
    until: String,
    is_filtered: bool,
    rows: Vec<EventRow>,
    next: Option<String>,
}

enum EventRow {
    Record(Box<EventLine>),
    Corrupt(String),
}

struct EventLine {
    id: String,
    at: Time,
    by: ShownActor,
    /// The changes of this actor alone.
    only_by: String,
    what: String,
    found: Option<LeakPlace>,
    place: String,
    link: Option<String>,
    /// The history of this credential or workspace alone.
    only: Option<String>,
    is_checked: bool,
}

/// The filter of the query, and the texts of its fields. A value that cannot be read is ignored.
struct Wanted {
    filter: HistoryFilter,
    workspace: String,
    credential: String,
    by: String,
    action: String,
    from: String,
    until: String,
}

impl Wanted {
    fn read(ask: &PageRequest) -> Self {
        let get = |name: &str| ask.query.get(name).to_owned();
        let mut wanted = Self {
            filter: HistoryFilter::new(),
            workspace: get("workspace"),
            credential: get("credential"),
            by: get("by"),
            action: get("action"),
            from: get("from"),
            until: get("until"),
        };
        wanted.narrow();
        wanted
    }

    fn narrow(&mut self) {
        let mut filter = HistoryFilter::new();
        match WorkspaceId::new(self.workspace.as_str()) {
            Ok(id) => filter = filter.workspace(id),
            Err(_) => self.workspace.clear(),
        }
        match self.credential.parse::<CredentialId>() {
            Ok(id) => filter = filter.credential(id),
            Err(_) => self.credential.clear(),
        }
        match ActorId::new(self.by.as_str()) {
            Ok(id) if !may_hold_key(&self.by) => filter = filter.by(id),
            _ => self.by.clear(),
        }
        match self.action.parse::<ActionWord>() {
            Ok(word) => filter = filter.action(word),
            Err(_) => self.action.clear(),
        }
        match day(&self.from) {
            Some((start, _)) => filter = filter.from(start),
            None => self.from.clear(),
        }
        match day(&self.until) {
            Some((_, end)) => filter = filter.until(end),
            None => self.until.clear(),
        }
        self.filter = filter;
    }

    fn pairs(&self) -> [(&str, &str); 6] {
        [
            ("workspace", &self.workspace),
            ("credential", &self.credential),
            ("by", &self.by),
            ("action", &self.action),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }
}

pub(super) async fn history(ask: &PageRequest) -> Result<Reply, Failure> {
    let t = ask.t();
    let before: Option<OperationId> = ask.query.get("before").parse().ok();
    let wanted = Wanted::read(ask);
    let size = PageSize::new(ROWS).unwrap_or_default();
    let page = ask.manager().history(wanted.filter.clone().size(size).before(before)).await?;
    let workspaces = ask.workspaces().await?;
    let names = WorkspaceNames::of(&workspaces);
    let next = page.next.map(|next| {
        let next = next.to_string();
        let pairs = wanted.pairs().into_iter().chain([("before", next.as_str())]);
        ask.urls.screen_with("history", &pairs.collect::<Vec<_>>())
    });
    let rows = page.items.into_iter().map(|item| match item {
        PageItem::Record(event) => EventRow::Record(Box::new(line(ask, &event, &names))),
        PageItem::Corrupt(row) => EventRow::Corrupt(t.history_corrupt(&row.id).into_owned()),
        PageItem::Newer { id } => EventRow::Corrupt(t.newer_row(&id).into_owned()),
    });
    let history = History {
        c: chrome(ask, Section::History, &t.history_heading()),
        action: ask.urls.screen("history"),
        workspaces: workspace_choices(&workspaces, &wanted.workspace),
        actions: ActionWord::ALL
            .into_iter()
            .map(|word| FormChoice::new(word.as_str(), t.action_word(word), &wanted.action))
            .collect(),
        is_filtered: wanted.pairs().iter().any(|(_, value)| !value.is_empty()),
        credential: wanted.credential,
        by: wanted.by,
        from: wanted.from,
        until: wanted.until,
        rows: rows.collect(),
        next,
    };
    screen(StatusCode::OK, &history.c, &history)
}

fn line(ask: &PageRequest, event: &HistoryEvent, names: &WorkspaceNames) -> EventLine {
    let only = |name: &str, id: &str| Some(ask.urls.screen_with("history", &[(name, id)]));
    let (place, link, only) = match &event.subject {
        Subject::Account => (ask.t().history_account().into_owned(), None, None),
        Subject::Workspace(id) => (names.name(id), None, only("workspace", id.as_str())),
        Subject::Credential(workspace, id) => {
            let place = format!("{} · {id}", names.name(workspace));
            (place, Some(ask.urls.credential(*id)), only("credential", id.as_str()))
        }
    };
    EventLine {
        id: event.operation.to_string(),
        at: ask.time(event.at),
        by: ask.actor(&event.by),
        only_by: ask.urls.screen_with("history", &[("by", event.by.id.as_str())]),
        what: ask.action(&event.action),
        found: match &event.action {
            Action::Leaked { place, .. } => Some(place.clone()),
            _ => None,
        },
        place,
        link,
        only,
        is_checked: event.is_checked,
    }
}
