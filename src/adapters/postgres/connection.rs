//! A connection for one call, and how a transaction begins on it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::{AssertSqlSafe, Row, SqlSafeStr, SqlStr};
use tokio::time::timeout;

use super::error::CallFailure;
use super::timeline::NewestTimeline;
use crate::adapters::sql::TimeLimit;

/// A connection that returns to the pool only when its call has ended.
///
/// A call can be dropped at any await, in the middle of an answer or of a `BEGIN`, which leaves the connection in an unknown
/// state. The connection is then closed, and the server rolls back. Waiting until the state is known could take as long as the
/// timeout of a dead network.
#[derive(Debug)]
pub(super) struct Lease(Option<Held>);

/// The connection of the last call, for the next one. `None` before the first call and after a failure.
#[derive(Debug, Default)]
pub(super) struct KeptLease(Mutex<Option<Lease>>);

#[derive(Debug)]
enum Held {
    Pooled(PoolConnection<Postgres>),
    /// Not part of the pool.
    Own(PgConnection),
}

/// Raises a `synchronous_commit` that is weaker than `on`, for one transaction.
pub(super) const RAISE_SYNCHRONOUS_COMMIT: &str = "SELECT set_config('synchronous_commit', 'on', TRUE) \
    WHERE current_setting('synchronous_commit') = ANY(ARRAY['off', 'local', 'remote_write'])";

/// The statements that begin a transaction, sent in one message.
#[derive(Debug, Clone)]
pub(super) struct BeginReadCommitted(Arc<str>);

impl Lease {
    pub(super) async fn take(pool: &PgPool) -> Result<Self, CallFailure> {
        Ok(Self(Some(Held::Pooled(pool.acquire().await?))))
    }

    /// Wraps a connection that is not part of the pool.
    pub(super) const fn own(connection: PgConnection) -> Self {
        Self(Some(Held::Own(connection)))
    }

    /// Takes the connection out of the pool, which can then open another.
    pub(super) fn detached(mut self) -> Self {
        Self(self.0.take().map(|held| Held::Own(held.out_of_the_pool())))
    }

    /// Returns the connection if it is not part of the pool. No statement may be in progress, and no transaction open.
    pub(super) fn into_own(mut self) -> Option<PgConnection> {
        match self.0.take() {
            Some(Held::Own(connection)) => Some(connection),
            Some(Held::Pooled(_)) | None => None,
        }
    }

    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, CallFailure> {
        match &mut self.0 {
            Some(Held::Pooled(connection)) => Ok(connection),
            Some(Held::Own(connection)) => Ok(connection),
            None => Err(sqlx::Error::PoolClosed.into()),
        }
    }

    /// Returns the connection to the pool. No statement may be in progress, and no transaction open.
    pub(super) fn give_back(mut self) {
        if let Some(Held::Pooled(mut connection)) = self.0.take() {
            // The driver first waits for an answer on the connection, without a limit. If the network drops the connection in this
            // moment, its place in the pool would be lost. A process that is frozen between its requests is often frozen here.
            let returning = connection.return_to_pool();
            tokio::spawn(timeout(TimeLimit::DEFAULT.0, returning));
        }
    }

    /// Begins a transaction. Fails on a server that another primary has replaced: what it acknowledged would be lost.
    pub(super) async fn begin(
        &mut self,
        begin: &BeginReadCommitted,
        newest: &NewestTimeline,
    ) -> Result<(), CallFailure> {
        let rows = match sqlx::raw_sql(begin.sql()).fetch_all(self.connection()?).await {
            Ok(rows) => rows,
            Err(error) => return Err(Box::pin(self.judged(error.into())).await),
        };
        let timeline = rows.last().ok_or(sqlx::Error::RowNotFound)?;
        if newest.admits(timeline.try_get(0)?) { Ok(()) } else { Err(CallFailure::Superseded) }
    }

    /// Distinguishes a failure of a server in recovery from one of a primary.
    pub(super) async fn judged(&mut self, failure: CallFailure) -> CallFailure {
        if !failure.may_be_of_a_standby() {
            return failure;
        }
        let Ok(connection) = self.connection() else { return failure };
        let asked = sqlx::raw_sql("SELECT pg_catalog.pg_is_in_recovery()");
        match asked.fetch_one(connection).await.and_then(|row| row.try_get(0)) {
            Ok(true) => CallFailure::Standby,
            Ok(false) | Err(_) => failure,
        }
    }

    /// Rolls back, and returns the connection to the pool.
    pub(super) async fn roll_back(mut self) -> Result<(), CallFailure> {
        sqlx::raw_sql("ROLLBACK").execute(self.connection()?).await?;
        self.give_back();
        Ok(())
    }

    /// Sends the last message of a transaction, which ends with `COMMIT`. If it succeeds, no transaction is open.
    pub(super) async fn end(&mut self, last: SqlStr) -> Result<(), CallFailure> {
        sqlx::raw_sql(last).execute(self.connection()?).await?;
        Ok(())
    }

    pub(super) async fn commit(mut self) -> Result<(), CallFailure> {
        sqlx::raw_sql("COMMIT").execute(self.connection()?).await?;
        self.give_back();
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            drop(held.out_of_the_pool());
        }
    }
}

impl KeptLease {
    pub(super) const fn of(lease: Option<Lease>) -> Self {
        Self(Mutex::new(lease))
    }

    pub(super) fn take(&self) -> Option<Lease> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps a connection. No statement may be in progress, and no transaction open.
    pub(super) fn keep(&self, lease: Lease) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
    }

    /// Returns the connection to the pool.
    pub(super) fn give_back(&self) {
        if let Some(lease) = self.take() {
            lease.give_back();
        }
    }
}

impl Held {
    fn out_of_the_pool(self) -> PgConnection {
        match self {
            Self::Pooled(connection) => connection.detach(),
            Self::Own(connection) => connection,
        }
    }
}

impl BeginReadCommitted {
    /// READ COMMITTED is enough, because concurrent writers are serialised by the header's row.
    ///
    /// The time limits keep a node that freezes in a transaction from blocking the others for long, and no statement waits for
    /// a lock longer than its caller waits. A policy of row-level security makes a statement fail instead of hiding rows.
    /// Unqualified names resolve to the system's own. A weak `synchronous_commit` is raised to `on`. The last statement returns the
    /// server's timeline, which is the value of the expression `timeline`.
    pub(super) fn within(limit: Duration, timeline: &str) -> Self {
        let millis = |share: f64| limit.mul_f64(share).as_millis().clamp(1, i32::MAX as u128);
        let text = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
             SET LOCAL lock_timeout = {lock}; SET LOCAL statement_timeout = {lock}; \
             SET LOCAL idle_in_transaction_session_timeout = {idle}; SET LOCAL row_security = off; \
             SET LOCAL search_path = pg_catalog, pg_temp; {RAISE_SYNCHRONOUS_COMMIT}; \
             SELECT {timeline}",
            lock = millis(0.75),
            idle = millis(0.25),
        );
        Self(text.into())
    }

    fn sql(&self) -> SqlStr {
        AssertSqlSafe(Arc::clone(&self.0)).into_sql_str()
    }
}
