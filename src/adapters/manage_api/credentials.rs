//! Credentials: lists, and changes of one of them.

use std::time::Duration;

use serde_json::json;

use crate::adapters::web::Received;
use crate::domain::rules::EndTime;
use crate::domain::{CredentialStatus, Grant, Owner};
use crate::kinds::Kinds;
use crate::shell::{
    Credential, CredentialFilter, ManageError, Manager, NewCredential, RecordType, Rotated,
    Rotation,
};
use crate::values::{
    CredentialId, CredentialNetworks, GenerationNumber, KindWord, Label, Labels, Name, Scopes,
    Timestamp, WorkspaceId,
};

use super::conditions::{conditional, idempotency_key, if_conditional};
use super::grants;
use super::input::{self, Field, Nullable, Text};
use super::parts::{self, End, PageParameters};
use super::problem::{Place, Problem};
use super::reply::Reply;
use super::routes::Change;

pub(super) async fn list(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let filter = input::query(request, |query| {
        let page = PageParameters::read(query);
        let workspace = query.optional::<Text<WorkspaceId>>("workspace");
        let kind = query.optional::<Text<KindWord>>("kind");
        let status = query.optional::<Status>("status");
        let beginning = query.optional::<String>("name_starts_with");
        let label = query.optional::<LabelFilter>("label");
        let owner = query.optional::<OwnerFilter>("owner");
        let unused = query.optional::<Text<Timestamp>>("imported_unused_since");
        let PageParameters { size, after } = page?;
        let mut filter = CredentialFilter::new().size(size).after(after);
        if let Some(Text(workspace)) = workspace? {
            filter = filter.workspace(workspace);
        }
        if let Some(Text(kind)) = kind? {
            filter = filter.kind(kind);
        }
        if let Some(Status(status)) = status? {
            filter = filter.status(status);
        }
        if let Some(LabelFilter(label)) = label? {
            filter = filter.label(label);
        }
        if let Some(OwnerFilter(owner)) = owner? {
            filter = filter.owner(owner);
        }
        if let Some(Text(since)) = unused? {
            filter = filter.imported_unused_since(since);
        }
        if let Some(beginning) = beginning? {
            filter = filter.name_starts_with(&beginning);
        }
        Some(filter)
    })?;
    let page = manager.credentials(filter).await;
    Ok(Reply::page(&page.map_err(parts::about_parameter)?))
}

/// A label as `name=value`, as a filter of the list.
struct LabelFilter(Label);

impl Field for LabelFilter {
    fn read(value: serde_json::Value) -> Result<Self, input::Unread> {
        let text = String::read(value)?;
        let (name, value) =
            text.split_once('=').ok_or_else(|| input::Unread::invalid("expected name=value"))?;
        let label = Label::new(name, value);
        label.map(Self).map_err(|error| input::Unread::invalid(error.to_string()))
    }
}

/// `account`, or `member:` and an id, as a filter of the list.
struct OwnerFilter(Owner);

impl Field for OwnerFilter {
    fn read(value: serde_json::Value) -> Result<Self, input::Unread> {
        let text = String::read(value)?;
        let id = match (text.as_str(), text.strip_prefix("member:")) {
            ("account", _) => return Ok(Self(Owner::Account)),
            (_, Some(id)) => id,
            _ => return Err(input::Unread::invalid("expected account, or member: and an id")),
        };
        Ok(Self(Owner::Member { id: grants::member(id)? }))
    }
}

/// A status, as a filter of the list.
struct Status(CredentialStatus);

impl Field for Status {
    fn read(value: serde_json::Value) -> Result<Self, input::Unread> {
        serde_json::from_value(value)
            .map(Self)
            .map_err(|_| input::Unread::invalid("expected active, deprecated, suspended or ended"))
    }
}

