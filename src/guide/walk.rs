//! The life of a credential, step by step.
//!
//! `examples/quickstart.rs` runs the same steps in one program. The first example sets up a clock that the
//! test moves, and a cheap slow hash that keeps the examples fast. The other examples begin with the same lines, which are not shown again.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! let keys = MasterKeys::new(MasterKey::generate()?);
//! let keyward = Keyward::builder(MemoryStore::new(), keys)
//!     .clock(clock.clone())
//!     .slow_hash(SlowHashParams::dangerous_cheap()) // in tests only
//!     .build()?;
//! let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! let manager = keyward.manager(&admin);
//! let shop = WorkspaceId::new("acme/shop")?;
//!
//! // A workspace comes with a Track set named `primary`, made in the same commit.
//! let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! let primary = manager.create_workspace(new).await?.first;
//! assert_eq!(primary.credential.name.as_str(), "primary");
//! let site_id = primary.credential.id;
//!
//! // The token of an App key is in this answer only.
//! let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! assert!(issued.secret.expose().starts_with("kw_app_"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
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
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! let revealed = manager.reveal(site_id).await?;
//! assert_eq!(revealed.secret.expose(), primary.secret.expose());
//!
//! match manager.reveal(issued.credential.id).await {
//!     Err(ManageError::Refused(refusal)) => assert_eq!(refusal, Refusal::ShownOnce),
//!     other => panic!("{other:?}"),
//! }
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
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! let (api_key, token) = (primary.secret.expose(), issued.secret.expose());
//! let track: Verified<Track> = keyward.verify(&Attempt::track(site_id.as_str(), api_key)).await?;
//! assert_eq!(track.credential(), site_id);
//! let app: Verified<App> = keyward.verify(&Attempt::app(token)).await?;
//! assert_eq!(app.workspace(), &shop);
//!
//! # fn reason<K: Kind>(outcome: Result<Verified<K>, NotVerified>) -> DenialReason {
//! #     match outcome {
//! #         Err(NotVerified::Denied(denial)) => {
//! #             assert_eq!(denial.to_string(), "denied");
//! #             denial.reason()
//! #         }
//! #         other => panic!("{other:?}"),
//! #     }
//! # }
//! // A token without its last character, an App key's token sent to the Track API, another set's site id.
//! let cut = keyward.verify(&Attempt::app(&token[..token.len() - 1])).await;
//! assert_eq!(reason(cut), DenialReason::Malformed);
//! let wrong_api = keyward.verify(&Attempt::track(site_id.as_str(), token)).await;
//! assert_eq!(reason(wrong_api), DenialReason::WrongKind);
//! let wrong_site = keyward.verify(&Attempt::track("000000000000", api_key)).await;
//! assert_eq!(reason(wrong_site), DenialReason::WrongSiteId);
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
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! use std::net::IpAddr;
//!
//! manager.allow(&shop, &["203.0.113.0/24".parse()?]).await?;
//!
//! let (office, elsewhere): (IpAddr, IpAddr) = ("203.0.113.7".parse()?, "198.51.100.1".parse()?);
//! assert!(keyward.verify(&Attempt::app(issued.secret.expose()).client_address(office)).await.is_ok());
//! match keyward.verify(&Attempt::app(issued.secret.expose()).client_address(elsewhere)).await {
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
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
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
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! # fn refusal<T: std::fmt::Debug>(outcome: Result<T, ManageError>) -> Refusal {
//! #     match outcome {
//! #         Err(ManageError::Refused(refusal)) => refusal,
//! #         other => panic!("{other:?}"),
//! #     }
//! # }
//! let impact = manager.deletion_impact(site_id).await?;
//! assert!(impact.is_last_permanent);
//! let refused = refusal(manager.delete(site_id, "primary").await);
//! assert_eq!(refused, Refusal::LastPermanent { kind: "Track set" });
//! assert!(refused.to_string().ends_with("create another one first"));
//!
//! manager.issue_track_set(NewCredential::new(shop.clone(), Name::new("Website")?)).await?;
//! assert_eq!(refusal(manager.delete(site_id, "prmary").await), Refusal::WrongTypedName);
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
//! Every change and every reveal writes an event in the same transaction. A refused operation writes none.
//!
//! ```
//! # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.first;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! manager.rename(issued.credential.id, Name::new("Warehouse")?).await?;
//!
//! let page = manager.history(HistoryFilter::new().workspace(shop)).await?;
//! let lines: Vec<_> = page.items.into_iter().filter_map(store::PageItem::record)
//!     .map(|event| format!("{} {}", event.by.id, event.action)).collect();
//! assert_eq!(lines[0], "ada@acme.test renamed it from \"Backend\" to \"Warehouse\"");
//! assert_eq!(lines.len(), 3, "the newest first: renamed, issued, created");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
