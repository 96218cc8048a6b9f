//! The forms of one credential.

use std::time::Duration;

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::domain::rules::RECENT_DAYS;
use crate::domain::{EndTime, Refusal};
use crate::shell::{DeletionImpact, HistoryFilter, ManageError, Rotation, UnavailableReason};
use crate::values::{CredentialId, GenerationNumber};

use super::add::{namesake, read_name};
use super::credential::{credential, field_of, overlap, overlap_advice};
use super::expiry::{self, End};
use super::failure::Failure;
use super::grants;
use super::page_request::{PageRequest, revision_of};
use super::reply::{Reply, Section, chrome, screen};
use super::routes::Act;
use super::secret;
use super::view::{Chrome, FormChoice, Problem, isolated};

/// The choices of an overlap, in seconds: none, an hour, a day, a week, and 30 days.
const OVERLAPS: [u64; 5] = [0, 3_600, 86_400, 604_800, 2_592_000];

pub(super) async fn act(ask: &PageRequest, id: CredentialId, act: Act) -> Result<Reply, Failure> {
    if ask.is_form() {
        return form(ask, id, act).await;
    }
    ask.must_manage()?;
    match act {
        Act::Rotate => rotate_form(ask, id, StatusCode::OK, None, Vec::new()).await,
        Act::Reveal => reveal_form(ask, id, StatusCode::OK, Vec::new()).await,
        Act::Delete => delete_form(ask, id, StatusCode::OK, Vec::new()).await,
        _ => Ok(Reply::SeeOther(ask.urls.credential(id))),
    }
}

async fn form(ask: &PageRequest, id: CredentialId, act: Act) -> Result<Reply, Failure> {
    match act {
        Act::Rotate => rotate(ask, id).await,
        Act::Replace => replace(ask, id).await,
        Act::Reveal => reveal(ask, id).await,
        Act::Delete => delete(ask, id).await,
        _ => change(ask, id, act).await,
    }
}

