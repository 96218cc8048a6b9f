//! Issue, verify and manage the API credentials of your customers.
//!
//! Keyward is a library for services with an HTTP API. Your customers create keys on your "Manage API credentials" page, and your
//! service verifies them on each request.
//!
//! ```sh
//! cargo add keyward --features sqlite,axum
//! ```
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
//! - An **account** is one of your customers. It owns **workspaces**. You choose the ids of both.
//! - A **credential** is a named key of one workspace. Its **kind** is either your own or one of two presets. A **Track set** is a
//!   public *site id* and a secret *API key*, sent as HTTP Basic; an authorised actor can reveal it again. An **App key** is one
//!   token, sent as Bearer and shown once. A key of one kind never passes where another kind is required.
//! - A **generation** is one secret of a credential: the current one or, during the overlap of a rotation, the previous one.
//! - An **actor** requests management operations: an admin or a member of an account, or the operator of your service.
//! - An **attempt** is what a caller presents. [`Keyward::verify`] returns a [`Verified`] proof, a [`Denial`], or
//!   [`Unavailable`] if the store did not answer. Only `verify` can make a proof.
//! - An **allowlist entry** is a network that can reach a workspace. An **integration** is something that a workspace connects to
//!   your service, with the credential that it uses. An **event** is one line of an account's history.
//! - A credential is **usable** unless it has expired, is past its sunset, or is suspended. It is **permanent** if it is usable, not
//!   deprecated, and has no expiry. A kind can require each workspace to keep at least one permanent credential. Track sets do.
//!
//! # Where to begin
//!
//! | for | begin at |
//! |---|---|
//! | a first service | [`guide::first_hour`] |
//! | setting up | [`Keyward::builder`], [`Builder`], [`MasterKeys`], [`Freshness`] |
//! | verifying requests | [`Keyward::verify`], [`Attempt`], [`Verified`], [`NotVerified`] |
//! | verifying HTTP requests | the module `http` (features `tower`, `axum` and `actix-web`) and [`guide::frameworks`] |
//! | the management page as HTML | the module `page` (feature `page`) |
//! | the management API over HTTP | the module `manage_api` (feature `manage-api`) |
//! | management operations | [`Keyward::manager`], [`Actor`], [`Manager`], [`ManageError`], [`manage`], [`history`] |
//! | keys of your own kinds | [`guide::kinds`], [`Kind`], [`kind`] |
//! | keys that may do less | [`guide::scopes`], [`vocabulary!`], [`Builder::scopes`], [`scope`], [`manage::CredentialNetworks`], [`manage::Owner`] |
//! | customers with keys of another system | [`imports`], [`Builder::import`], [`Manager::import`] |
//! | operating it | [`Keyward::maintain`], [`Keyward::close`], [`Keyward::stats`], [`Keyward::rekey`], [`operate`] |
//! | a store for another database | [`guide::databases`], [`store`], [`store::CredentialStore`] |
//! | your tests | [`guide::testing`] |
//! | the client's address behind a proxy | [`guide::proxies`] |
//! | step by step | [`guide::walk`] |
//! | a key and a row of your own | [`guide::own_records`] |
//!
//! # Running it
//!
//! Build one [`Keyward`] when the service starts and clone it. Spawn [`Keyward::maintain`] with your runtime's own sleep. Await
//! [`Keyward::close`] when the service stops: a crash loses the last-used times of about one interval and nothing else. Give every
//! node the same brand and the same master keys. [`Freshness`] sets how soon a revocation takes effect on the other nodes.
//! [`MasterKeys`] describes how to replace a master key and what to do after the loss of one.
//!
//! Answer 401 to a [`Denial`] and 503 to [`Unavailable`]. A caller must never read "wrong key" when the database is down.
//!
//! Move to a larger database with [`store::copy`](fn@store::copy) while the service is stopped. [`guide::log_messages`] lists every
//! log message; [`Keyward::stats`] returns the counters.
//!
//! # Features
//!
//! Every feature is off by default.
//!
//! | feature | adds | why it is a feature |
//! |---|---|---|
//! | `sqlite` | `SqliteStore`, for a service on one machine | compiles SQLite |
//! | `postgres` | `PostgresStore`, for a service of many nodes | brings a driver and TLS |
//! | `tower` | the module `http`: guards for any `tower` service | unused by a service without HTTP |
//! | `actix-web` | extractors and a middleware for actix-web 4 | actix-web has versions and header types of its own |
//! | `axum` | extractors: a handler that takes `Verified<App>` cannot be reached without an App key | axum has versions of its own |
//! | `leaks` | the module `http::leaks`: takes GitHub's alerts about leaked keys | brings elliptic curves |
//! | `manage-api` | the module `manage_api`: the management API as JSON, to mount behind your login | unused by a service without a front end of its own |
//! | `page` | the module `page`: the management page, to mount behind your login | brings a template engine and axum |
//! | `salted-imports` | imports of keys whose hashes are bcrypt, scrypt or PBKDF2 | brings these three hashes |
//! | `metrics` | `Keyward::report_metrics`, for the recorder of the `metrics` crate | [`Keyward::stats`] needs no crate |
//! | `cli` | the command `keyward`, for operators: `cargo install keyward --features cli` | no library needs it |
//! | `conformance` | the test suite for stores; `examples/custom_store.rs` runs it | used in tests only |
//!
//! # Public dependencies
//!
//! The API contains types or traits of these crates, so a breaking release of one of them is a breaking release of Keyward:
//! `rand_core` 0.10 ([`Builder::randomness`]), `serde` 1, `zeroize` 1 ([`MasterKey::expose_text`]) and `tracing` 0.1. The features
//! add `sqlx` 0.9 (`from_pool`), `http` 1, `http-body` 1, `bytes` 1, `tower-layer` 0.3, `tower-service` 0.3, `axum` 0.8,
//! `actix-web` 4 and `metrics` 0.24. All other dependencies are private. No error of Keyward converts from a foreign one.
//!
//! # What it does not do
//!
//! - It does not authenticate people. You do that, and describe the result with an [`Actor`].
//! - It terminates no TLS.
//! - It has no rate limiting. A forged key costs at most one checksum, one database read and one digest.
//! - It does not hide ids. A caller who measures time can tell whether an id exists; ids are public.
//! - It neither stores nor rotates master keys.
//! - It does not panic: lints deny `unwrap`, `expect`, `panic!` and indexing outside tests, and forbid `unsafe`.
//!
//! The repository has the reasons in `DESIGN.md`, and the promises and threats in `SECURITY.md`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod adapters;
#[cfg(feature = "conformance")]
pub mod conformance;
mod domain;
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod guide;
mod kinds;
mod secrets;
mod shell;
pub mod store;
mod values;

