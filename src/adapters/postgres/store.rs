//! The handle of a PostgreSQL store.

use std::sync::Arc;

use sqlx::postgres::PgPool;

use super::connection::BeginReadCommitted;
use super::servers::Servers;
use super::statements::Schema;
use crate::adapters::sql::TimeLimit;

/// A store in a PostgreSQL database, which any number of nodes may share. Clones are one store.
///
/// Its tables are named `keyward_*`, in the schema `public` or another that the host chooses
/// ([`PostgresOptions::schema`](crate::PostgresOptions::schema)). Use a schema of its own, in which no other role may create anything. The tables are
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
    pub(super) pool: PgPool,
    pub(super) servers: Servers,
    pub(super) schema: Schema,
    /// The role that the host named as owner of the tables.
    pub(super) owner: Option<Arc<str>>,
    pub(super) begin: BeginReadCommitted,
    pub(super) time_limit: TimeLimit,
}

impl PostgresStore {
    /// Closes the connections, those of a host's pool too. Later calls fail as `Unavailable`.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
