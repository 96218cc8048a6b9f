//! The life of a credential, step by step.
//!
//! ```console
//! cargo add keyward
//! cargo add tokio --features full
//! ```
//!
//! The steps are one program, `examples/walk.rs`. The first step is a whole `src/main.rs`: paste each later step in front of its last `Ok(())`. The
//! clock stands still until the program moves it, and a cheap slow hash keeps the program fast. `examples/quickstart.rs` prints similar steps, over SQLite.
//!
//! ```
//! use keyward::time::{Clock, ManualClock};
//! use keyward::{
//!     Actor, Keyward, MasterKey, MemoryStore, NewCredential, NewWorkspace, SlowHashParams,
//!     WorkspaceId,
//! };
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//!     let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//!         .clock(clock.clone())
//!         .slow_hash(SlowHashParams::dangerous_cheap()) // in tests only
//!         .build()?;
//!     let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//!     let manager = keyward.manager(&admin);
//!     let shop = WorkspaceId::new("acme/shop")?;
//!
//!     // A workspace comes with a Track set named `primary`, made in the same commit.
//!     let new = NewWorkspace::new(shop.clone(), "Shop".parse()?);
//!     let primary = manager.create_workspace(new).await?.first;
//!     assert_eq!(primary.credential.name.as_str(), "primary");
//!     let site_id = primary.credential.id;
//!
//!     // The token of an App key is in this answer only.
//!     let new = NewCredential::new(shop.clone(), "Backend".parse()?);
//!     let issued = manager.issue_app_key(new).await?;
//!     assert!(issued.secret.expose().starts_with("kw_app_"));
//!     assert_eq!(issued.credential.created, clock.now().wall);
//!     Ok(())
//! }
//! ```
//!
//! # Revealing a secret
//!
//! An authorised actor can reveal a Track set's API key again, and the history records it. An App key is shown once.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let primary = manager.create_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), "Backend".parse()?)).await?;
//! use keyward::{ManageError, Refusal};
//!
//! let revealed = manager.reveal(site_id).await?;
//! assert_eq!(revealed.secret.expose(), primary.secret.expose());
//!
//! let refused = manager.reveal(issued.credential.id).await;
//! assert!(matches!(refused, Err(ManageError::Refused(Refusal::ShownOnce))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Verifying a request
//!
//! The proof's type names the kind, so a handler for Track sets cannot accept a proof for an App key. Every denial
//! has the same text, "denied". The reason is for the log, not for the caller.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let primary = manager.create_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), "Backend".parse()?)).await?;
//! use keyward::{App, Attempt, DenialReason, NotVerified, Track, Verified};
//!
//! let (api_key, token) = (primary.secret.expose(), issued.secret.expose());
//! let track: Verified<Track> = keyward.verify(&Attempt::track(site_id.as_str(), api_key)).await?;
//! assert_eq!(track.credential(), site_id);
//! let app: Verified<App> = keyward.verify(&Attempt::app(token)).await?;
//! assert_eq!(app.workspace(), &shop);
//!
//! // A token without its last character.
//! match keyward.verify(&Attempt::app(&token[..token.len() - 1])).await {
//!     Err(NotVerified::Denied(denial)) => {
//!         assert_eq!(denial.reason(), DenialReason::Malformed);
//!         assert_eq!(denial.to_string(), "denied");
//!     }
//!     other => panic!("{other:?}"),
//! }
//! // An App key's token, sent to the Track API.
//! match keyward.verify(&Attempt::track(site_id.as_str(), token)).await {
//!     Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::WrongKind),
//!     other => panic!("{other:?}"),
//! }
//! // Another set's site id.
//! match keyward.verify(&Attempt::track("000000000000", api_key)).await {
//!     Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::WrongSiteId),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Restricting addresses
//!
//! A new workspace accepts every address. Once its allowlist has an entry, a valid key passes only from a listed
//! network. From elsewhere, the caller is told that the address is not allowed: HTTP 403.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let primary = manager.create_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), "Backend".parse()?)).await?;
//! use keyward::Disclosure;
//! use std::net::IpAddr;
//!
//! manager.allow(&shop, &["203.0.113.0/24".parse()?]).await?;
//!
//! let (office, elsewhere): (IpAddr, IpAddr) = ("203.0.113.7".parse()?, "198.51.100.1".parse()?);
//! let attempt = |from| Attempt::app(issued.secret.expose()).client_address(from);
//! assert!(keyward.verify(&attempt(office)).await.is_ok());
//! match keyward.verify(&attempt(elsewhere)).await {
//!     Err(NotVerified::Denied(denial)) => {
//!         assert_eq!(denial.reason(), DenialReason::AddressNotAllowed);
//!         assert_eq!(denial.disclosure(), Disclosure::Address);
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! // Removing the last entry would open the workspace to every address, so `lift` does that by name.
//! assert!(manager.disallow(&shop, &["203.0.113.0/24".parse()?]).await.is_err());
//! manager.lift(&shop).await?;
//! assert!(manager.allowlist(&shop).await?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Rotating a secret
//!
//! A rotation replaces the secret and keeps everything else. The previous secret works until the overlap ends, and its
//! proof carries a notice. Last-used times are collected in memory and written in batches, or by [`Keyward::flush`](crate::Keyward::flush).
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let primary = manager.create_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), "Backend".parse()?)).await?;
//! use std::time::Duration;
//!
//! let hour = Duration::from_hours(1);
//! let rotated = manager.rotate(issued.credential.id, hour).await?;
//! assert_eq!(rotated.previous_until, Some(clock.now().wall.saturating_add(hour)));
//! let (old, new) = (Attempt::app(issued.secret.expose()), Attempt::app(rotated.secret.expose()));
//!
//! // Both secrets work. Each has its own last-used time.
//! let first_use = clock.now().wall;
//! let proof = keyward.verify(&old).await?;
//! assert_eq!(proof.notice().and_then(|notice| notice.sunset), rotated.previous_until);
//! clock.advance(Duration::from_mins(5));
//! assert_eq!(keyward.verify(&new).await?.notice(), None);
//! let second_use = clock.now().wall;
//!
//! keyward.flush().await?;
//! let listed = manager.credential(issued.credential.id).await?;
//! let used: Vec<_> =
//!     listed.generations.iter().map(|secret| (secret.number.get(), secret.last_used)).collect();
//! assert_eq!(used, [(2, Some(second_use)), (1, Some(first_use))]);
//!
//! // After the overlap only the new secret works.
//! clock.advance(hour);
//! assert!(keyward.verify(&old).await.is_err());
//! assert!(keyward.verify(&new).await.is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Deleting a credential
//!
//! Every workspace keeps at least one permanent Track set; the refusal says what to do. The actor types the
//! credential's name to prevent accidental deletion. [`NameKey`](crate::manage::NameKey) documents the comparison.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let primary = manager.create_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), "Backend".parse()?)).await?;
//! assert!(manager.deletion_impact(site_id).await?.is_last_permanent);
//! match manager.delete(site_id, "primary").await {
//!     Err(ManageError::Refused(refusal)) => {
//!         assert_eq!(refusal, Refusal::LastPermanent { kind: "Track set" });
//!         assert!(refusal.to_string().ends_with("create another one first"));
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! let website = NewCredential::new(shop.clone(), "Website".parse()?);
//! let website = manager.issue_track_set(website).await?;
//! assert_eq!(website.credential.name.as_str(), "Website");
//! let mistyped = manager.delete(site_id, "prmary").await;
//! assert!(matches!(mistyped, Err(ManageError::Refused(Refusal::WrongTypedName))));
//! manager.delete(site_id, "primary").await?;
//!
//! let gone = keyward.verify(&Attempt::track(site_id.as_str(), primary.secret.expose())).await;
//! assert!(matches!(gone, Err(NotVerified::Denied(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Reading the history
//!
//! Every change and every reveal writes an event in the same transaction. A refused operation writes none. The newest event is the first.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?)
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let primary = manager.create_workspace(NewWorkspace::new(shop.clone(), "Shop".parse()?)).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), "Backend".parse()?)).await?;
//! use keyward::{history::HistoryFilter, store::PageItem};
//!
//! manager.rename(issued.credential.id, "Warehouse".parse()?).await?;
//!
//! let page = manager.history(HistoryFilter::new().workspace(shop)).await?;
//! let events: Vec<_> = page.items.into_iter().filter_map(PageItem::record).collect();
//! let lines: Vec<_> =
//!     events.iter().map(|event| format!("{} {}", event.by.id, event.action)).collect();
//! assert_eq!(lines[0], "ada@acme.test renamed it from \"Backend\" to \"Warehouse\"");
//! println!("{}", lines.join("\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
