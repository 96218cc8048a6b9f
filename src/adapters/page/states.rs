//! The states of the whole page: not permitted, not found, unavailable.

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::{logged_status_of, retry_after};
use crate::adapters::web::Refused;
use crate::shell::ManageError;

use super::failure::Failure;
use super::page_request::PageRequest;
use super::reply::{Reply, Screen, Section, chrome, screen};
use super::texts::Texts;
use super::view::Chrome;

#[derive(Template)]
#[template(path = "state.html")]
struct State<'a> {
    c: Chrome<'a>,
    lines: Vec<String>,
    link: Option<(String, String)>,
}

/// Returns the screen for a failure.
pub(super) fn failed(ask: &PageRequest, failure: &Failure) -> Screen {
    let t = ask.t();
    match failure {
        Failure::Manage(error) => of_error(ask, error),
        Failure::NotFound => {
            state(ask, StatusCode::NOT_FOUND, &t.not_found_heading(), vec![t.not_found().into()])
        }
        Failure::BadRequest => state(
            ask,
            StatusCode::BAD_REQUEST,
            &t.bad_request_heading(),
            vec![t.bad_request().into()],
        ),
        Failure::Host => {
            let lines = vec![t.unavailable().into(), t.retry_after(&t.seconds(5)).into()];
            let mut screen =
                state(ask, StatusCode::SERVICE_UNAVAILABLE, &t.unavailable_heading(), lines);
            screen.retry_after = Some(5);
            screen
        }
        Failure::Render(error) => {
            tracing::error!(%error, "the page could not be rendered");
            plain(t, StatusCode::INTERNAL_SERVER_ERROR, &t.unavailable_heading(), &t.unavailable())
        }
    }
}

fn of_error(ask: &PageRequest, error: &ManageError) -> Screen {
    let t = ask.t();
    let status = logged_status_of(error);
    let wait = retry_after(error);
    let (heading, mut lines) = match error {
        ManageError::Forbidden if ask.request.actor.can_view() => {
            (t.forbidden_heading(), vec![t.read_only(), t.forbidden()])
        }
        ManageError::Forbidden => (t.forbidden_heading(), vec![t.forbidden()]),
        ManageError::AccountClosed => (t.account_closed_heading(), vec![t.account_closed()]),
        ManageError::AccountSuspended => {
            (t.account_suspended_heading(), vec![t.account_suspended()])
        }
        ManageError::NotFound(_) => (t.not_found_heading(), vec![t.not_found()]),
        ManageError::Busy => (t.busy_heading(), vec![t.busy()]),
        ManageError::Unknown { .. } => (t.unknown_heading(), vec![t.unknown()]),
        ManageError::Refused(_) | ManageError::Repeated(_) => {
            (t.errors_heading(1), vec![t.error(error)])
        }
        _ if wait.is_none() => {
            (t.unavailable_heading(), vec![t.unavailable(), t.operator_needed()])
        }
        _ => (t.unavailable_heading(), vec![t.unavailable()]),
    };
    if let Some(seconds) = wait {
        lines.push(t.retry_after(&t.seconds(seconds)));
    }
    let lines = lines.into_iter().map(std::borrow::Cow::into_owned).collect();
    let link = match error {
        ManageError::Forbidden | ManageError::AccountSuspended | ManageError::AccountClosed => None,
        ManageError::Unknown { operation, .. } => {
            let link = format!("{}#e-{operation}", ask.urls.screen("history"));
            Some((link, t.menu_history().into_owned()))
        }
        _ => Some((ask.urls.list(), t.go_to_list().into_owned())),
    };
    let mut screen = linked(ask, status, &heading, lines, link);
    screen.retry_after = wait;
    screen
}

/// Returns the screen that asks for a fresh login.
pub(super) fn fresh_login(ask: &PageRequest, sign_in: Option<String>) -> Screen {
    let t = ask.t();
    let link = sign_in.map(|url| (url, t.fresh_login_link().into_owned()));
    let lines = vec![t.fresh_login().into_owned()];
    linked(ask, StatusCode::FORBIDDEN, &t.fresh_login_heading(), lines, link)
}

fn state(ask: &PageRequest, status: StatusCode, heading: &str, lines: Vec<String>) -> Screen {
    let link = Some((ask.urls.list(), ask.t().go_to_list().into_owned()));
    linked(ask, status, heading, lines, link)
}

fn linked(
    ask: &PageRequest,
    status: StatusCode,
    heading: &str,
    lines: Vec<String>,
    link: Option<(String, String)>,
) -> Screen {
    let mut c = chrome(ask, Section::None, heading);
    if status == StatusCode::FORBIDDEN {
        c.menu = Vec::new();
    }
    let state = State { c, lines, link };
    match screen(status, &state.c, &state) {
        Ok(Reply::Screen(screen)) => screen,
        Ok(Reply::SeeOther(_)) | Err(_) => plain(ask.t(), status, heading, heading),
    }
}

/// Returns the screen for a request that no handler sees.
pub(super) fn refused(t: &dyn Texts, refused: Refused) -> Screen {
    let (heading, text) = match refused {
        Refused::NoActor => (t.no_actor_heading(), t.no_actor()),
        Refused::NotFound => (t.not_found_heading(), t.not_found()),
        Refused::MethodNotAllowed(_) => (t.method_heading(), t.method()),
        Refused::CrossSite => (t.cross_site_heading(), t.cross_site()),
        Refused::BodyTooLarge => (t.too_large_heading(), t.too_large()),
        Refused::BodyBroken => (t.bad_request_heading(), t.bad_request()),
    };
    plain(t, refused.status(), &heading, &text)
}

/// Returns a screen without a menu.
fn plain(t: &dyn Texts, status: StatusCode, heading: &str, text: &str) -> Screen {
    let c = Chrome {
        t,
        title: heading.to_owned(),
        lang: t.lang().into_owned(),
        dir: t.dir().into_owned(),
        menu: Vec::new(),
        notice: None,
        problems: Vec::new(),
        errors_heading: String::new(),
    };
    let state = State { c, lines: vec![text.to_owned()], link: None };
    let body = state.render().unwrap_or_default();
    let title = t.page_title(heading).into_owned();
    Screen { status, title, body, retry_after: None }
}
