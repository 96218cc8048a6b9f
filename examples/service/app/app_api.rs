//! The App API, which the customer's own tools call. It uses Bearer. Each handler names the scope that its callers need, and cannot
//! be reached without it.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use keyward::{
    App as AppKind,
    http::Scoped,
    time::{Clock, SystemClock},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::people::{Attributes, People};
use super::reply::{Failure, Json, Path};
use super::scopes::scope;
use super::track_api::check_id;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/send/email", post(send_email))
        .route("/customers/{id}/attributes", get(attributes))
        .route("/customers/{id}/activities", get(activities))
}

/// The fields of an email that the example uses.
#[derive(Deserialize)]
struct Email {
    to: String,
    identifiers: Attributes,
}

/// Sends nothing. It stores the email as an event of the person.
async fn send_email(
    key: Scoped<AppKind, scope::SendEmail>,
    State(people): State<People>,
    Json(email): Json<Email>,
) -> Result<Json<Value>, Failure> {
    let person = email.identifiers.get("id").and_then(Value::as_str);
    let person = person.map(check_id).transpose()?;
    let event = json!({ "name": "email", "data": { "to": email.to } });
    if let Value::Object(event) = event {
        people.track(key.workspace(), person, &event).await?;
    }
    let queued_at = SystemClock::new().now().wall.as_seconds();
    Ok(Json(
        json!({ "delivery_id": format!("{}-{queued_at}", key.credential()), "queued_at": queued_at }),
    ))
}

async fn attributes(
    key: Scoped<AppKind, scope::ReadPeople>,
    State(people): State<People>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let attributes = people.attributes(key.workspace(), check_id(&id)?).await?;
    let attributes = attributes.ok_or_else(|| Failure::not_found("the person does not exist"))?;
    Ok(Json(json!({ "customer": { "id": id, "attributes": attributes } })))
}

async fn activities(
    key: Scoped<AppKind, scope::ReadPeople>,
    State(people): State<People>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let events = people.events(key.workspace(), check_id(&id)?).await?;
    Ok(Json(json!({ "activities": events })))
}
