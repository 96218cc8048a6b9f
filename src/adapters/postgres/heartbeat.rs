//! The heartbeat: how old the answer to a poll can be when another server may have replaced this one.
//!
//! A primary that is cut off from its standbys, or whose failover manager died, goes on answering after a standby was promoted.
//! It cannot commit synchronously any more, because its synchronous standby no longer follows it. A commit that was
//! acknowledged therefore proves that no other server had been promoted at the time of its stamp.
//!
//! Two rows, because a commit that waits for its standby becomes visible after a crash or a cancelled wait, although no standby
//! has it. The first row is written by the commit that must be replicated. The second row is written only after that commit was
//! acknowledged. Polls read the second row and compare it with the clock that stamped it. A server without synchronous standbys
//! needs no heartbeat: no standby is promoted without losing changes, which `check` reports.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgRow};
use sqlx::{ConnectOptions, Row, SqlStr};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, timeout, timeout_at};

use super::admission::IdleConnection;
use super::connection::RAISE_SYNCHRONOUS_COMMIT;
use super::statements::Schema;

/// The default age at which a poll renews the heartbeat: a quarter of the default bound.
pub(super) const INTERVAL: Duration = Duration::from_millis(250);

/// A poll waits this many intervals for a renewal.
pub(super) const WAITING: u32 = 4;

/// The shortest time limit for one renewal.
const LIMIT: Duration = Duration::from_secs(2);

/// The age of an answer in microseconds. It is zero without synchronous standbys, and negative for the stamp of another server
/// or of the future.
pub(super) const AGE: &str = "(SELECT CASE WHEN current_setting('synchronous_standby_names') = '' THEN 0 \
    WHEN b.timeline = ({timeline}) THEN ({now}) - b.at ELSE -1 END FROM keyward_heartbeat b WHERE b.id = 2)";

/// Begins a transaction in which unqualified names resolve to the system's own.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
    SET LOCAL search_path TO pg_catalog, pg_temp; ";

/// Writes nothing while another node renews the heartbeat.
const RENEW: &str = "UPDATE keyward_heartbeat SET at = {now}, timeline = {timeline} \
    WHERE id = (SELECT id FROM keyward_heartbeat WHERE id = 1 FOR UPDATE SKIP LOCKED) \
    RETURNING at, timeline; COMMIT";

/// Writes what was confirmed, unless a later stamp was confirmed before. It need not be replicated.
const CONFIRM: &str = "SET LOCAL synchronous_commit TO off; \
    SET LOCAL statement_timeout TO 1000; \
    UPDATE keyward_heartbeat SET at = {stamp}, timeline = {timeline} \
    WHERE id = 2 AND (timeline <> ({timeline}) OR at < {stamp} OR at > ({now})); COMMIT";

/// Ends a transaction. After a crash, a server shows commits that no standby has. A standby that has this transaction has
/// every earlier commit too.
pub(super) const COMMIT_AFTER_OTHERS: &str =
    "UPDATE keyward_heartbeat SET at = at WHERE id = 1; COMMIT";

/// Renews the heartbeat, on a connection of its own. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Heart {
    pub(super) interval: Duration,
    limit: Duration,
    /// How long the connection can be idle and still be used.
    idle_limit: Duration,
    /// The connection. Locked while this node renews the heartbeat.
    connection: Arc<Mutex<Option<Connected>>>,
    /// `true` if the last renewal failed, which is logged once.
    has_failed: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Connected {
    idle: IdleConnection,
    /// The options of the pool when it was opened.
    options: Arc<PgConnectOptions>,
}

/// The outcome of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewal {
    Confirmed,
    /// Another call or another node renews it.
    Elsewhere,
    Failed,
}

impl Heart {
    pub(super) fn new(interval: Duration, time_limit: Duration, idle_limit: Duration) -> Self {
        let limit = time_limit.max(interval * WAITING).clamp(LIMIT, LIMIT.max(interval * WAITING));
        let (connection, has_failed) = (Arc::default(), Arc::default());
        Self { interval, limit, idle_limit, connection, has_failed }
    }

