//! Every log message, its level and its fields.
//!
//! Keyward logs through [`tracing`]. The targets begin with `keyward`. No message contains a secret or the text that
//! a caller presented. A field in parentheses is absent if its value is not known.
//!
//! # How to see them
//!
//! A program prints no log of `tracing` until it installs a subscriber, such as that of the crate `tracing-subscriber`. In your project:
//!
//! ```console
//! cargo add tracing-subscriber --features env-filter
//! ```
//!
//! Put `tracing_subscriber::fmt::init();` at the start of `main`. By default, this prints only errors. The variable `RUST_LOG` sets the level:
//!
//! ```console
//! RUST_LOG=warn,keyward=debug cargo run
//! ```
//!
//! # Verification
//!
//! | level | message | fields |
//! |---|---|---|
//! | `DEBUG` | attempt denied | `reason` (a [`DenialReason`](crate::DenialReason)), (`address`), (`credential`), (`account`), (`workspace`) |
//! | `DEBUG` | recheck denied | `reason` (a [`DenialReason`](crate::DenialReason)), `credential`, `account`, `workspace` |
//! | `WARN` or `ERROR` ¹ | verification unavailable | `reason` (an [`UnavailableReason`](crate::UnavailableReason)), (`master_key`), (`error`) |
//! | `WARN` or `ERROR` ¹ | recheck unavailable | `reason`, (`master_key`), (`error`) |
//! | `INFO` | a key was traced; on the page, `operator` is the admin or member who pasted it | `operator`, `credential` |
//! | `WARN` | could not re-digest a secret under the current master key; retrying at its next use | `credential`, `error` |
//! | `ERROR` | a slow hash could not be computed | `error` |
//!
//! # Management
//!
//! | level | message | fields |
//! |---|---|---|
//! | `DEBUG` | change committed | `operation`, `account` |
//! | `WARN` | could not recount a workspace after a corrupt credential was deleted: call `Manager::recount` | `workspace`, `error` |
//!
//! # The change feed and background work
//!
//! | level | message | fields |
//! |---|---|---|
//! | `INFO` | feed position unknown to the store; the cache was dropped | `known`, `now` (positions) |
//! | `WARN` or `ERROR` ¹ | polling the change feed failed; verifications will query the store | `reason`, (`master_key`), (`error`) |
//! | `WARN` | polling the change feed fails; cached keys are accepted within the outage tolerance (once a minute) | `tolerance` |
//! | `WARN` | replication is not synchronous | `finding` (with the remedy) |
//! | `WARN` | could not renew the heartbeat: check the synchronous standbys and the rights on `keyward_heartbeat` (once for each outage) | `error` |
//! | `ERROR` | an event does not match its tag; the cache was dropped: compare the history with a backup | `operation`, `known`, `newest` |
//! | `ERROR` | the change feed has a gap: an event is missing or the position is wrong; the cache was dropped: compare the history with a backup | (`operation`), `known`, `newest` |
//! | `ERROR` | an event is more than a minute older than the event before it; the cache was dropped: check the clocks of the nodes, then compare the history with a backup | `operation`, `known`, `newest` |
//! | `WARN` | the tag of an event cannot be checked; the cache was dropped | `operation`, `known`, `newest`, `error` (with the remedy) |
//! | `WARN` or `ERROR` ² | could not write last-used times or networks; keeping them for the next flush | `count`, `error` |
//! | `WARN` | dropped before last-used times were written: await `Keyward::close` when the service stops | `count` |
//! | `WARN` or `ERROR` ¹ | could not delete credentials of removed workspaces; retrying in a minute | `reason`, (`master_key`), (`error`) |
//! | `WARN` or `ERROR` ¹ | could not remove workspaces of closed accounts; `maintain` tries again | `reason`, (`master_key`), (`error`) |
//! | `WARN` or `ERROR` ¹ | could not delete networks that are no longer remembered; retrying in a minute | `reason`, (`master_key`), (`error`) |
//! | `WARN` or `ERROR` ¹ | could not delete events older than the retention; retrying in a minute | `reason`, (`master_key`), (`error`) |
//!
//! # Stored records
//!
//! | level | message | fields |
//! |---|---|---|
//! | `ERROR` ³ | a stored record failed its tag check | `record` (`account`, `workspace`, `credential` or `event`), `id`, `error` (with the remedy) |
//! | `ERROR` | a stored row cannot be read as a record: correct it in the database or restore it from a backup | `id` |
//! | `WARN` | adopted a record that was tagged under a lost master key | `record`, `id`, `master_key` |
//!
//! # HTTP (features `tower`, `actix-web`, `axum`, `manage-api` and `page`)
//!
//! | level | message | fields |
//! |---|---|---|
//! | `ERROR` | no peer address: with axum, serve `app.into_make_service_with_connect_info::<SocketAddr>()`; otherwise put a `keyward::http::PeerAddress` into each request's extensions, or set `Guard::peer_from` | |
//! | `ERROR` | no guard: add `.app_data(guard)` to the `App` or to the scope of the route (feature `actix-web`) | |
//! | `DEBUG` | credentials refused | `reason` (a `RefusedHeader`), (`address`), `peer` |
//! | `WARN` | could not fetch the public keys for alerts about leaked keys; retrying in a minute | `error` |
//! | `WARN` | the public keys for alerts about leaked keys are not in the expected form; retrying in a minute | |
//! | `ERROR` | could not respond to a leaked key: wait for the next alert, or rotate the credential by hand | `error` |
//! | `DEBUG` | could not determine the client address | `reason` (a `NoAddress`), `peer` |
//! | `ERROR` | management operation failed | `code`, `error` |
//! | `ERROR` | no actor: mount the service behind a login that puts a `keyward::Actor` into each request's extensions | `service` |
//! | `ERROR` | the host could not prepare a workspace | `error` |
//! | `ERROR` | the host could not update its row of a workspace: correct the row by hand | `workspace`, `outcome` (`created`, `discarded` or `removed`), `error` |
//!
//! # Levels
//!
//! 1. `ERROR` if the reason [needs an operator](crate::UnavailableReason::needs_an_operator), and otherwise `WARN`. Each message is
//!    logged at this level once a minute for each reason and master key, and otherwise at `DEBUG`. `error` includes its sources.
//!    [`Stats::unavailable`](crate::operate::Stats::unavailable) counts every attempt.
//! 2. `ERROR` if the store is misconfigured or its data is corrupt, and otherwise `WARN`.
//! 3. Logged at `ERROR` once a minute for each record type and reason, and otherwise at `DEBUG`. The walks
//!    [`check_records`](crate::Keyward::check_records) and [`rekey`](crate::Keyward::rekey) log every such record at `ERROR`.
//!    [`Stats::unopened_records`](crate::operate::Stats::unopened_records) counts all of them.
