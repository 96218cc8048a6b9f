//! The management API as JSON, for a front end of your own (feature `manage-api`).
//!
//! [`ManageApi`] is a `tower` service. Mount it behind your login, which puts an [`Actor`](crate::Actor) into each request's
//! extensions. Without an actor every request is answered 500, and the log says what to add.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::extract::Request;
//! use axum::middleware::{Next, from_fn};
//! use axum::response::Response;
//! use axum::{Router, body::Body};
//! use keyward::manage_api::ManageApi;
//! use keyward::{AccountId, Actor, ActorId, Keyward};
//! use tower::ServiceExt;
//!
//! /// Your login: it finds out who sent the request.
//! async fn login(mut request: Request, next: Next) -> Response {
//!     let (acme, ada) = (AccountId::new("acme").unwrap(), ActorId::new("ada@acme.test").unwrap());
//!     request.extensions_mut().insert(Actor::admin(acme, ada));
//!     next.run(request).await
//! }
//!
//! fn service(keyward: Keyward) -> Router {
//!     Router::new().nest_service("/settings/api", ManageApi::new(keyward)).layer(from_fn(login))
//! }
//!
//! # use keyward::{MasterKey, MasterKeys, MemoryStore};
//! # pollster::block_on(async {
//! # let keys = MasterKeys::new(MasterKey::generate()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
//! let request = Request::get("/settings/api/v1/account").body(Body::empty())?;
//! let response = service(keyward).oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.headers()["etag"], "\"0\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! # }
//! ```
//!
//! # Routes
//!
//! [`DOCUMENT`] describes all routes (`OpenAPI` 3.1). It is served as `/v1/openapi.json`, so a client can generate its types. The bodies
//! are Keyward's [views](crate::manage), whose JSON is described in `docs/json.md`.
//!
//! | route | method | |
//! |---|---|---|
//! | `/v1/account` | GET | the account of the actor |
//! | `/v1/workspaces`, `/v1/workspaces/{id}` | GET | workspaces |
//! | `/v1/credentials` | GET, POST | list and issue |
//! | `/v1/credentials/{id}`, `…/generations`, `…/used_networks`, `…/deletion_impact` | GET | one credential |
//! | `/v1/credentials/{id}:rotate`, `:reveal`, `:rename`, `:suspend`, `:delete`, … | POST | change it |
//! | `/v1/allowlist?workspace=…`, `/v1/allowlist:add`, `:remove`, `:replace`, `:lift`, `:preview` | GET, POST | an allowlist |
//! | `/v1/integrations?workspace=…`, `/v1/integrations:connect`, `:disconnect` | GET, POST | integrations |
//! | `/v1/events`, `/v1/events/{operation}` | GET | the history |
//!
//! # Changes
//!
//! - A change is a `POST` with `Content-Type: application/json`. Unknown fields and query parameters are refused.
//! - A change needs the `ETag` of the record that the caller read, as `If-Match`. Without it the answer is 428. If the record was
//!   changed since, the answer is 412. An issue and a reveal need no `If-Match`.
//! - An issue, a rotation or a new workspace with an `Idempotency-Key` can be repeated for 24 hours. A repeat makes nothing new: it is answered 409
//!   with the code `repeated` and with what the first request made. It is recognised before `If-Match` is compared.
//! - If the answer has the code `outcome_unknown`, read the event of its `operation`: 404 means that the change was not made.
//!
//! # Answers
//!
//! A secret is only in the answer to the request that issued, rotated or revealed it. No answer can be stored by a cache
//! (`Cache-Control: no-store`). A refusal is a problem detail (RFC 9457), whose `type` is `urn:keyward:problem:` and the
//! [code](crate::ManageError::code). Its `errors` point at the fields, parameters or headers that are wrong. A record of another account
//! is answered exactly as a record that does not exist.
//!
//! # Other sites
//!
//! A change is refused if the browser says that another site sent it, by `Sec-Fetch-Site` or `Origin`. A program sends neither. Use
//! [`trusted_origin`](ManageApi::trusted_origin) for a front end of another origin, and add your CORS layer. A proxy in front must
//! preserve `Host`; otherwise trust your own origin.

mod account;
mod conditions;
mod credentials;
mod grants;
mod input;
mod json_value;
mod owners;
mod parts;
mod problem;
mod reply;
mod routes;
mod workspaces;

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::adapters::web::{
    Allowed, CrossSiteRule, Received, Refused, Serving, Settings, WebService, serve,
};
use crate::shell::Keyward;

use self::problem::Problem;
use self::reply::Reply;
use self::routes::Route;

pub use crate::adapters::web::{HostFuture, OriginError, WebBody, WorkspaceRows};

/// The description of the API (`OpenAPI` 3.1). It is served as `/v1/openapi.json`.
pub const DOCUMENT: &str = include_str!("manage_api/openapi.json");

/// The management API as a `tower` service.
#[derive(Debug, Clone)]
pub struct ManageApi {
    keyward: Keyward,
    settings: Settings,
}

impl ManageApi {
    /// Creates the service.
    #[must_use]
    pub fn new(keyward: Keyward) -> Self {
        Self { keyward, settings: Settings::default() }
    }

