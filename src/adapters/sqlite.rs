//! A store in one SQLite file, for a service that starts with nothing to install.

mod begin;
mod commit;
mod copying;
mod credentials;
mod headers;
mod host_pool;
mod in_turn;
mod open;
mod options;
mod place;
mod rows;
mod schema;
mod uses;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sqlx::sqlite::SqlitePool;

use super::sql::{self, TimeLimit};
use crate::store::StoreError;

use self::begin::BeginImmediate;

pub use self::options::SqliteOptions;

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
    writer: SqlitePool,
    readers: SqlitePool,
    /// How a transaction that writes begins.
    begin: BeginImmediate,
    time_limit: TimeLimit,
    /// Whether a commit's outcome was ever not learned: see [`commit::operation`].
    lost_commits: Arc<AtomicBool>,
}

impl SqliteStore {
    /// Opens the store in this file with the default options. The file is created where there is none.
    ///
    /// Fails if the file cannot be created, opened or written, is not a database, or holds a schema newer than this
    /// release knows; if the SQLite library is older than 3.51.3; and outside of a tokio runtime. What is wrong with the
    /// path is [`Misconfigured`](crate::store::StoreErrorKind::Misconfigured), and the error names it.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new().open(path).await
    }

    /// A store that forgets everything with its last clone: for tests that want the real SQL.
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        SqliteOptions::new().open_in_memory().await
    }

    /// A store in a database that the host has open, with the default options.
    ///
    /// Sets the file to WAL mode, and `foreign_keys`, `synchronous=FULL` and `busy_timeout` (the
    /// [time limit](SqliteOptions::time_limit)) on each connection that it writes with.
    ///
    /// Fails as [`open`](Self::open) does, and if the pool cannot hold a store: a database in memory with several
    /// connections or with one that the pool closes after a while, a shared cache with several connections, another
    /// journal mode than WAL, or exclusive locking. The error names the setting.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, StoreError> {
        SqliteOptions::new().from_pool(pool).await
    }

    /// Closes the connections, those of a host's pool too. Later calls fail as `Unavailable`.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

sql::credential_store!(SqliteStore, schema::check);
