//! The service: two guarded APIs, and the management of their keys.

mod app_api;
pub(crate) mod manage;
pub(crate) mod people;
mod reply;
mod track_api;
pub(crate) mod welcome;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use http::HeaderValue;
use keyward::http::{DrainLayer, Guard, UnregisteredKind};
use keyward::{Actor, Keyward};

use self::manage::Token;
use self::people::People;
use self::reply::Failure;

/// The only workspace of the only account.
pub(crate) const WORKSPACE: &str = "acme/shop";

/// The state that the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    keyward: Keyward,
    guard: Guard,
    people: People,
    /// The actor of the management API, and its token.
    admin: Arc<(Actor, Token)>,
}

impl App {
    pub(crate) fn new(keyward: Keyward, people: People, admin: Actor, token: Token) -> Self {
        let guard = Guard::new(keyward.clone()).announce_endings().answers(|answer| {
            let body = serde_json::json!({ "meta": { "error": answer.detail() } });
            answer.with_body(HeaderValue::from_static("application/json"), body.to_string())
        });
        Self { keyward, guard, people, admin: Arc::new((admin, token)) }
    }

    pub(crate) fn router(self) -> Result<Router, UnregisteredKind> {
        let track = track_api::routes().route_layer(self.guard.track()?);
        let app = app_api::routes().route_layer(self.guard.app()?);
        let router = Router::new()
            .nest("/api/v1", track)
            .nest("/v1", app.clone())
            .nest("/v1/api", app)
            .nest("/manage", manage::routes())
            .fallback(async || Failure::not_found("the path does not exist"))
            .layer(DrainLayer::new())
            .with_state(self);
        Ok(router)
    }
}

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}

impl FromRef<App> for People {
    fn from_ref(app: &App) -> Self {
        app.people.clone()
    }
}
