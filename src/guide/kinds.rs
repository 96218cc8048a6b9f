//! One kind of key, or several.
//!
//! A kind decides how a key looks and where it is sent. Every key begins with your brand and the word of its kind: `acme_live_…`. Without a kind of your
//! own, a service has the two presets: [`App`](crate::App) (one token, sent as Bearer) and [`Track`](crate::Track) (a public id and a secret, sent as
//! Basic). With [`Builder::kind`](crate::Builder::kind), it has only the kinds that you register.
//!
//! | you have | use |
//! |---|---|
//! | one API for servers | one kind with a token |
//! | live and test keys | two kinds. A test key then never opens a live route, and a person sees the difference |
//! | a key in a browser or an app, where it is public | a kind with a pair: its public id names the workspace, and grants nothing |
//! | keys with fewer rights | one kind, and [`scopes`](super::scopes) |
//! | keys of different customers | one kind: a key belongs to a workspace anyway |
//!
//! You can add a kind later. The word of a kind is a part of its keys forever, so choose it with care.
//!
//! ```console
//! cargo add keyward
//! cargo add tokio --features full
//! ```
//!
//! This is a whole `src/main.rs`. It prints nothing, because everything that it asserts is true:
//!
//! ```
//! use keyward::{
//!     Actor, Attempt, Brand, DenialReason, Keyward, Kind, MasterKey, MemoryStore, NewCredential,
//!     NewWorkspace, NotVerified, VerifiedAny, WorkspaceId, kind::KindSpec,
//! };
//!
//! enum Live {}
//! impl Kind for Live {
//!     const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys");
//! }
//!
//! enum Test {}
//! impl Kind for Test {
//!     const SPEC: KindSpec = KindSpec::token("test", "test key", "test keys");
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//!         .brand(Brand::new("acme")?)
//!         .kind::<Live>()
//!         .kind::<Test>()
//!         .build()?;
//!     let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//!     let (manager, shop) = (keyward.manager(&admin), WorkspaceId::new("acme/shop")?);
//!     manager.add_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?;
//!     let issued = manager.issue::<Test>(NewCredential::new(shop, "Backend".parse()?)).await?;
//!     assert!(issued.secret.expose().starts_with("acme_test_"));
//!
//!     // A route for live keys refuses it.
//!     match keyward.verify(&Attempt::<Live>::token(issued.secret.expose())).await {
//!         Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::WrongKind),
//!         other => panic!("{other:?}"),
//!     }
//!
//!     // A route for both asks the proof which it is.
//!     let either: VerifiedAny = keyward.verify(&Attempt::token(issued.secret.expose())).await?;
//!     assert!(either.as_kind::<Test>().is_some() && either.as_kind::<Live>().is_none());
//!     Ok(())
//! }
//! ```
//!
//! With kinds of your own, create workspaces with [`add_workspace`](crate::Manager::add_workspace).
//!
//! In a handler, take `Verified<Live>`, or `VerifiedAny` for both. [`KindSpec`](crate::kind::KindSpec) lists what else a kind can have: a header such as
//! `X-API-Key`, a secret that can be shown again, or a rule that each workspace keeps at least one. `examples/one_kind.rs` is a complete service. In a
//! project of your own, it needs the features `axum` and `sqlite`, and the crates axum, tokio and tower (with its feature `util`).
