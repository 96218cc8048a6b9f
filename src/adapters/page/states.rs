//! The states of the whole page: not permitted, not found, unavailable.

use std::borrow::Cow;

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::{logged_status_of, retry_after};
use crate::adapters::web::Refused;
use crate::shell::{ManageError, UnavailableReason};

use super::failure::Failure;
use super::page_request::PageRequest;
use super::reply::{Reply, Screen, Section, chrome, screen};
use super::routes::Route;
use super::texts::Texts;
use super::view::Chrome;

#[derive(Template)]
#[template(path = "state.html")]
struct State<'a> {
    c: Chrome<'a>,
    lines: Vec<String>,
    /// The form to send again, if that can help.
    resend: Option<Resend>,
    link: Option<(String, String)>,
}

/// A form with the values of the one that failed.
struct Resend {
    action: String,
    fields: Vec<(String, String)>,
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
            let mut lines = vec![t.unavailable().into()];
            lines.extend(unchanged(ask));
            lines.push(t.retry_after(&t.seconds(5)).into());
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let (heading, link) = (t.unavailable_heading(), to_list(ask));
            let mut screen = linked(ask, status, &heading, lines, resend(ask), Some(link));
            screen.retry_after = Some(5);
            screen
        }
        Failure::Partly { error, done } => of_rest(ask, error, done),
        Failure::Render(error) => {
            tracing::error!(%error, "the page could not be rendered");
            plain(t, StatusCode::INTERNAL_SERVER_ERROR, &t.unavailable_heading(), &t.unavailable())
        }
    }
}

fn of_error(ask: &PageRequest, error: &ManageError) -> Screen {
    let (heading, mut lines) = told(ask, error);
    let wait = retry_after(error);
    if wait.is_some() {
        lines.extend(unchanged(ask));
    }
    let resend = wait.and_then(|_| resend(ask));
    failed_with(ask, error, &heading, lines, resend)
}

/// Returns the screen for the rest of a form, after a part of it was carried out. The form as a whole cannot be sent again.
fn of_rest(ask: &PageRequest, error: &ManageError, done: &str) -> Screen {
    let t = ask.t();
    let (heading, lines) = told(ask, error);
    let first = match error {
        ManageError::Unknown { .. } => t.allowlist_done(done),
        _ => t.allowlist_partly(done),
    };
    let lines = std::iter::once(first.into_owned()).chain(lines).collect();
    failed_with(ask, error, &heading, lines, None)
}

/// Returns the heading and the sentences for an error.
fn told(ask: &PageRequest, error: &ManageError) -> (Cow<'static, str>, Vec<String>) {
    let t = ask.t();
    let (heading, lines) = match error {
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
        ManageError::Unavailable(why) if why.reason() == UnavailableReason::HashingQueueFull => {
            (t.busy_heading(), vec![t.busy_making_keys()])
        }
        _ if retry_after(error).is_none() => {
            (t.unavailable_heading(), vec![t.unavailable(), t.operator_needed()])
        }
        _ => (t.unavailable_heading(), vec![t.unavailable()]),
    };
    (heading, lines.into_iter().map(Cow::into_owned).collect())
}

/// Returns the screen for an error with these sentences, and when to try again.
fn failed_with(
    ask: &PageRequest,
    error: &ManageError,
    heading: &str,
    mut lines: Vec<String>,
    resend: Option<Resend>,
) -> Screen {
    let t = ask.t();
    let wait = retry_after(error);
    lines.extend(wait.map(|seconds| t.retry_after(&t.seconds(seconds)).into_owned()));
    let link = match error {
        ManageError::Forbidden | ManageError::AccountSuspended | ManageError::AccountClosed => None,
        ManageError::Unknown { operation, .. } => {
            let link = format!("{}#e-{operation}", ask.urls.screen("history"));
            Some((link, t.menu_history().into_owned()))
        }
        _ => Some(to_list(ask)),
    };
    let mut screen = linked(ask, logged_status_of(error), heading, lines, resend, link);
    screen.retry_after = wait;
    screen
}

fn to_list(ask: &PageRequest) -> (String, String) {
    (ask.urls.list(), ask.t().go_to_list().into_owned())
}

/// Returns the sentence that the form changed nothing, if that is known.
fn unchanged(ask: &PageRequest) -> Option<String> {
    let is_one_change = Route::of(&ask.request.path).is_some_and(Route::is_one_change);
    (ask.is_form() && is_one_change).then(|| ask.t().nothing_done().into_owned())
}

/// Returns the form that sends the same values again, except those that may contain a key.
fn resend(ask: &PageRequest) -> Option<Resend> {
    ask.is_form().then(|| Resend {
        action: format!("{}{}", ask.urls.0, ask.request.path),
        fields: ask.form.kept_fields(),
    })
}

/// Returns the screen that asks for a fresh login.
pub(super) fn fresh_login(ask: &PageRequest, sign_in: Option<String>) -> Screen {
    let t = ask.t();
    let link = sign_in.map(|url| (url, t.fresh_login_link().into_owned()));
    let lines = vec![t.fresh_login().into_owned()];
    linked(ask, StatusCode::FORBIDDEN, &t.fresh_login_heading(), lines, None, link)
}

fn state(ask: &PageRequest, status: StatusCode, heading: &str, lines: Vec<String>) -> Screen {
    linked(ask, status, heading, lines, None, Some(to_list(ask)))
}

fn linked(
    ask: &PageRequest,
    status: StatusCode,
    heading: &str,
    lines: Vec<String>,
    resend: Option<Resend>,
    link: Option<(String, String)>,
) -> Screen {
    let mut c = chrome(ask, Section::None, heading);
    if status == StatusCode::FORBIDDEN {
        c.menu = Vec::new();
    }
    let state = State { c, lines, resend, link };
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
    let state = State { c, lines: vec![text.to_owned()], resend: None, link: None };
    let body = state.render().unwrap_or_default();
    let title = t.page_title(heading).into_owned();
    Screen { status, title, body, retry_after: None }
}
