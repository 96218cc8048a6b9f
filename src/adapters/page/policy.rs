//! The rules of the account for its credentials, and its inactive members.

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::domain::{LeakResponse, PolicyChange, PolicyFields, Refusal, RequiredChange};
use crate::shell::{HistoryFilter, ManageError, PolicyRun};
use crate::store::{CredentialCursor, PageItem};

use super::failure::Failure;
use super::grants;
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::view::{Chrome, FormChoice, Problem, WorkspaceNames};

/// The fields of the form that are times, in seconds.
const TIMES: [&str; 4] = [
    "max_lifetime_seconds",
    "default_expiry_seconds",
    "max_overlap_seconds",
    "max_secret_age_seconds",
];

/// The field of the rule that an expiry is required.
const REQUIRED: &str = "expiry_required";

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyScreen<'a> {
    c: Chrome<'a>,
    may_administer: bool,
    times: Vec<TimeField>,
    expiry_required: bool,
    revision: String,
    save: String,
    preview: String,
    effect: String,
    member: String,
    inactive: String,
    leaks: String,
    leak_responses: Vec<FormChoice>,
    leak_response: String,
}

struct TimeField {
    name: &'static str,
    label: String,
    value: String,
}

/// Shows the rules.
pub(super) async fn overview(
    ask: &PageRequest,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let account = ask.manager().account().await?;
    let fields = account.policy.fields();
    let is_kept = TIMES.iter().any(|name| ask.form.has(name));
    let times = TIMES.map(|name| TimeField {
        name,
        label: label(ask, name),
        value: if is_kept { ask.form.kept(name) } else { seconds(&fields, name) },
    });
    let notice = ask.notice(HistoryFilter::new()).await;
    let overview = PolicyScreen {
        c: chrome(ask, Section::Policy, &t.policy_heading())
            .with_notice(notice)
            .with_problems(problems),
        may_administer: ask.request.actor.can_administer(),
        times: times.into(),
        expiry_required: if is_kept { ask.form.has(REQUIRED) } else { fields.expiry_required },
        revision: account.revision.get().to_string(),
        save: ask.urls.screen("policy"),
        preview: ask.urls.screen("policy/preview"),
        effect: ask.urls.screen("policy/effect"),
        member: ask.urls.screen("policy/member"),
        inactive: t.inactive_members(account.inactive_owners as u64).into_owned(),
        leaks: ask.urls.screen("policy/leaks"),
        leak_responses: LeakResponse::ALL
            .into_iter()
            .map(|it| {
                let chosen = account.leak_response.as_str();
                FormChoice::new(it.as_str(), t.leak_response(it), chosen)
            })
            .collect(),
        leak_response: t.leak_response(account.leak_response).into_owned(),
    };
    screen(status, &overview.c, &overview)
}

fn label(ask: &PageRequest, name: &str) -> String {
    let t = ask.t();
    match name {
        "max_lifetime_seconds" => t.policy_max_lifetime(),
        "default_expiry_seconds" => t.policy_default_expiry(),
        "max_overlap_seconds" => t.policy_max_overlap(),
        _ => t.policy_max_secret_age(),
    }
    .into_owned()
}

fn seconds(fields: &PolicyFields, name: &str) -> String {
    let found = fields.times().into_iter().find(|(rule, _)| *rule == name);
    found.and_then(|(_, seconds)| seconds).map(|seconds| seconds.to_string()).unwrap_or_default()
}

