//! The answers of the screens.

use askama::Template;
use http::StatusCode;

use super::failure::Failure;
use super::page_request::PageRequest;
use super::view::{Chrome, MenuItem, Notice, Problem};

/// The answer of a screen.
pub(super) enum Reply {
    Screen(Screen),
    /// 303: to this address.
    SeeOther(String),
}

/// A rendered screen.
pub(super) struct Screen {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) retry_after: Option<u64>,
}

/// The part of the menu that a screen belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    List,
    Allowlist,
    Integrations,
    History,
    Workspaces,
    Policy,
    /// A screen of the whole page.
    None,
}

/// Returns the parts that all screens share.
pub(super) fn chrome<'a>(ask: &'a PageRequest, section: Section, title: &str) -> Chrome<'a> {
    let t = ask.t();
    let item = |this: Section, url: String, text: std::borrow::Cow<'static, str>| MenuItem {
        url,
        text: text.into_owned(),
        is_current: this == section,
    };
    Chrome {
        t,
        title: title.to_owned(),
        lang: t.lang().into_owned(),
        dir: t.dir().into_owned(),
        menu: vec![
            item(Section::List, ask.urls.list(), t.menu_list()),
            item(Section::Allowlist, ask.urls.screen("allowlist"), t.menu_allowlist()),
            item(Section::Integrations, ask.urls.screen("integrations"), t.menu_integrations()),
            item(Section::Workspaces, ask.urls.screen("workspaces"), t.menu_workspaces()),
            item(Section::Policy, ask.urls.screen("policy"), t.menu_policy()),
            item(Section::History, ask.urls.screen("history"), t.menu_history()),
        ],
        notice: None,
        problems: Vec::new(),
        errors_heading: String::new(),
    }
}

impl Chrome<'_> {
    pub(super) fn with_notice(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }

    pub(super) fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.errors_heading = self.t.errors_heading(problems.len() as u64).into_owned();
        self.problems = problems;
        self
    }
}

/// Renders a screen.
pub(super) fn screen(
    status: StatusCode,
    chrome: &Chrome<'_>,
    template: &impl Template,
) -> Result<Reply, Failure> {
    let t = chrome.t;
    let title = match t.title() {
        // The title of the list is that of the page.
        title if title == chrome.title => title,
        _ => t.page_title(&chrome.title),
    };
    let title = if chrome.problems.is_empty() { title } else { t.error_title(&title) };
    let body = template.render()?;
    Ok(Reply::Screen(Screen { status, title: title.into_owned(), body, retry_after: None }))
}
