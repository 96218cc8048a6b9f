//! Takes GitHub's alerts about leaked keys (feature `leaks`).
//!
//! GitHub's secret scanning finds key texts in public repositories and posts them to the endpoint of the service that issued them.
//! [`LeakAlerts`] is that endpoint, as a `tower` service without a login: each alert is signed by GitHub, and an unsigned request learns
//! nothing. For each text, it finds the credential without recording a use, and does what the account chose ([`Manager::set_leak_response`](crate::Manager::set_leak_response)). It acts
//! only on a secret that still works, so a repeated alert changes nothing.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use std::error::Error;
//! use axum::Router;
//! use keyward::http::leaks::{Leak, LeakAlerts, LeakHost};
//! use keyward::manage::LeakOutcome;
//! use keyward::{ActorId, Keyward, Operator};
//!
//! struct Host;
//!
//! impl LeakHost for Host {
//!     async fn public_keys(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
//!         // GET https://api.github.com/meta/public_keys/secret_scanning with your HTTP client.
//! #       Ok(r#"{ "public_keys": [] }"#.to_owned())
//!     }
//!
//!     async fn acted(&self, leak: &Leak, outcome: LeakOutcome) {
//!         // In a drill, nothing leaked.
//!         if !leak.is_drill {
//!             // Tell the account, for example by mail.
//!         }
//! #       let _ = outcome;
//!     }
//! }
//!
//! fn routes(keyward: Keyward) -> Result<Router, Box<dyn Error>> {
//!     let operator = Operator::new(ActorId::new("github-secret-scanning")?);
//!     Ok(Router::new().route_service("/leaks/github", LeakAlerts::new(keyward, operator, Host)))
//! }
//! # }
//! ```
//!
//! # Answers
//!
//! | request | answer |
//! |---|---|
//! | another method than `POST` | 405 |
//! | no signature, a signature that does not match, or an unknown key | 401 |
//! | a body of more than 1 MiB, or more than 1,000 texts | 413 |
//! | signed, but not an alert | 400 |
//! | GitHub's keys cannot be fetched now, or Keyward cannot decide whether a text is a key | 503 with `Retry-After` |
//! | an alert | 200 with a label for each text: `true_positive` or `false_positive`, and the SHA-256 of the text |
//!
//! The keys are fetched at most once a minute, regardless of the key ids in the requests. If the client that caused the fetch disconnects, the next
//! request continues it. The body is parsed only after its signature was checked.
//!
//! # Drills
//!
//! `keyward leak-drill run` measures how long the nodes of a service accept a leaked key. It issues a credential, posts an alert about
//! it, and waits until every node refuses the key. Its alert is signed by a key of your own, which [`LeakAlerts::with_drill`] accepts.
//! Such an alert can stop only credentials that a drill issued: any other key is answered with `false_positive`, as if it were
//! unknown, and nothing is changed. Without `with_drill`, the key id of a drill is unknown.
//!
//! You can run drills without GitHub: let [`LeakHost::public_keys`] return `{ "public_keys": [] }`. Then only the alerts of drills are accepted.
//! [`LeakHost::acted`] is called for a drill too, with [`Leak::is_drill`].

mod alert;
mod drill;
mod keys;
mod leak;
mod service;

pub use self::drill::{DrillKey, DrillKeyError};
pub use self::leak::{Leak, LeakHost};
pub use self::service::LeakAlerts;