/// Reads the form. It contains every rule, and an empty field removes the rule. A form without a field is not of the page: it must not
/// remove the rule.
fn read(ask: &PageRequest) -> Result<Result<PolicyChange, Vec<Problem>>, Failure> {
    if !TIMES.iter().all(|name| ask.form.has(name)) {
        return Err(Failure::BadRequest);
    }
    let mut problems = Vec::new();
    let mut time = |name| match ask.form.get(name) {
        "" => None,
        text => {
            let seconds = text.parse::<u32>().ok();
            if seconds.is_none() {
                problems.push(Problem::new(name, ask.t().policy_bad_number()));
            }
            seconds
        }
    };
    let change = PolicyChange::new()
        .max_lifetime_seconds(time("max_lifetime_seconds"))
        .default_expiry_seconds(time("default_expiry_seconds"))
        .max_overlap_seconds(time("max_overlap_seconds"))
        .max_secret_age_seconds(time("max_secret_age_seconds"))
        .expiry_required(ask.form.has(REQUIRED));
    Ok(if problems.is_empty() { Ok(change) } else { Err(problems) })
}

/// Shows the rules, or saves those of the form.
pub(super) async fn policy(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return overview(ask, StatusCode::OK, Vec::new()).await;
    }
    let seen = ask.revision()?;
    let change = match read(ask)? {
        Ok(change) => change,
        Err(problems) => return overview(ask, StatusCode::UNPROCESSABLE_ENTITY, problems).await,
    };
    match ask.manager().if_revision(seen).set_policy(&change).await {
        Ok(()) => Ok(Reply::SeeOther(after(ask).await)),
        Err(error) => refused(ask, error).await,
    }
}

/// Sets what is done about a leaked secret.
pub(super) async fn leak_response(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("policy")));
    }
    let seen = ask.revision()?;
    let to = ask.form.get("leak_response").parse().map_err(|_| Failure::BadRequest)?;
    match ask.manager().if_revision(seen).set_leak_response(to).await {
        Ok(()) => Ok(Reply::SeeOther(after(ask).await)),
        Err(error) => refused(ask, error).await,
    }
}

async fn after(ask: &PageRequest) -> String {
    ask.after(&ask.urls.screen("policy"), HistoryFilter::new()).await
}

/// Shows the form again with a refusal.
async fn refused(ask: &PageRequest, error: ManageError) -> Result<Reply, Failure> {
    let field = match &error {
        ManageError::Refused(Refusal::ContradictoryPolicy(error)) => error.rule(),
        ManageError::Refused(Refusal::TooManyInactiveOwners { .. }) => "member",
        ManageError::Refused(_) => "",
        _ => return Err(error.into()),
    };
    overview(ask, status_of(&error), vec![Problem::new(field, ask.error(&error))]).await
}

#[derive(Template)]
#[template(path = "policy_effect.html")]
struct EffectScreen<'a> {
    c: Chrome<'a>,
    intro: String,
    rows: Vec<EffectRow>,
    next: Option<String>,
    /// The form that saves the rules that were previewed.
    save: Option<Saved>,
    /// The form that applies the rules to the credentials of this page.
    apply: Option<Applied>,
    back: String,
}

struct Saved {
    action: String,
    revision: String,
    fields: Vec<(&'static str, String)>,
}

struct Applied {
    action: String,
    /// The revision of the rules that were shown.
    revision: String,
    after: String,
}

struct EffectRow {
    name: String,
    url: String,
    workspace: String,
    effect: String,
}

/// Shows what the rules of the form would do.
pub(super) async fn preview(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("policy")));
    }
    let revision = ask.revision()?;
    let change = match read(ask)? {
        Ok(change) => change,
        Err(problems) => return overview(ask, StatusCode::UNPROCESSABLE_ENTITY, problems).await,
    };
    let times = TIMES.into_iter().map(|name| (name, ask.form.kept(name)));
    let required = ask.form.has(REQUIRED).then(|| (REQUIRED, "on".to_owned()));
    let save = Saved {
        action: ask.urls.screen("policy"),
        revision: revision.get().to_string(),
        fields: times.chain(required).collect(),
    };
    show_effect(ask, &change, None, Some(save)).await
}

/// Shows what the rules find in the credentials.
pub(super) async fn effect(ask: &PageRequest) -> Result<Reply, Failure> {
    let after = ask.query.get("after").parse().ok();
    show_effect(ask, &PolicyChange::new(), after, None).await
}

