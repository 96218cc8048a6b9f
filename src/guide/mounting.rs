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
//! The login says who acts. It puts an [`Actor`](crate::Actor) into the extensions of each request. Without one, the answer is 500, and the log says what to
//! add.
//!
//! ```
//! # #[cfg(all(feature = "page", feature = "manage-api"))]
//! # pollster::block_on(async {
//! use axum::{Router, body::Body, extract::Request, middleware::{Next, from_fn}, response::{IntoResponse, Response}};
//! use http::StatusCode;
//! use keyward::{AccountId, Actor, ActorId, Keyward, Permission, manage_api::ManageApi, page::Page};
//! use tower::ServiceExt;
//! # use keyward::{MasterKey, MasterKeys, MemoryStore};
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
//! for (cookie, status) in [("session=of-ada", StatusCode::OK), ("", StatusCode::UNAUTHORIZED)] {
//!     for path in ["/settings/api-credentials/", "/settings/api/v1/account"] {
//!         let request = Request::get(path).header("cookie", cookie).body(Body::empty())?;
//!         assert_eq!(app.clone().oneshot(request).await?.status(), status, "{path}");
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Before you open it to customers
//!
//! - The id of the account must come from your session, never from the request.
//! - Serve it over TLS, and set your session's cookie with `Secure`, `HttpOnly` and `SameSite=Lax`.
//! - A proxy in front must preserve the header `Host`: forms of another site are recognised by it.
//! - `require_fresh_login` asks for a fresh login before a secret is shown or something is deleted. Both services have it.
//! - Your customer's workspaces exist before they see the page. With a `WorkspaceRows`, admins can create them there.
//!
//! `cargo run --example service` is a complete service with both.