pub(super) async fn issue(
    manager: Manager<'_>,
    kinds: &Kinds,
    request: &Received,
) -> Result<Reply, Problem> {
    let (workspace, kind, name, expires, grant) = input::body(request, |body| {
        let workspace = body.required::<Text<WorkspaceId>>("workspace");
        let kind = body.required::<Text<KindWord>>("kind");
        let name = body.required::<Text<Name>>("name");
        // Absent is the default of the account, and null is no expiry.
        let expires = body.optional::<Nullable<Text<_>>>("expires");
        let scopes = body.optional::<Scopes>("scopes");
        let networks = body.optional::<Nullable<CredentialNetworks>>("networks");
        let labels = body.optional::<Labels>("labels");
        let owner = body.optional::<Owner>("owner");
        let grant = Grant {
            scopes: scopes?.unwrap_or_default(),
            networks: networks?.and_then(|Nullable(networks)| networks),
            labels: labels?.unwrap_or_default(),
            owner: owner?.unwrap_or_default(),
        };
        Some((workspace?.0, kind?.0, name?.0, expires?, grant))
    })?;
    if kinds.get(kind).is_none() {
        return Err(unknown_kind(kinds));
    }
    let mut new = NewCredential::new(workspace, name).granted(grant);
    new = match expires {
        None => new,
        Some(Nullable(None)) => new.no_expiry(),
        Some(Nullable(Some(Text(expires)))) => new.expires(expires),
    };
    if let Some(key) = idempotency_key(request)? {
        new = new.operation(key);
    }
    let manager = if_conditional(request, manager)?;
    let issued = manager.issue_of(kind, new).await.map_err(parts::about_field)?;
    let credential = &issued.credential;
    let body = json!({ "credential": credential, "secret": issued.secret.expose() });
    let address = format!("credentials/{}", credential.id);
    Ok(Reply::created(&body).tagged(credential.revision).located(&address))
}

fn unknown_kind(kinds: &Kinds) -> Problem {
    let words: Vec<_> = kinds.words().map(|kind| kind.to_string()).collect();
    let detail = format!("the service has no such kind: choose one of {}", words.join(", "));
    Problem::invalid_fields(Vec::new()).with(
        Place::Field("kind".to_owned()),
        "unknown_kind",
        detail,
    )
}

/// Reads the id in a path. A text that is no id is answered as an unknown id.
fn id(text: &str) -> Result<CredentialId, Problem> {
    text.parse().map_err(|_| Problem::not_found(RecordType::Credential))
}

pub(super) async fn one(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    Ok(Reply::credential(&manager.credential(id(text)?).await?))
}

pub(super) async fn generations(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    let credential = manager.credential(id(text)?).await?;
    Ok(Reply::list(&json!(credential.generations), credential.revision))
}

/// Returns the networks from which the credential passed, or null if they are not shown.
pub(super) async fn used_networks(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    let networks = manager.used_networks(id(text)?).await?;
    Ok(Reply::ok(&json!({ "items": networks })))
}

pub(super) async fn deletion_impact(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
) -> Result<Reply, Problem> {
    input::no_query(request)?;
    let impact = manager.deletion_impact(id(text)?).await?;
    Ok(Reply::ok(&impact).tagged(impact.credential.revision))
}

pub(super) async fn change(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
    change: Change,
) -> Result<Reply, Problem> {
    match change {
        Change::Rotate => rotate(manager, request, text).await,
        Change::ReplaceUnused => replace_unused(manager, request, text).await,
        Change::Reveal => reveal(manager, request, text).await,
        Change::Delete => delete(manager, request, text).await,
        Change::Rename => {
            let Text(name) = input::body(request, |body| body.required::<Text<Name>>("name"))?;
            let (manager, id) = changing(manager, request, text)?;
            changed(manager.rename(id, name).await)
        }
        Change::Deprecate => {
            let Nullable(sunset) =
                input::body(request, |body| body.required::<Nullable<End>>("sunset"))?;
            let (manager, id) = changing(manager, request, text)?;
            changed(manager.deprecate(id, sunset.map(EndTime::from)).await)
        }
        Change::SetExpiry => {
            let end = input::body(request, |body| body.required::<End>("expires"))?;
            let (manager, id) = changing(manager, request, text)?;
            changed(manager.set_expiry(id, end).await)
        }
        Change::SetScopes => {
            let scopes = input::body(request, |body| body.required::<Scopes>("scopes"))?;
            let (manager, id) = changing(manager, request, text)?;
            changed(manager.set_scopes(id, scopes).await)
        }
        Change::SetNetworks => {
            let Nullable(networks) = input::body(request, |body| {
                body.required::<Nullable<CredentialNetworks>>("networks")
            })?;
            let (manager, id) = changing(manager, request, text)?;
            changed(match networks {
                Some(networks) => manager.set_networks(id, networks).await,
                None => manager.lift_networks(id).await,
            })
        }
        Change::SetLabels => {
            let labels = input::body(request, |body| body.required::<Labels>("labels"))?;
            let (manager, id) = changing(manager, request, text)?;
            changed(manager.set_labels(id, labels).await)
        }
        Change::SetOwner => {
            let owner = input::body(request, |body| body.required::<Owner>("owner"))?;
            let (manager, id) = changing(manager, request, text)?;
            changed(manager.set_owner(id, owner).await)
        }
        Change::EndOverlap
        | Change::Suspend
        | Change::Resume
        | Change::Undeprecate
        | Change::ClearExpiry => {
            input::no_fields(request)?;
            let (manager, id) = changing(manager, request, text)?;
            changed(match change {
                Change::EndOverlap => manager.end_overlap(id).await,
                Change::Suspend => manager.suspend(id).await,
                Change::Resume => manager.resume(id).await,
                Change::Undeprecate => manager.undeprecate(id).await,
                _ => manager.clear_expiry(id).await,
            })
        }
    }
}

