//! The workspace: its allowlist, its integrations and its history.

use axum::Router;
use axum::routing::{get, post};
use keyward::{CredentialId, Network, OperationId, history::HistoryFilter, manage::Integration};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::App;
use super::super::reply::{Failure, Json, Query};
use super::access::Admin;
use super::credentials::shop;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/allowlist", get(allowlist).post(allow).delete(disallow))
        .route("/allowlist/lift", post(lift))
        .route("/integrations", get(integrations).post(connect).delete(disconnect))
        .route("/history", get(history))
}

type Replied = Result<Json<Value>, Failure>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Networks {
    networks: Vec<Network>,
}

async fn allowlist(admin: Admin) -> Replied {
    Ok(Json(json!({ "allowlist": admin.manager().allowlist(&shop()?).await? })))
}

async fn allow(admin: Admin, Json(wish): Json<Networks>) -> Replied {
    admin.manager().allow(&shop()?, &wish.networks).await?;
    allowlist(admin).await
}

async fn disallow(admin: Admin, Json(wish): Json<Networks>) -> Replied {
    admin.manager().disallow(&shop()?, &wish.networks).await?;
    allowlist(admin).await
}

async fn lift(admin: Admin) -> Replied {
    admin.manager().lift(&shop()?).await?;
    allowlist(admin).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Connect {
    integration: Integration,
    credential: Option<CredentialId>,
}

async fn integrations(admin: Admin) -> Replied {
    Ok(Json(json!({ "integrations": admin.manager().integrations(&shop()?).await? })))
}

async fn connect(admin: Admin, Json(wish): Json<Connect>) -> Replied {
    admin.manager().connect(&shop()?, wish.integration, wish.credential).await?;
    integrations(admin).await
}

async fn disconnect(admin: Admin, Json(wish): Json<Connect>) -> Replied {
    admin.manager().disconnect(&shop()?, &wish.integration).await?;
    integrations(admin).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    before: Option<OperationId>,
}

async fn history(admin: Admin, Query(page): Query<Before>) -> Replied {
    let filter = HistoryFilter::new().before(page.before);
    Ok(Json(json!(admin.manager().history(filter).await?)))
}
