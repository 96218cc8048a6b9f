//! The sign-in of sample people, which replaces the login of a real service. It works only on this machine.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, Form, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use keyward::error::IdError;
use keyward::{AccountId, Actor, ActorId, Permission};
use serde::Deserialize;

use super::App;
use super::reply::Failure;

/// A person of the sample account.
#[derive(Debug, Clone)]
struct Person {
    word: &'static str,
    shown: &'static str,
    actor: Actor,
}

/// The sample people, and the sessions of those who are signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignIns {
    people: Arc<[Person]>,
    /// Keyed by the text of the cookie. The sessions end when the service stops.
    signed_in: Arc<Mutex<HashMap<String, Person>>>,
}

const COOKIE_NAME: &str = "keyward_example=";

impl SignIns {
    pub(crate) fn new() -> Result<Self, IdError> {
        let account = || AccountId::new(super::ACCOUNT);
        let id = |name: &str| ActorId::new(format!("{name}@acme.test"));
        let member = |name| Ok::<_, IdError>(Actor::member(account()?, id(name)?));
        let people = [
            Person {
                word: "ada",
                shown: "Ada, an admin of Acme",
                actor: Actor::admin(account()?, id("ada")?),
            },
            Person {
                word: "bob",
                shown: "Bob, a member with the permission \u{201c}Manage API credentials\u{201d}",
                actor: member("bob")?.with(Permission::ManageApiCredentials),
            },
            Person {
                word: "vera",
                shown: "Vera, a member with the permission \u{201c}View API credentials\u{201d}",
                actor: member("vera")?.with(Permission::ViewApiCredentials),
            },
        ];
        Ok(Self { people: people.into(), signed_in: Arc::default() })
    }

    /// Returns the person whose cookie a request has.
    fn find(&self, headers: &HeaderMap) -> Option<Person> {
        let signed_in = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner);
        signed_in.get(session(headers)?).cloned()
    }
}

/// Returns the name of a sample person, for the page. The first workspace was created by the set-up.
pub(crate) fn name_of(id: &ActorId) -> Option<String> {
    let name = match id.as_str() {
        "ada@acme.test" => "Ada",
        "bob@acme.test" => "Bob",
        "vera@acme.test" => "Vera",
        "set-up" => "Set-up of the service",
        _ => return None,
    };
    Some(name.to_owned())
}

fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = cookies.flat_map(|value| value.split(';')).map(str::trim);
    cookies.find_map(|cookie| cookie.strip_prefix(COOKIE_NAME))
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
}

/// Answers 404 to other machines: the sample people have no passwords.
pub(crate) async fn only_here(request: Request, next: Next) -> Response {
    let peer = request.extensions().get().map(|ConnectInfo::<SocketAddr>(peer)| peer.ip());
    if peer.is_some_and(|peer| peer.is_loopback()) {
        next.run(request).await
    } else {
        Failure::not_found("the path does not exist").into_response()
    }
}

/// The login in front of the management: it puts the actor into the request's extensions.
pub(crate) async fn require(
    Extension(sign_ins): Extension<SignIns>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(person) = sign_ins.find(request.headers()) {
        request.extensions_mut().insert(person.actor);
        return next.run(request).await;
    }
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        return Redirect::to("/").into_response();
    }
    Failure::new(StatusCode::UNAUTHORIZED, "nobody is signed in: sign in at /").into_response()
}

/// Shows the sign-in form, or the operations that the person can do.
async fn start(State(app): State<App>, headers: HeaderMap) -> Response {
    let body = if let Some(person) = app.sign_ins.find(&headers) {
        format!(
            "<p>You are signed in as {}.</p>\
             <ul><li><a href=\"/settings/api-credentials\">Manage API credentials</a>\
             <li><a href=\"/manage/v1/credentials\">The credentials of Acme, as JSON</a>\
             <li><a href=\"/manage/v1/openapi.json\">The description of the API</a></ul>\
             <form method=\"post\" action=\"/sign-out\"><button>Sign out</button></form>",
            person.shown
        )
    } else {
        let button = |person: &Person| {
            let Person { word, shown, .. } = person;
            format!("<p><button name=\"person\" value=\"{word}\">{shown}</button></p>")
        };
        let buttons: Vec<_> = app.sign_ins.people.iter().map(button).collect();
        let buttons = buttons.concat();
        format!("<p>Sign in as</p><form method=\"post\" action=\"/sign-in\">{buttons}</form>")
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Acme</title><h1>Acme</h1>{body}</html>"
    );
    let policy =
        HeaderValue::from_static("default-src 'none'; form-action 'self'; frame-ancestors 'none'");
    ([(CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

#[derive(Deserialize)]
struct Chosen {
    person: String,
}

async fn sign_in(State(app): State<App>, Form(chosen): Form<Chosen>) -> Result<Response, Failure> {
    let person = app.sign_ins.people.iter().find(|person| person.word == chosen.person);
    let person = person.ok_or_else(|| Failure::bad_request("nobody has this name"))?;
    let session = random_text().map_err(|error| {
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, format!("no randomness: {error}"))
    })?;
    // A real service also sets `Secure`, which browsers accept over HTTP only for localhost.
    let cookie = format!("{COOKIE_NAME}{session}; Path=/; HttpOnly; SameSite=Lax");
    let signed_in = || app.sign_ins.signed_in.lock().unwrap_or_else(PoisonError::into_inner);
    signed_in().insert(session, person.clone());
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Response {
    let signed_in = || app.sign_ins.signed_in.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(session) = session(&headers) {
        signed_in().remove(session);
    }
    let cookie = format!("{COOKIE_NAME}; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// Draws the text of a cookie: 64 characters of 4 bits.
fn random_text() -> Result<String, getrandom::Error> {
    let mut random = [0_u8; 64];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| char::from(b'a' + byte % 16)).collect())
}
