//! The operations on credentials: list, issue, reveal, rename, deprecate, suspend, resume, rotate and delete.

use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use keyward::store::CredentialCursor;
use keyward::{
    CredentialId, Name, NewCredential, WorkspaceId,
    kind::KindWord,
    manage::{CredentialFilter, EndTime, Rotation},
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::reply::{Failure, Json, Path, Query};
use super::super::{App, WORKSPACE};
use super::access::Admin;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/credentials", get(list).post(issue))
        .route("/credentials/{id}", get(impact).delete(delete))
        .route("/credentials/{id}/reveal", post(reveal))
        .route("/credentials/{id}/rename", post(rename))
        .route("/credentials/{id}/deprecate", post(deprecate))
        .route("/credentials/{id}/suspend", post(suspend))
        .route("/credentials/{id}/resume", post(resume))
        .route("/credentials/{id}/rotate", post(rotate))
}

type Replied = Result<Json<Value>, Failure>;

/// The workspace of these operations.
pub(super) fn shop() -> Result<WorkspaceId, Failure> {
    WorkspaceId::new(WORKSPACE).map_err(|error| Failure::bad_request(error.to_string()))
}

/// A response with a secret, which must not be cached (RFC 9111, 5.2.2.5).
fn secret(body: Value) -> Response {
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
}

/// The kinds of this service. Any other word is rejected.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Known {
    Track,
    App,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    kind: Option<Known>,
    /// The `next` cursor of the previous page.
    after: Option<CredentialCursor>,
}

async fn list(admin: Admin, Query(filter): Query<Filter>) -> Replied {
    let mut wanted = CredentialFilter::new().workspace(shop()?);
    if let Some(kind) = filter.kind {
        wanted = wanted.kind(match kind {
            Known::Track => KindWord::Track,
            Known::App => KindWord::App,
        });
    }
    if let Some(after) = filter.after {
        wanted = wanted.after(after);
    }
    Ok(Json(json!(admin.manager().credentials(wanted).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issue {
    kind: Known,
    name: Name,
    expires: Option<Timestamp>,
}

async fn issue(admin: Admin, Json(wish): Json<Issue>) -> Result<Response, Failure> {
    let mut new = NewCredential::new(shop()?, wish.name);
    if let Some(expires) = wish.expires {
        new = new.expires(expires);
    }
    Ok(if matches!(wish.kind, Known::Track) {
        let issued = admin.manager().issue_track_set(new).await?;
        secret(json!({ "credential": issued.credential, "secret": issued.secret.expose() }))
    } else {
        let issued = admin.manager().issue_app_key(new).await?;
        secret(json!({ "credential": issued.credential, "secret": issued.secret.expose() }))
    })
}

async fn reveal(admin: Admin, Path(id): Path<CredentialId>) -> Result<Response, Failure> {
    let revealed = admin.manager().reveal(id).await?;
    Ok(secret(json!({ "site_id": revealed.site_id, "secret": revealed.secret.expose() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    name: Name,
}

async fn rename(admin: Admin, Path(id): Path<CredentialId>, Json(wish): Json<Rename>) -> Replied {
    let credential = admin.manager().rename(id, wish.name).await?;
    Ok(Json(json!({ "credential": credential })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deprecate {
    sunset: Option<Timestamp>,
}

async fn deprecate(
    admin: Admin,
    Path(id): Path<CredentialId>,
    Json(wish): Json<Deprecate>,
) -> Replied {
    let credential = admin.manager().deprecate(id, wish.sunset.map(EndTime::At)).await?;
    Ok(Json(json!({ "credential": credential })))
}

async fn suspend(admin: Admin, Path(id): Path<CredentialId>) -> Replied {
    Ok(Json(json!({ "credential": admin.manager().suspend(id).await? })))
}

async fn resume(admin: Admin, Path(id): Path<CredentialId>) -> Replied {
    Ok(Json(json!({ "credential": admin.manager().resume(id).await? })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    overlap_seconds: u64,
    /// Whether the rotation may end an earlier overlap early.
    #[serde(default)]
    end_overlap: bool,
}

async fn rotate(
    admin: Admin,
    Path(id): Path<CredentialId>,
    Json(wish): Json<Rotate>,
) -> Result<Response, Failure> {
    let mut rotation = Rotation::new(Duration::from_secs(wish.overlap_seconds));
    if wish.end_overlap {
        rotation = rotation.end_overlap();
    }
    let rotated = admin.manager().rotate(id, rotation).await?;
    Ok(secret(json!({
        "credential": rotated.credential,
        "secret": rotated.secret.expose(),
        "previous_until": rotated.previous_until,
        "ended_early": rotated.ended_early,
    })))
}

async fn impact(admin: Admin, Path(id): Path<CredentialId>) -> Replied {
    Ok(Json(json!(admin.manager().deletion_impact(id).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delete {
    typed_name: String,
}

async fn delete(admin: Admin, Path(id): Path<CredentialId>, Json(wish): Json<Delete>) -> Replied {
    admin.manager().delete(id, &wish.typed_name).await?;
    Ok(Json(json!({})))
}
