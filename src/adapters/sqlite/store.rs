//! The handle of a SQLite store.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;

use crate::adapters::sql::TimeLimit;

/// A store in one SQLite file: for one process, or a few on one machine. Clones are one store.
///
/// Its tables are named `keyward_*` and may stand beside the host's own. They are created when the store
/// is opened, and brought forward by later releases; a schema newer than the release knows is refused.
///
/// The file is in WAL mode, and a change is acknowledged when the disk has it (`synchronous=FULL`). One
/// connection writes and several read. Keep the file off network file systems, which WAL cannot work on.
///
/// On Unix, a file that [`open`](Self::open) creates is readable and writable by its owner alone (mode 0600), and so are
/// its log files.
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
/// // The service is started again: all is still there.
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
    /// One connection, so that writers queue here and not in the file's lock.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    /// How a transaction that writes begins.
    pub(super) begin: BeginImmediate,
    pub(super) time_limit: TimeLimit,
    /// Whether a commit's outcome was ever not learned: see [`operation`](super::commit::operation).
    pub(super) lost_commits: Arc<AtomicBool>,
}

impl SqliteStore {
    /// Closes the connections, those of a host's pool too. Later calls fail as `Unavailable`.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// How a transaction that writes begins.
#[derive(Debug, Clone)]
pub(super) struct BeginImmediate(Arc<str>);

impl BeginImmediate {
    /// On a connection of the store's own. The lock is taken at once: a transaction that reads first and writes later can
    /// find that another connection wrote between.
    pub(super) fn on_own() -> Self {
        Self("BEGIN IMMEDIATE".into())
    }

    /// The same on a host's connection, with what it needs before it writes. It costs: each pragma makes SQLite
    /// prepare every statement of the connection again, so a connection of the store's own has them from the start.
    pub(super) fn on_any(busy_timeout: Duration) -> Self {
        let milliseconds = i32::try_from(busy_timeout.as_millis()).unwrap_or(i32::MAX);
        let begin = format!(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA busy_timeout = {milliseconds}; BEGIN IMMEDIATE"
        );
        Self(begin.into())
    }

    pub(super) fn sql(&self) -> AssertSqlSafe<Arc<str>> {
        // It holds a number and words of this file.
        AssertSqlSafe(Arc::clone(&self.0))
    }
}