/// Carries out an action that leads back to the credential.
async fn change(ask: &PageRequest, id: CredentialId, act: Act) -> Result<Reply, Failure> {
    let seen = ask.revision()?;
    let manager = ask.manager().if_revision(seen);
    let problems = async |problems| {
        credential(ask, id, StatusCode::UNPROCESSABLE_ENTITY, Some(act), problems).await
    };
    let changed = match act {
        Act::Rename => match read_name(ask, "name") {
            Ok(name) => manager.rename(id, name).await,
            Err(wrong) => return problems(vec![wrong]).await,
        },
        Act::Expiry => match expiry::read(ask, "expiry", "date") {
            Ok(End::Never) => manager.clear_expiry(id).await,
            Ok(End::At(at)) => manager.set_expiry(id, at).await,
            Err(wrong) => return problems(vec![wrong]).await,
        },
        Act::Deprecate => match expiry::read(ask, "sunset", "sunset-date") {
            Ok(end) => manager.deprecate(id, Option::<EndTime>::from(end)).await,
            Err(wrong) => return problems(vec![wrong]).await,
        },
        Act::Scopes | Act::Networks | Act::Labels | Act::Owner => {
            if !grants::has_field(ask, act) {
                return Err(Failure::BadRequest);
            }
            match grants::set(ask, &manager, id, act).await {
                Ok(changed) => changed,
                Err(wrong) => return problems(wrong).await,
            }
        }
        Act::Undeprecate => manager.undeprecate(id).await,
        Act::Suspend => manager.suspend(id).await,
        Act::Resume => manager.resume(id).await,
        Act::EndOverlap => manager.end_overlap(id).await,
        Act::Rotate | Act::Replace | Act::Reveal | Act::Delete => return Err(Failure::BadRequest),
    };
    match changed {
        Ok(after) if after.revision == seen => {
            Ok(Reply::SeeOther(format!("{}?unchanged=1", ask.urls.credential(id))))
        }
        Ok(_) => Ok(Reply::SeeOther(seen_event(ask, id).await)),
        Err(ManageError::Refused(refusal)) => {
            let (status, problem) = refused(ask, id, act, refusal).await;
            credential(ask, id, status, Some(act), vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the link of the credential, with the event of the change.
async fn seen_event(ask: &PageRequest, id: CredentialId) -> String {
    ask.after(&ask.urls.credential(id), HistoryFilter::new().credential(id)).await
}

/// Returns a refusal as a problem, and the status. If the credential was changed in the meantime, the problem says by whom and how.
async fn refused(
    ask: &PageRequest,
    id: CredentialId,
    act: Act,
    refusal: Refusal,
) -> (StatusCode, Problem) {
    let field = field_of(act, &refusal);
    let is_late = matches!(refusal, Refusal::Changed { .. });
    let error = ManageError::Refused(refusal);
    let status = status_of(&error);
    if is_late {
        let mut text = ask.error(&error);
        for part in ask.last_change(id).await.into_iter().chain([wanted(ask, act)]) {
            text = format!("{text} {part}");
        }
        return (status, Problem::new("", text));
    }
    let mut problem = Problem::new(field, ask.error(&error));
    if let (Act::Rename, Ok(now)) = (act, ask.manager().credential(id).await) {
        problem.link = namesake(ask, &error, &now.workspace, now.kind).await;
    }
    (status, problem)
}

/// Returns what the form was about.
fn wanted(ask: &PageRequest, act: Act) -> String {
    let t = ask.t();
    let what = match act {
        Act::Rename => {
            let name = ask.form.kept("name");
            if name.is_empty() {
                t.rename().into_owned()
            } else {
                t.rename_to(&isolated(&name)).into_owned()
            }
        }
        Act::Rotate => t.rotate().into_owned(),
        Act::Replace => t.repeated_replace_submit().into_owned(),
        Act::Reveal => t.reveal().into_owned(),
        Act::EndOverlap => t.end_overlap().into_owned(),
        Act::Deprecate => t.deprecate().into_owned(),
        Act::Undeprecate => t.undeprecate().into_owned(),
        Act::Suspend => t.suspend().into_owned(),
        Act::Resume => t.resume().into_owned(),
        Act::Expiry => t.expiry().into_owned(),
        Act::Scopes => t.scopes_change().into_owned(),
        Act::Networks => t.networks_change().into_owned(),
        Act::Labels => t.labels_change().into_owned(),
        Act::Owner => t.owner_change().into_owned(),
        Act::Delete => t.delete().into_owned(),
    };
    t.changed_wanted(&what).into_owned()
}

#[derive(Template)]
#[template(path = "rotate.html")]
struct Rotate<'a> {
    c: Chrome<'a>,
    action: String,
    operation: String,
    revision: String,
    overlaps: Vec<FormChoice>,
    running: Option<String>,
    advice: Option<String>,
    is_ending: bool,
    credential: String,
}

async fn rotate_form(
    ask: &PageRequest,
    id: CredentialId,
    status: StatusCode,
    operation: Option<String>,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let credential = ask.manager().credential(id).await?;
    let running = overlap(&credential);
    let chosen = if ask.form.has("overlap") { ask.form.get("overlap") } else { "86400" };
    let overlaps = OVERLAPS.into_iter().map(|seconds| {
        let text = match (seconds, seconds / 86_400) {
            (0, _) => t.overlap_none().into_owned(),
            (seconds, 0) => t.overlap_for(&t.hours(seconds / 3_600)).into_owned(),
            (_, 1) => t.overlap_for(&t.hours(24)).into_owned(),
            (_, days) => t.overlap_for(&t.days(days)).into_owned(),
        };
        FormChoice::new(seconds.to_string(), text, chosen)
    });
    let title = t.rotate_heading(&isolated(credential.name.as_str()));
    let form = Rotate {
        c: chrome(ask, Section::List, &title).with_problems(problems),
        action: ask.urls.act(id, Act::Rotate),
        operation: match operation {
            Some(operation) => operation,
            None => ask.new_operation()?,
        },
        revision: credential.revision.get().to_string(),
        overlaps: overlaps.collect(),
        running: running.map(|(until, _)| t.rotate_overlap_running(&t.time(until)).into_owned()),
        advice: overlap_advice(ask, &credential),
        is_ending: ask.form.get("end") == "1",
        credential: ask.urls.credential(id),
    };
    screen(status, &form.c, &form)
}

async fn rotate(ask: &PageRequest, id: CredentialId) -> Result<Reply, Failure> {
    let (seen, operation) = (ask.revision()?, ask.operation()?.to_owned());
    let overlap = ask.form.get("overlap").parse::<u64>().ok();
    let Some(overlap) = overlap.filter(|overlap| OVERLAPS.contains(overlap)) else {
        let problem = vec![Problem::new("overlap", ask.t().choose_overlap())];
        return rotate_form(ask, id, StatusCode::UNPROCESSABLE_ENTITY, Some(operation), problem)
            .await;
    };
    let mut rotation = Rotation::new(Duration::from_secs(overlap)).operation(operation.clone());
    if ask.form.get("end") == "1" {
        rotation = rotation.end_overlap();
    }
    match ask.manager().if_revision(seen).rotate(id, rotation).await {
        Ok(rotated) => secret::rotated(ask, &rotated),
        Err(ManageError::Repeated(again)) => secret::repeated(ask, &again),
        Err(ManageError::Refused(Refusal::OperationReused)) => {
            let problem = vec![Problem::new("", ask.t().form_reused())];
            rotate_form(ask, id, StatusCode::CONFLICT, None, problem).await
        }
        Err(ManageError::Refused(refusal)) => {
            let (status, problem) = refused(ask, id, Act::Rotate, refusal).await;
            rotate_form(ask, id, status, Some(operation), vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn replace(ask: &PageRequest, id: CredentialId) -> Result<Reply, Failure> {
    let seen = ask.revision()?;
    let unused = ask.form.get("generation").parse::<u32>().ok();
    let unused = unused.and_then(GenerationNumber::new).ok_or(Failure::BadRequest)?;
    match ask.manager().if_revision(seen).replace_unused(id, unused).await {
        Ok(rotated) => {
            let title = secret::title(ask, &rotated.credential);
            secret::show(ask, &rotated.credential, &rotated.secret, &title, Vec::new())
        }
        Err(ManageError::Refused(refusal)) => {
            let (status, problem) = refused(ask, id, Act::Replace, refusal).await;
            credential(ask, id, status, None, vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "reveal.html")]
struct Reveal<'a> {
    c: Chrome<'a>,
    action: String,
    revision: String,
    credential: String,
}

async fn reveal_form(
    ask: &PageRequest,
    id: CredentialId,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let credential = ask.manager().credential(id).await?;
    let title = ask.t().reveal_heading(&isolated(credential.name.as_str()));
    let form = Reveal {
        c: chrome(ask, Section::List, &title).with_problems(problems),
        action: ask.urls.act(id, Act::Reveal),
        revision: credential.revision.get().to_string(),
        credential: ask.urls.credential(id),
    };
    screen(status, &form.c, &form)
}

async fn reveal(ask: &PageRequest, id: CredentialId) -> Result<Reply, Failure> {
    let manager = ask.manager().if_revision(ask.revision()?);
    // Read first: after the reveal, a failure would read as if nothing was revealed.
    let credential = manager.credential(id).await?;
    match manager.reveal(id).await {
        Ok(revealed) => {
            let title = ask.t().revealed_heading(&isolated(credential.name.as_str())).into_owned();
            secret::show(ask, &credential, &revealed.secret, &title, Vec::new())
        }
        Err(ManageError::Refused(refusal)) => {
            let (status, problem) = refused(ask, id, Act::Reveal, refusal).await;
            reveal_form(ask, id, status, vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "delete.html")]
struct Delete<'a> {
    c: Chrome<'a>,
    action: String,
    revision: String,
    name: String,
    typed: String,
    note: String,
    is_possible: bool,
    last_permanent: Option<String>,
    add_another: String,
    add_another_text: String,
    integrations: Vec<String>,
    integrations_url: String,
    used: Option<String>,
    recent: Option<String>,
    suspend: Option<String>,
    credential: String,
}

async fn delete_form(
    ask: &PageRequest,
    id: CredentialId,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let form = match ask.manager().deletion_impact(id).await {
        Ok(impact) => whole(ask, impact, problems),
        Err(ManageError::Unavailable(why)) if why.reason() == UnavailableReason::CorruptRow => {
            damaged(ask, id, problems)
        }
        Err(error) => return Err(error.into()),
    };
    screen(status, &form.c, &form)
}

fn whole(ask: &PageRequest, impact: DeletionImpact, problems: Vec<Problem>) -> Delete<'_> {
    let t = ask.t();
    let DeletionImpact { credential, integrations, last_used, is_used_recently, is_last_permanent } =
        impact;
    let (id, noun) = (credential.id, ask.kind_noun(credential.kind));
    let is_working = credential.suspended.is_none();
    let title = t.delete_heading(&isolated(credential.name.as_str()));
    Delete {
        c: chrome(ask, Section::List, &title).with_problems(problems),
        action: ask.urls.act(id, Act::Delete),
        revision: credential.revision.get().to_string(),
        name: credential.name.to_string(),
        typed: ask.form.kept("typed"),
        note: t.delete_note().into_owned(),
        is_possible: !is_last_permanent && integrations.is_empty(),
        last_permanent: is_last_permanent.then(|| t.delete_last_permanent(&noun).into_owned()),
        add_another: ask.urls.add_with(credential.workspace.as_str(), credential.kind.as_str()),
        add_another_text: t.delete_last_permanent_add(&noun).into_owned(),
        integrations: integrations.iter().map(|it| ask.integration(it)).collect(),
        integrations_url: ask
            .urls
            .screen_with("integrations", &[("workspace", credential.workspace.as_str())]),
        used: Some(match last_used {
            Some(at) => t.delete_last_used(&t.time(at)).into_owned(),
            None => format!("{}.", t.no_use()),
        }),
        recent: (is_used_recently && is_working)
            .then(|| t.delete_recent(&t.days(RECENT_DAYS)).into_owned()),
        suspend: (!is_last_permanent).then(|| ask.urls.act(id, Act::Suspend)),
        credential: ask.urls.credential(id),
    }
}

/// The form for a row that cannot be read.
fn damaged(ask: &PageRequest, id: CredentialId, problems: Vec<Problem>) -> Delete<'_> {
    let t = ask.t();
    Delete {
        c: chrome(ask, Section::List, &t.delete_corrupt_heading()).with_problems(problems),
        action: ask.urls.act(id, Act::Delete),
        revision: "0".to_owned(),
        name: String::new(),
        typed: ask.form.kept("typed"),
        note: t.delete_corrupt_note().into_owned(),
        is_possible: true,
        last_permanent: None,
        add_another: String::new(),
        add_another_text: String::new(),
        integrations: Vec::new(),
        integrations_url: String::new(),
        used: None,
        recent: None,
        suspend: None,
        credential: ask.urls.list(),
    }
}

async fn delete(ask: &PageRequest, id: CredentialId) -> Result<Reply, Failure> {
    let seen = revision_of(ask.form.get("revision"))?;
    match ask.manager().if_revision(seen).delete(id, ask.form.get("typed")).await {
        Ok(()) => {
            let filter = HistoryFilter::new().credential(id);
            Ok(Reply::SeeOther(ask.after(&ask.urls.list(), filter).await))
        }
        Err(ManageError::Refused(refusal)) => {
            let (status, problem) = refused(ask, id, Act::Delete, refusal).await;
            delete_form(ask, id, status, vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}