/// Returns the manager for a conditional change, and the id.
fn changing<'a>(
    manager: Manager<'a>,
    request: &'a Received,
    text: &str,
) -> Result<(Manager<'a>, CredentialId), Problem> {
    let id = id(text)?;
    Ok((conditional(request, manager)?, id))
}

fn changed(outcome: Result<Credential, ManageError>) -> Result<Reply, Problem> {
    Ok(Reply::credential(&outcome?))
}

async fn rotate(manager: Manager<'_>, request: &Received, text: &str) -> Result<Reply, Problem> {
    let (seconds, ends_earlier) = input::body(request, |body| {
        let seconds = body.required::<u64>("overlap_seconds");
        let ends_earlier = body.optional::<bool>("end_overlap");
        Some((seconds?, ends_earlier?.unwrap_or(false)))
    })?;
    let mut rotation = Rotation::new(Duration::from_secs(seconds));
    if ends_earlier {
        rotation = rotation.end_overlap();
    }
    if let Some(key) = idempotency_key(request)? {
        rotation = rotation.operation(key);
    }
    let (manager, id) = changing(manager, request, text)?;
    Ok(rotated(&manager.rotate(id, rotation).await?))
}

async fn replace_unused(
    manager: Manager<'_>,
    request: &Received,
    text: &str,
) -> Result<Reply, Problem> {
    let GenerationField(unused) =
        input::body(request, |body| body.required::<GenerationField>("generation"))?;
    let (manager, id) = changing(manager, request, text)?;
    Ok(rotated(&manager.replace_unused(id, unused).await?))
}

/// The number of a secret.
struct GenerationField(GenerationNumber);

impl Field for GenerationField {
    fn read(value: serde_json::Value) -> Result<Self, input::Unread> {
        serde_json::from_value(value)
            .map(Self)
            .map_err(|_| input::Unread::invalid("expected the number of a secret"))
    }
}

fn rotated(rotated: &Rotated) -> Reply {
    Reply::created(&json!({
        "credential": rotated.credential,
        "secret": rotated.secret.expose(),
        "previous_until": rotated.previous_until,
        "ended_early": rotated.ended_early,
    }))
    .tagged(rotated.credential.revision)
}

async fn reveal(manager: Manager<'_>, request: &Received, text: &str) -> Result<Reply, Problem> {
    input::no_fields(request)?;
    let manager = if_conditional(request, manager)?;
    let revealed = manager.reveal(id(text)?).await?;
    let secret = revealed.secret.expose();
    Ok(Reply::ok(&json!({ "credential": revealed.credential, "secret": secret })))
}

async fn delete(manager: Manager<'_>, request: &Received, text: &str) -> Result<Reply, Problem> {
    let name = input::body(request, |body| body.required::<String>("name"))?;
    let (manager, id) = changing(manager, request, text)?;
    manager.delete(id, &name).await?;
    Ok(Reply::gone())
}
