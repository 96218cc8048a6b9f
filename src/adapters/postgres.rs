//! A store in a PostgreSQL database, for a service of many nodes.

mod asked;
mod checking;
mod collisions;
mod commit;
mod connection;
mod copying;
mod credentials;
mod error;
mod headers;
mod open;
mod options;
mod owners;
mod pooler;
mod qualified;
mod reach;
mod row_security;
mod rows;
mod schema;
mod servers;
mod statements;
mod store;
mod time;
mod uses;

use sqlx::postgres::PgPool;

use super::sql;
use crate::store::StoreError;

pub use self::options::PostgresOptions;
pub use self::store::PostgresStore;

impl PostgresStore {
    /// Connects with the default options. The URL is `postgres://user:password@host:port/database`, with
    /// `?sslmode=verify-full` where the way to the server is not trusted. Several servers are separated by commas, as
    /// in `host1:port1,host2:port2`: the store uses the one that accepts writes, and finds the next one after a failover.
    ///
    /// Fails if the server cannot be reached, the role may not create what is missing, the schema is newer than
    /// this release knows, a table belongs to an unexpected role (see [`PostgresOptions::owner`]), row-level security is
    /// active on one of the tables for the role (a policy would hide rows), transactions are read-only by default, or a
    /// pooler mixes up the prepared statements of its clients. These are
    /// [`Misconfigured`](crate::store::StoreErrorKind::Misconfigured), and the error names what to change. A
    /// connection that is refused fails at once if the URL has one server. A server that is starting or a standby, or that
    /// does not answer, is waited for up to 30 seconds. A store that is open and loses its server fails as
    /// [`Unavailable`](crate::store::StoreErrorKind::Unavailable) within its time limit, and goes on when the server is back.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        PostgresOptions::new().connect(url).await
    }

    /// Creates the tables that are missing, or brings them forward, with the default options: see
    /// [`PostgresOptions::migrate`].
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        PostgresOptions::new().migrate(url).await
    }

    /// A store over connections that the host has, with the default options. Fails as
    /// [`connect`](Self::connect) does.
    ///
    /// Opening makes two connections for itself, beside those of the pool.
    ///
    /// With `test_before_acquire`, which is the driver's default, each call makes one more round trip.
    pub async fn from_pool(pool: PgPool) -> Result<Self, StoreError> {
        PostgresOptions::new().from_pool(pool).await
    }
}

sql::credential_store!(PostgresStore, checking::check);