    /// Renews the heartbeat in a task, which outlives a caller that stops waiting.
    pub(super) async fn renew(&self, pool: PgPool, schema: Schema, end: Instant) -> Renewal {
        let Ok(connection) = Arc::clone(&self.connection).try_lock_owned() else {
            return Renewal::Elsewhere;
        };
        let heart = self.clone();
        let renewing = tokio::spawn(async move { heart.renew_on(connection, pool, schema).await });
        match timeout_at(end, renewing).await {
            Ok(Ok(renewal)) => renewal,
            Ok(Err(_)) => Renewal::Failed,
            Err(_) => Renewal::Elsewhere,
        }
    }

    /// Renews the heartbeat on its connection, or on a new one.
    async fn renew_on(
        &self,
        mut connection: OwnedMutexGuard<Option<Connected>>,
        pool: PgPool,
        schema: Schema,
    ) -> Renewal {
        let options = pool.connect_options();
        // The connection is only put back if it is certainly idle.
        let known = connection.take().filter(|known| Arc::ptr_eq(&known.options, &options));
        let usable = known.and_then(|known| known.idle.within(self.idle_limit));
        let renewing = async {
            let mut connection = match usable {
                Some(connection) => connection,
                None => options.connect().await?,
            };
            let renewal = renew(&mut connection, &schema).await?;
            let idle = IdleConnection::new(connection);
            Ok::<_, sqlx::Error>((Connected { idle, options }, renewal))
        };
        match timeout(self.limit, renewing).await {
            Ok(Ok((connected, renewal))) => {
                if renewal == Renewal::Confirmed {
                    self.has_failed.store(false, Ordering::Relaxed);
                }
                if renewal != Renewal::Failed {
                    *connection = Some(connected);
                }
                renewal
            }
            Ok(Err(error)) => {
                warn(&self.has_failed, &error);
                Renewal::Failed
            }
            Err(late) => {
                warn(&self.has_failed, &late);
                Renewal::Failed
            }
        }
    }

    /// Closes the connection, so that the next renewal opens one.
    pub(super) fn disconnect(&self) {
        if let Ok(mut connection) = self.connection.try_lock() {
            *connection = None;
        }
    }

    pub(super) async fn close(&self) {
        *self.connection.lock().await = None;
    }
}

/// Logs the first failure after a success.
fn warn(has_failed: &AtomicBool, error: &dyn std::error::Error) {
    if !has_failed.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %error,
            "could not renew the heartbeat: check the synchronous standbys and the rights on `keyward_heartbeat`"
        );
    }
}

async fn renew(connection: &mut PgConnection, schema: &Schema) -> Result<Renewal, sqlx::Error> {
    let renew = schema.sql(&[BEGIN, RAISE_SYNCHRONOUS_COMMIT, "; ", RENEW].concat());
    let rows = sqlx::raw_sql(renew).fetch_all(&mut *connection).await?;
    // The setting has a row with one column.
    let Some(stamp) = rows.iter().find(|row| row.len() == 2) else { return Ok(Renewal::Elsewhere) };
    if !schema.newest().admits(Some(stamp.try_get::<&str, _>(1)?)) {
        return Ok(Renewal::Failed);
    }
    sqlx::raw_sql(confirm(schema, stamp)?).execute(connection).await?;
    Ok(Renewal::Confirmed)
}

/// Returns the statement that confirms a stamp.
fn confirm(schema: &Schema, stamp: &PgRow) -> Result<SqlStr, sqlx::Error> {
    let stamp: i64 = stamp.try_get(0)?;
    let confirm = CONFIRM.replace("{stamp}", &stamp.to_string());
    Ok(schema.sql_once(&[BEGIN, &confirm].concat()))
}
