//! The handle of a PostgreSQL store.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgPool;

use super::admission::Admission;
use super::connection::BeginReadCommitted;
use super::heartbeat::Heart;
use super::queued_reads::QueuedReads;
use super::servers::Servers;
use super::statements::Schema;
use crate::adapters::sql::{TimeLimit, schema_version};
use crate::store::StoreError;

/// A store in a PostgreSQL database, which many nodes can share. Clones share one pool. Requires PostgreSQL 14 or newer.
///
/// The tables are named `keyward_*`, in the schema `public` or in the schema of
/// [`PostgresOptions::schema`](crate::PostgresOptions::schema). Use a dedicated schema in which no other role can create
/// objects. The store creates the tables when it opens, and later releases upgrade them: one node runs the migration while the
/// others wait. A schema that is newer than the release is refused.
///
/// The store reads and writes on the primary. A standby can lack acknowledged changes, so an answer from a standby is discarded
/// together with its connection. A change is acknowledged when the server has it on its disk, even if `synchronous_commit` is
/// `off`, and with `synchronous_standby_names` when a standby has it on its disk too. Without them, a failover can lose
/// acknowledged changes.
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
    pub(super) admission: Admission,
    pub(super) queued_reads: QueuedReads,
    pub(super) servers: Servers,
    pub(super) schema: Schema,
    /// The role that the host named as owner of the tables.
    pub(super) owner: Option<Arc<str>>,
    pub(super) begin: BeginReadCommitted,
    pub(super) time_limit: TimeLimit,
    /// How long a connection can be idle and still be used.
    pub(super) idle_limit: Duration,
    pub(super) heart: Heart,
}

impl PostgresStore {
    /// Closes the connections, including those of a host's pool. Later calls fail as `Unavailable`.
    pub async fn close(&self) {
        if let Some(feed) = self.admission.take_feed().await {
            feed.close().await.ok();
        }
        self.pool.close().await;
        self.heart.close().await;
    }

    /// Returns the version of the schema of the tables. A newer release can have expanded them, so it can be higher than the version that
    /// this release knows.
    ///
    /// # Errors
    ///
    /// The errors of a read.
    pub async fn schema_version(&self) -> Result<u32, StoreError> {
        Ok(schema_version(self).await?.newest())
    }
}