pub use self::adapters::MemoryStore;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use self::adapters::http;
#[cfg(feature = "manage-api")]
#[cfg_attr(docsrs, doc(cfg(feature = "manage-api")))]
pub use self::adapters::manage_api;
#[cfg(feature = "page")]
#[cfg_attr(docsrs, doc(cfg(feature = "page")))]
pub use self::adapters::page;
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use self::adapters::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use self::adapters::{SqliteOptions, SqliteStore};
pub use self::domain::{
    Actor, Denial, DenialReason, Disclosure, EndingNotice, Limits, Operator, Permission, Refusal,
    Verified, VerifiedAny,
};
pub use self::kinds::{App, Kind, Track};
pub use self::secrets::{MasterKey, MasterKeyId, MasterKeys, SecretKey, SlowHashParams};
pub use self::shell::{
    Attempt, BuildError, Builder, Freshness, Keyward, ManageError, Manager, NewCredential,
    NewWorkspace, NotVerified, Unavailable, UnavailableReason,
};
pub use self::values::{
    AccountId, ActorId, Brand, CredentialId, GenerationNumber, Name, Network, OperationId,
    WorkspaceId,
};

/// Kinds of credentials, and the integrations that use them.
pub mod kind {
    pub use crate::kinds::{
        AcceptedKind, AnyKind, IntegrationSpec, KeyLocation, KeyShape, KindSpec,
    };
    pub use crate::values::{IntegrationWord, KindWord};
}

/// What a key may do: the scopes that your service declares.
pub mod scope {
    pub use crate::domain::{
        InsufficientScope, Preset, RequiredScope, ScopeMarker, ScopeVocabulary, Vocabulary,
    };
    pub use crate::values::{ScopeName, ScopeSet, Scopes};
}

/// What management operations take and return. None of it contains a secret, except for the answers that show one.
pub mod manage {
    pub use crate::domain::{
        Access, AccessForecast, AccountPolicy, ActorRef, AllowlistChange, CredentialStatus,
        EndTime, Integration, LeakResponse, NetworkForecast, Owner, PolicyChange, PolicyFields,
        RequiredChange, Revision, Role, UnlistedWorkspaces,
    };
    pub use crate::shell::{
        Account, AllowlistDryRun, AllowlistPreview, CorruptAccount, CorruptWorkspace,
        CreatedWorkspace, Credential, CredentialFilter, DeletionImpact, Generation, Issued,
        LeakOutcome, OwnedBatch, PolicyApplied, PolicyRun, PolicyViolation, RecordType, Repeated,
        Revealed, Rotated, Rotation, SecretStatus, SiteInfo, UsedNetwork, Workspace,
    };
    pub use crate::values::{
        CredentialNetworks, Label, Labels, LeakPlace, NameKey, NetworkPrefix, NetworkSummary,
    };
}

#[doc = include_str!("guide/imports.md")]
pub mod imports {
    pub use crate::secrets::{ForeignHash, ImportFormat, ImportFormatSettings, LookupPrefix};
    pub use crate::shell::{Import, ImportDryRun, ImportOutcome, ImportRow, RowRefusal};
}