    /// Sets the prefix under which callers reach the service, if the router does not strip it from the path.
    #[must_use]
    pub fn at(mut self, prefix: &str) -> Self {
        self.settings.set_prefix(prefix);
        self
    }

    /// Accepts changes from pages of another origin, such as `https://admin.acme.test`. This adds no CORS headers.
    ///
    /// # Errors
    ///
    /// [`OriginError`] if the text is not an origin.
    pub fn trusted_origin(mut self, origin: &str) -> Result<Self, OriginError> {
        self.settings.trust(origin)?;
        Ok(self)
    }

    /// Requires a fresh login before a secret is issued, rotated or revealed, and before something is deleted. `is_fresh` returns
    /// `true` if the request's login is fresh enough. Otherwise the answer is 403 with the type `fresh_login_required`.
    #[must_use]
    pub fn require_fresh_login(
        mut self,
        is_fresh: impl Fn(&http::request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.require_fresh_login(is_fresh);
        self
    }

    /// Lets admins create, rename and remove workspaces. `host` chooses the ids and changes your own rows.
    #[must_use]
    pub fn workspaces(mut self, host: impl WorkspaceRows) -> Self {
        self.settings.set_workspaces(host);
        self
    }

    async fn reply(&self, request: &Received) -> Result<Reply, Problem> {
        let unknown_path = || Problem::refused(Refused::NotFound);
        let route = Route::of(&request.path).ok_or_else(unknown_path)?;
        let is_read = request.is_read();
        if !is_read && route.is_sensitive() && self.settings.needs_fresh_login(&request.parts) {
            return Err(Problem::fresh_login_required());
        }
        let manager = self.keyward.manager(&request.actor);
        let host = || self.settings.workspaces().ok_or_else(unknown_path);
        match route {
            Route::Document => {
                input::no_query(request)?;
                Ok(Reply::document(DOCUMENT))
            }
            Route::Account => account::read(manager, request).await,
            Route::SetUnlistedWorkspaces => {
                account::set_unlisted_workspaces(manager, request).await
            }
            Route::SetLeakResponse => account::set_leak_response(manager, request).await,
            Route::SetPolicy => account::set_policy(manager, request).await,
            Route::PreviewPolicy => account::preview_policy(manager, request).await,
            Route::ApplyPolicy => account::apply_policy(manager, request).await,
            Route::ChangeMember(change) => owners::change_member(manager, request, change).await,
            Route::HandOver => owners::hand_over(manager, request).await,
            Route::DeleteOwned => owners::delete_owned(manager, request).await,
            Route::Scopes => {
                account::scopes(manager, request, self.keyward.inner().vocabulary()).await
            }
            Route::Workspaces if is_read => workspaces::list(manager, request).await,
            Route::Workspaces => workspaces::create(manager, request, host()?).await,
            Route::Workspace(id) => workspaces::one(manager, request, &id).await,
            Route::RenameWorkspace(id) => workspaces::rename(manager, request, host()?, &id).await,
            Route::RemoveWorkspace(id) => workspaces::remove(manager, request, host()?, &id).await,
            Route::Credentials if is_read => credentials::list(manager, request).await,
            Route::Credentials => {
                credentials::issue(manager, &self.keyward.inner().kinds, request).await
            }
            Route::Credential(id) => credentials::one(manager, request, &id).await,
            Route::Generations(id) => credentials::generations(manager, request, &id).await,
            Route::UsedNetworks(id) => credentials::used_networks(manager, request, &id).await,
            Route::DeletionImpact(id) => credentials::deletion_impact(manager, request, &id).await,
            Route::Change(id, change) => credentials::change(manager, request, &id, change).await,
            Route::Allowlist => workspaces::allowlist(manager, request).await,
            Route::ChangeAllowlist(change) => {
                workspaces::change_allowlist(manager, request, change).await
            }
            Route::PreviewAllowlist => workspaces::preview_allowlist(manager, request).await,
            Route::Integrations => workspaces::integrations(manager, request).await,
            Route::Snippet => workspaces::snippet(manager, request).await,
            Route::Connect => workspaces::connect(manager, request).await,
            Route::Disconnect => workspaces::disconnect(manager, request).await,
            Route::Events => account::events(manager, request).await,
            Route::Event(operation) => account::event(manager, request, &operation).await,
        }
    }
}

impl WebService for ManageApi {
    const RULE: CrossSiteRule = CrossSiteRule::Api;
    const NAME: &'static str = "ManageApi";

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn allowed(&self, path: &str) -> Option<Allowed> {
        Route::of(path)?.allowed(self.settings.workspaces().is_some())
    }

    async fn answer(&self, request: Received) -> Response<Bytes> {
        match self.reply(&request).await {
            Ok(reply) => reply.response(),
            Err(problem) => problem.response(),
        }
    }

    fn refusal(&self, refused: Refused, _: &http::request::Parts) -> Response<Bytes> {
        Problem::refused(refused).response()
    }
}

impl<B: Body + Send + 'static> Service<Request<B>> for ManageApi {
    type Response = Response<WebBody>;
    type Error = Infallible;
    type Future = Serving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Serving {
        serve(self.clone(), request)
    }
}
