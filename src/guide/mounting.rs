//! Mounting the page, or the management API.
//!
//! Your customers manage their keys on the page "Manage API credentials" (feature `page`), in a front end of your own over the JSON API (feature
//! `manage-api`), or both. Each is a `tower` service that you mount under a path of your choice, **behind your login**.
//!
//! | | page | API |
//! |---|---|---|
//! | you write | the login | the login and the front end |
//! | needs JavaScript | no | yours |
//! | looks like your product | by custom properties, or within your own layout | it is your product |
//! | language | [`Texts`](crate::page::Texts) | yours |
//!
//! ```sh
//! cargo add keyward --features page,manage-api
//! ```
//!
//! The login says who acts. It puts an [`Actor`](crate::Actor) into the extensions of each request. Without one, the answer is 500, and the log says what to
//! add.
//!
//! ```
//! # #[cfg(all(feature = "page", feature = "manage-api"))]
//! # pollster::block_on(async {
//! use axum::{Router, extract::Request, http::StatusCode, middleware::{Next, from_fn}, response::{IntoResponse, Response}};
//! use keyward::{AccountId, Actor, ActorId, Keyward, Permission, manage_api::ManageApi, page::Page};
//! # use axum::body::Body;
//! # use keyward::{MasterKey, MasterKeys, MemoryStore};
//! # use tower::ServiceExt;
//!
//! /// What your session knows about a person.
//! struct Person {
//!     customer: String,
//!     id: String,
//!     is_admin: bool,
//! }
//!
//! /// Replace this with your own session.
//! fn person(request: &Request) -> Option<Person> {
//!     let cookie = request.headers().get("cookie")?.to_str().ok()?;
//!     let is_admin = cookie == "session=of-ada";
//!     is_admin.then(|| Person { customer: "acme".to_owned(), id: "ada@acme.test".to_owned(), is_admin })
//! }
//!
//! async fn login(mut request: Request, next: Next) -> Response {
//!     let Some(person) = person(&request) else {
//!         return StatusCode::UNAUTHORIZED.into_response(); // or a redirect to your login page
//!     };
//!     let (Ok(account), Ok(id)) = (AccountId::new(person.customer), ActorId::new(person.id)) else {
//!         return StatusCode::FORBIDDEN.into_response();
//!     };
//!     let actor = match person.is_admin {
//!         true => Actor::admin(account, id),
//!         false => Actor::member(account, id).with(Permission::ViewApiCredentials),
//!     };
//!     request.extensions_mut().insert(actor);
//!     next.run(request).await
//! }
//!
//! fn settings(keyward: Keyward) -> Router {
//!     Router::new()
//!         .nest_service("/settings/api-credentials", Page::new(keyward.clone()))
//!         .nest_service("/settings/api", ManageApi::new(keyward))
//!         .layer(from_fn(login))
//! }
//!
//! # let keys = MasterKeys::new(MasterKey::generate()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
//! let app = settings(keyward);
//! # for (cookie, status) in [("session=of-ada", StatusCode::OK), ("", StatusCode::UNAUTHORIZED)] {
//! #     for path in ["/settings/api-credentials/", "/settings/api/v1/account"] {
//! #         let request = Request::get(path).header("cookie", cookie).body(Body::empty())?;
//! #         assert_eq!(app.clone().oneshot(request).await?.status(), status, "{path}");
//! #     }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Serve the router with `into_make_service_with_connect_info::<SocketAddr>()`, so that the page can show an admin the address of their browser next to
//! an allowlist. Behind a proxy, also set `client_address`. [`proxies`](crate::guide::proxies) describes both.
//!
//! # A first credential over the API
//!
//! The account needs a workspace. Create it with [`Manager::create_workspace`](crate::Manager::create_workspace), or give both services a `WorkspaceRows` and
//! create it with `POST /v1/workspaces`. Then:
//!
//! ```sh
//! api=http://localhost:3000/settings/api/v1 session='Cookie: session=of-ada'
//! curl -H "$session" $api/openapi.json          # every route, with its fields and its errors
//! curl -H "$session" $api/credentials
//! curl -H "$session" -H 'Content-Type: application/json' -H 'Idempotency-Key: a-text-of-your-choice' \
//!     -d '{"workspace": "acme/shop", "kind": "app", "name": "Backend"}' $api/credentials
//! ```
//!
//! The last answer is 201. Its `secret` is the key, its `credential` has the `id`, and its header `ETag` is the revision of the credential. Each change
//! needs the revision. Use your own id in this one:
//!
//! ```sh
//! curl -H "$session" -H 'Content-Type: application/json' -H 'If-Match: "1"' -d '{}' $api/credentials/2Zk9bQx7LmTa:suspend
//! ```
//!
//! Without `If-Match` the answer is 428, and 412 if another change came first.
//!
//! # Before you open it to customers
//!
//! - The id of the account must come from your session, never from the request.
//! - Serve it over TLS, and set your session's cookie with `Secure`, `HttpOnly` and `SameSite=Lax`.
//! - A proxy in front must preserve the header `Host`: forms of another site are recognised by it.
//! - `api_url` sets the address of your API, which the page shows in the `curl` line next to a new key.
//! - `require_fresh_login` asks for a fresh login before a secret is shown or something is deleted. Both services have it.
//! - Your customer's workspaces exist before they see the page. With a `WorkspaceRows`, admins can create them there.
//!
//! `cargo run --example service` is a complete service with both.