async fn show_effect(
    ask: &PageRequest,
    change: &PolicyChange,
    after: Option<CredentialCursor>,
    save: Option<Saved>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    // Read first: rules that change in between have a later revision, and are not applied unseen.
    let revision = ask.manager().account().await?.revision;
    let run = PolicyRun::new().after(after.clone());
    let page = match ask.manager().preview_policy(change, run).await {
        Ok(page) => page,
        Err(error) => return refused(ask, error).await,
    };
    let names = WorkspaceNames::of(&ask.workspaces().await?);
    let rows: Vec<_> = page
        .items
        .into_iter()
        .filter_map(PageItem::record)
        .map(|finding| EffectRow {
            name: finding.credential.name.to_string(),
            url: ask.urls.credential(finding.credential.id),
            workspace: names.name(&finding.credential.workspace),
            effect: match finding.required_change {
                RequiredChange::Expires { at } => t.policy_expires(&t.time(at)),
                RequiredChange::ExpiryMissing => t.policy_expiry_missing(),
                RequiredChange::SecretOverdue { since } => t.policy_secret_overdue(&t.time(since)),
            }
            .into_owned(),
        })
        .collect();
    let link = |next: CredentialCursor| {
        ask.urls.screen_with("policy/effect", &[("after", next.to_string().as_str())])
    };
    let is_preview = save.is_some();
    let apply = Applied {
        action: ask.urls.screen("policy/apply"),
        revision: revision.get().to_string(),
        after: after.map(|after| after.to_string()).unwrap_or_default(),
    };
    let intro = if is_preview { t.policy_preview_intro() } else { t.policy_effect_intro() };
    let effect = EffectScreen {
        c: chrome(ask, Section::Policy, &t.policy_effect_heading()),
        intro: intro.into_owned(),
        apply: (!is_preview && !rows.is_empty()).then_some(apply),
        rows,
        next: page.next.filter(|_| !is_preview).map(link),
        save,
        back: ask.urls.screen("policy"),
    };
    screen(StatusCode::OK, &effect.c, &effect)
}

/// Sets the expiry of the credentials of one page that break the rules, and leads to the next page. Rules that were changed since they
/// were shown are not applied.
pub(super) async fn apply(ask: &PageRequest) -> Result<Reply, Failure> {
    let url = ask.urls.screen("policy/effect");
    if !ask.is_form() {
        return Ok(Reply::SeeOther(url));
    }
    let seen = ask.revision()?;
    let after = ask.form.get("after").parse::<CredentialCursor>().ok();
    let run = PolicyRun::new().after(after);
    let applied = ask.manager().if_revision(seen).apply_policy(run).await?;
    let Some(next) = applied.next else { return Ok(Reply::SeeOther(self::after(ask).await)) };
    let pairs = [("after", next.to_string())];
    let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
    Ok(Reply::SeeOther(ask.urls.screen_with("policy/effect", &pairs)))
}

/// Deactivates or reactivates a member.
pub(super) async fn member(ask: &PageRequest) -> Result<Reply, Failure> {
    if !ask.is_form() {
        return Ok(Reply::SeeOther(ask.urls.screen("policy")));
    }
    let seen = ask.revision()?;
    let Some(member) = grants::read_member(ask) else {
        let problem = Problem::new("member", ask.t().member_missing());
        return overview(ask, StatusCode::UNPROCESSABLE_ENTITY, vec![problem]).await;
    };
    let manager = ask.manager().if_revision(seen);
    let done = match ask.form.get("change") {
        "deactivate" => manager.deactivate(&member).await,
        "reactivate" => manager.reactivate(&member).await,
        _ => return Err(Failure::BadRequest),
    };
    match done {
        Ok(()) => Ok(Reply::SeeOther(after(ask).await)),
        Err(error) => refused(ask, error).await,
    }
}
