//! Guides: documentation with code that is compiled and run.
//!
//! - [`first_hour`]: from an empty folder to a service that keeps its keys.
//! - [`walk`]: the life of a credential, from its workspace to its deletion.
//! - [`frameworks`]: guarding axum, actix-web, tonic, hyper, other servers, streams and programs without async; other database drivers.
//! - [`serverless`]: a function on AWS Lambda, and a container that scales to zero.
//! - [`kinds`]: one kind of key, or several.
//! - [`scopes`]: keys that may do less.
//! - [`mounting`]: the page or the management API, behind your login.
//! - [`proxies`]: the client's address behind a proxy: which header, and which networks to trust.
//! - [`testing`]: a fixture, a clock, and a proof for the tests of your service.
//! - [`databases`]: from SQLite to PostgreSQL, and stores for other databases.
//! - [`imports`](crate::imports): from your own table of hashes, so that the keys of your customers keep working.
//! - [`own_records`]: the safe order of a key and a row of your own, if one transaction cannot contain both.
//! - [`log_messages`]: every log message, its level and its fields.

pub mod databases;
pub mod first_hour;
pub mod frameworks;
pub mod kinds;
pub mod log_messages;
pub mod mounting;
pub mod own_records;
pub mod proxies;
pub mod scopes;
pub mod serverless;
pub mod testing;
pub mod walk;
