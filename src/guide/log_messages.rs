//! Every log message, its level and its fields.
//!
//! Keyward logs through [`tracing`]. The targets begin with `keyward`. No message contains a secret or the text that
//! a caller presented.
//!
//! | level | message | fields |
//! |---|---|---|
//! | `DEBUG` | attempt denied | `reason` (a [`DenialReason`](crate::DenialReason)), `address`, and where they are known `credential`, `account` and `workspace` |
//! | `WARN` | verification unavailable | `reason` (an [`UnavailableReason`](crate::UnavailableReason)), and where they are known `error` with its sources and `master_key` |
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
//! A warning about the store becomes an `ERROR` when an operator must repair the set-up or the store. "verification
//! unavailable" and the other messages with its fields are logged at that level once a minute for each reason and
//! master key, and otherwise at `DEBUG`; [`Stats::unavailable`](crate::operate::Stats::unavailable) counts every attempt.
