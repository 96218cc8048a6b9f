//! A key that was found in public: which credential and secret it is, and a button that stops it. The found text is in no answer.

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::domain::{CredentialStatus, LeakResponse};
use crate::shell::{Credential, Generation, HistoryFilter, ManageError, SecretStatus, TracedKey};
use crate::values::{CredentialId, GenerationNumber, LeakPlace};

use super::failure::Failure;
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::view::{Chrome, Problem};

#[derive(Template)]
#[template(path = "leaked.html")]
struct LeakedScreen<'a> {
    c: Chrome<'a>,
    find: String,
    found: Option<FoundKey>,
}

/// The credential and the secret of a found text.
struct FoundKey {
    name: String,
    kind: String,
    url: String,
    workspace: String,
    sentence: String,
    is_live: bool,
    stop: String,
    credential: String,
    key: String,
    revision: String,
}

/// Shows the form, or finds the key of a text that was pasted.
pub(super) async fn find(ask: &PageRequest) -> Result<Reply, Failure> {
    ask.must_manage()?;
    if !ask.is_form() {
        return show(ask, StatusCode::OK, Vec::new()).await;
    }
    let text = ask.form.get("found");
    let Some(traced) = ask.parts.keyward.trace_own(&ask.request.actor, text).await? else {
        let problem = Problem::new("found", ask.t().leaked_nothing());
        return show(ask, StatusCode::UNPROCESSABLE_ENTITY, vec![problem]).await;
    };
    let (credential, key) = (traced.credential.to_string(), traced.generation.to_string());
    let pairs = [("credential", credential.as_str()), ("key", key.as_str())];
    Ok(Reply::SeeOther(ask.urls.screen_with("leaked", &pairs)))
}

/// Stops the secret, also if the account only reports leaks.
pub(super) async fn stop(ask: &PageRequest) -> Result<Reply, Failure> {
    ask.must_manage()?;
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("leaked")));
    }
    let seen = ask.revision()?;
    let (credential, generation) = named(ask).ok_or(Failure::BadRequest)?;
    let shown = ask.manager().credential(credential).await?;
    let key = TracedKey {
        account: shown.account,
        workspace: shown.workspace,
        credential,
        kind: shown.kind,
        generation,
    };
    let place = LeakPlace::new("", ask.form.get("place"));
    let manager = ask.manager().if_revision(seen);
    match manager.respond_to_leak(&key, &place, LeakResponse::Stop).await {
        Ok(_) => {
            let url = ask.urls.credential(credential);
            Ok(Reply::SeeOther(ask.after(&url, HistoryFilter::new().credential(credential)).await))
        }
        Err(error @ ManageError::Refused(_)) => {
            show(ask, status_of(&error), vec![Problem::new("", ask.error(&error))]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the credential and the secret that the form or the query names. Both are public.
fn named(ask: &PageRequest) -> Option<(CredentialId, GenerationNumber)> {
    let number = ask.given().get("key").parse().ok()?;
    Some((ask.given().id("credential")?, GenerationNumber::new(number)?))
}

async fn show(
    ask: &PageRequest,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let found = match named(ask) {
        Some((id, number)) => {
            let credential = ask.manager().credential(id).await?;
            let workspace = ask.manager().workspace(&credential.workspace).await?;
            found(ask, &credential, workspace.name.as_str(), number)
        }
        None => None,
    };
    let leaked = LeakedScreen {
        c: chrome(ask, Section::None, &ask.t().leaked_heading()).with_problems(problems),
        find: ask.urls.screen("leaked"),
        found,
    };
    screen(status, &leaked.c, &leaked)
}

/// Returns what is shown about a secret. A secret that has ended may not be stored any more.
fn found(
    ask: &PageRequest,
    credential: &Credential,
    workspace: &str,
    number: GenerationNumber,
) -> Option<FoundKey> {
    let is_its = |it: &&Generation| it.number == number;
    let generation = credential.generations.iter().find(is_its)?;
    let is_usable =
        matches!(credential.status, CredentialStatus::Active | CredentialStatus::Deprecated);
    let is_live = is_usable && !matches!(generation.status, SecretStatus::EndedAt(_));
    let number = number.to_string();
    let sentence =
        if is_live { ask.t().leaked_is_live(&number) } else { ask.t().leaked_is_not_live(&number) };
    Some(FoundKey {
        name: credential.name.to_string(),
        kind: ask.kind_noun(credential.kind),
        url: ask.urls.credential(credential.id),
        workspace: workspace.to_owned(),
        sentence: sentence.into_owned(),
        is_live,
        stop: ask.urls.screen("leaked/stop"),
        credential: credential.id.to_string(),
        key: number,
        revision: credential.revision.get().to_string(),
    })
}
