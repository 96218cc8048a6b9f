//! Issue, verify and manage the API credentials of your customers.
//!
//! ```
//! use keyward::{
//!     AccountId, Actor, ActorId, Attempt, DenialReason, Keyward, MasterKey, MasterKeys, MemoryStore,
//!     Name, NewCredential, NewWorkspace, NotVerified, WorkspaceId,
//! };
//!
//! # pollster::block_on(async {
//! // Once, when the service starts.
//! let keys = MasterKeys::new(MasterKey::generate()?);
//! let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
//!
//! // On the management page.
//! let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! let manager = keyward.manager(&admin);
//! let shop = WorkspaceId::new("acme/shop")?;
//! manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//! let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//!
//! // On each request.
//! let proof = keyward.verify(&Attempt::app(issued.secret.expose())).await?;
//! assert_eq!(proof.workspace(), &shop);
//! match keyward.verify(&Attempt::app("a guess")).await {
//!     Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::Malformed),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # The nouns
//!
//! - An **account** is a customer of the host, and owns **workspaces**. Their ids are the host's own texts.
//! - A **credential** is a named key of one workspace. A **Track set** is a public *site id* and a secret *API
//!   key*, sent as HTTP Basic; it can be shown again. An **App key** is one token, sent as Bearer, and shown
//!   once. Each opens its own API and never the other.
//! - A **generation** is one secret of a credential: the current one and, while a rotation overlaps, the
//!   previous one.
//! - An **actor** asks for a management operation: an admin or a member of one account, or the host's
//!   operator, who acts for one.
//! - An **attempt** is what a caller presents. It comes to a **verified**, which is a proof that nothing but
//!   [`Keyward::verify`] makes, to a **denial**, whose text says nothing, or to no answer.
//! - An **allowlist entry** is a network that may reach a workspace. An **integration** is what the host lets a
//!   workspace connect, with the credential chosen for it. An **event** is one line of the account's history.
//! - A credential is **usable** while it is not expired, not past its sunset and not suspended. It is
//!   **permanent** while it is usable, not deprecated, and has no expiry. A kind can have a **minimum**: each
//!   workspace keeps at least one permanent credential of it. Of the two presets, Track sets have one.
//!
//! # A map
//!
//! | for | begin at |
//! |---|---|
//! | setting up | [`Keyward::builder`], [`Builder`], [`MasterKeys`], [`Brand`], [`Freshness`] |
//! | checking requests | [`Keyward::verify`], [`Attempt`], [`Verified`], [`NotVerified`], [`Denial`] |
//! | the management page | [`Keyward::manager`], [`Actor`], [`Manager`], [`ManageError`], [`Refusal`] |
//! | running it | [`Keyward::maintain`], [`Keyward::close`], [`Keyward::stats`], [`Keyward::rekey`], [`Keyward::trace`] |
//! | a store of your own | [`store`], [`store::CredentialStore`] |
//! | tests of your own | [`MemoryStore`], [`ManualClock`], [`SlowHashParams::dangerous_cheap`] |
//!
//! # A walk
//!
//! The steps of `examples/quickstart.rs`, one by one. They share these lines, which each example below hides:
//! a clock that is moved by hand, and a cheap slow hash so that the examples run fast.
//!
//! ```
//! # use keyward::*;
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
//! let primary = manager.create_workspace(new).await?.primary;
//! assert_eq!(primary.credential.name.as_str(), "primary");
//! let site_id = primary.credential.id;
//!
//! // An App key's token is in this answer and nowhere else, ever.
//! let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! assert!(issued.secret.expose().starts_with("kw_app_"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! ## What can be shown again
//!
//! An authorised actor can reveal a Track set, and the history says so. An App key cannot be revealed.
//!
//! ```
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.primary;
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
//! ## Who passes
//!
//! The kind is in the type, so that a handler for the one API cannot take a proof for the other. Whatever was
//! wrong, the caller hears one and the same "denied"; the reason is for the log.
//!
//! ```
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.primary;
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
//! ## From where
//!
//! At first no address is restricted. With its first entry a workspace is, and then even a valid key passes
//! only from a listed network. The holder of the key is told that it is the address: HTTP 403.
//!
//! ```
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.primary;
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
//! // The last entry is not taken off by accident: that would either open the door or shut everyone out.
//! assert!(manager.disallow(&shop, &["203.0.113.0/24".parse()?]).await.is_err());
//! manager.lift(&shop).await?;
//! assert!(manager.allowlist(&shop).await?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! ## A new secret, and when each was last used
//!
//! A rotation changes the secret and nothing else. The previous one works until the overlap ends, and says that
//! it is ending. Uses are noted in memory and written in batches, or by [`Keyward::flush`].
//!
//! ```
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.primary;
//! # let site_id = primary.credential.id;
//! # let issued = manager.issue_app_key(NewCredential::new(shop.clone(), Name::new("Backend")?)).await?;
//! use std::time::Duration;
//!
//! let hour = Duration::from_hours(1);
//! let rotated = manager.rotate(issued.credential.id, hour).await?;
//! assert_eq!(rotated.previous_until, Some(clock.now().wall.saturating_add(hour)));
//! let (old, new) = (Attempt::app(issued.secret.expose()), Attempt::app(rotated.secret.expose()));
//!
//! // Both work. Which was used when?
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
//! // An hour later the old one is dead, and the new one lives.
//! clock.advance(hour);
//! assert!(keyward.verify(&old).await.is_err());
//! assert!(keyward.verify(&new).await.is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! ## Safe deletion
//!
//! Track sets have a minimum: a workspace keeps at least one permanent Track set, and the refusal says what to
//! do. The name is typed once more, to prevent accidental deletion; [`NameKey`] says how it is compared.
//!
//! ```
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.primary;
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
//! ## The history
//!
//! Every change and every reveal is an event in the same commit. A refused operation leaves none.
//!
//! ```
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
//! # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
//! #     .clock(clock.clone()).slow_hash(SlowHashParams::dangerous_cheap()).build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let manager = keyward.manager(&admin);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
//! # let primary = manager.create_workspace(new).await?.primary;
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
//!
//! # Running it
//!
//! Build one [`Keyward`] when the service starts, and clone it. Spawn [`Keyward::maintain`] with the runtime's own
//! sleep, and await [`Keyward::close`] when the service stops: a crash loses the last-used times of about
//! one interval, and nothing else. [`Freshness`] says how soon a revocation holds on another node. Every node has the same
//! brand and the same master keys; [`MasterKeys`] says in which order a key is changed, and what to do when one is
//! lost.
//!
//! A service that outgrows its store moves by [`store::copy`](fn@store::copy), with the hosts stopped.
//!
//! A denial is final for the caller; [`Unavailable`] is not, and says how long to wait. Never turn the one into the
//! other: "the database is down" must not read as "wrong key".
//!
//! [`Keyward::stats`] has counters to export. What happens in between is told through [`tracing`], by events of the
//! targets that begin with `keyward`; none ever holds a secret, or the text that was presented.
//!
//! | level | message | fields |
//! |---|---|---|
//! | `DEBUG` | attempt denied | `reason` (a [`DenialReason`]), `address`, and where they are known `credential`, `account` and `workspace` |
//! | `WARN` | verification unavailable | `reason` (an [`UnavailableReason`]), and where they are known `error` with its sources and `master_key` |
//! | `WARN` | recheck unavailable | the same |
//! | `INFO` | feed position unknown to the store; the cache was dropped | `known`, `now` (positions) |
//! | `WARN` | polling the change feed failed; verifications will query the store | the same |
//! | `DEBUG` | committed | `operation`, `account` |
//! | `INFO` | a key was traced | `operator`, `credential` |
//! | `WARN` | could not re-digest a secret under the current master key | `credential`, `error` |
//! | `WARN` | could not write last-used times; keeping them for the next flush | `count`, `error` |
//! | `WARN` | dropped with last-used times unwritten: call `close` first | `count` |
//! | `ERROR` | a stored record does not open | `record` (account, workspace or credential), `id`, `error` |
//! | `ERROR` | a stored row is no record | `id` |
//! | `ERROR` | an event does not match its tag; the cache was dropped: compare the history with a backup | `operation`, `known`, `newest` |
//! | `ERROR` | an event is missing, or the position is wrong; the cache was dropped: compare the history with a backup | `operation`, `known`, `newest` |
//! | `WARN` | an event cannot be checked; the cache was dropped | `operation`, `known`, `newest`, `error` |
//! | `WARN` | adopted a record that was tagged under a lost master key | `record`, `id`, `master_key` |
//! | `WARN` | could not count the credentials of a workspace after a corrupt one was deleted: call `Manager::recount` | `workspace`, `error` |
//! | `WARN` | could not delete credentials of removed workspaces; trying again later | as for "verification unavailable" |
//! | `WARN` | could not delete events older than the retention; trying again later | the same |
//! | `ERROR` | no peer address (feature `tower`), with what to add | |
//! | `ERROR` | Argon2id failed | `error` |
//!
//! A warning about the store is an `ERROR` if an operator must repair the set-up or the store. "verification
//! unavailable" and the messages with the same fields are logged so once a minute for each reason and master key, and otherwise at
//! `DEBUG`: [`Stats::unavailable`] has the count of attempts.
//!
//! # Features
//!
//! None is on by default: a service compiles what it uses.
//!
//! - **`sqlite`**: `SqliteStore`, for a service that starts with nothing to install. A feature, because it compiles
//!   SQLite itself.
//! - **`postgres`**: `PostgresStore`, for many nodes. A feature, because it brings a driver and TLS.
//! - **`tower`**: the module `http`, which guards any service over `http`: strict `Authorization`, the client's address
//!   behind trusted proxies, and the answers that the RFCs ask for. A feature, because a host that speaks no HTTP pays
//!   for none of it.
//! - **`axum`**: extractors, so that a handler that takes a `Verified<App>` cannot be reached without one. A feature of
//!   its own, because axum's versions are not tower's.
//! - **`conformance`**: the suite that every store passes, as plain functions over a harness; `examples/custom_store.rs`
//!   shows it. A feature, because only the author of a store needs it, and only in tests.
//! - **`metrics`**: `Keyward::report_metrics` hands the statistics to the recorder that the host has installed for the
//!   `metrics` crate, and [`Keyward::maintain`] does so by itself. A feature, because [`Keyward::stats`] needs no crate.
//!
//! # Public dependencies
//!
//! Types or traits of these crates are part of this one's API, so a breaking release of theirs is one of ours:
//! `rand_core` 0.10 ([`Builder::randomness`]), `serde` 1 (ids, names, times and views serialize; secrets
//! never), `zeroize` 1 ([`MasterKey::expose_text`]), and `tracing` 0.1, whose events a subscriber reads. With their
//! features: `sqlx` 0.9 (`from_pool`), `http` 1, `http-body` 1, `bytes` 1, `tower-layer` and
//! `tower-service` 0.3, `axum` 0.8, and `metrics` 0.24,
//! whose recorder the host installs. The others are private, and no error converts from theirs.
//!
//! # What it does not do
//!
//! - It authenticates no people. The host does, and says through [`Actor`] what it found.
//! - It serves no pages and ends no TLS. Without the feature `tower` the host reads the headers and the address itself,
//!   and turns [`Denial::disclosure`] into a status.
//! - It limits no rates. A forged key costs a checksum, one read of the store at most, and a digest.
//! - It hides no id. A caller who measures time can tell an id that exists from one that does not; ids are public.
//! - It keeps no master key, and rotates none by itself.
//! - It panics nowhere by design: `unwrap`, `expect`, `panic!` and indexing are denied by lint outside tests, and
//!   `unsafe` is forbidden.
//!
//! Reasons are in the repository's `DESIGN.md`, promises and threats in its `SECURITY.md`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod adapters;
#[cfg(feature = "conformance")]
pub mod conformance;
mod domain;
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
#[doc(hidden)]
pub mod fuzzing;
mod kinds;
mod secrets;
mod shell;
pub mod store;
mod values;

