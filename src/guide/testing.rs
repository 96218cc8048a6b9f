//! Testing your service: a fixture, a clock, and a proof for unit tests.
//!
//! The examples need an executor, such as `#[tokio::test]`, and the last one needs `tower` in your development dependencies:
//!
//! ```console
//! cargo add --dev tower --features util
//! ```
//!
//! # A fixture
//!
//! [`MemoryStore`](crate::MemoryStore) needs no database. [`SlowHashParams::dangerous_cheap`](crate::SlowHashParams::dangerous_cheap) makes issuing fast. It must
//! never be used in production, because the stored hashes are then weak. [`ManualClock`](crate::time::ManualClock) stands still until you move it, so a test of an
//! expiry does not wait.
//!
//! ```
//! use std::time::Duration;
//! use keyward::time::{Clock, ManualClock};
//! use keyward::{
//!     AccountId, Actor, ActorId, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
//!     NewCredential, NewWorkspace, SlowHashParams, WorkspaceId, manage::EndTime,
//! };
//!
//! /// A service with one customer, one workspace and one key.
//! struct Fixture {
//!     keyward: Keyward,
//!     clock: ManualClock,
//!     admin: Actor,
//!     workspace: WorkspaceId,
//!     token: String,
//! }
//!
//! impl Fixture {
//!     async fn new() -> Result<Self, Box<dyn std::error::Error>> {
//!         let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//!         let keys = MasterKeys::new(MasterKey::generate()?);
//!         let keyward = Keyward::builder(MemoryStore::new(), keys)
//!             .clock(clock.clone())
//!             .slow_hash(SlowHashParams::dangerous_cheap())
//!             .build()?;
//!         let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//!         let workspace = WorkspaceId::new("acme/shop")?;
//!         let manager = keyward.manager(&admin);
//!         manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
//!         let new = NewCredential::new(workspace.clone(), Name::new("Test")?);
//!         let token = manager.issue_app_key(new).await?.secret.expose().to_owned();
//!         Ok(Self { keyward, clock, admin, workspace, token })
//!     }
//! }
//!
//! # pollster::block_on(async {
//! // A key stops working when it expires.
//! let fixture = Fixture::new().await?;
//! let key = fixture.keyward.verify(&Attempt::app(&fixture.token)).await?;
//! let in_an_hour = fixture.clock.now().wall.saturating_add(Duration::from_hours(1));
//! let manager = fixture.keyward.manager(&fixture.admin);
//! manager.set_expiry(key.credential(), EndTime::At(in_an_hour)).await?;
//!
//! fixture.clock.advance(Duration::from_mins(59));
//! assert!(fixture.keyward.verify(&Attempt::app(&fixture.token)).await.is_ok());
//! fixture.clock.advance(Duration::from_mins(1));
//! assert!(fixture.keyward.verify(&Attempt::app(&fixture.token)).await.is_err());
//! # assert_eq!(key.workspace(), &fixture.workspace);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # A proof for a unit test
//!
//! A handler that takes `Verified<App>` can be called as a function. Only [`Keyward::verify`](crate::Keyward::verify) makes a proof, in tests too: a second way would
//! be a way around the guard. The fixture makes one in less than a millisecond:
//!
//! ```
//! use keyward::{App, Attempt, Verified};
//! # use keyward::*;
//!
//! // The handler under test.
//! async fn people(key: Verified<App>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! # struct Fixture { keyward: Keyward, token: String }
//! # impl Fixture {
//! #     async fn new() -> Result<Self, Box<dyn std::error::Error>> {
//! #         let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #             .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! #         let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! #         let shop = WorkspaceId::new("acme/shop")?;
//! #         let manager = keyward.manager(&admin);
//! #         manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//! #         let new = NewCredential::new(shop, Name::new("Test")?);
//! #         let token = manager.issue_app_key(new).await?.secret.expose().to_owned();
//! #         Ok(Self { keyward, token })
//! #     }
//! # }
//! # pollster::block_on(async {
//! let fixture = Fixture::new().await?;
//! let proof = fixture.keyward.verify(&Attempt::app(&fixture.token)).await?;
//! assert_eq!(people(proof).await, "the people of acme/shop");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # A request through the router
//!
//! In a test of the whole router there is no socket, so put the peer's address into the request. With axum that is `ConnectInfo`, or
//! [`PeerAddress`](crate::http::PeerAddress), which works with every server:
//!
//! ```
//! # #[cfg(feature = "axum")]
//! # pollster::block_on(async {
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use keyward::{App, Verified, http::{Guard, PeerAddress}};
//! use tower::ServiceExt;
//! # use keyward::{Keyward, MasterKey, MasterKeys, MemoryStore, SlowHashParams};
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//!
//! async fn people(key: Verified<App>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! let app = Router::new().route("/people", get(people)).with_state(Guard::new(keyward));
//! let request = Request::get("/people").extension(PeerAddress("203.0.113.7".parse()?));
//! let answer = app.oneshot(request.body(Body::empty())?).await?;
//! assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "the request has no key");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What else to test
//!
//! - **Each route without a key.** A loop over your routes that expects 401 finds the one that was forgotten.
//! - **A database that does not answer.** Your service must answer 503, never 401.
//! - **Real SQL.** `SqliteStore::open_in_memory` needs no file.
