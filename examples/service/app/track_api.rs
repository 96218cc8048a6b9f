//! The Track API, to which the customer's back end sends data about people. It uses HTTP Basic.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use keyward::{Track, Verified};
use serde_json::{Value, json};

use super::App;
use super::people::{Attributes, People};
use super::reply::{Failure, Json, Path};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/region", get(region))
        .route("/customers/{id}", put(identify).delete(destroy))
        .route("/customers/{id}/events", post(track))
        .route("/events", post(track_anonymous))
}

async fn region(key: Verified<Track>) -> Json<Value> {
    Json(json!({ "data_center": "local", "environment_id": key.workspace() }))
}

async fn identify(
    key: Verified<Track>,
    State(people): State<People>,
    Path(id): Path<String>,
    Json(attributes): Json<Attributes>,
) -> Result<Json<Value>, Failure> {
    people.identify(key.workspace(), check_id(&id)?, attributes).await?;
    Ok(Json(json!({})))
}

async fn destroy(
    key: Verified<Track>,
    State(people): State<People>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    people.forget(key.workspace(), check_id(&id)?).await?;
    Ok(Json(json!({})))
}

async fn track(
    key: Verified<Track>,
    State(people): State<People>,
    Path(id): Path<String>,
    Json(event): Json<Attributes>,
) -> Result<Json<Value>, Failure> {
    check_event(&event)?;
    people.track(key.workspace(), Some(check_id(&id)?), &event).await?;
    Ok(Json(json!({})))
}

async fn track_anonymous(
    key: Verified<Track>,
    State(people): State<People>,
    Json(event): Json<Attributes>,
) -> Result<Json<Value>, Failure> {
    check_event(&event)?;
    people.track(key.workspace(), None, &event).await?;
    Ok(Json(json!({})))
}

/// The id of a person, in a form that both databases can store.
pub(super) fn check_id(id: &str) -> Result<&str, Failure> {
    if id.is_empty() || id.len() > 150 || id.chars().any(char::is_control) {
        return Err(Failure::bad_request(
            "the id of a person must have 1 to 150 bytes and no control characters",
        ));
    }
    Ok(id)
}

fn check_event(event: &Attributes) -> Result<(), Failure> {
    match event.get("name") {
        Some(Value::String(name)) if !name.is_empty() => Ok(()),
        _ => Err(Failure::bad_request("the event has no name")),
    }
}
