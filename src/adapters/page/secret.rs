//! The screen that shows a secret, and the answer to a form that was sent twice.

use askama::Template;
use http::StatusCode;

use crate::kinds::{KeyLocation, KeyShape, KindSpec};
use crate::secrets::SecretKey;
use crate::shell::{Credential, Repeated, Rotated};

use super::failure::Failure;
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::routes::Act;
use super::view::{Chrome, isolated};

#[derive(Template)]
#[template(path = "secret.html")]
struct Shown<'a> {
    c: Chrome<'a>,
    lines: Vec<String>,
    site_id: Option<String>,
    copy_id: String,
    copy_key: String,
    secret: &'a str,
    is_shown_again: bool,
    env: String,
    curl: String,
    done: String,
}

/// Shows a secret. Only the answer to the form that made or revealed it does this.
pub(super) fn show(
    ask: &PageRequest,
    credential: &Credential,
    secret: &SecretKey,
    title: &str,
    lines: Vec<String>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let spec = ask.kind(credential.kind);
    let is_pair = spec.is_some_and(|spec| spec.shape() == KeyShape::Pair);
    let variable = format!("API_KEY_{}", credential.kind.as_str().to_ascii_uppercase());
    let shown = Shown {
        c: chrome(ask, Section::List, title),
        lines,
        site_id: is_pair.then(|| credential.id.to_string()),
        copy_id: t.copy_what(&t.site_id()).into_owned(),
        copy_key: t.copy_what(&t.secret_label()).into_owned(),
        secret: secret.expose(),
        is_shown_again: spec.is_some_and(KindSpec::is_shown_again),
        env: format!("{variable}=…"),
        curl: curl(ask, spec, credential, &variable),
        done: ask.urls.credential(credential.id),
    };
    screen(StatusCode::OK, &shown.c, &shown)
}

/// Returns a command that reads the key from the environment.
fn curl(
    ask: &PageRequest,
    spec: Option<&KindSpec>,
    credential: &Credential,
    variable: &str,
) -> String {
    let url = &ask.parts.api_url;
    match spec.map(KindSpec::presented) {
        Some(KeyLocation::Basic { .. }) => {
            format!("curl --user \"{}:${variable}\" {url}", credential.id)
        }
        Some(KeyLocation::Header { name }) => {
            format!("curl --header \"{name}: ${variable}\" {url}")
        }
        Some(KeyLocation::Bearer { .. }) | None => {
            format!("curl --header \"Authorization: Bearer ${variable}\" {url}")
        }
    }
}

/// Returns the title for a new secret.
pub(super) fn title(ask: &PageRequest, credential: &Credential) -> String {
    let kind = ask.kind_noun(credential.kind);
    ask.t().secret_heading(&kind, &isolated(credential.name.as_str())).into_owned()
}

/// Shows the new secret of a rotation or a replacement.
pub(super) fn rotated(ask: &PageRequest, rotated: &Rotated) -> Result<Reply, Failure> {
    let t = ask.t();
    let previous = match rotated.previous_until.filter(|until| *until > ask.now()) {
        Some(until) => t.secret_previous_until(&t.time(until)),
        None => t.secret_previous_ended(),
    };
    let mut lines = vec![previous.into_owned()];
    if let Some(until) = rotated.ended_early {
        lines.push(t.secret_ended_early(&t.time(until)).into_owned());
    }
    let title = title(ask, &rotated.credential);
    show(ask, &rotated.credential, &rotated.secret, &title, lines)
}

#[derive(Template)]
#[template(path = "repeated.html")]
struct SentTwice<'a> {
    c: Chrome<'a>,
    text: String,
    replace: Option<(String, String, String)>,
    reveal: Option<String>,
    rotate: Option<String>,
    credential: String,
    back: String,
}

/// Answers a form that was sent twice: nothing is made again, and the secret is not shown.
pub(super) fn repeated(ask: &PageRequest, repeated: &Repeated) -> Result<Reply, Failure> {
    let t = ask.t();
    let credential = &repeated.credential;
    let id = credential.id;
    let name = isolated(credential.name.as_str());
    let replace = repeated.may_replace.then(|| {
        let (generation, revision) = (repeated.generation.get(), credential.revision.get());
        (ask.urls.act(id, Act::Replace), generation.to_string(), revision.to_string())
    });
    let reveal = repeated.may_reveal.then(|| ask.urls.act(id, Act::Reveal));
    let is_stuck = replace.is_none() && reveal.is_none();
    let sent = SentTwice {
        c: chrome(ask, Section::List, &t.repeated_heading()),
        text: t.repeated(&name).into_owned(),
        replace,
        reveal,
        rotate: is_stuck.then(|| ask.urls.act(id, Act::Rotate)),
        credential: ask.urls.credential(id),
        back: t.back_to(&name).into_owned(),
    };
    screen(StatusCode::CONFLICT, &sent.c, &sent)
}
