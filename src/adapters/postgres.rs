//! A store in a PostgreSQL database, for a service of many nodes.

mod admission;
mod appending;
mod by_id;
mod checking;
mod collisions;
mod commit;
mod connection;
mod copying;
mod credentials;
mod error;
mod headers;
mod heartbeat;
mod marked_statement;
mod open;
mod options;
mod owners;
mod packed_events;
mod polling;
mod pooler;
mod qualified;
mod queued_reads;
mod reach;
mod read_sequence;
mod reading;
mod replication;
mod row_security;
mod rows;
mod schema;
mod servers;
mod statements;
mod store;
mod time;
mod timeline;
mod uses;

use sqlx::postgres::PgPool;

use super::sql;
use crate::store::StoreError;

pub use self::options::PostgresOptions;
pub use self::store::PostgresStore;

impl PostgresStore {
    /// Connects with the default options. The URL is `postgres://user:password@host:port/database`. Add `?sslmode=verify-full`
    /// if the network to the server is not trusted. Separate several servers with commas, as in `host1:port1,host2:port2`: the
    /// store uses the server that accepts writes, and finds the next one after a failover.
    ///
    /// Fails as [`Misconfigured`](crate::store::StoreErrorKind::Misconfigured), with an error that says what to change, if
    ///
    /// - the server cannot be reached, or a pooler mixes up the prepared statements of its clients
    /// - the role lacks the rights to create what is missing
    /// - the schema is newer than this release
    /// - a table belongs to an unexpected role (see [`PostgresOptions::owner`])
    /// - row-level security is active on one of the tables for the role: a policy would hide rows
    /// - transactions are read-only by default
    ///
    /// If the URL has one server, a refused connection fails at once. The store waits up to 30 seconds for a server that is
    /// starting, is a standby, or does not answer, and connects again if the connection is lost meanwhile. An open store that
    /// loses its server fails as [`Unavailable`](crate::store::StoreErrorKind::Unavailable) within its time limit, and recovers
    /// when the server is back.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        PostgresOptions::new().connect(url).await
    }

    /// Creates or upgrades the tables, with the default options: see [`PostgresOptions::migrate`].
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        PostgresOptions::new().migrate(url).await
    }

    /// Opens a store over the host's connection pool, with the default options. Fails as [`connect`](Self::connect) does.
    ///
    /// Opening makes two connections of its own, in addition to those of the pool. The change feed keeps one connection that it
    /// takes out of the pool, which can then open another.
    ///
    /// With the driver's default `test_before_acquire`, each call makes one more round trip.
    pub async fn from_pool(pool: PgPool) -> Result<Self, StoreError> {
        PostgresOptions::new().from_pool(pool).await
    }
}

sql::credential_store!(PostgresStore, checking::check);