pub use self::adapters::MemoryStore;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use self::adapters::http;
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use self::adapters::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use self::adapters::{SqliteOptions, SqliteStore};
pub use self::domain::{
    Action, Actor, By, Denial, DenialReason, Disclosure, End, Event, Integration, IntegrationError,
    Limits, Notice, Operator, Permission, Refusal, Revision, Role, Status, Subject,
    UnlistedWorkspaces, Verified, VerifiedAny,
};
pub use self::kinds::{
    AnyKind, App, IntegrationSpec, IntegrationsError, Kind, KindSpec, KindsError, Presented, Shape,
    Shown, Track, Wanted,
};
pub use self::secrets::{
    MasterKey, MasterKeyError, MasterKeyId, MasterKeys, MasterKeysError, RecordEpochsError,
    SecretKey, SlowHashParams, SlowHashParamsError,
};
pub use self::shell::{
    Account, AddedWorkspace, Attempt, BuildError, Builder, CheckedRecords, CorruptAccount,
    CorruptWorkspace, CreatedWorkspace, Credential, CredentialFilter, DeletionImpact, Finding,
    Freshness, Generation, HistoryEvent, HistoryFilter, Issued, IssuedAppKey, IssuedTrackSet,
    Keyward, ManageError, Manager, NewCredential, NewWorkspace, NotVerified, Readiness,
    RecordCursor, Rekey, RekeyPage, Repeated, Revealed, RevealedTrackSet, Rotated, Rotation, Site,
    SiteState, Standing, Stats, Traced, Unavailable, UnavailableReason, Unwritten, What, Workspace,
};
pub use self::values::{
    AccountId, ActorId, Brand, BrandError, Clock, CredentialId, GenerationNumber, IdError,
    IntegrationWord, IntegrationWordError, KindWord, KindWordError, ManualClock, Name, NameError,
    NameKey, Network, NetworkError, NetworkSummary, OperationId, RandomnessError, Reading,
    SystemClock, Timestamp, TimestampError, WorkspaceId, canonical_address,
};

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
