//! The handle of a SQLite store.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;

use crate::adapters::sql::{TimeLimit, changes_since, schema_version};
use crate::store::{Changes, Position, StoreError};

/// A store in one SQLite file, for one process or a few on one machine. Clones share one store.
///
/// The tables are named `keyward_*`, and the database can contain the host's own tables as well. The store creates the tables
/// when it opens, and later releases upgrade them. A schema that is newer than the release is refused.
///
/// The file is in WAL mode, and a change is acknowledged after it is synced to disk (`synchronous=FULL`). One connection writes
/// and several read. Do not use a network file system: WAL does not work on one.
///
/// On Unix, only the owner can read and write a file that [`open`](Self::open) creates (mode 0600), and its log files.
///
/// The methods need a tokio runtime with time and I/O enabled, and fail without a runtime.
///
/// ```
/// use keyward::SqliteStore;
/// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("keyward.db");
/// # let text = MasterKey::generate()?.expose_text();
/// # let keys = || text.parse().map(MasterKeys::new);
/// # let build = |builder: Builder| builder.slow_hash(SlowHashParams::dangerous_cheap()).build();
/// # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
/// # let shop = WorkspaceId::new("acme/shop")?;
/// let store = SqliteStore::open(&path).await?;
/// # let keyward = build(Keyward::builder(store.clone(), keys()?))?;
/// # let manager = keyward.manager(&admin);
/// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
/// let issued = manager.issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
/// store.close().await;
///
/// // After a restart of the service, all records are still there.
/// let store = SqliteStore::open(&path).await?;
/// # let keyward = build(Keyward::builder(store.clone(), keys()?))?;
/// let proof = keyward.verify(&Attempt::app(issued.secret.expose())).await?;
/// assert_eq!(proof.credential(), issued.credential.id);
/// # keyward.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteStore {
    /// One connection, so that writers queue for the pool and not for the file's lock.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    /// The statement that begins a transaction that writes.
    pub(super) begin: BeginImmediate,
    pub(super) time_limit: TimeLimit,
    /// `true` if the outcome of any commit was lost: see [`operation`](super::commit::operation).
    pub(super) lost_commits: Arc<AtomicBool>,
}

impl SqliteStore {
    /// Closes the connections, including those of a host's pool. Later calls fail as `Unavailable`.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
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

    pub(super) async fn poll_changes(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        changes_since(self, position, limit).await
    }
}

/// The statement that begins a transaction that writes.
#[derive(Debug, Clone)]
pub(super) struct BeginImmediate(Arc<str>);

impl BeginImmediate {
    /// For a connection of the store's own. It takes the lock at once: a transaction that reads first and writes later can fail
    /// because another connection wrote in between.
    pub(super) fn on_own() -> Self {
        Self("BEGIN IMMEDIATE".into())
    }

    /// For a host's connection, with the pragmas that the store needs before it writes. They are slow, because each pragma
    /// makes SQLite prepare every statement of the connection again. The store's own connections therefore set them once.
    pub(super) fn on_any(busy_timeout: Duration) -> Self {
        let milliseconds = i32::try_from(busy_timeout.as_millis()).unwrap_or(i32::MAX);
        let begin = format!(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA busy_timeout = {milliseconds}; BEGIN IMMEDIATE"
        );
        Self(begin.into())
    }

    pub(super) fn sql(&self) -> AssertSqlSafe<Arc<str>> {
        // It contains a number and words of this file.
        AssertSqlSafe(Arc::clone(&self.0))
    }
}
