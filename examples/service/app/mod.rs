//! The service: two guarded APIs, and the management of their keys.

mod app_api;
pub(crate) mod people;
mod reply;
pub(crate) mod scopes;
pub(crate) mod sign_in;
mod track_api;
mod workspaces;

use axum::extract::FromRef;
use axum::middleware::from_fn;
use axum::{Extension, Router};
use http::HeaderValue;
use keyward::Keyward;
use keyward::http::{DrainLayer, Guard, UnregisteredKind};
use keyward::manage_api::ManageApi;
use keyward::page::Page;

use self::people::People;
use self::reply::Failure;
use self::sign_in::SignIns;

/// The only account.
pub(crate) const ACCOUNT: &str = "acme";

/// The first workspace of the account.
pub(crate) const WORKSPACE: &str = "acme/shop";

/// The state that the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    keyward: Keyward,
    guard: Guard,
    people: People,
    sign_ins: SignIns,
}

impl App {
    pub(crate) fn new(keyward: Keyward, people: People, sign_ins: SignIns) -> Self {
        let guard = Guard::new(keyward.clone()).announce_endings().answers(|answer| {
            let body = serde_json::json!({ "meta": { "error": answer.detail() } });
            answer.with_body(HeaderValue::from_static("application/json"), body.to_string())
        });
        Self { keyward, guard, people, sign_ins }
    }

    pub(crate) fn router(self) -> Result<Router, UnregisteredKind> {
        let track = track_api::routes().route_layer(self.guard.track()?);
        // The handlers check the scope. The layer has checked the key by then, and announces keys that are ending.
        let app = app_api::routes().route_layer(self.guard.app()?);
        let api = ManageApi::new(self.keyward.clone()).workspaces(self.people.clone());
        let page = Page::new(self.keyward.clone())
            .workspaces(self.people.clone())
            .actor_names(|actor| sign_in::name_of(&actor.id));
        // The login puts the actor into each request, and the management is behind it.
        let manage = Router::new()
            .nest_service("/manage", api)
            .nest_service("/settings/api-credentials", page)
            .layer(from_fn(sign_in::require))
            .layer(Extension(self.sign_ins.clone()));
        let people = sign_in::routes().merge(manage).layer(from_fn(sign_in::only_here));
        let router = Router::new()
            .nest("/api/v1", track)
            .nest("/v1", app.clone())
            .nest("/v1/api", app)
            .merge(people)
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
