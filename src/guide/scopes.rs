//! Scopes: keys that may do less.
//!
//! You declare what a key can be allowed to do. A credential has all scopes, or a set of them. A route requires one.
//!
//! [`vocabulary!`](crate::vocabulary) makes the enum and, next to it, a module `scope` with a type for each scope, which routes name:
//!
//! ```
//! # mod it {
//! keyward::vocabulary! {
//!     /// What a key may do.
//!     pub enum Scope {
//!         ReadPeople = "read:people" => "Read people",
//!         WritePeople = "write:people" => "Create and change people",
//!         SendEmail = "send:email" => "Send email",
//!     }
//!     presets {
//!         READER = "Read only" => [ReadPeople],
//!     }
//! }
//! # #[cfg(feature = "axum")]
//! # pub mod routes {
//! # use super::scope;
//! use axum::{Router, routing::{get, post}};
//! use keyward::{App, http::{Guard, Scoped}};
//!
//! async fn people(key: Scoped<App, scope::ReadPeople>) -> String {
//!     format!("the people of {}", key.workspace())
//! }
//!
//! async fn send(key: Scoped<App, scope::SendEmail>) -> String {
//!     format!("sent by {}", key.workspace())
//! }
//!
//! pub fn routes() -> Router<Guard> {
//!     Router::new().route("/people", get(people)).route("/send", post(send))
//! }
//! # }
//! # }
//! # fn main() {}
//! ```
//!
//! Register the vocabulary when you build the [`Keyward`](crate::Keyward). Then give a key its scopes:
//!
//! ```
//! use keyward::{App, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name, NewCredential, Verified, scope::Scopes};
//! # use keyward::{AccountId, Actor, ActorId, NewWorkspace, WorkspaceId};
//! # mod it {
//! #     keyward::vocabulary! {
//! #         /// What a key may do.
//! #         pub enum Scope {
//! #             ReadPeople = "read:people" => "Read people",
//! #             SendEmail = "send:email" => "Send email",
//! #         }
//! #         presets { READER = "Read only" => [ReadPeople], }
//! #     }
//! # }
//! # use it::Scope;
//! # pollster::block_on(async {
//! # let keys = MasterKeys::new(MasterKey::generate()?);
//!
//! let keyward = Keyward::builder(MemoryStore::new(), keys).scopes::<Scope>().build()?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let (manager, shop) = (keyward.manager(&admin), WorkspaceId::new("acme/shop")?);
//! # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//!
//! // Issue a key that can only read, by a preset. `Scopes::of` takes single scopes.
//! let reader = NewCredential::new(shop, Name::new("Dashboard")?).scopes(Scopes::from(Scope::READER));
//! let issued = manager.issue_app_key(reader).await?;
//!
//! // Check by hand, where the type cannot say it.
//! let key: Verified<App> = keyward.verify(&Attempt::app(issued.secret.expose())).await?;
//! assert!(key.require(Scope::ReadPeople).is_ok());
//! assert!(key.require(Scope::SendEmail).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Rules
//!
//! - A key without the scope is answered 403 with `error="insufficient_scope"`. It gets this answer only if everything else is right.
//! - A scope with a new name reaches only the keys that have all scopes. Tell your customers when they choose "everything".
//! - Never rename a scope that a key has: the old name grants nothing any more. `keyward_unknown_scopes_total` counts them.
//! - Deploy a new vocabulary to all nodes before you grant a new scope.
//! - There are no wildcards. Choose few scopes, about one for each thing that a customer would allow or forbid.
//!
//! # No privilege escalation
//!
//! Give an actor a ceiling with [`Actor::only_scopes`](crate::Actor::only_scopes). They can then give a key no more than that. An actor that acts with a key
//! ([`Actor::key`](crate::Actor::key)) has the ceiling of the key.