/// The history of an account.
pub mod history {
    pub use crate::domain::{Action, ActionWord, Event, Subject, UnknownAction};
    pub use crate::shell::{HistoryEvent, HistoryFilter};
}

/// What the operator of a service calls and watches.
pub mod operate {
    pub use crate::shell::{
        CheckedRecords, ImportSettings, KindSettings, MasterKeySettings, NetworkViewers, Readiness,
        ReadinessFinding, RecordCursor, RecordEpochSettings, Rekey, RekeyPage, ServiceSettings,
        Stats, TracedKey, UnwrittenUses,
    };
}

/// Timestamps and clocks.
pub mod time {
    pub use crate::values::{Clock, ClockReading, Day, ManualClock, SystemClock, Timestamp};
}

/// The errors of parsers and constructors. The errors of operations are at the root.
pub mod error {
    pub use crate::domain::{
        InactiveOwnersError, IntegrationError, PolicyError, UnknownLeakResponse, UnknownRole,
        UnknownSetting, VocabularyError,
    };
    pub use crate::kinds::{IntegrationsError, KindsError};
    pub use crate::secrets::{
        MasterKeyError, MasterKeysError, RecordEpochsError, SlowHashParamsError,
    };
    pub use crate::shell::ImportsError;
    pub use crate::values::{
        BrandError, CredentialNetworksError, IdError, IntegrationWordError, KindWordError,
        LabelError, NameError, NetworkError, NetworkPrefixError, RandomnessError, ScopeNameError,
        ScopeSetError, TimestampError,
    };
}

/// Declares the scopes of a service: an enum with a variant for each, and a type for each in a module `scope`.
///
/// Each scope has a name, which stores keep and clients see, and a sentence for people. Never change the name of a scope that a
/// credential has: the name would grant nothing. The number and the order of the scopes can change. `presets` is optional; each
/// becomes a constant of the enum. Call the macro in a module, not in a function, and declare the enum `pub`, also in a private module:
/// the types of the scopes name it.
///
/// ```
/// keyward::vocabulary! {
///     /// What a key of this service may do.
///     pub enum Scope {
///         ReadPeople = "read:people" => "Read people",
///         SendEmail = "send:email" => "Send email",
///     }
///     presets {
///         READER = "Read only" => [ReadPeople],
///     }
/// }
///
/// # fn main() {
/// use keyward::scope::Scopes;
///
/// assert_eq!(Scope::ReadPeople.name(), "read:people");
/// assert_eq!(Scopes::from(Scope::READER).to_string(), "read:people");
/// let _ = scope::SendEmail; // for `Scoped<App, scope::SendEmail>`
/// # }
/// ```
#[macro_export]
macro_rules! vocabulary {
    (
        $(#[$about:meta])*
        $visible:vis enum $vocabulary:ident {
            $($(#[$about_scope:meta])* $scope:ident = $name:literal => $sentence:literal),+ $(,)?
        }
        $(presets { $($preset:ident = $title:literal => [$($member:ident),+ $(,)?]),* $(,)? })?
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(clippy::exhaustive_enums, reason = "the service declares its own scopes")]
        $visible enum $vocabulary {
            $(#[doc = $sentence] $(#[$about_scope])* $scope,)+
        }

        impl $vocabulary {
            /// Returns the name of the scope, which stores keep and clients see.
            #[must_use]
            #[allow(dead_code, reason = "a service may not need it")]
            $visible const fn name(self) -> &'static str {
                match self { $(Self::$scope => $name,)+ }
            }

            $($(
                #[doc = $title]
                #[allow(dead_code, reason = "a service may not need it")]
                $visible const $preset: $crate::scope::Preset =
                    $crate::scope::Preset::new($title, &[$(Self::$member.name()),+]);
            )*)?
        }

        impl $crate::scope::ScopeVocabulary for $vocabulary {
            const SCOPES: &'static [(&'static str, &'static str)] = &[$(($name, $sentence)),+];
            const PRESETS: &'static [$crate::scope::Preset] = &[$($(Self::$preset),*)?];

            fn place(self) -> usize {
                self as usize
            }
        }

        /// Each scope as a type.
        #[allow(dead_code, reason = "a service may not need them all")]
        $visible mod scope {
            $(
                #[doc = $sentence]
                #[derive(Debug, Clone, Copy)]
                #[allow(clippy::exhaustive_structs, reason = "it has no fields")]
                pub struct $scope;

                impl $crate::scope::ScopeMarker for $scope {
                    type Vocabulary = super::$vocabulary;
                    const SCOPE: super::$vocabulary = super::$vocabulary::$scope;
                }
            )+
        }
    };
}

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The code of the runbooks, compiled.
#[cfg(doctest)]
#[doc = include_str!("../docs/runbooks/a-key-leaked.md")]
#[doc = include_str!("../docs/runbooks/an-admin-who-left.md")]
mod runbooks {}
