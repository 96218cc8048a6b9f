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
mod time;
mod uses;

use std::sync::Arc;

use sqlx::postgres::PgPool;

use self::connection::BeginReadCommitted;
use self::servers::Servers;
use self::statements::Schema;
use super::sql::{self, TimeLimit};
use crate::store::StoreError;

pub use self::options::PostgresOptions;

/// A store in a PostgreSQL database, which any number of nodes may share. Clones are one store.
///
/// Its tables are named `keyward_*`, in the schema `public` or another that the host chooses
/// ([`PostgresOptions::schema`]). Use a schema of its own, in which no other role may create anything. The tables are
/// created when the store is opened, and brought forward by later releases, by one node while the others
/// wait; a schema newer than the release knows is refused. PostgreSQL 14 or newer.
///
/// The primary server answers. An answer from a standby, which may not have yet what was acknowledged, is discarded
/// with its connection. A change is acknowledged as `synchronous_commit` says, which is the server's choice; with `off`,
/// a crash of the server can lose what was acknowledged.
///
/// The methods need a tokio runtime with time and I/O enabled, and fail without a runtime.
///
/// ```no_run
/// use keyward::PostgresOptions;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let options = PostgresOptions::new().schema("keyward");
/// let store = options.connect("postgres://keyward@db.internal/keyward").await?;
/// # store.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    servers: Servers,
    schema: Schema,
    /// The role that the host named as owner of the tables.
    owner: Option<Arc<str>>,
    begin: BeginReadCommitted,
    time_limit: TimeLimit,
}

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

    /// Closes the connections, those of a host's pool too. Later calls fail as `Unavailable`.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

sql::credential_store!(PostgresStore, checking::check);
