//! The account and its history.

use serde_json::{Value, json};

use crate::adapters::web::Received;
use crate::domain::{ActionWord, LeakResponse, PolicyChange, UnlistedWorkspaces, Vocabulary};
use crate::shell::{HistoryFilter, Manager, PolicyApplied, PolicyRun};
use crate::values::{ActorId, CredentialId, OperationId, Timestamp, WorkspaceId};

use super::conditions::{conditional, if_conditional};
use super::input::{self, Field, Input, Nullable, Text, Unread};
use super::parts::PageParameters;
use super::problem::Problem;
use super::reply::Reply;

pub(super) async fn read(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    input::no_query(request)?;
    let account = manager.account().await?;
    Ok(Reply::ok(&account).tagged(account.revision))
}

/// Lists the scopes that the service declares, and its presets. An actor that may see nothing sees no scopes.
pub(super) async fn scopes(
    manager: Manager<'_>,
    request: &Received,
    vocabulary: &Vocabulary,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    manager.account().await?;
    let scopes = vocabulary.scopes();
    let items = scopes.map(|(name, sentence)| json!({ "name": name, "sentence": sentence }));
    let presets = vocabulary.presets().iter();
    let presets =
        presets.map(|preset| json!({ "title": preset.title(), "scopes": preset.scopes() }));
    let (items, presets): (Value, Value) = (items.collect(), presets.collect());
    Ok(Reply::ok(&json!({ "items": items, "presets": presets })))
}

pub(super) async fn set_unlisted_workspaces(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let Text(to) = input::body(request, |body| {
        body.required::<Text<UnlistedWorkspaces>>("unlisted_workspaces")
    })?;
    conditional(request, manager)?.set_unlisted_workspaces(to).await?;
    let account = manager.account().await?;
    Ok(Reply::ok(&account).tagged(account.revision))
}

pub(super) async fn set_leak_response(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let Text(to) =
        input::body(request, |body| body.required::<Text<LeakResponse>>("leak_response"))?;
    conditional(request, manager)?.set_leak_response(to).await?;
    let account = manager.account().await?;
    Ok(Reply::ok(&account).tagged(account.revision))
}

pub(super) async fn set_policy(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let change = input::body(request, policy_change)?;
    conditional(request, manager)?.set_policy(&change).await?;
    let account = manager.account().await?;
    Ok(Reply::ok(&account).tagged(account.revision))
}

pub(super) async fn preview_policy(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let (change, run) = input::body(request, |body| {
        let change = policy_change(body);
        let run = policy_run(body);
        Some((change?, run?))
    })?;
    Ok(Reply::page(&manager.preview_policy(&change, run).await?))
}

pub(super) async fn apply_policy(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let run = input::body(request, policy_run)?;
    let applied = if_conditional(request, manager)?.apply_policy(run).await?;
    let PolicyApplied { changed, by_hand, next } = applied;
    let body = json!({ "changed": changed, "by_hand": by_hand, "next_page_token": next });
    Ok(Reply::ok(&body))
}

/// A time of at least one second. Null removes a rule; zero is no rule.
struct Seconds(u32);

impl Field for Seconds {
    fn read(value: Value) -> Result<Self, Unread> {
        match u32::read(value)? {
            0 => Err(Unread::invalid("set at least one second, or write null to remove the rule")),
            seconds => Ok(Self(seconds)),
        }
    }
}

/// Reads a change of the policy. An absent rule stays, and null removes a rule.
fn policy_change(body: &mut Input) -> Option<PolicyChange> {
    let mut rule = |name| body.optional::<Nullable<Seconds>>(name);
    let lifetime = rule("max_lifetime_seconds");
    let default = rule("default_expiry_seconds");
    let overlap = rule("max_overlap_seconds");
    let age = rule("max_secret_age_seconds");
    let required = body.optional::<bool>("expiry_required");
    let seconds = |Nullable(rule): Nullable<Seconds>| rule.map(|Seconds(seconds)| seconds);
    let mut change = PolicyChange::new();
    if let Some(limit) = lifetime? {
        change = change.max_lifetime_seconds(seconds(limit));
    }
    if let Some(after) = default? {
        change = change.default_expiry_seconds(seconds(after));
    }
    if let Some(limit) = overlap? {
        change = change.max_overlap_seconds(seconds(limit));
    }
    if let Some(limit) = age? {
        change = change.max_secret_age_seconds(seconds(limit));
    }
    if let Some(is_required) = required? {
        change = change.expiry_required(is_required);
    }
    Some(change)
}

fn policy_run(body: &mut Input) -> Option<PolicyRun> {
    let page = PageParameters::read_from_body(body);
    let earliest_expiry = body.optional::<Nullable<Text<Timestamp>>>("earliest_expiry");
    let PageParameters { size, after } = page?;
    let run = PolicyRun::new().size(size).after(after);
    Some(match earliest_expiry? {
        Some(Nullable(Some(Text(at)))) => run.earliest_expiry(at),
        Some(Nullable(None)) | None => run,
    })
}

pub(super) async fn events(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let filter = input::query(request, |query| {
        let page = PageParameters::read(query);
        let workspace = query.optional::<Text<WorkspaceId>>("workspace");
        let credential = query.optional::<Text<CredentialId>>("credential");
        let by = query.optional::<Text<ActorId>>("by");
        let action = query.optional::<Text<ActionWord>>("action");
        let from = query.optional::<Text<Timestamp>>("from");
        let until = query.optional::<Text<Timestamp>>("until");
        let PageParameters { size, after } = page?;
        let mut filter = HistoryFilter::new().size(size).before(after);
        if let Some(Text(workspace)) = workspace? {
            filter = filter.workspace(workspace);
        }
        if let Some(Text(credential)) = credential? {
            filter = filter.credential(credential);
        }
        if let Some(Text(by)) = by? {
            filter = filter.by(by);
        }
        if let Some(Text(action)) = action? {
            filter = filter.action(action);
        }
        if let Some(Text(from)) = from? {
            filter = filter.from(from);
        }
        if let Some(Text(until)) = until? {
            filter = filter.until(until);
        }
        Some(filter)
    })?;
    Ok(Reply::page(&manager.history(filter).await?))
}

pub(super) async fn event(
    manager: Manager<'_>,
    request: &Received,
    operation: &str,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    let Ok(operation) = operation.parse::<OperationId>() else {
        // An actor without the permission gets the same answer for every text.
        manager.account().await?;
        return Err(Problem::event_not_found());
    };
    let event = manager.outcome(operation).await?.ok_or_else(Problem::event_not_found)?;
    Ok(Reply::ok(&event))
}
